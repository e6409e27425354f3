/// SHA-1, for names and comparisons (DEBUG DIGEST, script identifiers), never for secrets. Source: FIPS 180-4.
public struct SHA1 {
    private var state: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
        0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0
    )
    private var pending: [UInt8] = []
    private var length: UInt64 = 0

    /// An empty message.
    public init() {}

    /// The 20-byte digest of `bytes`.
    public static func digest(_ bytes: Bytes) -> [UInt8] {
        var hash = SHA1()
        hash.update(bytes)
        return hash.finish()
    }

    /// Adds bytes to what is hashed.
    public mutating func update(_ bytes: Bytes) {
        length &+= UInt64(bytes.count)
        pending.append(bytes)
        var start = 0
        while pending.count - start >= 64 {
            pending.withUnsafeBytes { compress(Bytes($0)[start..<start + 64]) }
            start += 64
        }
        pending.removeFirst(start)
    }

    /// Ends the message and returns its 20-byte digest.
    public mutating func finish() -> [UInt8] {
        let bits = length &* 8
        pending.append(0x80)
        while pending.count % 64 != 56 { pending.append(0) }
        for shift in stride(from: 56, through: 0, by: -8) { pending.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        for start in stride(from: 0, to: pending.count, by: 64) {
            pending.withUnsafeBytes { compress(Bytes($0)[start..<start + 64]) }
        }
        return [state.0, state.1, state.2, state.3, state.4].flatMap { word in
            stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
    }

    private mutating func compress(_ block: Bytes) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { words in
            for index in 0..<16 {
                words[index] = UInt32(bigEndian: block.base.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
            }
            for index in 16..<80 {
                let word = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
                words[index] = word << 1 | word >> 31
            }
            var (a, b, c, d, e) = state
            for index in 0..<80 {
                let (choice, constant): (UInt32, UInt32) =
                    switch index {
                    case ..<20: (b & c | ~b & d, 0x5A82_7999)
                    case ..<40: (b ^ c ^ d, 0x6ED9_EBA1)
                    case ..<60: (b & c | b & d | c & d, 0x8F1B_BCDC)
                    default: (b ^ c ^ d, 0xCA62_C1D6)
                    }
                let sum = (a << 5 | a >> 27) &+ choice &+ e &+ constant &+ words[index]
                (a, b, c, d, e) = (sum, a, b << 30 | b >> 2, c, d)
            }
            state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e)
        }
    }
}
