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

    /// Changes the cluster, and takes the map that follows.
    public func perform(_ order: BusOrder) throws(BusError) {
        try bus.perform(order, now: node.keyspace.now)
        adoptMap()
    }
}
