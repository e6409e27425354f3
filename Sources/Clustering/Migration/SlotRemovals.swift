import Gossip

/// Slots that have come and were not taken: their keys are removed, a few at a time, the first migration's first.
struct SlotRemovals {
    private var waiting: [(name: NodeName, slots: SlotSet)] = []
    /// How many removals were begun, were finished, and were left to another node.
    private(set) var (begun, finished, left) = (0, 0, 0)
    /// Keys that the current one has removed.
    private(set) var removedKeys = 0

    /// Whether there are none.
    var isEmpty: Bool { waiting.isEmpty }
    /// How many there are.
    var count: Int { waiting.count }
    /// What is removed now: the migration, and its slots that may have keys.
    var current: (name: NodeName, slots: SlotSet)? { waiting.first }
    /// The migrations.
    var names: [NodeName] { waiting.map(\.name) }

    /// Has a migration's slots removed.
    mutating func add(_ name: NodeName, _ slots: SlotSet) {
        if let index = waiting.firstIndex(where: { $0.name == name }) { return waiting[index].slots = slots }
        begun += 1
        waiting.append((name, slots))
    }

    /// So many keys of the current one were removed; where nothing is left of it, it is over.
    mutating func didRemove(_ keys: Int, leaving slots: SlotSet) {
        removedKeys += keys
        waiting[0].slots = slots
        guard slots.isEmpty else { return }
        waiting.removeFirst()
        finished += 1
        removedKeys = 0
    }

    /// Another node sees to all of it.
    mutating func leaveAll() {
        left += waiting.count
        (waiting, removedKeys) = ([], 0)
    }
}
