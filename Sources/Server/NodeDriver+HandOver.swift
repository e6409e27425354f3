import Clustering
import Commands
import Gossip
import Settings

// The end of a node that others of its cluster rely on.

extension NodeDriver {
    /// Has a replica take over before the node ends, if that is wanted and there is one. Returns whether the end has to wait;
    /// the bus sees to it that it does not wait forever.
    func handsOver(_ options: ShutdownOptions) -> Bool {
        guard options.contains(.failover), !options.contains(.now), let cluster, !isHandingOver else { return false }
        isHandingOver = true
        _ = try? cluster.bus.perform(.handOver, now: node.keyspace.now)
        return !cluster.bus.access { $0.isHandedOver }
    }

    /// Whether the end of the node has to wait for a replica that takes over no longer.
    var hasHandedOver: Bool { isHandingOver && cluster?.bus.access { $0.isHandedOver } ?? true }

    /// Whether the cluster would lose slots with this node that nobody else serves.
    func harmsCluster(_ options: ShutdownOptions) -> Bool {
        guard options.contains(.safe), !options.contains(.force), let cluster else { return false }
        let isNeeded = cluster.bus.access { $0.myself.isPrimary && !$0.myself.slots.isEmpty }
        if isNeeded {
            log.write(
                .warning,
                "Refusing to end: the node is a primary of its cluster and owns slots (shutdown option 'safe').")
        }
        return isNeeded
    }
}
