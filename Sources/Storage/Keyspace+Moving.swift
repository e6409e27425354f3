import Primitives

// A value that goes to another key or another database, without being copied: what it owns changes hands.

extension Keyspace {
    /// Gives the value of `source` to the key `target` of database `destination`, whatever that was before, and takes
    /// `source` away. Expiry and access clock go along. One change with two events.
    public func move(
        _ source: Key, _ database: Int, to target: Key, _ destination: Int,
        events: (from: KeyspaceEvent, to: KeyspaceEvent)
    ) {
        let origin = self.database(database)
        guard let word = (origin.slots + source.slot).find(source) else { return }
        willChange(Bucket.entry(word.pointee), database)
        let old = origin.detach(word, source)
        put(self.database(destination).adopt(old, of: origin, key: target.bytes), target, destination)
        changes &+= 1
        guard !observers.isEmpty else { return }
        tellObservers(source.bytes, database, events.from)
        tellObservers(target.bytes, destination, events.to)
    }

    /// Puts a made entry into the table, in the place of one that may be there. To those who listen it is a new key.
    func put(_ entry: Entry, _ key: Key, _ database: Int) {
        if overwrite(entry, key, database) { notify(.new, key.bytes, database) }
    }

    /// As `put`, but only a key that was not there before is new. Returns whether there was one.
    @discardableResult
    func overwrite(_ entry: Entry, _ key: Key, _ database: Int) -> Bool {
        let target = self.database(database)
        guard let word = (target.slots + key.slot).find(key) else {
            add(entry, key, database)
            return false
        }
        let old = Bucket.entry(word.pointee)
        willChange(old, database)
        noteOverwrite(old, entry.type, key, database)
        entry.isSaved = old.isSaved
        if accessClock == .queues { entry.clock = countedClock(old) }
        target.exchange(word, for: entry, slot: key.slot)
        return true
    }
}

extension Database {
    /// A new entry under `key` with the value of `entry`, which is in no table and is freed; what the value owns goes over.
    func adopt(_ entry: Entry, of origin: Database, key: Bytes) -> Entry {
        let isLong = key.count >= 255
        let header = 8 + (entry.hasExpiry ? 8 : 0) + (isLong ? 4 : 0)
        let valueSize = entry.size - entry.headerSize - entry.keyCount
        let fresh = Entry(heap.allocate(header + key.count + valueSize))
        fresh.base.copyMemory(from: entry.base, byteCount: entry.hasExpiry ? 16 : 8)
        fresh.flags = isLong ? fresh.flags | Entry.longKeyFlag : fresh.flags & ~Entry.longKeyFlag
        fresh.base.storeBytes(of: UInt8(min(key.count, 255)), toByteOffset: 5, as: UInt8.self)
        if isLong { fresh.base.storeBytes(of: UInt32(key.count), toByteOffset: header - 4, as: UInt32.self) }
        (fresh.base + header).copyMemory(from: key.base, byteCount: key.count)
        (fresh.base + header + key.count).copyMemory(from: entry.valueBase, byteCount: valueSize)
        takeOver(entry, of: origin)
        return fresh
    }

    private func takeOver(_ entry: Entry, of origin: Database) {
        let owned =
            switch entry.encoding {
            case .integer, .inline: 0
            case .external: entry.external.capacity
            case .tree: entry.type.footprint(root: entry.root)
            }
        externalBytes += owned
        origin.externalBytes -= owned
        origin.heap.free(entry.base, entry.size)
    }
}
