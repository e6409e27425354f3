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
struct NetworkBenchmark {
    static let pipelines = [1, 16, 64]
    static let valueSizes = [16, 512, 16384]

    private let options: Options
    private let servers: Sides<ServerProcess>

    private init(_ options: Options) throws(BenchmarkFailure) {
        self.options = options
        servers = Sides(ours: try ServerProcess(options.ours), theirs: try ServerProcess(options.theirs))
    }

    /// Measures all workloads that the options let through.
    static func run(_ options: Options) throws(BenchmarkFailure) -> [NetworkResult] {
        let benchmark = try NetworkBenchmark(options)
        var results: [NetworkResult] = []
        for size in valueSizes {
            let workloads = workloads(valueBytes: size).filter(options.includes)
            if workloads.isEmpty { continue }
            try benchmark.preload(valueBytes: size)
            for workload in workloads { results.append(try benchmark.measure(workload)) }
        }
        return results
    }

    /// The workloads with values of a size; commands without values go with the smallest.
    private static func workloads(valueBytes: Int) -> [Workload] {
        let keyCount = Workload.keyCount(valueBytes: valueBytes)
        let operations = Operation.allCases.filter { operation in
            operation != .setExpiring && (operation.carriesValues || valueBytes == valueSizes[0])
        }
        return operations.flatMap { operation in
            pipelines.map { Workload(operation: operation, valueBytes: valueBytes, pipeline: $0, keyCount: keyCount) }
        }
    }

    /// Empties both servers and makes every key exist.
    private func preload(valueBytes: Int) throws(BenchmarkFailure) {
        progress("loading keys with values of \(valueBytes) bytes")
        let keyCount = Workload.keyCount(valueBytes: valueBytes)
        for server in [servers.ours, servers.theirs] {
            try ControlConnection(port: server.port).call("FLUSHALL")
            for (load, template) in Workload.preloads(valueBytes: valueBytes, keyCount: keyCount) {
                try LoadGenerator(server, load, template: template, connections: 4, order: .sequential).sendEveryKey()
            }
        }
    }

    private func measure(_ workload: Workload) throws(BenchmarkFailure) -> NetworkResult {
        let generators = try servers.map { server throws(BenchmarkFailure) in
            try LoadGenerator(server, workload, connections: options.connections)
        }
        let saturation = try pairs(generators) { generator throws(BenchmarkFailure) in
            try generator.saturate(seconds: options.seconds, warmUpSeconds: options.seconds / 5)
        }
        let reached = saturation.medians(\.commandsPerSecond)
        let rate = min(reached.ours, reached.theirs) / 2
        let latency = try pairs(generators) { generator throws(BenchmarkFailure) in
            try generator.paced(
                commandsPerSecond: rate, seconds: options.seconds, warmUpSeconds: options.seconds / 5)
        }
        let result = NetworkResult(
            workload: workload, saturation: saturation, pacedCommandsPerSecond: rate, latency: latency)
        progress("\(workload.name): CPU ratio \(Text.ratio(result.cpuRatio))")
        return result
    }

    /// Runs both sides in turn, as often as the options say.
    private func pairs<Sample>(
        _ generators: Sides<LoadGenerator>, _ run: (LoadGenerator) throws(BenchmarkFailure) -> Sample
    ) throws(BenchmarkFailure) -> [Sides<Sample>] {
        var samples: [Sides<Sample>] = []
        for _ in 0..<options.pairs { samples.append(try generators.map(run)) }
        return samples
    }
}
