import Primitives

/// The length, the first and the last eight bytes of a name, its letters in lower case: two words that say all about a name
/// of at most 16 bytes, as nearly all commands have. Shorter ones overlap themselves.
struct FoldedName: Equatable {
    let head: UInt64
    let tail: UInt64
    let count: Int

    @inline(__always)
    init(_ name: Bytes) {
        let base = name.base
        count = name.count
        if count >= 8 {
            head = FoldedName.lowercased(base.loadUnaligned(as: UInt64.self))
            tail = FoldedName.lowercased(base.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
        } else if count >= 4 {
            head = FoldedName.lowercased(UInt64(base.loadUnaligned(as: UInt32.self)))
            tail = FoldedName.lowercased(UInt64(base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)))
        } else {
            var word: UInt64 = 0
            for index in 0..<count { word = word << 8 | UInt64(name[index]) }
            head = FoldedName.lowercased(word)
            tail = 0
        }
    }

    /// Whether names that are equal in this form are equal.
    @inline(__always)
    var isWhole: Bool { count <= 16 }

    /// A hash of the form.
    @inline(__always)
    var hash: Int {
        let mixed = (head ^ tail &* 0xA24B_AED4_963E_E407 ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 40)
    }

    /// Eight bytes with the ASCII letters among them in lower case; other bytes unchanged.
    @inline(__always)
    static func lowercased(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let sevenBits = word & (ones &* 0x7F)
        // The top bit of each byte: at least "A", above "Z", and no ASCII at all.
        let fromA = sevenBits &+ ones &* UInt64(0x80 - 0x41)
        let aboveZ = sevenBits &+ ones &* UInt64(0x7F - 0x5A)
        let isUpper = (fromA ^ aboveZ) & ~word & (ones &* 0x80)
        return word | isUpper >> 2
    }
}
