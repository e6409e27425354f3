import Primitives
import RESP
import Storage

/// Commands on whole databases.
let datasetCommands: [Command] = databaseCommands + memoryCommands

let databaseCommands: [Command] = [
    Command(
        "dbsize", .server, since: "1.0.0", arity: 1, [.readonly, .fast], [.keyspace], complexity: "O(1)",
        summary: "Tells how many keys the database has.",
        tips: ["request_policy:all_shards", "response_policy:agg_sum"],
        run: dbsize),
    Command(
        "flushall", .server, since: "1.0.0", arity: -1, [.write], [.keyspace, .dangerous], syntax: "[ASYNC|SYNC]",
        complexity: "O(N) with N keys in all databases.", summary: "Removes all keys of all databases.",
        tips: ["request_policy:all_shards", "response_policy:all_succeeded"], run: flushall),
    Command(
        "flushdb", .server, since: "1.0.0", arity: -1, [.write], [.keyspace, .dangerous], syntax: "[ASYNC|SYNC]",
        complexity: "O(N) with N keys in the database.", summary: "Removes all keys of the database.",
        tips: ["request_policy:all_shards", "response_policy:all_succeeded"], run: flushdb),
    Command(
        "swapdb", .server, since: "4.0.0", arity: 3, [.write, .fast], [.keyspace, .dangerous], syntax: "index1 index2",
        complexity: "O(N) with N clients that watch or wait for keys of the two.",
        summary: "Exchanges two databases.", run: swapdb),
]

private func dbsize(_ call: inout Call) throws(CommandError) {
    call.reply.integer(call.keyspace.visibleCount(call.database))
}

private func flushall(_ call: inout Call) throws(CommandError) { try flush(call, nil) }

private func flushdb(_ call: inout Call) throws(CommandError) { try flush(call, call.database) }

private func flush(_ call: Call, _ database: Int?) throws(CommandError) {
    var options = call.options(from: 1)
    var later = call.node.flushesLaterByDefault
    if options.take("async") {
        later = true
    } else if options.take("sync") {
        later = false
    }
    guard options.isAtEnd else { throw .syntax }
    call.node.movingSlots?.willFlush()
    call.keyspace.flush(database, later: later)
    call.reply.ok()
}

extension Node {
    /// Whether FLUSHALL and FLUSHDB, when not told, leave the freeing of memory to others (`lazyfree-lazy-user-flush`).
    var flushesLaterByDefault: Bool { settings.lazyfreeLazyUserFlush }
}

private func swapdb(_ call: inout Call) throws(CommandError) {
    if call.node.isClustered { throw .message("ERR SWAPDB is not allowed in cluster mode") }
    let first = try number(call, 1, otherwise: .message("ERR invalid first DB index"))
    let second = try number(call, 2, otherwise: .message("ERR invalid second DB index"))
    let all = 0..<call.keyspace.databaseCount
    guard all.contains(first), all.contains(second) else { throw .databaseOutOfRange }
    call.keyspace.swap(first, second)
    call.reply.ok()
}

private func number(_ call: Call, _ index: Int, otherwise error: CommandError) throws(CommandError) -> Int {
    guard let value = call.arguments[index].integer.flatMap(Int32.init(exactly:)) else { throw error }
    return Int(value)
}
