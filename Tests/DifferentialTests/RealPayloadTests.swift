import Harness
import Payloads
import Persistence
import Primitives
import Storage
import Structures
import Testing

extension DifferentialTests {
    /// What redis-server dumps is read, and holds what redis-server says.
    @Test(arguments: PayloadCase.all) func realPayloads(example: PayloadCase) throws {
        try withServer(.oracle, example.configuration) { server in
            let connection = try server.connect()
            for command in example.commands { try connection.send(encodedRequest(command.map(\.wireBytes))) }
            for command in example.commands {
                let reply = try connection.receive()
                try #require(reply.errorText == nil, "\(command.first ?? ""): \(reply)")
            }
            guard case .bulk(let payload) = try connection.run("DUMP", "k") else {
                Issue.record("nothing was dumped")
                return
            }
            #expect(payload.first == example.type)
            let value = try readPayload(payload)
            defer { value.free() }
            #expect(value.contents == (try example.contents(connection)))
        }
    }
}

/// Reads what DUMP gives: the type, the value, a version of 2 bytes, a checksum of 8.
private func readPayload(_ payload: [UInt8]) throws -> LooseValue {
    let limits = CollectionLimits(hash: KeyHash(seed: 1))
    let type = try #require(RDBType(rawValue: payload[0]))
    let sum = payload.dropLast(8).withUnsafeBytes { CRC64.checksum(Primitives.Bytes($0)) }
    #expect(withUnsafeBytes(of: sum.littleEndian) { Array($0) } == Array(payload.suffix(8)))
    return try Array(payload.dropFirst().dropLast(10)).withBytes { bytes in
        var reader = RDBReader(bytes)
        let value = try reader.value(type, limits)
        #expect(reader.isAtEnd)
        return value
    }
}

/// A value under `k`, how redis-server is made to keep it, and how it tells what is in it.
struct PayloadCase: Sendable, CustomStringConvertible {
    let description: String
    let type: UInt8
    let configuration: [String]
    let commands: [[String]]
    let telling: Telling

    enum Telling { case string, list, set, sortedSet, hash, stream }
}

extension PayloadCase {
    init(
        _ description: String, _ type: UInt8, _ telling: Telling, _ commands: [[String]], _ configuration: [String] = []
    ) {
        self.init(
            description: description, type: type, configuration: configuration, commands: commands, telling: telling)
    }

    static let all = strings + lists + sets + sortedSets + hashes + streams

    private static let long = String(repeating: "abcabd", count: 3000)
    /// Elements of all kinds that a listpack has.
    private static let mixed =
        ["", "a", "-1", "127", "128", "-4096", "4095", "32767", "-32768", "8388607", "-8388608", "2147483647"]
        + ["-2147483648", "9223372036854775807", "-9223372036854775808", "007", "+1", "-0", "1.5"]
        + [63, 64, 300, 4000].map { String(repeating: "y", count: $0) }
    private static let numbers = (0..<2000).map { String($0 * 37 - 1000) }
    private static let words = (0..<3000).map { "word:\($0)" }

    private static let strings: [PayloadCase] = [
        PayloadCase("a string", 0, .string, [["SET", "k", "hello"]]),
        PayloadCase("an integer", 0, .string, [["SET", "k", "-12345"]]),
        PayloadCase("a long integer", 0, .string, [["SET", "k", "1234567890123"]]),
        PayloadCase("a compressed string", 0, .string, [["SET", "k", long]]),
        PayloadCase("an incompressible string", 0, .string, [["SET", "k", long]], ["rdbcompression no"]),
    ]

    private static let lists: [PayloadCase] = [
        PayloadCase("a small list", 18, .list, [["RPUSH", "k"] + mixed]),
        PayloadCase("a large list", 18, .list, [["RPUSH", "k"] + words + numbers]),
        PayloadCase("a list of small nodes", 18, .list, [["RPUSH", "k"] + mixed], ["list-max-listpack-size 2"]),
        PayloadCase(
            "a list with large elements", 18, .list,
            [["DEBUG", "quicklist-packed-threshold", "1000b"]]
                + [["RPUSH", "k", long, "a", long, "7"]]),
        PayloadCase(
            "a list with elements of quirky lengths", 18, .list,
            [["RPUSH", "k"] + (16_375..<16_384).map { String(repeating: "z", count: $0) }],
            ["list-max-listpack-size 100", "rdbcompression no"]),
        PayloadCase("a compressed list", 18, .list, [["RPUSH", "k"] + words], ["list-compress-depth 1"]),
    ]

    private static let sets: [PayloadCase] = [
        PayloadCase("a set of small integers", 11, .set, [["SADD", "k", "-5", "3", "9"]]),
        PayloadCase("a set of integers", 11, .set, [["SADD", "k", "70000", "3", "-70000"]]),
        PayloadCase("a set of large integers", 11, .set, [["SADD", "k", "7000000000", "3", "-7"]]),
        PayloadCase("a set", 2, .set, [["SADD", "k"] + mixed]),
        PayloadCase("a large set", 2, .set, [["SADD", "k"] + words + numbers]),
        PayloadCase("a large set of integers", 2, .set, [["SADD", "k"] + numbers]),
    ]

    private static let scores = ["0", "-1", "1.5", "inf", "-inf", "3e300", "1e-10", "4503599627370497.5", "17"]

    private static let sortedSets: [PayloadCase] = [
        PayloadCase(
            "a sorted set", 17, .sortedSet, [["ZADD", "k"] + scores.flatMap { [$0, "m\($0)"] }]),
        PayloadCase(
            "a sorted set of equal scores", 17, .sortedSet, [["ZADD", "k"] + mixed.prefix(18).flatMap { ["1", $0] }]),
        PayloadCase(
            "a large sorted set", 5, .sortedSet,
            [["ZADD", "k"] + words.enumerated().flatMap { ["\($0.0 % 7)", $0.1] }]),
        PayloadCase(
            "a sorted set of scores", 5, .sortedSet, [["ZADD", "k"] + scores.flatMap { [$0, "m\($0)"] }],
            ["zset-max-listpack-entries 0"]),
    ]

    private static let hashes: [PayloadCase] = [
        PayloadCase("a hash", 16, .hash, [["HSET", "k"] + mixed.prefix(18).flatMap { [$0, $0] }]),
        PayloadCase("a large hash", 4, .hash, [["HSET", "k"] + words.flatMap { [$0, "value of \($0)"] }]),
        PayloadCase(
            "a packed hash of many fields", 16, .hash, [["HSET", "k"] + words.flatMap { [$0, "12"] }],
            ["hash-max-listpack-entries 10000"]),
    ]

    private static let entries =
        (1...500).map { ["XADD", "k", "\($0 / 3 + 5)-\($0)", "temperature", "\($0 % 40 - 20)", "place", "roof"] }
        + [["XADD", "k", "900-1", "note", "x"], ["XADD", "k", "900-2", "note", "y", "more", "z"]]

    private static let streams: [PayloadCase] = [
        PayloadCase("a stream", 19, .stream, entries),
        PayloadCase("a stream of small nodes", 19, .stream, entries, ["stream-node-max-entries 3"]),
        PayloadCase(
            "a stream with deleted entries", 19, .stream,
            entries + [["XDEL", "k", "5-1", "6-5", "900-2"], ["XTRIM", "k", "MAXLEN", "300"]]),
        PayloadCase("an empty stream", 19, .stream, entries + [["XTRIM", "k", "MAXLEN", "0"]]),
        PayloadCase(
            "a stream with groups", 19, .stream,
            entries + [
                ["XGROUP", "CREATE", "k", "idle", "$"], ["XGROUP", "CREATE", "k", "readers", "0"],
                ["XGROUP", "CREATECONSUMER", "k", "idle", "nobody"],
                ["XREADGROUP", "GROUP", "readers", "alice", "COUNT", "100", "STREAMS", "k", ">"],
                ["XREADGROUP", "GROUP", "readers", "bob", "COUNT", "30", "STREAMS", "k", ">"],
                ["XACK", "k", "readers", "5-1", "6-5"], ["XCLAIM", "k", "readers", "carol", "0", "6-4"],
            ]),
    ]
}

// MARK: What redis-server says

extension PayloadCase {
    func contents(_ connection: Connection) throws -> [String] {
        switch telling {
        case .string: [try connection.run("GET", "k").text ?? ""]
        case .list: try texts(connection.run("LRANGE", "k", 0, -1))
        case .set: try texts(connection.run("SMEMBERS", "k")).sorted()
        case .sortedSet:
            try pairs(connection.run("ZRANGE", "k", 0, -1, "WITHSCORES")).map { "\($0.0) \(Double($0.1) ?? .nan)" }
        case .hash: try pairs(connection.run("HGETALL", "k")).map { "\($0.0)=\($0.1)" }.sorted()
        case .stream: try entries(connection) + groups(connection)
        }
    }

    private func texts(_ reply: Reply) -> [String] { (reply.elements ?? []).map { $0.text ?? "" } }

    private func pairs(_ reply: Reply) -> [(String, String)] {
        (reply.entries ?? []).map { ($0.key.text ?? "", $0.value.text ?? "") }
    }

    private func entries(_ connection: Connection) throws -> [String] {
        try connection.run("XRANGE", "k", "-", "+").elements?.map { entry in
            let fields = entry.elements?.last.map(pairs) ?? []
            return fields.reduce(entry.elements?.first?.text ?? "") { "\($0) \($1.0)=\($1.1)" }
        } ?? []
    }

    private func groups(_ connection: Connection) throws -> [String] {
        var found: [String] = []
        for group in try connection.run("XINFO", "GROUPS", "k").elements ?? [] {
            let name = group["name"]?.text ?? ""
            found.append("\(name) \(group["last-delivered-id"]?.text ?? "")")
            for entry in try connection.run("XPENDING", "k", name, "-", "+", 10_000).elements ?? [] {
                guard let parts = entry.elements, parts.count == 4 else { continue }
                found.append("\(parts[0].text ?? "") \(parts[1].text ?? "") \(parts[3].integer ?? 0)")
            }
        }
        return found
    }
}
