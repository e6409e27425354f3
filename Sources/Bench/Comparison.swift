/// Both servers under one workload.
struct NetworkResult: Sendable {
    let workload: Workload
    let saturation: [Sides<SaturationSample>]
    /// The fixed rate of the latency runs: half of what the slower server reached.
    let pacedCommandsPerSecond: Double
    let latency: [Sides<LatencySample>]

    /// CPU time per command, ours over theirs.
    var cpuRatio: Double { saturation.medianRatio(\.cpuNanoseconds) }
}

/// Two servers on one core, loaded in turn from the other core: A B A B …
struct Comparison {
    let options: Options
    let servers: Sides<ServerProcess>
    private static let settlingSeconds = 0.02

    init(_ options: Options) throws(BenchmarkFailure) {
        self.options = options
        servers = Sides(ours: try ServerProcess(options.ours), theirs: try ServerProcess(options.theirs))
    }

    /// Empties both servers.
    func flush() throws(BenchmarkFailure) {
        for server in [servers.ours, servers.theirs] { try ControlConnection(port: server.port).call("FLUSHALL") }
    }

    /// Sends every key of a load to both servers.
    func load(_ load: Workload) throws(BenchmarkFailure) {
        for server in [servers.ours, servers.theirs] { try Comparison.send(load, to: server) }
    }

    /// Sends every key of a load, in order.
    static func send(_ load: Workload, to server: ServerProcess) throws(BenchmarkFailure) {
        try LoadGenerator(server, load, connections: 1, order: .sequential).sendEveryKey()
    }

    func measure(_ workload: Workload) throws(BenchmarkFailure) -> NetworkResult {
        let generators = try servers.map { server throws(BenchmarkFailure) in
            try LoadGenerator(server, workload, connections: min(options.connections, workload.connectionLimit))
        }
        let saturation = try pairs(workload, generators) { generator throws(BenchmarkFailure) in
            try generator.saturate(seconds: options.seconds, warmUpSeconds: options.warmUpSeconds)
        }
        let reached = saturation.medians(\.commandsPerSecond)
        let rate = min(reached.ours, reached.theirs) / 2
        let latency = try pairs(workload, generators) { generator throws(BenchmarkFailure) in
            try generator.paced(
                commandsPerSecond: rate, seconds: options.seconds, warmUpSeconds: options.warmUpSeconds)
        }
        let result = NetworkResult(
            workload: workload, saturation: saturation, pacedCommandsPerSecond: rate, latency: latency)
        progress("\(workload.name): CPU ratio \(Text.ratio(result.cpuRatio))")
        return result
    }

    /// Runs both sides in turn, as often as the options say.
    private func pairs<Sample>(
        _ workload: Workload, _ generators: Sides<LoadGenerator>,
        _ run: (LoadGenerator) throws(BenchmarkFailure) -> Sample
    ) throws(BenchmarkFailure) -> [Sides<Sample>] {
        var samples: [Sides<Sample>] = []
        for _ in 0..<options.pairs {
            samples.append(
                try generators.map { generator throws(BenchmarkFailure) in
                    try prepare(workload, generator.server)
                    return try run(generator)
                })
        }
        return samples
    }

    private func prepare(_ workload: Workload, _ server: ServerProcess) throws(BenchmarkFailure) {
        if workload.preparations.isEmpty { return }
        for preparation in workload.preparations { try Comparison.send(preparation, to: server) }
        // What the server frees behind a reply is not to count in the run.
        Clock.sleep(seconds: Comparison.settlingSeconds)
    }
}
