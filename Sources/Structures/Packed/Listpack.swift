import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// Elements one after the other, in the listpack encoding of the reference, without its header and end mark: compact, and
/// readable from either end.
///
///     element = head and data │ length of head and data, readable backwards
///
///     0xxxxxxx                        integer 0 … 127
///     10llllll data                   bytes, length up to 63
///     110xxxxx xxxxxxxx               integer of 13 bits
///     1110llll llllllll data          bytes, length up to 4095
///     11110000 length(4) data         bytes, length up to 2^32 - 1
///     11110001 … 11110100             integer of 16, 24, 32, 64 bits, little-endian
///
/// The length at the end has 7 bits in each byte; the last byte holds the lowest, and all but the first have the top bit
/// set. Source: https://github.com/antirez/listpack/blob/master/listpack.md
public enum Listpack {
    /// Bytes of head and data of an element.
    @inlinable
    static func bodySize(_ element: Element) -> Int {
        switch element {
        case .bytes(let bytes): bytes.count + (bytes.count < 64 ? 1 : bytes.count < 4096 ? 2 : 5)
        case .integer(let value):
            switch value {
            case 0...127: 1
            case -4096...4095: 2
            case -32768...32767: 3
            case -8_388_608...8_388_607: 4
            case -2_147_483_648...2_147_483_647: 5
            default: 9
            }
        }
    }

    /// Bytes of the length at the end of an element whose head and data have `body` bytes. The greatest lengths of two bytes
    /// and more take one more than they need, as in the reference.
    @inlinable @inline(__always)
    public static func tailSize(_ body: Int) -> Int {
        body < 128 ? 1 : body < 16_383 ? 2 : body < 2_097_151 ? 3 : body < 268_435_455 ? 4 : 5
    }

    /// Bytes that an element takes.
    @inlinable
    public static func size(_ element: Element) -> Int {
        let body = bodySize(element)
        return body + tailSize(body)
    }

    /// Writes an element to `target`, which has room for `size(element)` bytes, and returns that size.
    @discardableResult
    public static func write(_ element: Element, to target: UnsafeMutableRawPointer) -> Int {
        let body = bodySize(element)
        switch element {
        case .bytes(let bytes):
            writeHead(count: bytes.count, to: target)
            memcpy(target + (body - bytes.count), bytes.base, bytes.count)
        case .integer(let value): write(value, size: body, to: target)
        }
        return body + writeTail(body, to: target + body)
    }

    @inline(__always)
    private static func writeHead(count: Int, to target: UnsafeMutableRawPointer) {
        if count < 64 {
            target.storeBytes(of: 0x80 | UInt8(count), as: UInt8.self)
        } else if count < 4096 {
            target.storeBytes(of: 0xE0 | UInt8(count >> 8), as: UInt8.self)
            target.storeBytes(of: UInt8(truncatingIfNeeded: count), toByteOffset: 1, as: UInt8.self)
        } else {
            target.storeBytes(of: 0xF0, as: UInt8.self)
            target.storeBytes(of: UInt32(count), toByteOffset: 1, as: UInt32.self)
        }
    }

    private static func write(_ value: Int64, size: Int, to target: UnsafeMutableRawPointer) {
        switch size {
        case 1: target.storeBytes(of: UInt8(value), as: UInt8.self)
        case 2:
            target.storeBytes(of: 0xC0 | UInt8(truncatingIfNeeded: value >> 8) & 0x1F, as: UInt8.self)
            target.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: 1, as: UInt8.self)
        default:
            target.storeBytes(of: size == 9 ? 0xF4 : 0xEE + UInt8(size), as: UInt8.self)
            withUnsafeBytes(of: value) { _ = memcpy(target + 1, $0.baseAddress!, size - 1) }
        }
    }

    private static func writeTail(_ body: Int, to target: UnsafeMutableRawPointer) -> Int {
        let size = tailSize(body)
        var rest = body
        var index = size - 1
        while index >= 0 {
            let mark: UInt8 = index == 0 ? 0 : 0x80
            target.storeBytes(of: UInt8(rest & 127) | mark, toByteOffset: index, as: UInt8.self)
            rest >>= 7
            index -= 1
        }
        return size
    }

    /// The element at `place`, and where the next one begins.
    @inlinable @inline(__always)
    public static func read(_ place: UnsafeRawPointer) -> (element: Element, next: UnsafeRawPointer) {
        let head = place.load(as: UInt8.self)
        if head < 0x80 { return (.integer(Int64(head)), place + 2) }
        if head < 0xC0 {
            let count = Int(head & 0x3F)
            return (.bytes(Bytes(base: place + 1, count: count)), place + (count + 2))
        }
        return readLong(place, head)
    }

    @usableFromInline
    static func readLong(_ place: UnsafeRawPointer, _ head: UInt8) -> (element: Element, next: UnsafeRawPointer) {
        if head < 0xE0 {
            let low = place.load(fromByteOffset: 1, as: UInt8.self)
            let value = Int64(Int16(bitPattern: UInt16(head & 0x1F) << 11 | UInt16(low) << 3) >> 3)
            return (.integer(value), place + 3)
        }
        if head < 0xF0 {
            let count = Int(head & 0x0F) << 8 | Int(place.load(fromByteOffset: 1, as: UInt8.self))
            return (.bytes(Bytes(base: place + 2, count: count)), place + (count + 2 + tailSize(count + 2)))
        }
        if head == 0xF0 {
            let count = Int(place.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
            return (.bytes(Bytes(base: place + 5, count: count)), place + (count + 5 + tailSize(count + 5)))
        }
        return readWide(place, head)
    }

    private static func readWide(_ place: UnsafeRawPointer, _ head: UInt8) -> (element: Element, next: UnsafeRawPointer)
    {
        let data = place + 1
        switch head {
        case 0xF1: return (.integer(Int64(data.loadUnaligned(as: Int16.self))), place + 4)
        case 0xF2:
            let low = UInt32(data.loadUnaligned(as: UInt16.self))
            let high = UInt32(data.load(fromByteOffset: 2, as: UInt8.self))
            return (.integer(Int64(Int32(bitPattern: (high << 16 | low) << 8) >> 8)), place + 5)
        case 0xF3: return (.integer(Int64(data.loadUnaligned(as: Int32.self))), place + 6)
        default: return (.integer(data.loadUnaligned(as: Int64.self)), place + 10)
        }
    }

    /// Where the element after the one at `place` begins.
    @inlinable @inline(__always)
    public static func next(_ place: UnsafeRawPointer) -> UnsafeRawPointer { read(place).next }

    /// Where the element that ends at `place` begins.
    @inlinable @inline(__always)
    public static func previous(_ place: UnsafeRawPointer) -> UnsafeRawPointer {
        let last = place.load(fromByteOffset: -1, as: UInt8.self)
        if last < 0x80 { return place - (Int(last) + 1) }
        return previousLong(place)
    }

    @usableFromInline
    static func previousLong(_ place: UnsafeRawPointer) -> UnsafeRawPointer {
        var body = 0
        var shift = 0
        var index = -1
        while true {
            let byte = place.load(fromByteOffset: index, as: UInt8.self)
            body |= Int(byte & 127) << shift
            if byte < 0x80 { break }
            shift += 7
            index -= 1
        }
        return place - (body - index)
    }
}
