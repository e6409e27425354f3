import Primitives
import RESP
import Storage
import Structures

let sortedSetCombinationCommands: [Command] = [
    Command(
        "zunion", .sortedSet, since: "6.2.0", arity: -3, [.readonly, .movablekeys], keys: [countedKeys(at: 1)],
        syntax: """
            numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM|MIN|MAX|COUNT] [WITHSCORES]
            """,
        complexity: "O(N+M*log(M)) with N members in all inputs and M in the result.",
        summary: "Returns the members of at least one of several sorted sets.", run: zunion),
    Command(
        "zinter", .sortedSet, since: "6.2.0", arity: -3, [.readonly, .movablekeys], keys: [countedKeys(at: 1)],
        syntax: """
            numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM|MIN|MAX|COUNT] [WITHSCORES]
            """,
        complexity: "O(N*K+M*log(M)) with N members in the smallest of K inputs and M in the result.",
        summary: "Returns the members that are in all of several sorted sets.", run: zinter),
    Command(
        "zdiff", .sortedSet, since: "6.2.0", arity: -3, [.readonly, .movablekeys], keys: [countedKeys(at: 1)],
        syntax: "numkeys key [key ...] [WITHSCORES]",
        complexity: "O(N*K+M*log(M)) with N members in the first of K inputs and M in the result.",
        summary: "Returns the members of the first of several sorted sets that are in none of the others.", run: zdiff),
    Command(
        "zunionstore", .sortedSet, since: "2.0.0", arity: -4, [.write, .denyoom, .movablekeys],
        keys: [.key(1, [.overwrite, .update]), countedKeys(at: 2)],
        syntax: """
            destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM|MIN|MAX|COUNT]
            """,
        complexity: "O(N+M*log(M)) with N members in all inputs and M in the result.",
        summary: "Stores the members of at least one of several sorted sets.", run: zunionstore),
    Command(
        "zinterstore", .sortedSet, since: "2.0.0", arity: -4, [.write, .denyoom, .movablekeys],
        keys: [.key(1, [.overwrite, .update]), countedKeys(at: 2)],
        syntax: """
            destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM|MIN|MAX|COUNT]
            """,
        complexity: "O(N*K+M*log(M)) with N members in the smallest of K inputs and M in the result.",
        summary: "Stores the members that are in all of several sorted sets.", run: zinterstore),
    Command(
        "zdiffstore", .sortedSet, since: "6.2.0", arity: -4, [.write, .denyoom, .movablekeys],
        keys: [.key(1, [.overwrite, .update]), countedKeys(at: 2)], syntax: "destination numkeys key [key ...]",
        complexity: "O(N*K+M*log(M)) with N members in the first of K inputs and M in the result.",
        summary: "Stores the members of the first of several sorted sets that are in none of the others.",
        run: zdiffstore),
    Command(
        "zintercard", .sortedSet, since: "7.0.0", arity: -3, [.readonly, .movablekeys], keys: [countedKeys(at: 1)],
        syntax: "numkeys key [key ...] [LIMIT limit]",
        complexity: "O(N*K) with N members in the smallest of K inputs.",
        summary: "Counts the members that are in all of several sorted sets, up to a limit.", run: zintercard),
]

private func countedKeys(at index: Int) -> KeySpecification {
    KeySpecification(.index(index), .count(index: 0, first: 1, step: 1), [.readOnly, .access])
}

// MARK: Inputs

/// A sorted set to be combined, or a set, whose members have score 1, or nothing.
private enum CombinedValue {
    case nothing
    case sortedSet(SortedSetValue)
    case set(SetValue)

    init(_ entry: Entry?) throws(CommandError) {
        switch entry?.type {
        case nil: self = .nothing
        case .sortedSet: self = .sortedSet(entry!.view(as: SortedSetValue.self))
        case .set: self = .set(entry!.view(as: SetValue.self))
        default: throw .wrongType
        }
    }

    var count: Int {
        switch self {
        case .nothing: 0
        case .sortedSet(let value): value.count
        case .set(let value): value.count
        }
    }

    func score(of member: Bytes) -> Double? {
        switch self {
        case .nothing: nil
        case .sortedSet(let value): value.score(of: member)
        case .set(let value): value.contains(member) ? 1 : nil
        }
    }

    func forEach(_ body: (ScoredMember) -> Void) {
        switch self {
        case .nothing: return
        case .sortedSet(let value): value.forEach(body)
        case .set(let value): value.forEach { $0.withBytes { body(ScoredMember(member: $0, score: 1)) } }
        }
    }
}

private struct CombinedInput {
    let value: CombinedValue
    var weight = 1.0
}

/// How the scores of a member in several inputs become one.
private enum Aggregate {
    case sum, least, greatest
    /// The weights of the inputs that have the member.
    case count

    /// What an input with a weight has to say.
    @inline(__always)
    func contribution(_ score: Double, _ weight: Double) -> Double { self == .count ? weight : score * weight }

    /// Infinities that cancel out leave nothing.
    @inline(__always)
    func combine(_ first: Double, _ second: Double) -> Double {
        switch self {
        case .least: return second < first ? second : first
        case .greatest: return second > first ? second : first
        case .sum, .count:
            let sum = first + second
            return sum.isNaN ? 0 : sum
        }
    }
}

/// What is done with several inputs.
private enum Combination { case union, intersection, difference }

/// A request to combine sorted sets: `numkeys key … [WEIGHTS …] [AGGREGATE …] [WITHSCORES]`.
private struct CombinationRequest {
    let combination: Combination
    var inputs: [CombinedInput]
    var aggregate = Aggregate.sum
    var withScores = false
    /// The most members to be counted; 0 for all.
    var limit = 0

    /// - Parameter index: of the number of keys.
    init(_ call: Call, _ combination: Combination, at index: Int, stores: Bool = false, counts: Bool = false)
        throws(CommandError)
    {
        self.combination = combination
        let keys = try CombinationRequest.keys(call, at: index)
        inputs = []
        inputs.reserveCapacity(keys.count)
        for index in keys { inputs.append(CombinedInput(value: try CombinedValue(call.read(call.key(index))))) }
        var options = call.options(from: keys.upperBound)
        while !options.isAtEnd {
            if counts {
                try takeLimit(&options)
            } else if try takeAggregation(&options) {
                continue
            } else if !stores, options.take("withscores") {
                withScores = true
            } else {
                throw .syntax
            }
        }
        // Sums of doubles depend on their order, which is the reference's: the smallest input first.
        if combination != .difference { inputs.sort { $0.value.count < $1.value.count } }
    }

    private static func keys(_ call: Call, at index: Int) throws(CommandError) -> Range<Int> {
        let number = try call.integer(index)
        if number < 1 { throw .text("ERR at least 1 input key is needed for '\(call.name)' command") }
        guard number < call.arguments.count - index else { throw .syntax }
        return index + 1..<index + 1 + Int(number)
    }

    private mutating func takeLimit(_ options: inout ArgumentReader) throws(CommandError) {
        guard let text = try options.value(after: "limit") else { throw .syntax }
        guard let number = text.integer, number >= 0 else { throw .message("ERR LIMIT can't be negative") }
        limit = Int(number)
    }

    private mutating func takeAggregation(_ options: inout ArgumentReader) throws(CommandError) -> Bool {
        if combination == .difference { return false }
        if options.remaining > inputs.count, options.take("weights") {
            for index in inputs.indices {
                guard let weight = try options.next().double else { throw .message("ERR weight value is not a float") }
                inputs[index].weight = weight
            }
            return true
        }
        guard let word = try options.value(after: "aggregate") else { return false }
        aggregate = try CombinationRequest.aggregate(word)
        return true
    }

    private static func aggregate(_ word: Bytes) throws(CommandError) -> Aggregate {
        if word.equals(ignoringCase: "sum") { return .sum }
        if word.equals(ignoringCase: "min") { return .least }
        if word.equals(ignoringCase: "max") { return .greatest }
        if word.equals(ignoringCase: "count") { return .count }
        throw .syntax
    }
}

extension CombinationRequest {
    /// The combination, which belongs to the caller.
    func result(_ limits: CollectionLimits) -> SortedSetValue {
        var table = ScoreTable(limits)
        switch combination {
        case .union: unite(&table)
        case .intersection: forEachCommon { member, score in table.add(member, score) { first, _ in first } }
        case .difference: subtract(&table)
        }
        return table.sorted(limits)
    }

    private func unite(_ table: inout ScoreTable) {
        for input in inputs {
            input.value.forEach { scored in
                let score = aggregate.contribution(scored.score, input.weight)
                table.add(scored.member, score.isNaN ? 0 : score) { aggregate.combine($0, $1) }
            }
        }
    }

    /// Calls `body` with the members that all inputs have, and what their scores come to.
    private func forEachCommon(_ body: (Bytes, Double) -> Void) {
        let others = inputs.dropFirst()
        inputs[0].value.forEach { scored in
            var score = aggregate.contribution(scored.score, inputs[0].weight)
            if score.isNaN { score = 0 }
            for other in others {
                guard let found = other.value.score(of: scored.member) else { return }
                score = aggregate.combine(score, aggregate.contribution(found, other.weight))
            }
            body(scored.member, score)
        }
    }

    private func subtract(_ table: inout ScoreTable) {
        let others = inputs.dropFirst()
        inputs[0].value.forEach { scored in
            for other in others where other.value.score(of: scored.member) != nil { return }
            table.add(scored.member, scored.score) { first, _ in first }
        }
    }

    /// How many members all inputs have, up to the limit.
    var commonCount: Int {
        var count = 0
        forEachCommon { _, _ in count += 1 }
        return limit > 0 ? min(limit, count) : count
    }
}

// MARK: Commands

private func zunion(_ call: inout Call) throws(CommandError) { try reply(&call, .union) }

private func zinter(_ call: inout Call) throws(CommandError) { try reply(&call, .intersection) }

private func zdiff(_ call: inout Call) throws(CommandError) { try reply(&call, .difference) }

private func reply(_ call: inout Call, _ combination: Combination) throws(CommandError) {
    let request = try CombinationRequest(call, combination, at: 1)
    let result = request.result(call.limits)
    call.reply.members(of: result, 0..<result.count, withScores: request.withScores)
    result.free()
}

private func zunionstore(_ call: inout Call) throws(CommandError) { try store(&call, .union, event: .zunionstore) }

private func zinterstore(_ call: inout Call) throws(CommandError) {
    try store(&call, .intersection, event: .zinterstore)
}

private func zdiffstore(_ call: inout Call) throws(CommandError) {
    try store(&call, .difference, event: .zdiffstore)
}

private func store(_ call: inout Call, _ combination: Combination, event: KeyspaceEvent) throws(CommandError) {
    let result = try CombinationRequest(call, combination, at: 2, stores: true).result(call.limits)
    let count = result.count
    call.store(call.key(1), result, event: event)
    call.reply.integer(count)
}

private func zintercard(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try CombinationRequest(call, .intersection, at: 1, counts: true).commonCount)
}
