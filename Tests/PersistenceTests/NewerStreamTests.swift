import Payloads
import Primitives
import RESP
import Storage
import Testing

@testable import Commands
@testable import Persistence

/// What streams hold that only newer files can: producers, entries that were given back, times of consumers.
@Suite struct NewerStreamTests {
    private let usual = "enable-debug-command yes\n"

    /// Streams with groups; in `producers` two messages of a producer, in `ownerless` an entry that was given back.
    private func fill(_ node: SavingNode) {
        for key in ["plain", "producers", "ownerless"] {
            for number in 1...6 { node.run("XADD", key, "\(number)-1", "f", "v") }
            for group in ["g", "h"] { node.run("XGROUP", "CREATE", key, group, "0") }
            node.run("XREADGROUP", "GROUP", "g", "alice", "COUNT", "3", "STREAMS", key, ">")
            node.run("XREADGROUP", "GROUP", "h", "bob", "COUNT", "1", "STREAMS", key, ">")
        }
    }

    private func addMessages(_ node: SavingNode) {
        node.run("XCFGSET", "producers", "IDMP-DURATION", "500")
        for message in ["1", "2", "1"] { node.run("XADD", "producers", "IDMP", "p", message, "*", "f", message) }
    }

    private func giveBack(_ node: SavingNode) { node.run("XNACK", "ownerless", "g", "FAIL", "IDS", "2", "1-1", "3-1") }

    /// All that can be asked about the streams.
    private func told(_ node: SavingNode) -> [Reply] {
        ["plain", "producers", "ownerless"].flatMap { key in
            [
                node.run("XINFO", "STREAM", key, "FULL", "COUNT", "0"), node.run("XINFO", "STREAM", key),
                node.run("XPENDING", key, "g", "-", "+", "10"), node.run("XPENDING", key, "h"),
                node.run("XINFO", "CONSUMERS", key, "g"),
            ]
        }
    }

    private func version(_ node: SavingNode) -> String? {
        node.run("SAVE")
        return node.file.map { String(decoding: $0[5..<9], as: UTF8.self) }
    }

    @Test func aFileHasTheVersionThatItsStreamsNeed() throws {
        let node = try SavingNode(usual)
        fill(node)
        #expect(version(node) == "0010")
        addMessages(node)
        #expect(version(node) == "0013")
        giveBack(node)
        #expect(version(node) == "0014")
        node.run("XACK", "ownerless", "g", "1-1")
        #expect(version(node) == "0014")
        node.run("XCLAIM", "ownerless", "g", "bob", "0", "3-1")
        #expect(version(node) == "0013")
        node.run("DEL", "producers")
        #expect(version(node) == "0010")
    }

    @Test func theVersionFollowsAKeyWhereverItGoes() throws {
        let steps: [(command: [String], version: String)] = [
            (["RENAME", "ownerless", "new"], "0014"), (["PEXPIRE", "new", "100000"], "0014"),
            (["PERSIST", "new"], "0014"), (["COPY", "new", "other"], "0014"), (["DEL", "new"], "0014"),
            (["MOVE", "other", "3"], "0014"), (["SWAPDB", "0", "3"], "0014"), (["SET", "other", "v"], "0010"),
        ]
        let node = try SavingNode(usual)
        fill(node)
        giveBack(node)
        for step in steps {
            node.test.run(step.command)
            #expect(version(node) == step.version, "after \(step.command)")
        }
        for flush in ["FLUSHALL", "FLUSHDB"] {
            fill(node)
            giveBack(node)
            #expect(version(node) == "0014")
            node.run(flush)
            #expect(version(node) == "0010")
        }
        fill(node)
        giveBack(node)
        node.run("XGROUP", "DESTROY", "ownerless", "g")
        #expect(version(node) == "0010")
    }

    @Test(arguments: [0, 3]) func filesKeepEverything(padding: Int) throws {
        let node = try SavingNode(usual)
        fill(node)
        // Large enough to be written in pieces.
        for key in ["plain", "producers", "ownerless"] {
            for number in 0..<padding * 1000 {
                node.run("XADD", key, "9-\(number + 1)", "field", "value of the entry \(number)")
            }
        }
        addMessages(node)
        giveBack(node)
        node.test.hands.advance(milliseconds: 700)
        node.test.node.beginTurn()
        // Seen, and not active.
        for key in ["plain", "producers", "ownerless"] {
            node.run("XREADGROUP", "GROUP", "h", "bob", "STREAMS", key, "0")
        }
        let (told, digest) = (told(node), node.digest)
        #expect(node.run("DEBUG", "RELOAD") == .simple("OK"))
        #expect(self.told(node) == told && node.digest == digest)
        // What a producer sent before is still known.
        node.run("XADD", "producers", "IDMP", "p", "2", "*", "f", "2")
        #expect(node.run("XLEN", "producers") == .integer(Int64(8 + padding * 1000)))
    }

    @Test func payloadsKeepEverything() throws {
        let node = try SavingNode(usual)
        fill(node)
        addMessages(node)
        giveBack(node)
        for (key, version) in [("plain", UInt8(10)), ("producers", 13), ("ownerless", 14)] {
            let payload = node.test.dump(key)
            #expect(payload[payload.count - 10] == version)
            node.run("RENAME", key, "old")
            #expect(node.test.restore(key, 0, payload) == .simple("OK"))
            for question in [["XINFO", "STREAM", "%", "FULL"], ["XPENDING", "%", "g", "-", "+", "9"]] {
                let answers = [key, "old"].map { name in node.test.run(question.map { $0 == "%" ? name : $0 }) }
                #expect(answers[0] == answers[1])
            }
            node.run("DEL", "old")
        }
    }

    @Test func aPayloadThatEndsEarlyIsRefused() throws {
        let node = try SavingNode(usual)
        fill(node)
        addMessages(node)
        giveBack(node)
        for key in ["producers", "ownerless"] {
            let whole = contents(node.test.dump(key))
            for count in 0..<whole.count {
                let refused = node.test.restore("copy", 0, payload(Array(whole.prefix(count)), version: 14))
                #expect(refused == .error("ERR Bad data format"))
            }
        }
    }

    @Test func aBaseOfCommandsKeepsThem() throws {
        let node = try SavingNode(usual)
        fill(node)
        addMessages(node)
        giveBack(node)
        let bytes = CollectedSnapshot.of(node.test.node.keyspace, .commands([]))
        let copy = try SavingNode(usual)
        var replay = AOFReplay(copy.test.node)
        bytes.withBytes { view in
            replay.begin(view)
            while replay.advance(until: { false }) == .goesOn {}
        }
        #expect(replay.firstFailure == "" && copy.digest == node.digest)
        for line in ["XPENDING ownerless g - + 10", "XPENDING ownerless g", "XPENDING producers g - + 10"] {
            let words = line.split(separator: " ").map(String.init)
            #expect(copy.test.run(words) == node.test.run(words), "\(line)")
        }
        copy.run("XADD", "producers", "IDMP", "p", "2", "*", "f", "2")
        #expect(copy.run("XLEN", "producers") == .integer(8))
        #expect(version(copy) == "0014")
    }

    // MARK: Times of consumers

    private func fact(_ times: [Int64]) -> [UInt8] {
        let bytes = times.flatMap { time in withUnsafeBytes(of: time.littleEndian) { Array($0) } }
        return [0xFA] + Payload.string("apus-active-times") + Payload.string(bytes)
    }

    @Test(arguments: [[], [1, 2, 3], [-2, 0]] as [[Int64]])
    func timesOfOtherConsumersAreRefused(_ times: [Int64]) throws {
        let node = try SavingNode(usual)
        node.run("XADD", "s", "1-1", "f", "v")
        node.run("XGROUP", "CREATE", "s", "g", "0")
        for consumer in ["a", "b"] { node.run("XGROUP", "CREATECONSUMER", "s", "g", consumer) }
        let value = contents(node.test.dump("s")).dropFirst()
        func reload(_ times: [Int64]) -> Reply {
            let bytes = Array("REDIS0010".utf8) + fact(times) + [19] + Payload.string("s") + value + [0xFF]
            node.file = bytes + Payload.little(bytes.withBytes { CRC64.checksum($0) })
            return node.run("DEBUG", "RELOAD", "NOSAVE")
        }
        #expect(reload([0, 5]) == .simple("OK"))
        #expect(reload(times).isError("ERR"))
    }
}
