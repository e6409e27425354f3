/// CRC-16/XMODEM (polynomial 0x1021, start 0, no reflection), the checksum that assigns keys to hash slots.
/// Source: Redis cluster specification, appendix A.
public enum CRC16 {
    /// The checksum of `bytes`.
    @inlinable
    public static func checksum(_ bytes: Bytes) -> UInt16 {
        let tables = crcTables
        var crc: UInt16 = 0
        var index = 0
        // Four bytes a step: a table for each distance from the end turns four dependent look-ups into independent ones.
        while index &+ 4 <= bytes.count {
            let first = UInt8(truncatingIfNeeded: crc >> 8) ^ bytes[index]
            let second = UInt8(truncatingIfNeeded: crc) ^ bytes[index &+ 1]
            crc =
                tables[768 &+ Int(first)] ^ tables[512 &+ Int(second)]
                ^ tables[256 &+ Int(bytes[index &+ 2])] ^ tables[Int(bytes[index &+ 3])]
            index &+= 4
        }
        while index < bytes.count {
            crc = crc << 8 ^ tables[Int(UInt8(truncatingIfNeeded: crc >> 8) ^ bytes[index])]
            index &+= 1
        }
        return crc
    }

    /// Four tables of 256: the effect of a byte that is followed by 0, 1, 2 or 3 more bytes. Never freed.
    nonisolated(unsafe) public static let crcTables: UnsafeMutablePointer<UInt16> = {
        let tables = UnsafeMutablePointer<UInt16>.allocate(capacity: 1024)
        for byte in 0..<256 {
            var crc = UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
            tables[byte] = crc
        }
        for distance in 1..<4 {
            for byte in 0..<256 {
                let nearer = tables[(distance - 1) * 256 + byte]
                tables[distance * 256 + byte] = nearer << 8 ^ tables[Int(nearer >> 8)]
            }
        }
        return tables
    }()
}

/// The number of hash slots.
public let hashSlotCount = 16384

/// The hash slot of a key: the checksum of its hash tag (the bytes between the first `{` and the next `}`, if any stand
/// there) or else of the whole key.
@inlinable
public func hashSlot(of key: Bytes) -> Int {
    var open = 0
    while open < key.count, key[open] != UInt8(ascii: "{") { open &+= 1 }
    if open < key.count {
        var close = open &+ 1
        while close < key.count, key[close] != UInt8(ascii: "}") { close &+= 1 }
        if close < key.count, close > open &+ 1 { return Int(CRC16.checksum(key[open &+ 1..<close]) & 0x3FFF) }
    }
    return Int(CRC16.checksum(key) & 0x3FFF)
}
