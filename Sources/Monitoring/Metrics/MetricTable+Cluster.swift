// A line of the table stays one line, so that it can be read as a table:
// swift-format-ignore-file
import Clustering
import Gossip

extension Metrics {
    static let cluster: [Metric] = [
        .flag("cluster_enabled", "Whether the node is one of a cluster.") { $0.cluster != nil },
        .optional("cluster_up", "Whether all slots that have to be served are.") { $0.cluster.map { $0.isUp ? 1 : 0 } },
        .gauges("cluster_slots", by: "state", "Slots by the state of their owner, as the node sees it.") { $0.cluster.map(slots) ?? [] },
        .optional("cluster_slots_owned", "Slots that the node owns.") { $0.cluster.map { picture in picture.members.first { $0.name == picture.me }?.slots.count ?? 0 } },
        .optional("cluster_known_nodes", "Nodes that the node knows, itself too.") { $0.cluster?.members.count },
        .optional("cluster_size", "Primaries that own slots.") { $0.cluster?.size },
        .gauges("cluster_nodes_down", by: "state", "Nodes that do not answer this one (pfail), or most primaries (fail).") { $0.cluster.map(down) ?? [] },
        .optional("cluster_current_epoch", "The highest epoch known.") { $0.cluster.map { Int(clamping: $0.currentEpoch) } },
        .optional("cluster_my_epoch", "The epoch of the node's claim.") { $0.cluster.map { Int(clamping: $0.ownEpoch) } },
        .counters("cluster_messages_sent", by: "type", "Messages of the bus that were sent.") { messages($0.cluster?.statistics.sent) },
        .counters("cluster_messages_received", by: "type", "Messages of the bus that were received.") { messages($0.cluster?.statistics.received) },
        .optional("cluster_links", "Connections of the bus.") { $0.cluster == nil ? nil : $0.figures.cluster.connections },
        .optional("cluster_links_memory_bytes", "What the buffers of those connections take.") { $0.cluster == nil ? nil : $0.figures.cluster.linkBytes },
        .gauges("slot_migrations_active", by: "direction", "Migrations of slots under way.") { migrations($0) { _ in 1 } },
        .gauges("slot_migrations_slots", by: "direction", "Slots that are under way.") { migrations($0) { $0.slotCount } },
        .gauges("slot_migrations_keys", by: "direction", "Keys of migrations under way that were written.") { migrations($0) { $0.keys } },
        .gauges("slot_migrations_moved_bytes", by: "direction", "Bytes of migrations under way that were moved.") { migrations($0) { $0.bytes } },
    ]

    private static func slots(_ picture: ClusterPicture) -> [(String, Int)] {
        let counts = picture.statistics
        return [
            ("assigned", counts.slotsAssigned), ("ok", counts.slotsWell), ("pfail", counts.slotsSuspected),
            ("fail", counts.slotsFailed),
        ]
    }

    private static func down(_ picture: ClusterPicture) -> [(String, Int)] {
        [
            ("pfail", picture.members.count { $0.flags.contains(.suspected) }),
            ("fail", picture.members.count { $0.flags.contains(.failed) }),
        ]
    }

    private static func messages(_ counts: [String: Int]?) -> [(String, Int)] {
        (counts ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func migrations(
        _ node: NodeObservation, _ value: (MigrationFigures) -> Int
    ) -> [(String, Int)] {
        guard node.cluster != nil else { return [] }
        let active = node.migrations.filter { !$0.isOver }
        return [true, false].map { isExport in
            (isExport ? "out" : "in", active.filter { $0.isExport == isExport }.reduce(0) { $0 + value($1) })
        }
    }
}
