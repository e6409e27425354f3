import Primitives
import RESP
import Settings
import Testing

@testable import Commands

@Suite struct HotKeyTests {
    private let node = TestNode()

    /// What HOTKEYS GET says, by field.
    private func report(_ node: TestNode) -> [String: Reply] {
        guard case .array(let nodes) = node.run("HOTKEYS", "GET"), case .array(let words)? = nodes.first else {
            return [:]
        }
        var fields: [String: Reply] = [:]
        for index in stride(from: 0, to: words.count, by: 2) {
            if case .bulk(let name) = words[index] { fields[String(decoding: name, as: UTF8.self)] = words[index + 1] }
        }
        return fields
    }

    private func start(_ arguments: String..., on node: TestNode? = nil) -> Reply {
        (node ?? self.node).run(["HOTKEYS", "START"] + arguments)
    }

    @Test func findsTheKeysWithTheMostTraffic() {
        #expect(start("METRICS", "1", "NET") == .simple("OK"))
        node.run("SET", "k", "vvvv")
        node.run("GET", "k")
        node.run("MSET", "a", "1", "b", "2")
        node.run("PING")
        #expect(node.run("HOTKEYS", "STOP") == .simple("OK"))
        node.run("SET", "late", "1")
        let report = report(node)
        // SET: 30 and 5 bytes; GET: 20 and 10; MSET: 42 and 5, for two; PING: 14 and 7.
        #expect(
            report["by-net-bytes"]
                == .array([.text("k"), .integer(65), .text("a"), .integer(23), .text("b"), .integer(23)]))
        #expect(report["net-bytes-all-commands-all-slots"] == .integer(133))
        #expect(report["by-cpu-time-us"] == nil && report["total-cpu-time-user-ms"] == nil)
        #expect(report["total-net-bytes"] == .integer(0))
        #expect(report["tracking-active"] == .integer(0))
        #expect(report["selected-slots"] == .array([.array([.integer(0), .integer(16383)])]))
    }

    @Test func countsTheCommandsOfATransactionOneByOne() {
        _ = start("METRICS", "1", "NET")
        for line in [["MULTI"], ["SET", "k", "vvvv"], ["GET", "k"], ["EXEC"]] { node.run(line) }
        #expect(report(node)["by-net-bytes"] == .array([.text("k"), .integer(65)]))
    }

    @Test func whatIsNotAnsweredIsNotCounted() {
        _ = start("METRICS", "1", "NET")
        node.run("CLIENT", "REPLY", "OFF")
        node.run("SET", "k", "vvvv")
        node.run("CLIENT", "REPLY", "ON")
        #expect(report(node)["by-net-bytes"] == .array([.text("k"), .integer(30)]))
    }

    @Test func findsTheKeysThatTakeTheMostTime() {
        _ = start("METRICS", "2", "cpu", "net", "COUNT", "2")
        let costs: [(key: StaticString, microseconds: UInt64)] = [("a", 10), ("b", 30), ("c", 20), ("a", 15)]
        for (key, microseconds) in costs {
            node.node.hotKeys?.note(.init(ticks: microseconds * 1000, bytes: 1)) { [Bytes(key)] }
        }
        node.environment.cpuSeconds = (system: 0.25, user: 1.5)
        let report = report(node)
        #expect(report["by-cpu-time-us"] == .array([.text("b"), .integer(30), .text("a"), .integer(25)]))
        #expect(report["by-net-bytes"] == .array([.text("a"), .integer(2), .text("b"), .integer(1)]))
        #expect(report["all-commands-all-slots-us"] == .integer(75))
        #expect(report["total-cpu-time-user-ms"] == .integer(1500))
        #expect(report["total-cpu-time-sys-ms"] == .integer(250))
    }

    @Test func namesItsFieldsInOrder() {
        _ = start("METRICS", "2", "CPU", "NET")
        node.client.session.writer.version = .resp3
        guard case .array(let nodes) = node.run("HOTKEYS", "GET"), case .map(let pairs)? = nodes.first else {
            return #expect(Bool(false))
        }
        let names = [
            "tracking-active", "sample-ratio", "selected-slots", "all-commands-all-slots-us",
            "net-bytes-all-commands-all-slots", "collection-start-time-unix-ms", "collection-duration-ms",
            "total-cpu-time-user-ms", "total-cpu-time-sys-ms", "total-net-bytes", "by-cpu-time-us", "by-net-bytes",
        ]
        #expect(pairs.map(\.key) == names.map { .text($0) })
    }

    @Test func goesThroughItsStates() {
        #expect(node.run("HOTKEYS", "GET") == .null)
        #expect(node.run("HOTKEYS", "STOP") == .null)
        #expect(node.run("HOTKEYS", "RESET") == .simple("OK"))
        #expect(start("METRICS", "1", "CPU") == .simple("OK"))
        #expect(start("METRICS", "1", "CPU") == .error("ERR hotkey tracking session already in progress"))
        #expect(
            node.run("HOTKEYS", "RESET") == .error("ERR hotkey tracking session in progress, stop tracking first"))
        #expect(report(node)["tracking-active"] == .integer(1))
        #expect(node.run("HOTKEYS", "STOP") == .simple("OK"))
        #expect(node.run("HOTKEYS", "STOP") == .null)
        #expect(start("METRICS", "1", "NET") == .simple("OK"))
        node.run("HOTKEYS", "STOP")
        #expect(node.run("HOTKEYS", "RESET") == .simple("OK"))
        #expect(node.run("HOTKEYS", "GET") == .null)
    }

    @Test func costsNothingWhenItIsOver() {
        _ = start("METRICS", "1", "CPU")
        #expect(node.node.attention == [.hotKeys])
        node.run("HOTKEYS", "STOP")
        #expect(node.node.attention.isEmpty)
    }

    @Test func endsByItself() {
        _ = start("METRICS", "1", "NET", "DURATION", "2")
        node.advance(milliseconds: 1900)
        node.run("SET", "k", "v")
        #expect(report(node)["tracking-active"] == .integer(1))
        node.advance(milliseconds: 700)
        #expect(node.node.attention.isEmpty)
        node.run("SET", "late", "v")
        let report = report(node)
        #expect(report["tracking-active"] == .integer(0))
        #expect(report["collection-start-time-unix-ms"] == .integer(1_700_000_000_000))
        #expect(report["collection-duration-ms"] == .integer(2000))
        #expect(report["by-net-bytes"] == .array([.text("k"), .integer(32)]))
    }

    @Test func samplesSomeCommands() {
        _ = start("METRICS", "1", "NET", "SAMPLE", "10")
        for _ in 0..<1000 { node.run("GET", "k") }
        guard case .array(let words) = report(node)["by-net-bytes"], case .integer(let bytes) = words.last else {
            return #expect(Bool(false))
        }
        #expect((1250...3750).contains(bytes))
        #expect(report(node)["sample-ratio"] == .integer(10))
    }

    @Test func looksAtChosenSlotsOnly() {
        var settings = Settings()
        settings.clusterEnabled = true
        let node = TestNode(settings: settings)
        #expect(
            start("METRICS", "1", "NET", "SAMPLE", "1", "SLOTS", "3", "3300", "7", "8", on: node) == .simple("OK"))
        node.run("SET", "a", "1")
        node.run("SET", "b", "1")
        let report = report(node)
        #expect(
            report["selected-slots"] == .array([.array([.integer(7), .integer(8)]), .array([.integer(3300)])]))
        #expect(report["by-net-bytes"] == .array([.text("b"), .integer(32)]))
        #expect(report["net-bytes-all-commands-selected-slots"] == .integer(32))
        #expect(report["net-bytes-sampled-commands-selected-slots"] == nil)
        #expect(start("METRICS", "1", "NET", "SLOTS", "1", "1", on: node) != .simple("OK"))
        node.run("HOTKEYS", "STOP")
        for (slots, reason) in [
            (["2", "0"], "not enough slot numbers provided"), (["2", "0", "0"], "duplicate slot number"),
            (["1", "16384"], "Invalid or out of range slot"), (["0"], "SLOTS count is out of range"),
            (["1", "0", "SLOTS", "1", "5"], "SLOTS parameter already specified"),
        ] {
            let reply = node.run(["HOTKEYS", "START", "METRICS", "1", "CPU", "SLOTS"] + slots)
            #expect(reply == .error("ERR \(reason)"))
        }
        #expect(start("METRICS", "1", "NET", "SAMPLE", "2", "SLOTS", "1", "1", on: node) == .simple("OK"))
        #expect(self.report(node)["sampled-commands-selected-slots-us"] == .integer(0))
    }

    @Test(
        arguments: [
            ("", "METRICS parameter is required"), ("COUNT 5", "METRICS parameter is required"),
            ("METRICS", "METRICS count must be > 0 and <= 2"), ("METRICS 0", "METRICS count must be > 0 and <= 2"),
            ("METRICS x", "METRICS count must be > 0 and <= 2"),
            ("METRICS 3 CPU NET", "METRICS count must be > 0 and <= 2"),
            ("METRICS 2 CPU", "METRICS count does not match number of metric types provided"),
            ("METRICS 1 CPU NET", "syntax error"), ("METRICS 1 GPU", "METRICS no valid metrics"),
            ("METRICS 2 CPU CPU", "METRICS CPU specified multiple times"),
            ("METRICS 2 net NET", "METRICS NET specified multiple times"),
            ("METRICS 1 CPU COUNT 0", "COUNT must be between 1 and 64"),
            ("METRICS 1 CPU COUNT 65", "COUNT must be between 1 and 64"),
            ("METRICS 1 CPU COUNT", "syntax error"),
            ("METRICS 1 CPU SAMPLE 0", "SAMPLE ratio must be positive"),
            ("METRICS 1 CPU DURATION -1", "DURATION is out of range"),
            ("METRICS 1 CPU DURATION x", "value is not an integer or out of range"),
            ("METRICS 1 CPU SLOTS 1 0", "SLOTS parameter cannot be used in non-cluster mode"),
        ])
    func refusesToStart(arguments: String, reason: String) {
        let words = arguments.split(separator: " ").map(String.init)
        #expect(node.run(["HOTKEYS", "START"] + words) == .error("ERR \(reason)"))
        #expect(node.node.attention.isEmpty)
    }

    @Test func metricsOfTheFutureArePassedOver() {
        #expect(start("METRICS", "2", "GPU", "CPU") == .simple("OK"))
    }
}
