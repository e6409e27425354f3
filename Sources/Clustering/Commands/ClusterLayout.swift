import Commands
import Gossip
import Primitives
import RESP
import Settings

/// Subcommands of CLUSTER from which clients learn where slots are served.
let layoutSubcommands: [Command] = [
    Command(
        "slots", .cluster, since: "3.0.0", arity: 2, [.loading, .stale], complexity: "O(N) with N nodes.",
        summary: "Lists ranges of slots with the nodes that serve them.", tips: ["nondeterministic_output"], run: slots
    ),
    Command(
        "shards", .cluster, since: "7.0.0", arity: 2, [.loading, .stale], complexity: "O(N) with N nodes.",
        summary: "Lists the shards, each with its slots and its nodes.", tips: ["nondeterministic_output"], run: shards
    ),
    Command(
        "links", .cluster, since: "7.0.0", arity: 2, [.stale], complexity: "O(N) with N nodes.",
        summary: "Lists the connections of the bus.", tips: ["nondeterministic_output"], run: links),
]

/// How a client is told of nodes.
private struct Signpost {
    let type: EndpointType
    let (usesTLS, usesIPv6): (Bool, Bool)

    init(_ call: Call) {
        type = call.node.settings.clusterPreferredEndpointType
        (usesTLS, usesIPv6) = (call.session.usesTLS, call.session.usesIPv6)
    }

    func address(_ member: Member) -> NodeAddress { member.address(overIPv6: usesIPv6) }

    /// The host that the client is to use; nil for the one that it has.
    func host(_ member: Member) -> String? {
        switch type {
        case .ip: address(member).host
        case .hostname: member.hostname.isEmpty ? "?" : member.hostname
        case .unknownEndpoint: nil
        }
    }

    func port(_ member: Member) -> Int {
        let (plain, encrypted) = (address(member).port, address(member).tlsPort)
        return usesTLS ? (encrypted > 0 ? encrypted : plain) : (plain > 0 ? plain : encrypted)
    }

    /// What else there is to know of the host.
    func metadata(_ member: Member) -> [(String, String)] {
        (type == .ip ? [] : [("ip", address(member).host)])
            + (type == .hostname || member.hostname.isEmpty ? [] : [("hostname", member.hostname)])
    }
}

extension Member {
    /// Whether a replica has data that it could serve.
    fileprivate var isUsableReplica: Bool { !flags.contains(.failed) && offset != 0 }
}

// MARK: SLOTS

private func slots(_ call: inout Call) throws(CommandError) {
    let members = try call.cluster().bus.access { $0.members }
    let signpost = Signpost(call)
    let replicas = Dictionary(grouping: members.filter { $0.primary != nil && $0.isUsableReplica }) { $0.primary }
    let rows = members.filter(\.isPrimary).flatMap { member in member.slots.ranges.map { (range: $0, owner: member) } }
        .sorted { $0.range.lowerBound < $1.range.lowerBound }
    call.reply.array(rows.count)
    for row in rows {
        let replicas = replicas[row.owner.name] ?? []
        call.reply.array(3 + replicas.count)
        call.reply.integer(row.range.lowerBound)
        call.reply.integer(row.range.upperBound)
        for member in [row.owner] + replicas { write(member, signpost, &call.reply) }
    }
}

private func write(_ member: Member, _ signpost: Signpost, _ reply: inout ReplyWriter) {
    reply.array(4)
    if let host = signpost.host(member) { reply.bulk(host) } else { reply.null() }
    reply.integer(signpost.port(member))
    reply.bulk(member.name.text)
    let metadata = signpost.metadata(member)
    reply.map(metadata.count)
    for (name, value) in metadata {
        reply.bulk(name)
        reply.bulk(value)
    }
}

// MARK: SHARDS

/// Nodes that serve the same slots.
private struct Shard {
    var slots = SlotSet()
    var members: [Member] = []
}

private func shards(_ call: inout Call) throws(CommandError) {
    let members = try call.cluster().bus.access { $0.members }
    let shards = group(members.filter { !$0.flags.contains(.handshake) })
    let signpost = Signpost(call)
    call.reply.array(shards.count)
    for shard in shards {
        call.reply.map(2)
        call.reply.bulk("slots")
        call.reply.array(shard.slots.ranges.count * 2)
        for range in shard.slots.ranges {
            call.reply.integer(range.lowerBound)
            call.reply.integer(range.upperBound)
        }
        call.reply.bulk("nodes")
        call.reply.array(shard.members.count)
        for member in shard.members { writeShardMember(member, signpost, &call.reply) }
    }
}

/// A replica is of its primary's shard, whatever shard it was of when it was last heard.
private func group(_ members: [Member]) -> [Shard] {
    let shardOfPrimary = Dictionary(uniqueKeysWithValues: members.filter(\.isPrimary).map { ($0.name, $0.shard) })
    var shards: [NodeName: Shard] = [:]
    var order: [NodeName] = []
    for member in members.filter(\.isPrimary) + members.filter({ !$0.isPrimary }) {
        let name = member.primary.flatMap { shardOfPrimary[$0] } ?? member.shard
        if shards[name] == nil { order.append(name) }
        shards[name, default: Shard()].members.append(member)
        if member.isPrimary { for slot in member.slots.slots { shards[name]?.slots.insert(slot) } }
    }
    return order.compactMap { shards[$0] }
}

private func writeShardMember(_ member: Member, _ signpost: Signpost, _ reply: inout ReplyWriter) {
    reply.deferredMap { reply in
        var count = 5
        reply.bulk("id")
        reply.bulk(member.name.text)
        let address = signpost.address(member)
        for (name, port) in [("port", address.port), ("tls-port", address.tlsPort)] where port > 0 {
            reply.bulk(name)
            reply.integer(port)
            count += 1
        }
        reply.bulk("ip")
        reply.bulk(address.host)
        reply.bulk("endpoint")
        reply.bulk(signpost.host(member) ?? "")
        if !member.hostname.isEmpty {
            reply.bulk("hostname")
            reply.bulk(member.hostname)
            count += 1
        }
        reply.bulk("role")
        reply.bulk(member.isReplica ? "replica" : "master")
        reply.bulk("replication-offset")
        reply.integer(member.offset)
        reply.bulk("health")
        reply.bulk(health(member))
        return count + 1
    }
}

private func health(_ member: Member) -> String {
    if member.flags.contains(.failed) { return "fail" }
    return member.isReplica && member.offset == 0 ? "loading" : "online"
}

// MARK: LINKS

private func links(_ call: inout Call) throws(CommandError) {
    let cluster = try call.cluster()
    let members = cluster.bus.access { $0.members }
    let figures = cluster.bus.linkFigures
    var rows: [(direction: String, member: Member, figures: LinkFigures)] = []
    for member in members {
        if let link = member.outbound.flatMap({ figures[$0] }) { rows.append(("to", member, link)) }
        if let link = member.inbound.flatMap({ figures[$0] }) { rows.append(("from", member, link)) }
    }
    call.reply.array(rows.count)
    for row in rows { write(row.figures, row.direction, row.member, &call.reply) }
}

private func write(_ link: LinkFigures, _ direction: String, _ member: Member, _ reply: inout ReplyWriter) {
    reply.map(6)
    reply.bulk("direction")
    reply.bulk(direction)
    reply.bulk("node")
    reply.bulk(member.name.text)
    reply.bulk("create-time")
    reply.integer(link.createdAt)
    reply.bulk("events")
    reply.bulk((link.isReading ? "r" : "") + (link.isWriting ? "w" : ""))
    reply.bulk("send-buffer-allocated")
    reply.integer(link.reservedBytes)
    reply.bulk("send-buffer-used")
    reply.integer(link.waitingBytes)
}
