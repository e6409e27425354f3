/// The commands on lists, sets, hashes, sorted sets, streams, HyperLogLogs and bitmaps that are measured.
///
/// What pops consume, and what would grow without bound, is made anew before each run.
extension Workload {
    /// The rows in groups; each group begins with empty servers.
    /// - Parameter seconds: how long one run takes, warm-up included; collections that are popped from last that long.
    static func collections(seconds: Double) -> [[Workload]] {
        let poppable = max(100_000, Int(seconds * 6_000_000) / 100_000 * 100_000)
        return [
            lists(poppable: poppable), sets(poppable: poppable), hashes, sortedSets(poppable: poppable), streams,
            others,
        ]
    }

    /// What each command may cost, ours over the reference's.
    private static let usualBar = 0.75
    private static let bitCountBar = 0.5

    private static let million = 1_000_000
    private static let valueBytes = 16
    /// The length of a reply with one element of 16 bytes.
    private static let elementLength = "$16\r\n".utf8.count + valueBytes + 2

    private static func row(
        _ name: String, _ label: String, pipeline: Int = 16, keyCount: Int = million, _ arguments: [Argument],
        reply: ReplyShape, bar: Double = usualBar, once: [Workload] = [], before: [Workload] = []
    ) -> Workload {
        var row = Workload(
            name: "\(name)-p\(pipeline)", label: label, pipeline: pipeline, keyCount: keyCount, arguments, reply: reply)
        (row.bar, row.preloads, row.preparations) = (bar, once, before)
        return row
    }

    /// What is loaded and not measured.
    private static func load(
        _ name: String, pipeline: Int = 10, keyCount: Int, _ arguments: [Argument], reply: ReplyShape = .integer
    ) -> Workload {
        Workload(name: name, label: name, pipeline: pipeline, keyCount: keyCount, arguments, reply: reply)
    }

    private static func delete(_ key: String) -> Workload {
        load("delete-\(key)", pipeline: 1, keyCount: 1, [.text("DEL"), .text(key)], reply: .digit)
    }

    private static func command(_ words: String...) -> [Argument] { words.map(Argument.text) }

    private static func repeating(_ count: Int, _ arguments: Argument...) -> [Argument] {
        (0..<count).flatMap { _ in arguments }
    }

    private static func fill(_ command: String, _ key: String, count: Int) -> Workload {
        load("fill-\(key)", keyCount: count, [.text(command), .text(key)] + repeating(10, .key("elm:")))
    }

    private static func array(_ elements: Int) -> ReplyShape {
        .array(elements, usualLength: elements * elementLength + "*100\r\n".utf8.count)
    }
}

extension Workload {
    private static func lists(poppable: Int) -> [Workload] {
        let refill = [delete("poplist"), fill("RPUSH", "poplist", count: poppable)]
        let bulk = ReplyShape.bulk(usualLength: elementLength)
        let push = { (name: String) in
            row(
                name.lowercased(), name, command(name, "mylist") + [.key("elm:")], reply: .integer,
                before: [delete("mylist")])
        }
        return [
            push("LPUSH"), push("RPUSH"),
            row("lpop", "LPOP", command("LPOP", "poplist"), reply: bulk, before: refill),
            row("rpop", "RPOP", command("RPOP", "poplist"), reply: bulk, before: refill),
            row(
                "lrange", "LRANGE 100", command("LRANGE", "longlist", "0", "99"), reply: array(100),
                once: [fill("RPUSH", "longlist", count: 100_000)]),
        ]
    }

    private static func sets(poppable: Int) -> [Workload] {
        [
            row(
                "sadd", "SADD", command("SADD", "myset") + [.key("elm:")], reply: .digit, before: [delete("myset")]),
            row(
                "spop", "SPOP", command("SPOP", "popset"), reply: .bulk(usualLength: elementLength),
                before: [fill("SADD", "popset", count: poppable)]),
        ]
    }

    private static var hashes: [Workload] {
        let big = load(
            "big-hash", keyCount: million, command("HSET", "bighash") + repeating(10, .key("fld:"), .value(valueBytes)))
        let small = load(
            "small-hashes", keyCount: 100_000,
            [.text("HSET"), .key("hsh:")] + (0..<10).flatMap { [.text("field\($0)"), .value(valueBytes)] })
        let twenty = load(
            "hashes-of-20", keyCount: 10_000,
            [.text("HSET"), .key("h20:")] + (10..<30).flatMap { [.text("field\($0)"), .value(valueBytes)] })
        let value = ReplyShape(length: elementLength, firstByte: UInt8(ascii: "$"))
        let field = Argument.text("field7")
        return [
            row(
                "hset", "HSET, 1 M fields", command("HSET", "bighash") + [.key("fld:"), .value(valueBytes)],
                reply: .digit, once: [big]),
            row(
                "hset-small", "HSET, 100 k hashes of 10", keyCount: 100_000,
                [.text("HSET"), .key("hsh:"), field, .value(valueBytes)], reply: .digit, once: [small]),
            row("hget", "HGET, 1 M fields", command("HGET", "bighash") + [.key("fld:")], reply: value, once: [big]),
            row(
                "hget-small", "HGET, 100 k hashes of 10", keyCount: 100_000, [.text("HGET"), .key("hsh:"), field],
                reply: value, once: [small]),
            row(
                "hgetall", "HGETALL, 20 fields", keyCount: 10_000, [.text("HGETALL"), .key("h20:")], reply: array(40),
                once: [twenty]),
        ]
    }

    private static func sortedSets(poppable: Int) -> [Workload] {
        let add = { (key: String) in command("ZADD", key) + repeating(10, .random("1"), .key("elm:")) }
        let big = load("big-zset", keyCount: million, add("zset"))
        let refill = load("pop-zset", keyCount: poppable, add("popzset"))
        // Ranks without leading zeros, which are no integers.
        let rank = Argument.random(in: 100_000..<999_900)
        return [
            row(
                "zadd", "ZADD, 1 M members", command("ZADD", "zset") + [.random("1"), .key("elm:")], reply: .digit,
                once: [big]),
            row("zpopmin", "ZPOPMIN", command("ZPOPMIN", "popzset"), reply: array(2), before: [refill]),
            row("zrange", "ZRANGE 0 99", command("ZRANGE", "zset", "0", "99"), reply: array(100), once: [big]),
            row(
                "zrange-place", "ZRANGE of 100 at a random place",
                command("ZRANGE", "zset") + [rank, .number("", .following(99), digits: 6)], reply: array(100),
                once: [big]),
            row(
                "zrank", "ZRANK, 1 M members", command("ZRANK", "zset") + [.key("elm:")], reply: .integer, once: [big]),
        ]
    }

    private static var streams: [Workload] {
        let fields = [Argument.text("sensor"), .value(8), .text("value"), .value(8)]
        let entryLength = 96
        let entries = ReplyShape.array(100, usualLength: 100 * entryLength)
        // Entries 1000000000-0, 1000000001-0 and so on: in order, so that the load has one connection.
        let big = load(
            "big-stream", pipeline: 50, keyCount: million,
            command("XADD", "bigstream") + [.number("1", .ordered, digits: 9)] + fields, reply: .bulk(usualLength: 18))
        return [
            row(
                "xadd", "XADD", command("XADD", "mystream", "*") + fields, reply: .bulk(usualLength: 24),
                before: [delete("mystream")]),
            row(
                "xrange", "XRANGE of 100 at a random place",
                command("XRANGE", "bigstream") + [.random("1000", in: 0..<999_900)] + command("+", "COUNT", "100"),
                reply: entries, once: [big]),
            row(
                "xrevrange", "XREVRANGE, the last 100", command("XREVRANGE", "bigstream", "+", "-", "COUNT", "100"),
                reply: entries, once: [big]),
        ]
    }

    private static var others: [Workload] {
        let bits = load(
            "bits", pipeline: 1, keyCount: 1, command("SET", "bits") + [.value(1 << 20)], reply: .ok)
        let count = { (pipeline: Int) in
            var row = row(
                "bitcount", "BITCOUNT of 1 MiB", pipeline: pipeline, command("BITCOUNT", "bits"), reply: .integer,
                bar: bitCountBar, once: [bits])
            row.connectionLimit = 4
            return row
        }
        return [
            row(
                "pfadd", "PFADD", command("PFADD", "visitors") + [.key("elm:")], reply: .digit,
                before: [delete("visitors")]),
            count(1), count(16),
        ]
    }
}
