import Primitives
import Structures

// Fields of hashes whose time comes.
//
//     entry with the flag ──▶ root.earliestExpiry ──▶ expiringHashes of its database: (time, key)
//
// 1. The flag stands at the entries of large hashes with fields that expire, and at no others.
// 2. `expiringHashes` holds each such entry of the table once, at the time of its first field.

extension Entry {
    /// The root of a large hash.
    @inline(__always)
    var hashRoot: UnsafeMutablePointer<HashRoot> { root.assumingMemoryBound(to: HashRoot.self) }

    /// When the first field of a hash expires, in milliseconds since 1970; the greatest number where none does.
    @inline(__always)
    public var earliestFieldExpiry: Int64 { hasExpiringFields ? hashRoot.pointee.earliestExpiry : .max }
}

extension Keyspace {
    /// Removes the fields of a hash whose time has come. Returns the entry; nil if nothing is left.
    @usableFromInline @inline(never)
    func expireFieldsOnAccess(_ key: Key, _ entry: Entry, _ database: Int) -> Entry? {
        guard expiryMode == .remove else { return entry }
        while entry.earliestFieldExpiry <= now {
            if !expireFields(key, entry, database) { return nil }
        }
        return entry
    }

    /// Removes some fields of a hash because their time has come, and tells the copies. Returns whether any are left.
    private func expireFields(_ key: Key, _ entry: Entry, _ database: Int) -> Bool {
        willChange(entry, database)
        let root = entry.hashRoot
        let (bytes, earliest) = (root.pointee.bytes, root.pointee.earliestExpiry)
        let fields = root.pointee.removeDue(now, most: 64)
        addExternalBytes(root.pointee.bytes - bytes, database)
        moveExpiringHash(key, database, from: earliest, to: root.pointee.earliestExpiry)
        let isEmpty = root.pointee.count == 0
        recordExpired(key, isEmpty ? nil : fields, database)
        statistics.expiredFields += fields.count
        // Whoever came by when it happened has not changed anything.
        let before = changes
        touchByTime(key.bytes)
        didChange(key.bytes, database, .hexpired)
        if wantsFields { nameFields(.hexpired, fields) }
        if isEmpty { remove(key, database) }
        changes = before
        hasAftermath = true
        return !isEmpty
    }

    /// Records the removal of fields, or with nil of the whole key.
    private func recordExpired(_ key: Key, _ fields: [[UInt8]]?, _ database: Int) {
        addEffect(database: database, argumentCount: 2 + (fields?.count ?? 0)) { effect in
            effect.append(fields == nil ? "DEL" : "HDEL")
            effect.append(key.bytes)
            for field in fields ?? [] { field.withBytes { effect.append($0) } }
        }
    }

    /// Says that the time of the first field of a hash has changed; the greatest number is for none.
    public func moveExpiringHash(_ key: Key, _ database: Int, from before: Int64, to now: Int64) {
        guard before != now else { return }
        let target = self.database(database)
        target.delist(key.bytes, before)
        target.enlist(key.bytes, now)
        if let entry = target.find(key) { target.markExpiringFields(entry) }
    }

    /// Removes the fields of all hashes whose time has come; false if `isOver` said first that time is up.
    func removeDueFields(until isOver: () -> Bool) -> Bool {
        for index in 0..<databaseCount {
            while let key = databases[index]?.firstDueHash(now) {
                key.withBytes { removeDueFields(self.key($0), index) }
                commitEffects()
                if isOver() { return false }
            }
        }
        return true
    }

    private func removeDueFields(_ key: Key, _ database: Int) {
        guard let entry = self.database(database).find(key), entry.earliestFieldExpiry <= now else {
            preconditionFailure("the index of expiring hashes names a key without due fields")
        }
        if hasExpired(entry) { expire(key, database) } else { _ = expireFields(key, entry, database) }
    }
}

extension Database {
    /// Sets or takes the flag of the entry of a hash.
    func markExpiringFields(_ entry: Entry) {
        let isMarked = entry.encoding == .tree && entry.hashRoot.pointee.earliestExpiry != .max
        entry.flags = isMarked ? entry.flags | Entry.fieldsFlag : entry.flags & ~Entry.fieldsFlag
    }

    /// Puts an entry with a flag into the index, or counts it.
    func enlist(_ entry: Entry) {
        if entry.hasExpiringFields { enlist(entry.key, entry.earliestFieldExpiry) } else { count(entry, by: 1) }
    }

    /// Takes an entry with a flag out of the index, or from the count; nothing is to be done for a hash that has gone elsewhere.
    func delist(_ entry: Entry) {
        guard entry.hasExpiringFields else { return count(entry, by: -1) }
        if entry.encoding == .tree { delist(entry.key, entry.earliestFieldExpiry) }
    }

    fileprivate func enlist(_ key: Bytes, _ time: Int64) {
        guard time != .max, !expiringHashes.contains(UInt64(clamping: time), key) else { return }
        expiringHashes.insert(OrderElement(key: UInt64(clamping: time), member: key))
    }

    fileprivate func delist(_ key: Bytes, _ time: Int64) {
        if time != .max { expiringHashes.remove(UInt64(clamping: time), key) }
    }

    /// A copy of the key whose hash has the field that expires first, if its time has come.
    fileprivate func firstDueHash(_ now: Int64) -> [UInt8]? {
        guard let first = expiringHashes.first, first.key <= UInt64(clamping: now) else { return nil }
        return Array(first.member)
    }
}
