import Primitives
import RESP
import Storage

let conditionalStringCommands: [Command] = [
    Command(
        "delifeq", .string, since: "9.0.0", arity: 3, [.write, .fast], keys: [.key(1, [.remove, .delete])],
        syntax: "key value", complexity: "O(1)", summary: "Deletes a key if its string equals a value.", run: delifeq),
    Command(
        "delex", .string, since: "8.4.0", arity: -2, [.write, .fast],
        keys: [.key(1, [.readWrite, .delete, .variableFlags])],
        syntax: "key [IFEQ ifeq-value|IFNE ifne-value|IFDEQ ifdeq-digest|IFDNE ifdne-digest]",
        complexity: "O(1) for IFEQ and IFNE, O(N) for IFDEQ and IFDNE with N being the length of the string.",
        summary: "Deletes a key, on a condition on its string or on the string's digest.", run: delex),
    Command(
        "digest", .string, since: "8.4.0", arity: 2, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key", complexity: "O(N) with N being the length of the string.",
        summary: "Returns the XXH3 digest of the string of a key, in 16 hexadecimal digits.", run: digest),
]

private func delifeq(_ call: inout Call) throws(CommandError) {
    call.recordNothing()
    let key = call.key(1)
    try remove(&call, key, if: call.string(key), .equals(call.arguments[2]))
}

private func delex(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count == 2 || call.arguments.count == 4 else { throw .wrongArity(command: call.name) }
    call.recordNothing()
    var options = call.options(from: 2)
    let condition = try ValueCondition.take(&options)
    guard condition != nil || options.isAtEnd else {
        throw .message("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE")
    }
    let key = call.key(1)
    let entry = call.keyspace.entry(key, call.database)
    if let entry, !entry.isString, condition != nil {
        throw .message("ERR Key should be of string type if conditions are specified")
    }
    remove(&call, key, if: entry, condition)
}

/// Removes a key that is there and meets the condition, if there is one.
private func remove(_ call: inout Call, _ key: Key, if entry: Entry?, _ condition: ValueCondition?) {
    guard let entry, condition?.isMet(by: entry) ?? true else { return call.reply.integer(0) }
    call.removeRecorded(key)
    call.reply.integer(1)
}

private func digest(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.readString(call.key(1)) else { return call.reply.null() }
    call.reply.bulk(entry.withString { XXH3.digest($0) })
}
