import Primitives
import RESP
import Storage

let connectionCommands: [Command] = [
    Command(
        "ping", .connection, since: "1.0.0", arity: -1, [.fast], syntax: "[message]", complexity: "O(1)",
        summary: "Answers PONG, or the message.", tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
        run: ping),
    Command(
        "echo", .connection, since: "1.0.0", arity: 2, [.loading, .stale, .fast], syntax: "message", complexity: "O(1)",
        summary: "Answers the message.", run: echo),
]

private func ping(_ call: inout Call) throws(CommandError) {
    switch call.arguments.count {
    case 1: call.reply.raw("+PONG\r\n")
    case 2: call.reply.bulk(call.arguments[1])
    default: throw .wrongArity(command: "ping")
    }
}

private func echo(_ call: inout Call) throws(CommandError) { call.reply.bulk(call.arguments[1]) }
