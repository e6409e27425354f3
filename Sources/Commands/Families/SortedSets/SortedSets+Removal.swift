import Primitives
import Storage
import Structures

let sortedSetRemovalCommands: [Command] = [
    Command(
        "zremrangebyrank", .sortedSet, since: "2.0.0", arity: 4, [.write], keys: [.key(1, [.readWrite, .delete])],
        syntax: "key start stop", complexity: "O(log(N)+M) with N members in the sorted set and M removed.",
        summary: "Removes the members of a range of ranks.", run: zremrangebyrank),
    Command(
        "zremrangebyscore", .sortedSet, since: "1.2.0", arity: 4, [.write], keys: [.key(1, [.readWrite, .delete])],
        syntax: "key min max", complexity: "O(log(N)+M) with N members in the sorted set and M removed.",
        summary: "Removes the members of a range of scores.", run: zremrangebyscore),
    Command(
        "zremrangebylex", .sortedSet, since: "2.8.9", arity: 4, [.write], keys: [.key(1, [.readWrite, .delete])],
        syntax: "key min max", complexity: "O(log(N)+M) with N members in the sorted set and M removed.",
        summary: "Removes the members of a range of bytes, where all have one score.", run: zremrangebylex),
]

private func zremrangebyrank(_ call: inout Call) throws(CommandError) {
    try remove(&call, .ranks, event: .zremrangebyrank)
}

private func zremrangebyscore(_ call: inout Call) throws(CommandError) {
    try remove(&call, .scores, event: .zremrangebyscore)
}

private func zremrangebylex(_ call: inout Call) throws(CommandError) {
    try remove(&call, .members, event: .zremrangebylex)
}

private func remove(_ call: inout Call, _ kind: RankedRange.Kind, event: KeyspaceEvent) throws(CommandError) {
    let range = try RankedRange(kind, call.arguments[2], call.arguments[3])
    let key = call.key(1)
    guard let entry = try call.entry(key, of: SortedSetValue.self) else { return call.reply.integer(0) }
    let removed = call.edit(key, entry, as: SortedSetValue.self, event: event) { value in
        let ranks = range.ranks(in: value)
        value.remove(in: ranks)
        return (ranks.count, ranks.count)
    }
    call.reply.integer(removed)
}
