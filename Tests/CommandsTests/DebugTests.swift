import Primitives
import RESP
import Settings
import Storage
import Testing

@testable import Commands

@Suite struct DebugTests {
    let node: TestNode

    init() {
        var settings = Settings()
        settings.enableDebugCommand = .yes
        node = TestNode(settings: settings)
    }

    @Test func debugIsRefusedUnlessItIsAllowed() {
        guard case .error(let text) = TestNode().run("DEBUG", "DIGEST") else {
            Issue.record("it ran")
            return
        }
        #expect(text.hasPrefix("ERR DEBUG command not allowed."))
    }

    @Test func theDigestOfNothingIsZero() {
        #expect(node.run("DEBUG", "DIGEST") == .simple(String(repeating: "0", count: 40)))
        node.run("SET", "k", "v")
        #expect(node.run("DEBUG", "DIGEST") != .simple(String(repeating: "0", count: 40)))
        node.run("DEL", "k")
        #expect(node.run("DEBUG", "DIGEST") == .simple(String(repeating: "0", count: 40)))
    }

    /// The expected digests are those of redis-server 7.0.15 after the same commands.
    @Test func digestsAreTheReferences() {
        for line in [
            "SET a 1", "SET b hello", "EXPIRE a 1000", "SET c x", "MOVE c 3", "COPY b d DB 5", "EXPIRE b 1000",
        ] { node.run(line.split(separator: " ").map(String.init)) }
        node.run("SET", "empty", "")
        #expect(node.run("DEBUG", "DIGEST") == .simple("a0688ff6bb5c2f7634b366cf6f9bb1431b1dff73"))
        #expect(
            node.run("DEBUG", "DIGEST-VALUE", "a", "b", "empty", "none")
                == .array([
                    .simple("5279988c5d1911f474bcbbf2f0a87012d40f8459"),
                    .simple("d037c4eb8a8b36b602fbced4000daeab0714c1e3"),
                    .simple("8b3447c33a834b810e3e181b6fd6a2ee1020921c"),
                    .simple("0000000000000000000000000000000000000000"),
                ]))
    }

    @Test func switchesForWhatIsNotHereAreAccepted() {
        for words in [
            ["AOF-FLUSH-SLEEP", "0"], ["PAUSE-AFTER-FORK", "0"], ["DROP-CLUSTER-PACKET-FILTER", "-1"],
            ["CLOSE-CLUSTER-LINK-ON-PACKET-DROP", "0"], ["DISABLE-CLUSTER-RANDOM-PING", "1"],
            ["DELAY-RDB-CLIENT-FREE-SECONDS", "0"],
        ] { #expect(node.run(["DEBUG"] + words) == .simple("OK")) }
        let noCluster = Reply.error("ERR Debug option only available for cluster mode enabled setup!")
        #expect(node.run("DEBUG", "CLUSTERLINK", "KILL", "ALL", "id") == noCluster)
        node.run("SET", "k", "v")
        #expect(node.run("DEBUG", "QUICKLIST", "k") == .error("ERR Not a quicklist encoded object."))
    }

    @Test func theHistoryGetsAnotherName() {
        let before = node.node.history.id
        #expect(node.run("DEBUG", "CHANGE-REPL-ID") == .simple("OK"))
        #expect(node.node.history.id != before && node.node.history.id.utf8.count == 40)
    }

    @Test func everyDirectiveIsWritten() {
        #expect(
            node.run("DEBUG", "CONFIG-REWRITE-FORCE-ALL")
                == .error("ERR CONFIG-REWRITE-FORCE-ALL failed: Bad address"))
        node.environment.configuration = ("/x.conf", "port 7\n")
        #expect(node.run("DEBUG", "CONFIG-REWRITE-FORCE-ALL") == .simple("OK"))
        #expect(node.environment.configuration?.text.contains("\ntcp-backlog 511\n") == true)
    }

    @Test func theDigestDoesNotDependOnOrder() {
        let other = TestNode(seed: 99)
        for number in 0..<500 { node.run("SET", "k\(number)", "\(number)") }
        for number in (0..<500).reversed() { other.run("SET", "k\(number)", "\(number)") }
        #expect(DataDigest.digest(of: node.node.keyspace) == DataDigest.digest(of: other.node.keyspace))
        other.run("SET", "k5", "6")
        #expect(DataDigest.digest(of: node.node.keyspace) != DataDigest.digest(of: other.node.keyspace))
    }

    @Test func populateMakesKeys() {
        node.run("SET", "key:1", "mine")
        #expect(node.run("DEBUG", "POPULATE", "3") == .simple("OK"))
        #expect(node.run("GET", "key:0") == .text("value:0") && node.run("GET", "key:1") == .text("mine"))
        node.run("DEBUG", "POPULATE", "2", "cut", "3")
        #expect(node.run("GET", "cut:1") == .text("val"))
        node.run("DEBUG", "POPULATE", "2", "long", "10")
        #expect(node.run("GET", "long:1") == .text("value:1\0\0\0"))
        #expect(node.run("DBSIZE") == .integer(7))
        #expect(node.run("DEBUG", "POPULATE", "-1") == .error("ERR value is out of range, must be positive"))
    }

    @Test func protocolSamplesAreTheReferences() {
        for (word, second, third) in [
            ("string", "$11\r\nHello World\r\n", "$11\r\nHello World\r\n"), ("integer", ":12345\r\n", ":12345\r\n"),
            ("double", "$5\r\n3.141\r\n", ",3.141\r\n"), ("null", "$-1\r\n", "_\r\n"),
            (
                "bignum", "$37\r\n1234567999999999999999999999999999999\r\n",
                "(1234567999999999999999999999999999999\r\n"
            ),
            ("array", "*3\r\n:0\r\n:1\r\n:2\r\n", "*3\r\n:0\r\n:1\r\n:2\r\n"),
            ("set", "*3\r\n:0\r\n:1\r\n:2\r\n", "~3\r\n:0\r\n:1\r\n:2\r\n"),
            ("map", "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n", "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n"),
            (
                "attrib", "$39\r\nSome real reply following the attribute\r\n",
                "|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n$39\r\nSome real reply following the attribute\r\n"
            ),
            (
                "push", "-ERR RESP2 is not supported by this command\r\n",
                ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n$40\r\nSome real reply following the push reply\r\n"
            ),
            ("verbatim", "$25\r\nThis is a verbatim\nstring\r\n", "=29\r\ntxt:This is a verbatim\nstring\r\n"),
            ("true", ":1\r\n", "#t\r\n"), ("false", ":0\r\n", "#f\r\n"),
        ] {
            for (version, expected) in [(ProtocolVersion.resp2, second), (.resp3, third)] {
                let session = node.client.session
                session.writer.version = version
                node.client.send(TestClient.request(["DEBUG", "PROTOCOL", word]))
                #expect(String(session.writer.bytes) == expected)
                session.didSend(session.writer.count)
            }
        }
        guard case .error(let text) = node.run("DEBUG", "PROTOCOL", "foo") else {
            Issue.record("no error")
            return
        }
        #expect(text.hasSuffix("string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"))
    }

    @Test func objectTellsTheLayout() {
        node.run("SET", "k", "v")
        guard case .simple(let text) = node.run("DEBUG", "OBJECT", "k") else {
            Issue.record("no answer")
            return
        }
        #expect(text.hasPrefix("Value at:0x") && text.contains(" refcount:1 encoding:embstr serializedlength:2 lru:"))
        #expect(node.run("DEBUG", "OBJECT", "none") == .error("ERR no such key"))
        #expect(node.run("DEBUG", "SDSLEN", "none") == .error("ERR no such key"))
        node.run("SET", "k", "1")
        #expect(node.run("DEBUG", "SDSLEN", "k") == .error("ERR Not an sds encoded string."))
    }

    @Test func sleepSleeps() {
        #expect(node.run("DEBUG", "SLEEP", "0.25") == .simple("OK"))
        #expect(node.environment.slept == 250_000)
        #expect(node.run("DEBUG", "SLEEP", "x") == .simple("OK"))
        #expect(node.run("DEBUG", "SLEEP", "-1") == .simple("OK"))
        #expect(node.environment.slept == 250_000)
    }

    @Test func expiryInTheBackgroundCanBeStopped() {
        node.run("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        node.run("SET", "k", "v")
        node.run("PEXPIRE", "k", "10")
        node.advance(milliseconds: 100)
        #expect(node.run("DBSIZE") == .integer(1))
        node.run("DEBUG", "SET-ACTIVE-EXPIRE", "1")
        node.advance(milliseconds: 100)
        #expect(node.run("DBSIZE") == .integer(0))
    }

    @Test func errorsAndLinesAreAsAsked() {
        #expect(node.run("DEBUG", "ERROR", "MYCODE a\nb") == .error("MYCODE a b"))
        #expect(node.run("DEBUG", "LOG", "hello") == .simple("OK"))
        let lines = node.node.takeActions().compactMap { if case .log(_, let text) = $0 { text } else { nil } }
        #expect(lines == ["DEBUG LOG: hello"])
    }

    @Test func whatIsAskedToBeReplicatedIsWrittenDown() {
        let reader = RecordingReader()
        node.node.keyspace.journal.attach(reader)
        node.run("DEBUG", "REPLICATE", "SET", "k", "v")
        #expect(reader.take() == TestClient.request(["SELECT", "0"]) + TestClient.request(["SET", "k", "v"]))
        #expect(node.run("EXISTS", "k") == .integer(0))
    }

    @Test func wordsAreChecked() {
        for line in [["FOO"], ["DIGEST", "x"], ["SLEEP"], ["POPULATE"], ["HELP", "x"], ["REPLYBUFFER", "foo", "1"]] {
            #expect(
                node.run(["DEBUG"] + line)
                    == .error(
                        "ERR unknown subcommand or wrong number of arguments for '\(line[0])'. Try DEBUG HELP."))
        }
    }

    @Test func helpListsEveryWord() {
        guard case .array(let lines) = node.run("DEBUG", "HELP") else {
            Issue.record("no help")
            return
        }
        for usage in ["DIGEST", "SLEEP seconds", "POPULATE count [prefix] [size]", "HELP"] {
            #expect(lines.contains(.simple(usage)))
        }
    }

    @Test func theRestAnswers() {
        for line in [
            "QUICKLIST-PACKED-THRESHOLD 10b", "REPLYBUFFER RESIZING 1", "DICT-RESIZING 0", "CHANGE-REPL-ID",
            "SET-SKIP-CHECKSUM-VALIDATION 1", "SET-DISABLE-DENY-SCRIPTS 1", "PAUSE-CRON 1", "PAUSE-CRON 0", "LEAK abc",
            "SEGFAULT", "PANIC", "ASSERT", "OOM", "AOF-FLUSH-SLEEP 1000", "PAUSE-AFTER-FORK 1",
        ] { #expect(node.run(["DEBUG"] + line.split(separator: " ").map(String.init)) == .simple("OK"), "\(line)") }
        for line in ["HTSTATS 0", "HTSTATS 9", "STRUCTSIZE", "STRINGMATCH-TEST"] {
            if case .error(let text) = node.run(["DEBUG"] + line.split(separator: " ").map(String.init)) {
                Issue.record("\(line): \(text)")
            }
        }
        for line in [
            "RELOAD", "LOADAOF", "HTSTATS 99", "HTSTATS x", "HTSTATS-KEY none", "MALLCTL x", "CLIENT-EVICTION",
            "RESTART", "RESTART x", "CRASH-AND-RECOVER 0", "CRASH-AND-RECOVER 0 0",
        ] {
            guard case .error = node.run(["DEBUG"] + line.split(separator: " ").map(String.init)) else {
                Issue.record("\(line) is no error")
                continue
            }
        }
    }

    /// A small and a large value of each type.
    static let collections: [(String, [String], large: Int, String, String)] = [
        ("RPUSH", [], 5000, "listpack", "quicklist"), ("SADD", ["word"], 5000, "listpack", "hashtable"),
        ("HSET", ["f", "v"], 5000, "listpack", "hashtable"), ("ZADD", ["1", "m"], 5000, "listpack", "skiplist"),
    ]

    @Test(arguments: collections)
    func collectionsAreLookedInto(
        command: String, first: [String], large: Int, smallName: String, largeName: String
    ) throws {
        node.run([command, "small"] + (first.isEmpty ? ["element"] : first))
        for number in 0..<large {
            node.run(
                [command, "large"] + (command == "ZADD" || command == "HSET" ? ["\(number)"] : []) + ["m\(number)"])
        }
        for (key, name) in [("small", smallName), ("large", largeName)] {
            #expect(node.run("OBJECT", "ENCODING", key) == .bulk(Array(name.utf8)))
            guard case .simple(let text) = node.run("DEBUG", "OBJECT", key) else {
                Issue.record("DEBUG OBJECT \(key)")
                continue
            }
            #expect(text.contains("encoding:\(name)"))
            guard case .integer(let bytes) = node.run("MEMORY", "USAGE", key) else {
                Issue.record("MEMORY USAGE \(key)")
                continue
            }
            #expect(key == "small" ? bytes < 200 : bytes > 20_000 && bytes < 400_000)
        }
        #expect(node.run("DEBUG", "LISTPACK", "small") == .simple("Listpack structure printed on stdout"))
        #expect(node.run("DEBUG", "LISTPACK", "large") == .error("ERR Not a listpack encoded object."))
        let tables = node.run("DEBUG", "HTSTATS-KEY", "large")
        if command == "RPUSH" {
            #expect(node.run("DEBUG", "QUICKLIST", "large") == .simple("Quicklist structure printed on stdout"))
            #expect(
                tables == .error("ERR The value stored at the specified key is not represented using an hash table"))
        } else {
            guard case .bulk(let text) = tables else { throw NoText() }
            #expect(String(decoding: text, as: UTF8.self).contains("members: \(large)"))
        }
    }

    private struct NoText: Error {}
}
