import Primitives
import Structures

#if canImport(Glibc)
    import Glibc
#endif

/// What becomes of a key's expiry when its value is replaced.
@frozen
public enum ExpiryChange {
    /// The key lives on without one.
    case clear
    /// It stays as it was.
    case keep
    /// It is set, in milliseconds since 1970.
    case at(Int64)
}

// Changing keys: the whole of it. Each method does everything that follows from its change.

extension Keyspace {
    /// Gives a key a string value, whatever it was before. With `.at` an `expire` event follows `event`.
    @inlinable
    public func set(
        _ key: Key, _ value: StringValue, _ database: Int, expiry: ExpiryChange, event: KeyspaceEvent = .set
    ) {
        if !replace(key, value, database, expiry, event) { insert(key, value, database, expiry: expiry) }
        didChange(key.bytes, database, event)
        if case .at(let time) = expiry {
            noteExpiry(time)
            notify(.expire, key.bytes, database)
        }
    }

    /// Gives a key that is there another value; false where it is not.
    @inlinable @inline(__always)
    func replace(
        _ key: Key, _ value: StringValue, _ database: Int, _ expiry: ExpiryChange, _ event: KeyspaceEvent
    ) -> Bool {
        let replaced: Void? = withDatabase(database) { target in
            guard let word = (target.slots + key.slot).find(key) else { return nil }
            let old = Bucket.entry(word.pointee)
            willChange(old, database)
            // Counters set their key anew, but to them it is the same value.
            if event == .set { noteOverwrite(old, .string, key, database) }
            let time: Int64? =
                switch expiry {
                case .clear: nil
                case .keep: old.expiry
                case .at(let time): time
                }
            return target.assign(word, key, value, expiry: time, clock: renewedClock(old))
        }
        return replaced != nil
    }

    @usableFromInline
    func insert(_ key: Key, _ value: StringValue, _ database: Int, expiry: ExpiryChange) {
        var time: Int64?
        if case .at(let given) = expiry { time = given }
        let target = self.database(database)
        let entry = target.makeEntry(key.bytes, value, expiry: time, clock: freshClock)
        add(entry, key, database)
    }

    /// Puts a made entry into the table; it is born saved for a walk under way.
    func add(_ entry: Entry, _ key: Key, _ database: Int) {
        let target = self.database(database)
        if let snapshot { entry.isSaved = snapshot.marksBorn(inSlot: key.slot, of: target) }
        target.insert(entry, key)
        notify(.new, key.bytes, database)
    }

    /// Sets the integer of a live key that is an integer string, or makes the key one; the expiry stays.
    @inlinable
    public func setInteger(_ key: Key, _ entry: Entry?, _ value: Int64, _ database: Int, event: KeyspaceEvent) {
        guard let entry, entry.encoding == .integer, entry.isString else {
            return set(key, .integer(value), database, expiry: .keep, event: event)
        }
        willChange(entry, database)
        entry.integer = value
        didChange(key.bytes, database, event)
    }

    /// Lets `edit` write to the bytes of a string, which first gets `count` bytes, new ones zero; a key that is missing
    /// is made, an expiry stays.
    public func edit(
        _ key: Key, count: Int, _ database: Int, event: KeyspaceEvent, _ edit: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        let target = self.database(database)
        if let word = (target.slots + key.slot).find(key) {
            willChange(Bucket.entry(word.pointee), database)
            edit(target.writableString(word, key, count: count))
        } else {
            let zeros = [UInt8](repeating: 0, count: count)
            zeros.withBytes { insert(key, .bytes($0), database, expiry: .clear) }
            guard let word = (target.slots + key.slot).find(key) else { preconditionFailure("just inserted") }
            Bucket.entry(word.pointee).isModified = true
            edit(target.writableString(word, key, count: count))
        }
        didChange(key.bytes, database, event)
    }

    /// Lays a string out for changes in place, as `edit` does, and leaves it as it is: nothing has changed for anybody, but
    /// `OBJECT ENCODING` calls it raw from here on.
    public func makeEditable(_ key: Key, _ database: Int) {
        let target = self.database(database)
        guard let word = (target.slots + key.slot).find(key) else { return }
        let entry = Bucket.entry(word.pointee)
        if !entry.isModified { _ = target.writableString(word, key, count: entry.stringCount) }
    }

    /// Removes a key. Returns whether there was one, expired or not.
    @discardableResult
    public func remove(_ key: Key, _ database: Int, event: KeyspaceEvent = .del) -> Bool {
        let target = self.database(database)
        guard let word = (target.slots + key.slot).find(key) else { return false }
        willChange(Bucket.entry(word.pointee), database)
        let entry = target.detach(word, key)
        didChange(key.bytes, database, event)
        target.free(entry)
        return true
    }

    /// Sets or takes the expiry of a key that is there.
    public func setExpiry(_ key: Key, _ time: Int64?, _ database: Int) {
        let target = self.database(database)
        guard let word = (target.slots + key.slot).find(key) else { return }
        let entry = Bucket.entry(word.pointee)
        willChange(entry, database)
        target.setExpiry(word, key, time)
        if let time { noteExpiry(time) }
        didChange(key.bytes, database, time == nil ? .persist : .expire)
    }

    /// Copies the live value and expiry of `source` to `target`, which is replaced.
    public func copy(
        _ source: Entry, to target: Key, _ database: Int, expiry: Int64?, event: KeyspaceEvent
    ) {
        let copy = self.database(database).makeCopy(source, key: target.bytes, expiry: expiry, clock: freshClock)
        put(copy, target, database)
        if let expiry { noteExpiry(expiry) }
        didChange(target.bytes, database, event)
    }
}

// MARK: Whole databases

extension Keyspace {
    /// Empties a database, or all with nil. Returns the number of keys that went.
    /// - Parameter later: whether the memory is freed elsewhere, so that the caller need not wait.
    @discardableResult
    public func flush(_ index: Int?, later: Bool) -> Int {
        var removed = 0
        for index in index.map({ $0...$0 }) ?? 0...databaseCount - 1 {
            guard let old = databases[index], old.count > 0 else { continue }
            removed += old.count
            old.charge(to: account)
            touchWatchers(of: index, old, nil)
            databases[index] = nil
            if index == 0 { _ = makeDatabase(0) }
            // A walk that still has to see it throws it away itself.
            if snapshot?.holds(old) == true { continue }
            if later, dispose != nil {
                statistics.lazilyFreed += old.count
                throwAway(consume old)
            }
        }
        expiryWalk = ExpiryWalk()
        changes += max(1, removed)
        // Clients that keep copies are told of a flush that found nothing, too.
        if removed == 0, wantsTouches { touch(.database(index ?? 0)) }
        return removed
    }

    /// Exchanges two databases.
    public func swap(_ first: Int, _ second: Int) {
        touchWatchers(of: first, databases[first], databases[second])
        touchWatchers(of: second, databases[second], databases[first])
        (databases[first], databases[second]) = (databases[second], databases[first])
        noteUse(max(first, second))
        if databases[0] == nil { _ = makeDatabase(0) }
        changes += 1
    }
}

extension Database {
    /// A new entry with another's value under a key of this database.
    func makeCopy(_ source: Entry, key: Bytes, expiry: Int64?, clock: UInt32) -> Entry {
        if !source.isString { return makeCollectionCopy(source, key: key, expiry: expiry, clock: clock) }
        let value: StringValue = source.encoding == .integer ? .integer(source.integer) : .bytes(source.text)
        let copy = makeEntry(key, value, expiry: expiry, clock: clock)
        copy.isModified = source.isModified
        return copy
    }

    func setExpiry(_ word: UnsafeMutablePointer<UInt64>, _ key: Key, _ time: Int64?) {
        let entry = Bucket.entry(word.pointee)
        if entry.hasExpiry, let time {
            entry.expiryMilliseconds = time
            word.pointee = Bucket.word(entry)
        } else if entry.hasExpiry != (time != nil) {
            exchange(word, for: relayout(entry, expiry: time), slot: key.slot)
        }
    }

    /// A new block for an entry that gains or loses its expiry. The value is moved: what it owns belongs to the new one.
    private func relayout(_ entry: Entry, expiry: Int64?) -> Entry {
        let size = entry.size + (expiry == nil ? -8 : 8)
        let fresh = Entry(heap.allocate(size))
        let rest = entry.size - 8
        fresh.base.copyMemory(from: entry.base, byteCount: 8)
        if let expiry {
            fresh.flags |= Entry.expiryFlag
            fresh.expiryMilliseconds = expiry
            (fresh.base + 16).copyMemory(from: entry.base + 8, byteCount: rest)
        } else {
            fresh.flags &= ~Entry.expiryFlag
            (fresh.base + 8).copyMemory(from: entry.base + 16, byteCount: rest - 8)
        }
        disown(entry)
        return fresh
    }

    /// Turns an entry whose value went elsewhere into one that owns nothing, of the same block.
    @usableFromInline
    func disown(_ entry: Entry) {
        guard entry.encoding == .external || entry.encoding == .tree else { return }
        let size = entry.encoding == .external ? Entry.externalSize : 8
        entry.base.storeBytes(of: UInt16(size), toByteOffset: 6, as: UInt16.self)
        entry.base.storeBytes(of: Encoding.inline.rawValue << 4 | entry.type.rawValue, as: UInt8.self)
    }

    /// The bytes of a string, made writable and `count` long.
    func writableString(
        _ word: UnsafeMutablePointer<UInt64>, _ key: Key, count: Int
    ) -> UnsafeMutableRawBufferPointer {
        var entry = Bucket.entry(word.pointee)
        let oldCount = entry.stringCount
        if entry.encoding == .external {
            growExternal(entry, to: count)
        } else if entry.encoding == .integer || count != oldCount {
            entry = widen(entry, to: count)
            exchange(word, for: entry, slot: key.slot)
        }
        entry.isModified = true
        let base = entry.encoding == .external ? entry.external.base : entry.valueBase
        if count > oldCount { memset(base + oldCount, 0, count - oldCount) }
        return UnsafeMutableRawBufferPointer(start: base, count: count)
    }

    /// A new entry for a string of another length, with the old bytes.
    private func widen(_ entry: Entry, to count: Int) -> Entry {
        withUnsafeTemporaryAllocation(byteCount: Entry.longestInline + 1, alignment: 8) { scratch in
            entry.withString { old in
                let kept = min(old.count, count)
                if count <= Entry.longestInline {
                    memcpy(scratch.baseAddress!, old.base, kept)
                    let value = Bytes(base: UnsafeRawPointer(scratch.baseAddress!), count: count)
                    return makeEntry(entry.key, .bytes(value), expiry: entry.expiry, clock: entry.clock).marked(
                        as: entry)
                }
                // The entry is laid out for its external value first, which is then put in.
                let external = allocateExternal(count)
                memcpy(external.base, old.base, kept)
                let fresh = makeEntry(entry.key, .integer(0), expiry: entry.expiry, clock: entry.clock)
                return exchangeValue(of: fresh, for: external).marked(as: entry)
            }
        }
    }

    private func exchangeValue(of entry: Entry, for external: Entry.External) -> Entry {
        let fixed = entry.headerSize + entry.keyCount
        let fresh = Entry(heap.allocate(fixed + Entry.externalSize))
        fresh.base.copyMemory(from: entry.base, byteCount: fixed)
        fresh.base.storeBytes(of: Encoding.external.rawValue << 4, as: UInt8.self)
        fresh.external = external
        heap.free(entry.base, entry.size)
        return fresh
    }

    /// Gives an external string another length; room is doubled, but by no more than 1 MiB at a time.
    private func growExternal(_ entry: Entry, to count: Int) {
        var external = entry.external
        if count > external.capacity {
            let capacity = count < 1 << 20 ? count * 2 : count + 1 << 20
            externalBytes += capacity - external.capacity
            external.base = realloc(external.base, capacity)!
            external.capacity = capacity
        }
        external.count = count
        entry.external = external
    }
}

extension Entry {
    /// This entry, with the snapshot's mark of another.
    func marked(as other: Entry) -> Entry {
        isSaved = other.isSaved
        return self
    }
}
