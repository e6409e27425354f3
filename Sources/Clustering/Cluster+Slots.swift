import Gossip

// The cluster as slots that move see it.

extension Cluster: SlotAuthority {
    /// This node.
    public var ownName: NodeName { bus.access { $0.name } }

    /// The map that the node has.
    public var map: SlotMap? { node.slotMap }

    /// Whether slots are on their way by SETSLOT.
    public var isMovedByHand: (migrating: Bool, importing: Bool) {
        bus.access { (!$0.migrating.isEmpty, !$0.importing.isEmpty) }
    }

    /// What is known of a node.
    public func member(_ name: NodeName) -> Member? { bus.access { $0.member(name) } }

    /// Who leads a shard.
    public func primary(ofShard shard: NodeName) -> Member? {
        bus.access { bus in
            let leaders = bus.members.filter { $0.shard == shard && $0.isPrimary && !$0.flags.contains(.failed) }
            return leaders.max { $0.configEpoch < $1.configEpoch }
        }
    }

    /// Changes the cluster, and takes the map that follows.
    public func perform(_ order: BusOrder) throws(BusError) -> UInt64? {
        defer { adoptMap() }
        return try bus.perform(order, now: node.keyspace.now)
    }

    /// The latest epoch that this node knows of.
    public var currentEpoch: UInt64 { bus.access { $0.currentEpoch } }

    /// Whether this node may claim slots by itself.
    public var mayClaim: Bool { bus.access { $0.hasHeardMost } }

    /// Grants that nobody knows the outcome of.
    public var openGrants: [SlotGrant] { bus.access { $0.openGrants } }
}
