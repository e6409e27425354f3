import Primitives
import RESP
import Storage

let serverCommands: [Command] =
    informationCommands + configurationCommands + latencyCommands + slowLogCommands + [
        Command(
            "time", .server, since: "2.6.0", arity: 1, [.loading, .stale, .fast], complexity: "O(1)",
            summary: "Returns the time: seconds since 1970, and microseconds.", tips: ["nondeterministic_output"],
            run: time),
        Command(
            "lastsave", .server, since: "1.0.0", arity: 1, [.loading, .stale, .fast], [.admin, .dangerous],
            complexity: "O(1)", summary: "Returns when the data set was last saved, in seconds since 1970.",
            tips: ["nondeterministic_output"], run: lastSave),
        lolwutCommand,
        Command(
            "role", .server, since: "2.8.12", arity: 1, [.noscript, .loading, .stale, .fast], [.admin, .dangerous],
            complexity: "O(1)", summary: "Returns the node's part in replication.", run: role),
        shutdownCommand,
        Command(
            "module", .server, since: "4.0.0", summary: "Tells of modules, of which there are none.",
            subcommands: moduleCommands),
    ]

private func time(_ call: inout Call) throws(CommandError) {
    // Time stands still during a script.
    let microseconds = call.session.isScript ? call.keyspace.now * 1000 : call.node.clock.wallMicroseconds
    call.reply.array(2)
    call.reply.bulk(microseconds / 1_000_000)
    call.reply.bulk(microseconds % 1_000_000)
}

private func lastSave(_ call: inout Call) throws(CommandError) { call.reply.integer(call.node.lastSaveSeconds) }

extension Node {
    /// When the data set was last saved, in seconds since 1970; at first, when the node was made.
    var lastSaveSeconds: Int64 { saving?.figures.lastSave ?? startedAt / 1000 }
}

private func role(_ call: inout Call) throws(CommandError) {
    if let primary = call.node.replication?.figures.primary {
        call.reply.array(5)
        call.reply.bulk("slave")
        Bytes.with(primary.host) { call.reply.bulk($0) }
        call.reply.integer(primary.port)
        Bytes.with(primary.state) { call.reply.bulk($0) }
        call.reply.integer(primary.isUp ? primary.offset : -1)
        return
    }
    let replicas = call.node.replication?.figures.replicas.filter { $0.state == "online" } ?? []
    call.reply.array(3)
    call.reply.bulk("master")
    call.reply.integer(call.keyspace.journal.offset)
    call.reply.array(replicas.count)
    for replica in replicas {
        call.reply.array(3)
        for text in [replica.address, "\(replica.port)", "\(replica.offset)"] {
            Bytes.with(text) { call.reply.bulk($0) }
        }
    }
}

// MARK: Modules

private let protectedFlags: CommandFlags = [.admin, .noscript, .noAsyncLoading, .protected]

private let moduleCommands = [
    Command(
        "list", .server, since: "4.0.0", arity: 2, [.admin, .noscript], complexity: "O(N) with N modules.",
        summary: "Returns the loaded modules.", tips: ["nondeterministic_output_order"], run: moduleList),
    Command(
        "load", .server, since: "4.0.0", arity: -3, protectedFlags, syntax: "path [arg [arg ...]]",
        complexity: "O(1)", summary: "Refuses to load a module.", run: moduleLoad),
    Command(
        "loadex", .server, since: "7.0.0", arity: -3, protectedFlags,
        syntax: "path [CONFIG name value [CONFIG name value ...]] [ARGS args [args ...]]", complexity: "O(1)",
        summary: "Refuses to load a module with settings.", run: moduleLoad),
    Command(
        "unload", .server, since: "4.0.0", arity: 3, protectedFlags, syntax: "name", complexity: "O(1)",
        summary: "Unloads a module.", run: moduleUnload),
    .help(for: "module", .server, since: "5.0.0"),
]

private func moduleList(_ call: inout Call) throws(CommandError) { call.reply.array(0) }

private func moduleLoad(_ call: inout Call) throws(CommandError) {
    throw .message("ERR Error loading the extension. This server cannot load modules.")
}

private func moduleUnload(_ call: inout Call) throws(CommandError) {
    throw .message("ERR Error unloading module: no such module with that name")
}
