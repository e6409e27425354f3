/// Workloads that each bring the data they need.
enum RowBenchmark {
    /// Measures all rows that the options let through, each group on empty servers. A row that fails is told of in
    /// `failures`, and the others go on.
    static func run(
        _ groups: [[Workload]], _ options: Options, _ failures: inout [String]
    ) throws(BenchmarkFailure) -> [NetworkResult] {
        let comparison = try Comparison(options)
        var results: [NetworkResult] = []
        for group in groups {
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
