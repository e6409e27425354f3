import Glibc

/// What snapshots cost one server that holds a gigabyte.
struct SnapshotResult: Sendable {
    /// How long BGSAVE takes where nobody else wants anything, in seconds.
    let idleSeconds: Double
    /// SETs of clients that send as much as is answered, each second.
    let commandsPerSecond: Double
    /// The same while a snapshot is being written, and how long that takes then.
    let commandsPerSecondMeanwhile: Double
    let loadedSeconds: Double
    /// Memory beyond that before the snapshot, in bytes, and that of the data set.
    let extraBytes: Int
    let dataBytes: Int
    /// What a client sees who sends a GET every millisecond, without and with a snapshot.
    let probes: ProbeSample
    let probesMeanwhile: ProbeSample
    /// How long the server says it was held up at once, with and without clients.
    let holdUps: HoldUps

    var share: Double { commandsPerSecondMeanwhile / commandsPerSecond }
    var extraShare: Double { Double(extraBytes) / Double(dataBytes) }
}

/// How long snapshots have held a server up at once, as it says itself: clients that share its cores see more than that.
struct HoldUps: Sendable {
    /// The longest that its thread was busy with a snapshot, in microseconds; of a server that forks, the longest fork.
    var slice = 0
    /// The longest that it has waited for the disk.
    var wait = 0

    var milliseconds: Double { Double(max(slice, wait)) / 1000 }
}

/// What is written to files.
struct SnapshotSubject {
    let name: String
    let keyCount: Int
    let valueBytes: Int
    /// A command up to its value.
    let command: [Argument]
    let reply: ReplyShape

    /// A million values of 1000 bytes.
    static let strings = SnapshotSubject(
        name: "strings", keyCount: 1_000_000, valueBytes: 1000, command: [.text("SET"), .key("key:")], reply: .ok)
    /// A hash of two million fields with values of 100 bytes.
    static let hash = SnapshotSubject(
        name: "hash", keyCount: 2_000_000, valueBytes: 100, command: [.text("HSET"), .text("hash"), .key("fld:")],
        reply: .digit)

    fileprivate func load(pipeline: Int) -> Workload {
        Workload(
            name: "snapshots", label: name, valueBytes: valueBytes, pipeline: pipeline, keyCount: keyCount,
            command + [.noise(valueBytes)], reply: reply)
    }

    fileprivate var dataBytes: Int { keyCount * valueBytes }
}

/// Writes what there is to a file, with and without clients that overwrite it.
///
/// Server, its helpers or its child, and clients share all cores.
struct SnapshotBenchmark {
    private static let rounds = 3
    /// Few, so that a turn of the server is short beside the pauses that are looked for.
    private static let connections = 10

    private let options: Options

    private let subject: SnapshotSubject

    static func run(_ options: Options, _ subject: SnapshotSubject) throws(BenchmarkFailure) -> Sides<SnapshotResult> {
        let benchmark = SnapshotBenchmark(options: options, subject: subject)
        return try Sides(ours: options.ours, theirs: options.theirs).map { program throws(BenchmarkFailure) in
            try benchmark.measure(program)
        }
    }

    private func measure(_ program: ServerProgram) throws(BenchmarkFailure) -> SnapshotResult {
        let server = try ServerProcess(
            program, ["--dir", options.directory, "--dbfilename", "apus-bench-\(getpid()).rdb"], core: nil)
        defer {
            server.stop()
            unlink("\(options.directory)/apus-bench-\(getpid()).rdb")
        }
        progress("snapshots, \(subject.name): \(program.path)")
        try Comparison.send(subject.load(pipeline: 64), to: server)
        let probe = try SnapshotProbe(server)
        defer { probe.stop() }
        try probe.forgetHoldUps()
        let idle = try (0..<SnapshotBenchmark.rounds).map { _ throws(BenchmarkFailure) in try idleSeconds(probe) }
        return try measureLoaded(server, probe, idleSeconds: median(idle))
    }

    private func idleSeconds(_ probe: SnapshotProbe) throws(BenchmarkFailure) -> Double {
        Clock.sleep(seconds: 0.5)
        try probe.save()
        while probe.isSaving { Clock.sleep(seconds: 0.002) }
        return probe.savingSeconds
    }

    /// In turn without and with a snapshot; figures are medians.
    private func measureLoaded(
        _ server: ServerProcess, _ probe: SnapshotProbe, idleSeconds: Double
    ) throws(BenchmarkFailure) -> SnapshotResult {
        let generator = try LoadGenerator(
            server, subject.load(pipeline: 16),
            connections: min(options.connections, SnapshotBenchmark.connections))
        _ = try generator.saturate(until: SnapshotBenchmark.timer(seconds: 1))
        var (rates, ratesMeanwhile, times, extra): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        var (probes, probesMeanwhile) = (ProbeSample(), ProbeSample())
        let before = server.residentBytes
        for _ in 0..<SnapshotBenchmark.rounds {
            probe.begin()
            rates.append(try generator.saturate(until: SnapshotBenchmark.timer(seconds: 2)))
            probes.add(probe.end())
            probe.begin()
            try probe.save()
            ratesMeanwhile.append(try generator.saturate { !probe.isSaving })
            let sample = probe.end()
            probesMeanwhile.add(sample)
            times.append(probe.savingSeconds)
            extra.append(Double(sample.residentBytes - before) + Double(try probe.copiedBytes()))
        }
        return SnapshotResult(
            idleSeconds: idleSeconds, commandsPerSecond: median(rates),
            commandsPerSecondMeanwhile: median(ratesMeanwhile), loadedSeconds: median(times),
            extraBytes: Int(extra.max() ?? 0), dataBytes: subject.dataBytes, probes: probes,
            probesMeanwhile: probesMeanwhile, holdUps: try probe.holdUps())
    }

    private static func timer(seconds: Double) -> () -> Bool {
        let end = Clock.now() + Clock.nanoseconds(seconds)
        return { Clock.now() >= end }
    }
}
