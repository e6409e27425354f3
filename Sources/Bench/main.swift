import Glibc

/// Measures what the options ask for.
func measure(_ options: Options) throws(BenchmarkFailure) -> Results {
    var results = Results()
    if options.network { results.network = try NetworkBenchmark.run(options) }
    if options.memory { results.memory = try MemoryBenchmark.run(options) }
    if options.engine { results.engine = try EngineBenchmark.run(options) }
    return results
}

/// Runs the benchmark and prints the report.
func run(_ arguments: [String]) throws(BenchmarkFailure) {
    let options = try Options(arguments)
    guard Core.count > Core.client else {
        throw BenchmarkFailure("two cores are needed, one each for server and client")
    }
    ChildProcesses.killAllWhenInterrupted()
    try Core.pin(to: Core.client)
    let identities = try options.identities()
    let report = Report(options: options, identities: identities, results: try measure(options)).text
    print(report)
    if let path = options.markdown { try write(report, to: path) }
}

/// Writes text to a file, which is replaced.
func write(_ text: String, to path: String) throws(BenchmarkFailure) {
    guard let file = fopen(path, "w") else { throw .system(path) }
    let written = fputs(text, file)
    guard fclose(file) == 0, written >= 0 else { throw .system(path) }
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.contains("--help") || arguments.contains("-h") {
    print(Options.usage)
    exit(0)
}
do throws(BenchmarkFailure) {
    try run(arguments)
} catch {
    ChildProcesses.killAll()
    progress("apus-bench: \(error.text)")
    exit(1)
}
