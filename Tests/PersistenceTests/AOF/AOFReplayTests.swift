import Primitives
import RESP
import Settings
import Storage
import Testing

@testable import Commands
@testable import Persistence

@Suite struct AOFReplayTests {
    private func replay(_ bytes: [UInt8], _ node: TestNode) -> (AOFReplay.Progress, AOFReplay) {
        var replay = AOFReplay(node.node)
        let progress = bytes.withBytes { view in
            replay.begin(view)
            return replay.advance { false }
        }
        return (progress, replay)
    }

    @Test func commandsHaveTheirEffects() {
        let node = TestNode()
        let (progress, replay) = replay(
            log("SELECT 3|SET a 1|INCR a|MULTI|RPUSH l x y|SELECT 0|SET b 2|EXEC|PEXPIREAT b 1"), node)
        #expect(progress == .ended)
        #expect(replay.commandCount == 7 && replay.failureCount == 0)
        node.run("SELECT", "3")
        #expect(node.run("GET", "a") == .bulk(Array("2".utf8)))
        #expect(node.run("LLEN", "l") == .integer(2))
    }

    @Test func aSliceNeverEndsInATransaction() {
        let node = TestNode()
        let bytes = log(
            "MULTI|" + String(repeating: "INCR a|", count: 100) + "EXEC|" + String(repeating: "INCR b|", count: 100))
        var replay = AOFReplay(node.node)
        var seen: [String] = []
        bytes.withBytes { view in
            replay.begin(view)
            while replay.advance(until: { true }) == .goesOn {
                if case .bulk(let text) = node.run("GET", "a") { seen.append(String(decoding: text, as: UTF8.self)) }
            }
        }
        #expect(seen == ["100", "100"])
        #expect(node.run("GET", "b") == .bulk(Array("100".utf8)))
    }

    @Test func namesThatWereChangedForClientsCount() {
        var settings = Settings()
        let lines = "rename-command SET put\nrename-command GET \"\"\nrename-command INCR set\n"
        #expect(throws: Never.self) { try settings.read(text: lines, named: "test") }
        let node = TestNode(settings: settings)
        let (progress, _) = replay(log("SET a 5|INCR a"), node)
        #expect(progress == .ended)
        #expect(node.run("STRLEN", "a") == .integer(1))
        #expect(node.run("SET", "a") == .integer(7))
    }

    @Test func whatNobodyKnowsStopsIt() {
        let node = TestNode()
        let before = log("SET a 1")
        for line in ["NOSUCH a", "SET a", "CLIENT NOSUCH"] {
            guard case .unknown(let error) = replay(before + log(line), node).0 else {
                Issue.record("\(line)")
                continue
            }
            #expect(error.offset == before.count)
        }
    }

    @Test func errorsAreCounted() {
        let (progress, replay) = replay(log("SET a x|INCR a|LPUSH a b|SET b 1"), TestNode())
        #expect(progress == .ended)
        #expect(replay.failureCount == 2)
        #expect(replay.firstFailure == "ERR value is not an integer or out of range")
    }

    // MARK: Bases

    /// A node with every type, small and large, in two databases.
    private func filled() -> TestNode {
        let node = TestNode()
        for database in ["0", "7"] {
            node.run("SELECT", database)
            node.run("SET", "text", "a\r\n$5\r\nb")
            node.run("SET", "number", "-17", "PXAT", "99999999999999")
            for (prefix, count) in [("small", 5), ("large", 900)] {
                for index in 0..<count {
                    node.run("RPUSH", "\(prefix)list", "e\(index)")
                    node.run("SADD", "\(prefix)set", "m\(index)")
                    node.run("SADD", "\(prefix)ints", "\(index * 7)")
                    node.run("ZADD", "\(prefix)zset", "\(Double(index) / 3)", "m\(index)")
                    node.run("HSET", "\(prefix)hash", "f\(index)", "v\(index)")
                    node.run("XADD", "\(prefix)stream", "\(index + 1)-\(index)", "f", "v\(index)", "g", "")
                }
            }
            node.run("ZADD", "smallzset", "inf", "top", "-inf", "bottom", "1e-7", "tiny")
            node.run("HPEXPIREAT", "smallhash", "60000000000000", "FIELDS", "2", "f1", "f2")
            node.run("XGROUP", "CREATE", "smallstream", "g", "0")
            node.run("XREADGROUP", "GROUP", "g", "c", "COUNT", "3", "STREAMS", "smallstream", ">")
            node.run("XGROUP", "CREATECONSUMER", "smallstream", "g", "idle")
            node.run("XDEL", "smallstream", "5-4")
            node.run("XGROUP", "CREATE", "emptystream", "g", "$", "MKSTREAM")
            node.run("XADD", "trimmed", "9-9", "a", "b")
            node.run("XTRIM", "trimmed", "MAXLEN", "0")
        }
        return node
    }

    @Test func aBaseOfCommandsMakesTheSameDataSet() {
        let node = filled()
        let bytes = CollectedSnapshot.of(node.node.keyspace, .commands([]))
        let copy = TestNode()
        let (progress, replay) = replay(bytes, copy)
        #expect(progress == .ended)
        #expect(replay.firstFailure == "")
        #expect(DataDigest.digest(of: node.node.keyspace) == DataDigest.digest(of: copy.node.keyspace))
        for database in ["0", "7"] {
            for each in [node, copy] { each.run("SELECT", database) }
            for line in [
                "XINFO STREAM trimmed", "XINFO GROUPS emptystream", "XPENDING smallstream g - + 10",
                "PEXPIRETIME number",
                "XINFO GROUPS smallstream", "HPEXPIRETIME smallhash FIELDS 3 f0 f1 f2", "LRANGE largelist 0 -1",
            ] {
                let words = line.split(separator: " ").map(String.init)
                #expect(node.run(words) == copy.run(words), "\(line)")
            }
        }
    }

    /// Large values of all types are written in slices, between which they are changed, and other keys too.
    @Test func aBaseOfCommandsIsWrittenInSlices() {
        let node = filled()
        node.run("SET", "long", String(repeating: "0123456789", count: 100_000), "PXAT", "99999999999999")
        node.run("SET", "longer", String(repeating: "9876543210", count: 100_000))
        for index in 0..<4000 {
            node.run("XADD", "pending", "\(index + 1)-0", "f", "v")
            node.run("HSET", "expiring", "f\(index)", "v")
        }
        node.run("HPEXPIREAT", "expiring", "60000000000000", "FIELDS", "1", "f77")
        node.run("XGROUP", "CREATE", "pending", "g", "0")
        node.run("XREADGROUP", "GROUP", "g", "c", "COUNT", "3000", "STREAMS", "pending", ">")
        let digest = DataDigest.digest(of: node.node.keyspace)
        let target = CollectedSnapshot()
        let stream = SnapshotStream(node.node.keyspace, .commands([]), packing: nil)
        var (slices, longest, written) = (0, 0, 0)
        while !target.isWhole {
            stream.advance(into: target) { true }
            (slices, longest) = (slices + 1, max(longest, stream.encodedBytes - written))
            if slices == 60 { node.run("APPEND", "long", "new") }
            change(node, slices)
            written = stream.encodedBytes
        }
        #expect(slices > 100 && longest < 200 << 10)
        let copy = TestNode()
        let (progress, replay) = replay(target.bytes, copy)
        #expect(progress == .ended && replay.firstFailure == "")
        #expect(DataDigest.digest(of: copy.node.keyspace) == digest)
        copy.run("SELECT", "7")
        #expect(copy.run("HPEXPIRETIME", "expiring", "FIELDS", "1", "f77") == .array([.integer(60_000_000_000_000)]))
        #expect(copy.run("PEXPIRETIME", "long") == .integer(99_999_999_999_999))
    }

    private func change(_ node: TestNode, _ number: Int) {
        node.run("SELECT", number % 2 == 0 ? "0" : "7")
        for command in [
            ["RPUSH", "largelist", "new"], ["SPOP", "largeset"], ["ZPOPMIN", "largezset"],
            ["HDEL", "largehash", "f\(number)"],
            ["XADD", "largestream", "*", "f", "new"], ["XTRIM", "pending", "MAXLEN", "\(4000 - number)"],
            ["XACK", "pending", "g", "\(number)-0"], ["HDEL", "expiring", "f\(number)"], ["INCR", "number"],
            ["SET", "young\(number)", "v"],
        ] { node.run(command) }
    }

    // MARK: Preambles

    /// A database of strings as an RDB file, without a checksum.
    private var preamble: [UInt8] {
        Array("REDIS0010".utf8) + [0xFA, 3] + Array("foo".utf8) + [3] + Array("bar".utf8) + [0xFE, 2, 0xFB, 1, 1, 0xFC]
            + [0, 0, 0, 0, 0, 2, 0, 0] + [0, 1] + Array("k".utf8) + [1] + Array("v".utf8) + [0xFF]
            + [UInt8](repeating: 0, count: 8)
    }

    @Test func aPreambleIsLoadedAndCommandsFollowIt() throws {
        let node = TestNode()
        let bytes = preamble + log("SELECT 2|APPEND k w")
        let end = try bytes.withBytes { view throws(RDBError) in try AOFPreamble.load(view, into: node.node.keyspace) }
        #expect(end == preamble.count)
        var replay = AOFReplay(node.node)
        bytes.withBytes { view in
            replay.begin(view, from: end)
            #expect(replay.advance { false } == .ended)
        }
        node.run("SELECT", "2")
        #expect(node.run("GET", "k") == .bulk(Array("vw".utf8)))
        #expect(node.run("PEXPIRETIME", "k") == .integer(1 << 41))
    }

    @Test func aTornPreambleIsRefusedAtEveryByte() {
        for count in 0..<preamble.count {
            #expect(throws: RDBError.self) {
                try Array(preamble[..<count]).withBytes { try AOFPreamble.end(of: $0) }
            }
        }
        #expect(preamble.withBytes { (try? AOFPreamble.end(of: $0)) ?? 0 } == preamble.count)
    }
}
