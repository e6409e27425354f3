import Gossip
import Storage

// Slots that the node has lost.

extension Node {
    /// Removes all keys of some slots, for replicas too. Returns how many there were.
    public func removeKeys(inSlots slots: SlotSet) -> Int {
        let count = slots.ranges.reduce(0) { $0 + keyspace.removeKeys(inSlots: $1, nil) }
        if count > 0 {
            keyspace.hasAftermath = true
            settleAftermath()
        }
        return count
    }
}
