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
        guard isFirstCandidate(most), now - table[target].orphanedAt > ClusterBus.orphanTime else { return }
        warn("Migrating to orphaned master \(table[target].name)")
        follow(target)
    }

    private func wellReplicas(of index: Int) -> Int {
        table[index].replicas.count { !table[Int($0)].isFailed }
    }

    /// The most replicas that a primary has, and the primary that needs one; notes since when each needs one.
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
            if isOrphaned, !table[index].slots.isEmpty, target == nil { target = index }
        }
        return (most, target)
    }

    /// Whether this node has the lowest name of all replicas that could go.
    private func isFirstCandidate(_ most: Int) -> Bool {
        !table.indices.contains { index in
            table[index].isPrimary && wellReplicas(of: index) == most
                && table[index].replicas.contains { !table[Int($0)].isFailed && table[Int($0)].name < name }
        }
    }
}
