import Primitives
import RESP
import Settings
import Storage
import Testing

@testable import Commands

@Suite struct InformationTests {
    @Test func everyFieldOfTheTableIsShownOnceAndIsOneLine() {
        let node = TestNode()
        node.run("SET", "k", "v")
        for section in InformationSection.all {
            let text = node.information(section.title)
            #expect(text.hasPrefix("# \(section.title)\r\n"))
            for field in section.fields where !field.name.contains("<") {
                for (name, value) in field.lines(Survey(node.node)) {
                    #expect(text.ranges(of: "\r\n\(name):").count == 1, "\(section.title) \(name)")
                    #expect(!value.contains("\n"))
                }
            }
        }
    }

    @Test func linesOfAKindBeginAsTheTableSays() {
        let node = TestNode()
        node.node.identity.listeners = ["name=tcp,bind=127.0.0.1,port=6379"]
        node.node.saving = LoadingFile()
        let inTheMiddle = MiddleOfAChain()
        node.node.replication = inTheMiddle
        node.run("SET", "k", "v")
        node.run("NOSUCH")
        for field in InformationSection.all.flatMap(\.fields) where field.name.contains("<") && field.name != "slave<N>"
        {
            let prefix = field.name.prefix { $0 != "<" }
            let lines = field.lines(Survey(node.node))
            #expect(!lines.isEmpty, "\(field.name)")
            #expect(lines.allSatisfy { $0.name.hasPrefix(prefix) })
        }
    }

    @Test func sectionsStandInTheReferencesOrder() {
        let node = TestNode()
        let usual = [
            "Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules", "Errorstats",
            "Cluster", "Keyspace",
        ]
        #expect(node.titles() == usual)
        #expect(node.titles("default") == usual)
        #expect(node.titles("DEFAULT", "latencystats").contains("Latencystats"))
        let all = node.titles("all")
        #expect(all == node.titles("everything"))
        #expect(
            Array(all.drop { $0 != "CPU" }) == [
                "CPU", "Modules", "Commandstats", "Errorstats", "Latencystats", "Cluster", "Keyspace",
            ])
        #expect(node.titles("keyspace", "CPU", "cpu", "nosuch") == ["CPU", "Keyspace"])
        #expect(node.run("INFO", "nosuch") == .text(""))
    }

    @Test func sectionsArePartedByAnEmptyLine() {
        let node = TestNode()
        #expect(
            node.run("INFO", "keyspace", "cluster") == .text("# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\n"))
    }

    @Test func isVerbatimInRESP3() {
        let node = TestNode()
        node.client.session.writer.version = .resp3
        guard case .verbatim("txt", let text) = node.run("INFO", "cluster") else { return #expect(Bool(false)) }
        #expect(text == "# Cluster\r\ncluster_enabled:0\r\n")
    }

    @Test func saysWhatItIs() {
        let node = TestNode()
        #expect(node.field("redis_version") == "7.2.4")
        #expect(node.field("redis_mode") == "standalone")
        #expect(node.field("role") == "master")
        #expect(node.field("run_id")?.utf8.count == 40)
        #expect(node.field("master_replid")?.utf8.count == 40)
        #expect(node.field("master_replid") != node.field("run_id"))
        #expect(node.field("second_repl_offset") == "-1")
        node.advance(milliseconds: 90_000_000)
        #expect(node.field("uptime_in_seconds") == "90000")
        #expect(node.field("uptime_in_days") == "1")
    }

    @Test func countsCommandsAndErrors() {
        let node = TestNode()
        node.run("GET", "k")
        node.run("SET", "k", "v")
        node.run("GET", "k")
        node.run("INCR", "k")
        node.run("GET")
        #expect(node.field("keyspace_hits") == "1")
        #expect(node.field("keyspace_misses") == "1")
        #expect(node.field("rdb_changes_since_last_save") == "1")
        #expect(node.field("total_error_replies") == "2")
        #expect(node.field("errorstat_ERR") == "count=2")
        #expect(node.field("cmdstat_get") == "calls=2,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0")
        #expect(node.field("cmdstat_incr") == "calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=1")
        #expect(node.field("cmdstat_set|x") == nil)
    }

    @Test func showsThePercentilesThatAreAskedFor() {
        let node = TestNode()
        node.run("SET", "k", "v")
        #expect(node.field("latency_percentiles_usec_set")?.hasPrefix("p50=") == true)
        #expect(node.field("latency_percentiles_usec_set")?.contains(",p99.9=") == true)
        node.run("CONFIG", "SET", "latency-tracking-info-percentiles", "0 25.5")
        #expect(node.field("latency_percentiles_usec_set")?.contains(",p25.5=") == true)
        node.run("CONFIG", "SET", "latency-tracking", "no")
        #expect(node.field("latency_percentiles_usec_set") == nil)
    }

    @Test func showsDatabasesThatHaveKeys() {
        let node = TestNode()
        #expect(node.field("db0") == nil)
        node.run("SET", "a", "v")
        node.set("b", expiresInMilliseconds: 2000)
        node.set("c", expiresInMilliseconds: 4000)
        #expect(node.field("db0") == "keys=3,expires=2,avg_ttl=3000")
        #expect(node.field("db1") == nil)
    }

    @Test func countsMemoryOfKeysAndClients() {
        let node = TestNode()
        let before = Int(node.field("used_memory") ?? "") ?? 0
        node.run("SET", "k", String(repeating: "v", count: 100_000))
        let after = Int(node.field("used_memory") ?? "") ?? 0
        #expect(after >= before + 100_000)
        #expect(node.field("used_memory_rss") == "1048576")
        #expect(node.field("used_memory_rss_human") == "1.00M")
    }

    @Test func tellsOfAPause() {
        let node = TestNode()
        #expect(node.field("paused_reason") == "none" && node.field("paused_actions") == "none")
        node.run("CLIENT", "PAUSE", "5000", "WRITE")
        node.advance(milliseconds: 1000)
        #expect(node.field("paused_reason") == "client_pause" && node.field("paused_actions") == "write")
        #expect(node.field("paused_timeout_milliseconds") == "4000")
    }

    @Test func countsSlowCommands() {
        let node = TestNode()
        node.run("CONFIG", "SET", "slowlog-log-slower-than", "0")
        node.run("SET", "k", "v")
        node.run("SLOWLOG", "RESET")
        #expect(Int(node.field("slowlog_commands_count") ?? "") ?? 0 >= 2)
        node.run("CONFIG", "RESETSTAT")
        #expect(Int(node.field("slowlog_commands_count") ?? "") ?? 9 <= 1)
    }

    @Test func countsTurnsOfTheLoop() {
        let node = TestNode()
        node.node.noteTurn(ticks: 7)
        node.node.noteRead(1)
        for _ in 0..<3 { node.run("PING") }
        node.node.noteTurn(ticks: 5)
        let statistics = node.node.statistics
        #expect(statistics.eventLoopCycles == 2 && statistics.eventLoopCyclesWithClients == 1)
        #expect(statistics.longestLoopTicks == 7 && statistics.mostCommandsInCycle == 3)
    }

    @Test func figuresOfMemoryAreTheSameInBothPlaces() {
        let node = TestNode()
        node.run("SET", "k", "v")
        guard case .array(let stats) = node.run("MEMORY", "STATS") else { return #expect(Bool(false)) }
        func value(_ name: String) -> Reply? { stats.firstIndex(of: .text(name)).map { stats[$0 + 1] } }
        #expect(value("startup.allocated") == .integer(Int64(node.field("used_memory_startup") ?? "") ?? -1))
        #expect(value("allocator.resident") == .integer(Int64(node.field("allocator_resident") ?? "") ?? -1))
        // Nothing but the buffers of the client lies between the two.
        guard case .integer(let active) = value("allocator.active") else { return #expect(Bool(false)) }
        #expect(abs(active - (Int64(node.field("allocator_active") ?? "") ?? 0)) < 16_384)
    }

    @Test func numbersForPeople() {
        #expect(Survey.human(0) == "0B")
        #expect(Survey.human(1023) == "1023B")
        #expect(Survey.human(941_120) == "919.06K")
        #expect(Survey.human(25_276_510_208) == "23.54G")
        #expect(Survey.decimal(0.005, 2) == "0.01")
        #expect(Survey.decimal(-1.5, 2) == "-1.50")
        #expect(Survey.decimal(12.0, 6) == "12.000000")
        #expect(Survey.percent(1, of: 0) == "0.00%")
    }
}

extension TestNode {
    fileprivate func information(_ sections: String...) -> String { information(sections) }

    private func information(_ sections: [String]) -> String {
        guard case .bulk(let bytes) = run(["INFO"] + sections) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    fileprivate func titles(_ sections: String...) -> [String] {
        information(sections).split(separator: "\r\n").filter { $0.hasPrefix("# ") }.map { String($0.dropFirst(2)) }
    }

    /// The value of a field of INFO.
    func field(_ name: String) -> String? {
        information("everything").split(separator: "\r\n").first { $0.hasPrefix("\(name):") }
            .map { String($0.dropFirst(name.utf8.count + 1)) }
    }

    fileprivate func set(_ key: String, expiresInMilliseconds milliseconds: Int64) {
        Bytes.with(key) { bytes in
            let keyspace = node.keyspace
            keyspace.set(keyspace.key(bytes), StringValue(bytes), 0, expiry: .clear)
            keyspace.setExpiry(keyspace.key(bytes), keyspace.now + milliseconds, 0)
        }
    }
}

/// A file that is being loaded for ever.
private final class LoadingFile: Saving {
    let waitingBytes = 0
    var figures: SavingFigures {
        var figures = SavingFigures()
        figures.loading = LoadingFigures()
        return figures
    }

    func save() {}
    func reload(saves: Bool, empties: Bool, replaces: Bool) {}
}

/// A replica that has one of its own.
final class MiddleOfAChain: Replicating {
    let uncountedBytes = 0
    let isWalking = false
    var lag = (behind: 0, all: 0)
    let acknowledgedOffsets: [Int64] = []
    let snapshotFacts: [(name: String, value: String)] = []
    var figures: ReplicationFigures {
        var figures = ReplicationFigures()
        figures.primary = PrimaryFigures(host: "localhost", port: 7000)
        figures.replicas = [ReplicaFigures()]
        return figures
    }

    func acknowledgements(of offset: Int64) -> (received: Int, onDisk: Int) { (0, 0) }
    let traffic = (received: 0, sent: 0)
    func resetFigures() {}
    func requestAcknowledgements() {}
    func adoptSettings() {}
    func didEnd(_ session: Session) {}
}
