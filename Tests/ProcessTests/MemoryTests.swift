import Harness
import Testing

/// What a server says of its memory beside what its allocator says, and whether it keeps its limit.
extension ProcessTests {
    @Suite(.serialized) struct MemoryTests {
        /// The figures of INFO memory and stats.
        private func figures(_ connection: Connection) throws -> [String: Int] {
            var figures: [String: Int] = [:]
            for section in ["memory", "stats"] {
                for line in (try connection.run("INFO", section).text ?? "").split(whereSeparator: \.isNewline) {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    if parts.count == 2 { figures[String(parts[0])] = Int(parts[1]) }
                }
            }
            return figures
        }

        private func expectTruth(_ connection: Connection, _ moment: String) throws {
            let seen = try figures(connection)
            let (used, allocated) = (seen["used_memory"] ?? 0, seen["allocator_allocated"] ?? 0)
            // The allocator counts the freed blocks that each thread keeps at hand as in use.
            let kept = 256 << 10
            #expect(abs(used - allocated) <= allocated * 3 / 100 + kept, "\(moment): \(used) of \(allocated)")
        }

        /// Keys of every type, small and large, as random numbers choose.
        private func fill(_ connection: Connection, _ numbers: inout Numbers) throws {
            for round in 0..<40 {
                let commands: [[Bytes]] = (0..<500).map { index in
                    let key = "k\(round * 500 + index)"
                    let value = Bytes(repeating: 7, count: numbers.number(below: round % 10 == 0 ? 20_000 : 200))
                    return switch index % 6 {
                    case 0: words("SET", key, value)
                    case 1: words("RPUSH", "l\(round % 20)", value, key)
                    case 2: words("SADD", "s\(index % 50)", key, value)
                    case 3: words("ZADD", "z\(index % 50)", "\(index)", key)
                    case 4: words("HSET", "h\(round)", key, value)
                    default: words("XADD", "x\(round % 10)", "*", "f", value)
                    }
                }
                _ = try connection.pipeline(commands)
            }
        }

        private func words(_ words: any Argument...) -> [Bytes] { words.map(\.wireBytes) }

        @Test func whatIsInUseIsWhatTheAllocatorHasGiven() throws {
            try withServer { server in
                let connection = try server.connect()
                try expectTruth(connection, "at the start")
                var numbers = Numbers(seed: 5)
                try fill(connection, &numbers)
                try expectTruth(connection, "with keys of all types")
                let greedy = try server.connect()
                try connection.run("SET", "big", Bytes(repeating: 1, count: 4 << 20))
                _ = try greedy.sendWithoutReading(
                    Bytes((0..<5).map { _ in encodedRequest("GET", "big") }.joined()), patienceMilliseconds: 100)
                let waiting = try server.connect()
                try waiting.send(Bytes("*2\r\n$4\r\nECHO\r\n$9000000\r\n".utf8) + Bytes(repeating: 1, count: 3_000_000))
                try connection.run("EVAL", "t = nil for i = 1, 1000 do redis.call('SET', 'e' .. i, i) end", "0")
                try expectTruth(connection, "with clients' buffers")
                _ = try connection.pipeline((0..<20_000).filter { $0 % 3 > 0 }.map { words("DEL", "k\($0)") })
                try expectTruth(connection, "after removing keys")
                for mode in ["ASYNC", "SYNC"] {
                    try connection.run("FLUSHALL", mode)
                    let done = eventually { (try? figures(connection)["lazyfree_pending_objects"]) == 0 }
                    #expect(done)
                    try expectTruth(connection, "after FLUSHALL \(mode)")
                    try fill(connection, &numbers)
                    try expectTruth(connection, "filled again")
                }
            }
        }

        /// Writers that never stop, and somebody who looks. The peak is noted before keys go, so it shows what came
        /// between.
        @Test func theLimitIsKeptUnderFullLoad() throws {
            let limit = 16 << 20
            let longest = 100_000
            let bytes = Bytes(repeating: 7, count: longest)
            try withServer(.apus, ["maxmemory \(limit)", "maxmemory-policy allkeys-random"]) { server in
                let (writer, looker) = (try server.connect(), try server.connect())
                var numbers = Numbers(seed: 11)
                var written = 0
                while written < limit * 3 {
                    let commands = (0..<64).map { _ -> [Bytes] in
                        let size = numbers.number(below: numbers.number(below: 20) == 0 ? longest : 2000)
                        written += size
                        return words("SET", "k\(numbers.number(below: 1_000_000))", Bytes(bytes[..<size]))
                    }
                    try writer.send(commands.reduce(into: Bytes()) { $0 += encodedRequest($1) })
                    let seen = try figures(looker)
                    #expect(seen["used_memory"] ?? .max <= limit + limit / 100 + longest)
                    for _ in commands { expect(try writer.receive(), is: .ok) }
                }
                let seen = try figures(looker)
                #expect(seen["used_memory_peak"] ?? .max <= limit + limit / 100 + longest)
                #expect(seen["used_memory"] ?? 0 > limit * 9 / 10 && seen["evicted_keys"] ?? 0 > 1000)
            }
        }

        @Test func clientsThatTakeTooMuchAreEnded() throws {
            try withServer(.apus, ["maxmemory-clients 20mb"]) { server in
                let connection = try server.connect()
                let greedy = try (0..<3).map { _ in try server.connect() }
                for (index, client) in greedy.enumerated() {
                    let request = Bytes("*2\r\n$4\r\nECHO\r\n$50000000\r\n".utf8)
                    // The server may close before it has read all of it.
                    _ = try? client.sendWithoutReading(
                        request + Bytes(repeating: 7, count: (index + 1) * 5_000_000), patienceMilliseconds: 300)
                }
                #expect(eventually { (try? figures(connection)["evicted_clients"]) ?? 0 >= 1 })
                try #expect(figures(connection)["mem_clients_normal"] ?? .max < 20 << 20)
                try #expect(connection.run("PING") == .simple("PONG"))
                #expect(server.logs("Evicting client: id="))
            }
        }
    }
}

/// Numbers that come again from the same seed (Vigna, splitmix64).
private struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func number(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(max(1, bound)))
    }
}
