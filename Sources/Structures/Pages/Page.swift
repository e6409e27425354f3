import CShims
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// One block of memory of a large collection: a leaf with elements, or an inner node of a `PageTree`.
///
///     0  references   UInt32   how many parents hold the page; changed atomically
///     4  level        UInt8    0 for a leaf
///     5  –
///     6  count        UInt16   elements of a leaf, children of an inner node
///     8  capacity     UInt32   bytes of the block, these 24 included
///    12  used         UInt32   end of the part in use; the leaf's format says of what
///    16  first        UInt32   for the leaf's format
///    20  second       UInt32   for the leaf's format
///    24  …
///
/// 1. A page that is held more than once is never written to: whoever wants to makes a copy first. So a whole tree can be
///    held as it is now (a snapshot, a copy under another key) by holding its root.
/// 2. A page takes at most `largest` bytes, unless a single element is larger.
/// 3. Pages come from the C library, so that any thread can free them.
@frozen
public struct Page: Equatable {
    /// The first byte of the block.
    public let base: UnsafeMutableRawPointer

    /// The page at an address.
    @inlinable @inline(__always)
    public init(_ base: UnsafeMutableRawPointer) { self.base = base }

    /// The most bytes of a page with more than one element.
    @inlinable public static var largest: Int { 4096 - 16 }
    /// The bytes before a page's contents.
    @inlinable public static var headerSize: Int { 24 }
    /// Pages grow in steps of so many bytes.
    @inlinable public static var step: Int { 256 }

    /// A new page held once, with nothing in use beyond its header.
    public static func allocate(level: Int = 0, capacity: Int) -> Page {
        let page = Page(malloc(capacity)!)
        page.base.storeBytes(of: 1, as: UInt32.self)
        page.base.storeBytes(of: UInt8(level), toByteOffset: 4, as: UInt8.self)
        page.base.storeBytes(of: 0, toByteOffset: 5, as: UInt8.self)
        page.count = 0
        page.capacity = capacity
        page.used = headerSize
        page.first = 0
        page.second = 0
        return page
    }

    /// The capacity that suits a page for `size` bytes in all: whole steps up to the largest page, exact beyond.
    @inlinable
    public static func fittingCapacity(_ size: Int) -> Int {
        // The C library puts eight bytes before each block and keeps multiples of sixteen.
        if size > largest { return (size + 15) & ~15 | 8 }
        return min(largest, (size + step + 7) / step * step - 8)
    }

    /// Bytes that a block of a capacity takes in the C library.
    @inlinable @inline(__always)
    public static func footprint(_ capacity: Int) -> Int { (capacity &+ 8 &+ 15) & ~15 }

    /// Whether only one parent holds the page, so that it may be written to.
    @inlinable @inline(__always)
    public var isExclusive: Bool { apus_load(base.assumingMemoryBound(to: UInt32.self)) == 1 }

    @inlinable @inline(__always)
    func retain() { apus_retain(base.assumingMemoryBound(to: UInt32.self)) }

    /// Lets go of the page; true for the last holder, who has to free it.
    @inlinable @inline(__always)
    func release() -> Bool { apus_release(base.assumingMemoryBound(to: UInt32.self)) }

    /// 0 for a leaf; otherwise one more than that of the children.
    @inlinable @inline(__always)
    public var level: Int { Int(base.load(fromByteOffset: 4, as: UInt8.self)) }

    /// Elements of a leaf, children of an inner node.
    @inlinable @inline(__always)
    public var count: Int {
        get { Int(base.load(fromByteOffset: 6, as: UInt16.self)) }
        nonmutating set { base.storeBytes(of: UInt16(truncatingIfNeeded: newValue), toByteOffset: 6, as: UInt16.self) }
    }
    /// Bytes of the block.
    @inlinable @inline(__always)
    public var capacity: Int {
        get { Int(base.load(fromByteOffset: 8, as: UInt32.self)) }
        nonmutating set { base.storeBytes(of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 8, as: UInt32.self) }
    }
    /// End of the part in use, as the format says.
    @inlinable @inline(__always)
    public var used: Int {
        get { Int(base.load(fromByteOffset: 12, as: UInt32.self)) }
        nonmutating set { base.storeBytes(of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 12, as: UInt32.self) }
    }
    /// A number for the format.
    @inlinable @inline(__always)
    public var first: Int {
        get { Int(base.load(fromByteOffset: 16, as: UInt32.self)) }
        nonmutating set { base.storeBytes(of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 16, as: UInt32.self) }
    }
    /// Another number for the format.
    @inlinable @inline(__always)
    public var second: Int {
        get { Int(base.load(fromByteOffset: 20, as: UInt32.self)) }
        nonmutating set { base.storeBytes(of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 20, as: UInt32.self) }
    }

    /// Frees the block of a page that nobody holds, or that only the caller does. Not its children.
    @inlinable
    public func free() { apus_free(base) }

    /// The same page in a block of another size; the block may move. Only of an exclusive page.
    @usableFromInline
    func reallocated(_ capacity: Int) -> Page {
        let page = Page(realloc(base, capacity)!)
        page.capacity = capacity
        return page
    }

    /// A copy of the whole block, held once. Not of its children.
    func copied() -> Page {
        let copy = Page(malloc(capacity)!)
        copy.base.copyMemory(from: base, byteCount: capacity)
        copy.base.storeBytes(of: 1, as: UInt32.self)
        return copy
    }
}

/// A place below an inner node: a page, how many elements are under it, and a lower bound of what it holds.
@frozen @usableFromInline
struct Child {
    @usableFromInline var page: Page
    @usableFromInline var count: Int
    /// No element under the page has a smaller key, and none before it a larger one. Not kept up for the first child.
    @usableFromInline var key: UInt64
}

extension Page {
    /// The most children of an inner node.
    static var mostChildren: Int { (largest - headerSize) / MemoryLayout<Child>.stride }

    @inlinable @inline(__always)
    var children: UnsafeMutablePointer<Child> {
        (base + Page.headerSize).assumingMemoryBound(to: Child.self)
    }

    /// The room of an inner node, in children.
    var childCapacity: Int { (capacity - Page.headerSize) / MemoryLayout<Child>.stride }

    static func innerCapacity(children: Int) -> Int { headerSize + children * MemoryLayout<Child>.stride }

    /// All elements of a leaf, or under an inner node.
    var total: Int {
        guard level > 0 else { return count }
        var sum = 0
        for index in 0..<count { sum += children[index].count }
        return sum
    }
}
