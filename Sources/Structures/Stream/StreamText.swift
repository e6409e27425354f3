import Primitives

/// A field's name or value as a stream keeps it: bytes, or an integer of which they are the canonical text.
///
///     00llllll  bytes                    l bytes, up to 63
///     01000nnn  n bytes of length, bytes
///     10iiiiii                           the integer i, up to 63
///     11000nnn  n + 1 bytes              an integer, little-endian, sign-extended
@frozen
public enum StreamText {
    /// Bytes; valid until the stream changes.
    case bytes(Bytes)
    /// An integer in place of its text.
    case integer(Int64)

    /// Calls `body` with the bytes, of an integer with those of its text.
    @inlinable
    public func withBytes<Result>(_ body: (Bytes) -> Result) -> Result {
        switch self {
        case .bytes(let bytes): return body(bytes)
        case .integer(let integer):
            var scratch: (UInt64, UInt64, UInt64) = (0, 0, 0)
            let count = NumberText.write(integer, to: &scratch)
            return body(Bytes(base: &scratch, count: count))
        }
    }

    /// The number of bytes of the text.
    @inlinable
    public var count: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .integer(let integer): NumberText.digitCount(integer.magnitude) + (integer < 0 ? 1 : 0)
        }
    }
}

/// Reading and writing what a block is made of.
@usableFromInline
enum StreamCoding {
    /// The text at an address.
    @inlinable @inline(__always)
    static func text(at base: UnsafeRawPointer) -> StreamText {
        let head = base.load(as: UInt8.self)
        if head < 64 { return .bytes(Bytes(base: base + 1, count: Int(head))) }
        let extra = Int(head & 7)
        if head < 128 {
            return .bytes(Bytes(base: base + 1 + extra, count: Int(number(at: base + 1, extra))))
        }
        if head < 192 { return .integer(Int64(head & 63)) }
        let shift = UInt64(56 &- extra &* 8)
        return .integer(Int64(bitPattern: number(at: base + 1, extra &+ 1) << shift) >> Int64(shift))
    }

    /// The bytes that the text at an address takes.
    @inlinable @inline(__always)
    static func size(at base: UnsafeRawPointer) -> Int {
        let head = base.load(as: UInt8.self)
        if head < 64 { return 1 &+ Int(head) }
        let extra = Int(head & 7)
        if head < 128 { return 1 &+ extra &+ Int(number(at: base + 1, extra)) }
        return head < 192 ? 1 : extra &+ 2
    }

    /// A little-endian number of `count` bytes.
    @inlinable @inline(__always)
    static func number(at base: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var value: UInt64 = 0
        var index = count
        while index > 0 {
            index &-= 1
            value = value << 8 | UInt64(base.load(fromByteOffset: index, as: UInt8.self))
        }
        return value
    }

    /// The most bytes that a text of so many bytes takes.
    static func largestSize(_ count: Int) -> Int { count + 9 }

    /// Writes a text and returns the address after it.
    static func write(_ bytes: Bytes, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        if bytes.count <= 20, let integer = bytes.integer { return write(integer, to: target) }
        var target = target
        if bytes.count < 64 {
            target.storeBytes(of: UInt8(bytes.count), as: UInt8.self)
            target += 1
        } else {
            let extra = byteCount(UInt64(bytes.count))
            target.storeBytes(of: 64 | UInt8(extra), as: UInt8.self)
            target = writeNumber(UInt64(bytes.count), extra, to: target + 1)
        }
        target.copyMemory(from: bytes.base, byteCount: bytes.count)
        return target + bytes.count
    }

    private static func write(_ integer: Int64, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        if integer >= 0, integer < 64 {
            target.storeBytes(of: 128 | UInt8(integer), as: UInt8.self)
            return target + 1
        }
        // One bit for the sign.
        let bits = 65 - (integer < 0 ? ~integer : integer).leadingZeroBitCount
        let count = (bits + 7) / 8
        target.storeBytes(of: 192 | UInt8(count - 1), as: UInt8.self)
        return writeNumber(UInt64(bitPattern: integer), count, to: target + 1)
    }

    private static func byteCount(_ number: UInt64) -> Int { (71 - number.leadingZeroBitCount) / 8 }

    private static func writeNumber(
        _ number: UInt64, _ count: Int, to target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        withUnsafeBytes(of: number.littleEndian) {
            target.copyMemory(from: $0.baseAddress!, byteCount: count)
        }
        return target + count
    }

    // MARK: Numbers of any length

    /// Reads seven bits from each byte, the low ones first, and moves `base` on.
    @inlinable @inline(__always)
    static func readVariable(_ base: inout UnsafeRawPointer) -> UInt64 {
        var byte = base.load(as: UInt8.self)
        base += 1
        if _fastPath(byte < 128) { return UInt64(byte) }
        var value = UInt64(byte & 127)
        var shift: UInt64 = 7
        while byte >= 128 {
            byte = base.load(as: UInt8.self)
            base += 1
            value |= UInt64(byte & 127) << shift
            shift &+= 7
        }
        return value
    }

    static func writeVariable(_ value: UInt64, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        var target = target
        var rest = value
        while rest >= 128 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 128, as: UInt8.self)
            target += 1
            rest >>= 7
        }
        target.storeBytes(of: UInt8(rest), as: UInt8.self)
        return target + 1
    }

    /// Reads a length that ends before `end`, the low bits last.
    @inlinable @inline(__always)
    static func readBackwards(_ end: UnsafeRawPointer) -> (value: Int, size: Int) {
        var byte = end.load(fromByteOffset: -1, as: UInt8.self)
        if _fastPath(byte < 128) { return (Int(byte), 1) }
        var value = Int(byte & 127)
        var size = 1
        while byte >= 128 {
            size &+= 1
            byte = end.load(fromByteOffset: 0 &- size, as: UInt8.self)
            value |= Int(byte & 127) << (7 &* (size &- 1))
        }
        return (value, size)
    }

    /// Writes a length to be read backwards.
    static func writeBackwards(_ value: Int, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let size = max(1, (Int.bitWidth - value.leadingZeroBitCount + 6) / 7)
        for place in 0..<size {
            // The byte read last, which is the first in memory, has no mark.
            let mark: UInt8 = place == size - 1 ? 0 : 128
            target.storeBytes(
                of: UInt8(truncatingIfNeeded: value >> (7 * place)) & 127 | mark, toByteOffset: size - 1 - place,
                as: UInt8.self)
        }
        return target + size
    }

    // MARK: The reference's sizes

    /// The bytes that a text would take in the reference's listpack, which decides when a block is full.
    static func listpackSize(_ bytes: Bytes) -> Int {
        if bytes.count <= 20, let integer = bytes.integer { return listpackSize(integer) }
        let head = bytes.count < 64 ? 1 : bytes.count < 4096 ? 2 : 5
        return withBackLength(head + bytes.count)
    }

    static func listpackSize(_ integer: Int64) -> Int {
        if integer >= 0, integer < 128 { return 2 }
        if integer >= -4096, integer < 4096 { return 3 }
        if Int16(exactly: integer) != nil { return 4 }
        if integer >= -(1 << 23), integer < 1 << 23 { return 5 }
        return Int32(exactly: integer) != nil ? 6 : 10
    }

    private static func withBackLength(_ size: Int) -> Int {
        size + (size < 128 ? 1 : size < 1 << 14 ? 2 : size < 1 << 21 ? 3 : size < 1 << 28 ? 4 : 5)
    }
}
