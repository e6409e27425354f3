import Commands

/// All metrics of a process.
public enum Metrics {
    /// The metrics as text.
    public static func text(_ observation: Observation, _ format: ExpositionFormat) -> String {
        var exposition = Exposition(format)
        for (metric, points) in processPoints(observation) { exposition.add(metric, points) }
        for metric in table {
            exposition.add(
                metric,
                observation.nodes.flatMap { node in
                    metric.points(node).map { $0.of(node.port) }
                })
        }
        exposition.finish()
        return exposition.text
    }

    /// What is answered to who asks for the metrics.
    public static func response(_ observation: Observation, accept: String) -> HTTPResponse {
        let format = ExpositionFormat(accept: accept)
        return HTTPResponse(200, format.contentType, text(observation, format))
    }

    /// The names of all values that there can be, as the formats write them, without those of buckets.
    public static var names: Set<String> {
        var names: Set<String> = []
        for metric in table + processTable {
            let name = "apus_\(metric.name)"
            if case .histogram = metric.kind {
                names.formUnion(["_bucket", "_count", "_sum"].map { name + $0 })
            } else {
                names.insert(name + metric.kind.suffix)
            }
        }
        return names
    }

    /// The names of families, with what each is, in the order of the tables.
    public static var families: [(name: String, kind: String, help: String)] {
        (processTable + table).map { metric in
            ("apus_\(metric.name)\(metric.kind.suffix)", "\(metric.kind)", metric.help)
        }
    }

    static let table: [Metric] =
        server + clients + memory + traffic + keys + commands + persistence + replication + loop + cluster

    // MARK: The process

    private static let up = Metric(name: "up", kind: .gauge, help: "Whether the node has answered.") { _ in [] }
    private static let build = Metric(
        name: "build", kind: .information, help: "The versions of Apus, and of Redis as clients are told."
    ) { _ in [] }
    private static let resident = Metric(
        name: "process_resident_memory_bytes", kind: .gauge, help: "Physical memory that the process holds."
    ) { _ in [] }
    private static let cpu = Metric(
        name: "process_cpu_seconds", kind: .counter, help: "CPU time of the process."
    ) { _ in [] }
    private static let threads = Metric(
        name: "thread_cpu_seconds", kind: .counter,
        help: "CPU time of threads; that of nodes is in apus_node_cpu_seconds_total."
    ) { _ in [] }
    private static let open = Metric(
        name: "process_open_fds", kind: .gauge, help: "Descriptors that the process has open."
    ) { _ in [] }
    private static let most = Metric(
        name: "process_max_fds", kind: .gauge, help: "Descriptors that the process may have open."
    ) { _ in [] }

    private static let processTable = [up, build, resident, cpu, threads, open, most]

    private static func processPoints(_ observation: Observation) -> [(Metric, [Metric.Point])] {
        let process = observation.process
        let answered = observation.nodes.map { ($0.port, 1) } + observation.silentPorts.map { ($0, 0) }
        let versions = [Metric.Label("version", Release.apus), Metric.Label("redis_version", Release.reference)]
        return [
            (up, answered.map { Metric.Point(value: .integer($0.1)).of($0.0) }),
            (build, [Metric.Point(labels: versions, value: .integer(1))]),
            (resident, [Metric.Point(value: .integer(process.residentBytes))]),
            (
                cpu,
                [("system", process.systemSeconds), ("user", process.userSeconds)].map {
                    Metric.Point(labels: [Metric.Label("mode", $0.0)], value: .number($0.1))
                }
            ),
            (
                threads,
                process.threads.map {
                    Metric.Point(labels: [Metric.Label("thread", $0.name)], value: .number($0.seconds))
                }
            ),
            (open, [Metric.Point(value: .integer(process.openDescriptors))]),
            (most, [Metric.Point(value: .integer(process.mostDescriptors))]),
        ]
    }
}

extension Metric.Point {
    /// The point as one of a node.
    fileprivate func of(_ port: Int) -> Metric.Point {
        Metric.Point(labels: [Metric.Label("node", "\(port)")] + labels, value: value)
    }
}
