import Primitives
import RESP
import Storage
import Structures

let sortedSetWalkCommands: [Command] = [
    Command(
        "zrandmember", .sortedSet, since: "6.2.0", arity: -2, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key [count [WITHSCORES]]", complexity: "O(N) with N members returned.",
        summary: "Returns members at random.", tips: ["nondeterministic_output"], run: zrandmember),
    Command(
        "zscan", .sortedSet, since: "2.8.0", arity: -3, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key cursor [MATCH pattern] [COUNT count] [NOSCORES]",
        complexity: "O(1) for a call, O(N) for a whole walk over N members.",
        summary: "Walks over the members of a sorted set in portions.", tips: ["nondeterministic_output"], run: zscan),
]

// MARK: ZRANDMEMBER

private func zrandmember(_ call: inout Call) throws(CommandError) {
    if call.arguments.count > 2 { return try randomMembers(&call) }
    guard let value = try call.read(call.key(1), as: SortedSetValue.self) else { return call.reply.null() }
    let rank = Int.random(in: 0..<value.count, using: &call.keyspace.random)
    value.withMember(at: rank) { call.reply.bulk($0.member) }
}

private func randomMembers(_ call: inout Call) throws(CommandError) {
    guard let number = call.arguments[2].integer else { throw .notInteger }
    if number == .min {
        throw .message(
            "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
    }
    let withScores = call.arguments.count > 3
    if withScores {
        guard call.arguments.count == 4, call.arguments[3].equals(ignoringCase: "withscores") else { throw .syntax }
        if number.magnitude > UInt64(Int64.max / 2) { throw .message("ERR value is out of range") }
    }
    guard let value = try call.read(call.key(1), as: SortedSetValue.self), number != 0 else {
        return call.reply.array(0)
    }
    if number < 0 {
        anyMembers(call, value, Int(number.magnitude), withScores)
    } else {
        differentMembers(call, value, Int(min(number, Int64(value.count))), withScores)
    }
}

/// Members at random, some perhaps more than once.
private func anyMembers(_ call: Call, _ value: SortedSetValue, _ number: Int, _ withScores: Bool) {
    withScores ? call.reply.scoredArray(number) : call.reply.array(number)
    let count = value.count
    for _ in 0..<number {
        let rank = Int.random(in: 0..<count, using: &call.keyspace.random)
        value.withMember(at: rank) { withScores ? call.reply.scored($0) : call.reply.bulk($0.member) }
    }
}

/// Members at random, none more than once.
private func differentMembers(_ call: Call, _ value: SortedSetValue, _ number: Int, _ withScores: Bool) {
    withScores ? call.reply.scoredArray(number) : call.reply.array(number)
    func write(_ scored: ScoredMember) { withScores ? call.reply.scored(scored) : call.reply.bulk(scored.member) }
    let count = value.count
    // A few of many are looked up one by one, many of them are met on a walk.
    if number < count / 8 {
        for rank in differentRanks(number, of: count, &call.keyspace.random) { value.withMember(at: rank, write) }
        return
    }
    var wanted = number
    var rest = count
    value.forEach { scored in
        if Int.random(in: 0..<rest, using: &call.keyspace.random) < wanted {
            write(scored)
            wanted -= 1
        }
        rest -= 1
    }
}

private func differentRanks(_ number: Int, of count: Int, _ random: inout RandomSource) -> Set<Int> {
    var ranks: Set<Int> = []
    while ranks.count < number { ranks.insert(Int.random(in: 0..<count, using: &random)) }
    return ranks
}

// MARK: ZSCAN

private func zscan(_ call: inout Call) throws(CommandError) {
    guard let cursor = ScanCursor(text: call.arguments[2]) else { throw .message("ERR invalid cursor") }
    guard let value = try call.read(call.key(1), as: SortedSetValue.self) else {
        call.reply.array(2)
        call.reply.bulk(Int64(0))
        return call.reply.array(0)
    }
    let options = try ScanOptions(call.options(from: 3), takesType: false, hasScores: true)
    let next = value.scan(from: cursor.rawValue, minimum: options.count) { _ in }
    call.reply.array(2)
    call.reply.bulk(Int64(bitPattern: next))
    call.reply.deferredArray { reply in
        var found = 0
        _ = value.scan(from: cursor.rawValue, minimum: options.count) { scored in
            guard options.matches(scored.member) else { return }
            reply.bulk(scored.member)
            found += 1
            guard options.showsValues else { return }
            reply.scoreText(scored.score)
            found += 1
        }
        return found
    }
}

extension ReplyWriter {
    /// A score as a bulk string, whatever the client speaks.
    fileprivate mutating func scoreText(_ score: Double) { bulk(NumberText.text(score)) }
}
