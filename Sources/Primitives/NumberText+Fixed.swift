#if canImport(Glibc)
    import Glibc
#endif

// Text of doubles with so many decimals, never with an exponent: places and distances on the earth.
extension NumberText {
    /// Room enough for the texts of this file: the longest double has 309 digits before the point.
    public static let longestFixed = 352

    /// Writes the exact value of a double, rounded to 17 decimals and without trailing zeros, as the reference prints
    /// coordinates. `target` has room for `longestFixed` bytes. Returns the length.
    public static func writeTrimmed(_ value: Double, to target: UnsafeMutableRawPointer) -> Int {
        // The C library's digits are exact, and the same as those of a wider type that holds the same value.
        var length = print(value, decimals: 17, to: target)
        let text = target.assumingMemoryBound(to: CChar.self)
        guard value.isFinite else { return length }
        while text[length - 1] == 0x30 { length -= 1 }
        if text[length - 1] == 0x2E { length -= 1 }
        guard length == 2, text[0] == 0x2D, text[1] == 0x30 else { return length }
        text[0] = 0x30
        return 1
    }

    /// Writes a distance with four decimals, as the reference prints it. `target` has room for `longestFixed` bytes.
    /// Returns the length.
    public static func writeDistance(_ value: Double, to target: UnsafeMutableRawPointer) -> Int {
        let scaled = (value * 10_000).rounded(.toNearestOrEven)
        guard let parts = Int64(exactly: scaled) else { return print(value, decimals: 4, to: target) }
        var length = 0
        if parts < 0 {
            target.storeBytes(of: 0x2D, as: UInt8.self)
            length = 1
        }
        length += write(parts.magnitude / 10_000, to: target + length)
        // A one before the four decimals keeps their leading zeros; the point then takes its place.
        _ = write(parts.magnitude % 10_000 + 10_000, to: target + length)
        target.storeBytes(of: 0x2E, toByteOffset: length, as: UInt8.self)
        return length + 5
    }

    /// The text of a double with so many decimals, at most 17, as C prints it.
    public static func text(_ value: Double, decimals: Int) -> String {
        withUnsafeTemporaryAllocation(byteCount: longestFixed, alignment: 1) { scratch in
            let length = print(value, decimals: decimals, to: scratch.baseAddress!)
            return String(decoding: scratch[..<length], as: UTF8.self)
        }
    }

    private static func print(_ value: Double, decimals: Int, to target: UnsafeMutableRawPointer) -> Int {
        let text = target.assumingMemoryBound(to: CChar.self)
        return withVaList([Int32(decimals), value]) { Int(vsnprintf(text, longestFixed, "%.*f", $0)) }
    }
}
