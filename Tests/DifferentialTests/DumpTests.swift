import Harness
import Testing

extension DifferentialTests {
    /// What one server dumps the other restores, and both say the same of it.
    @Test(arguments: Sample.all)
    func dumpsGoBothWays(_ sample: Sample) throws {
        try withServerPair { pair in
            for side in pair.sides {
                // Each looks at every element of what it is given.
                _ = try side.administer("CONFIG", "SET", "sanitize-dump-payload", "yes")
                let replies = try side.connection(1).pipeline(sample.commands.map { $0.map(\.wireBytes) })
                for case .error(let text) in replies { Issue.record("\(sample): \(text)") }
            }
            try expectExchange(sample.key, from: pair.apus, to: pair.oracle)
            try expectExchange(sample.key, from: pair.oracle, to: pair.apus)
        }
    }

    private func expectExchange(_ key: String, from source: Side, to target: Side) throws {
        guard case .bulk(let payload) = try source.administer("DUMP", key) else {
            Issue.record("\(key) has no dump")
            return
        }
        #expect(try target.administer("RESTORE", "copy", 0, payload) == .ok, "\(key)")
        let digest = try source.administer("DEBUG", "DIGEST-VALUE", key)
        #expect(try target.administer("DEBUG", "DIGEST-VALUE", "copy") == digest, "\(key)")
        guard key == "groups" else { return }
        for question in ["GROUPS", "PENDING"] {
            let told = try groups(question, key, source)
            #expect(try groups(question, "copy", target) == told, "\(key)")
        }
    }

    /// What a server says of the groups of a stream, or of what a group has to acknowledge, times left out.
    private func groups(_ question: String, _ key: String, _ side: Side) throws -> Reply {
        if question == "GROUPS" { return try side.administer("XINFO", "GROUPS", key) }
        let pending = try side.administer("XPENDING", key, "first", "-", "+", 5000)
        guard let entries = pending.elements else { return pending }
        return .array(
            entries.map { entry in
                .array((entry.elements ?? []).enumerated().filter { $0.offset != 2 }.map(\.element))
            })
    }

    /// Thousands of small values of each type, so that many sizes and numbers come along.
    @Test func manySmallDumps() throws {
        try withServerPair { pair in
            for count in stride(from: 1, through: 400, by: 13) {
                for (key, command) in smallValues(count) {
                    _ = try pair.apus.administer("DEL", key)
                    _ = try pair.apus.connection(1).run(command.map(\.wireBytes))
                    guard case .bulk(let payload) = try pair.apus.administer("DUMP", key) else {
                        Issue.record("\(key) has no dump")
                        continue
                    }
                    #expect(try pair.oracle.administer("RESTORE", key, 0, payload, "REPLACE") == .ok, "\(key) \(count)")
                    let digest = try pair.apus.administer("DEBUG", "DIGEST-VALUE", key)
                    #expect(try pair.oracle.administer("DEBUG", "DIGEST-VALUE", key) == digest, "\(key) \(count)")
                }
            }
        }
    }

    private func smallValues(_ count: Int) -> [(String, [String])] {
        let numbers = (0..<count).map { String(1 << min(62, $0 % 64) - $0 * 3) }
        let texts = (0..<count).map { String(repeating: "t\($0)", count: $0 % 40) }
        return [
            ("string", ["SET", "string", texts.joined()]), ("list", ["RPUSH", "list"] + numbers + texts),
            ("integers", ["SADD", "integers"] + numbers), ("set", ["SADD", "set"] + numbers + texts),
            ("sorted", ["ZADD", "sorted"] + zip(numbers, texts).flatMap { [$0, $1] }),
            ("hash", ["HSET", "hash"] + zip(texts, numbers).flatMap { [$0, $1] }),
        ]
    }
}
