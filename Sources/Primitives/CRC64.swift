/// CRC-64 with the polynomial of Jones, as it ends RDB files and payloads of DUMP.
public enum CRC64 {
    private static let table: [UInt64] = (0..<256).map { byte in
        (0..<8).reduce(UInt64(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x95AC_9329_AC4B_C9B5 : sum >> 1 }
    }

    /// The checksum of `bytes`, which follow bytes whose checksum is `start`.
    public static func checksum(_ bytes: Bytes, from start: UInt64 = 0) -> UInt64 {
        bytes.buffer.reduce(start) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }
}
