import Primitives
import RESP
import Testing

@testable import Commands

/// A client that keeps copies of what GET has returned, and drops those that it is told to drop. It takes what has arrived
/// in order, whenever it comes to it.
///
/// It keeps only what GET returns. GETRANGE shows a value without its being kept, so the copy must not be another one.
private final class CachingClient {
    let client: TestClient
    private let isOnDemand: Bool
    private let drops: Bool
    private var copies: [String: String] = [:]
    /// The commands whose replies have not been taken; those of a transaction together.
    private var expected: [[[String]]] = []
    /// Keys that the last reply has shown to be gone.
    private var missed: [String] = []
    private(set) var hits = 0

    init(_ node: TestNode, _ options: [String]) {
        client = node.connect()
        isOnDemand = options.contains("OPTIN")
        drops = options.contains("NOLOOP")
        client.run("HELLO", "3")
        #expect(client.run(["CLIENT", "TRACKING", "ON"] + options) == .simple("OK"))
    }

    /// Sends commands in one go, as a transaction or one by one.
    func send(_ commands: [[String]], inTransaction: Bool) {
        var lines = commands
        if inTransaction {
            lines = [["MULTI"]] + commands + [["EXEC"]]
            if isOnDemand { lines.insert(["CLIENT", "CACHING", "YES"], at: 0) }
            expected += lines.dropLast().map { _ in [["QUEUED"]] } + [commands]
        } else {
            if isOnDemand { lines = commands.flatMap { [["CLIENT", "CACHING", "YES"], $0] } }
            expected += lines.map { [$0] }
        }
        client.send(lines.flatMap(TestClient.request))
    }

    /// Takes all that has arrived.
    func takeReplies() {
        for reply in client.replies() {
            if case .push(let parts) = reply { invalidate(parts[1]) } else { take(reply) }
        }
    }

    private func invalidate(_ what: Reply) {
        guard case .array(let keys) = what else { return copies.removeAll() }
        for key in keys { copies[text(key)!] = nil }
    }

    private func take(_ reply: Reply) {
        for key in missed { #expect(copies[key] == nil, "\(key) was gone") }
        missed = []
        let commands = expected.removeFirst()
        var written: Set<String> = []
        if case .array(let replies) = reply {
            for (command, reply) in zip(commands, replies) { take(reply, command, &written) }
        } else {
            take(reply, commands[0], &written)
        }
    }

    /// What a transaction shows of its own changes comes before it is told of them.
    private func take(_ reply: Reply, _ command: [String], _ written: inout Set<String>) {
        switch command[0] {
        case "GET": copies[command[1]] = text(reply)
        case "GETRANGE" where !written.contains(command[1]): show(text(reply)!, command[1])
        case "SET", "RENAME":
            let keys = command[0] == "SET" ? [command[1]] : [command[1], "f"]
            written.formUnion(keys)
            if drops { for key in keys { copies[key] = nil } }
        case "FLUSHALL": written.formUnion(copies.keys)
        default: break
        }
    }

    private func show(_ value: String, _ key: String) {
        // That it had expired may have come out only now; then it is told at once, as an own change would be.
        if value.isEmpty { return missed.append(key) }
        guard let copy = copies[key] else { return }
        hits += 1
        #expect(copy == value, "the copy of \(key) is older than the reply")
    }

    private func text(_ reply: Reply) -> String? {
        guard case .bulk(let bytes) = reply else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What is told stands before what shows it.
@Suite struct TrackingOrderTests {
    private static let modes = [[], ["BCAST"], ["OPTIN"], ["NOLOOP"], ["BCAST", "NOLOOP"], ["OPTOUT"]]

    /// Clients that keep copies and one that does not read and write at random, in batches and transactions, while keys
    /// expire, are flushed and forgotten: no copy is ever older than a reply that came after it was made.
    @Test(arguments: 0..<12) func noCopyIsOlderThanAReply(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let node = TestNode(seed: seed)
        let modes = TrackingOrderTests.modes
        let clients = (0..<3).map { CachingClient(node, modes[(Int(seed) + $0) % modes.count]) }
        if seed % 3 == 0 { node.run("CONFIG", "SET", "tracking-table-max-keys", "3") }
        var values = 0
        for _ in 0..<1000 {
            let actor = Int.random(in: 0...clients.count, using: &random)
            let commands = (0...Int.random(in: 0..<4, using: &random)).map { _ in command(&random, &values) }
            if actor < clients.count {
                clients[actor].send(commands, inTransaction: Int.random(in: 0..<4, using: &random) == 0)
            } else {
                node.client.send(commands.flatMap(TestClient.request))
                _ = node.client.replies()
            }
            if Int.random(in: 0..<8, using: &random) == 0 { node.advance(milliseconds: 5) }
            if Int.random(in: 0..<3, using: &random) == 0 { node.resume() }
            for client in clients where Int.random(in: 0..<3, using: &random) == 0 { client.takeReplies() }
        }
        #expect(clients.reduce(0) { $0 + $1.hits } > 20)
    }

    /// No value is written twice.
    private func command(_ random: inout RandomSource, _ values: inout Int) -> [String] {
        let key = ["a", "b", "c", "d", "e", "f"].randomElement(using: &random)!
        values += 1
        switch Int.random(in: 0..<60, using: &random) {
        case 0..<18: return ["GET", key]
        case 18..<38: return ["GETRANGE", key, "0", "-1"]
        case 38..<52: return ["SET", key, "\(values)"]
        case 52..<56: return ["SET", key, "\(values)", "PX", "20"]
        case 56..<59: return ["RENAME", key, "f"]
        default: return ["FLUSHALL"]
        }
    }
}
