import Primitives

/// What people and tools ask. The texts are the reference's.
extension ClusterBus {
    mutating func carryOut(_ order: BusOrder) throws(BusError) {
        switch order {
        case .meet(let host, let port, let busPort): try meet(host, port, busPort)
        case .addSlots, .removeSlots, .flushSlots, .migrate, .importSlot, .settle, .assign, .takeOver:
            try carryOutForSlots(order)
        case .prepare(let grant): prepare(grant)
        case .give(let name): give(name)
        case .settleGrant(let name, let isKept): settle(grant: name, isKept)
        case .hearClaim(let name, let epoch, let slots): hearClaim(of: name, epoch, slots)
        case .replicate(let name): try replicate(name)
        case .forget(let name): try forget(name)
        case .reset(let isHard): reset(isHard: isHard)
        case .setConfigEpoch(let epoch): try setConfigEpoch(epoch)
        case .bumpEpoch: bumpEpoch()
        case .failover(let mode): try beginFailover(mode)
        case .handOver: beginHandOver()
        case .dropLinks(let name, let outbound, let inbound): try dropLinks(name, outbound, inbound)
        case .save: saveNow()
        }
    }

    func known(_ name: NodeName) throws(BusError) -> Int {
        guard let index = table.find(name) else { throw BusError("ERR Unknown node \(name)") }
        return index
    }

    private mutating func meet(_ host: String, _ port: Int, _ busPort: Int) throws(BusError) {
        let bus = busPort == 0 ? port + 10_000 : busPort
        guard isAddress(host), (1...65_535).contains(port), (1...65_535).contains(bus) else {
            throw BusError("ERR Invalid node address specified: \(host):\(port)")
        }
        startHandshake(address(host, port, 0, bus), isMeeting: true)
    }

    private mutating func replicate(_ name: NodeName?) throws(BusError) {
        guard let name else { return replicateNobody() }
        let index = try known(name)
        if index == me { throw BusError("ERR Can't replicate myself") }
        if isNeighbour(index) {
            throw BusError("ERR A node cannot replicate one of its own process, since both would be lost together.")
        }
        if table[index].isReplica { throw BusError("ERR I can only replicate a master, not a replica.") }
        if table[me].isPrimary, !table[me].slots.isEmpty {
            throw BusError("ERR To set a master the node must be empty and without assigned slots.")
        }
        follow(index)
    }

    private mutating func replicateNobody() {
        guard table[me].isReplica else { return }
        becomePrimary(me)
        table[me].shard = NodeName(random: &random)
        (election, followed) = (.none, nil)
        endManualFailover()
        actions.append(.order(.lead))
        endTerm(inShard: false)
        saveNow()
    }

    private mutating func forget(_ name: NodeName) throws(BusError) {
        guard let index = table.find(name) else {
            // Others have told already that it is forgotten.
            if blacklist.contains(name, now: now) { return }
            throw BusError("ERR Unknown node \(name)")
        }
        if index == me { throw BusError("ERR I tried hard but I can't forget myself...") }
        if index == myPrimary, table[me].isReplica { throw BusError("ERR Can't forget my master!") }
        banish(index, seconds: configuration.blacklistSeconds)
    }

    private mutating func reset(isHard: Bool) {
        if table[me].isReplica {
            replicateNobody()
        }
        (migrating, importing, imported, unclaimed, grants) = ([:], [:], [:], SlotSet(), [])
        for slot in 0..<hashSlotCount where owners[slot] != ClusterBus.unowned { assign(slot, to: nil) }
        endManualFailover()
        election = .none
        for index in table.indices where index != me && !table[index].isVacant { remove(index) }
        if isHard {
            (currentEpoch, lastVoteEpoch, table[me].configEpoch) = (0, 0, 0)
            table.rename(me, NodeName(random: &random))
            table[me].shard = NodeName(random: &random)
            warn("Node hard reset, now I'm \(name)")
        }
        pending.insert(.map)
        updateState()
        saveNow()
    }

    private mutating func setConfigEpoch(_ epoch: UInt64) throws(BusError) {
        guard table.count == 1 else {
            throw BusError(
                "ERR The user can assign a config epoch only when the node does not know any other node.")
        }
        guard table[me].configEpoch == 0 else { throw BusError("ERR Node config epoch is already non-zero") }
        table[me].configEpoch = epoch
        currentEpoch = max(currentEpoch, epoch)
        warn("configEpoch set to \(epoch) via CLUSTER SET-CONFIG-EPOCH")
        saveNow()
    }

    private mutating func dropLinks(_ name: NodeName, _ outbound: Bool, _ inbound: Bool) throws(BusError) {
        let index = try known(name)
        if index == me { throw BusError("ERR Cannot free cluster link(s) to myself") }
        if outbound { closeOutbound(index) }
        if inbound { closeInbound(index) }
    }
}
