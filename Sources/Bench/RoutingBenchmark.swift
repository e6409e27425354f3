import Glibc

/// What a GET costs a node by itself and one of a cluster, in instructions.
struct RoutingResult: Sendable {
    let plain: Double
    let clustered: Double

    var ratio: Double { clustered / plain }
}

/// A few per cent are not told by clocks, so callgrind counts the instructions of this program, once with few GETs and once
/// with many: what both have in common is left out.
struct RoutingBenchmark {
    static let name = "routing"
    /// With this the program is the one that is counted.
    static let countedArgument = "--counted"

    private static let (fewBatches, manyBatches) = (1000, 5000)
    private static let workload = Workload(
        operation: .get, valueBytes: 16, pipeline: EngineBenchmark.pipeline, keyCount: 1000)

    static func run(_ failures: inout [String]) -> RoutingResult? {
        do throws(BenchmarkFailure) {
            progress("routing: counting instructions")
            return RoutingResult(plain: try cost(isClustered: false), clustered: try cost(isClustered: true))
        } catch {
            failures.append("routing: \(error.text)")
            progress(failures.last!)
            return nil
        }
    }

    /// Instructions of a GET.
    private static func cost(isClustered: Bool) throws(BenchmarkFailure) -> Double {
        let few = try instructions(fewBatches, isClustered: isClustered)
        let many = try instructions(manyBatches, isClustered: isClustered)
        return (many - few) / Double((manyBatches - fewBatches) * workload.pipeline)
    }

    private static func instructions(_ batches: Int, isClustered: Bool) throws(BenchmarkFailure) -> Double {
        let own = Options.siblingOfThisProgram("apus-bench")
        // Valgrind gives up where it does not understand what the compiler writes for debuggers.
        let command =
            "strip --strip-debug -o \(own)-counted \(own) && "
            + "valgrind --tool=callgrind --callgrind-out-file=/dev/null \(own)-counted \(countedArgument) "
            + "\(isClustered ? "clustered" : "plain") \(batches) 2>&1"
        guard let pipe = popen(command, "r") else { throw .system("valgrind") }
        var line = [CChar](repeating: 0, count: 4096)
        var count: Double?
        while fgets(&line, Int32(line.count), pipe) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let words = text.split { $0 == " " || $0 == "\n" }
            if words.contains("Collected") { count = words.last.flatMap { Double($0) } }
        }
        guard pclose(pipe) == 0, let count else { throw BenchmarkFailure("valgrind has counted nothing") }
        return count
    }

    /// What is counted: `clustered` or `plain`, and a number of batches.
    static func runCounted(_ arguments: [String]) throws(BenchmarkFailure) {
        guard arguments.count == 2, let batches = Int(arguments[1]) else {
            throw BenchmarkFailure("\(countedArgument) needs a mode and a number")
        }
        var engine = NodeEngine(isClustered: arguments[0] == "clustered")
        for load in Workload.preloads(valueBytes: 16, keyCount: workload.keyCount) {
            var feeder = Feeder(load, order: .sequential)
            for _ in 0..<(load.keyCount + load.pipeline - 1) / load.pipeline { try feeder.feed(&engine) }
        }
        var feeder = Feeder(workload, order: .random)
        for _ in 0..<batches { try feeder.feed(&engine) }
    }
}
