/// Commands on lists, sets, hashes, sorted sets, streams, HyperLogLogs and bitmaps.
enum CollectionBenchmark {
    /// Measures all rows that the options let through. A row that fails is told of in `failures`, and the others go on.
    static func run(
        _ options: Options, _ failures: inout [String]
    ) throws(BenchmarkFailure) -> [NetworkResult] {
        let comparison = try Comparison(options)
        var results: [NetworkResult] = []
        for group in Workload.collections(seconds: options.seconds + options.warmUpSeconds) {
            let rows = group.filter { options.includes($0.name) }
            if rows.isEmpty { continue }
            try comparison.flush()
            var loaded: Set<String> = []
            for row in rows {
                do throws(BenchmarkFailure) {
                    for load in row.preloads where loaded.insert(load.name).inserted { try comparison.load(load) }
                    results.append(try comparison.measure(row))
                } catch {
                    failures.append("\(row.name): \(error.text)")
                    progress(failures.last!)
                }
            }
        }
        return results
    }
}
