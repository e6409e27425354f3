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

/// Memory from the outside: VmRSS of fresh processes before and after they are loaded.
struct MemoryBenchmark {
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

    private struct Growth {
        let before: Int
        let after: Int
        let keyCount: Int

        var bytesPerKey: Double { Double(after - before) / Double(keyCount) }
    }

    private func load(_ operation: Operation, keyCount: Int) throws(BenchmarkFailure) -> Sides<Growth> {
        progress("memory: \(keyCount) keys by \(operation.rawValue)")
        return try Sides(ours: options.ours, theirs: options.theirs).map { program throws(BenchmarkFailure) in
            try load(program, operation, keyCount: keyCount)
        }
    }

    private func load(
        _ program: ServerProgram, _ operation: Operation, keyCount: Int
    ) throws(BenchmarkFailure) -> Growth {
        let server = try ServerProcess(program)
        defer { server.stop() }
        Clock.sleep(seconds: 0.5)
        let before = server.residentBytes
        let workload = Workload(operation: operation, valueBytes: 16, pipeline: 16, keyCount: keyCount)
        try LoadGenerator(server, workload, connections: 4, order: .sequential).sendEveryKey()
        try MemoryBenchmark.check(server, holds: keyCount)
        Clock.sleep(seconds: 1)
        return Growth(before: before, after: server.residentBytes, keyCount: keyCount)
    }

    private static func check(_ server: ServerProcess, holds keyCount: Int) throws(BenchmarkFailure) {
        let size = try ControlConnection(port: server.port).call("DBSIZE")
        guard size == "\(keyCount)" else { throw BenchmarkFailure("\(size) keys instead of \(keyCount) after loading") }
    }
}
