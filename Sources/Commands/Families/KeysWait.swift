import Primitives
import RESP

let waitCommands: [Command] = [
    Command(
        "wait", .generic, since: "3.0.0", arity: 3, [.blocking], [.connection], syntax: "numreplicas timeout",
        complexity: "O(1)",
        summary: "Waits until replicas have acknowledged what this client wrote, or a time has passed.",
        tips: ["request_policy:all_shards", "response_policy:agg_min"], run: wait)
]

private func wait(_ call: inout Call) throws(CommandError) {
    let wanted = try call.integer(1)
    let deadline = try call.deadline(2)
    guard wanted > 0, !call.session.isDeniedBlocking else { return call.reply.integer(0) }
    call.node.block(call.session, until: deadline) { $0.writer.integer(0) }
}

extension Call {
    /// The monotonic time until which to wait, from a timeout in milliseconds; nil for ever.
    fileprivate func deadline(_ index: Int) throws(CommandError) -> Int64? {
        guard let timeout = arguments[index].integer else {
            throw .message("ERR timeout is not an integer or out of range")
        }
        if timeout < 0 { throw .message("ERR timeout is negative") }
        if timeout == 0 { return nil }
        let (deadline, overflowed) = timeout.addingReportingOverflow(node.monotonic)
        if overflowed { throw .message("ERR timeout is out of range") }
        return deadline
    }
}
