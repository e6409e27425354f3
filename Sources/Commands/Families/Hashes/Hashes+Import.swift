import Primitives
import RESP
import Storage
import Structures

// Hashes with the same fields, of which a connection names the fields once and then sends values only.

let hashImportCommands: [Command] = [
    Command(
        "himport", .hash, since: "8.10.0", arity: -2, [], [.hash], complexity: "Depends on subcommand.",
        summary: "Makes many hashes with the same fields.",
        subcommands: [
            Command(
                "prepare", .hash, since: "8.10.0", arity: -4, [.denyoom], syntax: "fieldset-name field [field ...]",
                complexity: "O(N) with N fields.",
                summary: "Gives a list of fields a name that this connection can use.",
                tips: ["request_policy:all_shards"], run: prepare),
            Command(
                "set", .hash, since: "8.10.0", arity: -5, [.write, .denyoom], keys: [.key(2, [.overwrite, .update])],
                syntax: "key fieldset-name value [value ...]", complexity: "O(N) with N fields.",
                summary: "Makes a hash of prepared fields and their values.", run: set),
            Command(
                "discard", .hash, since: "8.10.0", arity: 3, syntax: "fieldset-name", complexity: "O(1)",
                summary: "Forgets a prepared list of fields.", tips: ["request_policy:all_shards"], run: discard),
            Command(
                "discardall", .hash, since: "8.10.0", arity: 2, complexity: "O(N) with N prepared lists.",
                summary: "Forgets all lists of fields that this connection has prepared.",
                tips: ["request_policy:all_shards"], run: discardall),
        ],
        run: { call throws(CommandError) in
            throw .unknownSubcommand(call.arguments[1], of: call.arguments[0])
        })
]

private func prepare(_ call: inout Call) throws(CommandError) {
    let fields = (3..<call.arguments.count).map { [arguments = call.arguments] in Array(arguments[$0]) }
    guard Set(fields).count == fields.count else { throw .message("ERR duplicate field name in fieldset") }
    call.session.fieldSets[Array(call.arguments[2])] = fields
    call.reply.ok()
}

private func discard(_ call: inout Call) throws(CommandError) {
    call.reply.integer(call.session.fieldSets.removeValue(forKey: Array(call.arguments[2])) == nil ? 0 : 1)
}

private func discardall(_ call: inout Call) throws(CommandError) {
    call.reply.integer(call.session.fieldSets.count)
    call.session.fieldSets = [:]
}

private func set(_ call: inout Call) throws(CommandError) {
    let arguments = call.arguments
    guard let fields = call.session.fieldSets[Array(arguments[3])] else { throw .message("ERR no such fieldset") }
    guard fields.count == arguments.count - 4 else {
        throw .message("ERR value count does not match fieldset field count")
    }
    let key = call.key(2)
    let replaces = try call.entry(key, of: HashValue.self) != nil
    var hash = HashValue(packed: Packed())
    if fields.count > call.limits.hashMaxListpackEntries { hash.makeLarge(call.limits) }
    for (index, field) in fields.enumerated() {
        field.withBytes { _ = hash.set($0, arguments[4 + index], call.limits) }
    }
    call.store(key, hash, event: .hset)
    if call.keyspace.wantsFields { call.keyspace.nameFields(.hset, fields) }
    record(&call, fields, replaces: replaces)
    call.reply.ok()
}

private func record(_ call: inout Call, _ fields: [[UInt8]], replaces: Bool) {
    let arguments = call.arguments
    call.recordNothing()
    if replaces { call.recordRemoval(arguments[2]) }
    call.recordEffect(2 + 2 * fields.count) { effect in
        effect.append("HSET")
        effect.append(arguments[2])
        for (index, field) in fields.enumerated() {
            field.withBytes { effect.append($0) }
            effect.append(arguments[4 + index])
        }
    }
}
