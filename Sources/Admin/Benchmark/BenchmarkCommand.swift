import ArgumentParser
import Primitives

/// Puts a node or a cluster under load.
struct BenchmarkCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Puts a node or a cluster under load, and says how it bears it.")

    @Argument(help: "The node, or any node of the cluster: host:port.")
    var address = "127.0.0.1:6379"

    @Argument(
        parsing: .postTerminator,
        help: "A command of your own, behind --; __key__ stands for the key's number, __data__ for the value.")
    var words: [String] = []

    @Option(name: .shortAndLong, help: "Runs, one after the other: names of requests, separated by commas.")
    var tests = "set,get"

    @Option(help: "One run of several requests with their weights: get=9,set=1.")
    var mix: String?

    @Option(name: .shortAndLong, help: "How many clients there are, each with connections of its own.")
    var clients = 50

    @Option(name: [.customShort("P"), .long], help: "How many requests a client sends at once.")
    var pipeline = 1

    @Option(help: "How many threads send.")
    var threads = 1

    @Option(
        help: "Requests a second, all together: due at times of their own (an open loop). As many as go, unless said.")
    var rate: Double?

    @Option(name: .shortAndLong, help: "How many requests a run has, instead of a time.")
    var number: Int?

    @Option(help: "How long a run takes, in seconds.")
    var seconds = 5.0

    @Option(help: "How long load is there before anything is measured, in seconds.")
    var warmUp = 0.5

    @Option(name: [.customShort("r"), .long], help: "How many different keys there are.")
    var keys = 100_000

    @Option(help: "Which key is next: uniform, zipf or sequential.")
    var distribution = "uniform"

    @Option(help: "The exponent of zipf: the larger, the more it is about few keys.")
    var exponent = 0.99

    @Option(name: [.customShort("d"), .long], help: "The size of values, in bytes.")
    var dataSize = 16

    @Flag(name: [.customShort("3"), .customLong("resp3")], help: "Speak RESP3.")
    var resp3 = false

    @Flag(help: "Send each request to the owner of its slot.")
    var cluster = false

    @Flag(help: "Set all keys before, unmeasured.")
    var fill = false

    @Option(help: "A second address that bears the same load, in turns; its figures and the ratios are shown.")
    var compare: String?

    @Option(help: "How often each run is repeated, in turns; medians are shown.")
    var rounds: Int?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...100_000).contains(clients), (1...10_000).contains(pipeline), (1...256).contains(threads) else {
            throw ValidationError("--clients, --pipeline and --threads are at least 1.")
        }
        guard threads <= clients else { throw ValidationError("Every thread has at least one client.") }
        guard (1...1_000_000_000).contains(keys), (0...512 << 20).contains(dataSize) else {
            throw ValidationError("--keys is 1 to 1000000000, --data-size at most 512 MiB.")
        }
        guard seconds > 0, seconds < 1e6, warmUp >= 0, warmUp < 1e6, number ?? 1 > 0, rounds ?? 1 > 0 else {
            throw ValidationError("--seconds, --number and --rounds are more than 0.")
        }
        guard rate ?? 1 > 0, rate?.isFinite != false else { throw ValidationError("--rate is more than 0.") }
        guard ["uniform", "zipf", "sequential"].contains(distribution), exponent > 0, exponent <= 10 else {
            throw ValidationError("--distribution is uniform, zipf or sequential; --exponent more than 0, at most 10.")
        }
    }

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        var targets: [(name: String, map: LoadMap)] = []
        for word in [address, compare].compactMap(\.self) {
            let address = try SeedArgument.parse([word])
            targets.append((word, cluster ? LoadMap(try tool.view(of: address)) : LoadMap(address)))
        }
        let data = [UInt8](repeating: UInt8(ascii: "x"), count: dataSize)
        if fill { for target in targets { try run(tool, "filling \(target.name)", filling(data), target.map) } }
        var items: [JSON] = []
        for mix in try mixes(data) { items.append(try measure(tool, plan(mix), targets)) }
        return Report(members: [.init("runs", .array(items))])
    }

    private func mixes(_ data: [UInt8]) throws(AdminFailure) -> [RequestMix] {
        if !words.isEmpty { return [RequestMix(words.joined(separator: " "), words, data: data)] }
        if let mix { return [try RequestMix(mix, data: data)] }
        var mixes: [RequestMix] = []
        for name in tests.split(separator: ",") { mixes.append(try RequestMix(String(name), data: data)) }
        return mixes
    }

    private func plan(_ mix: RequestMix) -> LoadPlan {
        let distribution: KeyDistribution =
            switch distribution {
            case "zipf": .zipf(exponent)
            case "sequential": .sequential
            default: .uniform
            }
        return LoadPlan(
            mix: mix, keys: distribution, keyCount: keys, clients: clients, pipeline: pipeline, threads: threads,
            seconds: seconds, requests: number, warmUpSeconds: warmUp, rate: rate, speaksRESP3: resp3)
    }

    private func filling(_ data: [UInt8]) throws(AdminFailure) -> LoadPlan {
        LoadPlan(
            mix: try RequestMix("set", data: data), keys: .sequential, keyCount: keys, clients: 1, pipeline: 100,
            threads: 1, seconds: 0, requests: keys, warmUpSeconds: 0, rate: nil, speaksRESP3: false)
    }

    // MARK: Measuring

    /// The same load for each target in turns, and what came of it.
    private func measure(
        _ tool: Tool, _ plan: LoadPlan, _ targets: [(name: String, map: LoadMap)]
    ) throws(AdminFailure) -> JSON {
        var results = targets.map { _ in [LoadResult]() }
        for round in 0..<(rounds ?? (targets.count > 1 ? 3 : 1)) {
            for index in targets.indices {
                let title = "\(plan.mix.name) at \(targets[index].name)" + (round > 0 ? ", round \(round + 1)" : "")
                results[index].append(try run(tool, title, plan, targets[index].map))
            }
        }
        let medians = results.map { $0.sorted { $0.rate < $1.rate }[$0.count / 2] }
        for (target, result) in zip(targets, medians) {
            tool.console.say("\(plan.mix.name) at \(target.name): \(result.text)")
        }
        var members: [JSON.Member] = [.init("name", .text(plan.mix.name))]
        members += zip(targets, medians).enumerated().map { number, pair in
            .init(number == 0 ? "result" : "other", pair.1.json)
        }
        if results.count == 2 {
            let ratios = BenchmarkCommand.ratios(results[0], results[1])
            let texts = ratios.map { "\($0.name) \(BenchmarkCommand.rounded($0.value))" }
            tool.console.say("\(plan.mix.name), first to second: \(texts.joined(separator: ", "))")
            members.append(.init("ratios", .object(ratios.map { .init($0.name, .number($0.value)) })))
        }
        return .object(members)
    }

    /// The first's medians in parts of the second's.
    static func ratios(_ first: [LoadResult], _ second: [LoadResult]) -> [(name: String, value: Double)] {
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        func ratio(_ figure: (LoadResult) -> Double) -> Double {
            let base = median(second.map(figure))
            return base == 0 ? .nan : median(first.map(figure)) / base
        }
        return [("throughput", ratio { $0.rate })]
            + [50, 99, 99.9].map { percent in
                ("p" + LoadResult.name(percent), ratio { Double($0.latency.percentile(percent)) })
            }
    }

    private static func rounded(_ value: Double) -> String {
        value.isFinite ? "\((value * 100).rounded() / 100)" : "unknown"
    }

    @discardableResult
    private func run(_ tool: Tool, _ title: String, _ plan: LoadPlan, _ map: LoadMap) throws(AdminFailure) -> LoadResult
    {
        let workers = (0..<plan.threads).map { LoadWorker(plan, map, tool.settings, number: $0) }
        for worker in workers { worker.launch() }
        while !workers.allSatisfy({ $0.isReady.load(ordering: .acquiring) }) { Console.pause(milliseconds: 1) }
        let start = LoadWorker.now
        for worker in workers { worker.start.store(start, ordering: .releasing) }
        show(tool, title, plan, workers)
        var result = LoadResult()
        for worker in workers {
            worker.join()
            if let failure = worker.failure { throw failure }
            result.add(worker.result)
        }
        return result
    }

    /// A line that is written anew while load runs.
    private func show(_ tool: Tool, _ title: String, _ plan: LoadPlan, _ workers: [LoadWorker]) {
        var (last, time) = (0, LoadWorker.now)
        guard tool.console.hasBar else { return }
        while !workers.allSatisfy({ $0.hasEnded.load(ordering: .acquiring) }) {
            Console.pause(milliseconds: 50)
            guard LoadWorker.now - time >= 500_000_000 else { continue }
            let count = workers.reduce(0) { $0 + $1.answered.load(ordering: .relaxed) }
            let rate = Int(Double(count - last) * 1e9 / Double(LoadWorker.now - time))
            (last, time) = (count, LoadWorker.now)
            tool.console.bar(String("\(title): \(rate) requests/s, \(count) in all".prefix(tool.console.width - 1)))
        }
        tool.console.bar("")
    }
}
