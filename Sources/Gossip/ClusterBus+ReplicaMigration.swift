import Primitives

/// Replicas that move to primaries that have none.
extension ClusterBus {
    /// So long a primary has to be without replicas, since its own may only not have told yet that they follow it.
    private static let orphanTime: Int64 = 5000

    /// Called once a second on a replica.
    mutating func considerMigration() {
        leaveFormerPrimary()
        guard configuration.allowsReplicaMigration, let primary = myPrimary else { return }
        let (most, target) = surveyOrphans()
        let mates = wellReplicas(of: primary)
        guard let target, most >= 2, mates == most, isUp, mates > configuration.migrationBarrier else { return }
        guard now - table[target].orphanedAt > patience(rank: candidateRank(most)) else { return }
        warn("Migrating to orphaned master \(table[target].name)")
        follow(target)
    }

    private func wellReplicas(of index: Int) -> Int {
        table[index].replicas.count { !table[Int($0)].isFailed }
    }

    /// The most replicas that a primary has, and the primary that needs one, of another process; notes since when each needs one.
    private mutating func surveyOrphans() -> (most: Int, target: Int?) {
        var (most, target) = (0, Int?.none)
        for index in table.indices where table[index].isPrimary {
            let replicas = wellReplicas(of: index)
            if !table[index].isFailed { most = max(most, replicas) }
            let isOrphaned = !table[index].isFailed && table[index].flags.contains(.migrateTo) && replicas == 0
            if !isOrphaned {
                table[index].orphanedAt = 0
            } else if table[index].orphanedAt == 0 {
                table[index].orphanedAt = now
            }
            if isOrphaned, !table[index].slots.isEmpty, !isNeighbour(index), target == nil { target = index }
        }
        return (most, target)
    }

    /// How many of the replicas that could go have lower names than this node: those are the first.
    private func candidateRank(_ most: Int) -> Int {
        table.indices.reduce(0) { rank, index in
            guard table[index].isPrimary, wellReplicas(of: index) == most else { return rank }
            return rank + table[index].replicas.count { !table[Int($0)].isFailed && table[Int($0)].name < name }
        }
    }

    /// The first of the candidates may be one that does not go, since it is of the primary's process: the next one waits for
    /// as long as it takes to hear of one that did.
    private func patience(rank: Int) -> Int64 {
        ClusterBus.orphanTime + Int64(rank) * min(max(ClusterBus.orphanTime, nodeTimeout), ClusterBus.longestHearing)
    }

    private static let longestHearing: Int64 = 60_000
}
