import Harness
import Testing

extension DifferentialTests {
    /// Where no memory is left, each command of the table is refused or not, as in the reference, by itself and in a
    /// transaction. The arguments are as many as are needed and mean nothing, so only the refusal is compared.
    @Test func refusalsWithoutMemory() throws {
        try withServerPair { pair in
            let commands = try pair.oracle.arities().filter { try pair.apus.knows($0.key) && !untried.contains($0.key) }
            #expect(commands.count > 150)
            for side in pair.sides { _ = try side.administer("CONFIG", "SET", "maxmemory", "1") }
            var refused = 0
            for (name, arity) in commands.sorted(by: { $0.key < $1.key }) {
                let request = [name] + Array(repeating: "x", count: abs(arity) - 1)
                let expected = try isRefused(request, on: pair.oracle)
                let queued = try isRefusedInTransaction(request, on: pair.oracle)
                try #expect(isRefused(request, on: pair.apus) == expected, "\(name)")
                try #expect(isRefusedInTransaction(request, on: pair.apus) == queued, "\(name) in a transaction")
                if expected { refused += 1 }
            }
            #expect(refused > 50)
        }
    }
}

/// Commands that end a connection or the server, or hold up what comes after them.
private let untried: Set<String> = ["shutdown", "debug", "monitor", "sync", "psync", "replicaof", "slaveof", "quit"]

extension Side {
    /// All commands by name, with their arities.
    fileprivate func arities() throws -> [String: Int] {
        var found: [String: Int] = [:]
        for element in try administer("COMMAND").elements ?? [] {
            guard let fields = element.elements, let name = fields[0].text, case .integer(let arity) = fields[1] else {
                continue
            }
            found[name] = Int(arity)
        }
        return found
    }
}

private func isOutOfMemory(_ reply: Reply) -> Bool {
    if case .error(let text) = reply { text.hasPrefix("OOM ") } else { false }
}

private func send(_ words: [String], _ connection: Connection) throws -> Reply {
    try connection.run(words.map { Bytes($0.utf8) })
}

private func isRefused(_ request: [String], on side: Side) throws -> Bool {
    isOutOfMemory(try send(request, try side.server.connect()))
}

private func isRefusedInTransaction(_ request: [String], on side: Side) throws -> Bool {
    let connection = try side.server.connect()
    try connection.run("MULTI")
    return isOutOfMemory(try send(request, connection))
}
