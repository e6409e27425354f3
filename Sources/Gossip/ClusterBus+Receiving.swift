import Primitives

/// Where a message has come from.
struct Arrival {
    /// By which connection.
    var link: LinkID
    /// Whose connection, opened by this node, that is; nil for one that has been opened to this node.
    var outbound: Int?
    /// Who has sent it, by the name that it gives; nil for an unknown node.
    var sender: Int?
}

/// Messages on their way in.
extension ClusterBus {
    mutating func received(_ message: BusMessage, on link: LinkID) {
        let outbound = outboundMember(link)
        guard outbound != nil || inboundLinks[link.number] != nil else { return }
        counters.received[message.body.kind.rawValue] += 1
        let arrival = Arrival(link: link, outbound: outbound, sender: table.find(message.header.sender))
        if let sender = arrival.sender, sender != me {
            if outbound == nil { bind(link, to: sender) }
            note(message.header, of: sender)
        }
        dispatch(message, arrival)
    }

    private mutating func dispatch(_ message: BusMessage, _ arrival: Arrival) {
        switch message.body {
        case .ping(let entries, let extensions): heartbeat(.ping, message.header, entries, extensions, arrival)
        case .pong(let entries, let extensions): heartbeat(.pong, message.header, entries, extensions, arrival)
        case .meet(let entries, let extensions): heartbeat(.meet, message.header, entries, extensions, arrival)
        case .fail, .publish, .voteRequest, .vote, .update, .manualFailover, .module:
            guard let sender = arrival.sender, sender != me else { return }
            receive(message, from: sender)
        }
    }

    /// What only members may say.
    private mutating func receive(_ message: BusMessage, from sender: Int) {
        switch message.body {
        case .fail(let name): failureTold(of: name, by: sender)
        case .publish(let channel, let text, let isSharded):
            actions.append(.order(.publish(channel: channel, message: text, isSharded: isSharded)))
        case .voteRequest: voteAsked(by: sender, message.header)
        case .vote: voteGiven(by: sender, message.header)
        case .update(let epoch, let name, let slots): updateTold(of: name, epoch, slots)
        case .manualFailover: manualFailoverAsked(by: sender)
        case .ping, .pong, .meet, .module: return
        }
    }

    /// What every message of a member says.
    private mutating func note(_ header: BusHeader, of sender: Int) {
        table[sender].dataReceivedAt = now
        if header.hasExtensions { table[sender].flags.insert(.extensions) }
        if header.flags.contains(.lightPublish) != table[sender].flags.contains(.lightPublish) {
            table[sender].flags.formSymmetricDifference(.lightPublish)
        }
        table[sender].knowsTerms = header.knowsTerms
        if header.currentEpoch > currentEpoch {
            currentEpoch = header.currentEpoch
            pending.insert(.save)
        }
        table[sender].toldEpoch = max(table[sender].toldEpoch, header.currentEpoch)
        (table[sender].offset, table[sender].offsetAt) = (header.offset, now)
        noteForFailover(header, of: sender)
    }

    /// An epoch is taken over with the slots that go with it, so from heartbeats only. Under the epoch of a vote or of a failure
    /// the slots of before would be told to others, and be taken from whom they belong to.
    private mutating func noteEpoch(_ header: BusHeader, of sender: Int) {
        // That of a primary which has become a replica is not the epoch of the slots that it had.
        guard header.configEpoch > table[sender].configEpoch, header.primary == nil || table[sender].isReplica else {
            return
        }
        if header.primary == nil { return takeOverEpoch(header.configEpoch, of: sender, claiming: header.slots) }
        table[sender].configEpoch = header.configEpoch
        pending.insert([.save, .durable])
    }

    // MARK: Heartbeats

    /// A ping, its answer, or the wish to be taken in.
    private mutating func heartbeat(
        _ kind: MessageKind, _ header: BusHeader, _ entries: [GossipEntry], _ extensions: [PingExtension],
        _ arrival: Arrival
    ) {
        var arrival = arrival
        if kind != .pong {
            learnOwnHost(kind, arrival.link)
            if kind == .meet, arrival.sender == nil { welcome(header, arrival.link) }
            answer(arrival.link, member: arrival.sender)
        }
        if let peer = arrival.outbound {
            guard let sender = identify(peer, header, arrival.sender) else { return }
            arrival.sender = sender
        }
        guard let sender = arrival.sender, sender != me else { return }
        if kind != .pong { updateAddress(sender, header, arrival) }
        if kind == .pong, arrival.outbound == sender { answered(sender) }
        if header.currentEpoch == table[sender].toldEpoch, !isOvertaken(header, of: sender) {
            noteEpoch(header, of: sender)
            describe(sender, header)
            claim(sender, header)
        }
        processGossip(entries, from: sender)
        processExtensions(extensions, of: sender)
    }

    /// Whether a message says that its sender follows a primary, of an older epoch, whose place it has just taken: it was sent
    /// between the request for votes and their count, on the other one of the two connections.
    private func isOvertaken(_ header: BusHeader, of sender: Int) -> Bool {
        header.primary != nil && table[sender].isPrimary && !table[sender].slots.isEmpty
            && header.configEpoch < table[sender].configEpoch
            && now - table[sender].ledAt < ClusterBus.longestOvertaking
    }

    private static let longestOvertaking: Int64 = 5000

    /// A member has answered a ping.
    private mutating func answered(_ index: Int) {
        table[index].pongReceivedAt = now
        table[index].pingSentAt = 0
        if table[index].flags.contains(.suspected) {
            clearSuspicion(index)
        } else if table[index].isFailed {
            clearFailureIfPossible(index)
        }
    }

    /// Takes over what a heartbeat says of its sender's part.
    private mutating func describe(_ sender: Int, _ header: BusHeader) {
        if header.flags.contains(.noFailover) != table[sender].flags.contains(.noFailover) {
            table[sender].flags.formSymmetricDifference(.noFailover)
        }
        if let primary = header.primary {
            describeReplica(sender, of: primary, header)
        } else {
            becomePrimary(sender)
        }
    }
}
