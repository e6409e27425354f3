import Primitives

/// What ends a payload of DUMP or FUNCTION DUMP: the version of the format and a checksum, little-endian.
///
///     contents │ version (2) │ CRC-64 of all before (8)
public enum Footer {
    /// Its size, in bytes.
    public static let size = 10

    /// Ends a payload.
    public static func write(version: Int, to writer: inout RDBWriter) {
        writer.integer(UInt16(version))
        writer.integer(CRC64.checksum(writer.bytes))
    }

    /// What is before the footer, and the version of its format; nil where the checksum is wrong, or the version newer than
    /// any that is read and newer ones are not wanted.
    /// - Parameter checksSum: whether the checksum has to be right.
    public static func contents(
        of payload: Bytes, newerToo: Bool = false, checksSum: Bool = true
    ) -> (contents: Bytes, version: Int)? {
        guard payload.count >= size else { return nil }
        let end = payload.count - size
        let version = Int(UInt16(littleEndian: payload.base.loadUnaligned(fromByteOffset: end, as: UInt16.self)))
        let sum = UInt64(littleEndian: payload.base.loadUnaligned(fromByteOffset: end + 2, as: UInt64.self))
        guard newerToo || isReadable(version) else { return nil }
        guard !checksSum || sum == CRC64.checksum(payload[0..<end + 2]) else { return nil }
        return (payload[0..<end], version)
    }

    private static func isReadable(_ version: Int) -> Bool {
        version <= RDBVersion.newest || version == RDBVersion.valkey
    }
}
