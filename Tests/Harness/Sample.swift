/// A value of some type, form and size: a key and the commands that fill it.
public struct Sample: CustomStringConvertible, Sendable {
    /// The key.
    public let key: String
    /// What fills it, word by word.
    public let commands: [[String]]

    private init(_ key: String, _ commands: [[String]]) {
        self.key = key
        self.commands = commands
    }

    /// The key.
    public var description: String { key }

    /// All samples.
    public static let all = strings + lists + sets + sortedSets + hashes + streams

    private static func numbered(_ prefix: String, _ count: Int) -> [String] { (0..<count).map { "\(prefix)\($0)" } }

    private static let strings = [
        Sample("empty", [["SET", "empty", ""]]), Sample("integer", [["SET", "integer", "-12345"]]),
        Sample("longInteger", [["SET", "longInteger", "-9223372036854775808"]]),
        Sample("short", [["SET", "short", "hello"]]),
        Sample("repeated", [["SET", "repeated", String(repeating: "ab", count: 50_000)]]),
        Sample("large", [["SET", "large", numbered("", 200_000).joined()]]),
    ]

    private static let lists = [
        Sample("list", [["RPUSH", "list", "a", "", "1", "-5000", "123456789012345"]]),
        Sample("longList", [["RPUSH", "longList"] + numbered("element", 10_000)]),
        Sample(
            "listOfLarge",
            [
                [
                    "RPUSH", "listOfLarge", "small", String(repeating: "x", count: 20_000), "7",
                    numbered("", 5000).joined(),
                ]
            ]
        ),
    ]

    private static let sets = [
        Sample("integers", [["SADD", "integers", "1", "-2", "300"]]),
        Sample("wideIntegers", [["SADD", "wideIntegers", "1", "70000", "-9223372036854775808"]]),
        Sample("set", [["SADD", "set", "a", "1", ""]]),
        Sample("largeSet", [["SADD", "largeSet"] + numbered("member", 10_000)]),
        Sample("manyIntegers", [["SADD", "manyIntegers"] + numbered("", 3000)]),
    ]

    private static let sortedSets = [
        Sample("sorted", [["ZADD", "sorted", "1", "a", "-inf", "b", "+inf", "c", "0.1", "d", "1e300", ""]]),
        Sample(
            "largeSorted",
            [
                ["ZADD", "largeSorted"] + (0..<5000).flatMap { ["\(Double($0) / 7)", "m\($0)"] },
                ["ZADD", "largeSorted", "inf", "x", "-inf", "y", "-0", "z"],
            ]),
    ]

    private static let hashes = [
        Sample("hash", [["HSET", "hash", "f", "v", "", "", "1", "2"]]),
        Sample("largeHash", [["HSET", "largeHash"] + (0..<5000).flatMap { ["f\($0)", "\($0)"] }]),
        Sample("hashOfLarge", [["HSET", "hashOfLarge", "f", String(repeating: "abc", count: 10_000)]]),
    ]

    private static let streams = [
        Sample("emptyStream", [["XADD", "emptyStream", "5-1", "f", "v"], ["XDEL", "emptyStream", "5-1"]]),
        Sample("noEntries", [["XGROUP", "CREATE", "noEntries", "g", "$", "MKSTREAM"]]),
        Sample(
            "stream",
            [
                ["XADD", "stream", "1-1", "a", "1", "b", ""], ["XADD", "stream", "1-2", "a", "2", "b", "x"],
                ["XADD", "stream", "3-0", "other", "-70000"], ["XADD", "stream", "4-18446744073709551615", "a", "b"],
                ["XADD", "stream", "18446744073709551615-0", "a", "3", "b", "4"], ["XDEL", "stream", "1-2"],
            ]),
        Sample(
            "longStream",
            (1...1500).map { ["XADD", "longStream", "\($0)-1", "field", "value \($0)", "n", "\($0 % 7)"] }
                + [["XTRIM", "longStream", "MAXLEN", "1205"], ["XDEL", "longStream", "700-1", "701-1"]]),
        Sample(
            "groups",
            (1...3000).map { ["XADD", "groups", "\($0)-0", "f", "v"] } + [
                ["XGROUP", "CREATE", "groups", "first", "0"], ["XGROUP", "CREATE", "groups", "second", "500-0"],
                ["XGROUP", "CREATE", "groups", "untouched", "$", "ENTRIESREAD", "7"],
                ["XREADGROUP", "GROUP", "first", "alice", "COUNT", "2000", "STREAMS", "groups", ">"],
                ["XREADGROUP", "GROUP", "first", "bob", "COUNT", "500", "STREAMS", "groups", ">"],
                ["XREADGROUP", "GROUP", "second", "carol", "COUNT", "10", "STREAMS", "groups", ">"],
                ["XGROUP", "CREATECONSUMER", "groups", "second", "idle"], ["XACK", "groups", "first", "1-0", "5-0"],
                ["XDEL", "groups", "9-0"],
            ]),
    ]
}
