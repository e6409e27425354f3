import Primitives
import RESP
import Storage
import Structures

// SPOP and SRANDMEMBER.

let randomMemberCommands: [Command] = [
    Command(
        "spop", .set, since: "1.0.0", arity: -2, [.write, .fast], keys: [.key(1, [.readWrite, .access, .delete])],
        syntax: "key [count]", complexity: "O(1), with a count O(N) with as many members.",
        summary: "Removes members chosen at random from a set and returns them.", tips: ["nondeterministic_output"],
        run: spop),
    Command(
        "srandmember", .set, since: "1.0.0", arity: -2, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key [count]", complexity: "O(1), with a count O(N) with as many members.",
        summary: "Returns members of a set chosen at random.", tips: ["nondeterministic_output"], run: srandmember),
]

// MARK: SPOP

private func spop(_ call: inout Call) throws(CommandError) {
    switch call.arguments.count {
    case 2: try popOne(&call)
    case 3: try popMany(&call)
    default: throw .syntax
    }
}

private func popOne(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    guard let entry = try call.entry(key, of: SetValue.self) else { return call.reply.null() }
    call.pop(key, entry, 1)
}

private func popMany(_ call: inout Call) throws(CommandError) {
    guard let count = call.arguments[2].integer, count >= 0 else {
        throw .message("ERR value is out of range, must be positive")
    }
    let key = call.key(1)
    guard let entry = try call.entry(key, of: SetValue.self), count > 0 else { return call.reply.set(0) }
    let set = entry.view(as: SetValue.self)
    if count >= set.count { return popAll(&call, key, set) }
    call.reply.set(Int(count))
    call.pop(key, entry, Int(count))
}

private func popAll(_ call: inout Call, _ key: Key, _ set: SetValue) {
    let count = set.count
    call.reply.members(of: set)
    call.keyspace.didChangeCollection(key, call.database, .spop, count: count)
    call.removeRecorded(key)
}

extension Call {
    /// Removes members at random, fewer than there are or one, writes them, and records that they went.
    fileprivate mutating func pop(_ key: Key, _ entry: Entry, _ count: Int) {
        let keyspace = keyspace
        let start = reply.count
        edit(key, entry, as: SetValue.self, event: .spop) { set in
            for _ in 0..<count { set.removeRandom(&keyspace.random) { reply.member($0) } }
            return ((), count)
        }
        // The members are gone; what is left of them is the reply.
        var members = reply.bytes.dropFirst(start)
        recordEffect(count + 2) { effect in
            effect.append("SREM")
            effect.append(key.bytes)
            for _ in 0..<count { effect.append(members.takeBulk()) }
        }
    }
}

extension Bytes {
    /// Takes the bulk string at the beginning of replies and returns its bytes.
    fileprivate mutating func takeBulk() -> Bytes {
        var index = 1
        var length = 0
        while self[index] != UInt8(ascii: "\r") {
            length = length * 10 + Int(self[index] - UInt8(ascii: "0"))
            index += 1
        }
        let start = index + 2
        defer { self = dropFirst(start + length + 2) }
        return self[start..<start + length]
    }
}

// MARK: SRANDMEMBER

private func srandmember(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count <= 3 else { throw .syntax }
    guard call.arguments.count == 3 else { return try randomMember(&call) }
    let count = try call.integer(2)
    guard count > Int64.min else {
        throw .message(
            "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
    }
    guard let set = try call.read(call.key(1), as: SetValue.self) else { return call.reply.array(0) }
    let keyspace = call.keyspace
    if count < 0 {
        call.reply.array(Int(-count))
        set.forEachRandom(Int(-count), &keyspace.random) { call.reply.member($0) }
    } else if count >= set.count {
        call.reply.array(set.count)
        set.forEach { call.reply.member($0) }
    } else {
        call.reply.array(Int(count))
        set.forEachOfSample(Int(count), &keyspace.random) { call.reply.member($0) }
    }
}

private func randomMember(_ call: inout Call) throws(CommandError) {
    guard let set = try call.read(call.key(1), as: SetValue.self) else { return call.reply.null() }
    let keyspace = call.keyspace
    set.withRandomMember(&keyspace.random) { call.reply.member($0) }
}
