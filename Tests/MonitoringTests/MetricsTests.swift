import Clustering
import Commands
import Gossip
import Settings
import Testing

@testable import Monitoring

/// The text of metrics, read back by a reader of its own.
struct MetricsTests {
    private func read(_ observation: Observation, _ format: ExpositionFormat) -> ExpositionReader {
        let reader = ExpositionReader(Metrics.text(observation, format), isOpenMetrics: format == .openMetrics)
        #expect(reader.faults.isEmpty, "\(reader.faults)")
        return reader
    }

    private let commands = [
        ["SET", "a", "1"], ["SET", "b", "2", "EX", "100"], ["GET", "a"], ["GET", "x"], ["INCR", "a", "too many"],
        ["LPUSH", "a", "1"], ["NOSUCH"],
    ]

    @Test(arguments: [ExpositionFormat.prometheus, .openMetrics])
    func whatANodeHasDone(_ format: ExpositionFormat) {
        let reader = read(Samples.observation(of: [Samples.node(commands)]), format)
        let node = ["node": "6379"]
        #expect(reader.value("apus_commands_total", node.merging(["cmd": "set"]) { $1 }) == 2)
        #expect(reader.value("apus_commands_rejected_total", ["cmd": "incr"]) == 1)
        #expect(reader.value("apus_commands_failed_total", ["cmd": "lpush"]) == 1)
        #expect(reader.value("apus_keyspace_hits_total", node) == 1)
        #expect(reader.value("apus_keyspace_misses_total", node) == 1)
        #expect(reader.value("apus_db_keys", ["db": "db0"]) == 2)
        #expect(reader.value("apus_db_keys_expiring", ["db": "db0"]) == 1)
        #expect(reader.value("apus_errors_total", ["code": "WRONGTYPE"]) == 1)
        #expect(reader.value("apus_command_duration_seconds_count", ["cmd": "set"]) == 2)
        #expect(reader.value("apus_command_duration_seconds_bucket", ["cmd": "set", "le": "+Inf"]) == 2)
        #expect(reader.value("apus_command_duration_seconds_bucket", ["cmd": "set", "le": "1e-06"]) == 2)
        #expect(reader.value("apus_node_info", ["role": "primary", "mode": "standalone"]) == 1)
        #expect(reader.value("apus_up", node) == 1)
        #expect(reader.value("apus_thread_cpu_seconds_total", ["thread": "http"]) == 0.25)
    }

    @Test(arguments: [ExpositionFormat.prometheus, .openMetrics])
    func severalNodes(_ format: ExpositionFormat) {
        let nodes = [Samples.node(port: 7000, commands), Samples.node(port: 7001)]
        let reader = read(Samples.observation(of: nodes, silentPorts: [7002]), format)
        #expect(reader.values("apus_up").map { $0.labels["node"] } == ["7000", "7001", "7002"])
        #expect(reader.values("apus_up").map(\.value) == [1, 1, 0])
        #expect(reader.value("apus_commands_processed_total", ["node": "7001"]) == 0)
        #expect(reader.values("apus_uptime_seconds").count == 2)
    }

    @Test(arguments: [ExpositionFormat.prometheus, .openMetrics])
    func aNodeOfACluster(_ format: ExpositionFormat) {
        let node = Samples.node { $0.clusterEnabled = true }
        var observation = Samples.observation(of: [node])
        var bus = ClusterBus(BusConfiguration(), seed: 1)
        bus.receive(.tick, now: 1000)
        observation.nodes[0].cluster = SharedBus(bus).picture
        let reader = read(observation, format)
        #expect(reader.value("apus_cluster_up") == 0)
        #expect(reader.value("apus_cluster_known_nodes") == 1)
        #expect(reader.value("apus_cluster_slots", ["state": "assigned"]) == 0)
        #expect(reader.value("apus_slot_migrations_active", ["direction": "out"]) == 0)
        #expect(reader.value("apus_node_info", ["node_id": bus.name.text]) == 1)
    }

    @Test(arguments: [ExpositionFormat.prometheus, .openMetrics])
    func replicasAndTheirLag(_ format: ExpositionFormat) {
        var observation = Samples.observation(of: [Samples.node()])
        var replica = ReplicaFigures()
        (replica.address, replica.port, replica.offset, replica.lag) = ("10.0.0.1", 7001, 60, 3)
        observation.nodes[0].figures.replication.replicas = [replica, replica]
        observation.nodes[0].figures.replication.primary = PrimaryFigures(host: "10.0.0.9", port: 1)
        observation.nodes[0].figures.journalOffset = 100
        let reader = read(observation, format)
        let label = ["replica": "10.0.0.1:7001"]
        #expect(reader.value("apus_replica_lag_bytes", label) == 40)
        #expect(reader.value("apus_replica_lag_seconds", label) == 3)
        #expect(reader.value("apus_connected_replicas") == 2)
        #expect(reader.value("apus_primary_link_up") == 0)
    }

    @Test(arguments: [ExpositionFormat.prometheus, .openMetrics])
    func whatNeedsEscapes(_ format: ExpositionFormat) {
        var observation = Samples.observation(of: [Samples.node()])
        observation.nodes[0].figures.errors = [("A\"B\\C\nD}", 1)]
        #expect(read(observation, format).value("apus_errors_total", ["code": "A\"B\\C\nD}"]) == 1)
    }

    @Test func histogramsKeepTheirBounds() {
        var observation = Samples.observation(of: [Samples.node()])
        var command = CommandFigures()
        (command.name, command.calls, command.seconds) = ("get", 10, 5)
        command.latency = (NodeFigures.latencyBounds.indices.map { $0 / 4 }, 5)
        observation.nodes[0].figures.commands = [command]
        let reader = read(observation, .openMetrics)
        let bounds = reader.values("apus_command_duration_seconds_bucket").map { $0.labels["le"] ?? "" }
        #expect(bounds.count == NodeFigures.latencyBounds.count + 1)
        // As OpenMetrics wants them: the shortest digits, with a fraction or an exponent.
        #expect(bounds.prefix(3) == ["1e-06", "2e-06", "5e-06"] && bounds.contains("1.0") && bounds.contains("0.0005"))
        // Half of the calls were timed: so is the sum.
        #expect(reader.value("apus_command_duration_seconds_sum") == 2.5)
        #expect(reader.value("apus_commands_duration_seconds_total") == 5)
    }

    @Test func numbers() {
        #expect(
            [0.1, 1, 1e300, .infinity, -.infinity, .nan].map(Exposition.text) == [
                "0.1", "1.0", "1e+300", "+Inf", "-Inf", "NaN",
            ])
    }

    @Test func namesFollowTheConventions() {
        let all = Metrics.families
        #expect(Set(all.map(\.name)).count == all.count && Metrics.names.count >= 100)
        for metric in Metrics.table {
            #expect(
                metric.name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }, "\(metric.name)")
            #expect(
                !["_total", "_count", "_sum", "_bucket", "_info"].contains { metric.name.hasSuffix($0) },
                "\(metric.name)")
            #expect(metric.help.hasSuffix("."), "\(metric.name)")
            // Base units only.
            #expect(
                !["_ms", "_milliseconds", "_microseconds", "_kb", "_percent"].contains { metric.name.hasSuffix($0) })
        }
    }

    @Test(arguments: [
        ("", ExpositionFormat.prometheus), ("*/*", .prometheus), ("text/html", .prometheus),
        ("application/openmetrics-text", .openMetrics), ("application/openmetrics-text; version=1.0.0", .openMetrics),
        ("application/openmetrics-text;version=2.0.0", .prometheus), ("APPLICATION/OpenMetrics-Text;q=0", .prometheus),
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
        ),
        ("application/openmetrics-text;version=1.0.0;q=0.3,text/plain;q=0.4", .prometheus),
        (";;,=;q=x,application/openmetrics-text;q=oh", .openMetrics),
    ])
    func theFormatThatIsWanted(_ accept: String, _ format: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == format)
    }
}
