import Primitives
import RESP
import Storage

/// Commands on keys, whatever their type.
let genericCommands: [Command] = keyCommands + expiryCommands + scanCommands + objectCommands + waitCommands

let keyCommands: [Command] = [
    Command(
        "del", .generic, since: "1.0.0", arity: -2, [.write], [.keyspace], keys: [.keys(from: 1, [.remove, .delete])],
        syntax: "key [key ...]", complexity: "O(N) with N keys; freeing a collection takes O(M) with its M elements.",
        summary: "Removes keys and tells how many there were.",
        tips: ["request_policy:multi_shard", "response_policy:agg_sum"], run: del),
    Command(
        "unlink", .generic, since: "4.0.0", arity: -2, [.write, .fast], [.keyspace],
        keys: [.keys(from: 1, [.remove, .delete])], syntax: "key [key ...]",
        complexity: "O(1) for each key; big values are freed elsewhere.",
        summary: "Removes keys without waiting for their memory to be freed.",
        tips: ["request_policy:multi_shard", "response_policy:agg_sum"], run: del),
    Command(
        "exists", .generic, since: "1.0.0", arity: -2, [.readonly, .fast], [.keyspace],
        keys: [.keys(from: 1, .readOnly)], syntax: "key [key ...]", complexity: "O(N) with N keys.",
        summary: "Tells how many of the keys exist; one given twice counts twice.",
        tips: ["request_policy:multi_shard", "response_policy:agg_sum"], run: exists),
    Command(
        "type", .generic, since: "1.0.0", arity: 2, [.readonly, .fast], [.keyspace], keys: [.key(1, .readOnly)],
        syntax: "key", complexity: "O(1)",
        summary: "Names the type of a key's value, `none` where there is no such key.",
        run: type),
    Command(
        "touch", .generic, since: "3.2.1", arity: -2, [.readonly, .fast], [.keyspace],
        keys: [.keys(from: 1, .readOnly)], syntax: "key [key ...]", complexity: "O(N) with N keys.",
        summary: "Renews the time of last access of keys and tells how many exist.",
        tips: ["request_policy:multi_shard", "response_policy:agg_sum"], run: touch),
    Command(
        "rename", .generic, since: "1.0.0", arity: 3, [.write], [.keyspace],
        keys: [.key(1, [.readWrite, .access, .delete]), .key(2, [.overwrite, .update])], syntax: "key newkey",
        complexity: "O(1), and what it takes to free the value that was there.",
        summary: "Gives a key another name; a key of that name is replaced.", run: rename),
    Command(
        "renamenx", .generic, since: "1.0.0", arity: 3, [.write, .fast], [.keyspace],
        keys: [.key(1, [.readWrite, .access, .delete]), .key(2, [.overwrite, .insert])], syntax: "key newkey",
        complexity: "O(1)", summary: "Gives a key another name unless there is a key of that name.", run: renamenx),
    Command(
        "copy", .generic, since: "6.2.0", arity: -3, [.write, .denyoom], [.keyspace],
        keys: [.key(1, [.readOnly, .access]), .key(2, [.overwrite, .update])],
        syntax: "source destination [DB destination-db] [REPLACE]",
        complexity: "O(1) for a string, O(N) for a collection of N elements.",
        summary: "Copies the value and the expiry of a key to another key.", run: copy),
    Command(
        "move", .generic, since: "1.0.0", arity: 3, [.write, .fast], [.keyspace],
        keys: [.key(1, [.readWrite, .access, .update])], syntax: "key db", complexity: "O(1)",
        summary: "Moves a key to another database unless that has such a key.", run: move),
]

/// DEL and UNLINK: what a string owns is one block of memory, which is freed as quickly as it is handed over.
private func del(_ call: inout Call) throws(CommandError) {
    var removed = 0
    for index in 1..<call.arguments.count {
        let key = call.key(index)
        if call.keyspace.live(key, call.database) != nil, call.keyspace.remove(key, call.database) { removed += 1 }
    }
    call.reply.integer(removed)
}

private func exists(_ call: inout Call) throws(CommandError) {
    var found = 0
    for index in 1..<call.arguments.count where call.readQuietly(call.key(index)) != nil { found += 1 }
    call.reply.integer(found)
}

private func type(_ call: inout Call) throws(CommandError) {
    call.reply.raw("+")
    call.reply.raw(call.readQuietly(call.key(1))?.type.name ?? "none")
    call.reply.raw("\r\n")
}

private func touch(_ call: inout Call) throws(CommandError) {
    var found = 0
    // The clock is renewed even for a client that otherwise leaves it alone: that is what the command is for.
    for index in 1..<call.arguments.count where call.keyspace.read(call.key(index), call.database) != nil { found += 1 }
    call.reply.integer(found)
}

extension Call {
    /// The live entry of a key for a command that looks at it without using it: the access clock stays.
    func readQuietly(_ key: Key) -> Entry? { keyspace.read(key, database, touching: false) }
}

// MARK: Other names, other databases

private func rename(_ call: inout Call) throws(CommandError) {
    _ = try renameKey(call, replacing: true)
    call.reply.ok()
}

private func renamenx(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try renameKey(call, replacing: false) ? 1 : 0)
}

/// Whether the key has got its new name.
private func renameKey(_ call: Call, replacing: Bool) throws(CommandError) -> Bool {
    let source = call.key(1)
    let target = call.key(2)
    guard call.keyspace.entry(source, call.database) != nil else { throw .noSuchKey }
    if source.bytes == target.bytes { return false }
    if call.keyspace.live(target, call.database) != nil, !replacing { return false }
    call.keyspace.move(source, call.database, to: target, call.database, events: (.renameFrom, .renameTo))
    return true
}

private func move(_ call: inout Call) throws(CommandError) {
    if call.node.isClustered, call.keyspace.databaseCount == 1 {
        throw .message("ERR MOVE is not allowed in cluster mode")
    }
    let key = call.key(1)
    let destination = try call.databaseNumber(call.arguments[2])
    if destination == call.database { throw .sameObject }
    guard call.keyspace.entry(key, call.database) != nil, call.keyspace.live(key, destination) == nil else {
        return call.reply.integer(0)
    }
    call.keyspace.move(key, call.database, to: key, destination, events: (.moveFrom, .moveTo))
    call.reply.integer(1)
}

private func copy(_ call: inout Call) throws(CommandError) {
    let options = try CopyOptions(call)
    let target = call.key(2)
    if options.database == call.database, call.arguments[1] == target.bytes { throw .sameObject }
    guard call.read(call.key(1)) != nil else { return call.reply.integer(0) }
    let isThere = call.keyspace.live(target, options.database) != nil
    // Looking at the target may have removed an expired key, but never the source's entry.
    guard !isThere || options.replaces, let source = call.keyspace.live(call.key(1), call.database) else {
        return call.reply.integer(0)
    }
    call.keyspace.copy(source, to: target, options.database, expiry: source.expiry, event: .copyTo)
    call.reply.integer(1)
}

private struct CopyOptions {
    var database: Int
    var replaces = false

    init(_ call: Call) throws(CommandError) {
        database = call.database
        var options = call.options(from: 3)
        while !options.isAtEnd {
            if options.take("replace") {
                replaces = true
            } else if let number = try options.value(after: "db") {
                database = try call.copyTarget(number)
            } else {
                throw .syntax
            }
        }
    }
}

extension CommandError {
    static var sameObject: CommandError { .message("ERR source and destination objects are the same") }
}

extension Call {
    /// The number of a database that there is.
    func databaseNumber(_ text: Bytes) throws(CommandError) -> Int {
        guard let number = text.integer else { throw .notInteger }
        guard let small = Int32(exactly: number) else {
            throw .message("ERR value is out of range, value must between -2147483648 and 2147483647")
        }
        guard small >= 0, small < keyspace.databaseCount else { throw .databaseOutOfRange }
        return Int(small)
    }

    /// The database that COPY names. A cluster of one database takes the others for forbidden, not for missing.
    fileprivate func copyTarget(_ text: Bytes) throws(CommandError) -> Int {
        if node.isClustered, keyspace.databaseCount == 1, let number = text.integer,
            (1..<Int64(node.settings.databases)).contains(Int64(number))
        {
            throw .message("ERR Copying to another database is not allowed in cluster mode")
        }
        return try databaseNumber(text)
    }
}
