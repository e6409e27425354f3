import Primitives
import RESP
import Testing

@testable import Commands

/// What a client may send without anybody else noticing: anything.
@Suite struct HostileInputTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func bytesOfAnyKindHarmNobody(seed: UInt64) {
        var attack = Attack(seed: seed)
        attack.run(rounds: 800)
    }

    @Test func linesWithoutARequestAreNotKept() {
        let client = TestNode().connect()
        for _ in 0..<100 { client.send(String(repeating: "\r\n*0\r\n*-1\r\n", count: 100)) }
        #expect(client.session.pendingInput == 0)
        client.send("\r\n*1\r\n$4\r\nPI")
        client.send("NG\r\n\n")
        #expect(client.replies() == [.simple("PONG")])
        #expect(client.session.pendingInput == 0)
    }

    @Test func whoDoesNotReadItsLastReplyCanBeEnded() {
        let node = TestNode()
        let silent = node.connect()
        silent.send("QUIT\r\n")
        #expect(silent.session.isClosing && !silent.session.isClosed)
        #expect(node.run("CLIENT", "KILL", "ID", "\(silent.session.id)") == .integer(1))
        #expect(silent.session.isClosed)
    }

    @Test func whoDoesNotReadItsLastReplyIsIdleInTheEnd() {
        let node = TestNode()
        node.run("CONFIG", "SET", "timeout", "10")
        let silent = node.connect()
        silent.send("QUIT\r\n")
        node.advance(milliseconds: 20_000)
        #expect(silent.session.isClosed)
    }

    @Test func aReplyThatIsSentInPartsArrivesWhole() {
        let client = TestNode().connect()
        let text = String((0..<5000).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
        var received: [UInt8] = []
        for length in [1, 700, 3, 2000, 1, 1] {
            client.send(TestClient.request(["ECHO", text]))
            received += Array(client.session.waitingOutput[0..<length])
            client.session.didSend(length)
        }
        received += Array(client.session.waitingOutput)
        client.session.didSend(client.session.waitingOutput.count)
        #expect(received == Array(String(repeating: "$5000\r\n\(text)\r\n", count: 6).utf8))
        #expect(client.session.waitingOutput.isEmpty)
    }

    @Test func aRequestWithManyArgumentsIsFollowedByOthers() {
        let node = TestNode()
        #expect(node.run(["DEL"] + (0..<20_000).map { "k\($0)" }) == .integer(0))
        #expect(node.run("ECHO", "a") == .text("a"))
        #expect(node.run(["EXISTS"] + (0..<20_000).map { "k\($0)" }) == .integer(0))
    }
}

/// A client that sends what a seed says, and two that mind their own business.
private struct Attack {
    private var random: RandomSource
    private let node = TestNode()
    private var attacker: TestClient
    private let queueing: TestClient
    private let slow: TestClient
    private let commands: [[String]]

    /// Commands that are meant to hold up or end others.
    private static let excluded: Set = ["client|pause", "client|kill", "config|set", "shutdown", "monitor"]
    private static let keys = ["k", "{t}1", "{t}2", "", String(repeating: "n", count: 300)]
    private static let words = [
        "0", "1", "-1", "705", "9223372036854775807", "-9223372036854775808", "4294967295", "1e308", "nan", "NX", "EX",
        "GET", "COUNT", "MATCH", "*", "[a", "BIT", "u63", "#1", "INCRBY", "AND", "ON", "OFF", "SKIP", "IDX", "DB",
        "REPLACE",
    ]
    private static let noise = [
        "*", "$", "\r\n", "\n", "\r", "\"", "'", "\\x4", "*-1\r\n", "*0\r\n", "*2147483647\r\n", "$-1\r\n",
        "$536870912\r\n", "$9223372036854775808\r\n", "\0", " ",
    ]

    init(seed: UInt64) {
        random = RandomSource(seed: seed)
        attacker = node.connect()
        queueing = node.connect()
        slow = node.connect()
        commands = node.node.commands.fullNames.filter { !Attack.excluded.contains($0) }.sorted()
            .map { $0.split(separator: "|").map(String.init) }
    }

    mutating func run(rounds: Int) {
        queueing.run("MULTI")
        slow.send("*3\r\n$4\r\nECHO")
        for round in 0..<rounds {
            send(bytes())
            if round % 20 == 0 { checkOthers() }
        }
        checkOthers()
        #expect(queueing.run("EXEC") != .null)
        slow.send("\r\n$1\r\na\r\n$1\r\nb\r\n")
        #expect(slow.replies() == [.error("ERR wrong number of arguments for 'echo' command")])
        checkKeys()
    }

    private func checkOthers() {
        #expect(node.run("SELECT", "0") == .simple("OK"))
        #expect(node.run("SET", "own", "value") == .simple("OK"))
        #expect(node.run("GET", "own") == .text("value"))
        #expect(queueing.run("PING") == .simple("QUEUED"))
    }

    /// Every database has as many keys as a walk finds.
    private func checkKeys() {
        for database in 0..<16 {
            node.run("SELECT", "\(database)")
            guard case .array(let found) = node.run("KEYS", "*") else {
                Issue.record("KEYS has no array")
                continue
            }
            #expect(node.run("DBSIZE") == .integer(Int64(found.count)))
        }
    }

    /// Sends bytes in parts of random length, and connects again where that ended the connection.
    private mutating func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty, !attacker.session.isClosing {
            let part = rest.prefix(Int.random(in: 1...max(1, bytes.count), using: &random))
            attacker.send(Array(part))
            attacker.session.didSend(attacker.session.waitingOutput.count)
            rest = rest.dropFirst(part.count)
        }
        node.advance(milliseconds: Int64.random(in: 0...3, using: &random))
        if attacker.session.isClosing || Int.random(in: 0..<40, using: &random) == 0 {
            node.node.remove(attacker.session)
            attacker = node.connect()
        }
    }

    private mutating func bytes() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...20, using: &random) { bytes += request() }
        if Int.random(in: 0..<3, using: &random) == 0 { spoil(&bytes) }
        return bytes
    }

    private mutating func request() -> [UInt8] {
        var words = commands.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 0...5, using: &random) { words.append(argument()) }
        guard Int.random(in: 0..<6, using: &random) == 0 else { return TestClient.request(words) }
        return Array(
            words.map { $0.isEmpty ? "''" : Bool.random(using: &random) ? $0 : "\"\($0)\"" }.joined(separator: " ").utf8
        ) + [0x0A]
    }

    private mutating func argument() -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: Attack.keys.randomElement(using: &random) ?? ""
        case 1: String(repeating: "v", count: [0, 44, 703, 704, 705, 1023, 1025].randomElement(using: &random) ?? 1)
        case 2: String(Int.random(in: -10...2000, using: &random))
        default: Attack.words.randomElement(using: &random) ?? ""
        }
    }

    private mutating func spoil(_ bytes: inout [UInt8]) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let index = Int.random(in: 0..<max(1, bytes.count), using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.removeSubrange(index..<min(bytes.count, index + 5))
            case 1 where index < bytes.count: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 2:
                bytes.insert(
                    contentsOf: Array((Attack.noise.randomElement(using: &random) ?? "").utf8),
                    at: min(index, bytes.count))
            default: bytes.removeLast(min(bytes.count, index % 7))
            }
        }
    }
}
