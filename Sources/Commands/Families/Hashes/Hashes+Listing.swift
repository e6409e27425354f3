import Primitives
import RESP
import Storage
import Structures

let hashListingCommands: [Command] = [
    Command(
        "hgetall", .hash, since: "2.0.0", arity: 2, [.readonly], keys: [.key(1, [.readOnly, .access])], syntax: "key",
        complexity: "O(N) with N fields in the hash.", summary: "Returns all fields of a hash with their values.",
        tips: ["nondeterministic_output_order"], run: hgetall),
    Command(
        "hkeys", .hash, since: "2.0.0", arity: 2, [.readonly], keys: [.key(1, [.readOnly, .access])], syntax: "key",
        complexity: "O(N) with N fields in the hash.", summary: "Returns all fields of a hash.",
        tips: ["nondeterministic_output_order"], run: hkeys),
    Command(
        "hvals", .hash, since: "2.0.0", arity: 2, [.readonly], keys: [.key(1, [.readOnly, .access])], syntax: "key",
        complexity: "O(N) with N fields in the hash.", summary: "Returns the values of all fields of a hash.",
        tips: ["nondeterministic_output_order"], run: hvals),
    Command(
        "hrandfield", .hash, since: "6.2.0", arity: -2, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key [count [WITHVALUES]]", complexity: "O(N) with N fields returned.",
        summary: "Returns fields of a hash at random.", tips: ["nondeterministic_output"], run: hrandfield),
    Command(
        "hscan", .hash, since: "2.8.0", arity: -3, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
        complexity: "O(1) for a call, O(N) for a whole walk over N fields.",
        summary: "Walks over the fields of a hash in portions.", tips: ["nondeterministic_output"], run: hscan),
]

private func hgetall(_ call: inout Call) throws(CommandError) {
    guard let hash = try call.readHash(call.key(1)) else { return call.reply.map(0) }
    let call = call
    call.reply.map(hash.count)
    hash.forEach { field, value in
        call.reply.part(field)
        call.reply.part(value)
    }
}

private func hkeys(_ call: inout Call) throws(CommandError) {
    guard let hash = try call.readHash(call.key(1)) else { return call.reply.array(0) }
    let call = call
    call.reply.array(hash.count)
    hash.forEach { field, _ in call.reply.part(field) }
}

private func hvals(_ call: inout Call) throws(CommandError) {
    guard let hash = try call.readHash(call.key(1)) else { return call.reply.array(0) }
    let call = call
    call.reply.array(hash.count)
    hash.forEach { _, value in call.reply.part(value) }
}

// MARK: At random

private func hrandfield(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count > 2 else { return try oneAtRandom(call) }
    let (count, showsValues) = try randomOptions(call)
    guard let hash = try call.readHash(call.key(1)), count != 0 else { return call.reply.array(0) }
    let shown = count < 0 ? Int(-count) : min(hash.count, Int(count))
    let areNested = showsValues && call.reply.version == .resp3
    let reply = call
    reply.reply.array(showsValues && !areNested ? shown * 2 : shown)
    let write = { (field: Element, value: Element) in
        if areNested { reply.reply.array(2) }
        reply.reply.part(field)
        if showsValues { reply.reply.part(value) }
    }
    if count < 0 {
        hash.forRandom(shown, &call.keyspace.random, write)
    } else {
        hash.forDistinct(shown, &call.keyspace.random, write)
    }
}

private func oneAtRandom(_ call: Call) throws(CommandError) {
    guard let hash = try call.readHash(call.key(1)) else { return call.reply.null() }
    hash.forRandom(1, &call.keyspace.random) { field, _ in call.reply.part(field) }
}

private func randomOptions(_ call: Call) throws(CommandError) -> (count: Int64, showsValues: Bool) {
    let count = try call.integer(2)
    let range = -Int64.max...Int64.max
    guard range.contains(count) else {
        throw .message("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
    }
    guard call.arguments.count > 3 else { return (count, false) }
    guard call.arguments.count == 4, call.arguments[3].equals(ignoringCase: "withvalues") else { throw .syntax }
    guard count.magnitude <= UInt64(Int64.max / 2) else { throw .message("ERR value is out of range") }
    return (count, true)
}

// MARK: In portions

private func hscan(_ call: inout Call) throws(CommandError) {
    guard let cursor = ScanCursor(text: call.arguments[2]) else { throw .message("ERR invalid cursor") }
    guard let hash = try call.readHash(call.key(1)) else { return writePortion(call, 0, [], showsValues: false) }
    let options = try ScanOptions(call.options(from: 3), takesType: false, hasValues: true)
    var found: [(field: Element, value: Element)] = []
    let next = hash.scan(from: cursor.rawValue, minimum: options.count) { field, value in
        if options.matches(field) { found.append((field, value)) }
    }
    writePortion(call, next, found, showsValues: options.showsValues)
}

private func writePortion(
    _ call: Call, _ next: UInt64, _ found: [(field: Element, value: Element)], showsValues: Bool
) {
    call.reply.array(2)
    call.reply.bulk(Int64(bitPattern: next))
    call.reply.array(found.count * (showsValues ? 2 : 1))
    for (field, value) in found {
        call.reply.part(field)
        if showsValues { call.reply.part(value) }
    }
}

extension ScanOptions {
    /// Whether an element is to be shown.
    fileprivate func matches(_ element: Element) -> Bool {
        guard let pattern else { return true }
        return element.withBytes { Glob.matches(pattern, $0) }
    }
}
