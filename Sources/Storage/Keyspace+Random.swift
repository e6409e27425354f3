import Primitives

extension Keyspace {
    /// A random live entry of a database; nil where there is none. Expired ones that turn up are removed; where they may
    /// not be, and live ones are too rare to be met, an expired one is better than no answer.
    public func randomEntry(_ database: Int) -> Entry? {
        var last: Entry?
        for _ in 0..<100 {
            last = databases[database]?.randomEntry(&random)
            if let entry = last, isInHiddenSlot(entry) {
                last = nil
                continue
            }
            guard let entry = last, hasExpired(entry), expiryMode != .ignore else { return last }
            if expiryMode == .remove { return removeExpiredAtRandom(entry, database) }
        }
        return last
    }

    private func removeExpiredAtRandom(_ first: Entry, _ database: Int) -> Entry? {
        var entry: Entry? = first
        while let found = entry, hasExpired(found) {
            Array(found.key).withBytes { expire(key($0), database) }
            entry = databases[database]?.randomEntry(&random)
        }
        return entry
    }
}
