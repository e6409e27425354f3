/// What a person, or a tool, asks of the cluster through this node. What concerns keys has been looked at before.
public enum BusOrder: Equatable, Sendable {
    /// Take a node into the cluster, or this one into that of another.
    case meet(host: String, port: Int, busPort: Int)
    case addSlots(SlotSet)
    case removeSlots(SlotSet)
    case flushSlots
    /// The slot's keys are on their way to another node.
    case migrate(slot: Int, to: NodeName)
    /// The slot's keys come from another node.
    case importSlot(slot: Int, from: NodeName)
    /// The slot's keys go nowhere.
    case settle(slot: Int)
    /// The slot belongs to a node. `isEmpty` tells whether this node has no keys of it.
    case assign(slot: Int, to: NodeName, isEmpty: Bool)
    /// Takes slots that an atomic migration has brought, in an epoch of its own that is later than one.
    case takeOver(SlotSet, after: UInt64)
    /// Slots may be given to another node from here on.
    case prepare(SlotGrant)
    /// What was prepared is given, so that this node does not claim it any more.
    case give(NodeName)
    /// What became of the slots of a migration that may have been given away is known: `isKept` where they were not taken.
    case settleGrant(NodeName, isKept: Bool)
    /// A primary has told this node, its replica, that it has taken slots in an epoch.
    case hearClaim(NodeName, epoch: UInt64, SlotSet)
    /// Become a replica of a node; of nobody with nil.
    case replicate(NodeName?)
    case forget(NodeName)
    /// Leave the cluster; with another name and all epochs at zero where it is hard.
    case reset(isHard: Bool)
    case setConfigEpoch(UInt64)
    /// Take an epoch of its own without asking anybody.
    case bumpEpoch
    case failover(FailoverMode)
    /// Have the best replica take over, since this node is about to end. `ClusterBus.isHandedOver` tells when that is done.
    case handOver
    /// Close connections with a node: those that this node has opened, those that the other has, or both.
    case dropLinks(NodeName, outbound: Bool, inbound: Bool)
    /// Write `nodes.conf`.
    case save
}

/// How a replica takes over.
public enum FailoverMode: Equatable, Sendable {
    /// With its primary's help, and the votes of most primaries.
    case inOrder
    /// Without its primary, with votes.
    case forced
    /// Without asking anybody.
    case takeover
}

/// Why an order is refused. The text is what the client is sent.
public struct BusError: Error, Equatable, Sendable {
    /// With its code: `ERR …`.
    public let text: String
    /// An error.
    public init(_ text: String) { self.text = text }
}
