/// Collections whose memory is measured: many small ones, or one large one.
struct CollectionMemory: Sendable {
    /// For `--only`.
    let name: String
    let subject: String
    /// What memory is counted by: keys, or members of the one key.
    let unitCount: Int
    let databaseSize: Int
    let load: Workload
    /// What memory may be, ours over the reference's.
    let bar: Double

    private init(
        _ name: String, _ subject: String, unitCount: Int, isOneKey: Bool = false, pipeline: Int = 8, bar: Double,
        reply: ReplyShape = .integer, _ arguments: [Argument]
    ) {
        (self.name, self.subject, self.unitCount, self.bar) = (name, subject, unitCount, bar)
        databaseSize = isOneKey ? 1 : unitCount
        load = Workload(
            name: name, label: subject, pipeline: pipeline, keyCount: unitCount, arguments, reply: reply)
    }

    private static let million = 1_000_000

    static let all = [
        CollectionMemory(
            "memory-hash-small", "hash of 10 small fields, a key", unitCount: 100_000, bar: 1.0,
            [.text("HSET"), .key("hsh:")] + (0..<10).flatMap { [.text("field\($0)"), .value(8)] }),
        CollectionMemory(
            "memory-set-small", "set of 100 integers, a key", unitCount: 20_000, bar: 1.0,
            [.text("SADD"), .key("set:")] + (0..<100).map { .text("\(million + $0 * 9973)") }),
        CollectionMemory(
            "memory-list-small", "list of 1,000 short strings, a key", unitCount: 2000, bar: 1.0,
            [.text("RPUSH"), .key("lst:")] + (0..<1000).map { .text("element-\(1000 + $0)") }),
        CollectionMemory(
            "memory-zset", "sorted set of 1 M members, a member", unitCount: million, isOneKey: true, pipeline: 10,
            bar: 0.75, command("ZADD", "zset") + ten(.random("1"), .key("elm:"))),
        CollectionMemory(
            "memory-hash", "hash of 1 M fields, a field", unitCount: million, isOneKey: true, pipeline: 10, bar: 0.75,
            command("HSET", "hash") + ten(.key("fld:"), .value(16))),
        CollectionMemory(
            "memory-stream", "stream of 1 M entries, an entry", unitCount: million, isOneKey: true, pipeline: 50,
            bar: 1.0, reply: .bulk(usualLength: 24),
            // IDs in steps of a millisecond.
            command("XADD", "stream") + [.number("1700", .ordered, digits: 9)]
                + [.text("sensor"), .value(8), .text("value"), .value(8)]),
    ]

    private static func command(_ words: String...) -> [Argument] { words.map(Argument.text) }

    private static func ten(_ arguments: Argument...) -> [Argument] { (0..<10).flatMap { _ in arguments } }
}
