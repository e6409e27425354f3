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
        if case .seconds = accessClock {
            entry.clock = UInt32(truncatingIfNeeded: now / 1000) & 0xFF_FFFF
        } else {
            touchFrequency(entry)
        }
    }

    /// The clock of an entry that is made now.
    @inlinable @inline(__always)
    var freshClock: UInt32 {
        if case .seconds = accessClock { return UInt32(truncatingIfNeeded: now / 1000) & 0xFF_FFFF }
        return minutes << 8 | 5
    }

    @usableFromInline
    var minutes: UInt32 { UInt32(truncatingIfNeeded: now / 60_000) & 0xFFFF }

    @usableFromInline @inline(never)
    func touchFrequency(_ entry: Entry) {
        guard case .frequency(let logFactor, _) = accessClock else { return }
        var counter = frequency(entry)
        if counter < 255 {
            let chance = 1.0 / (Double(max(0, counter - 5)) * Double(logFactor) + 1)
            if Double.random(in: 0..<1, using: &random) < chance { counter += 1 }
        }
        entry.clock = minutes << 8 | UInt32(counter)
    }

    /// The logarithmic access counter of an entry, with its decay until now.
    public func frequency(_ entry: Entry) -> Int {
        let counter = Int(entry.clock & 0xFF)
        guard case .frequency(_, let decayMinutes) = accessClock, decayMinutes > 0 else { return counter }
        let elapsed = Int((minutes &- entry.clock >> 8) & 0xFFFF)
        return max(0, counter - elapsed / decayMinutes)
    }

    /// Seconds since an entry was last touched.
    public func idleSeconds(_ entry: Entry) -> Int {
        Int((UInt32(truncatingIfNeeded: now / 1000) &- entry.clock) & 0xFF_FFFF)
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
