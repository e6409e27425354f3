import Commands
import Primitives
import RESP
import Settings

/// What turns a node into a replica, or into a primary.
let replicaCommands: [Command] = [
    Command(
        "replicaof", .server, since: "5.0.0", arity: 3, [.admin, .noscript, .stale, .noAsyncLoading],
        syntax: "(host port|NO ONE)", complexity: "O(1)",
        summary: "Makes the node a replica of another, or with NO ONE a primary.", run: followOrLead),
    Command(
        "slaveof", .server, since: "1.0.0", arity: 3, [.admin, .noscript, .stale, .noAsyncLoading],
        syntax: "(host port|NO ONE)", complexity: "O(1)",
        summary: "Makes the node a replica of another, or with NO ONE a primary.",
        deprecated: Command.Deprecation(since: "5.0.0", replacement: "`REPLICAOF`"), run: followOrLead),
    Command(
        "failover", .server, since: "6.2.0", arity: -1, [.admin, .noscript, .stale],
        syntax: "[TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]", complexity: "O(1)",
        summary: "Hands over to a replica, without losing what was written.", run: failover),
]

private func replica(_ call: Call) throws(CommandError) -> Replica {
    guard let replication = call.node.replication as? Replication else {
        throw .message("ERR There is no replication.")
    }
    return replication.replica
}

// MARK: REPLICAOF

private func followOrLead(_ call: inout Call) throws(CommandError) {
    if call.node.settings.clusterEnabled { throw .message("ERR REPLICAOF not allowed in cluster mode.") }
    let replica = try replica(call)
    if replica.failover.isUnderWay { throw .message("ERR REPLICAOF not allowed while failing over.") }
    let (host, port) = (call.arguments[1], call.arguments[2])
    if host.equals(ignoringCase: "no"), port.equals(ignoringCase: "one") { return lead(replica, &call) }
    if call.session.isReplica { throw .message("ERR Command is not valid when client is a replica.") }
    guard let number = port.integer else { throw .notInteger }
    guard (0...65535).contains(number) else { throw .message("ERR Invalid master port") }
    let address = PrimaryAddress(host: String(host), port: Int(number))
    if replica.primary == address {
        call.node.log(
            .notice,
            "REPLICAOF would result into synchronization with the master we are already connected with. No operation "
                + "performed.")
        return call.reply.simple("OK Already connected to specified master")
    }
    replica.follow(address)
    call.node.log(
        .notice, "REPLICAOF \(address.host):\(address.port) enabled (user request from '\(call.sessionLine)')")
    call.reply.ok()
}

private func lead(_ replica: Replica, _ call: inout Call) {
    if replica.primary != nil {
        replica.followNobody()
        call.node.log(.notice, "MASTER MODE enabled (user request from '\(call.sessionLine)')")
    }
    call.reply.ok()
}

// MARK: FAILOVER

/// What FAILOVER was told.
private struct FailoverOptions {
    var target: PrimaryAddress?
    var (isForced, isAborted) = (false, false)
    var timeout: Int64?

    init(_ call: Call) throws(CommandError) {
        var options = call.options(from: 1)
        while !options.isAtEnd {
            if timeout == nil, options.take("timeout") {
                guard let value = try options.next().integer else { throw .notInteger }
                guard value > 0 else { throw .message("ERR FAILOVER timeout must be greater than 0") }
                timeout = value
            } else if call.arguments.count == 2, options.take("abort") {
                isAborted = true
            } else if target == nil, options.take("to") {
                let host = String(try options.next())
                guard let port = try options.next().integer else { throw .notInteger }
                target = PrimaryAddress(host: host, port: Int(clamping: port))
            } else if target != nil, !isForced, options.take("force") {
                isForced = true
            } else {
                throw .syntax
            }
        }
    }
}

private func failover(_ call: inout Call) throws(CommandError) {
    if call.node.settings.clusterEnabled { throw .message("ERR FAILOVER not allowed in cluster mode.") }
    let options = try FailoverOptions(call)
    let replica = try replica(call)
    if options.isAborted {
        guard replica.failover.isUnderWay else { throw .message("ERR No failover in progress.") }
        replica.abortFailover("Failover manually aborted")
        return call.reply.ok()
    }
    try check(options, replica, call.node)
    replica.beginFailover(
        Failover.Wish(
            target: options.target, deadline: options.timeout.map { call.node.monotonic + $0 },
            isForced: options.isForced))
    call.reply.ok()
}

private func check(_ options: FailoverOptions, _ replica: Replica, _ node: Node) throws(CommandError) {
    if replica.failover.isUnderWay { throw .message("ERR FAILOVER already in progress.") }
    if replica.primary != nil { throw .message("ERR FAILOVER is not valid when server is a replica.") }
    let replicas = node.replication?.figures.replicas ?? []
    if replicas.isEmpty { throw .message("ERR FAILOVER requires connected replicas.") }
    if options.isForced, options.timeout == nil || options.target == nil {
        throw .message("ERR FAILOVER with force option requires both a timeout and target HOST and IP.")
    }
    guard let target = options.target else { return }
    guard let found = replicas.first(where: { $0.address == target.host && $0.port == target.port }) else {
        throw .message("ERR FAILOVER target HOST and PORT is not a replica.")
    }
    if found.state != "online" { throw .message("ERR FAILOVER target replica is not online.") }
}
