import Primitives

/// What every large collection keeps behind the pointer in its entry.
public protocol CollectionRoot {
    /// Bytes of all that belongs to the collection, this root not counted.
    var bytes: Int { get }
    /// The same contents once more, without copying them: pages are held by both and copied when written.
    func shared() -> Self
    /// Frees everything but the root itself. Any thread may do it.
    mutating func free()
}

/// A collection in the hands of a command: packed into one run of bytes while it is small, a root with pages when it is
/// large. `OBJECT ENCODING` calls the first listpack (or intset), the second by the name of its structure.
///
/// Made by the keyspace, either to be read (a view of what the entry holds, which must not be changed) or to be changed.
public protocol CollectionValue {
    associatedtype Root: CollectionRoot
    /// The packed form; without meaning where there is a root.
    var packed: Packed { get }
    /// The large form.
    var root: UnsafeMutablePointer<Root>? { get }
    /// A packed collection, empty for a new one.
    init(packed: Packed)
    /// A large collection.
    init(root: UnsafeMutablePointer<Root>)
    /// The number of elements (of a hash, fields).
    var count: Int { get }
    /// Whether there is nothing in it, so that its key has to go.
    var isEmpty: Bool { get }
}

extension CollectionValue {
    /// Whether there are no elements.
    @inlinable
    public var isEmpty: Bool { count == 0 }

    /// Frees a value that belongs to no entry.
    public func free() {
        guard let root else { return packed.free() }
        root.pointee.free()
        root.deinitialize(count: 1)
        root.deallocate()
    }
}

/// From which size on collections are kept in their large form, by the directives of the reference; and the hash of members.
public struct CollectionLimits: Sendable {
    /// Entries of a listpack if positive; -1 … -5 for 4, 8, 16, 32, 64 KiB.
    public var listMaxListpackSize = -2
    /// Fields of a packed hash.
    public var hashMaxListpackEntries = 512
    /// Whether packed hashes may have more fields than that, because the threshold was lowered under them: they are turned
    /// over when they are next written to.
    public var hashesMayBeLonger = false
    /// Bytes of a field or value of a packed hash.
    public var hashMaxListpackValue = 64
    /// Members of a set of integers.
    public var setMaxIntsetEntries = 512
    /// Members of a packed set.
    public var setMaxListpackEntries = 128
    /// Bytes of a member of a packed set.
    public var setMaxListpackValue = 64
    /// Members of a packed sorted set.
    public var zsetMaxListpackEntries = 128
    /// Bytes of a member of a packed sorted set.
    public var zsetMaxListpackValue = 64
    /// Bytes of a block of a stream.
    public var streamNodeMaxBytes = 4096
    /// Entries of a block of a stream.
    public var streamNodeMaxEntries = 100
    /// Seconds for which a stream remembers a producer's message.
    public var streamIdmpDuration = 100
    /// Messages of a producer that a stream remembers.
    public var streamIdmpMaxsize = 100
    /// The hash of members and fields.
    public var hash: KeyHash

    /// The reference's defaults.
    public init(hash: KeyHash) { self.hash = hash }
}
