import Primitives
import RESP
import Storage
import Structures

/// Commands on sorted sets.
let sortedSetCommands: [Command] =
    scoreCommands + sortedSetRangeCommands + sortedSetRemovalCommands + sortedSetPopCommands
    + sortedSetCombinationCommands + sortedSetWalkCommands

let scoreCommands: [Command] = [
    Command(
        "zadd", .sortedSet, since: "1.2.0", arity: -4, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .update])],
        syntax: "key [NX|XX] [GT|LT] [CH] [INCR] (score member) [(score member) ...]",
        complexity: "O(log(N)) for each member, with N members in the sorted set.",
        summary: "Gives members scores; members that are not there are added, and with them the key.", run: zadd),
    Command(
        "zincrby", .sortedSet, since: "1.2.0", arity: 4, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .access, .update])], syntax: "key increment member",
        complexity: "O(log(N)) with N members in the sorted set.", summary: "Adds a number to the score of a member.",
        run: zincrby),
    Command(
        "zrem", .sortedSet, since: "1.2.0", arity: -3, [.write, .fast], keys: [.key(1, [.readWrite, .delete])],
        syntax: "key member [member ...]",
        complexity: "O(M*log(N)) with N members in the sorted set and M of them to be removed.",
        summary: "Removes members; the key goes with the last one.", run: zrem),
    Command(
        "zcard", .sortedSet, since: "1.2.0", arity: 2, [.readonly, .fast], keys: [.key(1, .readOnly)], syntax: "key",
        complexity: "O(1)", summary: "Tells how many members a sorted set has.", run: zcard),
    Command(
        "zscore", .sortedSet, since: "1.2.0", arity: 3, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key member", complexity: "O(1)", summary: "Returns the score of a member.", run: zscore),
    Command(
        "zmscore", .sortedSet, since: "6.2.0", arity: -3, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key member [member ...]", complexity: "O(N) with N members asked for.",
        summary: "Returns the scores of several members.", run: zmscore),
    Command(
        "zrank", .sortedSet, since: "2.0.0", arity: -3, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key member [WITHSCORE]", complexity: "O(log(N)) with N members in the sorted set.",
        summary: "Tells how many members stand before a member, from the least score on.", run: zrank),
    Command(
        "zrevrank", .sortedSet, since: "2.0.0", arity: -3, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key member [WITHSCORE]", complexity: "O(log(N)) with N members in the sorted set.",
        summary: "Tells how many members stand before a member, from the greatest score on.", run: zrevrank),
]

// MARK: Setting scores

private struct AddOptions {
    var conditions: ScoreConditions = []
    var countsUpdates = false
    /// The index of the first score.
    var first = 2

    init(_ call: Call) throws(CommandError) {
        var options = call.options(from: 2)
        while !options.isAtEnd, take(&options) {}
        first = options.position
        let rest = options.remaining
        if rest == 0 || rest % 2 != 0 { throw .syntax }
        try check(pairs: rest / 2)
    }

    @inline(__always)
    private mutating func take(_ options: inout ArgumentReader) -> Bool {
        if options.take("nx") {
            conditions.insert(.isNew)
        } else if options.take("xx") {
            conditions.insert(.isThere)
        } else if options.take("gt") {
            conditions.insert(.isGreater)
        } else if options.take("lt") {
            conditions.insert(.isLess)
        } else if options.take("incr") {
            conditions.insert(.increments)
        } else if options.take("ch") {
            countsUpdates = true
        } else {
            return false
        }
        return true
    }

    private func check(pairs: Int) throws(CommandError) {
        if conditions.isEmpty { return }
        if conditions.isSuperset(of: [.isNew, .isThere]) {
            throw .message("ERR XX and NX options at the same time are not compatible")
        }
        let bounds = conditions.intersection([.isGreater, .isLess])
        if bounds == [.isGreater, .isLess] || !bounds.isEmpty && conditions.contains(.isNew) {
            throw .message("ERR GT, LT, and/or NX options at the same time are not compatible")
        }
        if conditions.contains(.increments), pairs > 1 {
            throw .message("ERR INCR option supports a single increment-element pair")
        }
    }
}

private func zadd(_ call: inout Call) throws(CommandError) {
    let options = try AddOptions(call)
    let score = try call.score(options.first)
    for index in stride(from: options.first + 2, to: call.arguments.count, by: 2) { _ = try call.score(index) }
    if options.conditions.contains(.increments) {
        return try increment(&call, score, call.arguments[options.first + 1], options.conditions)
    }
    let key = call.key(1)
    let entry = try call.entry(key, of: SortedSetValue.self)
    // Without it there would be an empty sorted set for a moment.
    if entry == nil, options.conditions.contains(.isThere) { return call.reply.integer(0) }
    let (added, updated) = add(call, key, entry, options, firstScore: score)
    call.reply.integer(added &+ (options.countsUpdates ? updated : 0))
}

@inline(__always)
private func add(
    _ call: Call, _ key: Key, _ entry: Entry?, _ options: AddOptions, firstScore: Double
) -> (added: Int, updated: Int) {
    let limits = call.limits
    return call.edit(key, entry, as: SortedSetValue.self, event: .zadd) { value in
        var added = 0
        var updated = 0
        var index = options.first
        var score = firstScore
        while true {
            switch value.add(call.arguments[index &+ 1], score, options.conditions, limits) {
            case .added: added &+= 1
            case .updated: updated &+= 1
            case .same, .refused, .notANumber: break
            }
            index &+= 2
            guard index < call.arguments.count else { break }
            score = call.arguments[index].double ?? 0
        }
        return ((added, updated), added &+ updated)
    }
}

private func zincrby(_ call: inout Call) throws(CommandError) {
    try increment(&call, try call.score(2), call.arguments[3], .increments)
}

/// Adds to the score of a member and replies with the new one; null if the conditions did not allow it.
private func increment(
    _ call: inout Call, _ score: Double, _ member: Bytes, _ conditions: ScoreConditions
) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.entry(key, of: SortedSetValue.self)
    if entry == nil, conditions.contains(.isThere) { return call.reply.null() }
    let limits = call.limits
    let outcome = call.edit(key, entry, as: SortedSetValue.self, event: .zincr) { value in
        let outcome = value.add(member, score, conditions, limits)
        return (outcome, outcome.changes)
    }
    switch outcome {
    case .added(let score), .updated(let score), .same(let score): call.reply.double(score)
    case .refused: call.reply.null()
    case .notANumber: throw .message("ERR resulting score is not a number (NaN)")
    }
}

extension ScoreOutcome {
    /// How many members have changed.
    var changes: Int {
        switch self {
        case .added, .updated: 1
        case .same, .refused, .notANumber: 0
        }
    }
}

extension Call {
    /// The score that argument `index` is.
    @inline(__always)
    func score(_ index: Int) throws(CommandError) -> Double {
        guard let score = arguments[index].double else { throw .notFloat }
        return score
    }
}

private func zrem(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    guard let entry = try call.entry(key, of: SortedSetValue.self) else { return call.reply.integer(0) }
    let arguments = call.arguments
    let removed = call.edit(key, entry, as: SortedSetValue.self, event: .zrem) { value in
        var removed = 0
        for index in 2..<arguments.count where !value.isEmpty && value.remove(arguments[index]) { removed &+= 1 }
        return (removed, removed)
    }
    call.reply.integer(removed)
}

// MARK: Asking for scores

private func zcard(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.read(call.key(1), as: SortedSetValue.self)?.count ?? 0)
}

private func zscore(_ call: inout Call) throws(CommandError) {
    let score = try call.read(call.key(1), as: SortedSetValue.self)?.score(of: call.arguments[2])
    call.reply.score(score)
}

private func zmscore(_ call: inout Call) throws(CommandError) {
    let value = try call.read(call.key(1), as: SortedSetValue.self)
    call.reply.array(call.arguments.count - 2)
    for index in 2..<call.arguments.count { call.reply.score(value?.score(of: call.arguments[index])) }
}

private func zrank(_ call: inout Call) throws(CommandError) { try rank(&call, reversed: false) }

private func zrevrank(_ call: inout Call) throws(CommandError) { try rank(&call, reversed: true) }

private func rank(_ call: inout Call, reversed: Bool) throws(CommandError) {
    if call.arguments.count > 4 { throw .wrongArity(command: call.name) }
    let withScore = call.arguments.count == 4
    if withScore, !call.arguments[3].equals(ignoringCase: "withscore") { throw .syntax }
    guard let value = try call.read(call.key(1), as: SortedSetValue.self),
        let place = value.place(of: call.arguments[2])
    else { return withScore ? call.reply.nullArray() : call.reply.null() }
    if withScore { call.reply.array(2) }
    call.reply.integer(reversed ? value.count - 1 - place.rank : place.rank)
    if withScore { call.reply.double(place.score) }
}

extension ReplyWriter {
    /// A score, or a null where there is none.
    @inline(__always)
    mutating func score(_ score: Double?) {
        if let score { double(score) } else { null() }
    }

    /// Members with their scores: pairs in RESP3, all in one array in RESP2.
    mutating func scoredArray(_ count: Int) { array(version == .resp3 ? count : count * 2) }

    /// One of a `scoredArray`.
    @inline(__always)
    mutating func scored(_ scored: ScoredMember) {
        if version == .resp3 { array(2) }
        bulk(scored.member)
        double(scored.score)
    }
}
