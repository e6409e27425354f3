/// Commands on strings, with values of several sizes, at several pipelines.
struct NetworkBenchmark {
    static let pipelines = [1, 16, 64]
    static let valueSizes = [16, 512, 16384]

    /// Measures all workloads that the options let through.
    static func run(_ options: Options) throws(BenchmarkFailure) -> [NetworkResult] {
        let comparison = try Comparison(options)
        var results: [NetworkResult] = []
        for size in valueSizes {
            let workloads = workloads(valueBytes: size).filter { options.includes($0.name) }
            if workloads.isEmpty { continue }
            progress("loading keys with values of \(size) bytes")
            try comparison.flush()
            for load in Workload.preloads(valueBytes: size, keyCount: Workload.keyCount(valueBytes: size)) {
                try comparison.load(load)
            }
            for workload in workloads { results.append(try comparison.measure(workload)) }
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
}
