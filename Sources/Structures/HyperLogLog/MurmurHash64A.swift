import Primitives

/// The 64-bit hash MurmurHash64A, which is fast and spreads well, but is no defence against chosen keys.
enum MurmurHash64A {
    private static let multiplier: UInt64 = 0xC6A4_A793_5BD1_E995

    static func hash(_ bytes: Bytes, seed: UInt64) -> UInt64 {
        var hash = seed ^ UInt64(bytes.count) &* multiplier
        var offset = 0
        while offset &+ 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            hash = (hash ^ scrambled(word)) &* multiplier
            offset &+= 8
        }
        if offset < bytes.count { hash = (hash ^ rest(bytes, from: offset)) &* multiplier }
        hash = (hash ^ hash >> 47) &* multiplier
        return hash ^ hash >> 47
    }

    @inline(__always)
    private static func scrambled(_ word: UInt64) -> UInt64 {
        let product = word &* multiplier
        return (product ^ product >> 47) &* multiplier
    }

    /// The last bytes, fewer than eight, as a word.
    @inline(__always)
    private static func rest(_ bytes: Bytes, from start: Int) -> UInt64 {
        var word: UInt64 = 0
        var offset = bytes.count
        while offset > start {
            offset &-= 1
            word = word << 8 | UInt64(bytes[offset])
        }
        return word
    }
}
