import RESP
import Settings
import Storage
import Testing

@testable import Commands

@Suite struct ObjectTests {
    let node = TestNode()

    @Test func encodingsHaveTheReferencesNames() {
        for (value, name) in [
            ("5", "int"), ("-9223372036854775808", "int"), ("9223372036854775808", "embstr"), ("05", "embstr"),
            ("+5", "embstr"), ("", "embstr"), (String(repeating: "x", count: 44), "embstr"),
            (String(repeating: "x", count: 45), "raw"), (String(repeating: "x", count: 100_000), "raw"),
        ] {
            node.run("SET", "k", value)
            #expect(node.run("OBJECT", "ENCODING", "k") == .text(name), "\(value.prefix(50))")
        }
        #expect(node.run("OBJECT", "ENCODING", "none") == .null)
    }

    @Test func smallIntegersCountAsShared() {
        for (value, count) in [("0", Int64(Int32.max)), ("9999", Int64(Int32.max)), ("10000", 1), ("-1", 1), ("x", 1)] {
            node.run("SET", "k", value)
            #expect(node.run("OBJECT", "REFCOUNT", "k") == .integer(count))
        }
    }

    @Test func idleTimeGrows() {
        node.run("SET", "k", "v")
        node.advance(milliseconds: 12_000)
        #expect(node.run("OBJECT", "IDLETIME", "k") == .integer(12))
        #expect(node.run("OBJECT", "IDLETIME", "none") == .null)
        node.run("GET", "k")
        #expect(node.run("OBJECT", "IDLETIME", "k") == .integer(0))
    }

    @Test func eachClockHasItsQuestion() {
        node.run("SET", "k", "v")
        #expect(node.run("OBJECT", "FREQ", "none") == .null)
        guard case .error(let text) = node.run("OBJECT", "FREQ", "k") else {
            Issue.record("no error")
            return
        }
        #expect(text.hasPrefix("ERR An LFU maxmemory policy is not selected, access frequency not tracked."))
        node.node.keyspace.frequencyRule = FrequencyRule(logFactor: 0, decayMinutes: 1)
        node.node.keyspace.evictionRule = EvictionRule(.leastFrequentlyUsed, onlyExpiring: false)
        node.run("DEL", "k")
        node.run("SET", "k", "v")
        #expect(node.run("OBJECT", "FREQ", "k") == .integer(5))
        node.run("GET", "k")
        #expect(node.run("OBJECT", "FREQ", "k") == .integer(6))
        node.advance(milliseconds: 180_000)
        #expect(node.run("OBJECT", "FREQ", "k") == .integer(3))
        guard case .error(let other) = node.run("OBJECT", "IDLETIME", "k") else {
            Issue.record("no error")
            return
        }
        #expect(other.hasPrefix("ERR An LFU maxmemory policy is selected, idle time not tracked."))
    }

    @Test func subcommandsAreChecked() {
        #expect(node.run("OBJECT", "FOO") == .error("ERR unknown subcommand 'FOO'. Try OBJECT HELP."))
        #expect(node.run("OBJECT", "FREQ") == .error("ERR wrong number of arguments for 'object|freq' command"))
        guard case .array(let lines) = node.run("OBJECT", "HELP") else {
            Issue.record("no help")
            return
        }
        #expect(lines.contains(.simple("ENCODING key")))
    }

    // MARK: MEMORY

    @Test func usageCountsTheValue() {
        node.run("SET", "k", "v")
        node.run("SET", "big", String(repeating: "x", count: 50_000))
        guard case .integer(let small) = node.run("MEMORY", "USAGE", "k"),
            case .integer(let large) = node.run("MEMORY", "USAGE", "big", "SAMPLES", "0")
        else {
            Issue.record("no number")
            return
        }
        #expect((16...200).contains(small) && (50_000...50_300).contains(large))
        #expect(node.run("MEMORY", "USAGE", "none") == .null)
        for options in [["SAMPLES"], ["SAMPLES", "-1"], ["FOO"]] {
            #expect(node.run(["MEMORY", "USAGE", "k"] + options) == .error("ERR syntax error"))
        }
        #expect(
            node.run("MEMORY", "USAGE", "k", "SAMPLES", "x") == .error("ERR value is not an integer or out of range"))
    }

    @Test func statsAreAMap() {
        node.run("SET", "k", "v")
        node.run("COPY", "k", "k", "DB", "3")
        node.client.session.writer.version = .resp3
        guard case .map(let pairs) = node.run("MEMORY", "STATS") else {
            Issue.record("no map")
            return
        }
        let value = { (name: String) in pairs.first { $0.key == .text(name) }?.value }
        #expect(value("keys.count") == .integer(2))
        #expect(value("db.0") != nil && value("db.3") != nil && value("db.1") == nil)
        guard case .double = value("dataset.percentage") else {
            Issue.record("no double")
            return
        }
    }

    @Test func theRestAnswers() {
        #expect(node.run("MEMORY", "PURGE") == .simple("OK"))
        for word in ["DOCTOR", "MALLOC-STATS"] {
            node.client.session.writer.version = .resp3
            guard case .verbatim(let format, let text) = node.run("MEMORY", word) else {
                Issue.record("no text")
                return
            }
            #expect(format == "txt" && !text.isEmpty)
        }
        node.client.session.writer.version = .resp2
        guard case .array = node.run("MEMORY", "HELP") else {
            Issue.record("no help")
            return
        }
    }
}
