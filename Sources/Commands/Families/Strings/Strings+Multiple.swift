import Primitives
import RESP
import Storage

let multipleStringCommands: [Command] = [
    Command(
        "mget", .string, since: "1.0.0", arity: -2, [.readonly, .fast], keys: [.keys(from: 1, [.readOnly, .access])],
        syntax: "key [key ...]", complexity: "O(N) with N being the number of keys.",
        summary: "Returns the strings of several keys.", tips: ["request_policy:multi_shard"], run: mget),
    Command(
        "mset", .string, since: "1.0.1", arity: -3, [.write, .denyoom],
        keys: [.keys(from: 1, step: 2, [.overwrite, .update])], syntax: "(key value) [(key value) ...]",
        complexity: "O(N) with N being the number of keys.", summary: "Sets the strings of several keys at once.",
        tips: ["request_policy:multi_shard", "response_policy:all_succeeded"], run: mset),
    Command(
        "msetnx", .string, since: "1.0.1", arity: -3, [.write, .denyoom],
        keys: [.keys(from: 1, step: 2, [.overwrite, .insert])], syntax: "(key value) [(key value) ...]",
        complexity: "O(N) with N being the number of keys.",
        summary: "Sets the strings of several keys at once if none of them exists.", run: msetnx),
    Command(
        "msetex", .string, since: "8.4.0", arity: -4, [.write, .denyoom, .movablekeys],
        keys: [
            KeySpecification(.index(1), .count(index: 0, first: 1, step: 2), [.overwrite, .update])
        ],
        syntax: """
            numkeys (key value) [(key value) ...] [NX|XX] \
            [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|KEEPTTL]
            """,
        complexity: "O(N) with N being the number of keys.",
        summary: "Sets the strings of several keys at once, with one expiry for all, if all or none of them exist.",
        tips: ["request_policy:multi_shard", "response_policy:all_succeeded"], run: msetex),
]

private func mget(_ call: inout Call) throws(CommandError) {
    call.reply.array(call.arguments.count - 1)
    for index in 1..<call.arguments.count {
        if let entry = call.read(call.key(index)), entry.isString {
            call.reply.string(of: entry)
        } else {
            call.reply.null()
        }
    }
}

private func mset(_ call: inout Call) throws(CommandError) {
    try requirePairs(call)
    setPairs(call)
    call.reply.ok()
}

private func msetnx(_ call: inout Call) throws(CommandError) {
    try requirePairs(call)
    if existing(call, stride(from: 1, to: call.arguments.count, by: 2)) > 0 { return call.reply.integer(0) }
    setPairs(call)
    call.reply.integer(1)
}

private func requirePairs(_ call: Call) throws(CommandError) {
    if call.arguments.count % 2 == 0 { throw .wrongArity(command: call.name) }
}

private func setPairs(_ call: Call) {
    for index in stride(from: 1, to: call.arguments.count, by: 2) {
        call.set(call.key(index), StringValue(call.arguments[index + 1]), expiry: .clear)
    }
}

/// How many of the keys at some indices exist.
private func existing(_ call: Call, _ indices: StrideTo<Int>) -> Int {
    indices.count { call.keyspace.entry(call.key($0), call.database) != nil }
}

private func msetex(_ call: inout Call) throws(CommandError) {
    call.recordNothing()
    guard let number = call.arguments[1].integer, number > 0, number <= Int64(Int32.max) else {
        throw .message("ERR invalid numkeys value")
    }
    let end = 2 + Int(number) * 2
    guard end <= call.arguments.count else { throw .message("ERR wrong number of key-value pairs") }
    let (wanted, expiry) = try multipleSetOptions(call.options(from: end))
    let change = try expiry.change(call, otherwise: .clear)
    let indices = stride(from: 2, to: end, by: 2)
    if let wanted, existing(call, indices) != (wanted ? Int(number) : 0) { return call.reply.integer(0) }
    for index in indices { call.assign(call.key(index), StringValue(call.arguments[index + 1]), change) }
    call.reply.integer(1)
}

/// Whether all keys must exist, or none, and when they expire.
private func multipleSetOptions(
    _ options: ArgumentReader
) throws(CommandError) -> (mustExist: Bool?, expiry: ExpiryOption) {
    var options = options
    var mustExist: Bool?
    var expiry = ExpiryOption()
    while !options.isAtEnd {
        if mustExist != false, options.take("xx") {
            mustExist = true
        } else if mustExist != true, options.take("nx") {
            mustExist = false
        } else if options.take("keepttl") {
            try expiry.choose(.keep)
        } else if try !expiry.take(&options) {
            throw .syntax
        }
    }
    return (mustExist, expiry)
}
