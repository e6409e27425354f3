import Clustering
import Commands
import Gossip

// What the page shows, as JSON. Times are in milliseconds since 1970 where nothing else is said.

extension Observation {
    /// What is answered to the page, once a second.
    public var statusResponse: HTTPResponse {
        HTTPResponse(200, "application/json", status.text)
    }

    var status: JSON {
        .object([
            ("version", .string(Release.apus)), ("process", process.status),
            ("latencyBoundsMicroseconds", .array(NodeFigures.latencyBounds.map { .integer($0) })),
            ("nodes", .array(nodes.map(\.status))), ("silent", .array(silentPorts.map { .integer($0) })),
            ("cluster", nodes.lazy.compactMap(\.cluster).first?.status ?? .null),
            ("events", .array(events.map(\.status))),
        ])
    }
}

extension ProcessFigures {
    fileprivate var status: JSON {
        .object([
            ("id", .integer(processID)), ("residentBytes", .integer(residentBytes)),
            ("cpuSeconds", .number(systemSeconds + userSeconds)), ("openDescriptors", .integer(openDescriptors)),
        ])
    }
}

extension LoggedEvent {
    fileprivate var status: JSON {
        .object([
            ("id", .integer(id)), ("time", .integer(Int(time))), ("node", node.map { .integer($0) } ?? .null),
            ("isWarning", .bool(isWarning)), ("text", .string(text)),
        ])
    }
}

// MARK: Nodes

extension NodeObservation {
    fileprivate var status: JSON {
        .object(
            standing + counters
                + [
                    ("memory", figures.memory.status), ("clients", figures.clients.status),
                    ("latency", latency), ("commands", .array(figures.commands.map(\.status))),
                    ("databases", .array(figures.databases.map(\.status))),
                    ("replicas", .array(figures.replication.replicas.map { $0.status(figures.journalOffset) })),
                    ("primary", figures.replication.primary?.status ?? .null),
                    ("migrations", .array(migrations.map(\.status))),
                ] + detailMembers)
    }

    private var standing: [(String, JSON)] {
        let health = figures.health
        return [
            ("port", .integer(port)), ("time", .integer(Int(figures.takenAt))),
            ("startedAt", .integer(Int(figures.startedAt))),
            ("role", .string(health.isReplica ? "replica" : "primary")),
            ("objection", health.objection.map { .string($0) } ?? .null),
            ("offset", .integer(Int(figures.journalOffset))), ("name", cluster.map { .string($0.me.text) } ?? .null),
            ("saving", .bool(figures.saving.isSaving || figures.log.isRewriting)),
            ("loadedPercent", figures.loading.map { .number($0.share) } ?? .null),
        ]
    }

    private var counters: [(String, JSON)] {
        let (node, keys) = (figures.statistics, figures.keyspace)
        return [
            ("commandsProcessed", .integer(node.commandsProcessed)), ("errorReplies", .integer(node.errorReplies)),
            ("hits", .integer(keys.hits)), ("misses", .integer(keys.misses)), ("expired", .integer(keys.expired)),
            ("evicted", .integer(keys.evicted)), ("inputBytes", .integer(node.netInputBytes)),
            ("outputBytes", .integer(node.netOutputBytes)), ("busySeconds", .number(figures.loopSeconds)),
            ("cpuSeconds", .number(figures.threadSystemSeconds + figures.threadUserSeconds)),
            ("connectionsReceived", .integer(node.connectionsReceived)),
        ]
    }

    /// The histograms of all commands together.
    private var latency: JSON {
        var (sums, total) = ([Int](repeating: 0, count: NodeFigures.latencyBounds.count), 0)
        for case let latency? in figures.commands.map(\.latency) {
            for (index, count) in latency.upTo.enumerated() { sums[index] += count }
            total += latency.total
        }
        return .object([("upTo", .array(sums.map { .integer($0) })), ("total", .integer(total))])
    }

    /// What may not be seen is null.
    private var detailMembers: [(String, JSON)] {
        guard let details else { return [] }
        return [
            ("slowLog", details.slowCommands.map { .array($0.map(\.status)) } ?? .null),
            ("clientList", details.clients.map { .array($0.map(\.status)) } ?? .null),
            (
                "hotKeys",
                details.hotKeys.map {
                    .object([
                        ("byTime", .array($0.byTime.map(\.status))), ("byTraffic", .array($0.byTraffic.map(\.status))),
                    ])
                } ?? .null
            ),
        ]
    }
}

extension NodeMemory {
    fileprivate var status: JSON {
        .object([
            ("used", .integer(used)), ("peak", .integer(peak)), ("limit", .integer(limit)),
            ("dataset", .integer(dataset)), ("overhead", .integer(overhead)), ("policy", .string(policy)),
        ])
    }
}

extension ClientCounts {
    fileprivate var status: JSON {
        .object([
            ("connected", .integer(connected)), ("blocked", .integer(blocked)), ("limit", .integer(limit)),
            ("listening", .integer(listening)), ("tracking", .integer(tracking)),
        ])
    }
}

extension CommandFigures {
    fileprivate var status: JSON {
        .object([
            ("name", .string(name)), ("calls", .integer(calls)), ("seconds", .number(seconds)),
            ("rejected", .integer(rejected)), ("failed", .integer(failed)),
        ])
    }
}

extension DatabaseFigures {
    fileprivate var status: JSON {
        .object([("index", .integer(index)), ("keys", .integer(keys)), ("expiring", .integer(expiring))])
    }
}

extension ReplicaFigures {
    fileprivate func status(_ journalOffset: Int64) -> JSON {
        .object([
            ("address", .string("\(address):\(port)")), ("state", .string(state)),
            ("lagBytes", .integer(max(0, Int(journalOffset - offset)))), ("lagSeconds", .integer(Int(lag))),
        ])
    }
}

extension PrimaryFigures {
    fileprivate var status: JSON {
        .object([
            ("address", .string("\(host):\(port)")), ("isUp", .bool(isUp)), ("state", .string(state)),
            ("silence", .integer(Int(silence))),
        ])
    }
}

extension MigrationFigures {
    fileprivate var status: JSON {
        .object([
            ("name", .string(name.text)), ("source", .string(source.text)), ("target", .string(target.text)),
            ("slots", .string(slots)), ("slotCount", .integer(slotCount)), ("isExport", .bool(isExport)),
            ("state", .string(state)), ("message", .string(message)), ("isOver", .bool(isOver)),
            ("createdAt", .integer(Int(createdAt))), ("updatedAt", .integer(Int(updatedAt))),
            ("keys", .integer(keys)), ("allKeys", .integer(allKeys)), ("bytes", .integer(bytes)),
        ])
    }
}

extension NodeDetails.SlowCommand {
    fileprivate var status: JSON {
        .object([
            ("id", .integer(id)), ("time", .integer(Int(time) * 1000)), ("microseconds", .integer(Int(microseconds))),
            ("arguments", .array(arguments.map(JSON.text))), ("client", .string(client)),
        ])
    }
}

extension NodeDetails.Client {
    fileprivate var status: JSON {
        .object([
            ("id", .integer(Int(id))), ("address", .string(address)), ("name", .string(name)), ("user", .string(user)),
            ("flags", .string(flags)), ("command", .string(command)), ("database", .integer(database)),
            ("age", .integer(Int(age))), ("idle", .integer(Int(idle))), ("memory", .integer(memory)),
            ("received", .integer(received)), ("sent", .integer(sent)), ("commands", .integer(commands)),
        ])
    }
}

extension NodeDetails.HotKey {
    fileprivate var status: JSON { .object([("key", .text(key)), ("cost", .integer(cost))]) }
}

// MARK: The cluster

extension ClusterPicture {
    fileprivate var status: JSON {
        .object([
            ("me", .string(me.text)), ("isUp", .bool(isUp)), ("epoch", .integer(Int(clamping: currentEpoch))),
            ("size", .integer(size)), ("slotsAssigned", .integer(statistics.slotsAssigned)),
            ("slotsOk", .integer(statistics.slotsWell)), ("members", .array(members.map { status(of: $0) })),
            ("moving", .array(moving)),
        ])
    }

    private func status(of member: Member) -> JSON {
        .object([
            ("name", .string(member.name.text)), ("host", .string(member.address.host)),
            ("port", .integer(member.address.port != 0 ? member.address.port : member.address.tlsPort)),
            ("hostname", .string(member.hostname)), ("humanName", .string(member.humanName)),
            ("isPrimary", .bool(member.isPrimary)), ("primary", member.primary.map { .string($0.text) } ?? .null),
            ("shard", .string(member.shard.text)), ("state", .string(state(of: member))),
            ("isConnected", .bool(member.isConnected || member.name == me)),
            ("slots", .array(member.slots.ranges.map { .array([.integer($0.lowerBound), .integer($0.upperBound)]) })),
            ("slotCount", .integer(member.slots.count)), ("epoch", .integer(Int(clamping: member.configEpoch))),
            ("offset", .integer(Int(member.offset))),
        ])
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
            .object([
                ("slot", .integer(move.slot)), ("from", .string(move.from.text)), ("to", .string(move.to.text)),
            ])
        }
    }
}
