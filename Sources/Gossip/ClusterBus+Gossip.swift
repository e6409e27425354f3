import Primitives

/// What nodes tell of others.
extension ClusterBus {
    // MARK: Telling

    /// A choice of members to tell a member of: a tenth of all, by chance, and all that are suspected.
    mutating func gossip(for receiver: Int?) -> [GossipEntry] {
        gossipRound &+= 1
        let known = table.count
        let most = known - 2
        guard most > 0 else { return [] }
        let wanted = min(max(3, known * configuration.gossipPercent / 100), most)
        var entries: [GossipEntry] = []
        entries.reserveCapacity(wanted + suspects.count)
        var fresh = most
        for _ in 0..<wanted * 3 where entries.count < wanted && fresh > 0 {
            let index = randomIndex()
            guard isGossip(index, for: receiver) else { continue }
            fresh -= 1
            table[index].gossipRound = gossipRound
            entries.append(entry(index))
        }
        for index in suspects where index != receiver && table[index].flags.isDisjoint(with: [.handshake, .noAddress]) {
            entries.append(entry(index))
        }
        return entries
    }

    private func isGossip(_ index: Int, for receiver: Int?) -> Bool {
        guard index != me, index != receiver, table[index].gossipRound != gossipRound, !table[index].isVacant,
            table[index].flags.isDisjoint(with: [.suspected, .handshake, .noAddress])
        else { return false }
        return table[index].outbound != 0 || !table[index].slots.isEmpty
    }

    mutating func randomIndex() -> Int {
        Int(random.next().multipliedFullWidth(by: UInt64(table.indices.count)).high)
    }

    private func entry(_ index: Int) -> GossipEntry {
        let peer = table[index]
        let (port, other) = ports(peer)
        return GossipEntry(
            name: peer.name, pingSent: UInt32(truncatingIfNeeded: peer.pingSentAt / 1000),
            pongReceived: UInt32(truncatingIfNeeded: peer.pongReceivedAt / 1000), host: peer.host, port: port,
            otherPort: other, busPort: Int(peer.busPort), flags: peer.flags)
    }

    // MARK: Hearing

    /// What a member tells of others.
    mutating func processGossip(_ entries: [GossipEntry], from sender: Int) {
        let isVoter = table[sender].isVoter
        for place in entries.indices {
            guard let index = table.find(entries[place].name) else {
                introduce(entries[place])
                continue
            }
            guard index != me else { continue }
            let isDown = !entries[place].flags.isDisjoint(with: [.suspected, .failed])
            if isVoter { hear(of: index, isDown: isDown, from: sender) }
            if isDown { continue }
            refresh(index, pongReceived: entries[place].pongReceived)
            if table[index].isDown { relocate(index, entries[place]) }
        }
    }

    /// Others have had an answer from a member: it need not be asked again soon.
    private mutating func refresh(_ index: Int, pongReceived: UInt32) {
        let answeredAt = Int64(pongReceived) * 1000
        guard table[index].pingSentAt == 0, answeredAt > table[index].pongReceivedAt, answeredAt <= now + 500 else {
            return
        }
        if !table[index].reports.isEmpty {
            forgetOldReports(index)
            guard table[index].reports.isEmpty else { return }
        }
        table[index].pongReceivedAt = answeredAt
    }

    /// A member that does not answer here may have another address, which one who reaches it knows.
    private mutating func relocate(_ index: Int, _ entry: GossipEntry) {
        guard !entry.flags.contains(.noAddress), !entry.host.isEmpty else { return }
        let address = address(entry.host, entry.port, entry.otherPort, entry.busPort)
        guard address != table[index].address else { return }
        settle(index, at: address)
    }

    /// A member tells of a node that is not known here: it belongs to the cluster.
    private mutating func introduce(_ entry: GossipEntry) {
        guard entry.flags.isDisjoint(with: [.noAddress, .handshake]), !entry.host.isEmpty,
            !blacklist.contains(entry.name, now: now), table.count < ClusterBus.mostMembers
        else { return }
        var flags = entry.flags.subtracting([
            .myself, .meet, .suspected, .extensions, .lightPublish, .migrateTo,
        ])
        if flags.contains(.replica) { flags.remove(.primary) }
        let address = address(entry.host, entry.port, entry.otherPort, entry.busPort)
        let index = add(Peer(entry.name, flags, address, shard: NodeName(random: &random), createdAt: now))
        if table[index].isFailed { table[index].failedAt = now }
        open(index)
    }
}
