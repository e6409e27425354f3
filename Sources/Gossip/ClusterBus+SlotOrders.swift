import Primitives

/// Orders about slots.
extension ClusterBus {
    mutating func carryOutForSlots(_ order: BusOrder) throws(BusError) {
        switch order {
        case .addSlots(let slots): try addSlots(slots)
        case .removeSlots(let slots): try removeSlots(slots)
        case .flushSlots: releaseSlots(of: me)
        case .migrate(let slot, let target): try migrate(slot, to: target)
        case .importSlot(let slot, let source): try importSlot(slot, from: source)
        case .settle(let slot): try settle(slot)
        case .assign(let slot, let owner, let isEmpty): try assign(slot, to: owner, isEmpty: isEmpty)
        case .takeOver(let slots, let epoch): takeOver(slots, after: epoch)
        case .prepare, .give, .settleGrant, .hearClaim, .meet, .replicate, .forget, .reset, .setConfigEpoch, .bumpEpoch,
            .failover, .handOver, .dropLinks, .save:
            return
        }
    }

    private mutating func addSlots(_ slots: SlotSet) throws(BusError) {
        if table[me].isReplica { throw BusError("ERR Please use ADDSLOTS only with masters.") }
        if let busy = first(of: slots, where: { $0 != ClusterBus.unowned }) {
            throw BusError("ERR Slot \(busy) is already busy")
        }
        slots.forEach { assign($0, to: me) }
        pending.insert(.durable)
    }

    private mutating func removeSlots(_ slots: SlotSet) throws(BusError) {
        if let free = first(of: slots, where: { $0 == ClusterBus.unowned }) {
            throw BusError("ERR Slot \(free) is already unassigned")
        }
        slots.forEach { assign($0, to: nil) }
    }

    private func first(of slots: SlotSet, where condition: (UInt16) -> Bool) -> Int? {
        var found: Int?
        slots.forEach { if found == nil, condition(owners[$0]) { found = $0 } }
        return found
    }

    // MARK: One slot

    private func mustLead() throws(BusError) {
        if table[me].isReplica { throw BusError("ERR Please use SETSLOT only with masters.") }
    }

    private func peer(_ name: NodeName) throws(BusError) -> Int {
        guard let index = table.find(name) else { throw BusError("ERR I don't know about node \(name)") }
        if table[index].isReplica { throw BusError("ERR Target node is not a master") }
        return index
    }

    private mutating func migrate(_ slot: Int, to target: NodeName) throws(BusError) {
        try mustLead()
        guard ownerIndex(slot) == me else { throw BusError("ERR I'm not the owner of hash slot \(slot)") }
        _ = try peer(target)
        (migrating[slot], imported[slot]) = (target, nil)
        pending.insert([.save, .map])
    }

    private mutating func importSlot(_ slot: Int, from source: NodeName) throws(BusError) {
        try mustLead()
        guard ownerIndex(slot) != me else { throw BusError("ERR I'm already the owner of hash slot \(slot)") }
        _ = try peer(source)
        importing[slot] = source
        pending.insert([.save, .map])
    }

    private mutating func settle(_ slot: Int) throws(BusError) {
        try mustLead()
        (migrating[slot], importing[slot]) = (nil, nil)
        pending.insert([.save, .map])
    }

    private mutating func assign(_ slot: Int, to owner: NodeName, isEmpty: Bool) throws(BusError) {
        try mustLead()
        let index = try known(owner)
        if table[index].isReplica { throw BusError("ERR Target node is not a master") }
        let wasOwn = ownerIndex(slot) == me
        if wasOwn, index != me, !isEmpty {
            throw BusError(
                "ERR Can't assign hashslot \(slot) to a different node while I still hold keys for this hash slot.")
        }
        // The other end gives the slot away when this one has it.
        pending.insert(.durable)
        let source = importing[slot]
        let isMoved = migrating[slot] == owner
        if isEmpty { migrating[slot] = nil }
        assign(slot, to: index)
        if wasOwn, index != me, table[me].slots.isEmpty, configuration.allowsReplicaMigration, followsNewOwner(index) {
            return
        }
        if wasOwn, index != me, !isMoved { waived[slot] = now }
        if index == me, let source { announceImport(slot, from: source) }
    }

    /// A slot has been brought here: its claim gets an epoch that all others heed.
    private mutating func announceImport(_ slot: Int, from source: NodeName) {
        (importing[slot], imported[slot]) = (nil, source)
        // What others hear of it this node has to know after a start.
        if bumpEpoch() { log("configEpoch updated after importing slot \(slot)") } else { saveNow() }
        broadcastPong()
    }

    mutating func takeOver(_ slots: SlotSet, after epoch: UInt64) {
        // What was given away and has come to nothing is claimed again.
        grants.removeAll { $0.slots.overlaps(slots) }
        slots.forEach { assign($0, to: me) }
        currentEpoch = max(currentEpoch, epoch)
        takeNextEpoch()
        updateState()
        saveNow()
        broadcastPong()
    }

    // MARK: What this node was ordered to give

    /// Claims slots again that this node was told to give to one to whom it was not moving them, and that this one does not
    /// claim, so that nobody would. Orders of persons who move the same slot to and fro may cross.
    mutating func claimWaived() {
        guard table[me].isPrimary else { return waived = [:] }
        let slots = waived.filter { now - $0.value > nodeTimeout && isNobodys($0.key) }.keys.sorted()
        if slots.isEmpty { return }
        warn("Taking responsibility again for \(slots.count) slots that whoever they were given to does not claim.")
        for slot in slots { assign(slot, to: me) }
        pending.insert(.durable)
        broadcastPong()
    }

    private func isNobodys(_ slot: Int) -> Bool {
        guard let owner = ownerIndex(slot) else { return false }
        return unclaimed.contains(slot) || table[owner].isReplica
    }

    // MARK: What this node was ordered to take

    /// Whether the keys of a slot have been moved here by hand from a claimant's shard, which may not know of that yet.
    func wasImported(_ slot: Int, from claimant: Int) -> Bool {
        guard !imported.isEmpty, let source = imported[slot].flatMap({ table.find($0) }) else { return false }
        return table[source].shard == table[claimant].shard
    }

    /// This node has not known how late the source's claim was when it took what it was ordered to: its own has to be later. The
    /// source would remove the keys, or they would be removed here.
    mutating func insist(after epoch: UInt64) {
        imported = [:]
        currentEpoch = max(currentEpoch, epoch)
        takeNextEpoch()
        saveNow()
        broadcastPong()
    }

    mutating func noteWhatIsLetGo(by source: Int, _ claimed: SlotSet) {
        for (slot, name) in imported where name == table[source].name && !claimed.contains(slot) {
            imported[slot] = nil
        }
    }
}
