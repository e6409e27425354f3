import Primitives

// What keys weigh, without trace.

extension Keyspace {
    /// Bytes that a key takes; nil where there is none.
    public func weight(of key: Key, _ index: Int) -> Int? {
        guard let database = databases[index], let entry = database.find(key), !hasExpired(entry) else { return nil }
        return database.memoryUsage(of: entry)
    }

    /// Draws so many keys at random, of all databases that have any, and tells what they weigh. One may be drawn twice.
    public func weighSome(_ count: Int, _ body: (Entry, _ database: Int, _ bytes: Int) -> Void) {
        let filled = (0..<databaseCount).filter { databases[$0].map { $0.count > 0 } ?? false }
        for number in 0..<count where !filled.isEmpty {
            let index = filled[number % filled.count]
            guard let database = databases[index], let entry = database.randomEntry(&random), !hasExpired(entry),
                !isInHiddenSlot(entry)
            else { continue }
            body(entry, index, database.memoryUsage(of: entry))
        }
    }
}
