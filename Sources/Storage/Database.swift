import CShims
import Primitives
import Structures

#if canImport(Glibc)
    import Glibc
#endif

/// The value that a string key shall have: bytes, or an integer where they are the canonical text of one.
public typealias StringValue = Element

extension StringValue {
    @inlinable
    var encoding: Encoding {
        switch self {
        case .integer: .integer
        case .bytes(let bytes): bytes.count <= Entry.longestInline ? .inline : .external
        }
    }

    @inlinable
    var size: Int {
        switch self {
        case .integer: 8
        case .bytes(let bytes): bytes.count <= Entry.longestInline ? bytes.count : Entry.externalSize
        }
    }
}

/// One numbered database: 16384 slot tables over a heap of its own.
///
/// This is the mechanism under `Keyspace`, which is the only one to change a database: nothing here tells anybody.
public final class Database {
    /// The slot tables.
    @usableFromInline let slots: UnsafeMutablePointer<SlotTable>
    @usableFromInline var heap = Heap()
    @usableFromInline let hash: KeyHash
    /// Keys, expired ones that have not been removed included.
    public internal(set) var count = 0
    /// Keys that expire.
    public internal(set) var expiringCount = 0
    /// Bytes of values outside of entries.
    @usableFromInline var externalBytes = 0
    /// The keys of hashes with fields that expire, by the time of the first.
    var expiringHashes = OrderTree()
    /// Streams that know of producers.
    public internal(set) var producerStreamCount = 0
    /// Streams with pending entries that no consumer has.
    public internal(set) var ownerlessStreamCount = 0
    /// Where large collections go to be freed; nil frees at once.
    var dispose: ((Discarded) -> Void)?
    /// Its place among the databases of the cut, for the walk under way; -1 for one that was not there or is walked through.
    var cutOrdinal = -1
    /// Where its keys lie, for drawing some that may go.
    var distribution = KeyDistribution()
    /// Where the search for keys that may go ended.
    var searchHand = TableHand()
    /// The queues of its keys; nil where no policy needs them.
    @usableFromInline var queues: EvictionQueues?

    /// Where its small blocks are counted since no number stands for it any more, and how many bytes they are.
    private var charge: (account: MemoryAccount, bytes: Int)?

    init(hash: KeyHash) {
        self.hash = hash
        slots = .allocate(capacity: hashSlotCount)
        slots.initialize(repeating: SlotTable(), count: hashSlotCount)
    }

    deinit {
        // Everything in chunks goes with the heap; only what came from the C library is looked for.
        if count > 0 { freeExternals() }
        expiringHashes.free()
        slots.deallocate()
        if let charge { charge.account.add(-charge.bytes) }
    }

    /// Counts its small blocks in an account until it is freed: it has no number any more, and nothing of it changes.
    func charge(to account: MemoryAccount?) {
        guard charge == nil, let account else { return }
        charge = (account, smallBytes)
        account.add(smallBytes)
    }

    /// Bytes in use for keys, values and tables.
    public var liveBytes: Int {
        heap.liveBytes + externalBytes + expiringHashes.bytes + hashSlotCount * MemoryLayout<SlotTable>.stride
            + (queues?.bytes ?? 0)
    }

    /// The number of keys in a slot.
    public func count(inSlot slot: Int) -> Int { Int(slots[slot].count) }

    /// The entry of a key, expired or not.
    @inlinable @inline(__always)
    func find(_ key: Key) -> Entry? {
        guard let word = (slots + key.slot).find(key) else { return nil }
        return Bucket.entry(word.pointee)
    }

    /// Asks the processor for what `bucketAddress` will read.
    @inlinable @inline(__always)
    func fetchSlot(_ key: Key) {
        let slot = UnsafeRawPointer(slots + key.slot)
        apus_prefetch(slot)
        apus_prefetch(slot + MemoryLayout<SlotTable>.size - 1)
    }

    /// The address of the bucket that `find` will read first.
    @inlinable @inline(__always)
    func bucketAddress(_ key: Key) -> UnsafeRawPointer? {
        let segment = (slots + key.slot).segment(key.position)
        guard let buckets = segment.pointee.buckets else { return nil }
        return UnsafeRawPointer(buckets + segment.pointee.home(key.position) &* Bucket.size)
    }

    /// The address of the entry that `find` will most likely read, from a bucket that has arrived.
    @inlinable @inline(__always)
    func likelyEntry(_ key: Key, bucket address: UnsafeRawPointer) -> UnsafeRawPointer? {
        let bucket = Bucket(UnsafeMutableRawPointer(mutating: address))
        let match = Bucket.matches(bucket.marks, UInt64(key.fingerprint) &* 0x0101_0101_0101_0101)
        guard match != 0 else { return nil }
        return UnsafeRawPointer(Bucket.entry(bucket.word(Bucket.lane(match)).pointee).base)
    }

    // MARK: Entries

    /// A new entry that is not in the table.
    @inlinable
    func makeEntry(_ key: Bytes, _ value: StringValue, expiry: Int64?, clock: UInt32) -> Entry {
        let entry = layOut(
            key, kind: value.encoding.rawValue << 4, valueSize: value.size, expiry: expiry, clock: clock)
        fill(entry, value)
        return entry
    }

    /// A new entry whose value is still to be written.
    @inlinable @inline(__always)
    func layOut(_ key: Bytes, kind: UInt8, valueSize: Int, expiry: Int64?, clock: UInt32) -> Entry {
        let isLong = key.count >= 255
        let header = 8 + (expiry == nil ? 0 : 8) + (isLong ? 4 : 0)
        let entry = Entry(heap.allocate(header + key.count + valueSize))
        let flags = (expiry == nil ? 0 : Entry.expiryFlag) | (isLong ? Entry.longKeyFlag : 0)
        entry.base.storeBytes(
            of: UInt64(kind) | UInt64(flags) << 8 | UInt64(clock & 0xFF_FFFF) << 16
                | UInt64(min(key.count, 255)) << 40, as: UInt64.self)
        if let expiry { entry.expiryMilliseconds = expiry }
        if isLong { entry.base.storeBytes(of: UInt32(key.count), toByteOffset: header - 4, as: UInt32.self) }
        memcpy(entry.base + header, key.base, key.count)
        return entry
    }

    @inlinable
    func fill(_ entry: Entry, _ value: StringValue) {
        switch value {
        case .integer(let integer): entry.integer = integer
        case .bytes(let bytes) where bytes.count <= Entry.longestInline:
            entry.base.storeBytes(of: UInt16(bytes.count), toByteOffset: 6, as: UInt16.self)
            memcpy(entry.valueBase, bytes.base, bytes.count)
        case .bytes(let bytes):
            let external = allocateExternal(bytes.count)
            memcpy(external.base, bytes.base, bytes.count)
            entry.external = external
        }
    }

    @usableFromInline
    func allocateExternal(_ count: Int) -> Entry.External {
        externalBytes += count
        return Entry.External(base: malloc(count)!, count: count, capacity: count)
    }

    /// Frees an entry that is in no table, with what it owns.
    @inlinable
    func free(_ entry: Entry) {
        if entry.encoding == .external {
            freeExternal(entry.external)
        } else if _slowPath(entry.encoding == .tree) {
            freeTree(entry)
        }
        heap.free(entry.base, entry.size)
    }

    @usableFromInline
    func freeExternal(_ external: Entry.External) {
        externalBytes -= external.capacity
        Glibc.free(external.base)
    }

    private func freeExternals() {
        for slot in 0..<hashSlotCount where slots[slot].count > 0 {
            (slots + slot).forEachSegment { segment, _ in
                segment.pointee.forEachWord { word in
                    let entry = Bucket.entry(word.pointee)
                    if entry.encoding == .external { Glibc.free(entry.external.base) }
                    if entry.encoding == .tree { entry.type.free(root: entry.root) }
                    if entry.size > Heap.largestBlock { Glibc.free(entry.base) }
                }
                let size = Int(segment.pointee.bucketCount) * Bucket.size
                if size > Heap.largestBlock { Glibc.free(segment.pointee.buckets!) }
            }
            if let directory = slots[slot].directory, 8 << Int(slots[slot].directoryDepth) > Heap.largestBlock {
                Glibc.free(directory)
            }
        }
    }

    // MARK: The table

    @usableFromInline
    func insert(_ entry: Entry, _ key: Key) {
        (slots + key.slot).insert(entry, key, &heap, hash)
        count += 1
        if _slowPath(queues != nil) { enqueue(entry, key) }
        if entry.hasExpiry { expiringCount += 1 }
        if _slowPath(entry.isListed) { enlist(entry) }
    }

    /// Takes the entry at `word` out of the table without freeing it.
    @usableFromInline
    func detach(_ word: UnsafeMutablePointer<UInt64>, _ key: Key) -> Entry {
        let entry = Bucket.entry(word.pointee)
        if entry.hasExpiry { expiringCount -= 1 }
        if _slowPath(entry.isListed) { delist(entry) }
        count -= 1
        (slots + key.slot).remove(word, key, &heap, hash)
        return entry
    }

    /// Puts `entry` in the place of the one at `word`, which is freed.
    @usableFromInline
    func exchange(_ word: UnsafeMutablePointer<UInt64>, for entry: Entry, slot: Int) {
        let old = Bucket.entry(word.pointee)
        expiringCount += (entry.hasExpiry ? 1 : 0) - (old.hasExpiry ? 1 : 0)
        if _slowPath(old.isListed) { delist(old) }
        if _slowPath(entry.isListed) { enlist(entry) }
        (slots + slot).replace(word, with: entry, hadExpiry: old.hasExpiry)
        free(old)
    }

    /// Gives the entry at `word` a value and an expiry, in place where the block has the right size.
    @inlinable
    func assign(
        _ word: UnsafeMutablePointer<UInt64>, _ key: Key, _ value: StringValue, expiry: Int64?, clock: UInt32
    ) {
        let entry = Bucket.entry(word.pointee)
        if entry.isString, entry.hasExpiry == (expiry != nil), entry.encoding != .external, value.encoding != .external
        {
            let fixed = entry.headerSize + entry.keyCount
            if Heap.blockSize(fixed + value.size) == Heap.blockSize(entry.size) {
                entry.base.storeBytes(of: value.encoding.rawValue << 4, as: UInt8.self)
                entry.isModified = false
                entry.clock = clock
                if let expiry {
                    entry.expiryMilliseconds = expiry
                    word.pointee = Bucket.word(entry)
                }
                fill(entry, value)
                return
            }
        }
        let fresh = makeEntry(entry.key, value, expiry: expiry, clock: clock)
        fresh.isSaved = entry.isSaved
        exchange(word, for: fresh, slot: key.slot)
    }
}
