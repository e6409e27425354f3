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
    /// Changes the cluster; the map follows before this returns.
    func perform(_ order: BusOrder) throws(BusError)
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
