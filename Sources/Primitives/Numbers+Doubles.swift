#if canImport(Glibc)
    import Glibc
#endif

// Doubles as text: shortest on the way out, as `strtod` reads them on the way in. What people write, a few digits with a
// point somewhere, goes a short way in both directions: up to 15 digits are exact in a double, and so are powers of ten up
// to the 22nd, so one multiplication or division with them is rounded once, like the number itself.

/// The powers of ten that are exact.
private let powersOfTen: InlineArray<23, Double> = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]

extension Bytes {
    /// The double these bytes are text of, as `strtod` reads it (also `inf`, `0x1p3`); nil for NaN, blanks at the beginning,
    /// a remainder, or a number that is too large or too small for a double.
    public var double: Double? {
        if let plain = plainDecimal { return plain }
        guard count > 0, isspace(Int32(self[0])) == 0 else { return nil }
        errno = 0
        let (value, length) = leadingDouble
        guard length == count, !value.isNaN else { return nil }
        if errno == ERANGE, value.isInfinite || value == 0 { return nil }
        return value
    }

    /// The double at the beginning, as `strtod` reads it, and how many bytes it took; 0 and none where there is none.
    public var leadingDouble: (value: Double, length: Int) {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { text in
            memcpy(text.baseAddress!, base, count)
            text[count] = 0
            var end: UnsafeMutablePointer<CChar>?
            let value = strtod(text.baseAddress!, &end)
            return (value, end! - text.baseAddress!)
        }
    }

    /// The value of at most 15 digits with a point between them, or none; nil for any other text.
    private var plainDecimal: Double? {
        let isNegative = count > 0 && self[0] == UInt8(ascii: "-")
        let start = isNegative ? 1 : 0
        guard count > start, count <= start + 16 else { return nil }
        var digits = 0
        var value: UInt64 = 0
        var pointOffset: Int?
        for index in start..<count {
            let digit = self[index] &- 0x30
            if digit <= 9 {
                value = value &* 10 &+ UInt64(digit)
                digits &+= 1
            } else if self[index] == UInt8(ascii: "."), pointOffset == nil {
                pointOffset = index
            } else {
                return nil
            }
        }
        guard digits > 0, digits <= 15 else { return nil }
        let decimals = pointOffset.map { count &- $0 &- 1 } ?? 0
        let magnitude = decimals > 0 ? Double(value) / powersOfTen[decimals] : Double(value)
        return isNegative ? -magnitude : magnitude
    }
}

extension NumberText {
    /// The longest text of a double: a sign, 21 digits or 17 with a point and zeros, an exponent.
    public static let longestDouble = 32

    /// The text of a double, as `write` writes it.
    public static func text(_ value: Double) -> String {
        withUnsafeTemporaryAllocation(byteCount: longestDouble, alignment: 8) { scratch in
            let count = write(value, to: scratch.baseAddress!)
            return String(Bytes(base: UnsafeRawPointer(scratch.baseAddress!), count: count))
        }
    }

    /// Calls `body` with the text that C's `%.17g` gives, by which digests tell scores apart.
    public static func withSeventeenDigits(_ value: Double, _ body: (Bytes) -> Void) {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: longestDouble) { text in
            let count = withVaList([value]) { vsnprintf(text.baseAddress!, text.count, "%.17g", $0) }
            body(Bytes(base: UnsafeRawPointer(text.baseAddress!), count: Int(count)))
        }
    }

    /// Writes the text of a double as the reference prints it: integers up to 2^62 in full, otherwise the shortest digits
    /// that read back, plain while the exponent is moderate and as `d.ddde+NN` beyond; `inf`, `-inf`, `nan`. The target has
    /// room for `longestDouble` bytes. Returns the length.
    public static func write(_ value: Double, to target: UnsafeMutableRawPointer) -> Int {
        let magnitude = value.magnitude
        guard magnitude <= 0x1p62, value == value.rounded(.towardZero) else { return writeOther(value, to: target) }
        if value == 0, value.sign == .minus { return write("-0", to: target) }
        return write(Int64(value), to: target)
    }

    private static func writeOther(_ value: Double, to target: UnsafeMutableRawPointer) -> Int {
        if value.isNaN { return write("nan", to: target) }
        if value < 0 {
            target.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self)
            return 1 + writeOther(-value, to: target + 1)
        }
        if value.isInfinite { return write("inf", to: target) }
        let decimal = fewDigits(value) ?? shortestDigits(value)
        return place(decimal.digits, scale: decimal.scale, to: target)
    }

    private static func write(_ word: StaticString, to target: UnsafeMutableRawPointer) -> Int {
        memcpy(target, word.utf8Start, word.utf8CodeUnitCount)
        return word.utf8CodeUnitCount
    }

    /// The digits of a positive number that has at most 15, times 10^scale; nil if it has more, or is very small or large.
    private static func fewDigits(_ value: Double) -> (digits: UInt64, scale: Int)? {
        // The decimal exponent, or one more: log10(2) is 1233 / 4096.
        let exponent = (Int(value.exponent) &* 1233) >> 12
        let shift = 14 &- exponent
        guard shift >= 0, shift <= 22 else { return nil }
        let power = powersOfTen[shift]
        let scaled = (value * power).rounded()
        guard scaled < 0x1p53, scaled / power == value else { return nil }
        let decimal = withoutZeros(UInt64(scaled), scale: -shift)
        return decimal.digits < 1_000_000_000_000_000 ? decimal : nil
    }

    private static func withoutZeros(_ digits: UInt64, scale: Int) -> (digits: UInt64, scale: Int) {
        var digits = digits
        var scale = scale
        while digits % 10_000 == 0, digits > 0 {
            digits /= 10_000
            scale &+= 4
        }
        while digits % 10 == 0, digits > 0 {
            digits /= 10
            scale &+= 1
        }
        return (digits, scale)
    }

    /// The shortest digits of a positive finite number, times 10^scale: Swift prints those, only its point stands elsewhere.
    private static func shortestDigits(_ value: Double) -> (digits: UInt64, scale: Int) {
        var digits: UInt64 = 0
        var scale = 0
        var isFraction = false
        var text = value.description
        text.withUTF8 { bytes in
            for (index, byte) in bytes.enumerated() {
                if byte == UInt8(ascii: ".") {
                    isFraction = true
                } else if byte == UInt8(ascii: "e") {
                    scale &+= Int(integerAt: bytes.baseAddress! + index + 1, count: bytes.count - index - 1)
                    return
                } else {
                    digits = digits &* 10 &+ UInt64(byte &- 0x30)
                    if isFraction { scale &-= 1 }
                }
            }
        }
        return withoutZeros(digits, scale: scale)
    }

    /// Writes digits times 10^scale, plain or with an exponent, by the rule of the reference's printer.
    private static func place(_ digits: UInt64, scale: Int, to target: UnsafeMutableRawPointer) -> Int {
        let count = digitCount(digits)
        let exponent = count + scale - 1
        if scale >= 0, exponent.magnitude < count + 7 {
            memset(target + write(digits, to: target), 0x30, scale)
            return count + scale
        }
        if scale < 0, scale > -7 || exponent.magnitude < 4 {
            return placePoint(digits, count, decimals: -scale, to: target)
        }
        return placeExponent(digits, count, exponent, to: target)
    }

    private static func placePoint(
        _ digits: UInt64, _ count: Int, decimals: Int, to target: UnsafeMutableRawPointer
    ) -> Int {
        if decimals >= count {
            let zeros = 2 + decimals - count
            memset(target, 0x30, zeros)
            target.storeBytes(of: UInt8(ascii: "."), toByteOffset: 1, as: UInt8.self)
            return zeros + write(digits, to: target + zeros)
        }
        _ = write(digits, to: target)
        let point = count - decimals
        memmove(target + point + 1, target + point, decimals)
        target.storeBytes(of: UInt8(ascii: "."), toByteOffset: point, as: UInt8.self)
        return count + 1
    }

    private static func placeExponent(
        _ digits: UInt64, _ count: Int, _ exponent: Int, to target: UnsafeMutableRawPointer
    ) -> Int {
        var length = count > 1 ? placePoint(digits, count, decimals: count - 1, to: target) : write(digits, to: target)
        length += write(exponent < 0 ? "e-" : "e+", to: target + length)
        return length + write(UInt64(exponent.magnitude), to: target + length)
    }
}

extension Int {
    /// The value of decimal text with a sign.
    fileprivate init(integerAt base: UnsafePointer<UInt8>, count: Int) {
        let isNegative = base[0] == UInt8(ascii: "-")
        var value = 0
        for index in 0..<count {
            let digit = base[index] &- 0x30
            if digit <= 9 { value = value * 10 + Int(digit) }
        }
        self = isNegative ? -value : value
    }
}
