import Primitives
import RESP

let waitCommands: [Command] = [
    Command(
        "wait", .generic, since: "3.0.0", arity: 3, [.blocking], [.connection], syntax: "numreplicas timeout",
        complexity: "O(1)",
        summary: "Waits until replicas have acknowledged what this client wrote, or a time has passed.",
        tips: ["request_policy:all_shards", "response_policy:agg_min"], run: wait),
    Command(
        "waitaof", .generic, since: "7.2.0", arity: 4, [.blocking], [.connection],
        syntax: "numlocal numreplicas timeout", complexity: "O(1)",
        summary: "Waits until what this client wrote is on the disk, here and at replicas, or a time has passed.",
        tips: ["request_policy:all_shards", "response_policy:agg_min"], run: waitForDisk),
]

private func wait(_ call: inout Call) throws(CommandError) {
    if call.node.isReplica {
        throw .message(
            """
            ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is \
            configured to be writable (which is not the default) writes to replicas are just local and are not propagated.
            """)
    }
    let wanted = try call.integer(1)
    let deadline = try call.deadline(milliseconds: 2)
    let promise = AwaitedPromise(offset: call.session.writtenOffset, count: Int(clamping: wanted))
    let node = call.node
    let answer: (inout ReplyWriter) -> Void = { [unowned node] in $0.integer(Int64(node.replicaCount(promise))) }
    if node.isKept(promise) { return answer(&call.reply) }
    call.block(until: deadline, onTimeout: answer)
    node.awaitAcknowledgements(call.session, promise)
}

private func waitForDisk(_ call: inout Call) throws(CommandError) {
    let local = try call.integer(1)
    guard 0...1 ~= local else { throw .message("ERR value is out of range, must be between 0 and 1") }
    let replicas = try call.integer(2)
    guard replicas >= 0 else { throw .message("ERR value is out of range, must be positive") }
    let deadline = try call.deadline(milliseconds: 3)
    let node = call.node
    if node.isReplica {
        throw .message(
            """
            ERR WAITAOF cannot be used with replica instances. Please also note that writes on replicas are just local \
            and are not propagated.
            """)
    }
    guard local == 0 || node.appendOnlyLog?.figures.isOn == true else {
        throw .noLogToWaitFor
    }
    var promise = AwaitedPromise(offset: call.session.writtenOffset, count: Int(clamping: replicas), isOnDisk: true)
    promise.ownOffset = call.keyspace.journal.offset
    promise.isOnOwnDisk = local == 1
    let answer: (inout ReplyWriter) -> Void = { [unowned node] reply in
        reply.array(2)
        reply.integer(node.isSynchronized(promise.ownOffset) ? 1 : 0)
        reply.integer(Int64(node.replicaCount(promise)))
    }
    if node.isKept(promise) { return answer(&call.reply) }
    call.block(until: deadline, onTimeout: answer)
    node.awaitAcknowledgements(call.session, promise)
}

extension CommandError {
    /// The answer to who waits for a log that is off.
    static var noLogToWaitFor: CommandError {
        .message("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
    }
}
