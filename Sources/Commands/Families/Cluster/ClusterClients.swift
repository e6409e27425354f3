import Primitives
import RESP

/// What a client of a cluster says of itself.
let clusterClientCommands: [Command] = [
    Command(
        "asking", .cluster, since: "3.0.0", arity: 1, [.fast], [.connection], complexity: "O(1)",
        summary: "Lets the next command use a slot that is on its way here.", run: asking),
    Command(
        "readonly", .cluster, since: "3.0.0", arity: 1, [.loading, .stale, .fast], [.connection], complexity: "O(1)",
        summary: "Lets the client read from a replica.",
        run: { call throws(CommandError) in try setReading(call, fromReplicas: true) }),
    Command(
        "readwrite", .cluster, since: "3.0.0", arity: 1, [.loading, .stale, .fast], [.connection], complexity: "O(1)",
        summary: "Has the client sent to the primary for reads too.",
        run: { call throws(CommandError) in try setReading(call, fromReplicas: false) }),
]

private func asking(_ call: inout Call) throws(CommandError) {
    try call.requireCluster()
    call.session.attention.insert(.asking)
    call.reply.ok()
}

private func setReading(_ call: Call, fromReplicas reads: Bool) throws(CommandError) {
    try call.requireCluster()
    call.session.readsReplica = reads
    call.reply.ok()
}

extension Call {
    /// Throws where the node is not one of a cluster.
    public func requireCluster() throws(CommandError) {
        guard node.isClustered else { throw .message("ERR This instance has cluster support disabled") }
    }
}
