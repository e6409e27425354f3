import Primitives

/// How nodes come to know each other.
///
///     A: MEET ──▶ B takes A in as somebody without a name, answers
///     A ◀── PONG  A learns B's name
///     A ◀── PING  B's own connection; A answers, B learns A's name
extension ClusterBus {
    /// Begins to take in the node at an address, whose name is not known.
    mutating func startHandshake(_ address: NodeAddress, isMeeting: Bool) {
        let isUnderWay = table.indices.contains {
            table[$0].flags.contains(.handshake) && table[$0].host == address.host
                && Int(table[$0].busPort) == address.busPort && table[$0].address.port == address.port
        }
        guard !isUnderWay, table.count < ClusterBus.mostMembers else { return }
        let flags: MemberFlags = isMeeting ? [.handshake, .meet] : .handshake
        let index = add(
            Peer(NodeName(random: &random), flags, address, shard: NodeName(random: &random), createdAt: now))
        if isLinked(index) { open(index) }
    }

    /// A node that is not known asks to be taken in.
    mutating func welcome(_ header: BusHeader, _ link: LinkID) {
        let host = hostOfSender(header, link)
        guard !host.isEmpty else { return }
        startHandshake(address(host, header.port, header.otherPort, header.busPort), isMeeting: false)
    }

    /// Who is at the other end of a connection that this node has opened: learns the name of one in handshake. Nil where the
    /// message is of no use.
    mutating func identify(_ peer: Int, _ header: BusHeader, _ sender: Int?) -> Int? {
        if table[peer].flags.contains(.handshake) { return completeHandshake(peer, header, sender) }
        if sender == peer { return peer }
        // Somebody else lives at this address now.
        lostAddress(peer)
        return nil
    }

    private mutating func completeHandshake(_ peer: Int, _ header: BusHeader, _ sender: Int?) -> Int? {
        if let sender {
            // It was known already, perhaps at another address.
            if sender != me { move(sender, to: table[peer].address, header) }
            remove(peer)
            return nil
        }
        table.rename(peer, header.sender)
        blacklist.pardon(header.sender, now: now)
        change(peer) {
            $0.flags.subtract([.handshake, .meet])
            $0.flags.formUnion(header.flags.intersection([.primary, .replica]))
        }
        table[peer].dataReceivedAt = now
        table[peer].configEpoch = header.configEpoch
        if header.hasExtensions { table[peer].flags.insert(.extensions) }
        currentEpoch = max(currentEpoch, header.currentEpoch)
        log("Handshake with node \(header.sender) completed.")
        // The other one takes itself for known from here on, and would not ask again.
        pending.insert([.save, .durable, .state])
        return peer
    }

    private mutating func lostAddress(_ peer: Int) {
        closeOutbound(peer)
        table[peer].flags.insert(.noAddress)
        table[peer].address = NodeAddress(host: "", port: 0, busPort: 0)
        pending.insert([.save, .map])
    }

    // MARK: Addresses

    /// The IP address of a message's sender: that which it wants, or that of its connection.
    func hostOfSender(_ header: BusHeader, _ link: LinkID) -> String {
        if !header.host.isEmpty { return header.host }
        return inboundLinks[link.number]?.from ?? ""
    }

    /// Takes over the address of a member that has pinged this node.
    mutating func updateAddress(_ sender: Int, _ header: BusHeader, _ arrival: Arrival) {
        let host = hostOfSender(header, arrival.link)
        guard arrival.outbound == nil, !host.isEmpty else { return }
        let peer = table[sender]
        let (port, other) = ports(peer)
        // Compared piece by piece: this runs for every ping.
        let isSame =
            port == header.port && other == header.otherPort && Int(peer.busPort) == header.busPort && peer.host == host
        guard !isSame else { return }
        let address = address(host, header.port, header.otherPort, header.busPort)
        settle(sender, at: address)
    }

    private mutating func move(_ sender: Int, to address: NodeAddress, _ header: BusHeader) {
        let host = header.host.isEmpty ? address.host : header.host
        let address = self.address(host, header.port, header.otherPort, header.busPort)
        if table[sender].address != address { settle(sender, at: address) }
    }

    /// A member lives at another address.
    mutating func settle(_ index: Int, at address: NodeAddress) {
        closeOutbound(index)
        table[index].flags.remove(.noAddress)
        table[index].address = address
        log("Address updated for node \(table[index].name), now \(address.host):\(address.port)")
        pending.insert([.save, .state, .map])
        if isLinked(index) { open(index) }
    }

    /// This node learns its own address from those that meet it: they use the one that all can use.
    mutating func learnOwnHost(_ kind: MessageKind, _ link: LinkID) {
        guard configuration.announcedHost.isEmpty, kind == .meet || table[me].host.isEmpty,
            let inbound = inboundLinks[link.number]
        else { return }
        let host = localHosts[Int(inbound.localHost)]
        guard !host.isEmpty, host != table[me].host else { return }
        table[me].host = host
        log("IP address for this node updated to \(host)")
        pending.insert([.save, .map])
    }

    static func ownAddress(_ configuration: BusConfiguration) -> NodeAddress {
        func either(_ announced: Int, _ real: Int) -> Int { announced != 0 ? announced : real }
        return NodeAddress(
            host: configuration.announcedHost, port: either(configuration.announcedPort, configuration.port),
            tlsPort: either(configuration.announcedTLSPort, configuration.tlsPort),
            busPort: either(configuration.announcedBusPort, configuration.busPort))
    }

    /// Directives have changed.
    mutating func configured(_ configuration: BusConfiguration) {
        self.configuration = configuration
        var address = ClusterBus.ownAddress(configuration)
        if address.host.isEmpty { address.host = table[me].host }
        table[me].address = address
        if configuration.replicaNeverFailsOver != table[me].flags.contains(.noFailover) {
            table[me].flags.formSymmetricDifference(.noFailover)
        }
        describeMyself()
        adoptPromiseRule()
        pending.insert([.save, .state, .map])
    }
}
