/// A bar that Apus is held to, and what was measured.
struct Bar: Sendable {
    enum Limit: Sendable {
        case atMost(Double)
        case atLeast(Double)
        case none
    }

    let subject: String
    let limit: Limit
    let unit: String
    /// Nil where this run did not measure it.
    let measured: Double?

    init(_ subject: String, _ limit: Limit, unit: String = "", measured: Double?) {
        (self.subject, self.limit, self.unit, self.measured) = (subject, limit, unit, measured)
    }

    /// Whether the measured value is on the right side; nil where there is none.
    var isMet: Bool? {
        guard let measured else { return nil }
        return switch limit {
        case .atMost(let bound): measured <= bound
        case .atLeast(let bound): measured >= bound
        case .none: measured == 0
        }
    }

    var limitText: String {
        switch limit {
        case .atMost(let bound): "≤ \(Text.ratio(bound))\(unit)"
        case .atLeast(let bound): "≥ \(Text.ratio(bound))\(unit)"
        case .none: "none"
        }
    }

    /// Nil where there is no measured value.
    var measuredText: String? {
        measured.map { measured in
            if case .none = limit { return Text.decimal(measured, 0) }
            return Text.ratio(measured) + unit
        }
    }
}

/// Everything one run measured.
struct Results: Sendable {
    var network: [NetworkResult] = []
    var collections: [NetworkResult] = []
    var sessions: [NetworkResult] = []
    var secure: [SecureResult] = []
    var memory: MemoryResult?
    var collectionMemory: [CollectionMemoryResult] = []
    var pauses: [PauseResult] = []
    var engine: [EngineResult] = []
    var routing: RoutingResult?
    var snapshots: Sides<SnapshotResult>?
    var hashSnapshots: Sides<SnapshotResult>?
    var replication: ReplicationResult?
    var failover: FailoverResult?
    var migration: MigrationResult?
    /// Why rows were not measured.
    var failures: [String] = []
}

extension Results {
    /// The bars of the project, in the order of the report.
    var bars: [Bar] {
        networkBars + collectionBars + sessionBars + memoryBars + collectionMemoryBars
            + [pauseBar, engineBar, routingBar] + snapshotBars + replicationBars + failoverBars + migrationBars
    }

    private var networkBars: [Bar] {
        let single = [Operation.get, .set, .increment].map { cpuRatio($0, pipeline: 1) }
        let known = single.compactMap { $0 }
        let mean = known.count == single.count ? geometricMean(known) : nil
        return [Bar("CPU per command, GET SET INCR, pipeline 1, geometric mean", .atMost(1.05), measured: mean)]
            + pipelinedBars(16, writes: 0.60, reads: 0.75) + pipelinedBars(64, writes: 0.50, reads: 0.65)
    }

    private func pipelinedBars(_ pipeline: Int, writes: Double, reads: Double) -> [Bar] {
        [(Operation.set, writes), (.increment, writes), (.get, reads)].map { operation, bound in
            Bar(
                "CPU per command, \(operation.rawValue), pipeline \(pipeline)", .atMost(bound),
                measured: cpuRatio(operation, pipeline: pipeline))
        }
    }

    /// Ours over theirs, with the smallest values.
    private func cpuRatio(_ operation: Operation, pipeline: Int) -> Double? {
        let bytes = NetworkBenchmark.valueSizes[0]
        let name = Workload(operation: operation, valueBytes: bytes, pipeline: pipeline, keyCount: 1).name
        return network.first { $0.workload.name == name }?.cpuRatio
    }

    private var collectionBars: [Bar] {
        Workload.collections(seconds: 1).joined().map { bar($0, collections) }
    }

    private var sessionBars: [Bar] {
        Workload.sessions.map { bar($0, sessions) }
            + SecureBenchmark.pipelines.map { pipeline in
                Bar(
                    "CPU per command, GET over TLS, pipeline \(pipeline)", .atMost(1),
                    measured: secure.first { $0.pipeline == pipeline }?.ratio)
            }
    }

    private func bar(_ row: Workload, _ results: [NetworkResult]) -> Bar {
        Bar(
            "CPU per command, \(row.label), pipeline \(row.pipeline)", .atMost(row.bar ?? .infinity),
            measured: results.first { $0.workload.name == row.name }?.cpuRatio)
    }

    private var collectionMemoryBars: [Bar] {
        CollectionMemory.all.map { collection in
            Bar(
                "memory, \(collection.subject)", .atMost(collection.bar),
                measured: collectionMemory.first { $0.collection.name == collection.name }?.ratio)
        }
    }

    private var pauseBar: Bar {
        Bar(
            "commands that touch a bounded number of elements and take more than 5 ms", .none,
            measured: pauses.isEmpty ? nil : Double(pauses.reduce(0) { $0 + $1.sides.ours.pauses }))
    }

    private var memoryBars: [Bar] {
        [
            Bar("memory per key", .atMost(0.60), measured: memory.map { $0.plain.ours / $0.plain.theirs }),
            Bar(
                "memory per key with expiry", .atMost(0.50),
                measured: memory.map { $0.expiring.ours / $0.expiring.theirs }),
            Bar(
                "memory of an empty node", .atMost(32), unit: " MiB",
                measured: memory.map { Double($0.empty.ours) / 1_048_576 }),
            Bar(
                "memory with 10,000 keys in all", .atMost(1.3),
                measured: memory.map { Double($0.withFewKeys.ours) / Double($0.withFewKeys.theirs) }),
        ]
    }

    /// Like the next ones, only where they were asked for.
    private var snapshotBars: [Bar] {
        guard let snapshots else { return [] }
        return [
            Bar(
                "BGSAVE of an idle node", .atMost(1.5),
                measured: snapshots.ours.idleSeconds / snapshots.theirs.idleSeconds),
            Bar("throughput of writers during BGSAVE", .atLeast(0.75), measured: snapshots.ours.share),
            Bar("extra memory of BGSAVE over the data set", .atMost(0.10), measured: snapshots.ours.extraShare),
            Bar(
                "longest that BGSAVE holds the node up at once", .atMost(2), unit: " ms",
                measured: snapshots.ours.holdUps.milliseconds),
        ]
    }

    private var migrationBars: [Bar] {
        guard let migration, !migration.ours.seconds.isEmpty, !migration.theirs.seconds.isEmpty else { return [] }
        let speed = median(migration.theirs.seconds) / median(migration.ours.seconds)
        let wait = migration.ours.moving.histogram.quantile(0.99) / migration.ours.idle.histogram.quantile(0.99)
        return [
            Bar("migration of 1 GB, reference's time over ours", .atLeast(4), measured: speed),
            Bar("p99 of clients while slots move, over idle", .atMost(2), measured: wait),
        ]
    }

    private var failoverBars: [Bar] {
        guard let failover, !failover.ours.isEmpty else { return [] }
        return [Bar("failover after SIGKILL, median", .atMost(3), unit: " s", measured: median(failover.ours))]
    }

    private var replicationBars: [Bar] {
        guard let replication else { return [] }
        let (writes, full) = (replication.writes, replication.synchronisations)
        return [
            Bar(
                "CPU of the primary per SET, one replica, pipeline 16", .atMost(0.7),
                measured: writes.isEmpty ? nil : writes.medianRatio(\.self)),
            Bar(
                "time of a full synchronisation", .atMost(1.2),
                measured: full.isEmpty ? nil : full.medianRatio(\.seconds)),
            Bar(
                "extra memory of a full synchronisation over the data set", .atMost(0.10),
                measured: full.isEmpty ? nil : full.medians(\.extraShare).ours),
            Bar("longest lag of a replica", .atMost(1), unit: " s", measured: replication.lag?.ours),
        ]
    }

    private var routingBar: Bar {
        Bar("instructions of a GET in a cluster over one without", .atMost(1.03), measured: routing?.ratio)
    }

    private var engineBar: Bar {
        let speedUp = engine.isEmpty ? nil : geometricMean(engine.map(\.speedUp))
        return Bar("two nodes on two threads over one, geometric mean", .atLeast(1.8), measured: speedUp)
    }
}
