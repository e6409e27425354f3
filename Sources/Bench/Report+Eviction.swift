/// Which policy keeps the right keys.
struct EvictionReport {
    let options: Options
    let identities: Sides<String>
    let results: [EvictionResult]
    let failures: [String]

    var text: String {
        var parts = [heading, hitRatios, verdict]
        if !failures.isEmpty { parts.append("## Not measured\n\n" + failures.map { "- \($0)\n" }.joined()) }
        return parts.joined(separator: "\n")
    }

    private var heading: String {
        let scale = options.evictionScale
        let seconds = results.map(\.seconds)
        return """
            # Eviction: \(identities.ours) beside \(identities.theirs)

            \(Machine.description). \(Text.grouped(scale.requests)) requests a trace: GET and, on a miss, SET with a value of
            \(EvictionSubject.valueBytes) bytes, the same to all servers at the same time, \(Text.decimal(seconds.min() ?? 0, 0)) to \(Text.decimal(seconds.max() ?? 0, 0)) seconds for each trace. The
            servers are full from the beginning on, and the first fifth of a trace is not counted. The reference and the last
            one have a `maxmemory` of \(scale.limit >> 20) MB; the others have what holds as many keys as the reference does, corrected
            four times while the caches warm up. Other settings are the servers' own.

            \(results.map { "- \($0.trace): \($0.summary)." }.joined(separator: "\n"))

            """
    }

    private var hitRatios: String {
        let names = results.first?.outcomes.map(\.name) ?? []
        var table = MarkdownTable(["trace"] + names)
        for result in results {
            table.append([result.trace] + result.outcomes.map { Text.decimal($0.hitRatio * 100, 2) + " %" })
        }
        table.append(["keys held at the end"] + names.indices.map { index in keysHeld(index) })
        return "## Hit ratios\n\n\(table.text)"
    }

    private func keysHeld(_ index: Int) -> String {
        let keys = results.map { $0.outcomes[index].keys }
        return "\(Text.grouped(keys.min() ?? 0)) – \(Text.grouped(keys.max() ?? 0))"
    }

    private var verdict: String {
        var table = MarkdownTable(["trace", "same maxmemory", "bar", "", "the policy alone: same number of keys"])
        var sums = (memory: 0.0, keys: 0.0)
        for result in results {
            guard let memory = result.ratio(of: EvictionBenchmark.subjectInSameMemory),
                let keys = result.ratio(of: EvictionBenchmark.subject)
            else { continue }
            table.append([result.trace] + cells(memory, keys, atMost: 1.05))
            sums = (sums.memory + memory, sums.keys + keys)
        }
        let count = Double(max(1, results.count))
        table.append(["average"] + cells(sums.memory / count, sums.keys / count, atMost: 0.9))
        return "## allkeys-s3fifo: misses over the best of the reference\n\n\(table.text)"
    }

    private func cells(_ memory: Double, _ keys: Double, atMost bound: Double) -> [String] {
        [
            Text.decimal(memory, 3), "≤ \(Text.decimal(bound, 2))", memory <= bound ? "met" : "missed",
            Text.decimal(keys, 3),
        ]
    }
}
