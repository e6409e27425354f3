import Primitives
import RESP
import Storage
import Structures

let sortedSetPopCommands: [Command] = [
    Command(
        "zpopmin", .sortedSet, since: "5.0.0", arity: -2, [.write, .fast],
        keys: [.key(1, [.readWrite, .access, .delete])], syntax: "key [count]",
        complexity: "O(log(N)*M) with N members in the sorted set and M taken.",
        summary: "Takes the members with the least scores out of a sorted set.", run: zpopmin),
    Command(
        "zpopmax", .sortedSet, since: "5.0.0", arity: -2, [.write, .fast],
        keys: [.key(1, [.readWrite, .access, .delete])], syntax: "key [count]",
        complexity: "O(log(N)*M) with N members in the sorted set and M taken.",
        summary: "Takes the members with the greatest scores out of a sorted set.", run: zpopmax),
    Command(
        "bzpopmin", .sortedSet, since: "5.0.0", arity: -3, [.write, .blocking, .fast],
        keys: [blockingKeys], syntax: "key [key ...] timeout",
        complexity: "O(log(N)) with N members in the sorted set.",
        summary: "Takes the member with the least score from the first sorted set that has one, or waits for it.",
        run: bzpopmin),
    Command(
        "bzpopmax", .sortedSet, since: "5.0.0", arity: -3, [.write, .blocking, .fast],
        keys: [blockingKeys], syntax: "key [key ...] timeout",
        complexity: "O(log(N)) with N members in the sorted set.",
        summary: "Takes the member with the greatest score from the first sorted set that has one, or waits for it.",
        run: bzpopmax),
    Command(
        "zmpop", .sortedSet, since: "7.0.0", arity: -4, [.write, .movablekeys],
        keys: [KeySpecification(.index(1), .count(index: 0, first: 1, step: 1), [.readWrite, .access, .delete])],
        syntax: "numkeys key [key ...] (MIN|MAX) [COUNT count]",
        complexity: "O(K+M*log(N)) with K keys, N members in the sorted set and M taken.",
        summary: "Takes members from the first sorted set that has some.", run: zmpop),
    Command(
        "bzmpop", .sortedSet, since: "7.0.0", arity: -5, [.write, .blocking, .movablekeys],
        keys: [KeySpecification(.index(2), .count(index: 0, first: 1, step: 1), [.readWrite, .access, .delete])],
        syntax: "timeout numkeys key [key ...] (MIN|MAX) [COUNT count]",
        complexity: "O(K+M*log(N)) with K keys, N members in the sorted set and M taken.",
        summary: "Takes members from the first sorted set that has some, or waits for them.", run: bzmpop),
]

private let blockingKeys = KeySpecification(
    .index(1), .range(last: -2, step: 1, limit: 0), [.readWrite, .access, .delete])

/// The end of a sorted set from which members are taken.
private enum Side {
    case least
    case greatest

    var event: KeyspaceEvent { self == .least ? .zpopmin : .zpopmax }
    var command: StaticString { self == .least ? "ZPOPMIN" : "ZPOPMAX" }

    /// The ranks of the first `count` members from this end.
    @inline(__always)
    func ranks(_ count: Int, of value: SortedSetValue) -> Range<Int> {
        let all = value.count
        let taken = min(count, all)
        return self == .least ? 0..<taken : all - taken..<all
    }
}

/// Takes members out of a sorted set that is there and hands them to `body`, beginning at the end they are taken from;
/// before that their number to `start`.
@inline(__always)
private func take(
    _ call: Call, _ key: Key, _ entry: Entry, _ count: Int, _ side: Side, start: (Int) -> Void = { _ in },
    _ body: (ScoredMember) -> Void
) {
    call.edit(key, entry, as: SortedSetValue.self, event: side.event) { value in
        let ranks = side.ranks(count, of: value)
        start(ranks.count)
        value.forEach(in: ranks, reversed: side == .greatest, body)
        value.remove(in: ranks)
        return ((), ranks.count)
    }
}

// MARK: ZPOPMIN and ZPOPMAX

private func zpopmin(_ call: inout Call) throws(CommandError) { try pop(&call, .least) }

private func zpopmax(_ call: inout Call) throws(CommandError) { try pop(&call, .greatest) }

private func pop(_ call: inout Call, _ side: Side) throws(CommandError) {
    if call.arguments.count > 3 { throw .syntax }
    let count = call.arguments.count == 3 ? try call.countToTake(2) : nil
    let key = call.key(1)
    guard let entry = try call.entry(key, of: SortedSetValue.self), count != 0 else { return call.reply.array(0) }
    if let count {
        take(call, key, entry, count, side, start: { call.reply.scoredArray($0) }) { call.reply.scored($0) }
    } else {
        // A single member is never put into an array of its own.
        call.reply.array(2)
        take(call, key, entry, 1, side) { call.reply.flat($0) }
    }
}

extension ReplyWriter {
    /// A member and its score, as two replies.
    @inline(__always)
    fileprivate mutating func flat(_ scored: ScoredMember) {
        bulk(scored.member)
        double(scored.score)
    }
}

extension Call {
    fileprivate func countToTake(_ index: Int) throws(CommandError) -> Int {
        guard let count = arguments[index].integer, count >= 0 else {
            throw .message("ERR value is out of range, must be positive")
        }
        return Int(count)
    }
}

// MARK: BZPOPMIN and BZPOPMAX

private func bzpopmin(_ call: inout Call) throws(CommandError) { try popOrWait(&call, .least) }

private func bzpopmax(_ call: inout Call) throws(CommandError) { try popOrWait(&call, .greatest) }

private func popOrWait(_ call: inout Call, _ side: Side) throws(CommandError) {
    let last = call.arguments.count - 1
    let deadline = try call.deadline(seconds: last)
    for index in 1..<last {
        let key = call.key(index)
        guard let entry = try call.entry(key, of: SortedSetValue.self) else { continue }
        call.reply.array(3)
        call.reply.bulk(key.bytes)
        take(call, key, entry, 1, side) { call.reply.flat($0) }
        call.recordEffect(2) { effect in
            effect.append(side.command)
            effect.append(key.bytes)
        }
        return
    }
    call.block(on: 1..<last, for: .sortedSet, until: deadline) { $0.nullArray() }
}

// MARK: ZMPOP and BZMPOP

private struct MultiplePop {
    let keys: Range<Int>
    let side: Side
    var count = 1

    /// - Parameter index: of the number of keys.
    init(_ call: Call, at index: Int) throws(CommandError) {
        guard let number = call.arguments[index].integer, number > 0 else {
            throw .message("ERR numkeys should be greater than 0")
        }
        guard number < call.arguments.count - index - 1 else { throw .syntax }
        keys = index + 1..<index + 1 + Int(number)
        var options = call.options(from: keys.upperBound)
        side = options.take("min") ? .least : .greatest
        if side == .greatest, !options.take("max") { throw .syntax }
        if let text = try options.value(after: "count") {
            guard let number = text.integer, number > 0 else { throw .message("ERR count should be greater than 0") }
            count = Int(number)
        }
        if !options.isAtEnd { throw .syntax }
    }

    /// Takes members from the first key that has some, and replies. False where there is none.
    func run(_ call: inout Call) throws(CommandError) -> Bool {
        for index in keys {
            let key = call.key(index)
            guard let entry = try call.entry(key, of: SortedSetValue.self) else { continue }
            reply(&call, key, entry)
            return true
        }
        return false
    }

    private func reply(_ call: inout Call, _ key: Key, _ entry: Entry) {
        call.reply.array(2)
        call.reply.bulk(key.bytes)
        var taken = 0
        let output = call
        take(call, key, entry, count, side) { number in
            taken = number
            output.reply.array(number)
        } _: { scored in
            output.reply.array(2)
            output.reply.flat(scored)
        }
        call.recordEffect(3) { effect in
            effect.append(side.command)
            effect.append(key.bytes)
            effect.append(Int64(taken))
        }
    }
}

private func zmpop(_ call: inout Call) throws(CommandError) {
    if try !MultiplePop(call, at: 1).run(&call) { call.reply.nullArray() }
}

private func bzmpop(_ call: inout Call) throws(CommandError) {
    let deadline = try call.deadline(seconds: 1)
    let pop = try MultiplePop(call, at: 2)
    if try !pop.run(&call) { call.block(on: pop.keys, for: .sortedSet, until: deadline) { $0.nullArray() } }
}
