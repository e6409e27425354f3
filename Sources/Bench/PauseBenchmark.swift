import Glibc

/// One key of many members, filled, read and deleted in turn while another client sends PING after PING.
struct PauseResult: Sendable {
    let subject: String
    let phase: String
    let sides: Sides<PauseSample>
}

/// What one server did in one phase.
struct PauseSample: Sendable {
    /// Commands that took the server longer than `PauseBenchmark.limitMicroseconds` by its own clock.
    let slowCommands: Int
    /// What its slow log says of the latest of them.
    let slowLog: String
    /// Batches, each with a PING, that cost the server more CPU time than that: what only waited for the core costs none.
    let busyBatches: Int
    /// PINGs, from sending to reply.
    let longestNanoseconds: UInt64
    let p999Nanoseconds: Double
    /// How long the server was ready to run while something else had its core.
    let runQueueNanoseconds: UInt64

    /// Commands that were slow by the server's clock and not for want of the core.
    var pauses: Int { min(slowCommands, busyBatches) }
}

/// Tells whether a large value makes a server deaf.
struct PauseBenchmark {
    static let limitMicroseconds = 5000
    private static let readingSeconds = 2.0
    private static let afterDeletionSeconds = 0.5

    private let options: Options

    /// Measures the values that the options let through. One that fails is told of in `failures`.
    static func run(_ options: Options, _ failures: inout [String]) -> [PauseResult] {
        let benchmark = PauseBenchmark(options: options)
        var results: [PauseResult] = []
        for value in PauseValue.all(count: options.pauseMembers) where options.includes(value.name) {
            do throws(BenchmarkFailure) {
                results += try benchmark.measure(value)
            } catch {
                failures.append("\(value.name): \(error.text)")
                progress(failures.last!)
            }
        }
        return results
    }

    private func measure(_ value: PauseValue) throws(BenchmarkFailure) -> [PauseResult] {
        progress("pauses: \(value.subject)")
        let samples = try Sides(ours: options.ours, theirs: options.theirs).map { program throws(BenchmarkFailure) in
            let server = try ServerProcess(program)
            defer { server.stop() }
            return try PauseBenchmark.phases(value, on: server)
        }
        return zip(samples.ours, samples.theirs).map { ours, theirs in
            PauseResult(
                subject: value.subject, phase: ours.phase,
                sides: Sides(ours: ours.sample, theirs: theirs.sample))
        }
    }

    private static func phases(
        _ value: PauseValue, on server: ServerProcess
    ) throws(BenchmarkFailure) -> [(phase: String, sample: PauseSample)] {
        let prober = try Prober(server)
        let filled = try prober.observe { prober throws(BenchmarkFailure) in
            try prober.sendEveryKey(of: value.filling)
        }
        let read = try prober.observe { prober throws(BenchmarkFailure) in
            let end = Clock.now() + Clock.nanoseconds(readingSeconds)
            while Clock.now() < end { for reading in value.readings { try prober.sendBatches(of: reading) } }
        }
        let deleted = try prober.observe { prober throws(BenchmarkFailure) in
            try prober.sendEveryKey(of: value.deletion)
            try prober.probe(seconds: afterDeletionSeconds)
        }
        return [("filled", filled), ("read", read), ("deleted", deleted)]
    }
}

/// A client that loads a server and one that sends it PINGs, in turn on one thread: a PING follows each batch at once,
/// and so tells how long the server is busy with it.
private final class Prober {
    private static let request = Array("PING\r\n".utf8)
    private static let replyLength = "+PONG\r\n".utf8.count
    private static let batchesInTurn = 50

    private let server: ServerProcess
    private let control: ControlConnection
    private let load: Int32
    private let pings: Int32
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    private var seed: UInt64 = 0x5EED
    private var histogram = Histogram()
    private var longest: UInt64 = 0
    private var busyBatches = 0

    init(_ server: ServerProcess) throws(BenchmarkFailure) {
        self.server = server
        control = try ControlConnection(port: server.port)
        load = try Loopback.connect(port: server.port)
        pings = try Loopback.connect(port: server.port)
        try control.call("CONFIG", "SET", "slowlog-log-slower-than", "\(PauseBenchmark.limitMicroseconds)")
    }

    deinit {
        close(load)
        close(pings)
        input.deallocate()
    }

    /// What was seen while `body` ran.
    func observe(_ body: (Prober) throws(BenchmarkFailure) -> Void) throws(BenchmarkFailure) -> PauseSample {
        (histogram, longest, busyBatches) = (Histogram(), 0, 0)
        try control.call("SLOWLOG", "RESET")
        let waited = server.runQueueNanoseconds
        try body(self)
        let slow = Int(try control.call("SLOWLOG", "LEN")) ?? 0
        return PauseSample(
            slowCommands: slow, slowLog: slow > 0 ? String(try control.call("SLOWLOG", "GET", "1").prefix(120)) : "",
            busyBatches: busyBatches, longestNanoseconds: longest, p999Nanoseconds: histogram.quantile(0.999),
            runQueueNanoseconds: max(server.runQueueNanoseconds, waited) - waited)
    }

    /// Sends every key of a load in order, a PING behind each batch.
    func sendEveryKey(of workload: Workload) throws(BenchmarkFailure) {
        let batches = (workload.commandsForEveryKey + workload.pipeline - 1) / workload.pipeline
        try send(workload, batches: batches, order: .sequential)
    }

    /// Sends some batches with random keys, a PING behind each.
    func sendBatches(of workload: Workload) throws(BenchmarkFailure) {
        seed &+= 2
        try send(workload, batches: Prober.batchesInTurn, order: .random)
    }

    private func send(_ workload: Workload, batches: Int, order: KeyWriter.Order) throws(BenchmarkFailure) {
        let template = workload.template
        var requests = template.bytes
        var keys = KeyWriter(keyCount: workload.keyCount, order: order, seed: seed)
        var scanner = ReplyScanner(workload.reply)
        for _ in 0..<batches {
            requests.withUnsafeMutableBytes { requests in
                template.places.withUnsafeBufferPointer { keys.rewrite(requests.baseAddress!, at: $0) }
            }
            let cpu = server.cpuNanoseconds
            try send(requests, on: load)
            repeat { try ping() } while !isReadable(load)
            var missing = workload.pipeline
            while missing > 0 { missing -= try scanner.scan(try receive(on: load)) }
            if server.cpuNanoseconds - cpu > UInt64(PauseBenchmark.limitMicroseconds) * 1000 { busyBatches += 1 }
        }
    }

    /// Only sends PINGs.
    func probe(seconds: Double) throws(BenchmarkFailure) {
        let end = Clock.now() + Clock.nanoseconds(seconds)
        while Clock.now() < end { try ping() }
    }

    private func ping() throws(BenchmarkFailure) {
        let start = Clock.now()
        try send(Prober.request, on: pings)
        var missing = Prober.replyLength
        while missing > 0 { missing -= try receive(on: pings).count }
        let time = Clock.now() - start
        histogram.add(time)
        longest = max(longest, time)
    }

    private func send(_ bytes: [UInt8], on socket: Int32) throws(BenchmarkFailure) {
        guard Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw .system("send") }
    }

    private func receive(on socket: Int32) throws(BenchmarkFailure) -> UnsafeRawBufferPointer {
        let count = recv(socket, input.baseAddress!, input.count, 0)
        guard count > 0 else { throw count == 0 ? BenchmarkFailure("the server closed a connection") : .system("recv") }
        return UnsafeRawBufferPointer(rebasing: input[..<count])
    }

    private func isReadable(_ socket: Int32) -> Bool {
        var state = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&state, 1, 0) > 0
    }
}
