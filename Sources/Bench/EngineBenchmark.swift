import Glibc

/// The engine without a network: parse, run, reply.
struct EngineResult: Sendable {
    struct Round: Sendable {
        /// Nanoseconds per command of one node while the other rests, the mean of both nodes.
        let nanosecondsAlone: Double
        /// Commands per second of both nodes together over that of one alone.
        let speedUp: Double
    }

    let operation: Operation
    let rounds: [Round]

    var nanosecondsAlone: Double { median(rounds.map(\.nanosecondsAlone)) }
    var speedUp: Double { median(rounds.map(\.speedUp)) }
}

/// Two nodes on two threads, each on a core of its own, run alone in turn and then together.
struct EngineBenchmark {
    /// For `--only`.
    static let name = "engine"
    static let operations: [Operation] = [.get, .set, .increment]
    static let pipeline = 16
    static let keyCount = 1_000_000

    /// What was measured.
    static var label: String { label(of: makeEngine()) }

    private static func label<Node: Engine & ~Copyable>(of engine: consuming Node) -> String { Node.label }

    static func run(_ options: Options) throws(BenchmarkFailure) -> [EngineResult] {
        progress("engine: loading two nodes")
        let nodes = [NodeThread(core: Core.server), NodeThread(core: Core.client)]
        defer { for node in nodes { node.end() } }
        for load in Workload.preloads(valueBytes: 16, keyCount: keyCount) {
            for node in nodes { node.begin(.load(load)) }
            for node in nodes { _ = try node.finish() }
        }
        var results: [EngineResult] = []
        for operation in operations { results.append(try measure(operation, nodes, options)) }
        return results
    }

    private static func measure(
        _ operation: Operation, _ nodes: [NodeThread], _ options: Options
    ) throws(BenchmarkFailure) -> EngineResult {
        let workload = Workload(operation: operation, valueBytes: 16, pipeline: pipeline, keyCount: keyCount)
        var rounds: [EngineResult.Round] = []
        for _ in 0..<options.engineRounds {
            var alone: [Double] = []
            for node in nodes { alone.append(try commandsPerSecond([node], workload, options.seconds)) }
            let mean = alone.reduce(0, +) / Double(alone.count)
            let together = try commandsPerSecond(nodes, workload, options.seconds)
            rounds.append(EngineResult.Round(nanosecondsAlone: 1e9 / mean, speedUp: together / mean))
        }
        let result = EngineResult(operation: operation, rounds: rounds)
        progress("engine \(operation.rawValue): speed-up \(Text.ratio(result.speedUp))")
        return result
    }

    /// What the nodes reach together when they run at the same time.
    private static func commandsPerSecond(
        _ nodes: [NodeThread], _ workload: Workload, _ seconds: Double
    ) throws(BenchmarkFailure) -> Double {
        let start = Clock.now() + 2_000_000
        for node in nodes { node.begin(.measure(workload, start: start, end: start + Clock.nanoseconds(seconds))) }
        var sum = 0.0
        for node in nodes { sum += try node.finish() }
        return sum
    }
}

/// A thread on a core of its own with a node that only it touches. Work is handed over through two semaphores: what is
/// written before one is posted is seen after it was waited for, so the plain fields between them need no lock.
final class NodeThread: @unchecked Sendable {
    enum Work: Sendable {
        /// Runs every key through the node.
        case load(Workload)
        /// Runs random keys between two times of the monotonic clock.
        case measure(Workload, start: UInt64, end: UInt64)
        case end
    }

    private let core: Int
    private let given = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    private let done = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    private var thread = pthread_t()
    private var work = Work.end
    private var result = Result<Double, BenchmarkFailure>.success(0)

    init(core: Int) {
        self.core = core
        sem_init(given, 0, 0)
        sem_init(done, 0, 0)
        let node = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { node in
                Unmanaged<NodeThread>.fromOpaque(node!).takeRetainedValue().main()
                return nil
            }, node)
        precondition(status == 0, "no thread can be started")
    }

    deinit {
        sem_destroy(given)
        sem_destroy(done)
        given.deallocate()
        done.deallocate()
    }

    /// Hands work over; `finish` waits for it.
    func begin(_ work: Work) {
        self.work = work
        sem_post(given)
    }

    /// Waits for the work handed over and returns its commands per second.
    func finish() throws(BenchmarkFailure) -> Double {
        while sem_wait(done) != 0 {}
        return try result.get()
    }

    /// Ends the thread.
    func end() {
        begin(.end)
        pthread_join(thread, nil)
    }

    private func main() {
        var engine = makeEngine()
        while true {
            while sem_wait(given) != 0 {}
            if case .end = work { return }
            do throws(BenchmarkFailure) {
                try Core.pin(to: core)
                result = .success(try NodeThread.carryOut(work, &engine))
            } catch {
                result = .failure(error)
            }
            sem_post(done)
        }
    }

    private static func carryOut<Node: Engine & ~Copyable>(
        _ work: Work, _ engine: inout Node
    ) throws(BenchmarkFailure) -> Double {
        switch work {
        case .load(let workload):
            var feeder = Feeder(workload, order: .sequential)
            for _ in 0..<(workload.keyCount + workload.pipeline - 1) / workload.pipeline { try feeder.feed(&engine) }
            return 0
        case .measure(let workload, let start, let end):
            var feeder = Feeder(workload, order: .random)
            return try feeder.feed(&engine, from: start, until: end)
        case .end:
            return 0
        }
    }
}

/// Batches of requests for an engine, and a check that it replies to each.
struct Feeder: ~Copyable {
    private let workload: Workload
    private let requests: UnsafeMutableRawBufferPointer
    private let places: UnsafeMutableBufferPointer<RequestTemplate.Place>
    private let replyBytes: Int
    private var keys: KeyWriter

    init(_ workload: Workload, order: KeyWriter.Order) {
        let template = workload.template
        self.workload = workload
        requests = UnsafeMutableRawBufferPointer.allocate(byteCount: template.bytes.count, alignment: 64)
        requests.copyBytes(from: template.bytes)
        places = UnsafeMutableBufferPointer.allocate(capacity: template.places.count)
        _ = places.initialize(from: template.places)
        replyBytes = workload.reply.length * workload.pipeline
        keys = KeyWriter(keyCount: workload.keyCount, order: order, seed: Clock.now())
    }

    deinit {
        requests.deallocate()
        places.deallocate()
    }

    /// Runs one batch.
    @inline(__always)
    mutating func feed<Node: Engine & ~Copyable>(_ engine: inout Node) throws(BenchmarkFailure) {
        keys.rewrite(requests.baseAddress!, at: UnsafeBufferPointer(places))
        let replied = engine.feed(UnsafeRawBufferPointer(requests))
        guard replied == replyBytes else {
            throw BenchmarkFailure("engine: \(replied) bytes of replies to \(workload.name) instead of \(replyBytes)")
        }
    }

    /// Runs batches between two times and returns the commands per second.
    mutating func feed<Node: Engine & ~Copyable>(
        _ engine: inout Node, from start: UInt64, until end: UInt64
    ) throws(BenchmarkFailure) -> Double {
        while Clock.now() < start {}
        var commands = 0
        var now = Clock.now()
        let begun = now
        while now < end {
            try feed(&engine)
            commands &+= workload.pipeline
            now = Clock.now()
        }
        return Double(commands) / Double(now - begun) * 1e9
    }
}
