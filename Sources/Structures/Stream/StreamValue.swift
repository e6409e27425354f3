import Primitives

/// How large the blocks of a stream become, and how much it remembers of its producers.
@frozen
public struct StreamLimits: Sendable {
    /// The most entries of a block; 0 for no limit.
    public var nodeEntries: Int
    /// The most bytes of a block, as the reference counts them; 0 for no limit.
    public var nodeBytes: Int
    /// For how many seconds a message of a producer is remembered, unless the stream was told otherwise.
    public var messageSeconds: Int
    /// How many messages of a producer are remembered, unless the stream was told otherwise.
    public var mostMessages: Int

    /// Limits; those of the reference by default.
    public init(nodeEntries: Int = 100, nodeBytes: Int = 4096, messageSeconds: Int = 100, mostMessages: Int = 100) {
        self.nodeEntries = nodeEntries
        self.nodeBytes = nodeBytes
        self.messageSeconds = messageSeconds
        self.mostMessages = mostMessages
    }
}

/// What a stream consists of, behind one address. Nothing in it belongs to a thread.
public struct StreamRoot: CollectionRoot {
    /// Bytes of blocks, groups and producers.
    public internal(set) var bytes = 0
    var tree = PageTree()
    var lastID = StreamID.zero
    var maxDeletedID = StreamID.zero
    var entriesAdded: UInt64 = 0
    /// By name.
    var groups: [StreamGroup] = []
    var groupBytes = 0
    /// Pending entries of all groups that no consumer has.
    var ownerlessCount = 0
    /// Those who add entries with IDs of their own; nil where there was never one.
    var producers: StreamProducers?

    /// An empty stream.
    init() {}

    /// The same stream once more; what the two share is copied when one of them changes.
    public func shared() -> StreamRoot {
        var copy = self
        copy.tree = tree.shared()
        return copy
    }

    /// Frees everything that only this stream holds.
    public mutating func free() {
        tree.free()
        self = StreamRoot()
    }
}

/// A stream: entries in the order of their IDs, and the groups that read them.
///
///     root ─▶ tree of blocks, by the milliseconds of their first IDs
///          └▶ groups, by name ─▶ pending entries, consumers
///
/// 1. No two entries have an ID in common, and none is higher than `lastID`.
/// 2. Blocks follow each other without overlapping; all but the last one have had their fill.
/// 3. A stream has no packed form, and its key stays when it has no entries.
@frozen
public struct StreamValue: CollectionValue {
    @usableFromInline let pointer: UnsafeMutablePointer<StreamRoot>

    /// The stream at an address.
    @inlinable @inline(__always)
    public init(root: UnsafeMutablePointer<StreamRoot>) { pointer = root }

    /// A new stream without entries; the memory of `packed` is taken over, and not needed.
    public init(packed: Packed) {
        precondition(packed.count == 0, "streams have no packed form")
        packed.free()
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: StreamRoot())
    }

    /// What is behind the pointer in the entry.
    @inlinable @inline(__always)
    public var root: UnsafeMutablePointer<StreamRoot>? { pointer }
    /// Nothing, and no memory for it.
    public var packed: Packed { Packed(viewing: .empty) }
    /// Never: a stream without entries still knows its last ID and its groups.
    @inlinable @inline(__always)
    public var isEmpty: Bool { false }

    /// The number of entries.
    public var count: Int { pointer.pointee.tree.count }
    /// Bytes of it all.
    public var bytes: Int { pointer.pointee.bytes }
    /// The number of blocks.
    public var blockCount: Int { pointer.pointee.tree.leafCount }
    /// The highest ID there ever was.
    public var lastID: StreamID { pointer.pointee.lastID }
    /// The highest ID of an entry that was deleted other than by trimming.
    public var maxDeletedID: StreamID { pointer.pointee.maxDeletedID }
    /// Entries that were ever added.
    public var entriesAdded: UInt64 { pointer.pointee.entriesAdded }
    /// Whether a group has pending entries that were given back, so that no consumer has them.
    public var hasOwnerless: Bool { pointer.pointee.ownerlessCount > 0 }
    /// Whether anything is known of producers.
    public var hasProducers: Bool { pointer.pointee.producers != nil }

    /// The ID of the first entry; zero in an empty stream.
    public var firstID: StreamID {
        guard let path = pointer.pointee.tree.firstLeaf() else { return .zero }
        let block = StreamBlock(path.leaf)
        return block.id(at: block.firstLive)
    }

    /// Counts the bytes anew from what the parts know.
    func updateBytes() {
        pointer.pointee.bytes =
            pointer.pointee.tree.bytes + pointer.pointee.groupBytes + (pointer.pointee.producers?.bytes ?? 0)
    }

    /// Sets what a stream knows of its past.
    public func setHistory(lastID: StreamID, entriesAdded: UInt64?, maxDeletedID: StreamID?) {
        pointer.pointee.lastID = lastID
        if let entriesAdded { pointer.pointee.entriesAdded = entriesAdded }
        if let maxDeletedID { pointer.pointee.maxDeletedID = maxDeletedID }
    }
}

// MARK: Entries

extension StreamValue {
    /// Appends an entry with a higher ID than `lastID`.
    public func append(_ id: StreamID, _ fields: StreamFields, _ limits: StreamLimits) {
        assert(id > lastID)
        if var path = pointer.pointee.tree.lastLeaf() {
            append(id, fields, limits, &path)
        } else {
            pointer.pointee.tree.begin(with: StreamBlock.make(id, fields))
        }
        pointer.pointee.lastID = id
        pointer.pointee.entriesAdded &+= 1
        updateBytes()
    }

    private func append(_ id: StreamID, _ fields: StreamFields, _ limits: StreamLimits, _ path: inout TreePath) {
        var page = pointer.pointee.tree.exclusiveLeaf(&path)
        if StreamBlock(page).isFull(for: fields, limits) {
            let used = page.used
            _ = pointer.pointee.tree.resizeLeaf(&path, capacity: (used + 23) & ~15 | 8)
            let next = StreamBlock.make(id, fields, expecting: used)
            return pointer.pointee.tree.insertLeaf(next, key: id.milliseconds, after: path)
        }
        let needed = page.used + StreamBlock.largestEntry(fields)
        if needed > page.capacity {
            page = pointer.pointee.tree.resizeLeaf(&path, capacity: Page.fittingCapacity(needed))
        }
        StreamBlock(page).append(id, fields)
        pointer.pointee.tree.addCount(1, path)
    }

    /// The way to the block where an ID is or belongs.
    @usableFromInline
    func path(to id: StreamID) -> TreePath? {
        pointer.pointee.tree.leaf(for: id.milliseconds) { StreamBlock($0).firstID > id }
    }

    /// The entry with an ID; nil if there is none.
    public func entry(_ id: StreamID) -> StreamEntry? {
        guard let path = path(to: id) else { return nil }
        let block = StreamBlock(path.leaf)
        return block.offset(of: id).map(block.entry)
    }

    /// Deletes an entry; false if there is none with the ID.
    public func delete(_ id: StreamID) -> Bool {
        guard var path = path(to: id), let offset = StreamBlock(path.leaf).offset(of: id) else { return false }
        delete(at: offset, &path)
        if id > pointer.pointee.maxDeletedID { pointer.pointee.maxDeletedID = id }
        updateBytes()
        return true
    }

    /// Deletes the live entry at an offset of a block. Returns whether the block has gone.
    @discardableResult
    func delete(at offset: Int, _ path: inout TreePath) -> Bool {
        let page = pointer.pointee.tree.exclusiveLeaf(&path)
        if page.count == 1 {
            pointer.pointee.tree.removeLeaf(path)
            return true
        }
        StreamBlock(page).delete(at: offset)
        pointer.pointee.tree.addCount(-1, path)
        return false
    }
}

extension StreamBlock {
    /// Whether the reference would begin a new block for an entry.
    fileprivate func isFull(for fields: StreamFields, _ limits: StreamLimits) -> Bool {
        if appended >= StreamBlock.mostEntries || (limits.nodeEntries > 0 && appended >= limits.nodeEntries) {
            return true
        }
        let most = limits.nodeBytes > 0 ? min(limits.nodeBytes, 1 << 30) : 1 << 30
        var size = fullListpackSize
        for text in fields { size += text.count }
        return size >= most
    }

    /// A new block for an entry, with room for the `size` bytes that the block before has used.
    fileprivate static func make(_ id: StreamID, _ fields: StreamFields, expecting size: Int) -> Page {
        make(id, fields, capacity: Page.fittingCapacity(min(size, Page.largest)))
    }
}
