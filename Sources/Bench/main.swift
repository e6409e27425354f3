import Glibc

/// Measures what the options ask for.
func measure(_ options: Options) throws(BenchmarkFailure) -> Results {
    var results = Results()
    if options.network { results.network = try NetworkBenchmark.run(options) }
    if options.collections {
        let groups = Workload.collections(seconds: options.seconds + options.warmUpSeconds)
        results.collections = try RowBenchmark.run(groups, options, &results.failures)
    }
    if options.sessions {
        results.sessions = try RowBenchmark.run([Workload.sessions], options, &results.failures)
        results.secure = SecureBenchmark.run(options, &results.failures)
    }
    if options.memory, options.includes(MemoryBenchmark.name) { results.memory = try MemoryBenchmark.run(options) }
    if options.memory { results.collectionMemory = MemoryBenchmark.runCollections(options, &results.failures) }
    if options.pauses { results.pauses = PauseBenchmark.run(options, &results.failures) }
    if options.snapshots {
        results.snapshots = try SnapshotBenchmark.run(options, .strings)
        results.hashSnapshots = try SnapshotBenchmark.run(options, .hash)
    }
    if options.replication { results.replication = ReplicationBenchmark.run(options, &results.failures) }
    if options.migration { results.migration = MigrationBenchmark.run(options, &results.failures) }
    if options.failover { results.failover = FailoverBenchmark.run(options, &results.failures) }
    if options.engine, options.includes(EngineBenchmark.name) { results.engine = try EngineBenchmark.run(options) }
    if options.engine, options.includes(RoutingBenchmark.name) {
        results.routing = RoutingBenchmark.run(&results.failures)
    }
    return results
}

/// Measures, and reports.
func measure(_ options: Options, _ identities: Sides<String>) throws(BenchmarkFailure) -> (String, [String]) {
    let results = try measure(options)
    return (Report(options: options, identities: identities, results: results).text, results.failures)
}

/// Replays traces, and reports.
func replay(_ options: Options, _ identities: Sides<String>) -> (String, [String]) {
    var failures: [String] = []
    let results = EvictionBenchmark.run(options, &failures)
    let report = EvictionReport(options: options, identities: identities, results: results, failures: failures)
    return (report.text, failures)
}

/// Runs the benchmark and prints the report.
func run(_ arguments: [String]) throws(BenchmarkFailure) {
    let options = try Options(arguments)
    guard Core.count > Core.client else {
        throw BenchmarkFailure("two cores are needed, one each for server and client")
    }
    ChildProcesses.killAllWhenInterrupted()
    try Core.pin(to: Core.client)
    let identities = try options.identities()
    let (report, failures) = options.eviction ? replay(options, identities) : try measure(options, identities)
    print(report)
    if let path = options.markdown { try write(report, to: path) }
    if !failures.isEmpty { throw BenchmarkFailure("\(failures.count) rows failed") }
}

/// Writes text to a file, which is replaced.
func write(_ text: String, to path: String) throws(BenchmarkFailure) {
    guard let file = fopen(path, "w") else { throw .system(path) }
    let written = fputs(text, file)
    guard fclose(file) == 0, written >= 0 else { throw .system(path) }
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.contains("--help") || arguments.contains("-h") {
    print(Options.usage)
    exit(0)
}
do throws(BenchmarkFailure) {
    if arguments.first == RoutingBenchmark.countedArgument {
        try RoutingBenchmark.runCounted(Array(arguments.dropFirst()))
    } else {
        try run(arguments)
    }
} catch {
    ChildProcesses.killAll()
    progress("apus-bench: \(error.text)")
    exit(1)
}
