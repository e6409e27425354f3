import CShims

/// CRC-64 with the polynomial of Jones, as it ends RDB files and payloads of DUMP.
public enum CRC64 {
    /// What a byte does to the sum when 0 to 7 further bytes follow it: eight tables, one after the other.
    private static let tables: [UInt64] = {
        var tables = (0..<256).map(shifted)
        for index in 256..<2048 {
            let before = tables[index - 256]
            tables.append(tables[Int(before & 255)] ^ before >> 8)
        }
        return tables
    }()

    private static func shifted(_ byte: Int) -> UInt64 {
        var sum = UInt64(byte)
        for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x95AC_9329_AC4B_C9B5 : sum >> 1 }
        return sum
    }

    /// The checksum of `bytes`, which follow bytes whose checksum is `start`.
    public static func checksum(_ bytes: Bytes, from start: UInt64 = 0) -> UInt64 {
        let folded = bytes.count & ~63
        return withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { rest in
            let rest = rest.baseAddress!
            guard apus_crc64_fold(rest, bytes.base, folded, start) else { return byTables(bytes, from: start) }
            return byTables(bytes[folded..<bytes.count], from: byTables(Bytes(base: rest, count: 16), from: 0))
        }
    }

    /// The same by tables, eight bytes at a time.
    static func byTables(_ bytes: Bytes, from start: UInt64) -> UInt64 {
        tables.withUnsafeBufferPointer { tables in
            var sum = start
            let whole = bytes.count & ~7
            for offset in stride(from: 0, to: whole, by: 8) {
                sum = eight(
                    sum ^ UInt64(littleEndian: bytes.base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
                    tables)
            }
            for offset in whole..<bytes.count {
                sum = tables[Int(UInt8(truncatingIfNeeded: sum) ^ bytes[offset])] ^ sum >> 8
            }
            return sum
        }
    }

    @inline(__always)
    private static func eight(_ word: UInt64, _ tables: UnsafeBufferPointer<UInt64>) -> UInt64 {
        var sum: UInt64 = 0
        for index in 0..<8 {
            sum ^= tables[(7 - index) << 8 | Int(UInt8(truncatingIfNeeded: word >> UInt64(index * 8)))]
        }
        return sum
    }
}
