// Structures: how values are laid out and worked on, without knowing of keys or commands. Imports Primitives.
import Primitives

/// Bits of strings, numbered from the most significant bit of the first byte.
public enum Bits {
    /// The number of bits that are set.
    public static func count(_ bytes: Bytes) -> Int {
        // Four sums, so that no addition waits for the one before.
        var sums: (Int, Int, Int, Int) = (0, 0, 0, 0)
        var offset = 0
        while offset &+ 32 <= bytes.count {
            sums.0 &+= word(bytes, offset).nonzeroBitCount
            sums.1 &+= word(bytes, offset &+ 8).nonzeroBitCount
            sums.2 &+= word(bytes, offset &+ 16).nonzeroBitCount
            sums.3 &+= word(bytes, offset &+ 24).nonzeroBitCount
            offset &+= 32
        }
        var total = sums.0 &+ sums.1 &+ sums.2 &+ sums.3
        while offset < bytes.count {
            total &+= bytes[offset].nonzeroBitCount
            offset &+= 1
        }
        return total
    }

    /// The number of bits that are set in a range of bits that lies within `bytes`.
    public static func count(_ bytes: Bytes, in range: Range<Int>) -> Int {
        guard !range.isEmpty else { return 0 }
        let first = range.lowerBound >> 3
        let last = (range.upperBound - 1) >> 3
        let before = bytes[first] >> UInt8(8 - range.lowerBound & 7)
        let after = bytes[last] << UInt8((range.upperBound - 1) & 7 + 1)
        return count(bytes[first..<last + 1]) - before.nonzeroBitCount - after.nonzeroBitCount
    }

    /// The first bit of a range within `bytes` that is set, or that is clear; nil for none.
    public static func firstIndex(of isSet: Bool, in bytes: Bytes, _ range: Range<Int>) -> Int? {
        let flip: UInt64 = isSet ? 0 : .max
        var position = range.lowerBound
        while position < range.upperBound {
            let rest = (bigEndianWord(bytes, at: position >> 3) ^ flip) << UInt64(position & 7)
            if rest != 0 {
                let found = position + rest.leadingZeroBitCount
                return found < range.upperBound ? found : nil
            }
            position = (position & ~7) + 64
        }
        return nil
    }

    @inline(__always)
    private static func word(_ bytes: Bytes, _ offset: Int) -> UInt64 {
        bytes.base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// The eight bytes from `offset` on, the first of them highest; bytes after the end are zero.
    @inline(__always)
    static func bigEndianWord(_ bytes: Bytes, at offset: Int) -> UInt64 {
        if offset &+ 8 <= bytes.count { return UInt64(bigEndian: word(bytes, offset)) }
        var word: UInt64 = 0
        for index in offset..<offset + 8 { word = word << 8 | (index < bytes.count ? UInt64(bytes[index]) : 0) }
        return word
    }
}
