import Primitives
import RESP
import Storage
import Testing

@testable import Commands

@Suite struct LatencyTests {
    @Test func tellsOfSpikes() {
        let node = TestNode.withSpikes()
        #expect(
            node.run("LATENCY", "LATEST")
                == .array([
                    .array([.text("command"), .integer(1_700_000_010), .integer(100), .integer(500)]),
                    .array([.text("fork"), .integer(1_700_000_000), .integer(30), .integer(30)]),
                ]))
        #expect(
            node.run("LATENCY", "HISTORY", "command")
                == .array([
                    .array([.integer(1_700_000_000), .integer(500)]), .array([.integer(1_700_000_010), .integer(100)]),
                ]))
        #expect(node.run("LATENCY", "HISTORY", "nosuch") == .array([]))
        #expect(node.run("LATENCY", "RESET", "fork", "nosuch") == .integer(1))
        #expect(node.run("LATENCY", "RESET") == .integer(1))
        #expect(node.run("LATENCY", "LATEST") == .array([]))
    }

    @Test func drawsSpikes() {
        let node = TestNode.withSpikes()
        node.advance(milliseconds: 70_000)
        let graph = """
            command - high 500 ms, low 100 ms (all time high 500 ms)
            --------------------------------------------------------------------------------
            #\u{20}
            |\u{20}
            |\u{20}
            |_
            \u{20}\u{20}
            11
            mm

            """
        #expect(node.run("LATENCY", "GRAPH", "command") == .text(graph))
        #expect(
            node.run("LATENCY", "GRAPH", "nosuch") == .error("ERR No samples available for event 'nosuch'"))
    }

    @Test func advises() {
        let node = TestNode()
        #expect(node.advice.contains("Latency monitoring is disabled in this Redis instance"))
        node.run("CONFIG", "SET", "latency-monitor-threshold", "10")
        #expect(node.advice.contains("No latency spike was observed"))
        let shaken = TestNode.withSpikes()
        #expect(
            shaken.advice.contains(
                "1. command: 2 latency spikes (average 300ms, mean deviation 200ms, period 5 sec). "
                    + "Worst all time event 500ms."))
        shaken.client.session.writer.version = .resp3
        guard case .verbatim("txt", _) = shaken.run("LATENCY", "DOCTOR") else { return #expect(Bool(false)) }
        guard case .verbatim("txt", _) = shaken.run("LATENCY", "GRAPH", "fork") else { return #expect(Bool(false)) }
    }

    @Test func countsDurations() {
        let node = TestNode()
        node.run("SET", "k", "v")
        node.run("SET", "k", "v")
        node.run("CONFIG", "GET", "hz")
        #expect(
            node.run("LATENCY", "HISTOGRAM", "set", "nosuch")
                == .array([
                    .text("set"),
                    .array([.text("calls"), .integer(2), .text("histogram_usec"), .array([.integer(1), .integer(2)])]),
                ]))
        node.client.session.writer.version = .resp3
        guard case .map(let pairs) = node.run("LATENCY", "HISTOGRAM", "CONFIG", "set") else {
            return #expect(Bool(false))
        }
        #expect(pairs.map(\.key) == [.text("config|get"), .text("set")])
        #expect(
            pairs[1].value
                == .map([
                    Reply.Pair(.text("calls"), .integer(2)),
                    Reply.Pair(.text("histogram_usec"), .map([Reply.Pair(.integer(1), .integer(2))])),
                ]))
        guard case .map(let all) = node.run("LATENCY", "HISTOGRAM") else { return #expect(Bool(false)) }
        #expect(all.map(\.key) == [.text("set"), .text("config|get"), .text("latency|histogram")])
    }
}

@Suite struct SlowLogTests {
    @Test func recordsSlowCommands() {
        let node = TestNode()
        node.run("CONFIG", "SET", "slowlog-log-slower-than", "0")
        node.run("SLOWLOG", "RESET")
        node.run("SET", "k", "v")
        #expect(node.run("SLOWLOG", "LEN") == .integer(2))
        #expect(
            node.run("SLOWLOG", "GET", "2")
                == .array([
                    node.record(3, "SLOWLOG", "LEN"), node.record(2, "SET", "k", "v"),
                ]))
        #expect(node.run("COMMANDLOG", "GET", "1", "slow") == .array([node.record(4, "SLOWLOG", "GET", "2")]))
    }

    @Test func returnsTenUnlessMoreAreAskedFor() {
        let node = TestNode()
        node.run("CONFIG", "SET", "slowlog-log-slower-than", "0")
        for _ in 0..<20 { node.run("GET", "k") }
        node.run("CONFIG", "SET", "slowlog-log-slower-than", "-1")
        #expect(node.run("SLOWLOG", "GET").count == 10)
        #expect(node.run("SLOWLOG", "GET", "-1").count == 21)
        #expect(node.run("SLOWLOG", "GET", "0").count == 0)
        #expect(node.run("COMMANDLOG", "LEN", "slow") == .integer(21))
        node.run("CONFIG", "SET", "slowlog-max-len", "5")
        #expect(node.run("SLOWLOG", "LEN") == .integer(21), "fewer are kept from the next record on")
        node.run("CONFIG", "SET", "slowlog-log-slower-than", "0")
        #expect(node.run("SLOWLOG", "LEN") == .integer(5))
        node.run("CONFIG", "SET", "slowlog-log-slower-than", "-1")
        #expect(node.run("COMMANDLOG", "RESET", "slow") == .simple("OK"))
        #expect(node.run("SLOWLOG", "LEN") == .integer(0))
    }

    @Test func refuses() {
        let node = TestNode()
        let count = Reply.error("ERR count should be greater than or equal to -1")
        #expect(node.run("SLOWLOG", "GET", "-2") == count)
        #expect(node.run("SLOWLOG", "GET", "x") == count)
        #expect(
            node.run("SLOWLOG", "GET", "1", "2")
                == .error("ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP."))
        let type = Reply.error("ERR type should be one of the following: slow, large-request, large-reply")
        #expect(node.run("COMMANDLOG", "LEN", "quick") == type)
        #expect(node.run("COMMANDLOG", "GET", "1", "quick") == type)
        #expect(node.run("COMMANDLOG", "GET", "1", "large-reply") == .array([]))
        #expect(node.run("COMMANDLOG", "LEN", "large-request") == .integer(0))
    }

    @Test func recordsKeepAsMuchAsTheSettingsSay() {
        let node = TestNode()
        node.run("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-entry-max-argc", "3")
        node.run("CONFIG", "SET", "slowlog-entry-max-string-len", "4")
        node.run("MSET", "first", "1", "b", "2")
        guard case .array(let records) = node.run("SLOWLOG", "GET", "1"), case .array(let record) = records[0] else {
            Issue.record("no record")
            return
        }
        #expect(record[3] == .array([.text("MSET"), .text("firs... (1 more bytes)"), .text("... (3 more arguments)")]))
    }

    @Test func largeRequestsAndRepliesAreRecorded() {
        let node = TestNode()
        node.run("CONFIG", "SET", "commandlog-request-larger-than", "150", "commandlog-reply-larger-than", "150")
        node.run("SET", "k", String(repeating: "x", count: 200))
        node.run("GET", "k")
        #expect(node.run("COMMANDLOG", "LEN", "large-request") == .integer(1))
        #expect(node.run("COMMANDLOG", "LEN", "large-reply") == .integer(1))
        guard case .array(let records) = node.run("COMMANDLOG", "GET", "-1", "large-reply"),
            case .array(let record) = records[0]
        else {
            Issue.record("no record")
            return
        }
        #expect(record[2] == .integer(208))
        #expect(record[3] == .array([.text("GET"), .text("k")]))
        node.run("COMMANDLOG", "RESET", "large-reply")
        #expect(node.run("COMMANDLOG", "LEN", "large-reply") == .integer(0))
    }
}

extension TestNode {
    fileprivate static func withSpikes() -> TestNode {
        let node = TestNode()
        node.run("CONFIG", "SET", "latency-monitor-threshold", "10")
        node.node.latency.record("command", milliseconds: 500, now: 1_700_000_000)
        node.node.latency.record("fork", milliseconds: 30, now: 1_700_000_000)
        node.node.latency.record("command", milliseconds: 9, now: 1_700_000_005)
        node.advance(milliseconds: 10_000)
        node.node.latency.record("command", milliseconds: 100, now: 1_700_000_010)
        return node
    }

    fileprivate var advice: String {
        guard case .bulk(let bytes) = run("LATENCY", "DOCTOR") else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A record of the slow log, as a client sees it.
    fileprivate func record(_ id: Int64, _ arguments: String...) -> Reply {
        .array([
            .integer(id), .integer(1_700_000_000), .integer(0), .array(arguments.map(Reply.text)),
            .text("127.0.0.1:50000"), .text(""),
        ])
    }
}

extension Reply {
    fileprivate var count: Int? {
        if case .array(let elements) = self { elements.count } else { nil }
    }
}
