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

            \(Machine.description). Caches of \(Text.grouped(scale.cached)) keys, \(Text.grouped(scale.requests)) requests a trace:
            GET and, on a miss, SET with a value of \(EvictionSubject.valueBytes) bytes, the same to all servers at the same time,
            \(Text.decimal(seconds.min() ?? 0, 0)) to \(Text.decimal(seconds.max() ?? 0, 0)) seconds for each trace. The first fifth of a trace is not counted. `maxmemory` of each
            server is what it uses with so many keys, corrected three times while the caches fill by the number of keys
            that it holds; other settings are the servers' own. The last one has the least `maxmemory` of the reference's.

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
        var table = MarkdownTable(["trace", "same number of keys", "same maxmemory", "bar", ""])
        var sums = (keys: 0.0, memory: 0.0)
        for result in results {
            guard let keys = result.ratio(of: EvictionBenchmark.subject),
                let memory = result.ratio(of: EvictionBenchmark.subjectInSameMemory)
            else { continue }
            table.append([result.trace] + cells(keys, memory, atMost: 1.05))
            sums = (sums.keys + keys, sums.memory + memory)
        }
        let count = Double(max(1, results.count))
        table.append(["average"] + cells(sums.keys / count, sums.memory / count, atMost: 0.9))
        return "## \(EvictionBenchmark.subject): misses over the best of the reference\n\n\(table.text)"
    }

    private func cells(_ keys: Double, _ memory: Double, atMost bound: Double) -> [String] {
        let verdict = [keys, memory].map { $0 <= bound ? "met" : "missed" }
        return [
            Text.decimal(keys, 3), Text.decimal(memory, 3), "≤ \(Text.decimal(bound, 2))",
            verdict[0] == verdict[1] ? verdict[0] : "\(verdict[0]), \(verdict[1])",
        ]
    }
}
