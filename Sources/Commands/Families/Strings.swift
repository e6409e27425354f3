import Primitives
import RESP
import Storage

let stringCommands: [Command] = [
    Command(
        "get", .string, since: "1.0.0", arity: 2, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])], syntax: "key",
        complexity: "O(1)", summary: "Returns the string of a key.", run: get),
    Command(
        "set", .string, since: "1.0.0", arity: -3, [.write, .denyoom],
        keys: [.key(1, [.readWrite, .access, .update, .variableFlags])],
        syntax: "key value", complexity: "O(1)", summary: "Sets the string of a key.", run: set),
    Command(
        "incr", .string, since: "1.0.0", arity: 2, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .access, .update])], syntax: "key", complexity: "O(1)",
        summary: "Adds one to the integer of a key.", run: incr),
]

private func get(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.readString(call.key(1)) else { return call.reply.null() }
    call.reply.string(of: entry)
}

private func set(_ call: inout Call) throws(CommandError) {
    call.keyspace.set(call.key(1), StringValue(call.arguments[2]), call.database, expiry: .clear)
    call.reply.ok()
}

private func incr(_ call: inout Call) throws(CommandError) { try increment(&call, by: 1) }

private func increment(_ call: inout Call, by delta: Int64) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.string(key)
    var value: Int64 = 0
    if let entry {
        guard entry.encoding == .integer else { throw .notInteger }
        value = entry.integer
    }
    let (sum, overflowed) = value.addingReportingOverflow(delta)
    if overflowed { throw .overflow }
    call.keyspace.setInteger(key, entry, sum, call.database, event: .incrby)
    call.reply.integer(sum)
}

extension ReplyWriter {
    /// A bulk string of a string entry.
    @inline(__always)
    mutating func string(of entry: Entry) {
        if entry.encoding == .integer { bulk(entry.integer) } else { bulk(entry.text) }
    }
}
