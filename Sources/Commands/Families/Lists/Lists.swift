import Primitives
import RESP
import Storage
import Structures

/// The commands of the group `list`.
let listCommands: [Command] =
    endCommands + placeCommands + rangeCommands + searchCommands + moveCommands + blockingListCommands

private let endCommands: [Command] = [
    Command(
        "lpush", .list, since: "1.0.0", arity: -3, [.write, .denyoom, .fast], keys: [.key(1, [.readWrite, .insert])],
        syntax: "key element [element ...]", complexity: "O(N) with N elements pushed.",
        summary: "Pushes elements at the head of a list, which is made if there is none, and returns its length."
    ) { call throws(CommandError) in try push(&call, at: .head) },
    Command(
        "rpush", .list, since: "1.0.0", arity: -3, [.write, .denyoom, .fast], keys: [.key(1, [.readWrite, .insert])],
        syntax: "key element [element ...]", complexity: "O(N) with N elements pushed.",
        summary: "Pushes elements at the tail of a list, which is made if there is none, and returns its length."
    ) { call throws(CommandError) in try push(&call, at: .tail) },
    Command(
        "lpushx", .list, since: "2.2.0", arity: -3, [.write, .denyoom, .fast], keys: [.key(1, [.readWrite, .insert])],
        syntax: "key element [element ...]", complexity: "O(N) with N elements pushed.",
        summary: "Pushes elements at the head of a list if there is one."
    ) { call throws(CommandError) in try push(&call, at: .head, mustExist: true) },
    Command(
        "rpushx", .list, since: "2.2.0", arity: -3, [.write, .denyoom, .fast], keys: [.key(1, [.readWrite, .insert])],
        syntax: "key element [element ...]", complexity: "O(N) with N elements pushed.",
        summary: "Pushes elements at the tail of a list if there is one."
    ) { call throws(CommandError) in try push(&call, at: .tail, mustExist: true) },
    Command(
        "lpop", .list, since: "1.0.0", arity: -2, [.write, .fast], keys: [.key(1, [.readWrite, .access, .delete])],
        syntax: "key [count]", complexity: "O(N) with N elements returned.",
        summary: "Removes the first element of a list, or several, and returns them."
    ) { call throws(CommandError) in try pop(&call, at: .head) },
    Command(
        "rpop", .list, since: "1.0.0", arity: -2, [.write, .fast], keys: [.key(1, [.readWrite, .access, .delete])],
        syntax: "key [count]", complexity: "O(N) with N elements returned.",
        summary: "Removes the last element of a list, or several, and returns them, the last one first."
    ) { call throws(CommandError) in try pop(&call, at: .tail) },
]

extension ListEnd {
    /// The event of a push at this end.
    var pushEvent: KeyspaceEvent { self == .head ? .lpush : .rpush }
    /// The event of a removal at this end.
    var popEvent: KeyspaceEvent { self == .head ? .lpop : .rpop }
    /// The command that pops at this end.
    var popCommand: StaticString { self == .head ? "LPOP" : "RPOP" }
}

@inline(__always)
private func push(_ call: inout Call, at end: ListEnd, mustExist: Bool = false) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.entry(key, of: ListValue.self)
    if mustExist, entry == nil { return call.reply.integer(0) }
    let arguments = call.arguments
    let limits = call.limits
    let length = call.edit(key, entry, as: ListValue.self, event: end.pushEvent) { list in
        list.push(arguments.count - 2, at: end, limits) { arguments[$0 + 2] }
        return (list.count, arguments.count - 2)
    }
    call.reply.integer(length)
}

@inline(__always)
private func pop(_ call: inout Call, at end: ListEnd) throws(CommandError) {
    if call.arguments.count > 2 { return try popSeveral(&call, at: end) }
    let key = call.key(1)
    guard let entry = try call.entry(key, of: ListValue.self) else { return call.reply.null() }
    popOne(call, key, entry, at: end)
}

/// Removes one element and replies it.
@inline(__always)
func popOne(_ call: Call, _ key: Key, _ entry: Entry, at end: ListEnd) {
    let limits = call.limits
    call.edit(key, entry, as: ListValue.self, event: end.popEvent) { list in
        list.pop(at: end, limits) { call.reply.bulk($0) }
        return ((), 1)
    }
}

private func popSeveral(_ call: inout Call, at end: ListEnd) throws(CommandError) {
    guard call.arguments.count == 3 else { throw .wrongArity(command: call.name) }
    guard let wanted = call.arguments[2].integer, wanted >= 0 else { throw .notPositive }
    let key = call.key(1)
    guard let entry = try call.entry(key, of: ListValue.self) else { return call.reply.nullArray() }
    if wanted == 0 { return call.reply.array(0) }
    popReplying(call, key, entry, at: end, Int(wanted))
}

/// Removes up to `wanted` elements and replies them as an array. Returns how many they were.
@discardableResult
func popReplying(_ call: Call, _ key: Key, _ entry: Entry, at end: ListEnd, _ wanted: Int) -> Int {
    let list = entry.view(as: ListValue.self)
    let number = min(wanted, list.count)
    call.reply.array(number)
    call.reply.elements(of: list, from: end, number)
    call.removeElements(key, entry, number, at: end)
    return number
}

extension Call {
    /// Removes elements from an end of a list, with the event of a pop. A list that goes as a whole is freed as such.
    func removeElements(_ key: Key, _ entry: Entry, _ number: Int, at end: ListEnd) {
        if number == entry.view(as: ListValue.self).count {
            return removeList(key, number, event: end.popEvent)
        }
        let limits = limits
        edit(key, entry, as: ListValue.self, event: end.popEvent) { list in
            list.remove(number, at: end, limits)
            return ((), number)
        }
    }

    /// Removes all `number` elements of a list, and so its key: big ones are freed elsewhere.
    func removeList(_ key: Key, _ number: Int, event: KeyspaceEvent) {
        keyspace.remove(key, database, event: event)
        keyspace.changes &+= number - 1
        keyspace.didEmpty(key, database)
    }
}

extension CommandError {
    static var notPositive: CommandError { .message("ERR value is out of range, must be positive") }
}
