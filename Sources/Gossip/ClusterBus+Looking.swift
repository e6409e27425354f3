import Primitives

extension ClusterBus {
    /// This node.
    public var myself: Member { member(at: me) }

    /// Every node, this one too, in the order of their names.
    public var members: [Member] {
        table.indices.filter { !table[$0].isVacant }.map(member(at:)).sorted { $0.name < $1.name }
    }

    /// A node.
    public func member(_ name: NodeName) -> Member? { table.find(name).map(member(at:)) }

    /// Who owns a slot.
    public func owner(of slot: Int) -> NodeName? { ownerIndex(slot).map { table[$0].name } }

    /// How many primaries own slots.
    public var size: Int { tally.size }

    /// Whether most of the primaries that own slots answer.
    public var reachesMajority: Bool { tally.reachable >= quorum }

    /// How many nodes are known, this one too.
    public var memberCount: Int { table.count }

    /// How many nodes say that a node has failed; nil for an unknown one.
    public mutating func failureReports(of name: NodeName, now: Int64) -> Int? {
        guard let index = table.find(name) else { return nil }
        self.now = now
        forgetOldReports(index)
        return table[index].reports.count
    }

    func member(at index: Int) -> Member {
        let peer = table[index]
        var member = Member(peer.name, peer.flags, peer.address, shard: peer.shard, createdAt: peer.createdAt)
        if let own = texts[index] {
            (member.hostname, member.humanName, member.clientAddress) = (own.hostname, own.humanName, own.clientAddress)
        }
        member.primary = primaryIndex(index).map { table[$0].name }
        (member.slots, member.configEpoch, member.offset) = (peer.slots, peer.configEpoch, peer.offset)
        (member.pingSentAt, member.pongReceivedAt) = (peer.pingSentAt, peer.pongReceivedAt)
        (member.dataReceivedAt, member.failedAt) = (peer.dataReceivedAt, peer.failedAt)
        (member.votedAt, member.orphanedAt) = (peer.votedAt, peer.orphanedAt)
        member.outbound = peer.outbound == 0 ? nil : LinkID(peer.outbound)
        member.inbound = peer.inbound == 0 ? nil : LinkID(peer.inbound)
        member.isConnected = peer.isConnected
        for report in peer.reports {
            member.failureReports[table[Int(report.reporter)].name] = Int64(report.tenths) * 100
        }
        if index == me { member.offset = report.offset }
        return member
    }

    func ownerIndex(_ slot: Int) -> Int? { owners[slot] == ClusterBus.unowned ? nil : Int(owners[slot]) }

    func primaryIndex(_ index: Int) -> Int? {
        table[index].primary == MemberTable.nobody ? nil : Int(table[index].primary)
    }

    /// The index of the primary of this node; nil on a primary.
    var myPrimary: Int? { primaryIndex(me) }
}
