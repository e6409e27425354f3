import Commands
import Gossip
import Storage

// Whether what was loaded and what `nodes.conf` says go together.

extension Cluster {
    /// Looks at the keys that were loaded at the start: slots that nobody owns become the node's, and keys of slots that
    /// others own wait there until somebody moves them. A replica has what its primary has.
    public func verifyLoadedKeys() {
        guard bus.access({ $0.myself.isPrimary }) else { return }
        // What was on its way here when the node ended is looked after by whoever moves slots.
        let hidden = node.keyspace.hiddenSlots
        // What may have been given away nobody claims before it is known what has become of it.
        let granted = openGrants.map(\.slots)
        for slot in usedSlots where hidden?.contains(slot) != true && !granted.contains(where: { $0.contains(slot) }) {
            claim(slot)
        }
    }

    private var usedSlots: [Int] {
        var used = Set<Int>()
        for index in 0..<node.keyspace.databaseCount { used.formUnion(node.keyspace.usedSlots(index)) }
        return used.sorted()
    }

    private func claim(_ slot: Int) {
        let (owner, name, isImporting) = bus.access { ($0.owner(of: slot), $0.name, $0.importing[slot] != nil) }
        if owner == name || isImporting { return }
        if let owner {
            node.log(
                .notice,
                "I have keys for slot \(slot), but the slot is assigned to another node. Setting it to importing state."
            )
            order(.importSlot(slot: slot, from: owner))
        } else {
            node.log(.notice, "I have keys for unassigned slot \(slot). Taking responsibility for it.")
            order(.addSlots(SlotSet([slot])))
        }
    }

    private func order(_ order: BusOrder) {
        do throws(BusError) {
            try bus.perform(order, now: node.keyspace.now)
        } catch {
            node.log(.warning, "The bus has refused what the loaded keys need: \(error.text)")
        }
    }
}
