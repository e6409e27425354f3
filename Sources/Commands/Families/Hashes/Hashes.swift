import Primitives
import RESP
import Storage
import Structures

/// The commands of the group `hash`.
let hashCommands: [Command] =
    fieldCommands + hashListingCommands + hashCounterCommands + fieldExpiryCommands + expiringFieldCommands
    + hashImportCommands

private let fieldCommands: [Command] = [
    Command(
        "hset", .hash, since: "2.0.0", arity: -4, [.write, .denyoom, .fast], keys: [.key(1, [.readWrite, .update])],
        syntax: "key field value [field value ...]", complexity: "O(N) with N fields.",
        summary: "Sets fields of a hash and returns how many of them are new.", run: hset),
    Command(
        "hmset", .hash, since: "2.0.0", arity: -4, [.write, .denyoom, .fast], keys: [.key(1, [.readWrite, .update])],
        syntax: "key field value [field value ...]", complexity: "O(N) with N fields.",
        summary: "Sets fields of a hash.",
        deprecated: .init(since: "4.0.0", replacement: "`HSET` with multiple field-value pairs"), run: hmset),
    Command(
        "hsetnx", .hash, since: "2.0.0", arity: 4, [.write, .denyoom, .fast], keys: [.key(1, [.readWrite, .insert])],
        syntax: "key field value", complexity: "O(1)", summary: "Sets a field of a hash that is not there yet.",
        run: hsetnx),
    Command(
        "hget", .hash, since: "2.0.0", arity: 3, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key field", complexity: "O(1)", summary: "Returns the value of a field of a hash.", run: hget),
    Command(
        "hmget", .hash, since: "2.0.0", arity: -3, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key field [field ...]", complexity: "O(N) with N fields.",
        summary: "Returns the values of fields of a hash.", run: hmget),
    Command(
        "hexists", .hash, since: "2.0.0", arity: 3, [.readonly, .fast], keys: [.key(1, .readOnly)],
        syntax: "key field", complexity: "O(1)", summary: "Tells whether a hash has a field.", run: hexists),
    Command(
        "hstrlen", .hash, since: "3.2.0", arity: 3, [.readonly, .fast], keys: [.key(1, .readOnly)],
        syntax: "key field", complexity: "O(1)", summary: "Returns the length of the value of a field of a hash.",
        run: hstrlen),
    Command(
        "hlen", .hash, since: "2.0.0", arity: 2, [.readonly, .fast], keys: [.key(1, .readOnly)], syntax: "key",
        complexity: "O(1)", summary: "Returns the number of fields of a hash.", run: hlen),
    Command(
        "hdel", .hash, since: "2.0.0", arity: -3, [.write, .fast], keys: [.key(1, [.readWrite, .delete])],
        syntax: "key field [field ...]", complexity: "O(N) with N fields.",
        summary: "Removes fields of a hash, and the hash with its last one.", run: hdel),
]

// MARK: Setting

private func hset(_ call: inout Call) throws(CommandError) { call.reply.integer(try setPairs(call)) }

private func hmset(_ call: inout Call) throws(CommandError) {
    _ = try setPairs(call)
    call.reply.ok()
}

/// Sets the fields that follow the key. Returns how many are new.
@inline(__always)
private func setPairs(_ call: Call) throws(CommandError) -> Int {
    let arguments = call.arguments
    if arguments.count & 1 != 0 { throw .wrongArity(command: call.name) }
    let key = call.key(1)
    let entry = try call.entry(key, of: HashValue.self)
    if arguments.count > 4 {
        let added = setPairs(call, key, entry)
        call.nameFields(.hset, stride(from: 2, to: arguments.count, by: 2))
        return added
    }
    return call.setField(key, entry, arguments[2], arguments[3], event: .hset) ? 1 : 0
}

private func setPairs(_ call: Call, _ key: Key, _ entry: Entry?) -> Int {
    let arguments = call.arguments
    let pairs = (arguments.count - 2) / 2
    let limits = call.limits
    let done = entry.map { call.overwritePairs(key, $0) } ?? 0
    if done == pairs { return 0 }
    return call.editHash(key, entry, event: .hset) { hash in
        if pairs > limits.hashMaxListpackEntries { hash.makeLarge(limits) }
        var added = 0
        for pair in done + 1...pairs where hash.set(arguments[pair * 2], arguments[pair * 2 + 1], limits) { added += 1 }
        return (added, pairs)
    }
}

private func hsetnx(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.entry(key, of: HashValue.self)
    let isThere = entry?.view(as: HashValue.self).find(call.arguments[2]) != nil
    if !isThere { call.setField(key, entry, call.arguments[2], call.arguments[3], event: .hset) }
    call.reply.integer(isThere ? 0 : 1)
}

// MARK: Getting

private func hget(_ call: inout Call) throws(CommandError) {
    call.reply.value(of: try call.readHash(call.key(1))?.find(call.arguments[2]))
}

private func hmget(_ call: inout Call) throws(CommandError) {
    let hash = try call.readHash(call.key(1))
    call.reply.array(call.arguments.count - 2)
    for index in 2..<call.arguments.count { call.reply.value(of: hash?.find(call.arguments[index])) }
}

private func hexists(_ call: inout Call) throws(CommandError) {
    let field = try call.readHash(call.key(1))?.find(call.arguments[2])
    call.reply.integer(field == nil ? 0 : 1)
}

private func hstrlen(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.readHash(call.key(1))?.find(call.arguments[2])?.value.count ?? 0)
}

private func hlen(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.readHash(call.key(1))?.count ?? 0)
}

// MARK: Removing

private func hdel(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    guard let entry = try call.entry(key, of: HashValue.self) else { return call.reply.integer(0) }
    let arguments = call.arguments
    let namesFields = call.keyspace.wantsFields
    var names: [Int] = []
    let removed = call.editHash(key, entry, event: .hdel) { hash in
        var removed = 0
        for index in 2..<arguments.count where hash.remove(arguments[index]) {
            removed += 1
            if _slowPath(namesFields) { names.append(index) }
        }
        return (removed, removed)
    }
    if removed > 0 { call.nameFields(.hdel, names) }
    call.reply.integer(removed)
}
