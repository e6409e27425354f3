import Primitives
import RESP
import Storage
import Structures

/// Commands that wait for a list where there is none.
let blockingListCommands: [Command] = [
    Command(
        "blpop", .list, since: "2.0.0", arity: -3, [.write, .blocking], keys: firstOfManyKeys,
        syntax: "key [key ...] timeout", complexity: "O(N) with N keys.",
        summary: "Removes the first element of the first list there is and returns it, or waits for one."
    ) { call throws(CommandError) in try pop(&call, at: .head) },
    Command(
        "brpop", .list, since: "2.0.0", arity: -3, [.write, .blocking], keys: firstOfManyKeys,
        syntax: "key [key ...] timeout", complexity: "O(N) with N keys.",
        summary: "Removes the last element of the first list there is and returns it, or waits for one."
    ) { call throws(CommandError) in try pop(&call, at: .tail) },
    Command(
        "blmove", .list, since: "6.2.0", arity: 6, [.write, .denyoom, .blocking], keys: moveKeys,
        syntax: "source destination (LEFT|RIGHT) (LEFT|RIGHT) timeout", complexity: "O(1)",
        summary: "Moves an element from a list to another and returns it, or waits for one."
    ) { call throws(CommandError) in try move(&call, MoveEnds(call), timeout: 5) },
    Command(
        "brpoplpush", .list, since: "2.2.0", arity: 4, [.write, .denyoom, .blocking], keys: moveKeys,
        syntax: "source destination timeout", complexity: "O(1)",
        summary: "Moves the last element of a list to the head of another and returns it, or waits for one.",
        deprecated: .init(since: "6.2.0", replacement: "`BLMOVE` with the `RIGHT` and `LEFT` arguments")
    ) { call throws(CommandError) in try move(&call, .rightToLeft, timeout: 3) },
    Command(
        "blmovem", .list, since: "8.10.0", arity: -6, [.write, .denyoom, .blocking], keys: moveKeys,
        syntax: "source destination (LEFT|RIGHT) (LEFT|RIGHT) timeout [(COUNT count|EXACTLY exactly) (OBO|BULK)]",
        complexity: "O(N) with N elements moved.",
        summary: "Moves several elements from a list to another and returns them, or waits for enough of them.",
        run: blmovem),
    Command(
        "blmpop", .list, since: "7.0.0", arity: -5, [.write, .blocking, .movablekeys],
        keys: [KeySpecification(.index(2), .count(index: 0, first: 1, step: 1), [.readWrite, .access, .delete])],
        syntax: "timeout numkeys key [key ...] (LEFT|RIGHT) [COUNT count]",
        complexity: "O(N + M) with N keys and M elements returned.",
        summary: "Removes elements from an end of the first list there is and returns them, or waits for some.",
        run: blmpop),
]

private let firstOfManyKeys = [
    KeySpecification(.index(1), .range(last: -2, step: 1, limit: 0), [.readWrite, .access, .delete])
]

private func pop(_ call: inout Call, at end: ListEnd) throws(CommandError) {
    let last = call.arguments.count - 1
    let deadline = try call.deadline(seconds: last)
    for index in 1..<last {
        let key = call.key(index)
        guard let entry = try call.entry(key, of: ListValue.self) else { continue }
        call.reply.array(2)
        call.reply.bulk(key.bytes)
        popOne(call, key, entry, at: end)
        return call.recordEffect(2) { effect in
            effect.append(end.popCommand)
            effect.append(key.bytes)
        }
    }
    call.block(on: 1..<last, for: .list, until: deadline) { $0.nullArray() }
}

private func move(_ call: inout Call, _ ends: MoveEnds, timeout index: Int) throws(CommandError) {
    let deadline = try call.deadline(seconds: index)
    guard try moveOne(&call, ends) else {
        // In a transaction the reply is that of LMOVE.
        if call.session.isDeniedBlocking { return call.reply.null() }
        return call.block(on: [1], for: .list, until: deadline) { $0.nullArray() }
    }
    recordWithoutTimeout(&call, timeout: index)
}

/// Records the command that does the same without waiting: its own name without the B, and no timeout.
private func recordWithoutTimeout(_ call: inout Call, timeout: Int) {
    let arguments = call.arguments
    let name = Array(call.name.uppercased().utf8.dropFirst())
    call.recordEffect(arguments.count - 1) { effect in
        name.withBytes { effect.append($0) }
        for index in 1..<arguments.count where index != timeout { effect.append(arguments[index]) }
    }
}

private func blmovem(_ call: inout Call) throws(CommandError) {
    let request = try SeveralMoves(call, from: 6)
    let deadline = try call.deadline(seconds: 5)
    guard try moveSeveral(&call, request) else {
        return call.block(on: [1], for: .list, until: deadline) { $0.nullArray() }
    }
    recordWithoutTimeout(&call, timeout: 5)
}

private func blmpop(_ call: inout Call) throws(CommandError) {
    let deadline = try call.deadline(seconds: 1)
    let request = try FirstPop(call, at: 2)
    if try popFirst(&call, request) { return }
    call.block(on: request.keys, for: .list, until: deadline) { $0.nullArray() }
}
