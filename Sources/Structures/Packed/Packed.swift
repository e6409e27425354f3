import CShims
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A small collection: one run of bytes, either a view of what an entry holds, or memory of its own to be changed.
///
/// A view must not be changed. Memory of its own is owned by whoever holds the value last, who gives it to an entry or
/// frees it.
@frozen
public struct Packed {
    /// The first byte.
    public internal(set) var base: UnsafeMutableRawPointer
    /// Bytes in use.
    public internal(set) var count: Int
    /// Bytes there is room for; 0 for a view.
    public internal(set) var capacity: Int

    /// A view of bytes that somebody else owns.
    @inlinable @inline(__always)
    public init(viewing bytes: Bytes) {
        self.init(base: UnsafeMutableRawPointer(mutating: bytes.base), count: bytes.count, capacity: 0)
    }

    @usableFromInline
    init(base: UnsafeMutableRawPointer, count: Int, capacity: Int) {
        self.base = base
        self.count = count
        self.capacity = capacity
    }

    /// A copy to be changed.
    public init(copying bytes: Bytes) {
        let room = max(64, Packed.capacity(for: bytes.count))
        base = apus_allocate(room)!
        capacity = room
        count = bytes.count
        base.copyMemory(from: bytes.base, byteCount: bytes.count)
    }

    /// Memory from the C library that is taken over.
    public init(owning base: UnsafeMutableRawPointer, count: Int, capacity: Int) {
        self.base = base
        self.count = count
        self.capacity = capacity
    }

    /// No bytes, and memory to put some in.
    public init() { self.init(copying: .empty) }

    /// The bytes.
    @inlinable @inline(__always)
    public var bytes: Bytes { Bytes(base: UnsafeRawPointer(base), count: count) }
    /// The end.
    @inlinable @inline(__always)
    public var end: UnsafeRawPointer { UnsafeRawPointer(base + count) }

    /// Frees memory of its own.
    @inlinable
    public func free() { if capacity > 0 { apus_free(base) } }

    /// Little is kept to spare: it belongs to the collection for as long as that does not change.
    private static func capacity(for count: Int) -> Int { count + count / 16 + 16 }

    /// Makes the bytes from `offset` on, `old` in number, `new` in number; what follows moves. Returns where they are, to
    /// be written to.
    @discardableResult
    public mutating func replace(at offset: Int, _ old: Int, with new: Int) -> UnsafeMutableRawPointer {
        assert(capacity > 0 && offset >= 0 && offset + old <= count)
        let total = count - old + new
        if total > capacity {
            capacity = Packed.capacity(for: total)
            base = realloc(base, capacity)!
        }
        if old != new { memmove(base + offset + new, base + offset + old, count - offset - old) }
        count = total
        return base + offset
    }

    /// Appends room for `size` bytes, to be written to.
    @discardableResult
    public mutating func append(_ size: Int) -> UnsafeMutableRawPointer { replace(at: count, 0, with: size) }

    /// Removes bytes.
    public mutating func remove(at offset: Int, _ size: Int) { replace(at: offset, size, with: 0) }

    /// Where an address within the bytes lies.
    @inlinable @inline(__always)
    public func offset(of place: UnsafeRawPointer) -> Int { place - UnsafeRawPointer(base) }

    /// Appends an element in listpack encoding.
    public mutating func append(_ element: Element) {
        Listpack.write(element, to: append(Listpack.size(element)))
    }

    /// Inserts an element in listpack encoding before the one at `offset`.
    public mutating func insert(_ element: Element, at offset: Int) {
        Listpack.write(element, to: replace(at: offset, 0, with: Listpack.size(element)))
    }

    /// Puts an element in the place of the one at `offset`.
    public mutating func replace(at offset: Int, with element: Element) {
        let old = Listpack.next(UnsafeRawPointer(base + offset)) - UnsafeRawPointer(base + offset)
        Listpack.write(element, to: replace(at: offset, old, with: Listpack.size(element)))
    }

    /// Whether the bytes of an element lie within these, so that a change may move or overwrite them.
    public func contains(_ bytes: Bytes) -> Bool { bytes.base >= UnsafeRawPointer(base) && bytes.base < end }
}
