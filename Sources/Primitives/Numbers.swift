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

    /// The double these bytes are text of, as `strtod` reads it (also `inf`, `0x1p3`); nil for NaN, blanks or a remainder.
    public var double: Double? {
        guard count > 0, count < 256, isspace(Int32(self[0])) == 0 else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { text -> Double? in
            memcpy(text.baseAddress!, base, count)
            text[count] = 0
            var end: UnsafeMutablePointer<CChar>?
            let value = strtod(text.baseAddress!, &end)
            guard end == text.baseAddress! + count, !value.isNaN else { return nil }
            return value
        }
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

    /// The text of a double as the reference prints it: integers up to 2^62 in full, otherwise the shortest digits that
    /// read back, plain while the exponent is moderate and as `d.ddde+NN` beyond; `inf`, `-inf`, `nan`.
    public static func text(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        if value == 0 { return value.sign == .minus ? "-0" : "0" }
        if abs(value) <= 0x1p62, value == value.rounded(.towardZero) { return String(Int64(value)) }
        return shortest(value)
    }

    /// The shortest digits of a finite double that is not zero.
    private static func shortest(_ value: Double) -> String {
        // Swift prints the shortest digits that round-trip; only where the point stands differs.
        var digits: [UInt8] = []
        var exponent = 0
        var seenPoint = false
        var pointOffset = 0
        for byte in "\(value.magnitude)".utf8 {
            switch byte {
            case 0x2E: seenPoint = true
            case 0x65:  // the exponent follows as decimal text
                let text = "\(value.magnitude)"
                exponent = Int(text[text.index(after: text.firstIndex(of: "e")!)...])!
            default:
                if exponent != 0 { continue }
                digits.append(byte)
                if seenPoint { pointOffset += 1 }
            }
            if byte == 0x65 { break }
        }
        if let mark = "\(value.magnitude)".firstIndex(of: "e") {
            let mantissa = "\(value.magnitude)"[..<mark]
            digits = mantissa.utf8.filter { $0 != 0x2E }
            pointOffset =
                mantissa.firstIndex(of: ".").map { mantissa.distance(from: $0, to: mantissa.endIndex) - 1 } ?? 0
        }
        while digits.count > 1, digits.first == 0x30 { digits.removeFirst() }
        var scale = exponent - pointOffset
        while digits.count > 1, digits.last == 0x30 {
            digits.removeLast()
            scale += 1
        }
        return (value < 0 ? "-" : "") + place(digits, scale: scale)
    }

    /// Digits times 10^scale, plain or with an exponent, by the rule of the reference's printer.
    private static func place(_ digits: [UInt8], scale: Int) -> String {
        let text = String(decoding: digits, as: UTF8.self)
        let exponent = digits.count + scale - 1
        let magnitude = abs(exponent)
        if scale >= 0, magnitude < digits.count + 7 { return text + String(repeating: "0", count: scale) }
        if scale < 0, scale > -7 || magnitude < 4 {
            let point = digits.count + scale
            if point > 0 { return "\(text.prefix(point)).\(text.dropFirst(point))" }
            return "0." + String(repeating: "0", count: -point) + text
        }
        let fraction = digits.count > 1 ? "." + text.dropFirst() : ""
        return "\(text.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(magnitude)"
    }
}
