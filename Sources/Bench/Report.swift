import Glibc

/// The results of a run as Markdown.
struct Report {
    let options: Options
    let identities: Sides<String>
    let results: Results

    var text: String {
        var parts = [heading]
        if !measured.isEmpty { parts += [throughput, saturatedLatency, pacedLatency] }
        if !results.secure.isEmpty { parts.append(secure) }
        if let memory = results.memory { parts.append(section(memory)) }
        if !results.collectionMemory.isEmpty { parts.append(collectionMemory) }
        if !results.pauses.isEmpty { parts.append(largeValues) }
        if let snapshots = results.snapshots { parts.append(section(snapshots, results.hashSnapshots)) }
        if let replication = results.replication { parts.append(section(replication)) }
        if let failover = results.failover { parts.append(section(failover)) }
        if let migration = results.migration { parts.append(section(migration)) }
        if !results.engine.isEmpty { parts.append(engine) }
        if let routing = results.routing { parts.append(text(of: routing)) }
        if !results.failures.isEmpty { parts.append(failures) }
        parts.append(bars)
        return parts.joined(separator: "\n")
    }

    /// Everything that was measured over the network, commands on strings first.
    private var measured: [NetworkResult] { results.network + results.collections + results.sessions }

    private var failures: String {
        "## Not measured\n\n" + results.failures.map { "- \($0)\n" }.joined()
    }

    private var heading: String {
        """
        # \(identities.ours) beside \(identities.theirs)

        \(Machine.description). Server on core \(Core.server), client on core \(Core.client), both sides in one run,
        A B A B …, \(options.pairs) pairs of \(Text.decimal(options.seconds, 2)) seconds for each line. Ratios are ours
        over the reference's, medians over the pairs; other figures are medians of each side.

        """
    }

    private static func labels(_ workload: Workload) -> [String] {
        [workload.label, workload.valueBytes.map { "\($0)" } ?? "", "\(workload.pipeline)"]
    }

    private var throughput: String {
        var table = MarkdownTable([
            "command", "value", "pipeline", "CPU µs", "reference", "ratio", "commands/s", "reference", "ratio",
            "server load", "reference",
        ])
        for result in measured {
            let cpu = result.saturation.medians(\.cpuNanoseconds)
            let rate = result.saturation.medians(\.commandsPerSecond)
            let load = result.saturation.medians(\.serverLoad)
            table.append(
                Report.labels(result.workload) + [
                    Text.decimal(cpu.ours / 1000, 3), Text.decimal(cpu.theirs / 1000, 3), Text.ratio(result.cpuRatio),
                    Text.decimal(rate.ours, 0), Text.decimal(rate.theirs, 0),
                    Text.ratio(result.saturation.medianRatio(\.commandsPerSecond)),
                    Text.decimal(load.ours * 100, 0) + " %", Text.decimal(load.theirs * 100, 0) + " %",
                ])
        }
        return """
            ## CPU time of the server per command, and throughput

            \(options.connections) clients (fewer where their batches exceed 64 MiB), each sends its next batch when the
            last is answered. Server load is CPU time over elapsed time.

            \(table.text)
            """
    }

    private var saturatedLatency: String {
        var table = MarkdownTable(["command", "value", "pipeline", "p50 / p99 / p99.9 µs", "reference"])
        for result in measured {
            let latency = Report.latencies(result.saturation, \.latency)
            table.append(
                Report.labels(result.workload) + [Text.percentiles(latency.ours), Text.percentiles(latency.theirs)])
        }
        return "## Latency of a batch at saturation\n\n\(table.text)"
    }

    private var pacedLatency: String {
        var table = MarkdownTable([
            "command", "value", "pipeline", "commands/s", "p50 / p99 / p99.9 µs", "reference", "p50 ratio", "p99 ratio",
            "pauses", "reference",
        ])
        for result in measured {
            let latency = Report.latencies(result.latency, \.latency)
            table.append(
                Report.labels(result.workload) + [
                    Text.decimal(result.pacedCommandsPerSecond, 0), Text.percentiles(latency.ours),
                    Text.percentiles(latency.theirs), Text.ratio(result.latency.medianRatio(\.latency.p50)),
                    Text.ratio(result.latency.medianRatio(\.latency.p99)),
                    "\(result.latency.reduce(0) { $0 + $1.ours.pauses.count })",
                    "\(result.latency.reduce(0) { $0 + $1.theirs.pauses.count })",
                ])
        }
        return """
            ## Latency of a batch at half of saturation

            Batches are due at even intervals, at half of what the slower server reached, the same for both; latency
            counts from when a batch was due. A pause is more than 5 ms in which work was there and no reply came.

            \(table.text)
            \(pauses)
            """
    }

    /// How long the pauses were, and what the kernel says of the runs they were in.
    private var pauses: String {
        var lines: [String] = []
        var stalls = 0
        for result in measured {
            lines += Report.pauses(result.workload, identities.ours, result.latency.map(\.ours))
            lines += Report.pauses(result.workload, identities.theirs + " (reference)", result.latency.map(\.theirs))
            stalls += result.latency.reduce(0) { $0 + $1.ours.generatorStalls + $1.theirs.generatorStalls }
        }
        if stalls > 0 {
            lines.append(
                """
                - Something else had the generator's core \(stalls) times for more than 1 ms; what was due then was put \
                off.
                """
            )
        }
        return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
    }

    private static func pauses(_ workload: Workload, _ server: String, _ samples: [LatencySample]) -> [String] {
        let pauses = samples.flatMap(\.pauses)
        guard let longest = pauses.max() else { return [] }
        let waited = samples.filter { !$0.pauses.isEmpty }.reduce(0) { $0 + $1.runQueueNanoseconds }
        return [
            """
            - \(workload.name), \(server): pauses: \(pauses.count), the longest \(milliseconds(longest)) ms, all \
            \(milliseconds(pauses.reduce(0, +))) ms; others had its core for \(milliseconds(waited)) ms of these runs.
            """
        ]
    }

    static func milliseconds(_ nanoseconds: UInt64) -> String { Text.decimal(Double(nanoseconds) / 1e6, 1) }

    private static func latencies<Sample>(
        _ pairs: [Sides<Sample>], _ latency: (Sample) -> Percentiles
    ) -> Sides<Percentiles> {
        Sides(
            ours: .medians(pairs.map { latency($0.ours) }), theirs: .medians(pairs.map { latency($0.theirs) }))
    }

    private func section(_ memory: MemoryResult) -> String {
        var table = MarkdownTable(["resident memory", "ours", "reference", "ratio"])
        func row(_ subject: String, _ sides: Sides<Double>, _ text: (Double) -> String) {
            table.append([subject, text(sides.ours), text(sides.theirs), Text.ratio(sides.ours / sides.theirs)])
        }
        let keys = Text.grouped(memory.keyCount)
        row("empty, MiB", memory.empty.map(Double.init)) { Text.mebibytes(Int($0)) }
        row("10,000 keys in all, MiB", memory.withFewKeys.map(Double.init)) { Text.mebibytes(Int($0)) }
        row("bytes per key, \(keys) keys", memory.plain) { Text.decimal($0, 1) }
        row("bytes per key, \(keys) keys with expiry", memory.expiring) { Text.decimal($0, 1) }
        return
            """
            ## Memory

            Keys and values of 16 bytes. Bytes per key are VmRSS over that of the empty server.

            \(table.text)
            """
    }

    private var engine: String {
        var table = MarkdownTable(["command", "ns, one node", "two nodes over one"])
        for result in results.engine {
            table.append([
                result.operation.rawValue, Text.decimal(result.nanosecondsAlone, 1), Text.ratio(result.speedUp),
            ])
        }
        return """
            ## The engine without a network (\(EngineBenchmark.label))

            Parse, run, reply, in batches of \(EngineBenchmark.pipeline), keys and values of 16 bytes, a million keys a
            node, medians of \(options.engineRounds) rounds; each node on a thread and a core of its own.

            \(table.text)
            """
    }

    private func text(of routing: RoutingResult) -> String {
        """
        ## Routing

        A GET in batches of \(EngineBenchmark.pipeline) takes \(Text.decimal(routing.plain, 0)) instructions on a node by \
        itself and \(Text.decimal(routing.clustered, 0)) on one of a cluster (callgrind).
        """
    }

    private var bars: String {
        var table = MarkdownTable(["bar", "limit", "measured", ""])
        for bar in results.bars {
            let verdict = bar.isMet.map { $0 ? "met" : "**missed**" } ?? "not measured"
            table.append([bar.subject, bar.limitText, bar.measuredText ?? "–", verdict])
        }
        return "## Bars\n\n\(table.text)"
    }
}

/// Where a run took place.
enum Machine {
    static var description: String {
        var name = utsname()
        uname(&name)
        let kernel = withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return "\(processor), \(Core.count) cores, Linux \(kernel)"
    }

    private static var processor: String {
        let line = (textOfFile("/proc/cpuinfo") ?? "").split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { String($0.drop { $0 == " " }) } ?? "unknown processor"
    }
}
