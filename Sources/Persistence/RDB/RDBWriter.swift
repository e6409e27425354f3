import Primitives

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
}
