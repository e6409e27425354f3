import Commands
import Gossip

/// What migrations of slots ask of the cluster, and want of it.
public protocol SlotAuthority: AnyObject {
    /// This node.
    var ownName: NodeName { get }
    /// The map by which commands are served now; nil before there is one.
    var map: SlotMap? { get }
    /// Whether slots are on their way by hand, from here and to here.
    var isMovedByHand: (migrating: Bool, importing: Bool) { get }
    /// What is known of a node.
    func member(_ name: NodeName) -> Member?
    /// Grants of this node's shard of which nobody knows what has become of them.
    var openGrants: [SlotGrant] { get }
    /// The latest epoch that this node knows of.
    var currentEpoch: UInt64 { get }
    /// Whether this node has heard of whatever others have claimed, so that it may claim slots by itself.
    var mayClaim: Bool { get }
    /// Up to which order what has changed is on the disk.
    var savedOrders: UInt64 { get }
    /// Who leads a shard; nil where nobody does, as far as this node knows, who has not failed.
    func primary(ofShard shard: NodeName) -> Member?
    /// Changes the cluster; the map follows before this returns.
    /// - Returns: The number that `savedOrders` reaches as soon as the change is on the disk; nil for none.
    @discardableResult
    func perform(_ order: BusOrder) throws(BusError) -> UInt64?
}

extension SlotAuthority {
    /// Whose all of some slots are; nil where they are several nodes', or nobody's.
    func owner(of slots: SlotSet) -> NodeName? {
        guard let map, let first = slots.ranges.first?.lowerBound else { return nil }
        let index = map.owners[first]
        guard index != SlotMap.nobody, slots.ranges.joined().allSatisfy({ map.owners[$0] == index }) else { return nil }
        return map.endpoints[Int(index)].name
    }

    /// Whose a slot is.
    func owner(of slot: Int) -> NodeName? {
        guard let map, map.owners[slot] != SlotMap.nobody else { return nil }
        return map.endpoints[Int(map.owners[slot])].name
    }
}
