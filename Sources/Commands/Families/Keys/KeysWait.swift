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
    let deadline = try call.deadline(milliseconds: 2)
    guard wanted > 0 else { return call.reply.integer(0) }
    call.block(until: deadline) { $0.integer(0) }
}
