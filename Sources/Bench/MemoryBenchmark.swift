/// Resident memory of both servers, in bytes.
struct MemoryResult: Sendable {
    let empty: Sides<Int>
    /// With 10,000 keys of 16 bytes and values of 16 bytes, all in all.
    let withFewKeys: Sides<Int>
    /// What the keys of the large load added.
    let keyCount: Int
    let plain: Sides<Double>
    let expiring: Sides<Double>

    static let fewKeys = 10_000
}

/// What one kind of collection added to resident memory, in bytes for each key or member.
struct CollectionMemoryResult: Sendable {
    let collection: CollectionMemory
    let bytes: Sides<Double>

    var ratio: Double { bytes.ours / bytes.theirs }
}

/// Memory from the outside: VmRSS of fresh processes before and after they are loaded.
struct MemoryBenchmark {
    /// For `--only`: the measurement of strings.
    static let name = "memory-strings"
    private let options: Options

    static func run(_ options: Options) throws(BenchmarkFailure) -> MemoryResult {
        let benchmark = MemoryBenchmark(options: options)
        let few = try benchmark.load(.set, keyCount: MemoryResult.fewKeys)
        let plain = try benchmark.load(.set, keyCount: options.memoryKeys)
        let expiring = try benchmark.load(.setExpiring, keyCount: options.memoryKeys)
        return MemoryResult(
            empty: few.map(\.before), withFewKeys: few.map(\.after), keyCount: options.memoryKeys,
            plain: plain.map(\.bytesPerKey), expiring: expiring.map(\.bytesPerKey))
    }

    /// Measures the collections that the options let through. One that fails is told of in `failures`.
    static func runCollections(_ options: Options, _ failures: inout [String]) -> [CollectionMemoryResult] {
        let benchmark = MemoryBenchmark(options: options)
        var results: [CollectionMemoryResult] = []
        for collection in CollectionMemory.all where options.includes(collection.name) {
            do throws(BenchmarkFailure) {
                let growth = try benchmark.load(
                    collection.load, keyCount: collection.unitCount, databaseSize: collection.databaseSize)
                results.append(CollectionMemoryResult(collection: collection, bytes: growth.map(\.bytesPerKey)))
            } catch {
                failures.append("\(collection.name): \(error.text)")
                progress(failures.last!)
            }
        }
        return results
    }

    private struct Growth {
        let before: Int
        let after: Int
        let keyCount: Int

        var bytesPerKey: Double { Double(after - before) / Double(keyCount) }
    }

    private func load(_ operation: Operation, keyCount: Int) throws(BenchmarkFailure) -> Sides<Growth> {
        let workload = Workload(operation: operation, valueBytes: 16, pipeline: 16, keyCount: keyCount)
        return try load(workload, keyCount: keyCount, databaseSize: keyCount)
    }

    /// - Parameter databaseSize: the keys there are after loading.
    private func load(
        _ workload: Workload, keyCount: Int, databaseSize: Int
    ) throws(BenchmarkFailure) -> Sides<Growth> {
        progress("memory: \(keyCount) by \(workload.label)")
        return try Sides(ours: options.ours, theirs: options.theirs).map { program throws(BenchmarkFailure) in
            let server = try ServerProcess(program)
            defer { server.stop() }
            Clock.sleep(seconds: 0.5)
            let before = server.residentBytes
            try Comparison.send(workload, to: server)
            try MemoryBenchmark.check(server, holds: databaseSize)
            Clock.sleep(seconds: 1)
            return Growth(before: before, after: server.residentBytes, keyCount: keyCount)
        }
    }

    private static func check(_ server: ServerProcess, holds keyCount: Int) throws(BenchmarkFailure) {
        let size = try ControlConnection(port: server.port).call("DBSIZE")
        guard size == "\(keyCount)" else { throw BenchmarkFailure("\(size) keys instead of \(keyCount) after loading") }
    }
}
