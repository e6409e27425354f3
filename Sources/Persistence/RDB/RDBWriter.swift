import Primitives
import Structures

#if canImport(Glibc)
    import Glibc
#endif

/// Bytes of an RDB file or payload under way. See `RDBReader` for the forms.
public struct RDBWriter: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    /// How many there are.
    public private(set) var count = 0
    /// Whether long strings are compressed.
    public var compresses: Bool

    /// - Parameter capacity: bytes of room to begin with.
    public init(capacity: Int = 256, compresses: Bool = true) {
        self.capacity = max(16, capacity)
        self.compresses = compresses
        base = malloc(self.capacity)!
    }

    deinit { free(base) }

    /// What was written; valid until the next change.
    public var bytes: Bytes { Bytes(base: UnsafeRawPointer(base), count: count) }

    /// Forgets what was written, and keeps the room.
    public mutating func removeAll() { count = 0 }

    /// Room for `size` more bytes, which count as written.
    @inline(__always)
    mutating func room(_ size: Int) -> UnsafeMutableRawPointer {
        if count + size > capacity { grow(by: size) }
        count += size
        return base + (count - size)
    }

    @inline(never)
    private mutating func grow(by size: Int) {
        capacity = max(capacity * 2, count + size)
        base = realloc(base, capacity)!
    }

    /// Takes the last `size` bytes back.
    mutating func removeLast(_ size: Int) { count -= size }

    mutating func byte(_ value: UInt8) { room(1).storeBytes(of: value, as: UInt8.self) }

    mutating func type(_ type: RDBType) { byte(type.rawValue) }

    mutating func opcode(_ opcode: RDBOpcode) { byte(opcode.rawValue) }

    mutating func raw(_ bytes: Bytes) { memcpy(room(bytes.count), bytes.base, bytes.count) }

    /// An integer of fixed size, little-endian.
    mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
        room(MemoryLayout<Value>.size).storeBytes(of: value.littleEndian, as: Value.self)
    }

    /// A number of 8 bytes, as sorted sets keep scores.
    mutating func double(_ value: Double) { integer(value.bitPattern) }

    /// A number in the form of lengths.
    mutating func number(_ value: UInt64) {
        switch value {
        case ..<64: byte(UInt8(value))
        case ..<16384: room(2).storeBytes(of: (0x4000 | UInt16(value)).bigEndian, as: UInt16.self)
        case ...UInt64(UInt32.max):
            byte(0x80)
            room(4).storeBytes(of: UInt32(value).bigEndian, as: UInt32.self)
        default:
            byte(0x81)
            room(8).storeBytes(of: value.bigEndian, as: UInt64.self)
        }
    }

    /// A length.
    mutating func length(_ value: Int) { number(UInt64(value)) }

    // MARK: Strings

    /// The shortest string that is tried to be compressed, in bytes.
    private static let shortestCompressed = 21

    /// A string: as a number if it is one, compressed if that makes it shorter.
    mutating func string(_ bytes: Bytes) {
        if bytes.count <= 11, let integer = bytes.integer, short(integer) { return }
        if compresses, bytes.count >= RDBWriter.shortestCompressed, compressed(bytes) { return }
        length(bytes.count)
        raw(bytes)
    }

    /// The text of an integer.
    mutating func string(_ integer: Int64) {
        if short(integer) { return }
        Element.integer(integer).withBytes { text in
            length(text.count)
            raw(text)
        }
    }

    /// An element of a collection.
    mutating func string(_ element: Element) {
        switch element {
        case .bytes(let bytes): string(bytes)
        case .integer(let integer): string(integer)
        }
    }

    /// An integer in one of the short forms of strings; false where none is wide enough.
    private mutating func short(_ integer: Int64) -> Bool {
        if let small = Int8(exactly: integer) {
            byte(0xC0)
            self.integer(small)
        } else if let medium = Int16(exactly: integer) {
            byte(0xC1)
            self.integer(medium)
        } else if let large = Int32(exactly: integer) {
            byte(0xC2)
            self.integer(large)
        } else {
            return false
        }
        return true
    }

    /// A compressed string; false where it would not be shorter.
    private mutating func compressed(_ bytes: Bytes) -> Bool {
        let start = count
        let head = 1 + 2 * RDBWriter.size(ofLength: bytes.count)
        let target = room(head + bytes.count) + head
        let packed = LZF.compress(bytes, to: target, capacity: bytes.count - 4)
        count = start
        guard let packed else { return false }
        byte(0xC3)
        length(packed)
        length(bytes.count)
        // The first length may have taken less than was left for it.
        memmove(base + count, target, packed)
        count += packed
        return true
    }

    private static func size(ofLength length: Int) -> Int { length < 64 ? 1 : length < 16384 ? 2 : 9 }

    /// `count` elements that lie one after the other, as a listpack with its head and end.
    mutating func listpack(_ elements: Bytes, count: Int) {
        let size = elements.count + 7
        withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { room in
            let listpack = room.baseAddress!
            listpack.storeBytes(of: UInt32(size).littleEndian, as: UInt32.self)
            // The greatest count says that there may be more.
            listpack.storeBytes(of: UInt16(clamping: count).littleEndian, toByteOffset: 4, as: UInt16.self)
            memcpy(listpack + 6, elements.base, elements.count)
            listpack.storeBytes(of: 0xFF, toByteOffset: size - 1, as: UInt8.self)
            string(Bytes(base: listpack, count: size))
        }
    }
}
