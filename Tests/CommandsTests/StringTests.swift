import Primitives
import RESP
import Storage
import Testing

@testable import Commands

/// What is written to the journal, one command a line, without SELECT.
final class StringEffects: JournalReader {
    private var text: [UInt8] = []
    private let node: TestNode

    init(_ node: TestNode) {
        self.node = node
        node.node.keyspace.journal.attach(self)
    }

    func read(_ bytes: Bytes, endingAt offset: Int64) { text.append(bytes) }

    /// The effects of `arguments`, blanks between the words of each.
    func of(_ arguments: String...) -> [String] {
        text.removeAll()
        node.run(arguments)
        var parser = ReplyParser()
        text.withBytes { parser.append($0) }
        var lines: [String] = []
        while case .array(let words)? = try? parser.next() { lines.append(words.map(word).joined(separator: " ")) }
        return lines.filter { !$0.hasPrefix("SELECT") }
    }

    private func word(_ reply: Reply) -> String {
        if case .bulk(let bytes) = reply { return String(decoding: bytes, as: UTF8.self) }
        return "\(reply)"
    }
}

extension TestNode {
    /// The encoding of a string, as `OBJECT ENCODING` names it; nil for a missing key.
    func stringEncoding(_ key: String) -> String? {
        Bytes.with(key) { bytes in
            let keyspace = node.keyspace
            guard let entry = keyspace.live(keyspace.key(bytes), 0) else { return nil }
            if entry.encoding == .integer { return "int" }
            return entry.isModified || entry.stringCount > 44 ? "raw" : "embstr"
        }
    }

    /// Milliseconds until a key expires; nil for never, 0 for a missing one.
    func timeToLive(_ key: String) -> Int64? {
        Bytes.with(key) { bytes in
            let keyspace = node.keyspace
            guard let entry = keyspace.live(keyspace.key(bytes), 0) else { return 0 }
            return entry.expiry.map { $0 - keyspace.now }
        }
    }

    /// How many changes a command made.
    func changes(of arguments: String...) -> Int {
        let before = node.keyspace.changes
        run(arguments)
        return node.keyspace.changes - before
    }

    /// Runs a command of arguments that are no text.
    @discardableResult
    func run(bytes arguments: [[UInt8]]) -> Reply {
        var request = Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments { request += Array("$\(argument.count)\r\n".utf8) + argument + [13, 10] }
        client.send(request)
        return client.replies().last ?? .null
    }

    var now: Int64 { node.keyspace.now }
}

private let syntaxError = Reply.error("ERR syntax error")
private let notAnInteger = Reply.error("ERR value is not an integer or out of range")

@Suite struct StringSetTests {
    let node = TestNode()

    @Test func setAndGet() {
        #expect(node.run("GET", "k") == .null)
        #expect(node.run("SET", "k", "v") == .simple("OK"))
        #expect(node.run("GET", "k") == .text("v"))
        #expect(node.run("SET", "k", "") == .simple("OK"))
        #expect(node.run("GET", "k") == .text(""))
    }

    @Test func valuesOfAnyBytes() {
        let value: [UInt8] = Array(0...255) + [0, 13, 10]
        #expect(node.run(bytes: [Array("SET".utf8), [0, 255], value]) == .simple("OK"))
        #expect(node.run(bytes: [Array("GET".utf8), [0, 255]]) == .bulk(value))
    }

    @Test(arguments: [
        ("0", "int"), ("-1", "int"), ("9223372036854775807", "int"), ("9223372036854775808", "embstr"),
        ("01", "embstr"),
        ("+1", "embstr"), (" 1", "embstr"), ("-0", "embstr"), ("1.0", "embstr"), ("", "embstr"),
    ])
    func encodings(value: String, encoding: String) {
        node.run("SET", "k", value)
        #expect(node.stringEncoding("k") == encoding)
        #expect(node.run("GET", "k") == .text(value))
    }

    @Test func longValues() {
        for count in [44, 45, 703, 704, 705, 100_000] {
            let value = String(repeating: "x", count: count)
            node.run("SET", "k", value)
            #expect(node.stringEncoding("k") == (count <= 44 ? "embstr" : "raw"))
            #expect(node.run("GET", "k") == .text(value))
            #expect(node.run("STRLEN", "k") == .integer(Int64(count)))
        }
    }

    @Test func wrongNumbersOfArguments() {
        #expect(node.run("GET") == .error("ERR wrong number of arguments for 'get' command"))
        #expect(node.run("SET", "k") == .error("ERR wrong number of arguments for 'set' command"))
        #expect(node.run("GETEX") == .error("ERR wrong number of arguments for 'getex' command"))
        #expect(node.run("SETEX", "k", "1") == .error("ERR wrong number of arguments for 'setex' command"))
    }

    @Test func onlyIfMissingOrPresent() {
        #expect(node.run("SET", "k", "1", "XX") == .null)
        #expect(node.run("SET", "k", "1", "nx") == .simple("OK"))
        #expect(node.run("SET", "k", "2", "NX", "NX") == .null)
        #expect(node.run("SET", "k", "3", "XX") == .simple("OK"))
        #expect(node.run("GET", "k") == .text("3"))
    }

    @Test func oldValue() {
        #expect(node.run("SET", "k", "1", "GET") == .null)
        #expect(node.run("SET", "k", "2", "GET", "EX", "10") == .text("1"))
        #expect(node.run("SET", "k", "3", "NX", "GET") == .text("2"))
        #expect(node.run("SET", "k", "4", "GET", "XX") == .text("2"))
        #expect(node.run("GET", "k") == .text("4"))
        #expect(node.run("SET", "missing", "1", "XX", "GET") == .null)
        #expect(node.run("GET", "missing") == .null)
    }

    @Test func onlyIfTheValueIsAsExpected() {
        #expect(node.run("SET", "k", "a", "IFEQ", "x") == .null)
        #expect(node.run("SET", "k", "a", "IFNE", "x") == .simple("OK"))
        #expect(node.run("SET", "k", "b", "IFEQ", "x") == .null)
        #expect(node.run("SET", "k", "5", "IFEQ", "a") == .simple("OK"))
        #expect(node.run("SET", "k", "6", "IFNE", "5") == .null)
        #expect(node.run("SET", "k", "6", "ifeq", "5", "GET", "EX", "10") == .text("5"))
        #expect(node.run("SET", "k", "7", "IFEQ", "5", "GET") == .text("6"))
        #expect(node.run("GET", "k") == .text("6"))
    }

    @Test func onlyIfTheDigestIsAsExpected() {
        node.run("SET", "k", "a")
        guard case .bulk(let digest) = node.run("DIGEST", "k") else { return #expect(Bool(false)) }
        let text = String(decoding: digest, as: UTF8.self)
        #expect(node.run("SET", "k", "b", "IFDNE", text) == .null)
        #expect(node.run("SET", "k", "b", "IFDEQ", text.uppercased()) == .simple("OK"))
        #expect(node.run("SET", "k", "c", "IFDEQ", text) == .null)
        #expect(node.run("SET", "missing", "c", "IFDEQ", text) == .null)
        #expect(node.run("SET", "missing", "c", "IFDNE", text) == .simple("OK"))
        for wrong in ["", "123", "+000000000000001", "g000000000000000", "00000000000000000"] {
            #expect(
                node.run("SET", "k", "c", "IFDEQ", wrong) == .error("ERR must be exactly 16 hexadecimal characters"))
        }
    }

    @Test(arguments: [
        "NX XX", "XX NX", "NX IFEQ v", "IFEQ v XX", "IFEQ v IFNE w", "IFEQ", "FOO", "EX", "EX 1 PX 1", "PXAT 1 EXAT 1",
        "EX 1 KEEPTTL", "KEEPTTL PX 1", "PERSIST", "GET FOO", "1", "",
    ])
    func optionsThatDoNotGoTogether(options: String) {
        let words = options.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        #expect(node.run(["SET", "k", "v"] + words) == syntaxError)
        #expect(node.run("GET", "k") == .null)
    }

    @Test func expiry() {
        node.run("SET", "k", "v", "PX", "100")
        #expect(node.timeToLive("k") == 100)
        node.run("SET", "k", "v", "EX", "10", "EX", "20")
        #expect(node.timeToLive("k") == 20_000)
        node.run("SET", "k", "w", "KEEPTTL")
        #expect(node.timeToLive("k") == 20_000)
        node.advance(milliseconds: 19_999)
        #expect(node.run("GET", "k") == .text("w"))
        node.advance(milliseconds: 1)
        #expect(node.run("GET", "k") == .null)
    }

    @Test func aPlainSetTakesTheExpiryAway() {
        node.run("SET", "k", "v", "PX", "100")
        node.run("SET", "k", "v")
        #expect(node.timeToLive("k") == nil)
    }

    @Test func expiryAtATime() {
        node.run("SET", "k", "v", "PXAT", "\(node.now + 5)")
        #expect(node.timeToLive("k") == 5)
        node.run("SET", "k", "v", "EXAT", "\(node.now / 1000 + 5)")
        #expect(node.timeToLive("k") == 5000 - node.now % 1000)
    }

    @Test func aTimeThatHasPassedRemovesTheKey() {
        #expect(node.run("SET", "missing", "v", "PXAT", "1") == .simple("OK"))
        #expect(node.changes(of: "SET", "missing", "v", "PXAT", "1") == 0)
        node.run("SET", "k", "v")
        #expect(node.run("SET", "k", "w", "EXAT", "1", "GET") == .text("v"))
        #expect(node.run("GET", "k") == .null)
    }

    @Test(arguments: ["0", "-1", "9223372036854775807", "9223372036854776"])
    func timesThatAreNone(seconds: String) {
        #expect(node.run("SET", "k", "v", "EX", seconds) == .error("ERR invalid expire time in 'set' command"))
        #expect(node.run("SETEX", "k", seconds, "v") == .error("ERR invalid expire time in 'setex' command"))
        #expect(node.run("GET", "k") == .null)
    }

    @Test func millisecondsThatAreNone() {
        #expect(node.run("SET", "k", "v", "PX", "\(Int64.max)") == .error("ERR invalid expire time in 'set' command"))
        #expect(node.run("PSETEX", "k", "0", "v") == .error("ERR invalid expire time in 'psetex' command"))
        #expect(node.run("SET", "k", "v", "PX", "1.5") == notAnInteger)
        #expect(node.run("SET", "k", "v", "PXAT", "\(Int64.max)") == .simple("OK"))
    }

    @Test func effects() {
        let effects = StringEffects(node)
        let now = node.now
        #expect(effects.of("SET", "k", "v") == ["SET k v"])
        #expect(effects.of("SET", "k", "v", "EX", "10") == ["SET k v PXAT \(now + 10_000)"])
        #expect(effects.of("SET", "k", "v", "KEEPTTL", "GET") == ["SET k v KEEPTTL"])
        #expect(effects.of("SET", "k", "1", "XX", "GET") == ["SET k 1"])
        #expect(effects.of("SET", "k", "2", "IFEQ", "1") == ["SET k 2"])
        #expect(effects.of("SET", "k", "3", "IFEQ", "1") == [])
        #expect(effects.of("SET", "k", "3", "NX") == [])
        #expect(effects.of("SET", "k", "3", "PXAT", "1") == ["DEL k"])
        #expect(effects.of("SET", "k", "3", "PXAT", "1") == [])
        #expect(effects.of("SETEX", "k", "10", "v") == ["SET k v PXAT \(now + 10_000)"])
        #expect(effects.of("PSETEX", "k", "10", "v") == ["SET k v PXAT \(now + 10)"])
        #expect(effects.of("GETSET", "k", "w") == ["SET k w"])
        #expect(effects.of("SETNX", "n", "w") == ["SETNX n w"])
        #expect(effects.of("SETNX", "n", "w") == [])
    }

    @Test func anExpiredKeyIsToldToHaveGoneAndNothingElse() {
        node.run("SET", "k", "v", "PX", "10")
        node.hands.advance(milliseconds: 20)
        let effects = StringEffects(node)
        #expect(effects.of("SET", "k", "w", "XX") == ["DEL k"])
        #expect(effects.of("SET", "k", "w", "XX") == [])
    }

    @Test func setIfMissing() {
        #expect(node.run("SETNX", "k", "1") == .integer(1))
        #expect(node.run("SETNX", "k", "2") == .integer(0))
        #expect(node.run("GET", "k") == .text("1"))
    }

    @Test func setExpiring() {
        #expect(node.run("SETEX", "k", "10", "v") == .simple("OK"))
        #expect(node.timeToLive("k") == 10_000)
        #expect(node.run("PSETEX", "k", "10", "v") == .simple("OK"))
        #expect(node.timeToLive("k") == 10)
        #expect(node.run("SETEX", "k", "x", "v") == notAnInteger)
    }
}

@Suite struct StringGetTests {
    let node = TestNode()

    @Test func getAndSet() {
        #expect(node.run("GETSET", "k", "1") == .null)
        #expect(node.run("GETSET", "k", "2") == .text("1"))
        node.run("SET", "k", "v", "EX", "10")
        #expect(node.run("GETSET", "k", "3") == .text("v"))
        #expect(node.timeToLive("k") == nil)
    }

    @Test func getAndDelete() {
        let effects = StringEffects(node)
        #expect(node.run("GETDEL", "k") == .null)
        node.run("SET", "k", "v")
        #expect(node.run("GETDEL", "k") == .text("v"))
        #expect(node.run("GET", "k") == .null)
        node.run("SET", "k", "12")
        #expect(effects.of("GETDEL", "k") == ["DEL k"])
        #expect(effects.of("GETDEL", "k") == [])
    }

    @Test func getAndExpire() {
        #expect(node.run("GETEX", "k", "EX", "0") == .null)
        node.run("SET", "k", "v")
        #expect(node.run("GETEX", "k") == .text("v"))
        #expect(node.timeToLive("k") == nil)
        #expect(node.run("GETEX", "k", "EX", "10") == .text("v"))
        #expect(node.timeToLive("k") == 10_000)
        #expect(node.run("GETEX", "k", "PX", "10") == .text("v"))
        #expect(node.timeToLive("k") == 10)
        #expect(node.run("GETEX", "k", "PERSIST") == .text("v"))
        #expect(node.timeToLive("k") == nil)
        #expect(node.run("GETEX", "k", "PXAT", "1") == .text("v"))
        #expect(node.run("GET", "k") == .null)
    }

    @Test func mistakesOfGetAndExpire() {
        node.run("SET", "k", "v")
        for options in [["EX"], ["EX", "1", "PERSIST"], ["PERSIST", "PX", "1"], ["EX", "1", "PX", "1"], ["KEEPTTL"]] {
            #expect(node.run(["GETEX", "k"] + options) == syntaxError)
        }
        #expect(node.run("GETEX", "k", "EX", "0") == .error("ERR invalid expire time in 'getex' command"))
        #expect(node.run("GETEX", "k", "EX", "x") == notAnInteger)
        #expect(node.timeToLive("k") == nil)
    }

    @Test func effectsOfGetAndExpire() {
        let effects = StringEffects(node)
        node.run("SET", "k", "v")
        #expect(effects.of("GETEX", "k") == [])
        #expect(effects.of("GETEX", "k", "PERSIST") == [])
        #expect(effects.of("GETEX", "k", "EX", "10") == ["PEXPIREAT k \(node.now + 10_000)"])
        #expect(effects.of("GETEX", "k", "PERSIST") == ["PERSIST k"])
        #expect(effects.of("GETEX", "k", "EXAT", "1") == ["DEL k"])
    }
}

@Suite struct StringConditionalTests {
    let node = TestNode()

    @Test func deleteIfEqual() {
        #expect(node.run("DELIFEQ", "k", "v") == .integer(0))
        node.run("SET", "k", "12")
        #expect(node.run("DELIFEQ", "k", "012") == .integer(0))
        #expect(StringEffects(node).of("DELIFEQ", "k", "12") == ["DEL k"])
        #expect(node.run("GET", "k") == .null)
    }

    @Test func deleteOnACondition() {
        #expect(node.run("DELEX", "k") == .integer(0))
        #expect(node.run("DELEX", "k", "IFNE", "v") == .integer(0))
        node.run("SET", "k", "v")
        #expect(node.run("DELEX", "k", "IFEQ", "w") == .integer(0))
        #expect(node.run("DELEX", "k", "IFNE", "v") == .integer(0))
        #expect(node.changes(of: "DELEX", "k", "IFNE", "v") == 0)
        #expect(node.run("DELEX", "k", "ifeq", "v") == .integer(1))
        node.run("SET", "k", "v")
        #expect(StringEffects(node).of("DELEX", "k") == ["DEL k"])
    }

    @Test func deleteByDigest() {
        node.run("SET", "k", "")
        #expect(node.run("DIGEST", "k") == .text("2d06800538d394c2"))
        #expect(node.run("DELEX", "k", "IFDNE", "2d06800538d394c2") == .integer(0))
        #expect(node.run("DELEX", "k", "IFDEQ", "2d06800538d394c2") == .integer(1))
        #expect(node.run("DIGEST", "k") == .null)
    }

    @Test func digestsOfNumbersAreThoseOfTheirText() {
        node.run("SET", "n", "12")
        node.run("SET", "s", "1")
        node.run("APPEND", "s", "2")
        #expect(node.run("DIGEST", "n") == node.run("DIGEST", "s"))
    }

    @Test func mistakes() {
        let arity = Reply.error("ERR wrong number of arguments for 'delex' command")
        #expect(node.run("DELEX", "k", "IFEQ") == arity)
        #expect(node.run("DELEX", "k", "IFEQ", "v", "w") == arity)
        #expect(node.run("DELEX", "k", "FOO", "v") == .error("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE"))
        #expect(node.run("DELIFEQ", "k") == .error("ERR wrong number of arguments for 'delifeq' command"))
    }
}

@Suite struct StringMultipleTests {
    let node = TestNode()

    @Test func severalAtOnce() {
        #expect(node.run("MSET", "a", "1", "b", "x", "a", "2") == .simple("OK"))
        #expect(node.run("MGET", "a", "missing", "b", "a") == .array([.text("2"), .null, .text("x"), .text("2")]))
        #expect(node.run("MSET", "a", "1", "b") == .error("ERR wrong number of arguments for 'mset' command"))
    }

    @Test func severalIfAllAreMissing() {
        #expect(node.run("MSETNX", "a", "1", "b", "2") == .integer(1))
        #expect(node.run("MSETNX", "b", "3", "c", "4") == .integer(0))
        #expect(node.run("MGET", "b", "c") == .array([.text("2"), .null]))
        #expect(node.run("MSETNX", "c", "1", "d") == .error("ERR wrong number of arguments for 'msetnx' command"))
    }

    @Test func effects() {
        let effects = StringEffects(node)
        #expect(effects.of("MSET", "a", "1", "b", "2") == ["MSET a 1 b 2"])
        #expect(effects.of("MSETNX", "a", "1", "c", "2") == [])
        let time = node.now + 1000
        #expect(
            effects.of("MSETEX", "2", "a", "1", "b", "x", "EX", "1")
                == ["MULTI", "SET a 1 PXAT \(time)", "SET b x PXAT \(time)", "EXEC"])
        #expect(effects.of("MSETEX", "1", "a", "1", "KEEPTTL") == ["SET a 1 KEEPTTL"])
        #expect(effects.of("MSETEX", "1", "a", "1") == ["SET a 1"])
        #expect(effects.of("MSETEX", "1", "a", "1", "NX") == [])
        #expect(effects.of("MSETEX", "2", "a", "1", "none", "1", "PXAT", "1") == ["DEL a"])
    }

    @Test func severalWithOneExpiry() {
        #expect(node.run("MSETEX", "2", "a", "1", "b", "2", "PX", "50", "NX") == .integer(1))
        #expect(node.timeToLive("b") == 50)
        #expect(node.run("MSETEX", "2", "a", "3", "c", "4", "XX") == .integer(0))
        #expect(node.run("MSETEX", "2", "b", "3", "c", "4", "NX") == .integer(0))
        #expect(node.run("MSETEX", "2", "a", "3", "b", "4", "KEEPTTL", "XX") == .integer(1))
        #expect(node.timeToLive("a") == 50)
        #expect(node.run("MGET", "a", "b", "c") == .array([.text("3"), .text("4"), .null]))
    }

    @Test func mistakesOfSeveralWithOneExpiry() {
        for number in ["0", "-1", "x", "2147483648"] {
            #expect(node.run("MSETEX", number, "a", "1") == .error("ERR invalid numkeys value"))
        }
        for number in ["2", "2147483647"] {
            #expect(node.run("MSETEX", number, "a", "1", "b") == .error("ERR wrong number of key-value pairs"))
        }
        for options in [
            ["NX", "XX"], ["XX", "NX"], ["FOO"], ["EX"], ["EX", "1", "PX", "1"], ["KEEPTTL", "EX", "1"],
        ] {
            #expect(node.run(["MSETEX", "1", "a", "1"] + options) == syntaxError)
        }
        #expect(
            node.run("MSETEX", "1", "a", "1", "EX", "0") == .error("ERR invalid expire time in 'msetex' command"))
    }
}
