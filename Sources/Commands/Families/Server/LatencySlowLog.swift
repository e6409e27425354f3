import Primitives
import RESP
import Storage

private let flags: CommandFlags = [.admin, .loading, .stale]
private let getTips = ["request_policy:all_nodes", "nondeterministic_output"]
private let lengthTips = ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"]
private let resetTips = ["request_policy:all_nodes", "response_policy:all_succeeded"]

let slowLogCommands: [Command] = [
    Command(
        "slowlog", .server, since: "2.2.12", summary: "Tells of slow commands.",
        subcommands: [
            Command(
                "get", .server, since: "2.2.12", arity: -2, flags, syntax: "[count]",
                complexity: "O(N) with N records returned.", summary: "Returns slow commands, the latest first.",
                tips: getTips, run: get),
            Command(
                "len", .server, since: "2.2.12", arity: 2, flags, complexity: "O(1)",
                summary: "Returns the number of recorded slow commands.", tips: lengthTips, run: length),
            Command(
                "reset", .server, since: "2.2.12", arity: 2, flags, complexity: "O(N) with N records.",
                summary: "Forgets the recorded slow commands.", tips: resetTips, run: reset),
            .help(for: "slowlog", .server, since: "6.2.0"),
        ]),
    Command(
        "commandlog", .server, since: "8.1.0", summary: "Tells of commands that were slow or large.",
        subcommands: [
            Command(
                "get", .server, since: "8.1.0", arity: 4, flags, syntax: "count (SLOW|LARGE-REQUEST|LARGE-REPLY)",
                complexity: "O(N) with N records returned.", summary: "Returns such commands, the latest first.",
                tips: getTips, run: commandLogGet),
            Command(
                "len", .server, since: "8.1.0", arity: 3, flags, syntax: "(SLOW|LARGE-REQUEST|LARGE-REPLY)",
                complexity: "O(1)", summary: "Returns the number of such commands recorded.", tips: lengthTips,
                run: commandLogLength),
            Command(
                "reset", .server, since: "8.1.0", arity: 3, flags, syntax: "(SLOW|LARGE-REQUEST|LARGE-REPLY)",
                complexity: "O(N) with N records.", summary: "Forgets such commands.", tips: resetTips,
                run: commandLogReset),
            .help(for: "commandlog", .server, since: "8.1.0"),
        ]),
]

extension CommandError {
    /// Where the reference counts the arguments of a subcommand itself.
    fileprivate static func subcommandSyntax(_ name: Bytes, of command: StaticString) -> CommandError {
        .text("ERR unknown subcommand or wrong number of arguments for '\(name.echoed())'. Try \(command) HELP.")
    }
}

private func get(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count <= 3 else { throw .subcommandSyntax(call.arguments[1], of: "SLOWLOG") }
    writeRecords(of: call.node.slowLog, try call.arguments.count == 3 ? count(call) : 10, call)
}

/// The number of records that is asked for.
private func count(_ call: Call) throws(CommandError) -> Int {
    guard let count = call.arguments[2].integer, count >= -1 else {
        throw .message("ERR count should be greater than or equal to -1")
    }
    return count == -1 ? .max : Int(count)
}

private func writeRecords(of log: SlowLog, _ count: Int, _ call: Call) {
    let records = log.latest(count)
    call.reply.array(records.count)
    for record in records { write(record, to: &call.reply) }
}

private func write(_ record: SlowLog.Record, to reply: inout ReplyWriter) {
    reply.array(6)
    reply.integer(record.id)
    reply.integer(record.time)
    reply.integer(record.magnitude)
    reply.array(record.arguments.count)
    for argument in record.arguments { argument.withBytes { reply.bulk($0) } }
    reply.bulk(record.client)
    record.clientName.withBytes { reply.bulk($0) }
}

private func length(_ call: inout Call) throws(CommandError) { call.reply.integer(call.node.slowLog.count) }

private func reset(_ call: inout Call) throws(CommandError) {
    call.node.slowLog.removeAll()
    call.reply.ok()
}

// MARK: COMMANDLOG

/// The log that argument `index` names.
private func log(_ index: Int, _ call: Call) throws(CommandError) -> ReferenceWritableKeyPath<Node, SlowLog> {
    let type = call.arguments[index]
    if type.equals(ignoringCase: "slow") { return \.slowLog }
    if type.equals(ignoringCase: "large-request") { return \.largeRequestLog }
    if type.equals(ignoringCase: "large-reply") { return \.largeReplyLog }
    throw .message("ERR type should be one of the following: slow, large-request, large-reply")
}

private func commandLogGet(_ call: inout Call) throws(CommandError) {
    let most = try count(call)
    writeRecords(of: call.node[keyPath: try log(3, call)], most, call)
}

private func commandLogLength(_ call: inout Call) throws(CommandError) {
    call.reply.integer(call.node[keyPath: try log(2, call)].count)
}

private func commandLogReset(_ call: inout Call) throws(CommandError) {
    call.node[keyPath: try log(2, call)].removeAll()
    call.reply.ok()
}
