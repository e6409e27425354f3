import Primitives

/// What an integer of a bit field becomes that does not fit.
public enum BitFieldOverflow: Sendable {
    /// Its low bits.
    case wrap
    /// The nearest that fits.
    case saturate
    /// Nothing: the field stays as it is.
    case fail
}

/// The type of integers in a bit field: `i1` to `i64`, `u1` to `u63`, so that every value is an `Int64`.
public struct BitFieldType: Equatable, Sendable {
    /// Whether the highest bit is a sign.
    public let isSigned: Bool
    /// The number of bits.
    public let width: Int

    /// nil for a width that does not exist.
    public init?(isSigned: Bool, width: Int) {
        guard width >= 1, width <= (isSigned ? 64 : 63) else { return nil }
        self.isSigned = isSigned
        self.width = width
    }

    /// The type that text like `u8` names.
    public init?(_ name: Bytes) {
        guard name.count >= 2, name[0] == UInt8(ascii: "i") || name[0] == UInt8(ascii: "u"),
            let width = name.dropFirst(1).integer, width <= 64
        else { return nil }
        self.init(isSigned: name[0] == UInt8(ascii: "i"), width: Int(width))
    }

    /// The largest value.
    public var maximum: Int64 { Int64(truncatingIfNeeded: UInt64.max >> UInt64(64 - width + (isSigned ? 1 : 0))) }
    /// The smallest value.
    public var minimum: Int64 { isSigned ? -maximum - 1 : 0 }

    /// `value` as this type holds it; nil where it does not fit and the overflow is to fail.
    public func fitting(_ value: Int64, _ overflow: BitFieldOverflow) -> Int64? {
        // A negative value stands for a large one where there is no sign. Where there is one, the reference takes a value
        // so low that the distance to the maximum wraps around for too high.
        let isFarBelow = isSigned && width < 64 && maximum &- value < 0
        if value > maximum || !isSigned && value < 0 || isFarBelow { return resolve(value, limit: maximum, overflow) }
        return value < minimum ? resolve(value, limit: minimum, overflow) : value
    }

    /// The sum of a value of this type and any increment; nil where it does not fit and the overflow is to fail.
    public func sum(_ value: Int64, _ increment: Int64, _ overflow: BitFieldOverflow) -> Int64? {
        let (sum, carried) = value.addingReportingOverflow(increment)
        if carried ? increment > 0 : sum > maximum { return resolve(sum, limit: maximum, overflow) }
        return carried || sum < minimum ? resolve(sum, limit: minimum, overflow) : sum
    }

    private func resolve(_ value: Int64, limit: Int64, _ overflow: BitFieldOverflow) -> Int64? {
        switch overflow {
        case .wrap: extended(UInt64(bitPattern: value) << UInt64(64 - width))
        case .saturate: limit
        case .fail: nil
        }
    }

    /// The value whose bits are the highest of `bits`.
    private func extended(_ bits: UInt64) -> Int64 {
        let shift = UInt64(64 - width)
        return isSigned ? Int64(bitPattern: bits) >> Int64(shift) : Int64(bitPattern: bits >> shift)
    }

    /// The value at a bit offset; bits after the end are zero.
    public func read(_ bytes: Bytes, at offset: Int) -> Int64 {
        let byte = offset >> 3
        let shift = offset & 7
        var bits = Bits.bigEndianWord(bytes, at: byte) << UInt64(shift)
        // A field that is not aligned may reach into a ninth byte.
        if shift + width > 64, byte + 8 < bytes.count { bits |= UInt64(bytes[byte + 8]) >> UInt64(8 - shift) }
        return extended(bits)
    }

    /// Puts a value that fits at a bit offset; all its bits lie within `bytes`.
    public func write(_ value: Int64, to bytes: UnsafeMutableRawBufferPointer, at offset: Int) {
        var position = offset
        var rest = width
        while rest > 0 {
            let room = 8 - position & 7
            let taken = min(room, rest)
            let mask = UInt8(truncatingIfNeeded: 1 << taken - 1)
            let piece = UInt8(truncatingIfNeeded: value >> Int64(rest - taken)) & mask
            let shift = UInt8(room - taken)
            bytes[position >> 3] = bytes[position >> 3] & ~(mask << shift) | piece << shift
            position += taken
            rest -= taken
        }
    }
}
