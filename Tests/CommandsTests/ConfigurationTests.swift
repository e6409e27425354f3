import Primitives
import RESP
import Settings
import Storage
import Testing

@testable import Commands

@Suite struct ConfigurationTests {
    @Test func getsByPattern() {
        let node = TestNode()
        #expect(node.run("CONFIG", "GET", "port") == .array([.text("port"), .text("6379")]))
        #expect(node.run("CONFIG", "GET", "nosuch") == .array([]))
        #expect(
            node.run("CONFIG", "GET", "maxmemory-s*", "hz")
                == .array([
                    .text("maxmemory-samples"), .text("5"), .text("hz"), .text("10"),
                ]))
        node.client.session.writer.version = .resp3
        #expect(node.run("CONFIG", "GET", "hz") == .map([Reply.Pair(.text("hz"), .text("10"))]))
        #expect(node.run("CONFIG", "GET", "nosuch") == .map([]))
    }

    @Test func settingWhatWasGotChangesNothing() throws {
        var settings = Settings()
        try settings.set("maxmemory", "100mb")
        settings.enableProtectedConfigs = .yes
        let node = TestNode(settings: settings)
        guard case .array(let all) = node.run("CONFIG", "GET", "*") else { return #expect(Bool(false)) }
        #expect(all.count > 400)
        for index in stride(from: 0, to: all.count, by: 2) {
            let reply = node.run("CONFIG", "SET", all[index].string, all[index + 1].string)
            if case .error(let text) = reply {
                #expect(text.contains("can't set immutable config"), "\(text)")
            } else {
                #expect(reply == .simple("OK"))
            }
        }
        #expect(node.node.settings == settings)
        #expect(node.run("CONFIG", "GET", "*") == .array(all))
    }

    @Test func refusesAsTheReferenceDoes() {
        let node = TestNode()
        #expect(node.run("CONFIG", "GET") == .error("ERR wrong number of arguments for 'config|get' command"))
        #expect(node.run("CONFIG", "SET", "a", "b", "c") == .error("ERR syntax error"))
        #expect(
            node.run("CONFIG", "SET", "nosuch", "1")
                == .error("ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'"))
        #expect(node.refusal("maxmemory", "abc") == "argument must be a memory value")
        #expect(node.refusal("databases", "4") == "can't set immutable config")
        #expect(node.refusal("dir", "/tmp") == "can't set protected config")
        #expect(node.refusal("port", "1", "port", "2") == "duplicate parameter")
        #expect(node.run("CONFIG", "FOO") == .error("ERR unknown subcommand 'FOO'. Try CONFIG HELP."))
    }

    @Test func setsAllOrNothing() {
        let node = TestNode()
        node.run("CONFIG", "SET", "hz", "50", "maxmemory", "abc")
        #expect(node.value("hz") == "10")
        node.run("CONFIG", "SET", "hz", "50", "maxmemory", "1mb")
        #expect(node.value("hz") == "50")
        #expect(node.value("maxmemory") == "1048576")
    }

    @Test func takesBackWhatTheOutsideRefuses() {
        let outside = RefusingEnvironment()
        let node = Node(settings: Settings(), clock: .manual(ManualClock()), seed: 1, environment: outside)
        let client = TestClient(node, node.accept(peerAddress: "127.0.0.1:5", localAddress: "", descriptor: 1))
        #expect(
            client.run("CONFIG", "SET", "port", "7000", "timeout", "9")
                == .error(
                    "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port"))
        #expect(node.settings == Settings())
        #expect(node.limits.idleSeconds == 0)
        #expect(node.takeActions().isEmpty)
        #expect(client.run("CONFIG", "SET", "hz", "20") == .simple("OK"))
        #expect(outside.applied == [["port", "timeout"], ["hz"]])
    }

    @Test func tellsTheDriverWhatHasChanged() {
        let node = TestNode()
        node.run("CONFIG", "SET", "hz", "20", "timeout", "0")
        let changed = node.node.takeActions().compactMap { action -> [String]? in
            if case .settingsChanged(let names) = action { names } else { nil }
        }
        #expect(changed == [["hz"]])
    }

    @Test func rewritesTheFile() {
        let node = TestNode()
        #expect(node.run("CONFIG", "REWRITE") == .error("ERR The server is running without a config file"))
        node.environment.configuration = ("/etc/apus.conf", "# mine\nhz 10\n")
        node.run("CONFIG", "SET", "hz", "40")
        #expect(node.run("CONFIG", "REWRITE") == .simple("OK"))
        #expect(node.environment.configuration?.text.hasPrefix("# mine\nhz 40\n") == true)
    }

    @Test func saysWhyTheFileCannotBeWritten() {
        let outside = RefusingEnvironment()
        let node = Node(settings: Settings(), clock: .manual(ManualClock()), seed: 1, environment: outside)
        let client = TestClient(node, node.accept(peerAddress: "127.0.0.1:5", localAddress: "", descriptor: 1))
        #expect(client.run("CONFIG", "REWRITE") == .error("ERR Rewriting config file: Permission denied"))
    }

    @Test func resetsStatistics() {
        let node = TestNode()
        node.run("NOSUCH")
        node.run("GET", "k")
        #expect(node.run("CONFIG", "RESETSTAT") == .simple("OK"))
        #expect(node.node.keyspace.statistics.misses == 0)
        #expect(node.node.errorCounts.isEmpty)
        #expect(node.node.statistics.errorReplies == 0)
        guard case .bulk(let text) = node.run("INFO", "commandstats") else { return #expect(Bool(false)) }
        #expect(
            String(decoding: text, as: UTF8.self)
                == "# Commandstats\r\ncmdstat_config|resetstat:calls=1,usec=0,usec_per_call=0.00,"
                + "rejected_calls=0,failed_calls=0\r\n")
    }

    @Test func helps() {
        let node = TestNode()
        guard case .array(let lines) = node.run("CONFIG", "HELP") else { return #expect(Bool(false)) }
        #expect(lines.first == .simple("CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"))
        #expect(lines.suffix(2) == [.simple("HELP"), .simple("    Prints this help.")])
    }
}

/// What the node takes from its settings.
@Suite struct AdoptionTests {
    @Test func adoptsWhatCommandsRead() {
        let node = TestNode()
        node.run(
            "CONFIG", "SET", "proto-max-bulk-len", "2mb", "client-query-buffer-limit", "3mb", "timeout", "7",
            "client-output-buffer-limit", "normal 30 20 10", "active-expire-effort", "9", "latency-tracking", "no",
            "slowlog-log-slower-than", "5", "slowlog-max-len", "6", "latency-monitor-threshold", "8")
        let limits = node.node.limits
        #expect(limits.longestBulk == 2 << 20)
        #expect(node.client.session.parser.longestBulk == 2 << 20)
        #expect(limits.longestInput == 3 << 20)
        #expect(limits.idleSeconds == 7)
        #expect(limits.normalOutput == HotSettings.OutputLimit(hard: 30, soft: 20, softSeconds: 10))
        #expect(limits.expireEffort == 9)
        #expect(!limits.tracksLatency)
        #expect(node.node.slowTicks == 5000)
        #expect(node.node.slowLog.capacity == 6)
        #expect(node.node.latency.threshold == 8)
    }

    @Test(arguments: [("-1", "0", UInt64.max), ("0", "0", 0), ("-1", "3", 3_000_000), ("\(Int64.max)", "0", .max)])
    func looksAtCommandsThatAreSlowEnough(slow: String, threshold: String, ticks: UInt64) {
        let node = TestNode()
        node.run("CONFIG", "SET", "slowlog-log-slower-than", slow, "latency-monitor-threshold", threshold)
        #expect(node.node.slowTicks == ticks)
    }

    @Test func wantsEventsOnlyWithAChannel() {
        let node = TestNode()
        node.run("CONFIG", "SET", "notify-keyspace-events", "gx")
        #expect(node.node.keyspace.wantedEvents == [])
        node.run("CONFIG", "SET", "notify-keyspace-events", "Egxm")
        #expect(node.node.keyspace.wantedEvents == [.generic, .expired, .keyMiss])
    }

    @Test func thePolicyDecidesHowAccessIsKept() {
        let node = TestNode()
        node.run("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu", "lfu-log-factor", "3")
        #expect(node.node.keyspace.accessClock == .frequency)
        #expect(node.node.keyspace.frequencyRule == FrequencyRule(logFactor: 3, decayMinutes: 1))
        node.run("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        #expect(node.node.keyspace.accessClock == .seconds)
    }

    @Test func aNewPasswordIsForNewClients() {
        let node = TestNode()
        node.run("CONFIG", "SET", "requirepass", "secret")
        #expect(node.run("GET", "k") == .null)
        let other = node.connect()
        #expect(other.run("GET", "k") == .error("NOAUTH Authentication required."))
        node.run("CONFIG", "SET", "requirepass", "")
        #expect(other.run("GET", "k") == .null)
    }

    @Test func protectedCommandsNeedPermission() {
        let refusal = Reply.error(
            "ERR MODULE command not allowed. If the enable-module-command option is set to \"local\", you can run it "
                + "from a local connection, otherwise you need to set this option in the configuration file, and then "
                + "restart the server.")
        #expect(TestNode().run("MODULE", "LOAD", "/x") == refusal)
        var settings = Settings()
        settings.enableModuleCommand = .local
        let node = TestNode(settings: settings)
        #expect(
            node.run("MODULE", "UNLOAD", "x") == .error("ERR Error unloading module: no such module with that name"))
        let far = TestClient(node.node, node.node.accept(peerAddress: "10.0.0.1:5", localAddress: "", descriptor: 1))
        #expect(far.run("MODULE", "UNLOAD", "x") == refusal)
    }

    @Test func renamesCommands() throws {
        var settings = Settings()
        try settings.read(text: "rename-command GET fetch\nrename-command SET \"\"\n", named: "test")
        #expect(settings.commandNames == ["get": "fetch", "set": ""])
        let node = TestNode(settings: settings)
        #expect(node.run("FETCH", "k") == .null)
        #expect(node.run("GET", "k") == .error("ERR unknown command 'GET', with args beginning with: 'k' "))
    }
}

/// An outside that refuses ports and files.
private final class RefusingEnvironment: Environment {
    var residentBytes = 0
    var cpuSeconds = (system: 0.0, user: 0.0)
    var applied: [[String]] = []

    func sleep(microseconds: Int64) {}
    func apply(_ settings: inout Settings, changed: [String]) throws(CommandError) {
        applied.append(changed)
        if changed.contains("port") { throw .message("ERR Unable to listen on this port") }
    }
    func readConfiguration() throws(CommandError) -> (path: String, text: String)? { ("/x", "") }
    func writeConfiguration(_ text: String) throws(CommandError) { throw .message("ERR Permission denied") }
    func crash(_ reason: String) {}
    func releaseMemory() {}
}

extension TestNode {
    fileprivate func value(_ name: String) -> String? {
        guard case .array(let pair) = run("CONFIG", "GET", name), pair.count == 2 else { return nil }
        return pair[1].string
    }

    /// The reason for which CONFIG SET refuses.
    fileprivate func refusal(_ arguments: String...) -> String? {
        guard case .error(let text) = run(["CONFIG", "SET"] + arguments) else { return nil }
        let prefix = "ERR CONFIG SET failed (possibly related to argument '\(arguments[0])') - "
        return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.utf8.count)) : text
    }
}

extension Reply {
    fileprivate var string: String {
        guard case .bulk(let bytes) = self else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
