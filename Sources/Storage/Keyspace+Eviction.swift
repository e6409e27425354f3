import Primitives

/// Which keys go first where memory is short.
public struct EvictionRule: Equatable, Sendable {
    /// By what keys are compared.
    public enum Order: Equatable, Sendable {
        case leastRecentlyUsed, leastFrequentlyUsed, random
        /// The key that expires soonest goes first.
        case soonestExpiring
    }

    /// By what keys are compared.
    public var order: Order
    /// Whether only keys that expire may go.
    public var onlyExpiring: Bool
    /// Keys that are compared for each that goes.
    public var samples: Int

    /// A rule.
    public init(_ order: Order, onlyExpiring: Bool, samples: Int = 5) {
        (self.order, self.onlyExpiring, self.samples) = (order, onlyExpiring, samples)
    }
}

extension Keyspace {
    /// Removes the key that the rule would miss least, and tells the copies. Returns false where none may go.
    public func evictKey() -> Bool {
        guard let rule = evictionRule, let (victim, database) = chooseVictim(rule) else { return false }
        victim.withBytes { evict(key($0), database) }
        return true
    }

    private func chooseVictim(_ rule: EvictionRule) -> (key: [UInt8], database: Int)? {
        for index in 0..<databaseCount {
            guard let database = databases[index], database.count > 0 else { continue }
            if let entry = database.randomEntry(&random) { return (Array(entry.key), index) }
        }
        return nil
    }

    private func evict(_ key: Key, _ database: Int) {
        statistics.evicted += 1
        addEffect(database: database, argumentCount: 2) { effect in
            effect.append("DEL")
            effect.append(key.bytes)
        }
        remove(key, database, event: .evicted)
        hasAftermath = true
    }
}
