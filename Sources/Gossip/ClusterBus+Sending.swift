import Primitives

/// Messages on their way out.
extension ClusterBus {
    /// What every message says of this node; of a replica, the slots of its primary.
    func header() -> BusHeader {
        let own = table[me]
        let claimant = myPrimary ?? me
        var header = BusHeader(sender: own.name, flags: own.flags)
        header.isClusterUp = isUp
        (header.port, header.otherPort) = ports(own)
        header.busPort = Int(own.busPort)
        header.host = configuration.announcedHost
        (header.currentEpoch, header.configEpoch) = (currentEpoch, table[claimant].configEpoch)
        (header.offset, header.slots) = (report.offset, claimedSlots(of: claimant))
        // What a replica would claim in its primary's place.
        if claimant != me { header.slots = ungrantedSlots(header.slots) }
        header.primary = myPrimary.map { table[$0].name }
        header.isPaused = isPausedForFailover
        return header
    }

    /// The port that the cluster's links use, and the other one.
    func ports(_ peer: Peer) -> (main: Int, other: Int) {
        configuration.usesTLS ? (Int(peer.tlsPort), Int(peer.port)) : (Int(peer.port), Int(peer.tlsPort))
    }

    /// An address of the ports of a message.
    func address(_ host: String, _ port: Int, _ otherPort: Int, _ busPort: Int) -> NodeAddress {
        let (plain, tls) = configuration.usesTLS ? (otherPort, port) : (port, otherPort)
        return NodeAddress(host: host, port: plain, tlsPort: tls, busPort: busPort)
    }

    /// Sends a message to a member; false where no connection stands.
    @discardableResult
    mutating func send(_ body: BusMessage.Body, to index: Int, under header: BusHeader? = nil) -> Bool {
        guard table[index].isConnected else { return false }
        var message = BusMessage(header ?? self.header(), body)
        if case .publish = body { message.isLight = table[index].flags.contains(.lightPublish) }
        send(message, on: LinkID(table[index].outbound))
        return true
    }

    mutating func send(_ message: BusMessage, on link: LinkID) {
        counters.sent[message.body.kind.rawValue] += 1
        actions.append(.send(link, message))
    }

    /// Sends a message to all members.
    mutating func broadcast(_ body: BusMessage.Body) {
        let header = header()
        for index in table.indices where table[index].isConnected && !table[index].flags.contains(.handshake) {
            send(body, to: index, under: header)
        }
    }

    /// Pings a member.
    mutating func ping(_ index: Int, asMeeting: Bool = false) {
        guard table[index].isConnected else { return }
        if table[index].pingSentAt == 0 { table[index].pingSentAt = now }
        let (entries, extensions) = (gossip(for: index), extensions(for: index))
        send(asMeeting ? .meet(entries, extensions) : .ping(entries, extensions), to: index)
    }

    /// Tells a member how things stand without asking it.
    mutating func pong(to index: Int) {
        guard table[index].isConnected else { return }
        send(.pong(gossip(for: index), extensions(for: index)), to: index)
    }

    /// Answers a ping on the connection that it has come by.
    mutating func answer(_ link: LinkID, member: Int?) {
        let body = BusMessage.Body.pong(gossip(for: member), member.map { extensions(for: $0) } ?? [])
        send(BusMessage(header(), body), on: link)
    }

    /// Tells everybody at once how things stand, after a change that all have to know.
    mutating func broadcastPong() {
        for index in table.indices where table[index].isConnected && !table[index].flags.contains(.handshake) {
            pong(to: index)
        }
    }

    /// A client of this node has published a message: the shard hears of it, or everybody.
    mutating func publish(_ channel: [UInt8], _ message: [UInt8], _ isSharded: Bool) {
        let body = BusMessage.Body.publish(channel: channel, message: message, isSharded: isSharded)
        guard isSharded else { return broadcast(body) }
        let primary = myPrimary ?? me
        for index in table[primary].replicas.map({ Int($0) }) + [primary] where index != me { send(body, to: index) }
    }
}
