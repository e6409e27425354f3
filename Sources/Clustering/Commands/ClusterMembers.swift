import Commands
import Gossip
import Primitives
import RESP
import Replication
import Storage

/// Subcommands of CLUSTER that change who is in the cluster, and as what.
let memberSubcommands: [Command] = [
    Command(
        "meet", .cluster, since: "3.0.0", arity: -4, orderFlags, syntax: "ip port [cluster-bus-port]",
        complexity: "O(1)", summary: "Joins this node's cluster and that of another node.", run: meet),
    Command(
        "form", .cluster, since: "7.2.4", arity: -2, orderFlags, syntax: "[node-id]",
        complexity: "O(N) with N shards.",
        summary: "Tells another node how far this one has come with forming a cluster.", run: form),
    Command(
        "forget", .cluster, since: "3.0.0", arity: 3, orderFlags, syntax: "node-id", complexity: "O(1)",
        summary: "Takes a node out of the cluster."
    ) { call throws(CommandError) in
        guard let name = NodeName(digits: call.arguments[2].buffer) else {
            throw .text("ERR Unknown node \(call.arguments[2].echoed())")
        }
        try call.confirm(call.order(.forget(name)))
    },
    Command(
        "replicate", .cluster, since: "3.0.0", arity: -3, orderFlags, syntax: "(node-id|NO ONE)", complexity: "O(1)",
        summary: "Makes the node a replica of a primary, or with NO ONE an empty primary.", run: replicate),
    Command(
        "failover", .cluster, since: "3.0.0", arity: -2, orderFlags, syntax: "[FORCE|TAKEOVER]", complexity: "O(1)",
        summary: "Has this replica take its primary's place.", run: failOver),
    Command(
        "reset", .cluster, since: "3.0.0", arity: -2, [.admin, .noscript, .stale], syntax: "[HARD|SOFT]",
        complexity: "O(N) with N known nodes.", summary: "Has the node forget its cluster.", run: reset),
    Command(
        "set-config-epoch", .cluster, since: "3.0.0", arity: 3, orderFlags, syntax: "config-epoch",
        complexity: "O(1)", summary: "Gives a new node its epoch.", run: setEpoch),
    Command(
        "bumpepoch", .cluster, since: "3.0.0", arity: 2, orderFlags, complexity: "O(1)",
        summary: "Gives the node the highest epoch.", tips: ["nondeterministic_output"], run: bumpEpoch),
    Command(
        "saveconfig", .cluster, since: "3.0.0", arity: 2, orderFlags, complexity: "O(1)",
        summary: "Writes the node's file of the cluster."
    ) { call throws(CommandError) in
        try call.confirm(call.order(.save))
    },
]

private func meet(_ call: inout Call) throws(CommandError) {
    try call.requireCluster()
    guard call.arguments.count <= 5 else { throw call.wrongSubcommand }
    let (host, text) = (String(call.arguments[2]), call.arguments[3])
    guard let port = text.integer else { throw .text("ERR Invalid base port specified: \(text.echoed())") }
    var busPort = port &+ 10_000
    if call.arguments.count > 4 {
        guard let number = call.arguments[4].integer else {
            throw .text("ERR Invalid bus port specified: \(call.arguments[4].echoed())")
        }
        busPort = number
    }
    guard (1...65_535).contains(port), (1...65_535).contains(busPort) else {
        throw .text("ERR Invalid node address specified: \(call.arguments[2].echoed()):\(text.echoed())")
    }
    try call.confirm(call.order(.meet(host: host, port: Int(port), busPort: Int(busPort))))
}

/// What is posted, and whether the node that asks is known here.
private func form(_ call: inout Call) throws(CommandError) {
    let cluster = try call.cluster()
    guard let board = cluster.formingBoard else {
        throw .message("ERR This node looks for no cluster: cluster-join is not set.")
    }
    guard call.arguments.count <= 3 else { throw call.wrongSubcommand }
    let asker = call.arguments.count > 2 ? try call.member(2) : nil
    call.reply.bulk(String(decoding: board.posted + (asker == nil ? [] : board.acquaintance), as: UTF8.self))
}

// MARK: Primaries and replicas

private func replicate(_ call: inout Call) throws(CommandError) {
    let cluster = try call.cluster()
    let isNobody =
        call.arguments.count == 4 && call.arguments[2].equals(ignoringCase: "no")
        && call.arguments[3].equals(ignoringCase: "one")
    guard isNobody || call.arguments.count == 3 else { throw call.wrongSubcommand }
    if isNobody { return try replicateNobody(&call, cluster) }
    let primary = try call.knownMember(2)
    let myself = cluster.bus.access { $0.myself }
    if primary.name == myself.name { throw .message("ERR Can't replicate myself") }
    if primary.isReplica { throw .message("ERR I can only replicate a master, not a replica.") }
    if myself.isPrimary, !myself.slots.isEmpty || !call.keyspace.isEmpty {
        throw .message("ERR To set a master the node must be empty and without assigned slots.")
    }
    try call.confirm(call.order(.replicate(primary.name)))
}

private func replicateNobody(_ call: inout Call, _ cluster: Cluster) throws(CommandError) {
    guard cluster.bus.access({ $0.myself.isReplica }) else { return call.reply.ok() }
    let order = try call.order(.replicate(nil))
    call.leaveDataBehind(cluster)
    try call.confirm(order)
}

private func failOver(_ call: inout Call) throws(CommandError) {
    try call.requireCluster()
    guard call.arguments.count <= 3 else { throw call.wrongSubcommand }
    var options = call.options(from: 2)
    var mode = FailoverMode.inOrder
    if !options.isAtEnd {
        if options.take("force") { mode = .forced } else if options.take("takeover") { mode = .takeover }
    }
    guard options.isAtEnd else { throw .syntax }
    try call.confirm(call.order(.failover(mode)))
}

private func reset(_ call: inout Call) throws(CommandError) {
    let cluster = try call.cluster()
    guard call.arguments.count <= 3 else { throw call.wrongSubcommand }
    var options = call.options(from: 2)
    var isHard = false
    if !options.isAtEnd {
        isHard = options.take("hard")
        if !isHard { _ = options.take("soft") }
    }
    guard options.isAtEnd else { throw .syntax }
    let wasReplica = cluster.bus.access { $0.myself.isReplica }
    if !wasReplica, !call.keyspace.isEmpty {
        throw .message("ERR CLUSTER RESET can't be called with master nodes containing keys")
    }
    let order = try call.order(.reset(isHard: isHard))
    if wasReplica { call.leaveDataBehind(cluster) }
    try call.confirm(order)
}

extension Call {
    /// The node has become a primary of nothing: what it had was another's.
    fileprivate mutating func leaveDataBehind(_ cluster: Cluster) {
        cluster.replication.replica.followNobody()
        keyspace.flush(nil, later: true)
        recordEffect(1) { $0.append("FLUSHALL") }
    }
}

// MARK: Epochs

private func setEpoch(_ call: inout Call) throws(CommandError) {
    try call.requireCluster()
    let epoch = try call.integer(2)
    guard epoch >= 0 else { throw .text("ERR Invalid config epoch specified: \(epoch)") }
    try call.confirm(call.order(.setConfigEpoch(UInt64(epoch))))
}

private func bumpEpoch(_ call: inout Call) throws(CommandError) {
    let cluster = try call.cluster()
    let before = cluster.bus.access { $0.myself.configEpoch }
    let order = try call.order(.bumpEpoch)
    let after = cluster.bus.access { $0.myself.configEpoch }
    try call.confirm(order, "\(after == before ? "STILL" : "BUMPED") \(after)")
}
