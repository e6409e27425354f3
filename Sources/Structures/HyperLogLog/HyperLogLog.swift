import CShims
import Primitives

/// An estimate of how many different elements there were, as the bytes of a string.
///
///     0   magic           "HYLL"
///     4   representation  UInt8: 0 dense, 1 sparse
///     5   not used        3 bytes
///     8   estimate        UInt64, little endian; its highest bit means that it has to be made anew
///     16  registers       dense: 16384 numbers of 6 bits, from the lowest bit of the first byte on
///                         sparse: runs, see `HyperLogLogRun`
///
/// Each element has a register and a rank, both by its hash; a register keeps the highest rank of its elements.
/// The bytes may have been written by anybody: whatever they are, they are read within their bounds.
public enum HyperLogLog {
    /// The number of registers.
    public static let registerCount = 16_384
    /// The bytes before the registers.
    public static let headerCount = 16
    /// The bytes of a dense value, its header included.
    public static let denseCount = headerCount + registerCount / 4 * 3

    /// How the registers are laid out.
    public enum Representation: UInt8, Sendable {
        case dense = 0
        case sparse
    }

    /// What an element does: raise a register to a rank of 1 to 51.
    public struct Mark: Equatable, Sendable {
        /// The register, below `registerCount`.
        public let register: Int
        /// The rank it has afterwards, at least.
        public let rank: UInt8

        /// The mark of an element.
        public init(of element: Bytes) {
            let hash = MurmurHash64A.hash(element, seed: 0xADC8_3B19)
            register = Int(hash & UInt64(registerCount - 1))
            rank = UInt8((hash >> 14 | 1 << 50).trailingZeroBitCount + 1)
        }

        /// A mark of its parts.
        public init(register: Int, rank: UInt8) {
            self.register = register
            self.rank = rank
        }
    }

    /// How the registers of a value are laid out; nil for bytes that are no such value.
    public static func representation(of value: Bytes) -> Representation? {
        guard value.count >= headerCount, value[0..<4] == "HYLL", let found = Representation(rawValue: value[4]),
            found == .sparse || value.count == denseCount
        else { return nil }
        return found
    }

    /// A sparse value without elements.
    public static let empty: [UInt8] = Array("HYLL".utf8) + [1] + [UInt8](repeating: 0, count: 11) + [0x7F, 0xFF]

    // MARK: The estimate that is kept

    /// The estimate that a value keeps; nil where it has to be made anew.
    public static func keptEstimate(_ value: Bytes) -> UInt64? {
        let estimate = UInt64(littleEndian: value.base.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return estimate < 1 << 63 ? estimate : nil
    }

    /// Keeps an estimate.
    public static func keep(_ estimate: UInt64, in value: UnsafeMutableRawBufferPointer) {
        value.storeBytes(of: estimate.littleEndian, toByteOffset: 8, as: UInt64.self)
    }

    /// Notes that the estimate has to be made anew.
    public static func forgetEstimate(_ value: UnsafeMutableRawBufferPointer) { value[15] |= 0x80 }

    // MARK: Dense registers

    /// The rank that a register of a dense value has.
    public static func rank(_ value: Bytes, _ register: Int) -> UInt8 {
        let (offset, shift) = place(register)
        return UInt8(truncatingIfNeeded: word(value.base, offset) >> shift) & 63
    }

    /// Raises a register of a dense value; false where it is as high already.
    @discardableResult
    public static func raise(_ value: UnsafeMutableRawBufferPointer, _ mark: Mark) -> Bool {
        guard let base = value.baseAddress else { return false }
        let (offset, shift) = place(mark.register)
        let old = word(UnsafeRawPointer(base), offset)
        if UInt8(truncatingIfNeeded: old >> shift) & 63 >= mark.rank { return false }
        let new = old & ~(63 << shift) | UInt16(mark.rank) << shift
        base.storeBytes(of: new.littleEndian, toByteOffset: offset, as: UInt16.self)
        return true
    }

    /// Where the 16 bits begin that a register lies in, and how far from their lowest. The word ends with the register's
    /// last byte, so that it never reaches beyond the value; before the first register there is the header.
    @inline(__always)
    private static func place(_ register: Int) -> (offset: Int, shift: UInt16) {
        let lastByte = (register &* 6 &+ 5) >> 3
        return (headerCount &+ lastByte &- 1, UInt16(truncatingIfNeeded: register &* 6 &- (lastByte &- 1) << 3))
    }

    @inline(__always)
    private static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt16 {
        UInt16(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}
