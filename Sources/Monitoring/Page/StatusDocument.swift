import Clustering
import Commands
import Gossip
import Primitives

// What the page shows, as JSON. Times are in milliseconds since 1970 where nothing else is said.

extension Observation {
    /// What is answered to the page, once a second.
    public var statusResponse: HTTPResponse {
        HTTPResponse(200, "application/json", status.encoded)
    }

    var status: JSON {
        [
            "version": .text(Release.apus), "process": process.status,
            "latencyBoundsMicroseconds": .array(NodeFigures.latencyBounds.map { .integer($0) }),
            "nodes": .array(nodes.map(\.status)), "silent": .array(silentPorts.map { .integer($0) }),
            "cluster": nodes.lazy.compactMap(\.cluster).first?.status ?? .null,
            "events": .array(events.map(\.status)),
        ]
    }
}

extension ProcessFigures {
    fileprivate var status: JSON {
        [
            "id": .integer(processID), "residentBytes": .integer(residentBytes),
            "cpuSeconds": .number(systemSeconds + userSeconds), "openDescriptors": .integer(openDescriptors),
        ]
    }
}

extension LoggedEvent {
    fileprivate var status: JSON {
        [
            "id": .integer(id), "time": .integer(Int(time)), "node": node.map { .integer($0) } ?? .null,
            "isWarning": .boolean(isWarning), "text": .text(text),
        ]
    }
}

// MARK: Nodes

extension NodeObservation {
    fileprivate var status: JSON {
        .object(
            standing + counters
                + [
                    .init("memory", figures.memory.status), .init("clients", figures.clients.status),
                    .init("latency", latency), .init("commands", .array(figures.commands.map(\.status))),
                    .init("databases", .array(figures.databases.map(\.status))),
                    .init("replicas", .array(figures.replication.replicas.map { $0.status(figures.journalOffset) })),
                    .init("primary", figures.replication.primary?.status ?? .null),
                    .init("migrations", .array(migrations.map(\.status))),
                ] + detailMembers)
    }

    private var standing: [JSON.Member] {
        let health = figures.health
        return [
            .init("port", .integer(port)), .init("time", .integer(Int(figures.takenAt))),
            .init("startedAt", .integer(Int(figures.startedAt))),
            .init("role", .text(health.isReplica ? "replica" : "primary")),
            .init("objection", health.objection.map { .text($0) } ?? .null),
            .init("offset", .integer(Int(figures.journalOffset))),
            .init("name", cluster.map { .text($0.me.text) } ?? .null),
            .init("saving", .boolean(figures.saving.isSaving || figures.log.isRewriting)),
            .init("loadedPercent", figures.loading.map { .number($0.share) } ?? .null),
        ]
    }

    private var counters: [JSON.Member] {
        let (node, keys) = (figures.statistics, figures.keyspace)
        return [
            .init("commandsProcessed", .integer(node.commandsProcessed)),
            .init("errorReplies", .integer(node.errorReplies)),
            .init("hits", .integer(keys.hits)), .init("misses", .integer(keys.misses)),
            .init("expired", .integer(keys.expired)),
            .init("evicted", .integer(keys.evicted)), .init("inputBytes", .integer(node.netInputBytes)),
            .init("outputBytes", .integer(node.netOutputBytes)), .init("busySeconds", .number(figures.loopSeconds)),
            .init("cpuSeconds", .number(figures.threadSystemSeconds + figures.threadUserSeconds)),
            .init("connectionsReceived", .integer(node.connectionsReceived)),
        ]
    }

    /// The histograms of all commands together.
    private var latency: JSON {
        var (sums, total) = ([Int](repeating: 0, count: NodeFigures.latencyBounds.count), 0)
        for case let latency? in figures.commands.map(\.latency) {
            for (index, count) in latency.upTo.enumerated() { sums[index] += count }
            total += latency.total
        }
        return ["upTo": .array(sums.map { .integer($0) }), "total": .integer(total)]
    }

    /// What may not be seen is null.
    private var detailMembers: [JSON.Member] {
        guard let details else { return [] }
        return [
            .init("slowLog", details.slowCommands.map { .array($0.map(\.status)) } ?? .null),
            .init("clientList", details.clients.map { .array($0.map(\.status)) } ?? .null),
            .init(
                "hotKeys",
                details.hotKeys.map {
                    [
                        "byTime": .array($0.byTime.map(\.status)), "byTraffic": .array($0.byTraffic.map(\.status)),
                    ]
                } ?? .null
            ),
            .init("bigKeys", details.bigKeys.map { .array($0.map(\.status)) } ?? .null),
        ]
    }
}

extension NodeMemory {
    fileprivate var status: JSON {
        [
            "used": .integer(used), "peak": .integer(peak), "limit": .integer(limit),
            "dataset": .integer(dataset), "overhead": .integer(overhead), "policy": .text(policy),
        ]
    }
}

extension ClientCounts {
    fileprivate var status: JSON {
        [
            "connected": .integer(connected), "blocked": .integer(blocked), "limit": .integer(limit),
            "listening": .integer(listening), "tracking": .integer(tracking),
        ]
    }
}

extension CommandFigures {
    fileprivate var status: JSON {
        [
            "name": .text(name), "calls": .integer(calls), "seconds": .number(seconds),
            "rejected": .integer(rejected), "failed": .integer(failed),
        ]
    }
}

extension DatabaseFigures {
    fileprivate var status: JSON {
        ["index": .integer(index), "keys": .integer(keys), "expiring": .integer(expiring)]
    }
}

extension ReplicaFigures {
    fileprivate func status(_ journalOffset: Int64) -> JSON {
        [
            "address": .text("\(address):\(port)"), "state": .text(state),
            "lagBytes": .integer(max(0, Int(journalOffset - offset))), "lagSeconds": .integer(Int(lag)),
        ]
    }
}

extension PrimaryFigures {
    fileprivate var status: JSON {
        [
            "address": .text("\(host):\(port)"), "isUp": .boolean(isUp), "state": .text(state),
            "silence": .integer(Int(silence)),
        ]
    }
}

extension MigrationFigures {
    fileprivate var status: JSON {
        [
            "name": .text(name.text), "source": .text(source.text), "target": .text(target.text),
            "slots": .text(slots), "slotCount": .integer(slotCount), "isExport": .boolean(isExport),
            "state": .text(state), "message": .text(message), "isOver": .boolean(isOver),
            "createdAt": .integer(Int(createdAt)), "updatedAt": .integer(Int(updatedAt)),
            "keys": .integer(keys), "allKeys": .integer(allKeys), "bytes": .integer(bytes),
        ]
    }
}

extension NodeDetails.SlowCommand {
    fileprivate var status: JSON {
        [
            "id": .integer(id), "time": .integer(Int(time) * 1000), "microseconds": .integer(Int(microseconds)),
            "arguments": .array(arguments.map(JSON.bytes)), "client": .text(client),
        ]
    }
}

extension NodeDetails.Client {
    fileprivate var status: JSON {
        [
            "id": .integer(Int(id)), "address": .text(address), "name": .text(name), "user": .text(user),
            "flags": .text(flags), "command": .text(command), "database": .integer(database),
            "age": .integer(Int(age)), "idle": .integer(Int(idle)), "memory": .integer(memory),
            "received": .integer(received), "sent": .integer(sent), "commands": .integer(commands),
        ]
    }
}

extension NodeDetails.HotKey {
    fileprivate var status: JSON { ["key": .bytes(key), "cost": .integer(cost)] }
}

extension NodeDetails.BigKey {
    fileprivate var status: JSON {
        ["key": .bytes(key), "database": .integer(database), "type": .text(type), "bytes": .integer(bytes)]
    }
}

// MARK: The cluster

extension ClusterPicture {
    fileprivate var status: JSON {
        [
            "me": .text(me.text), "isUp": .boolean(isUp), "epoch": .integer(Int(clamping: currentEpoch)),
            "size": .integer(size), "slotsAssigned": .integer(statistics.slotsAssigned),
            "slotsOk": .integer(statistics.slotsWell), "members": .array(members.map { status(of: $0) }),
            "moving": .array(moving),
        ]
    }

    private func status(of member: Member) -> JSON {
        [
            "name": .text(member.name.text), "host": .text(member.address.host),
            "port": .integer(member.address.port != 0 ? member.address.port : member.address.tlsPort),
            "hostname": .text(member.hostname), "humanName": .text(member.humanName),
            "isPrimary": .boolean(member.isPrimary), "primary": member.primary.map { .text($0.text) } ?? .null,
            "shard": .text(member.shard.text), "state": .text(state(of: member)),
            "isConnected": .boolean(member.isConnected || member.name == me),
            "slots": .array(member.slots.ranges.map { .array([.integer($0.lowerBound), .integer($0.upperBound)]) }),
            "slotCount": .integer(member.slots.count), "epoch": .integer(Int(clamping: member.configEpoch)),
            "offset": .integer(Int(member.offset)),
        ]
    }

    private func state(of member: Member) -> String {
        if member.flags.contains(.failed) { return "failed" }
        if member.flags.contains(.suspected) { return "suspected" }
        return member.flags.contains(.handshake) ? "handshake" : "ok"
    }

    /// Slots that move key by key, in ranges.
    private var moving: [JSON] {
        let out = migrating.map { (slot: $0.key, from: me, to: $0.value) }
        let into = importing.map { (slot: $0.key, from: $0.value, to: me) }
        return (out + into).sorted { $0.slot < $1.slot }.map { move in
            [
                "slot": .integer(move.slot), "from": .text(move.from.text), "to": .text(move.to.text),
            ]
        }
    }
}
