import Commands
import Primitives
import RESP
import Storage

/// Subcommands of CLUSTER that look at the keys of a slot.
let keySubcommands: [Command] = [
    Command(
        "keyslot", .cluster, since: "3.0.0", arity: 3, [.stale], syntax: "key",
        complexity: "O(N) with N bytes of the key.", summary: "Tells the slot of a key."
    ) { call throws(CommandError) in
        try call.requireCluster()
        call.reply.integer(hashSlot(of: call.arguments[2]))
    },
    Command(
        "countkeysinslot", .cluster, since: "3.0.0", arity: 3, [.stale], syntax: "slot", complexity: "O(1)",
        summary: "Tells how many keys a slot has on this node.", run: countKeys),
    Command(
        "getkeysinslot", .cluster, since: "3.0.0", arity: 4, [.stale], syntax: "slot count",
        complexity: "O(N) with N keys.", summary: "Returns some keys of a slot.",
        tips: ["nondeterministic_output"], run: keys),
    Command(
        "flushslot", .cluster, since: "9.0.0", arity: -3, [.write, .admin, .noAsyncLoading], [.keyspace],
        syntax: "slot [ASYNC|SYNC]", complexity: "O(N) with N keys of the slot.",
        summary: "Removes all keys of a slot.", run: flushSlot),
]

private func countKeys(_ call: inout Call) throws(CommandError) {
    try call.requireCluster()
    let slot = try call.integer(2)
    guard (0..<Int64(hashSlotCount)).contains(slot) else { throw .message("ERR Invalid slot") }
    call.reply.integer(call.keyspace.keyCount(inSlot: Int(slot), call.database))
}

private func keys(_ call: inout Call) throws(CommandError) {
    try call.requireCluster()
    let (slot, most) = (try call.integer(2), try call.integer(3))
    guard (0..<Int64(hashSlotCount)).contains(slot), most >= 0 else {
        throw .message("ERR Invalid slot or number of keys")
    }
    call.reply.deferredArray { reply in
        var count = 0
        call.keyspace.forEachKey(inSlot: Int(slot), call.database, atMost: Int(clamping: most)) { key in
            reply.bulk(key)
            count += 1
        }
        return count
    }
}

/// The keys go at once, as the memory of a slot is not its own: ASYNC says that the client does not mind when.
private func flushSlot(_ call: inout Call) throws(CommandError) {
    try call.requireCluster()
    let slot = try call.slot(2)
    if call.arguments.count > 3 {
        let word = call.arguments[3]
        guard call.arguments.count == 4, word.equals(ignoringCase: "async") || word.equals(ignoringCase: "sync") else {
            throw .syntax
        }
    }
    call.keyspace.removeKeys(inSlots: slot...slot, nil)
    call.recordNothing()
    call.reply.ok()
}
