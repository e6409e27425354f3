import Primitives

/// What `nodes.conf` has to say, and a start from it.
extension ClusterBus {
    /// What `nodes.conf` has to say.
    public var file: NodesFile {
        var file = NodesFile()
        file.nodes = members.filter { !$0.flags.contains(.handshake) }.map { NodesFile.Node($0) }
        for index in file.nodes.indices { leaveOut(unclaimed, of: &file.nodes[index].slots) }
        (file.migrating, file.importing) = (migrating, importing)
        (file.currentEpoch, file.lastVoteEpoch) = (currentEpoch, lastVoteEpoch)
        file.grants = openGrants
        (file.promised, file.dataTerm) = (promises.succession.promised, promises.succession.dataTerm)
        return file
    }

    /// Slots that their owner does not claim any more are anybody's, also after a start.
    private func leaveOut(_ unclaimed: SlotSet, of slots: inout SlotSet) {
        if unclaimed.isEmpty || slots.isEmpty { return }
        unclaimed.forEach { slots.remove($0) }
    }

    /// Goes on from a file. Connections, answers and suspicions begin anew.
    mutating func restore(_ file: NodesFile) {
        guard let own = file.myself else { return }
        restoreMyself(own)
        for node in file.nodes where table.find(node.name) == nil { restore(node) }
        for node in file.nodes { restoreBonds(node) }
        (migrating, importing) = (file.migrating, file.importing)
        (lastVoteEpoch, currentEpoch) = (file.lastVoteEpoch, file.currentEpoch)
        currentEpoch = highestEpoch
        grants = file.grants
        restorePromises(file)
        pending = []
    }

    private mutating func restoreMyself(_ own: NodesFile.Node) {
        table.rename(me, own.name)
        if own.flags.contains(.replica) {
            table[me].flags.remove(.primary)
            table[me].flags.insert(.replica)
        }
        table[me].configEpoch = own.configEpoch
        if let shard = own.shard { table[me].shard = shard }
        // The address that others have given it holds until they give another; the ports are those of the configuration.
        if configuration.announcedHost.isEmpty { table[me].host = own.address.host }
        describeMyself()
    }

    private mutating func restore(_ node: NodesFile.Node) {
        let flags = node.flags.subtracting([.suspected, .handshake, .meet, .myself])
        var peer = Peer(node.name, flags, node.address, shard: node.shard ?? NodeName(random: &random), createdAt: 0)
        peer.configEpoch = node.configEpoch
        let index = add(peer)
        let found = MemberTexts(
            hostname: node.hostname, humanName: node.humanName, clientAddress: node.clientAddress)
        if found != MemberTexts() { texts[index] = found }
    }

    /// Slots, and whom a node follows.
    private mutating func restoreBonds(_ node: NodesFile.Node) {
        guard let index = table.find(node.name) else { return }
        var own = SlotSet()
        node.slots.forEach { slot in
            guard ownerIndex(slot) == nil else { return }
            owners[slot] = UInt16(index)
            own.insert(slot)
        }
        // The value of the file is kept, so that machines that start from the same one share it.
        if own.count > 0 { change(index) { $0.slots = own == node.slots ? node.slots : own } }
        guard table[index].isReplica, let name = node.primary, let primary = table.find(name), primary != index else {
            return
        }
        let shard = table[index].shard
        attach(index, to: primary)
        if node.shard != nil { table[index].shard = shard }
    }
}
