#if canImport(Glibc)
    import Glibc
#endif

// Numbers as text, by the reference's rules: strict on the way in, shortest on the way out.

extension Bytes {
    /// The integer these bytes are the canonical decimal text of: no sign `+`, no leading zero, no blank; nil otherwise.
    @inlinable
    public var integer: Int64? {
        guard count > 0, count <= 20 else { return nil }
        var index = 0
        let negative = self[0] == 0x2D
        if negative { index = 1 }
        guard index < count else { return nil }
        let first = self[index] &- 0x30
        if first == 0 { return count == 1 ? 0 : nil }
        guard first <= 9 else { return nil }
        var magnitude = UInt64(first)
        index += 1
        while index < count {
            let digit = self[index] &- 0x30
            guard digit <= 9 else { return nil }
            let (scaled, overflowed) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carried) = scaled.addingReportingOverflow(UInt64(digit))
            if overflowed || carried { return nil }
            magnitude = sum
            index += 1
        }
        if negative { return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
        return magnitude < 1 << 63 ? Int64(magnitude) : nil
    }

    /// The unsigned integer these bytes are decimal text of; leading zeros are allowed, signs and blanks are not.
    @inlinable
    public var unsignedInteger: UInt64? {
        guard count > 0, count <= 20 else { return nil }
        var value: UInt64 = 0
        for index in 0..<count {
            let digit = self[index] &- 0x30
            guard digit <= 9 else { return nil }
            let (scaled, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = scaled.addingReportingOverflow(UInt64(digit))
            if overflowed || carried { return nil }
            value = sum
        }
        return value
    }
}

/// Two decimal digits for each number from 00 to 99, so that text is written two digits at a time.
@usableFromInline
let digitPairs: StaticString = """
    00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354\
    555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
    """

/// Text of numbers, written into memory that the caller owns.
public enum NumberText {
    /// The longest text of a 64-bit integer: a sign and 19 digits, or 20 digits.
    public static let longestInteger = 20

    /// The number of digits of `value` in base 10.
    @inlinable
    public static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var rest = value
        while true {
            if rest < 10 { return count }
            if rest < 100 { return count + 1 }
            if rest < 1000 { return count + 2 }
            if rest < 10_000 { return count + 3 }
            rest /= 10_000
            count += 4
        }
    }

    /// Writes the text of `value` to `target`, which has room for `longestInteger` bytes, and returns its length.
    @inlinable
    public static func write(_ value: Int64, to target: UnsafeMutableRawPointer) -> Int {
        if value < 0 {
            target.storeBytes(of: 0x2D, as: UInt8.self)
            return 1 + write(value.magnitude, to: target + 1)
        }
        return write(UInt64(value), to: target)
    }

    /// Writes the text of `value` to `target`, which has room for `longestInteger` bytes, and returns its length.
    @inlinable
    public static func write(_ value: UInt64, to target: UnsafeMutableRawPointer) -> Int {
        let length = digitCount(value)
        var end = length
        var rest = value
        while rest >= 100 {
            let pair = Int(rest % 100)
            rest /= 100
            end -= 2
            memcpy(target + end, digitPairs.utf8Start + pair * 2, 2)
        }
        if rest >= 10 {
            memcpy(target, digitPairs.utf8Start + Int(rest) * 2, 2)
        } else {
            target.storeBytes(of: 0x30 + UInt8(truncatingIfNeeded: rest), as: UInt8.self)
        }
        return length
    }
}
