import Primitives

/// The numbers that order claims.
extension ClusterBus {
    /// The highest epoch that is known of anything.
    var highestEpoch: UInt64 {
        table.indices.reduce(currentEpoch) { table[$1].isVacant ? $0 : max($0, table[$1].configEpoch) }
    }

    /// Takes an epoch of its own without asking anybody, where it does not have the highest; whether it did.
    @discardableResult
    mutating func bumpEpoch() -> Bool {
        let highest = highestEpoch
        guard table[me].configEpoch == 0 || table[me].configEpoch != highest else { return false }
        takeNextEpoch()
        saveNow()
        return true
    }

    /// Takes an epoch that is later than all known.
    mutating func takeNextEpoch() {
        currentEpoch = highestEpoch + 1
        table[me].configEpoch = currentEpoch
        warn("New configEpoch set to \(currentEpoch)")
    }

    /// Two primaries have the same epoch: one takes a new one. In a shard that is who was elected, at once: the other has taken
    /// the epoch by itself. Elsewhere, and where nobody was elected, it is the one with the lower name, as soon as it has heard
    /// what it has lost meanwhile: a new epoch would bring that back.
    mutating func resolveCollision(with sender: Int) {
        let isElected = table[sender].shard == table[me].shard && electedEpoch == table[me].configEpoch
        guard isElected || name < table[sender].name && (hasHeardMost || table[me].slots.isEmpty) else { return }
        currentEpoch += 1
        table[me].configEpoch = currentEpoch
        warn("WARNING: configEpoch collision with node \(table[sender].name). configEpoch set to \(currentEpoch)")
        saveNow()
    }
}
