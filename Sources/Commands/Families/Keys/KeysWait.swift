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
    let wanted = try call.integer(1)
    let deadline = try call.deadline(milliseconds: 2)
    guard wanted > 0 else { return call.reply.integer(0) }
    call.block(until: deadline) { $0.integer(0) }
}

private func waitForDisk(_ call: inout Call) throws(CommandError) {
    let local = try call.integer(1)
    guard 0...1 ~= local else { throw .message("ERR value is out of range, must be between 0 and 1") }
    let replicas = try call.integer(2)
    guard replicas >= 0 else { throw .message("ERR value is out of range, must be positive") }
    let deadline = try call.deadline(milliseconds: 3)
    let node = call.node
    guard local == 0 || node.appendOnlyLog?.figures.isOn == true else {
        throw .noLogToWaitFor
    }
    let offset = call.keyspace.journal.offset
    let answer: (inout ReplyWriter) -> Void = { [unowned node] reply in
        reply.array(2)
        reply.integer(node.isSynchronized(offset) ? 1 : 0)
        reply.integer(0)
    }
    if replicas == 0, local == 0 || node.isSynchronized(offset) { return answer(&call.reply) }
    call.block(until: deadline, onTimeout: answer)
    if local > 0 || replicas == 0 {
        node.awaitSynchronization(call.session, offset, needsReplicas: replicas > 0)
    }
}

extension CommandError {
    /// The answer to who waits for a log that is off.
    static var noLogToWaitFor: CommandError {
        .message("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
    }
}

extension Node {
    fileprivate func isSynchronized(_ offset: Int64) -> Bool {
        guard let figures = appendOnlyLog?.figures, figures.isOn else { return false }
        return figures.synchronizedOffset >= offset
    }
}
