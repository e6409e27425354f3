/// A key of very many members, and commands that touch a bounded number of them.
struct PauseValue: Sendable {
    /// For `--only`.
    let name: String
    let subject: String
    let filling: Workload
    let readings: [Workload]
    let deletion: Workload

    private init(
        _ type: String, count: Int, _ filling: [Argument], reply: ReplyShape = .integer,
        readings: [(arguments: [Argument], reply: ReplyShape)]
    ) {
        let name = "pauses-\(type == "sorted set" ? "zset" : type)"
        self.name = name
        subject = "\(type) of \(Text.grouped(count))"
        self.filling = Workload(
            name: name, label: type, pipeline: 16, keyCount: count, filling, reply: reply)
        self.readings = readings.map { reading in
            Workload(
                name: name, label: type, pipeline: 4, keyCount: count, reading.arguments,
                reply: reading.reply)
        }
        deletion = Workload(
            name: name, label: type, pipeline: 1, keyCount: 1, PauseValue.command("DEL", "big"), reply: .digit)
    }

    private static let string = ReplyShape.bulk(usualLength: 24)

    private static func hundred(_ elements: Int? = 100) -> ReplyShape { .array(elements, usualLength: 2400) }

    private static func command(_ words: String...) -> [Argument] { words.map(Argument.text) }

    private static func ten(_ arguments: Argument...) -> [Argument] { (0..<10).flatMap { _ in arguments } }

    /// - Parameter count: the members of each, a million or more.
    static func all(count: Int) -> [PauseValue] {
        [set(count), sortedSet(count), hash(count), list(count), stream(count)]
    }

    private static func set(_ count: Int) -> PauseValue {
        PauseValue(
            "set", count: count, command("SADD", "big") + ten(.key("elm:")),
            readings: [
                (command("SISMEMBER", "big") + [.key("elm:")], .digit),
                (command("SRANDMEMBER", "big", "100"), hundred()),
                (command("SSCAN", "big") + [.random()] + command("COUNT", "100"), hundred(2)),
            ])
    }

    private static func sortedSet(_ count: Int) -> PauseValue {
        let place = [Argument.random(in: 100_000..<999_900), .number("", .following(99), digits: 6)]
        return PauseValue(
            "sorted set", count: count, command("ZADD", "big") + ten(.random("1"), .key("elm:")),
            readings: [
                (command("ZRANK", "big") + [.key("elm:")], .integer),
                (command("ZRANGE", "big") + place, hundred()),
                (command("ZRANGEBYSCORE", "big") + [.random("1")] + command("+inf", "LIMIT", "0", "10"), hundred(nil)),
                (command("ZSCAN", "big") + [.random()] + command("COUNT", "100"), hundred(2)),
            ])
    }

    private static func hash(_ count: Int) -> PauseValue {
        PauseValue(
            "hash", count: count, command("HSET", "big") + ten(.key("fld:"), .value(16)),
            readings: [
                (command("HGET", "big") + [.key("fld:")], string),
                (command("HRANDFIELD", "big", "100"), hundred()),
                (command("HSCAN", "big") + [.random()] + command("COUNT", "100"), hundred(2)),
            ])
    }

    private static func list(_ count: Int) -> PauseValue {
        let place = [Argument.random(in: 100_000..<999_900), .number("", .following(99), digits: 6)]
        return PauseValue(
            "list", count: count, command("RPUSH", "big") + ten(.key("elm:")),
            readings: [
                (command("LRANGE", "big", "0", "99"), hundred()),
                (command("LRANGE", "big") + place, hundred()),
                (command("LINDEX", "big") + [.random(in: 100_000..<1_000_000)], string),
            ])
    }

    private static func stream(_ count: Int) -> PauseValue {
        PauseValue(
            "stream", count: count,
            command("XADD", "big") + [.number("1", .ordered, digits: 9)] + [.text("value"), .value(8)], reply: string,
            readings: [
                (
                    command("XRANGE", "big") + [.random("1000", in: 0..<999_900)] + command("+", "COUNT", "100"),
                    hundred()
                ),
                (command("XREVRANGE", "big", "+", "-", "COUNT", "100"), hundred()),
                (command("XLEN", "big"), .integer),
            ])
    }
}
