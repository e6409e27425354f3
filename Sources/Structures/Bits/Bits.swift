// Structures: how values are laid out and worked on, without knowing of keys or commands. Imports Primitives.
import CShims
import Primitives

/// Bits of strings, numbered from the most significant bit of the first byte.
public enum Bits {
    /// The number of bits that are set.
    public static func count(_ bytes: Bytes) -> Int { apus_count_bits(bytes.base, bytes.count) }

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
        let bytes = bytes[0..<(range.upperBound + 7) >> 3]
        var position = range.lowerBound
        while position < range.upperBound {
            let rest = (bigEndianWord(bytes, at: position >> 3) ^ flip) << UInt64(position & 7)
            if rest != 0 {
                let found = position + rest.leadingZeroBitCount
                return found < range.upperBound ? found : nil
            }
            position = firstOtherByte(than: isSet ? 0 : 0xFF, in: bytes, from: position >> 3 + 8) * 8
        }
        return nil
    }

    private static func firstOtherByte(than value: UInt8, in bytes: Bytes, from start: Int) -> Int {
        guard start < bytes.count else { return start }
        return start + apus_find_other(bytes.base + start, bytes.count - start, value)
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
