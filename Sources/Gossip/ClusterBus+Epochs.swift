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
        currentEpoch = highest + 1
        table[me].configEpoch = currentEpoch
        warn("New configEpoch set to \(currentEpoch)")
        saveNow()
        return true
    }

    /// Two primaries have the same epoch: the one with the lower name takes a new one.
    mutating func resolveCollision(with sender: Int) {
        guard name < table[sender].name else { return }
        currentEpoch += 1
        table[me].configEpoch = currentEpoch
        warn("WARNING: configEpoch collision with node \(table[sender].name). configEpoch set to \(currentEpoch)")
        saveNow()
    }
}
