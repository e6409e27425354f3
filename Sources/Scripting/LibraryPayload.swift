import Primitives

/// Libraries as bytes, as FUNCTION DUMP and FUNCTION RESTORE exchange them: what an RDB file holds of them, the version of
/// its format, and a checksum.
///
///     F5 length code   F5 length code   …   version (2 bytes)   CRC-64 (8 bytes)
enum LibraryPayload {
    /// The opcode before a library's code.
    private static let opcode: UInt8 = 0xF5
    /// The version that brought libraries, so that every server that has them takes the payload.
    private static let writtenVersion: UInt16 = 10
    private static let highestVersion: UInt16 = 12

    static func write(_ libraries: [Library]) -> [UInt8] {
        var bytes: [UInt8] = []
        for library in libraries {
            bytes.append(opcode)
            writeLength(library.code.count, to: &bytes)
            bytes += library.code
        }
        withUnsafeBytes(of: writtenVersion.littleEndian) { bytes += $0 }
        let sum = bytes.withBytes { CRC64.checksum($0) }
        withUnsafeBytes(of: sum.littleEndian) { bytes += $0 }
        return bytes
    }

    private static func writeLength(_ length: Int, to bytes: inout [UInt8]) {
        switch length {
        case ..<64: bytes.append(UInt8(length))
        case ..<16384: bytes += [0x40 | UInt8(length >> 8), UInt8(length & 255)]
        default:
            bytes.append(0x80)
            withUnsafeBytes(of: UInt32(length).bigEndian) { bytes += $0 }
        }
    }

    /// The codes of libraries in a payload; nil if it is damaged or of an unknown version.
    static func read(_ payload: Bytes) -> [[UInt8]]? {
        guard payload.count >= 10 else { return nil }
        let end = payload.count - 10
        let version = UInt16(littleEndian: payload.base.loadUnaligned(fromByteOffset: end, as: UInt16.self))
        let sum = UInt64(littleEndian: payload.base.loadUnaligned(fromByteOffset: end + 2, as: UInt64.self))
        guard version <= highestVersion, sum == CRC64.checksum(payload[0..<end + 2]) else { return nil }
        var reader = LengthReader(bytes: payload[0..<end])
        var codes: [[UInt8]] = []
        while !reader.isAtEnd {
            guard reader.byte() == opcode, let code = reader.string() else { return nil }
            codes.append(code)
        }
        return codes
    }
}

/// Reads strings with their lengths, as RDB writes them.
private struct LengthReader {
    let bytes: Bytes
    var position = 0

    init(bytes: Bytes) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        position += 1
        return bytes[position - 1]
    }

    private mutating func number(_ byteCount: Int, isLittleEndian: Bool = false) -> Int? {
        guard position + byteCount <= bytes.count else { return nil }
        let part = bytes[position..<position + byteCount].buffer
        position += byteCount
        let ordered = isLittleEndian ? Array(part.reversed()) : Array(part)
        return Int(exactly: ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    mutating func string() -> [UInt8]? {
        guard let first = byte() else { return nil }
        switch first >> 6 {
        case 0: return raw(Int(first & 63))
        case 1: return byte().flatMap { raw(Int(first & 63) << 8 | Int($0)) }
        case 2: return number(first == 0x80 ? 4 : 8).flatMap { raw($0) }
        default: return encoded(first & 63)
        }
    }

    private mutating func raw(_ count: Int) -> [UInt8]? {
        guard count <= bytes.count - position else { return nil }
        position += count
        return Array(bytes[position - count..<position])
    }

    /// Numbers as text, and compressed strings.
    private mutating func encoded(_ form: UInt8) -> [UInt8]? {
        guard form == 3 else {
            guard form < 3, let value = number(1 << Int(form), isLittleEndian: true) else { return nil }
            let shift = 64 - (8 << Int(form))
            return Array(String((value << shift) >> shift).utf8)
        }
        guard let packed = length(), let whole = length(), packed <= bytes.count - position, whole <= 512 << 20 else {
            return nil
        }
        position += packed
        return LZF.decompressed(bytes[position - packed..<position], length: whole)
    }

    private mutating func length() -> Int? {
        guard let first = byte() else { return nil }
        switch first >> 6 {
        case 0: return Int(first & 63)
        case 1: return byte().map { Int(first & 63) << 8 | Int($0) }
        case 2: return number(first == 0x80 ? 4 : 8)
        default: return nil
        }
    }
}
