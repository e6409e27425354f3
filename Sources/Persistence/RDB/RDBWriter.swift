import Primitives
import Structures

#if canImport(Glibc)
    import Glibc
#endif

/// What becomes of strings that are long enough to be compressed.
public enum StringCompression: Sendable {
    /// They are written as they are.
    case none
    /// They are compressed when they are written.
    case now
    /// They are written as they are and noted, for somebody else to compress.
    case later
}

/// A string within bytes that are not packed yet: where it begins behind its length, and how many bytes both take.
struct UnpackedString {
    let offset: Int
    let count: Int
    let lengthSize: Int
}

/// Bytes of an RDB file or payload under way. See `RDBReader` for the forms.
public struct RDBWriter: ~Copyable {
    private(set) var base: UnsafeMutableRawPointer
    /// How many there is room for.
    private(set) var capacity: Int
    /// How many there are.
    public private(set) var count = 0
    /// What becomes of long strings.
    let compression: StringCompression
    /// The strings that are to be compressed later.
    private(set) var unpacked: [UnpackedString] = []

    /// - Parameter capacity: bytes of room to begin with.
    public init(capacity: Int = 256, _ compression: StringCompression = .now) {
        self.capacity = max(16, capacity)
        self.compression = compression
        base = malloc(self.capacity)!
    }

    deinit { free(base) }

    /// What was written; valid until the next change.
    public var bytes: Bytes { Bytes(base: UnsafeRawPointer(base), count: count) }

    /// Forgets what was written, and keeps the room.
    public mutating func removeAll() {
        count = 0
        unpacked.removeAll(keepingCapacity: true)
    }

    /// Strings that were noted are packed, and so many bytes are left.
    mutating func endPacking(count: Int) {
        self.count = count
        unpacked.removeAll(keepingCapacity: true)
    }

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

    mutating func byte(_ value: UInt8) { room(1).storeBytes(of: value, as: UInt8.self) }

    mutating func type(_ type: RDBType) { byte(type.rawValue) }

    mutating func opcode(_ opcode: RDBOpcode) { byte(opcode.rawValue) }

    @inline(__always)
    mutating func raw(_ bytes: Bytes) { memcpy(room(bytes.count), bytes.base, bytes.count) }

    /// What another has written.
    mutating func append(_ other: borrowing RDBWriter) {
        for string in other.unpacked {
            unpacked.append(
                UnpackedString(offset: count + string.offset, count: string.count, lengthSize: string.lengthSize))
        }
        raw(other.bytes)
    }

    /// An integer of fixed size, little-endian.
    mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
        room(MemoryLayout<Value>.size).storeBytes(of: value.littleEndian, as: Value.self)
    }

    /// A number of 8 bytes, as sorted sets keep scores.
    mutating func double(_ value: Double) { integer(value.bitPattern) }

    /// A number in the form of lengths.
    mutating func number(_ value: UInt64) {
        let most = room(RDBWriter.longestNumber)
        count -= RDBWriter.longestNumber - RDBWriter.store(value, at: most)
    }

    /// Bytes that a number takes at most.
    static let longestNumber = 9

    /// Puts a number in the form of lengths somewhere. Returns how many bytes it takes.
    static func store(_ value: UInt64, at place: UnsafeMutableRawPointer) -> Int {
        switch value {
        case ..<64:
            place.storeBytes(of: UInt8(value), as: UInt8.self)
            return 1
        case ..<16384:
            place.storeBytes(of: (0x4000 | UInt16(value)).bigEndian, as: UInt16.self)
            return 2
        case ...UInt64(UInt32.max):
            place.storeBytes(of: 0x80, as: UInt8.self)
            place.storeBytes(of: UInt32(value).bigEndian, toByteOffset: 1, as: UInt32.self)
            return 5
        default:
            place.storeBytes(of: 0x81, as: UInt8.self)
            place.storeBytes(of: value.bigEndian, toByteOffset: 1, as: UInt64.self)
            return 9
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
        if bytes.count < RDBWriter.shortestCompressed { return plain(bytes) }
        switch compression {
        case .none: plain(bytes)
        case .now:
            let most = room(bytes.count + 2 * RDBWriter.longestNumber)
            count -= bytes.count + 2 * RDBWriter.longestNumber - RDBWriter.pack(bytes, to: most)
        case .later:
            let start = count
            length(bytes.count)
            unpacked.append(UnpackedString(offset: count, count: bytes.count, lengthSize: count - start))
            raw(bytes)
        }
    }

    private mutating func plain(_ bytes: Bytes) {
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

    /// Puts a string somewhere, compressed if that makes it shorter; there must be room for two numbers more than its bytes.
    /// Returns how many bytes it takes.
    static func pack(_ bytes: Bytes, to place: UnsafeMutableRawPointer) -> Int {
        // The length of what is compressed takes no more than that of the whole.
        let head = 1 + 2 * size(ofLength: bytes.count)
        let most = mostCompressed(of: bytes.count)
        guard let packed = LZF.compress(bytes, to: place + head, capacity: most) else {
            let length = store(UInt64(bytes.count), at: place)
            memcpy(place + length, bytes.base, bytes.count)
            return length + bytes.count
        }
        place.storeBytes(of: 0xC3, as: UInt8.self)
        var count = 1 + store(UInt64(packed), at: place + 1)
        count += store(UInt64(bytes.count), at: place + count)
        memmove(place + count, place + head, packed)
        return count + packed
    }

    private static func size(ofLength length: Int) -> Int { length < 64 ? 1 : length < 16384 ? 2 : 9 }

    /// How many bytes the compressed form of so many may take, so that with its two lengths it is no longer than they are.
    static func mostCompressed(of count: Int) -> Int { count - (count < 16384 ? 4 : 6) }

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
