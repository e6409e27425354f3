import Primitives

/// Who owns which slot. Of two that claim one, the claim of the later epoch holds.
extension ClusterBus {
    /// Gives a slot to a member, or to nobody.
    mutating func assign(_ slot: Int, to index: Int?) {
        if let old = ownerIndex(slot) {
            change(old) { $0.slots.remove(slot) }
            if old == me { (migrating[slot], imported[slot]) = (nil, nil) }
        }
        owners[slot] = index.map(UInt16.init) ?? ClusterBus.unowned
        if let index {
            if table[index].slots.isEmpty, hasReplicas { table[index].flags.insert(.migrateTo) }
            change(index) { $0.slots.insert(slot) }
            if index == me { importing[slot] = nil }
        }
        unclaimed.remove(slot)
        if !waived.isEmpty { waived[slot] = nil }
        pending.insert([.map, .state, .save])
    }

    private var hasReplicas: Bool { table.indices.contains { !table[$0].replicas.isEmpty } }

    mutating func releaseSlots(of index: Int) {
        for slot in table[index].slots.slots { assign(slot, to: nil) }
    }

    // MARK: Claims

    /// Takes over what a heartbeat says of its sender's slots, and tells it where it is behind.
    mutating func claim(_ sender: Int, _ header: BusHeader) {
        guard let claimant = table[sender].isPrimary ? sender : primaryIndex(sender) else { return }
        if !imported.isEmpty, claimant == sender { noteWhatIsLetGo(by: sender, header.slots) }
        if !waived.isEmpty, claimant == sender { waived = waived.filter { !header.slots.contains($0.key) } }
        if table[claimant].slots != header.slots {
            if claimant == sender { applyClaim(of: sender, header.configEpoch, header.slots) }
            correct(sender, header)
        } else if claimant == sender, !unclaimed.isEmpty {
            // What it seemed to have let go it claims again.
            header.slots.forEach { unclaimed.remove($0) }
            if claimant == myPrimary { forsaken.subtract(header.slots) }
        }
        guard claimant == sender, table[me].isPrimary else { return }
        if table[sender].shard == table[me].shard, table[me].slots.isEmpty, header.configEpoch > table[me].configEpoch {
            return joinShard(of: sender)
        }
        if header.configEpoch == table[me].configEpoch { resolveCollision(with: sender) }
    }

    /// Tells a node that claims slots that belong to another by a later epoch.
    private mutating func correct(_ sender: Int, _ header: BusHeader) {
        var owner: Int?
        header.slots.forEach { slot in
            guard owner == nil, let holder = ownerIndex(slot), holder != sender, !unclaimed.contains(slot) else {
                return
            }
            if table[holder].configEpoch > header.configEpoch { owner = holder }
        }
        guard let owner else { return }
        let peer = table[owner]
        send(.update(configEpoch: peer.configEpoch, name: peer.name, slots: claimedSlots(of: owner)), to: sender)
    }

    /// Another node tells of a claim that is later than what this one said.
    mutating func updateTold(of name: NodeName, _ epoch: UInt64, _ slots: SlotSet) {
        guard let index = table.find(name), table[index].configEpoch < epoch else { return }
        if index != me, table[index].isReplica { becomePrimary(index) }
        guard index != me else { return }
        takeOverEpoch(epoch, of: index, claiming: slots)
        applyClaim(of: index, epoch, slots)
    }

    /// A primary says that it follows its former replica: that one's slots are told in the same message, so they pass over
    /// without a gap.
    mutating func handSlots(of sender: Int, to primary: Int, _ header: BusHeader) {
        if primary == me { return takeRest(of: sender) }
        guard header.configEpoch >= table[primary].configEpoch else { return }
        if table[primary].isReplica { becomePrimary(primary) }
        takeOverEpoch(header.configEpoch, of: primary, claiming: header.slots)
        applyClaim(of: primary, header.configEpoch, header.slots)
        for (slot, name) in migrating where name == table[sender].name { migrating[slot] = table[primary].name }
        for (slot, name) in importing where name == table[sender].name { importing[slot] = table[primary].name }
    }

    /// A former primary follows this node. What it had claimed just before it heard of that is this node's too: where something
    /// is promised, it does not stay a primary for the sake of slots that its successor did not know of.
    private mutating func takeRest(of former: Int) {
        guard promises.succession.rule.isOn, table[former].shard == table[me].shard, table[me].isPrimary else { return }
        let rest = ungrantedSlots(claimedSlots(of: former))
        if !rest.isEmpty { takeOver(rest, after: 0) }
    }

    /// Rebinds the slots that a member claims with an epoch, and follows where this node is left without any.
    mutating func applyClaim(of claimant: Int, _ epoch: UInt64, _ slots: SlotSet) {
        guard claimant != me else { return }
        let led = myPrimary ?? me
        var (lost, taken, insists) = (SlotSet(), 0, false)
        var losers: [Int: Int] = [:]
        slots.forEach { slot in
            guard mayRebind(slot, to: claimant, epoch) else { return }
            let holder = ownerIndex(slot)
            if holder == me, wasImported(slot, from: claimant) { return insists = true }
            // What was given away may have nobody as its owner, after a start, and its keys are here.
            if holder == led || hasKeysOfGrant(slot, claimedBy: claimant) {
                if table[me].isPrimary { lost.insert(slot) } else { lostByPrimary.insert(slot) }
            }
            if holder == led { taken += 1 }
            if let holder { losers[holder, default: 0] += 1 }
            // Keys that were to come here, or are here, are to come from whoever owns the slot.
            if importing[slot] != nil { importing[slot] = table[claimant].name }
            assign(slot, to: claimant)
        }
        tellOfLosers(losers, to: claimant, epoch)
        forgetClosedGrants()
        if insists { insist(after: epoch) }
        if taken > 0 { pending.insert(.durable) }
        if claimant == myPrimary { forsaken.subtract(slots) }
        if case .scheduled = election { pending.insert(.failover) }
        markUnclaimed(table[claimant].slots, besides: slots)
        // The same slots are kept once where messages are passed as values.
        if table[claimant].slots == slots { table[claimant].slots = slots }
        heedLoss(to: claimant, claimed: slots.count, taken: taken, lost: lost)
    }

    /// Says whose slots have all gone to another node, as they do in a failover.
    private mutating func tellOfLosers(_ losers: [Int: Int], to claimant: Int, _ epoch: UInt64) {
        for (loser, count) in losers.sorted(by: { $0.key < $1.key }) where table[loser].slots.isEmpty {
            let what = count == 1 ? "slot" : "\(count) slots"
            log("\(title(claimant)) has taken over the \(what) of \(title(loser)) in epoch \(epoch)")
        }
    }

    private func mayRebind(_ slot: Int, to claimant: Int, _ epoch: UInt64) -> Bool {
        guard let holder = ownerIndex(slot) else { return true }
        if holder == claimant { return false }
        if holder == me, isGiven(slot, to: claimant) { return true }
        return table[holder].configEpoch < epoch || unclaimed.contains(slot)
    }

    /// An owner that stops claiming a slot keeps it until somebody else claims it, whatever the epoch.
    private mutating func markUnclaimed(_ held: SlotSet, besides claimed: SlotSet) {
        guard held != claimed else { return }
        pending.insert(.save)
        held.forEach { if !claimed.contains($0) { unclaimed.insert($0) } }
        claimed.forEach { if held.contains($0) { unclaimed.remove($0) } }
    }

    /// A primary leads in an epoch, which may be a new one, and tells what goes with it.
    mutating func takeOverEpoch(_ epoch: UInt64, of index: Int, claiming slots: SlotSet) {
        let isNew = epoch > table[index].configEpoch
        (table[index].configEpoch, table[index].ledAt) = (epoch, now)
        pending.insert([.save, .durable])
        if isNew, index == myPrimary, table[index].slots != slots {
            forsaken.formUnion(table[index].slots)
            forsaken.subtract(slots)
        }
    }

    /// Has the keys removed that this node's former primary had of slots that are another shard's now. What it may have given
    /// away stays its own until somebody claims it, and its keys stay. Where something is promised, nobody brings keys here by
    /// hand before their slot is this shard's.
    mutating func removeKeysLostByPrimary() {
        var slots = SlotSet()
        let lost = promises.succession.rule.isOn ? SlotSet(0..<hashSlotCount) : lostByPrimary
        lost.forEach { if isOthers($0) { slots.insert($0) } }
        lostByPrimary = SlotSet()
        if !slots.isEmpty { actions.append(.order(.removeKeys(slots))) }
    }

    /// Whether another shard owns a slot.
    func isOthers(_ slot: Int) -> Bool {
        guard let owner = ownerIndex(slot) else { return false }
        return table[owner].shard != table[me].shard
    }

    /// The slots that a member claims in its epoch: others take that for its word.
    func claimedSlots(of index: Int) -> SlotSet {
        var slots = table[index].slots
        if !unclaimed.isEmpty { unclaimed.forEach { slots.remove($0) } }
        if index == me, !grants.isEmpty { slots = withoutGiven(slots) }
        return slots
    }

    /// What a node does that has lost slots, or whose primary has.
    private mutating func heedLoss(to claimant: Int, claimed: Int, taken: Int, lost: SlotSet) {
        let led = myPrimary ?? me
        // What may have been given away is looked after by whoever takes this shard's place.
        let isSuccessor = table[claimant].shard == table[led].shard
        let rest = isSuccessor ? ungrantedSlots(table[led].slots) : table[led].slots
        // Where something is promised a shard has one primary, whatever slots its successor does not know of.
        let isLeftEmpty = taken > 0 && (rest.isEmpty || isSuccessor && promises.succession.rule.isOn)
        let follows = isSuccessor || configuration.allowsReplicaMigration || claimed == taken
        if isLeftEmpty, follows, claimant != myPrimary, followsNewOwner(claimant) { return }
        if !lost.isEmpty { actions.append(.order(.removeKeys(lost))) }
    }

    /// Follows the node that has the last of the slots now, where it may.
    mutating func followsNewOwner(_ owner: Int) -> Bool {
        guard mayFollow(owner) else {
            warn("The last slot has gone to \(title(owner)), a node of this process: it is not followed.")
            return false
        }
        warn("Configuration change detected. Reconfiguring myself as a replica of \(table[owner].name)")
        if table[me].isPrimary { releaseSlots(of: me) }
        followSuccessor(owner)
        return true
    }

    /// A primary stays one rather than follow a node of its process. A replica has to follow somebody, and what it has is
    /// of use as long as the process lives.
    private func mayFollow(_ primary: Int) -> Bool { table[me].isReplica || !isNeighbour(primary) }

    /// Of two primaries of one shard, the one of the lower epoch follows the other where it has no slots: that one has taken
    /// its place, wherever the slots have gone since.
    private mutating func joinShard(of primary: Int) {
        guard mayFollow(primary) else { return }
        warn("\(title(primary)) leads this shard. Reconfiguring myself as a replica of \(table[primary].name)")
        followSuccessor(primary)
    }

    /// Nobody follows a replica: one whose primary has become one follows that one's, or, where those follow each other, which
    /// happens when each has missed a step, whoever has the shard's slots.
    mutating func leaveFormerPrimary() {
        guard let primary = myPrimary, table[primary].isReplica, let next = primaryIndex(primary) else { return }
        let isCircle = next == me || primaryIndex(next) == me
        guard let leader = isCircle ? shardLeader : next else { return }
        warn("I'm a sub-replica! Reconfiguring myself from \(table[primary].name) to \(table[leader].name)")
        follow(leader)
    }

    private var shardLeader: Int? {
        let leaders = table.indices.filter {
            table[$0].isPrimary && table[$0].shard == table[me].shard && !table[$0].slots.isEmpty
        }
        return leaders.max { table[$0].configEpoch < table[$1].configEpoch }
    }
}
