/// RDB values written by hand, byte for byte, without any of the code that reads them: what tests and the fuzzer begin with.
public enum Payload {
    /// A length, in its shortest form.
    public static func length(_ value: Int) -> [UInt8] { length(UInt64(value)) }

    /// A length, in its shortest form.
    public static func length(_ value: UInt64) -> [UInt8] {
        switch value {
        case ..<64: [UInt8(value)]
        case ..<16384: [0x40 | UInt8(value >> 8), UInt8(value & 0xFF)]
        case ...0xFFFF_FFFF: [0x80] + big(UInt32(value))
        default: [0x81] + big(value)
        }
    }

    /// A string as it is.
    public static func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }

    /// A string as it is.
    public static func string(_ bytes: [UInt8]) -> [UInt8] { length(bytes.count) + bytes }

    /// A string that is an integer of 1, 2 or 4 bytes.
    public static func integerString<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        let form: UInt8 = MemoryLayout<Value>.size == 1 ? 0xC0 : MemoryLayout<Value>.size == 2 ? 0xC1 : 0xC2
        return [form] + little(value)
    }

    /// A string under LZF.
    public static func compressedString(_ bytes: [UInt8]) -> [UInt8] {
        let packed = compressed(bytes)
        return [0xC3] + length(packed.count) + length(bytes.count) + packed
    }

    /// LZF with literal runs, and runs of equal bytes shortened.
    public static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            var run = 1
            while index + run < bytes.count, bytes[index + run] == bytes[index] { run += 1 }
            if run > 3 {
                output += [0, bytes[index]]
                var rest = run - 1
                index += run
                while rest > 2 {
                    let part = min(rest, 264)
                    output += part < 9 ? [UInt8(part - 2) << 5, 0] : [0xE0, UInt8(part - 9), 0]
                    rest -= part
                }
                for _ in 0..<rest { output += [0, bytes[index - 1]] }
            } else {
                output += [0, bytes[index]]
                index += 1
            }
        }
        return output
    }

    /// An integer of fixed size, the low byte first.
    public static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// An integer of fixed size, the high byte first.
    public static func big<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    /// A number of 8 bytes.
    public static func double(_ value: Double) -> [UInt8] { little(value.bitPattern) }
}

/// An element of a packed collection.
public enum PackedItem: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case text([UInt8])
    case integer(Int64)

    /// A text.
    public init(stringLiteral value: String) { self = .text(Array(value.utf8)) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
}
