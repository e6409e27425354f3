import Primitives

/// Slots that a primary is about to give to another node, or has given: as long as it is not known what has become of them,
/// nobody of its shard may serve them, not even after a start or an election.
public struct SlotGrant: Equatable, Sendable {
    /// The migration.
    public var name: NodeName
    /// Whose the slots are, and whose they may be.
    public var (source, target): (NodeName, NodeName)
    /// The epoch of the target's claim when the migration came so far.
    public var epoch: UInt64
    /// What is given.
    public var slots: SlotSet
    /// Whether the source has given them, or may have: a process that starts does not know.
    public internal(set) var isGiven = false

    /// A grant.
    public init(name: NodeName, source: NodeName, target: NodeName, epoch: UInt64, slots: SlotSet) {
        (self.name, self.source, self.target, self.epoch, self.slots) = (name, source, target, epoch, slots)
    }
}

extension SlotGrant {
    /// As `nodes.conf` has it: `<name>,<source>,<target>,<epoch>,<first>-<last>,…`.
    var text: String {
        let ranges = slots.ranges.map { "\($0.lowerBound)-\($0.upperBound)" }
        return ([name.text, source.text, target.text, "\(epoch)"] + ranges).joined(separator: ",")
    }

    /// What such a text says; nil where it is none.
    init?(text: String) {
        let words = text.split(separator: ",").map(String.init)
        guard words.count > 4, let name = NodeName(words[0]), let source = NodeName(words[1]),
            let target = NodeName(words[2]), let epoch = UInt64(words[3])
        else { return nil }
        var slots = SlotSet()
        for word in words[4...] {
            let ends = word.split(separator: "-").compactMap { Int($0) }
            guard ends.count == 2, ends[0] <= ends[1], ends[0] >= 0, ends[1] < hashSlotCount else { return nil }
            for slot in ends[0]...ends[1] { slots.insert(slot) }
        }
        self.init(name: name, source: source, target: target, epoch: epoch, slots: slots)
        isGiven = true
    }
}

/// Grants of this node's shard.
extension ClusterBus {
    /// Grants of which it is not known what has become of them: no slot is another's yet.
    public var openGrants: [SlotGrant] {
        grants.filter { grant in
            !grant.slots.slots.contains { slot in
                guard let owner = ownerIndex(slot) else { return false }
                return table[owner].name != grant.source
            }
        }
    }

    /// Notes a grant before it is given. A primary notes its own, a replica those of its primary.
    mutating func prepare(_ grant: SlotGrant) {
        let isKnown = grants.contains { $0.name == grant.name && $0.epoch == grant.epoch }
        if isKnown || grant.slots.isEmpty { return }
        grants = grants.filter { $0.name != grant.name } + [grant]
        // This node may have heard of the claim before, and of the keys that were given away only since.
        if table[me].isReplica { grant.slots.forEach { if isOthers($0) { lostByPrimary.insert($0) } } }
        forgetClosedGrants()
        pending.insert([.save, .durable])
    }

    /// What has come to somebody is no grant any more: it may come back, and be claimed again.
    mutating func forgetClosedGrants() {
        if !grants.isEmpty { grants = openGrants }
    }

    /// The slots are given away: from here on this node does not claim them, whatever epoch it takes.
    mutating func give(_ name: NodeName) {
        for index in grants.indices where grants[index].name == name { grants[index].isGiven = true }
    }

    /// What was granted is settled. What is kept the primary claims again, and its replicas know that before the bus has told
    /// them: should it end now, they claim it.
    mutating func settle(grant name: NodeName, _ isKept: Bool) {
        guard let grant = grants.first(where: { $0.name == name }) else { return }
        grants.removeAll { $0.name == name }
        if isKept { forsaken.subtract(grant.slots) }
        pending.insert(.save)
    }

    /// The slots of a node of this shard without those that may be another's.
    func ungrantedSlots(_ slots: SlotSet) -> SlotSet {
        if grants.isEmpty { return slots }
        var rest = slots
        for grant in openGrants { rest.subtract(grant.slots) }
        return rest
    }

    /// What a primary has given away, as far as its slots are still its own.
    func withoutGiven(_ slots: SlotSet) -> SlotSet {
        var rest = slots
        for grant in grants where grant.isGiven && grant.source == name { rest.subtract(grant.slots) }
        return rest
    }

    /// Whether this node has given a slot to a node or to one of its shard: that one's claim holds, whatever its epoch.
    func isGiven(_ slot: Int, to claimant: Int) -> Bool {
        grants.contains { grant in
            guard grant.isGiven, grant.slots.contains(slot), let target = table.find(grant.target) else { return false }
            return table[target].shard == table[claimant].shard
        }
    }

    /// Whether this node's shard has given keys away, and somebody claims them.
    func hasKeysOfGrant(_ slot: Int, claimedBy claimant: Int) -> Bool {
        guard !grants.isEmpty, table[claimant].shard != table[me].shard else { return false }
        return grants.contains { $0.slots.contains(slot) }
    }

    /// A primary has told its replicas that it has taken slots.
    mutating func hearClaim(of name: NodeName, _ epoch: UInt64, _ slots: SlotSet) {
        guard let index = table.find(name), index != me, table[index].isPrimary, table[index].configEpoch <= epoch
        else {
            return
        }
        // The primary says itself in which epoch it claims, if it comes to that.
        pending.insert([.save, .durable])
        applyClaim(of: index, epoch, claimedSlots(of: index).union(slots))
    }
}
