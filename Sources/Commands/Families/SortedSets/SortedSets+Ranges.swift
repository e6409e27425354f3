import Primitives
import RESP
import Storage
import Structures

let sortedSetRangeCommands: [Command] = [
    Command(
        "zrange", .sortedSet, since: "1.2.0", arity: -4, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key start stop [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
        complexity: "O(log(N)+M) with N members in the sorted set and M returned.",
        summary: "Returns the members of a range of ranks, of scores, or of bytes.", run: zrange),
    Command(
        "zrevrange", .sortedSet, since: "1.2.0", arity: -4, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key start stop [WITHSCORES]",
        complexity: "O(log(N)+M) with N members in the sorted set and M returned.",
        summary: "Returns the members of a range of ranks, from the greatest score on.",
        deprecated: Command.Deprecation(since: "6.2.0", replacement: "`ZRANGE` with the `REV` argument"),
        run: zrevrange),
    Command(
        "zrangebyscore", .sortedSet, since: "1.0.5", arity: -4, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key min max [WITHSCORES] [LIMIT offset count]",
        complexity: "O(log(N)+M) with N members in the sorted set and M returned.",
        summary: "Returns the members of a range of scores.",
        deprecated: Command.Deprecation(since: "6.2.0", replacement: "`ZRANGE` with the `BYSCORE` argument"),
        run: zrangebyscore),
    Command(
        "zrevrangebyscore", .sortedSet, since: "2.2.0", arity: -4, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key max min [WITHSCORES] [LIMIT offset count]",
        complexity: "O(log(N)+M) with N members in the sorted set and M returned.",
        summary: "Returns the members of a range of scores, from the greatest on.",
        deprecated: Command.Deprecation(since: "6.2.0", replacement: "`ZRANGE` with the `REV` and `BYSCORE` arguments"),
        run: zrevrangebyscore),
    Command(
        "zrangebylex", .sortedSet, since: "2.8.9", arity: -4, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key min max [LIMIT offset count]",
        complexity: "O(log(N)+M) with N members in the sorted set and M returned.",
        summary: "Returns the members of a range of bytes, where all have one score.",
        deprecated: Command.Deprecation(since: "6.2.0", replacement: "`ZRANGE` with the `BYLEX` argument"),
        run: zrangebylex),
    Command(
        "zrevrangebylex", .sortedSet, since: "2.8.9", arity: -4, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key max min [LIMIT offset count]",
        complexity: "O(log(N)+M) with N members in the sorted set and M returned.",
        summary: "Returns the members of a range of bytes from its end on, where all have one score.",
        deprecated: Command.Deprecation(since: "6.2.0", replacement: "`ZRANGE` with the `REV` and `BYLEX` arguments"),
        run: zrevrangebylex),
    Command(
        "zrangestore", .sortedSet, since: "6.2.0", arity: -5, [.write, .denyoom],
        keys: [.key(1, [.overwrite, .update]), .key(2, [.readOnly, .access])],
        syntax: "dst src min max [BYSCORE|BYLEX] [REV] [LIMIT offset count]",
        complexity: "O(log(N)+M) with N members in the sorted set and M stored.",
        summary: "Stores the members of a range in another key.", run: zrangestore),
    Command(
        "zcount", .sortedSet, since: "2.0.0", arity: 4, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key min max", complexity: "O(log(N)) with N members in the sorted set.",
        summary: "Counts the members of a range of scores.", run: zcount),
    Command(
        "zlexcount", .sortedSet, since: "2.8.9", arity: 4, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key min max", complexity: "O(log(N)) with N members in the sorted set.",
        summary: "Counts the members of a range of bytes, where all have one score.", run: zlexcount),
]

// MARK: Bounds

/// Which members a range command means.
enum RankedRange {
    /// From a rank to a rank, both counted from the end if negative.
    case ranks(Int64, Int64)
    case scores(ScoreRange)
    case members(MemberRange)

    /// What the bounds of a range are.
    enum Kind { case ranks, scores, members }

    /// A range whose bounds are two arguments; in a reversed range of scores or bytes the upper one comes first.
    @inline(__always)
    init(_ kind: Kind, _ first: Bytes, _ second: Bytes, reversed: Bool = false) throws(CommandError) {
        let (low, high) = reversed && kind != .ranks ? (second, first) : (first, second)
        switch kind {
        case .ranks:
            guard let start = low.integer, let stop = high.integer else { throw .notInteger }
            self = .ranks(start, stop)
        case .scores: self = .scores(try ScoreRange(text: low, high))
        case .members: self = .members(try MemberRange(text: low, high))
        }
    }

    /// The ranks from the least score on, whatever the direction.
    @inline(__always)
    func ranks(in value: SortedSetValue, reversed: Bool = false) -> Range<Int> {
        switch self {
        case .scores(let range): return value.ranks(range)
        case .members(let range): return value.ranks(range)
        case .ranks(let start, let stop):
            let count = value.count
            let ranks = RankedRange.ranks(start, stop, of: count)
            return reversed ? count - ranks.upperBound..<count - ranks.lowerBound : ranks
        }
    }

    private static func ranks(_ start: Int64, _ stop: Int64, of count: Int) -> Range<Int> {
        let size = Int64(count)
        let first = max(0, start < 0 ? start + size : start)
        let last = min(size - 1, stop < 0 ? stop + size : stop)
        return first > last ? 0..<0 : Int(first)..<Int(last) + 1
    }
}

extension ScoreRange {
    /// A range as a client writes it: `(` before a bound that does not belong to it.
    init(text minimum: Bytes, _ maximum: Bytes) throws(CommandError) {
        guard let low = ScoreRange.bound(minimum), let high = ScoreRange.bound(maximum) else {
            throw .message("ERR min or max is not a float")
        }
        self.init(low.score, high.score, excludesMinimum: low.isExcluded, excludesMaximum: high.isExcluded)
    }

    /// The reference lets `strtod` judge alone here: nothing is 0, blanks may stand before, a number too large is infinite.
    private static func bound(_ text: Bytes) -> (score: Double, isExcluded: Bool)? {
        let isExcluded = text.count > 0 && text[0] == UInt8(ascii: "(")
        let number = isExcluded ? text.dropFirst(1) : text
        if let score = number.double { return (score, isExcluded) }
        let (score, length) = number.leadingDouble
        guard !score.isNaN, length == number.count || number[length] == 0 else { return nil }
        return (score, isExcluded)
    }
}

extension MemberRange {
    /// A range as a client writes it: `[` or `(` before a bound, `-` and `+` for what comes before and after everything.
    init(text minimum: Bytes, _ maximum: Bytes) throws(CommandError) {
        guard let low = MemberRange.bound(minimum), let high = MemberRange.bound(maximum) else {
            throw .message("ERR min or max not valid string range item")
        }
        self.init(low, high)
    }

    private static func bound(_ text: Bytes) -> Bound? {
        guard text.count > 0 else { return nil }
        switch text[0] {
        case UInt8(ascii: "-"): return text.count == 1 ? .first : nil
        case UInt8(ascii: "+"): return text.count == 1 ? .last : nil
        case UInt8(ascii: "["): return .including(text.dropFirst(1))
        case UInt8(ascii: "("): return .excluding(text.dropFirst(1))
        default: return nil
        }
    }
}

// MARK: Ranges as replies

private struct RangeOptions {
    /// nil as long as nothing was said.
    var kind: RankedRange.Kind?
    var reversed: Bool?
    var offset = 0
    /// Negative for all.
    var limit = -1
    var withScores = false

    init(_ options: ArgumentReader, kind: RankedRange.Kind? = nil, reversed: Bool? = nil, stores: Bool = false)
        throws(CommandError)
    {
        self.kind = kind
        self.reversed = reversed
        var options = options
        while !options.isAtEnd { try take(&options, stores) }
        if limit != -1, self.kind ?? .ranks == .ranks {
            throw .message("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
        }
        if withScores, self.kind == .members {
            throw .message("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
        }
    }

    private mutating func take(_ options: inout ArgumentReader, _ stores: Bool) throws(CommandError) {
        if !stores, options.take("withscores") {
            withScores = true
        } else if options.remaining > 2, options.take("limit") {
            guard let offset = try options.next().integer, let limit = try options.next().integer else {
                throw .notInteger
            }
            self.offset = Int(offset)
            self.limit = Int(limit)
        } else if reversed == nil, options.take("rev") {
            reversed = true
        } else if kind == nil, options.take("byscore") {
            kind = .scores
        } else if kind == nil, options.take("bylex") {
            kind = .members
        } else {
            throw .syntax
        }
    }

    /// The ranks of a range that LIMIT leaves.
    func limited(_ ranks: Range<Int>) -> Range<Int> {
        guard offset >= 0, offset < ranks.count else { return 0..<0 }
        let count = limit < 0 ? ranks.count - offset : min(limit, ranks.count - offset)
        if reversed ?? false { return ranks.upperBound - offset - count..<ranks.upperBound - offset }
        return ranks.lowerBound + offset..<ranks.lowerBound + offset + count
    }
}

private func zrange(_ call: inout Call) throws(CommandError) {
    try reply(&call, try RangeOptions(call.options(from: 4)))
}

private func zrevrange(_ call: inout Call) throws(CommandError) {
    try reply(&call, try RangeOptions(call.options(from: 4), kind: .ranks, reversed: true))
}

private func zrangebyscore(_ call: inout Call) throws(CommandError) {
    try reply(&call, try RangeOptions(call.options(from: 4), kind: .scores, reversed: false))
}

private func zrevrangebyscore(_ call: inout Call) throws(CommandError) {
    try reply(&call, try RangeOptions(call.options(from: 4), kind: .scores, reversed: true))
}

private func zrangebylex(_ call: inout Call) throws(CommandError) {
    try reply(&call, try RangeOptions(call.options(from: 4), kind: .members, reversed: false))
}

private func zrevrangebylex(_ call: inout Call) throws(CommandError) {
    try reply(&call, try RangeOptions(call.options(from: 4), kind: .members, reversed: true))
}

private func reply(_ call: inout Call, _ options: RangeOptions) throws(CommandError) {
    let reversed = options.reversed ?? false
    let range = try RankedRange(
        options.kind ?? .ranks, call.arguments[2], call.arguments[3], reversed: reversed)
    guard let value = try call.read(call.key(1), as: SortedSetValue.self) else { return call.reply.array(0) }
    let ranks = options.limited(range.ranks(in: value, reversed: reversed))
    call.reply.members(of: value, ranks, reversed: reversed, withScores: options.withScores)
}

extension ReplyWriter {
    /// An array of the members of a range of ranks.
    mutating func members(
        of value: SortedSetValue, _ ranks: Range<Int>, reversed: Bool = false, withScores: Bool
    ) {
        if withScores {
            scoredArray(ranks.count)
            value.forEach(in: ranks, reversed: reversed) { scored($0) }
        } else {
            array(ranks.count)
            value.forEach(in: ranks, reversed: reversed) { bulk($0.member) }
        }
    }
}

private func zrangestore(_ call: inout Call) throws(CommandError) {
    let options = try RangeOptions(call.options(from: 5), stores: true)
    let reversed = options.reversed ?? false
    let range = try RankedRange(
        options.kind ?? .ranks, call.arguments[3], call.arguments[4], reversed: reversed)
    let limits = call.limits
    let value = try call.read(call.key(2), as: SortedSetValue.self)
    let ranks = value.map { options.limited(range.ranks(in: $0, reversed: reversed)) } ?? 0..<0
    var result = SortedSetValue(expecting: ranks.count, limits)
    value?.forEach(in: ranks) { _ = result.add($0.member, $0.score, [], limits) }
    let count = result.count
    call.store(call.key(1), result, event: .zrangestore)
    call.reply.integer(count)
}

private func zcount(_ call: inout Call) throws(CommandError) { try count(&call, .scores) }

private func zlexcount(_ call: inout Call) throws(CommandError) { try count(&call, .members) }

private func count(_ call: inout Call, _ kind: RankedRange.Kind) throws(CommandError) {
    let range = try RankedRange(kind, call.arguments[2], call.arguments[3])
    let value = try call.read(call.key(1), as: SortedSetValue.self)
    call.reply.integer(value.map { range.ranks(in: $0).count } ?? 0)
}
