import Glibc

/// What a server did while it had as much to do as its clients could send.
struct SaturationSample: Sendable {
    /// CPU time of the server for each command.
    let cpuNanoseconds: Double
    let commandsPerSecond: Double
    /// CPU time of the server over elapsed time; more than one thread can exceed 1.
    let serverLoad: Double
    /// From the sending of a batch to its last reply.
    let latency: Percentiles
}

/// What a server did at a fixed rate.
struct LatencySample: Sendable {
    /// From the time at which a batch was due, sent then or not, to its last reply.
    let latency: Percentiles
    /// The lengths of pauses: work was there, and no reply came for more than `LoadGenerator.pauseNanoseconds`.
    let pauses: [UInt64]
    /// How long the server was ready to run while something else had its core.
    let runQueueNanoseconds: UInt64
    /// How often the generator itself was stopped for a millisecond or more; what was due then was put off.
    let generatorStalls: Int
}

/// A client of one server: one thread, many connections, one load.
///
/// Saturation is a closed loop: each connection sends its next batch when the last is answered. A fixed rate is an open
/// loop: batches are due at even intervals, connections in turn, and their latency counts from when they were due.
final class LoadGenerator {
    static let pauseNanoseconds: UInt64 = 5_000_000
    private static let patienceNanoseconds: UInt64 = 10_000_000_000
    /// The same for all, so that both sides get the same commands.
    private static let seed: UInt64 = 0x5EED

    let server: ServerProcess
    private let workload: Workload
    private let connectionCount: Int
    /// What serving one connection may take: longer, and something else had the generator's core.
    private let longestTurnNanoseconds: UInt64
    private let connections: UnsafeMutablePointer<LoadConnection>
    private let places: UnsafeMutableBufferPointer<RequestTemplate.Place>
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    private let epoll: Epoll
    private var keys: KeyWriter
    /// Their events have tags behind those of `connections`.
    private var subscribers: [ControlConnection] = []
    private var histogram = Histogram()
    private var commands = 0
    private var awaitedBatches = 0
    /// What the closed loop has still to send; none in an open one.
    private var batchesLeft = 0
    private var lastReply: UInt64 = 0

    init(
        _ server: ServerProcess, _ workload: Workload, connections wanted: Int, order: KeyWriter.Order = .random
    ) throws(BenchmarkFailure) {
        let template = workload.template
        let batchBytes = max(template.bytes.count, workload.reply.length * workload.pipeline)
        // As many connections as wanted, unless their batches or replies under way exceed 64 MiB.
        let count = max(min(2, wanted), min(wanted, (64 << 20) / batchBytes))
        longestTurnNanoseconds = 1_000_000 + UInt64(batchBytes)
        self.server = server
        self.workload = workload
        epoll = try Epoll.open()
        keys = KeyWriter(keyCount: workload.keyCount, order: order, seed: LoadGenerator.seed)
        places = UnsafeMutableBufferPointer.allocate(capacity: template.places.count)
        _ = places.initialize(from: template.places)
        connections = UnsafeMutablePointer.allocate(capacity: count)
        var opened = 0
        do throws(BenchmarkFailure) {
            while opened < count {
                let connection = try LoadConnection(port: server.port, template: template, workload: workload)
                try epoll.add(connection.socket, tag: opened, interest: Epoll.readable)
                (connections + opened).initialize(to: connection)
                opened += 1
            }
        } catch {
            connections.deinitialize(count: opened)
            throw error
        }
        connectionCount = count
        for index in 0..<workload.subscriberCount { try addSubscriber(tag: count + index) }
    }

    private func addSubscriber(tag: Int) throws(BenchmarkFailure) {
        let subscriber = try ControlConnection(port: server.port)
        try subscriber.call("SUBSCRIBE", Workload.channel)
        Loopback.makeNonblocking(subscriber.socket)
        try epoll.add(subscriber.socket, tag: tag, interest: Epoll.readable)
        subscribers.append(subscriber)
    }

    deinit {
        connections.deinitialize(count: connectionCount)
        connections.deallocate()
        places.deallocate()
        input.deallocate()
    }

    /// Runs the closed loop for `seconds` after a warm-up.
    func saturate(seconds: Double, warmUpSeconds: Double) throws(BenchmarkFailure) -> SaturationSample {
        try startClosedLoop()
        try turn(until: Clock.now() + Clock.nanoseconds(warmUpSeconds))
        histogram = Histogram()
        commands = 0
        let (start, cpuStart) = (Clock.now(), server.cpuNanoseconds)
        try turn(until: start + Clock.nanoseconds(seconds))
        let (elapsed, cpu) = (Double(Clock.now() - start), Double(server.cpuNanoseconds - cpuStart))
        let (measured, latency) = (Double(commands), Percentiles(histogram))
        try drain()
        guard measured > 0 else { throw BenchmarkFailure("no reply in \(seconds) seconds") }
        return SaturationSample(
            cpuNanoseconds: cpu / measured, commandsPerSecond: measured / elapsed * 1e9, serverLoad: cpu / elapsed,
            latency: latency)
    }

    /// Runs the closed loop until it is over, which is asked every few milliseconds. Returns commands per second.
    func saturate(until isOver: () -> Bool) throws(BenchmarkFailure) -> Double {
        try startClosedLoop()
        let start = Clock.now()
        commands = 0
        while !isOver() { try turn(until: Clock.now() + Clock.nanoseconds(0.005)) }
        let rate = Double(commands) / Double(Clock.now() - start) * 1e9
        try drain()
        return rate
    }

    /// Sends every key in turn, once where the pipeline divides their number.
    func sendEveryKey() throws(BenchmarkFailure) {
        try startClosedLoop(batches: (workload.commandsForEveryKey + workload.pipeline - 1) / workload.pipeline)
        while awaitedBatches > 0 { try turnOnce(timeoutMilliseconds: 100) }
    }

    private func startClosedLoop(batches: Int = .max) throws(BenchmarkFailure) {
        batchesLeft = batches
        lastReply = Clock.now()
        for index in 0..<min(connectionCount, batches) { try sendNextBatch(index) }
    }

    @inline(__always)
    private func sendNextBatch(_ index: Int) throws(BenchmarkFailure) {
        batchesLeft &-= 1
        try sendBatch(index, due: lastReply)
    }

    private func turn(until end: UInt64) throws(BenchmarkFailure) {
        while Clock.now() < end { try turnOnce(timeoutMilliseconds: 10) }
    }

    /// Waits for what is under way, and sends no more.
    private func drain() throws(BenchmarkFailure) {
        batchesLeft = 0
        while awaitedBatches > 0 { try turnOnce(timeoutMilliseconds: 100) }
    }

    /// Serves every connection that is ready.
    @inline(__always)
    private func turnOnce(timeoutMilliseconds: Int32) throws(BenchmarkFailure) {
        let count = try epoll.wait(timeoutMilliseconds: timeoutMilliseconds)
        for index in 0..<count { try serve(epoll.event(index)) }
        if count == 0 { try checkPatience(Clock.now()) }
    }

    private func checkPatience(_ now: UInt64) throws(BenchmarkFailure) {
        if awaitedBatches > 0, now > lastReply &+ LoadGenerator.patienceNanoseconds {
            throw BenchmarkFailure("\(workload.name): no reply for 10 seconds")
        }
    }

    @inline(__always)
    private func serve(_ event: (tag: Int, flags: UInt32)) throws(BenchmarkFailure) {
        if event.tag >= connectionCount { return try dropMessages(event.tag - connectionCount) }
        if event.flags & Epoll.writable != 0 { try resume(event.tag) }
        guard event.flags & ~Epoll.writable != 0 else { return }
        var ended = 0
        let replies = try connections[event.tag].receive(into: input) { due in
            ended &+= 1
            lastReply = Clock.now()
            histogram.add(lastReply &- min(due, lastReply))
        }
        commands &+= replies
        awaitedBatches &-= ended
        if replies > 0, ended == 0 { lastReply = Clock.now() }
        if batchesLeft > 0, ended > 0 { try sendNextBatch(event.tag) }
    }

    private func dropMessages(_ index: Int) throws(BenchmarkFailure) {
        guard recv(subscribers[index].socket, input.baseAddress!, input.count, 0) != 0 else {
            throw BenchmarkFailure("the server closed the connection of a subscriber")
        }
    }

    @inline(__always)
    private func sendBatch(_ index: Int, due: UInt64) throws(BenchmarkFailure) {
        let wasBlocked = connections[index].isBlocked
        try connections[index].enqueue(due: due)
        awaitedBatches &+= 1
        if wasBlocked { return }
        try connections[index].transmit(&keys, at: UnsafeBufferPointer(places))
        if connections[index].isBlocked { try watch(index, Epoll.readable | Epoll.writable) }
    }

    /// Goes on with a connection whose socket was full.
    private func resume(_ index: Int) throws(BenchmarkFailure) {
        try connections[index].transmit(&keys, at: UnsafeBufferPointer(places))
        if !connections[index].isBlocked { try watch(index, Epoll.readable) }
    }

    private func watch(_ index: Int, _ interest: UInt32) throws(BenchmarkFailure) {
        try epoll.modify(connections[index].socket, tag: index, interest: interest)
    }
}

extension LoadGenerator {
    /// Runs the open loop at a rate for `seconds` after a warm-up.
    func paced(
        commandsPerSecond: Double, seconds: Double, warmUpSeconds: Double
    ) throws(BenchmarkFailure) -> LatencySample {
        batchesLeft = 0
        let interval = Double(workload.pipeline) / commandsPerSecond * 1e9
        var schedule = Schedule(start: Clock.now(), interval: interval, connectionCount: connectionCount)
        var watch = PauseWatch(start: schedule.start, longestTurn: longestTurnNanoseconds)
        lastReply = schedule.start
        try follow(&schedule, &watch, until: schedule.start + Clock.nanoseconds(warmUpSeconds))
        histogram = Histogram()
        watch.forget()
        let waited = server.runQueueNanoseconds
        try follow(&schedule, &watch, until: Clock.now() + Clock.nanoseconds(seconds))
        // A thread that ended takes its share with it.
        let runQueue = max(server.runQueueNanoseconds, waited) - waited
        try drain()
        return LatencySample(
            latency: Percentiles(histogram), pauses: watch.pauses, runQueueNanoseconds: runQueue,
            generatorStalls: watch.stalls)
    }

    /// Sends what is due and reads what comes, without ever sleeping.
    private func follow(_ schedule: inout Schedule, _ watch: inout PauseWatch, until end: UInt64)
        throws(BenchmarkFailure)
    {
        var now = Clock.now()
        while now < end {
            now = try sendDue(&schedule, &watch)
            let count = try epoll.wait(timeoutMilliseconds: 0)
            for index in 0..<count {
                let before = lastReply
                try serve(epoll.event(index))
                now = try sendDue(&schedule, &watch)
                if lastReply != before { watch.noteReply(at: lastReply, previous: before) }
            }
            if awaitedBatches == 0 { watch.noteIdle(at: now) }
            try checkPatience(now)
        }
    }

    /// Sends what is due by now, which it returns. A stop of the generator postpones the rest of the schedule, since it
    /// says nothing about the server.
    @inline(__always)
    private func sendDue(_ schedule: inout Schedule, _ watch: inout PauseWatch) throws(BenchmarkFailure) -> UInt64 {
        let now = Clock.now()
        schedule.postpone(by: watch.noteTurn(at: now))
        while let (connection, due) = schedule.next(before: now) { try sendBatch(connection, due: due) }
        return now
    }
}

/// When batches are due, and on which connection.
private struct Schedule {
    private(set) var start: UInt64
    private let interval: Double
    private let connectionCount: Int
    private var sent = 0
    private var nextDue: UInt64

    init(start: UInt64, interval: Double, connectionCount: Int) {
        self.start = start
        self.interval = interval
        self.connectionCount = connectionCount
        nextDue = start
    }

    @inline(__always)
    mutating func next(before now: UInt64) -> (connection: Int, due: UInt64)? {
        guard nextDue <= now else { return nil }
        let batch = (connection: sent % connectionCount, due: nextDue)
        sent &+= 1
        nextDue = start &+ UInt64(Double(sent) * interval)
        return batch
    }

    @inline(__always)
    mutating func postpone(by nanoseconds: UInt64) {
        start &+= nanoseconds
        nextDue &+= nanoseconds
    }
}

/// Tells the pauses of the server from those of the generator.
private struct PauseWatch {
    private(set) var pauses: [UInt64] = []
    private(set) var stalls = 0
    private let longestTurn: UInt64
    private var lastTurn: UInt64
    /// The last time at which the server had nothing to do.
    private var lastIdle: UInt64
    /// How long the generator itself was stopped since the last reply.
    private var stalled: UInt64 = 0

    init(start: UInt64, longestTurn: UInt64) {
        self.longestTurn = longestTurn
        lastTurn = start
        lastIdle = start
    }

    mutating func forget() {
        pauses = []
        stalls = 0
    }

    @inline(__always)
    mutating func noteReply(at time: UInt64, previous: UInt64) {
        let since = max(previous, lastIdle) &+ stalled
        if time > since &+ LoadGenerator.pauseNanoseconds { pauses.append(time &- since) }
        stalled = 0
    }

    @inline(__always)
    mutating func noteIdle(at time: UInt64) { lastIdle = time }

    /// Returns how long the generator was stopped since its last turn, if it was.
    @inline(__always)
    mutating func noteTurn(at time: UInt64) -> UInt64 {
        let length = time &- lastTurn
        lastTurn = time
        guard length > longestTurn else { return 0 }
        stalls &+= 1
        stalled &+= length
        return length
    }
}
