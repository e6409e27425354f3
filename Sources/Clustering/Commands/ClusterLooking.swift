import Commands
import Gossip
import Primitives
import RESP

/// Subcommands of CLUSTER that tell of the cluster as this node sees it.
let lookingSubcommands: [Command] = [
    Command(
        "myid", .cluster, since: "3.0.0", arity: 2, [.loading, .stale], complexity: "O(1)",
        summary: "Tells the name of the node."
    ) { call throws(CommandError) in call.reply.bulk(try call.cluster().bus.access { $0.name }.text) },
    Command(
        "myshardid", .cluster, since: "7.2.0", arity: 2, [.loading, .stale], complexity: "O(1)",
        summary: "Tells the name of the node's shard.", tips: ["nondeterministic_output"]
    ) { call throws(CommandError) in call.reply.bulk(try call.cluster().bus.access { $0.myself.shard }.text) },
    Command(
        "info", .cluster, since: "3.0.0", arity: 2, [.loading, .stale], complexity: "O(1)",
        summary: "Tells how the cluster is.", tips: ["nondeterministic_output"]
    ) { call throws(CommandError) in call.reply.verbatim(information(try call.cluster())) },
    Command(
        "nodes", .cluster, since: "3.0.0", arity: 2, [.loading, .stale], complexity: "O(N) with N nodes.",
        summary: "Lists all nodes, a line for each, as the node's own file has them.",
        tips: ["nondeterministic_output"], run: nodes),
    Command(
        "replicas", .cluster, since: "5.0.0", arity: 3, [.admin, .stale], syntax: "node-id",
        complexity: "O(N) with N replicas.", summary: "Lists the replicas of a primary.",
        tips: ["nondeterministic_output"], run: replicas),
    Command(
        "slaves", .cluster, since: "3.0.0", arity: 3, [.admin, .stale], syntax: "node-id",
        complexity: "O(N) with N replicas.", summary: "Lists the replicas of a primary.",
        tips: ["nondeterministic_output"],
        deprecated: Command.Deprecation(since: "5.0.0", replacement: "`CLUSTER REPLICAS`"), run: replicas),
    Command(
        "count-failure-reports", .cluster, since: "3.0.0", arity: 3, [.admin, .stale], syntax: "node-id",
        complexity: "O(N) with N reports.", summary: "Tells how many nodes say that a node has failed.",
        tips: ["nondeterministic_output"]
    ) { call throws(CommandError) in
        let (name, now) = (try call.knownMember(2).name, call.keyspace.now)
        call.reply.integer(try call.cluster().bus.access { $0.failureReports(of: name, now: now) } ?? 0)
    },
]

// MARK: INFO

private func information(_ cluster: Cluster) -> String {
    let (overLimit, traffic) = (cluster.bus.linksOverLimit, cluster.bus.traffic)
    let lines: [(String, String)] = cluster.bus.access { bus in
        let counts = bus.statistics
        let assigned = counts.slotsWell + counts.slotsSuspected + counts.slotsFailed
        let members = bus.members
        return [
            ("cluster_state", bus.isUp ? "ok" : "fail"), ("cluster_slots_assigned", "\(assigned)"),
            ("cluster_slots_ok", "\(counts.slotsWell)"), ("cluster_slots_pfail", "\(counts.slotsSuspected)"),
            ("cluster_slots_fail", "\(counts.slotsFailed)"), ("cluster_known_nodes", "\(members.count)"),
            ("cluster_size", "\(bus.size)"), ("cluster_current_epoch", "\(bus.currentEpoch)"),
            ("cluster_my_epoch", "\(bus.myself.configEpoch)"),
        ] + messageLines(counts.sent, "sent") + messageLines(counts.received, "received")
            + [("total_cluster_links_buffer_limit_exceeded", "\(overLimit)")] + failureLines(members)
            + trafficLines(traffic.sent, "sent") + trafficLines(traffic.received, "received")
    }
    return (lines + cluster.slotMigrations.information).map { "\($0):\($1)\r\n" }.joined()
}

/// Counters of messages, those that are not zero by type, and their sum.
private func messageLines(_ counts: [String: Int], _ direction: String) -> [(String, String)] {
    let types = [
        "ping", "pong", "meet", "fail", "publish", "auth-req", "auth-ack", "update", "mfstart", "module",
        "publishshard",
    ]
    let known = types.filter { counts[$0, default: 0] > 0 }
    let sum = counts.values.reduce(0, +)
    return known.map { ("cluster_stats_messages_\($0)_\(direction)", "\(counts[$0, default: 0])") }
        + [("cluster_stats_messages_\(direction)", "\(sum)")]
}

/// Bytes of messages, and those of messages that are passed on.
private func trafficLines(_ bytes: BusTraffic.Amounts, _ direction: String) -> [(String, String)] {
    [
        ("cluster_stats_bytes_\(direction)", "\(bytes.all)"),
        ("cluster_stats_pubsub_bytes_\(direction)", "\(bytes.published)"),
        ("cluster_stats_module_bytes_\(direction)", "\(bytes.ofModules)"),
    ]
}

/// Nodes that do not answer, and those among them that vote.
private func failureLines(_ members: [Member]) -> [(String, String)] {
    let voting = members.filter { $0.isPrimary && !$0.slots.isEmpty }
    return [
        ("cluster_nodes_pfail", "\(members.count { $0.flags.contains(.suspected) })"),
        ("cluster_nodes_fail", "\(members.count { $0.flags.contains(.failed) })"),
        ("cluster_voting_nodes_pfail", "\(voting.count { $0.flags.contains(.suspected) })"),
        ("cluster_voting_nodes_fail", "\(voting.count { $0.flags.contains(.failed) })"),
    ]
}

extension SlotMigrations {
    /// What Redis 8.4 tells of slots that go or come, and of keys that are removed since they were not taken.
    fileprivate var information: [(String, String)] {
        let keyspace = node.keyspace
        let left = (removals.current?.slots.slots ?? []).reduce(0) { sum, slot in
            (0..<keyspace.databaseCount).reduce(sum) { $0 + keyspace.keyCount(inSlot: slot, $1) }
        }
        let figures = [
            ("active_tasks", activeTasks), ("active_trim_running", removals.count),
            ("active_trim_current_job_keys", removals.removedKeys + left),
            ("active_trim_current_job_trimmed", removals.removedKeys), ("stats_active_trim_started", removals.begun),
            ("stats_active_trim_completed", removals.finished), ("stats_active_trim_cancelled", removals.left),
        ]
        return figures.map { ("cluster_slot_migration_\($0)", "\($1)") }
    }
}

// MARK: Lines of nodes

private func nodes(_ call: inout Call) throws(CommandError) {
    let file = try call.cluster().bus.access(view)
    call.reply.verbatim(String(decoding: file.lines(form(for: call.session)), as: UTF8.self))
}

private func form(for session: Session) -> NodesFile.Form {
    .reply(usesTLS: session.usesTLS, overIPv6: session.usesIPv6)
}

/// All that a line of a node can tell.
private func view(_ bus: inout ClusterBus) -> NodesFile {
    var file = NodesFile()
    file.nodes = bus.members.map(NodesFile.Node.init)
    (file.migrating, file.importing) = (bus.migrating, bus.importing)
    return file
}

private func replicas(_ call: inout Call) throws(CommandError) {
    let primary = try call.knownMember(2)
    guard primary.isPrimary else { throw .message("ERR The specified node is not a master") }
    let found = try call.cluster().bus.access { $0.members.filter { $0.primary == primary.name } }
    call.reply.array(found.count)
    for replica in found {
        var line: [UInt8] = []
        NodesFile.Node(replica).append(form(for: call.session), to: &line)
        line.withBytes { call.reply.bulk($0) }
    }
}
