import Commands
import Primitives

let scriptCommands: [Command] = [
    Command(
        "script", .scripting, since: "2.6.0", summary: "Manages the scripts that the server knows.",
        subcommands: [
            Command(
                "debug", .scripting, since: "3.2.0", arity: 3, [.noscript], syntax: "YES|SYNC|NO", complexity: "O(1)",
                summary: "Chooses whether the next script runs under a debugger, which this server does not have.",
                run: setDebugging),
            Command(
                "exists", .scripting, since: "2.6.0", arity: -3, [.noscript], syntax: "sha1 [sha1 ...]",
                complexity: "O(N) with N scripts asked for.", summary: "Tells which scripts the server knows.",
                tips: ["request_policy:all_shards", "response_policy:agg_logical_and"], run: tellExisting),
            Command(
                "flush", .scripting, since: "2.6.0", arity: -2, [.noscript], syntax: "[ASYNC|SYNC]",
                complexity: "O(N) with N scripts.", summary: "Forgets all scripts.",
                tips: ["request_policy:all_nodes", "response_policy:all_succeeded"], run: forgetAll),
            Command.help(for: "script", .scripting, since: "5.0.0"),
            Command(
                "kill", .scripting, since: "2.6.0", arity: 2, [.noscript, .allowBusy], complexity: "O(1)",
                summary: "Ends the script that runs, if it has not written yet.",
                tips: ["request_policy:all_shards", "response_policy:one_succeeded"], run: kill),
            Command(
                "load", .scripting, since: "2.6.0", arity: 3, [.noscript, .stale], syntax: "script",
                complexity: "O(N) with N bytes of the script.", summary: "Compiles a script and keeps it for EVALSHA.",
                tips: ["request_policy:all_nodes", "response_policy:all_succeeded"], run: load),
            Command(
                "show", .scripting, since: "8.0.0", arity: 3, [.noscript], syntax: "sha1", complexity: "O(1)",
                summary: "Shows the text of a script.", run: show),
        ])
]

private func setDebugging(_ call: inout Call) throws(CommandError) {
    let choice = call.arguments[2]
    if choice.equals(ignoringCase: "no") { return call.reply.ok() }
    if choice.equals(ignoringCase: "yes") || choice.equals(ignoringCase: "sync") {
        throw .message("ERR There is no debugger for scripts here")
    }
    throw .message("ERR Use SCRIPT DEBUG YES/SYNC/NO")
}

private func tellExisting(_ call: inout Call) throws(CommandError) {
    let host = try ScriptHost.of(call.node)
    call.reply.array(call.arguments.count - 2)
    for index in 2..<call.arguments.count {
        let isKnown = ScriptName(call.arguments[index]).flatMap { host.cache.find($0) } != nil
        call.reply.integer(isKnown ? 1 : 0)
    }
}

private func forgetAll(_ call: inout Call) throws(CommandError) {
    try checkFlushOptions(call, "ERR SCRIPT FLUSH only support SYNC|ASYNC option")
    let host = try ScriptHost.of(call.node)
    for script in host.cache.removeAll() { host.interpreter.forget(script.reference) }
    host.interpreter.collect()
    call.reply.ok()
}

/// Both ways of flushing are one: the interpreter belongs to the node's thread, and compiled code is small.
func checkFlushOptions(_ call: Call, _ error: StaticString) throws(CommandError) {
    if call.arguments.count == 2 { return }
    let option = call.arguments[2]
    guard call.arguments.count == 3, option.equals(ignoringCase: "sync") || option.equals(ignoringCase: "async") else {
        throw .message(error)
    }
}

private func kill(_ call: inout Call) throws(CommandError) {
    try ScriptHost.of(call.node).kill(.script)
    call.reply.ok()
}

private func load(_ call: inout Call) throws(CommandError) {
    let script = try ScriptHost.of(call.node).script(call.arguments[2], isLoaded: true)
    call.reply.bulk(Bytes(base: script.digits, count: 40))
}

private func show(_ call: inout Call) throws(CommandError) {
    let host = try ScriptHost.of(call.node)
    guard let script = ScriptName(call.arguments[2]).flatMap({ host.cache.find($0) }) else { throw .noScript }
    script.body.withBytes { call.reply.bulk($0) }
}
