import Primitives
import RESP
import Storage
import Structures

/// The commands of the group `set`.
let setCommands: [Command] = memberCommands + randomMemberCommands + setAlgebraCommands + setCountingCommands

private let memberCommands: [Command] = [
    Command(
        "sadd", .set, since: "1.0.0", arity: -3, [.write, .denyoom, .fast], keys: [.key(1, [.readWrite, .insert])],
        syntax: "key member [member ...]", complexity: "O(1) for each member.",
        summary: "Adds members to a set, which is made where there is none, and tells how many are new.", run: sadd),
    Command(
        "srem", .set, since: "1.0.0", arity: -3, [.write, .fast], keys: [.key(1, [.readWrite, .delete])],
        syntax: "key member [member ...]", complexity: "O(N) with N members to remove.",
        summary: "Removes members from a set and tells how many were there.", run: srem),
    Command(
        "smove", .set, since: "1.0.0", arity: 4, [.write, .fast],
        keys: [.key(1, [.readWrite, .access, .delete]), .key(2, [.readWrite, .insert])],
        syntax: "source destination member", complexity: "O(1)", summary: "Moves a member from one set to another.",
        run: smove),
    Command(
        "scard", .set, since: "1.0.0", arity: 2, [.readonly, .fast], keys: [.key(1, .readOnly)], syntax: "key",
        complexity: "O(1)", summary: "Tells how many members a set has.", run: scard),
    Command(
        "sismember", .set, since: "1.0.0", arity: 3, [.readonly, .fast], keys: [.key(1, .readOnly)],
        syntax: "key member", complexity: "O(1)", summary: "Tells whether a member is in a set.", run: sismember),
    Command(
        "smismember", .set, since: "6.2.0", arity: -3, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key member [member ...]", complexity: "O(N) with N members to look for.",
        summary: "Tells of each of some members whether it is in a set.", run: smismember),
    Command(
        "smembers", .set, since: "1.0.0", arity: 2, [.readonly], keys: [.key(1, [.readOnly, .access])], syntax: "key",
        complexity: "O(N) with N members of the set.", summary: "Returns all members of a set.",
        tips: ["nondeterministic_output_order"], run: smembers),
    Command(
        "sscan", .set, since: "2.8.0", arity: -3, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key cursor [MATCH pattern] [COUNT count]",
        complexity: "O(1) for a call, O(N) for a whole walk over N members.",
        summary: "Walks over the members of a set in portions.", tips: ["nondeterministic_output"], run: sscan),
]

extension ReplyWriter {
    /// A bulk string of a member.
    @inline(__always)
    mutating func member(_ member: Element) {
        switch member {
        case .bytes(let bytes): bulk(bytes)
        case .integer(let integer): bulk(integer)
        }
    }

    /// A set of all members.
    mutating func members(of members: SetValue) {
        set(members.count)
        members.forEach { member($0) }
    }
}

// MARK: Changing

private func sadd(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.entry(key, of: SetValue.self)
    let arguments = call.arguments
    let limits = call.limits
    let added = call.edit(key, entry, as: SetValue.self, event: .sadd) { set in
        set.prepare(for: arguments.count - 2, first: arguments[2], limits)
        var added = 0
        for index in 2..<arguments.count where set.add(arguments[index], limits) { added += 1 }
        return (added, added)
    }
    call.reply.integer(added)
}

private func srem(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    guard let entry = try call.entry(key, of: SetValue.self) else { return call.reply.integer(0) }
    let arguments = call.arguments
    let removed = call.edit(key, entry, as: SetValue.self, event: .srem) { set in
        var removed = 0
        for index in 2..<arguments.count where set.remove(arguments[index]) { removed += 1 }
        return (removed, removed)
    }
    call.reply.integer(removed)
}

private func smove(_ call: inout Call) throws(CommandError) {
    let source = call.key(1)
    let target = call.key(2)
    let member = call.arguments[3]
    let limits = call.limits
    guard let entry = try call.entry(source, of: SetValue.self) else { return call.reply.integer(0) }
    _ = try call.entry(target, of: SetValue.self)
    if source.bytes == target.bytes {
        return call.reply.integer(entry.view(as: SetValue.self).contains(member) ? 1 : 0)
    }
    let isMoved = call.edit(source, entry, as: SetValue.self, event: .srem) { set in
        let isRemoved = set.remove(member)
        return (isRemoved, isRemoved ? 1 : 0)
    }
    guard isMoved else { return call.reply.integer(0) }
    call.edit(target, try call.entry(target, of: SetValue.self), as: SetValue.self, event: .sadd) { set in
        ((), set.add(member, limits) ? 1 : 0)
    }
    call.reply.integer(1)
}

// MARK: Reading

private func scard(_ call: inout Call) throws(CommandError) {
    let set = try call.read(call.key(1), as: SetValue.self)
    call.reply.integer(set?.count ?? 0)
}

private func sismember(_ call: inout Call) throws(CommandError) {
    let set = try call.read(call.key(1), as: SetValue.self)
    call.reply.integer(set?.contains(call.arguments[2]) == true ? 1 : 0)
}

private func smismember(_ call: inout Call) throws(CommandError) {
    let set = try call.read(call.key(1), as: SetValue.self)
    call.reply.array(call.arguments.count - 2)
    for index in 2..<call.arguments.count {
        call.reply.integer(set?.contains(call.arguments[index]) == true ? 1 : 0)
    }
}

private func smembers(_ call: inout Call) throws(CommandError) {
    guard let set = try call.read(call.key(1), as: SetValue.self) else { return call.reply.set(0) }
    call.reply.members(of: set)
}

private func sscan(_ call: inout Call) throws(CommandError) {
    guard let cursor = ScanCursor(text: call.arguments[2]) else { throw .message("ERR invalid cursor") }
    let set = try call.read(call.key(1), as: SetValue.self)
    guard let set else { return writePortion(call, 0, []) }
    let options = try ScanOptions(call.options(from: 3), takesType: false)
    var found: [Element] = []
    let next = set.scan(from: cursor.rawValue, minimum: options.count) { member in
        if options.matches(member) { found.append(member) }
    }
    writePortion(call, next, found)
}

private func writePortion(_ call: Call, _ next: UInt64, _ found: [Element]) {
    call.reply.array(2)
    call.reply.bulk(Int64(bitPattern: next))
    call.reply.array(found.count)
    for member in found { call.reply.member(member) }
}

extension ScanOptions {
    /// Whether an element matches the pattern, if there is one.
    fileprivate func matches(_ element: Element) -> Bool {
        guard let pattern else { return true }
        return element.withBytes { Glob.matches(pattern, $0) }
    }
}
