import Primitives
import RESP
import Storage

@testable import Commands

/// Small commands that wait for strings, of each kind that the families have.
let blockingCommands: [Command] = [
    Command(
        "btake", .generic, since: "1.0.0", arity: -3, [.write, .blocking], keys: [.keys(from: 1, .update)],
        syntax: "key [key ...] timeout", complexity: "O(N)", summary: "Takes the first string there is.", run: take),
    Command(
        "bmove", .generic, since: "1.0.0", arity: 4, [.write, .blocking], keys: [.key(1, .update), .key(2, .update)],
        syntax: "source destination timeout", complexity: "O(1)", summary: "Moves a string to where none is.",
        run: move),
    Command(
        "bread", .generic, since: "1.0.0", arity: 4, [.readonly, .blocking], keys: [.key(1, .readOnly)],
        syntax: "key seen milliseconds", complexity: "O(1)", summary: "Reads a string that is not the one seen.",
        run: read),
    Command(
        "bgone", .generic, since: "1.0.0", arity: 3, [.readonly, .blocking], keys: [.key(1, .readOnly)],
        syntax: "key timeout", complexity: "O(1)", summary: "Waits until a key is gone.", run: waitForRemoval),
    Command(
        "blist", .generic, since: "1.0.0", arity: 3, [.readonly, .blocking], keys: [.key(1, .readOnly)],
        syntax: "key timeout", complexity: "O(1)", summary: "Waits until a key holds a list.", run: waitForList),
]

private func take(_ call: inout Call) throws(CommandError) {
    let last = call.arguments.count - 1
    let deadline = try call.deadline(seconds: last)
    for index in 1..<last {
        let key = call.key(index)
        guard let entry = try call.string(key) else { continue }
        call.reply.array(2)
        call.reply.bulk(key.bytes)
        call.reply.string(of: entry)
        return call.removeRecorded(key)
    }
    call.block(on: 1..<last, for: .string, until: deadline) { $0.nullArray() }
}

private func move(_ call: inout Call) throws(CommandError) {
    let deadline = try call.deadline(seconds: 3)
    let source = call.key(1)
    guard let entry = try call.string(source) else {
        return call.block(on: [1], for: .string, until: deadline) { $0.null() }
    }
    guard try call.string(call.key(2)) == nil else { throw .message("BUSYKEY taken") }
    let value = entry.withString { Array($0) }
    value.withBytes { value in
        call.recordSet(call.arguments[2], value, expiry: nil)
        call.set(call.key(2), .bytes(value), expiry: .clear)
    }
    call.removeRecorded(source)
    call.reply.ok()
}

private func read(_ call: inout Call) throws(CommandError) {
    let deadline = try call.deadline(milliseconds: 3)
    let value = try call.readString(call.key(1)).map { $0.withString { Array($0) } }
    let isNew = call.arguments[2] == "$" ? false : value.map { $0 != Array(call.arguments[2]) } ?? false
    if let value, isNew { return value.withBytes { call.reply.bulk($0) } }
    let seen = call.arguments[2] == "$" ? value ?? [] : Array(call.arguments[2])
    call.block(on: [1], for: .string, until: deadline, replacing: [2: seen]) { $0.nullArray() }
}

private func waitForRemoval(_ call: inout Call) throws(CommandError) {
    let deadline = try call.deadline(seconds: 2)
    if call.read(call.key(1)) == nil { throw .message("NOKEY gone") }
    call.block(on: [1], for: .string, until: deadline, wakesOnRemoval: true) { $0.nullArray() }
}

private func waitForList(_ call: inout Call) throws(CommandError) {
    let deadline = try call.deadline(seconds: 2)
    if call.isRunAgain { throw .message("ERR woken by what is no list") }
    call.block(on: [1], for: .list, until: deadline) { $0.nullArray() }
}
