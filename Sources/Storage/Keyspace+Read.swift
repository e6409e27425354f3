import Primitives

// Looking keys up.

extension Keyspace {
    /// Whether the entry's time has come.
    @inlinable @inline(__always)
    public func hasExpired(_ entry: Entry) -> Bool { entry.hasExpiry && entry.expiryMilliseconds <= now }

    /// The live entry of a key for a command that reads: counts a hit or a miss and renews the access clock.
    /// - Parameter touching: false where the client asked to leave the clock alone (`CLIENT NO-TOUCH`).
    @inlinable @inline(__always)
    public func read(_ key: Key, _ database: Int, touching: Bool = true) -> Entry? {
        guard let entry = live(key, database) else {
            statistics.misses &+= 1
            notify(.keymiss, key.bytes, database)
            return nil
        }
        statistics.hits &+= 1
        if touching { touch(entry) }
        return entry
    }

    /// The live entry of a key for a command that will change it: renews the access clock, counts nothing.
    @inlinable @inline(__always)
    public func entry(_ key: Key, _ database: Int) -> Entry? {
        guard let entry = live(key, database) else { return nil }
        touch(entry)
        return entry
    }

    /// The live entry of a key, without trace.
    @inlinable @inline(__always)
    public func live(_ key: Key, _ database: Int) -> Entry? {
        guard let entry = withDatabase(database, { $0.find(key) }) else { return nil }
        if _slowPath(entry.flags & (Entry.expiryFlag | Entry.fieldsFlag) != 0) {
            if entry.hasExpiry, entry.expiryMilliseconds <= now { return expireOnAccess(key, entry, database) }
            if entry.hasExpiringFields { return expireFieldsOnAccess(key, entry, database) }
        }
        return entry
    }

    @usableFromInline @inline(never)
    func expireOnAccess(_ key: Key, _ entry: Entry, _ database: Int) -> Entry? {
        switch expiryMode {
        case .ignore: return entry
        case .hide: return nil
        case .remove:
            expire(key, database)
            return nil
        }
    }

    /// Removes a key because its time has come, and tells the copies.
    func expire(_ key: Key, _ database: Int) {
        statistics.expired += 1
        addEffect(database: database, argumentCount: 2) { effect in
            effect.append("DEL")
            effect.append(key.bytes)
        }
        // Whoever came by when it happened has not changed anything.
        let before = changes
        touchByTime(key.bytes)
        remove(key, database, event: .expired)
        changes = before
        hasAftermath = true
    }

    /// Renews the access clock of an entry.
    @inlinable @inline(__always)
    public func touch(_ entry: Entry) {
        if _fastPath(accessClock == .seconds) {
            entry.clock = UInt32(truncatingIfNeeded: now / 1000) & 0xFF_FFFF
        } else {
            entry.clock = countedClock(entry)
        }
    }

    /// Fetches the memory that `bucketAddress` will read.
    @inlinable @inline(__always)
    public func fetchSlot(_ key: Key, _ database: Int) { withDatabase(database) { $0.fetchSlot(key) } }

    /// The bucket that looking `key` up will read first.
    @inlinable @inline(__always)
    public func bucketAddress(_ key: Key, _ database: Int) -> UnsafeRawPointer? {
        withDatabase(database) { $0.bucketAddress(key) }
    }

    /// The entry that looking `key` up will most likely read, from a bucket that has arrived.
    @inlinable @inline(__always)
    public func likelyEntry(_ key: Key, _ database: Int, bucket: UnsafeRawPointer) -> UnsafeRawPointer? {
        withDatabase(database) { $0.likelyEntry(key, bucket: bucket) }
    }
}
