import Harness

/// What a writer does who must not lose anything: steps one after the other, each a command or a transaction. The data set after
/// any number of steps is known, so what is found after a crash tells how many of them were kept.
///
///     0 INCR   1 SET   2 RPUSH   3 MULTI INCR INCR EXEC   4 HSET   5 XADD   6 INCR …
enum Ledger {
    private static let kinds = 6
    private static let fields = 60

    /// The commands of a step.
    static func requests(_ step: Int) -> [[Bytes]] {
        let requests =
            switch step % kinds {
            case 0: [["INCR", "count"]]
            case 1: [["SET", "text", text(step)]]
            case 2: [["RPUSH", "list", "\(step)"]]
            case 3: [["MULTI"], ["INCR", "left"], ["INCR", "right"], ["EXEC"]]
            case 4: [["HSET", "hash", "field\(step / kinds % fields)", "\(step)"]]
            default: [["XADD", "stream", "\(step)-1", "step", "\(step)"]]
            }
        return requests.map { $0.map { Bytes($0.utf8) } }
    }

    /// Of different lengths, so that records end at all places.
    private static func text(_ step: Int) -> String { "\(step) " + String(repeating: "x", count: step * 7 % 500) }

    /// Keys that lie there beside the steps, so that a snapshot takes a moment.
    static let ballast: [[Bytes]] = (0..<400).map { index in
        ["RPUSH", "ballast:\(index)"].map { Bytes($0.utf8) } + (0..<20).map { Bytes("\($0 * index):value".utf8) }
    }

    // MARK: Looking

    /// What there is, as `expected` gives it.
    static func look(_ connection: Connection) throws -> [Reply] {
        try connection.pipeline(
            [
                ["GET", "count"], ["GET", "text"], ["LRANGE", "list", "0", "-1"], ["GET", "left"], ["GET", "right"],
                ["HGETALL", "hash"], ["XLEN", "stream"], ["XREVRANGE", "stream", "+", "-", "COUNT", "1"], ["DBSIZE"],
            ].map { $0.map { Bytes($0.utf8) } })
    }

    /// What has to be there after so many steps.
    static func expected(after steps: Int) -> [Reply] {
        let done = (0..<kinds).map { (steps + kinds - 1 - $0) / kinds }
        let keys = zip(done, [1, 1, 1, 2, 1, 1]).map { $0 > 0 ? $1 : 0 }.reduce(ballast.count, +)
        func counter(_ count: Int) -> Reply { count == 0 ? .nullBulk : .text("\(count)") }
        return [
            counter(done[0]), done[1] == 0 ? .nullBulk : .text(text(kinds * done[1] - kinds + 1)),
            .array((0..<done[2]).map { .text("\(kinds * $0 + 2)") }), counter(done[3]), counter(done[3]),
            .array(hash(done[4])), .integer(Int64(done[5])), .array(done[5] == 0 ? [] : [entry(kinds * done[5] - 1)]),
            .integer(Int64(keys)),
        ]
    }

    private static func hash(_ count: Int) -> [Reply] {
        (0..<min(count, fields)).flatMap { field -> [Reply] in
            let last = (count - 1 - field) / fields * fields + field
            return [.text("field\(field)"), .text("\(kinds * last + 4)")]
        }
    }

    private static func entry(_ step: Int) -> Reply {
        .array([.text("\(step)-1"), .array([.text("step"), .text("\(step)")])])
    }

    /// How many steps explain what was found; nil where none do.
    static func steps(_ found: [Reply]) -> Int? {
        func number(_ reply: Reply) -> Int { reply.text.flatMap { Int($0.prefix { $0 != " " }) } ?? 0 }
        let last = [
            number(found[0]) * kinds - kinds, found[1] == .nullBulk ? -1 : number(found[1]),
            number(found[3]) * kinds - kinds + 3, (found[2].elements?.last).map(number) ?? -1,
            Int(found[6].integer ?? 0) * kinds - 1,
        ]
        // The kind that was carried out last is among these, or was a HSET, which comes before an XADD that is missing.
        guard let most = last.max() else { return nil }
        return [most + 1, most + 2].first { expected(after: max(0, $0)) == found }
    }
}
