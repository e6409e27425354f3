import Primitives

// The keys of single slots, looked at and left as they are.

extension Keyspace {
    /// Whether no database has a key.
    public var isEmpty: Bool { (0..<databaseCount).allSatisfy { databases[$0].map { $0.count == 0 } ?? true } }

    /// Whether a slot has no key in any database, expired ones included.
    public func isEmpty(slot: Int) -> Bool {
        (0..<databaseCount).allSatisfy { keyCount(inSlot: slot, $0) == 0 }
    }

    /// The number of keys of a slot in a database, expired ones included.
    public func keyCount(inSlot slot: Int, _ database: Int) -> Int { databases[database]?.count(inSlot: slot) ?? 0 }

    /// Shows keys of a slot in a database, expired ones included, `most` of them at most.
    public func forEachKey(inSlot slot: Int, _ database: Int, atMost most: Int, _ body: (Bytes) -> Void) {
        guard most > 0, let database = databases[database] else { return }
        var seen = 0
        _ = database.scan(from: .slot(slot), minimum: most, lastSlot: slot) { entry in
            seen += 1
            if seen <= most { body(entry.key) }
        }
    }

    /// About how many bytes the keys of a slot and their values take in all databases, from a few of them.
    public func estimatedBytes(inSlot slot: Int) -> Int {
        (0..<databaseCount).reduce(0) { sum, index in
            guard let database = databases[index], database.count(inSlot: slot) > 0 else { return sum }
            var (seen, bytes) = (0, 0)
            _ = database.scan(from: .slot(slot), minimum: 8, lastSlot: slot) { entry in
                seen += 1
                bytes += database.memoryUsage(of: entry)
            }
            return sum + Int(Double(bytes) / Double(max(1, seen)) * Double(database.count(inSlot: slot)))
        }
    }
}
