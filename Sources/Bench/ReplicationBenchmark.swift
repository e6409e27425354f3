import Glibc

/// What replication costs a primary, and how far its replica is behind.
struct ReplicationResult: Sendable {
    /// CPU time of the primary for each SET, with one replica, in nanoseconds.
    var writes: [Sides<Double>] = []
    /// A full synchronisation of a gigabyte.
    var synchronisations: [Sides<SynchronisationSample>] = []
    /// The longest that the replica was behind at `ReplicationBenchmark.load` of the primary's peak, in seconds, and for how
    /// long that was watched.
    var lag: Sides<Double>?
    var lagSeconds = 0.0
}

/// A full synchronisation.
struct SynchronisationSample: Sendable {
    /// From REPLICAOF until the link is up.
    let seconds: Double
    /// Memory of the primary beyond that before, its child's copies included, and that of the data set.
    let extraBytes: Int
    let dataBytes: Int

    var extraShare: Double { Double(extraBytes) / Double(dataBytes) }
}

/// A primary and a replica, both of the same program, without any file.
struct ReplicationBenchmark {
    /// What part of its peak a primary is given while the replica's lag is watched.
    static let load = 0.7
    private static let keyCount = 1_000_000
    private static let largeValueBytes = 1000
    private static let rounds = 3

    private let options: Options

    /// Measures what the options let through; tells in `failures` why it could not.
    static func run(_ options: Options, _ failures: inout [String]) -> ReplicationResult {
        let benchmark = ReplicationBenchmark(options: options)
        var result = ReplicationResult()
        do throws(BenchmarkFailure) {
            if options.includes("replication-set") { result.writes = try benchmark.writes() }
            if options.includes("replication-full") { result.synchronisations = try benchmark.synchronisations() }
            if options.includes("replication-lag") {
                result.lag = try benchmark.lag()
                result.lagSeconds = options.lagSeconds
            }
        } catch {
            failures.append("replication: \(error.text)")
            progress(failures.last!)
        }
        return result
    }

    // MARK: Writes

    private static func sets(_ valueBytes: Int, pipeline: Int) -> Workload {
        let value: Argument = valueBytes > 100 ? .noise(valueBytes) : .value(valueBytes)
        return Workload(
            name: "replication-set", label: "SET", valueBytes: valueBytes, pipeline: pipeline, keyCount: keyCount,
            [.text("SET"), .key("key:"), value], reply: .ok)
    }

    private func writes() throws(BenchmarkFailure) -> [Sides<Double>] {
        let pairs = try Sides(ours: options.ours, theirs: options.theirs).map { program throws(BenchmarkFailure) in
            let pair = try ReplicatedPair(program)
            try pair.join()
            return pair
        }
        let generators = try pairs.map { pair throws(BenchmarkFailure) in
            try LoadGenerator(
                pair.primary, ReplicationBenchmark.sets(16, pipeline: 16), connections: options.connections)
        }
        var samples: [Sides<Double>] = []
        for _ in 0..<options.pairs {
            let ours = try sample(generators.ours, pairs.ours)
            samples.append(Sides(ours: ours, theirs: try sample(generators.theirs, pairs.theirs)))
        }
        progress("replication-set: CPU ratio \(Text.ratio(samples.medianRatio(\.self)))")
        return samples
    }

    /// The replica has caught up before and after, so that no part of the work falls to another run.
    private func sample(_ generator: LoadGenerator, _ pair: ReplicatedPair) throws(BenchmarkFailure) -> Double {
        let before = pair.primary.cpuNanoseconds
        let sample = try generator.saturate(seconds: options.seconds, warmUpSeconds: 0)
        try pair.catchUp()
        let commands = sample.commandsPerSecond * options.seconds
        return Double(pair.primary.cpuNanoseconds - before) / commands
    }

    // MARK: Full synchronisation

    private func synchronisations() throws(BenchmarkFailure) -> [Sides<SynchronisationSample>] {
        let pairs = try Sides(ours: options.ours, theirs: options.theirs).map { program throws(BenchmarkFailure) in
            let pair = try ReplicatedPair(program)
            try Comparison.send(
                ReplicationBenchmark.sets(ReplicationBenchmark.largeValueBytes, pipeline: 64), to: pair.primary)
            return pair
        }
        var samples: [Sides<SynchronisationSample>] = []
        for _ in 0..<ReplicationBenchmark.rounds {
            samples.append(try pairs.map { pair throws(BenchmarkFailure) in try synchronise(pair) })
        }
        progress("replication-full: ratio of seconds \(Text.ratio(samples.medianRatio(\.seconds)))")
        return samples
    }

    private func synchronise(_ pair: ReplicatedPair) throws(BenchmarkFailure) -> SynchronisationSample {
        try pair.part()
        let (before, start) = (pair.primary.residentBytes, Clock.now())
        var most = before
        try pair.begin()
        while try !pair.isLinked() {
            most = max(most, pair.primary.residentBytes)
            Clock.sleep(seconds: 0.005)
        }
        return SynchronisationSample(
            seconds: Double(Clock.now() - start) / 1e9, extraBytes: most - before + (try pair.copiedBytes()),
            dataBytes: ReplicationBenchmark.keyCount * ReplicationBenchmark.largeValueBytes)
    }

    // MARK: Lag

    private func lag() throws(BenchmarkFailure) -> Sides<Double> {
        try Sides(ours: options.ours, theirs: options.theirs).map { program throws(BenchmarkFailure) in
            let pair = try ReplicatedPair(program, isPinned: false)
            try pair.join()
            let generator = try LoadGenerator(
                pair.primary, ReplicationBenchmark.sets(16, pipeline: 16), connections: options.connections)
            let peak = try generator.saturate(seconds: 2, warmUpSeconds: 0.5).commandsPerSecond
            try pair.catchUp()
            let probe = LagProbe(pair)
            _ = try generator.paced(
                commandsPerSecond: peak * ReplicationBenchmark.load, seconds: options.lagSeconds, warmUpSeconds: 1)
            let longest = try probe.end()
            progress("replication-lag: \(program.path) at most \(Text.decimal(longest, 2)) s behind")
            return longest
        }
    }
}

/// A primary on the server's core, and a replica beside the clients.
final class ReplicatedPair: @unchecked Sendable {
    let primary: ServerProcess
    let replica: ServerProcess
    private let control: Sides<ControlConnection>

    /// Both are there, and know nothing of each other.
    /// - Parameter isPinned: whether each has one core; otherwise all share all cores.
    init(_ program: ServerProgram, isPinned: Bool = true) throws(BenchmarkFailure) {
        // Whoever is cut off for lagging behind would be measured with a full synchronisation in the middle.
        let words = ["--repl-diskless-sync-delay", "0", "--client-output-buffer-limit", "replica 0 0 0"]
        primary = try ServerProcess(program, words, core: isPinned ? Core.server : nil)
        replica = try ServerProcess(program, words, core: isPinned ? Core.client : nil)
        control = Sides(
            ours: try ControlConnection(port: primary.port), theirs: try ControlConnection(port: replica.port))
    }

    /// Has the replica follow the primary.
    func begin() throws(BenchmarkFailure) {
        try control.theirs.call("REPLICAOF", "127.0.0.1", "\(primary.port)")
    }

    /// As `begin`, and waits until it does.
    func join() throws(BenchmarkFailure) {
        try begin()
        while try !isLinked() { Clock.sleep(seconds: 0.005) }
    }

    /// Has the replica forget the primary and all data.
    func part() throws(BenchmarkFailure) {
        try control.theirs.call("REPLICAOF", "NO", "ONE")
        try control.theirs.call("FLUSHALL")
    }

    /// Whether the replica has all and hears what comes.
    func isLinked() throws(BenchmarkFailure) -> Bool {
        try control.theirs.call("INFO", "replication").contains("master_link_status:up")
    }

    /// Waits until the replica has everything.
    func catchUp() throws(BenchmarkFailure) {
        for _ in 0..<6000 {
            let (written, applied) = try offsets()
            if written == applied { return }
            Clock.sleep(seconds: 0.005)
        }
        throw BenchmarkFailure("the replica does not catch up")
    }

    /// Offsets of the primary, and of the replica a little later.
    func offsets() throws(BenchmarkFailure) -> (written: Int, applied: Int) {
        let written = try control.ours.call("INFO", "replication")
        let applied = try control.theirs.call("INFO", "replication")
        return (field("master_repl_offset", of: written), field("slave_repl_offset", of: applied))
    }

    /// What a child of the primary had to copy.
    func copiedBytes() throws(BenchmarkFailure) -> Int {
        if try control.ours.call("INFO", "server").contains("apus_version:") { return 0 }
        return field("rdb_last_cow_size", of: try control.ours.call("INFO", "persistence"))
    }
}

/// A thread that watches how far a replica is behind its primary.
///
/// What the primary had written at a time has arrived when the replica is as far: so long the replica was behind.
private final class LagProbe: @unchecked Sendable {
    private let pair: ReplicatedPair
    private var thread = pthread_t()
    private var longest = 0.0
    private var failure: BenchmarkFailure?
    private var isOver = false
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private static let interval = 0.05

    init(_ pair: ReplicatedPair) {
        self.pair = pair
        pthread_mutex_init(lock, nil)
        pthread_create(
            &thread, nil,
            { context in
                Unmanaged<LagProbe>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
    }

    /// Ends it; the longest lag in seconds.
    func end() throws(BenchmarkFailure) -> Double {
        pthread_mutex_lock(lock)
        isOver = true
        pthread_mutex_unlock(lock)
        pthread_join(thread, nil)
        if let failure { throw failure }
        return longest
    }

    private func run() {
        do throws(BenchmarkFailure) { try watch() } catch { failure = error }
    }

    private func watch() throws(BenchmarkFailure) {
        var written: [(time: UInt64, offset: Int)] = []
        while true {
            pthread_mutex_lock(lock)
            let isOver = isOver
            pthread_mutex_unlock(lock)
            let now = Clock.now()
            let offsets = try pair.offsets()
            written.append((now, offsets.written))
            written.removeAll { $0.offset <= offsets.applied }
            if let oldest = written.first { longest = max(longest, Double(Clock.now() - oldest.time) / 1e9) }
            if isOver { return }
            Clock.sleep(seconds: LagProbe.interval)
        }
    }
}

/// A number in an answer to INFO; 0 where it is not there.
func field(_ name: String, of information: String) -> Int {
    let line = information.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }
    return line.flatMap { Int($0.dropFirst(name.utf8.count + 1)) } ?? 0
}
