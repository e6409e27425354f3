import Primitives
import Structures

#if canImport(Glibc)
    import Glibc
#endif

// Collections in their entries: read as views, taken out to be changed, put back.
//
//     open ──▶ value (packed: memory of its own; large: its root) ── changes ──▶ close ──▶ entry as it suits the value

extension Entry {
    /// A view of a collection, which must not be changed, and is valid until the entry is.
    @inlinable @inline(__always)
    public func view<Value: TypedCollection>(as type: Value.Type) -> Value {
        assert(self.type == Value.type)
        if encoding == .tree { return Value(root: root.assumingMemoryBound(to: Value.Root.self)) }
        return Value(packed: Packed(viewing: text))
    }
}

/// What an entry was when its collection was taken out of it.
public struct OpenCollection {
    @usableFromInline let entry: Entry?
    @usableFromInline let wasTree: Bool
    @usableFromInline let bytesBefore: Int

    @usableFromInline
    init(entry: Entry?, wasTree: Bool, bytesBefore: Int) {
        self.entry = entry
        self.wasTree = wasTree
        self.bytesBefore = bytesBefore
    }
}

/// A collection as it goes into an entry: without its type in Swift, so that one function serves all.
@usableFromInline
struct ClosingCollection {
    let type: ValueType
    let root: UnsafeMutableRawPointer?
    let packed: Packed
    let isEmpty: Bool
    let rootSize: Int

    @usableFromInline
    init(type: ValueType, root: UnsafeMutableRawPointer?, packed: Packed, isEmpty: Bool, rootSize: Int) {
        self.type = type
        self.root = root
        self.packed = packed
        self.isEmpty = isEmpty
        self.rootSize = rootSize
    }

    @inlinable
    init<Value: TypedCollection>(_ value: Value) {
        self.init(
            type: Value.type, root: value.root.map { UnsafeMutableRawPointer($0) }, packed: value.packed,
            isEmpty: value.isEmpty, rootSize: MemoryLayout<Value.Root>.size)
    }

    func free() { if let root { type.free(root: root) } else { packed.free() } }
}

extension Keyspace {
    /// Takes the collection of a live entry, or an empty one for none, to be changed. `close` has to follow, and nothing
    /// else may touch the key in between.
    @inlinable
    public func open<Value: TypedCollection>(
        _ entry: Entry?, _ database: Int, as type: Value.Type
    ) -> (value: Value, open: OpenCollection) {
        guard let entry else {
            return (Value(packed: Packed()), OpenCollection(entry: nil, wasTree: false, bytesBefore: 0))
        }
        willChange(entry, database)
        if entry.encoding == .tree {
            let root = entry.root.assumingMemoryBound(to: Value.Root.self)
            return (Value(root: root), OpenCollection(entry: entry, wasTree: true, bytesBefore: root.pointee.bytes))
        }
        let packed = takePacked(entry, database)
        return (Value(packed: packed), OpenCollection(entry: entry, wasTree: false, bytesBefore: 0))
    }

    /// Memory of its own with the packed collection of an entry, which owns nothing from here on.
    @usableFromInline
    func takePacked(_ entry: Entry, _ database: Int) -> Packed {
        guard entry.encoding == .external else { return Packed(copying: entry.text) }
        let external = entry.external
        let target = self.database(database)
        target.externalBytes -= external.capacity
        target.disown(entry)
        return Packed(owning: external.base, count: external.count, capacity: external.capacity)
    }

    /// Puts a collection back that `open` gave; an empty one goes, and its key with it. Tells nobody: `didChange` is the
    /// caller's to call. Returns whether the key is there.
    @inlinable
    public func close<Value: TypedCollection>(
        _ value: Value, _ open: OpenCollection, _ key: Key, _ database: Int
    ) -> Bool {
        if _fastPath(open.wasTree), let root = value.root, _fastPath(!value.isEmpty) {
            addExternalBytes(root.pointee.bytes &- open.bytesBefore, database)
            if Value.type == .stream, let entry = open.entry { noteStream(entry, database) }
            return true
        }
        return closeSlowly(ClosingCollection(value), open, key, database)
    }

    @usableFromInline
    func addExternalBytes(_ bytes: Int, _ database: Int) {
        _ = withDatabase(database) { $0.externalBytes &+= bytes }
    }

    @usableFromInline
    func closeSlowly(_ value: ClosingCollection, _ open: OpenCollection, _ key: Key, _ database: Int) -> Bool {
        let target = self.database(database)
        if open.wasTree, value.root == nil, let entry = open.entry {
            // The value has freed its root when it became small.
            target.externalBytes -= open.bytesBefore + value.rootSize + 16
            target.disown(entry)
        }
        if value.isEmpty { return dropEmptied(value, open, key, target) }
        if value.root == nil, let entry = open.entry, target.refill(entry, value.packed) { return true }
        let clock = open.entry?.clock ?? freshClock
        let entry = target.makeEntry(key.bytes, value, expiry: open.entry?.expiry, clock: clock)
        settle(entry, open.entry, key, database)
        return true
    }

    private func dropEmptied(
        _ value: ClosingCollection, _ open: OpenCollection, _ key: Key, _ target: Database
    ) -> Bool {
        guard let entry = open.entry else {
            value.free()
            return false
        }
        if open.wasTree, let root = value.root {
            target.externalBytes += value.type.footprint(root: root) - (open.bytesBefore + value.rootSize + 16)
        } else {
            value.free()
            target.disown(entry)
        }
        guard let word = (target.slots + key.slot).find(key) else { return false }
        target.free(target.detach(word, key))
        return false
    }

    /// Puts an entry in the place of the one that its value came from, or into the table.
    private func settle(_ entry: Entry, _ old: Entry?, _ key: Key, _ database: Int) {
        guard let old else { return add(entry, key, database) }
        let target = self.database(database)
        guard let word = (target.slots + key.slot).find(key) else { preconditionFailure("an open key is gone") }
        entry.isSaved = old.isSaved
        target.exchange(word, for: entry, slot: key.slot)
    }

    /// Gives a key a collection of its own, whatever it was before, without expiry; `value` is taken over. An empty one
    /// removes the key. Returns whether the key was there before.
    @inlinable
    @discardableResult
    public func set<Value: TypedCollection>(
        _ key: Key, _ value: Value, _ database: Int, event: KeyspaceEvent
    ) -> Bool {
        set(key, ClosingCollection(value), database, event: event)
    }

    @usableFromInline
    func set(_ key: Key, _ value: ClosingCollection, _ database: Int, event: KeyspaceEvent) -> Bool {
        let wasThere = live(key, database) != nil
        guard !value.isEmpty else {
            value.free()
            remove(key, database)
            return wasThere
        }
        let entry = self.database(database).makeEntry(key.bytes, value, expiry: nil, clock: freshClock)
        overwrite(entry, key, database)
        didChange(key.bytes, database, event)
        return wasThere
    }

    /// Says that a collection has changed: `count` elements of it.
    @inlinable @inline(__always)
    public func didChangeCollection(_ key: Key, _ database: Int, _ event: KeyspaceEvent, count: Int = 1) {
        changes &+= count &- 1
        didChange(key.bytes, database, event)
    }

    /// Says that a key has gone because its collection became empty; the change itself has been told of.
    public func didEmpty(_ key: Key, _ database: Int) {
        if _slowPath(!observers.isEmpty) { tellObservers(key.bytes, database, .del) }
    }
}

extension Database {
    /// A new entry that holds a collection, which is taken over.
    func makeEntry(_ key: Bytes, _ value: ClosingCollection, expiry: Int64?, clock: UInt32) -> Entry {
        if let root = value.root { return makeTreeEntry(key, value.type, root, expiry: expiry, clock: clock) }
        return makePackedEntry(key, value.type, value.packed, expiry: expiry, clock: clock)
    }

    /// A new entry that holds a large collection.
    func makeTreeEntry(
        _ key: Bytes, _ type: ValueType, _ root: UnsafeMutableRawPointer, expiry: Int64?, clock: UInt32
    ) -> Entry {
        let entry = layOut(
            key, kind: Encoding.tree.rawValue << 4 | type.rawValue, valueSize: 8, expiry: expiry, clock: clock)
        entry.root = root
        externalBytes += type.footprint(root: root)
        if type == .hash { markExpiringFields(entry) }
        if type == .stream { entry.streamFlags = entry.neededStreamFlags }
        return entry
    }

    /// A new entry that holds a packed collection, whose memory is taken over, or freed.
    func makePackedEntry(_ key: Bytes, _ type: ValueType, _ packed: Packed, expiry: Int64?, clock: UInt32) -> Entry {
        let isInline = packed.count <= Entry.longestInline
        let encoding = isInline ? Encoding.inline : .external
        let entry = layOut(
            key, kind: encoding.rawValue << 4 | type.rawValue, valueSize: isInline ? packed.count : Entry.externalSize,
            expiry: expiry, clock: clock)
        if isInline { putInline(packed, entry) } else { putExternal(packed, entry) }
        return entry
    }

    private func putInline(_ packed: Packed, _ entry: Entry) {
        entry.base.storeBytes(of: UInt16(packed.count), toByteOffset: 6, as: UInt16.self)
        memcpy(entry.valueBase, packed.base, packed.count)
        packed.free()
    }

    private func putExternal(_ packed: Packed, _ entry: Entry) {
        entry.external = Entry.External(base: packed.base, count: packed.count, capacity: packed.capacity)
        externalBytes += packed.capacity
    }

    /// Puts a packed collection back into the entry that it came from, if the block fits.
    func refill(_ entry: Entry, _ packed: Packed) -> Bool {
        let fixed = entry.headerSize + entry.keyCount
        let isInline = packed.count <= Entry.longestInline
        let size = fixed + (isInline ? packed.count : Entry.externalSize)
        guard Heap.blockSize(size) == Heap.blockSize(entry.size) else { return false }
        let encoding = isInline ? Encoding.inline : .external
        entry.base.storeBytes(of: encoding.rawValue << 4 | entry.type.rawValue, as: UInt8.self)
        if isInline { putInline(packed, entry) } else { putExternal(packed, entry) }
        return true
    }

    /// A new entry with the value of another collection: a copy of a packed one, the same pages for a large one.
    func makeCollectionCopy(_ source: Entry, key: Bytes, expiry: Int64?, clock: UInt32) -> Entry {
        guard source.encoding == .tree else {
            return makePackedEntry(key, source.type, Packed(copying: source.text), expiry: expiry, clock: clock)
        }
        return makeTreeEntry(key, source.type, source.type.share(root: source.root), expiry: expiry, clock: clock)
    }

    /// Large collections above this many bytes are freed by a helper.
    static var disposalThreshold: Int { 64 << 10 }

    @usableFromInline
    func freeTree(_ entry: Entry) {
        let size = entry.type.footprint(root: entry.root)
        externalBytes -= size
        if size > Database.disposalThreshold, let dispose {
            dispose(.collection(entry.root, entry.type))
        } else {
            entry.type.free(root: entry.root)
        }
    }
}
