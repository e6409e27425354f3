/// A connection that another node has opened.
struct InboundLink: Sendable {
    /// Whose it is, by index; `MemberTable.nobody` until that is known.
    var member = MemberTable.nobody
    /// The address of this machine that it has come to, by index.
    var localHost: Int32
    var createdAt: Int64
    /// The IP address of the other end.
    var from: String
}

/// A connection of the bus, as CLUSTER LINKS shows it.
public struct MemberLink: Equatable, Sendable {
    /// Which.
    public var link: LinkID
    /// Whether this node has opened it.
    public var isOutbound: Bool
    /// Who is at the other end.
    public var name: NodeName
    /// When it was opened, in milliseconds since 1970.
    public var createdAt: Int64
}

/// The connections: one that this node opens to each other, to ping it, and one that each other opens, to be answered.
///
/// The number of a connection that this node opens holds the index of the member, so that no table of them is needed.
extension ClusterBus {
    /// The connections whose other ends are known, those that this node has opened first.
    public var links: [MemberLink] {
        var found: [MemberLink] = []
        for index in table.indices where !table[index].isVacant {
            let peer = table[index]
            if peer.isConnected {
                found.append(
                    MemberLink(link: LinkID(peer.outbound), isOutbound: true, name: peer.name, createdAt: peer.linkedAt)
                )
            }
            if let link = inboundLinks[peer.inbound] {
                found.append(
                    MemberLink(
                        link: LinkID(peer.inbound), isOutbound: false, name: peer.name, createdAt: link.createdAt))
            }
        }
        return found
    }

    // MARK: Connections of this node

    /// Opens a connection to a member.
    mutating func open(_ index: Int) {
        openedLinks += 1
        let number = openedLinks << 17 | UInt64(index) << 1
        table[index].outbound = number
        (table[index].isConnected, table[index].linkedAt) = (false, now)
        // A connection that never stands is as bad as a ping that is never answered.
        if table[index].pingSentAt == 0 { table[index].pingSentAt = now }
        let peer = table[index]
        actions.append(.connect(LinkID(number), host: peer.host, port: Int(peer.busPort)))
    }

    /// Whether this node is to have a connection to a member.
    func isLinked(_ index: Int) -> Bool {
        table[index].flags.isDisjoint(with: [.myself, .noAddress]) && !table[index].host.isEmpty
    }

    mutating func closeOutbound(_ index: Int) {
        guard table[index].outbound != 0 else { return }
        actions.append(.close(LinkID(table[index].outbound)))
        (table[index].outbound, table[index].isConnected) = (0, false)
    }

    mutating func closeInbound(_ index: Int) {
        guard table[index].inbound != 0 else { return }
        actions.append(.close(LinkID(table[index].inbound)))
        inboundLinks[table[index].inbound] = nil
        table[index].inbound = 0
    }

    /// Whose connection, opened by this node, it is.
    func outboundMember(_ link: LinkID) -> Int? {
        let index = Int(link.number >> 1 & 0xFFFF)
        guard link.number & 1 == 0, link.number != 0, index < table.indices.count else { return nil }
        return table[index].outbound == link.number ? index : nil
    }

    /// The connection stands: the first message is a ping, or asks to be taken in, as on the next one if that is not answered.
    mutating func connected(_ link: LinkID, _ localHost: String) {
        guard let index = outboundMember(link) else { return actions.append(.close(link)) }
        table[index].isConnected = true
        let sentAt = table[index].pingSentAt
        ping(index, asMeeting: table[index].flags.contains(.meet))
        // What was waited for before is waited for yet.
        if sentAt != 0 { table[index].pingSentAt = sentAt }
    }

    // MARK: Connections of others

    mutating func accepted(_ link: LinkID, _ from: String, _ localHost: String) {
        let place = localHosts.firstIndex(of: localHost) ?? localHosts.count
        if place == localHosts.count { localHosts.append(localHost) }
        inboundLinks[link.number] = InboundLink(localHost: Int32(place), createdAt: now, from: from)
    }

    /// Notes whose connection it is. A node that opens another has lost the first.
    mutating func bind(_ link: LinkID, to index: Int) {
        guard table[index].inbound != link.number, index != me else { return }
        if let old = inboundLinks[link.number]?.member, old != MemberTable.nobody { table[Int(old)].inbound = 0 }
        closeInbound(index)
        inboundLinks[link.number]?.member = Int32(index)
        table[index].inbound = link.number
    }

    // MARK: Ends

    mutating func ended(_ link: LinkID) {
        if let index = outboundMember(link) {
            let stood = table[index].isConnected
            (table[index].outbound, table[index].isConnected) = (0, false)
            // One that stood may have broken with its node: the ping that tells is sent at once. Who closes each as soon as it
            // stands is tried with the next tick.
            if stood, now - table[index].linkedAt >= 100, isLinked(index) { open(index) }
        } else if let inbound = inboundLinks.removeValue(forKey: link.number), inbound.member != MemberTable.nobody {
            table[Int(inbound.member)].inbound = 0
        }
    }
}
