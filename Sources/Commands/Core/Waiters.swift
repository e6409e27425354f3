import Primitives
import Storage

/// All clients that wait: for which key, until when; and the touches that may end a waiting.
struct Waiters {
    private var lines: [WaitKey: WaitingLine] = [:]
    private(set) var deadlines = Deadlines()
    private var nextTicket: UInt64 = 1
    /// The number of waiters.
    private(set) var count = 0
    /// Touches that have not been looked at, in order.
    var touches: [Touch] = []
    /// Touches whose waiters go on only after the pause under way.
    var heldTouches: [Touch] = []
    /// Whether touches are being worked off.
    var isServing = false

    /// The number of different keys waited for.
    var keyCount: Int { lines.count }
    /// Those of them whose removal wakes somebody.
    var removalKeyCount: Int { lines.values.count { $0.removalCount > 0 } }

    mutating func takeTicket() -> UInt64 {
        defer { nextTicket += 1 }
        return nextTicket
    }

    mutating func insert(_ waiter: Waiter) {
        count += 1
        deadlines.insert(waiter)
        for key in waiter.condition.keys { lines[key, default: WaitingLine()].append(waiter) }
    }

    mutating func remove(_ waiter: Waiter) {
        count -= 1
        deadlines.remove(waiter)
        for key in waiter.condition.keys {
            lines[key]?.remove(waiter)
            if lines[key]?.count == 0 { lines[key] = nil }
        }
    }

    /// Whether anybody waits for a key.
    func isAwaited(_ key: WaitKey) -> Bool { lines[key] != nil }

    /// Whether anybody is woken by the removal of a key.
    func isRemovalAwaited(_ key: WaitKey) -> Bool { lines[key].map { $0.removalCount > 0 } ?? false }

    /// Who waits for a key and came first after the owner of `ticket`.
    func next(_ key: WaitKey, after ticket: UInt64) -> Waiter? { lines[key]?.next(after: ticket) }

    /// The keys of a database that are waited for; first the one whose first waiter came first.
    func keys(of database: Int) -> [WaitKey] {
        lines.filter { $0.key.database == database }
            .map { (key: $0.key, ticket: $0.value.next(after: 0)?.ticket ?? 0) }
            .sorted { $0.ticket < $1.ticket }.map(\.key)
    }
}
