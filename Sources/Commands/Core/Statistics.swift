/// What happened at one command.
struct CommandStatistics {
    var calls = 0
    var ticks: UInt64 = 0
    /// Refused before it ran.
    var rejected = 0
    /// Ran and answered with an error.
    var failed = 0
    var histogram: Histogram?

    @inline(__always)
    mutating func record(_ elapsed: UInt64, failed hasFailed: Bool, histogram isWanted: Bool) {
        calls &+= 1
        ticks &+= elapsed
        if _slowPath(hasFailed) { failed += 1 }
        if isWanted {
            if _slowPath(histogram == nil) { histogram = Histogram() }
            histogram.unsafelyUnwrapped.record(elapsed)
        }
    }
}

/// Counts of durations in ticks, in steps of an eighth of a power of two, so that no figure is off by more than 12 %.
final class Histogram {
    private let counts: UnsafeMutablePointer<UInt64>
    private static let bucketCount = 62 * 8

    init() {
        counts = .allocate(capacity: Histogram.bucketCount)
        counts.initialize(repeating: 0, count: Histogram.bucketCount)
    }

    deinit { counts.deallocate() }

    @inline(__always)
    func record(_ value: UInt64) {
        let bucket = Histogram.bucket(value)
        counts[bucket] &+= 1
    }

    @inline(__always)
    private static func bucket(_ value: UInt64) -> Int {
        if value < 8 { return Int(value) }
        let exponent = 63 &- value.leadingZeroBitCount
        return min(bucketCount &- 1, (exponent &- 2) &* 8 &+ Int((value >> UInt64(exponent &- 3)) & 7))
    }

    /// The largest value that falls into a bucket.
    private static func upperBound(_ bucket: Int) -> UInt64 {
        if bucket < 8 { return UInt64(bucket) }
        let exponent = bucket / 8 + 2
        return UInt64(8 + bucket % 8 + 1) << UInt64(exponent - 3) - 1
    }

    var total: Int {
        var sum = 0
        for bucket in 0..<Histogram.bucketCount { sum += Int(counts[bucket]) }
        return sum
    }

    /// The value below which `percent` of all values lie.
    func percentile(_ percent: Double) -> UInt64 {
        let total = self.total
        var rest = max(1, Int((Double(total) * percent / 100).rounded(.up)))
        for bucket in 0..<Histogram.bucketCount {
            rest -= Int(counts[bucket])
            if rest <= 0 { return Histogram.upperBound(bucket) }
        }
        return 0
    }

    /// For each bound, which rise, the number of values up to it.
    func counts(upTo bounds: [UInt64]) -> [Int] {
        var (seen, bucket) = (0, 0)
        return bounds.map { bound in
            while bucket < Histogram.bucketCount, Histogram.upperBound(bucket) <= bound {
                seen += Int(counts[bucket])
                bucket += 1
            }
            return seen
        }
    }

    /// For each power of two, in a unit of `ticksPerUnit` ticks, the number of values up to it, until all are counted.
    func cumulative(ticksPerUnit: Double) -> [(bound: Int, count: Int)] {
        let total = self.total
        var result: [(bound: Int, count: Int)] = []
        var seen = 0
        var bucket = 0
        var bound = 1
        while seen < total, bound < 1 << 40 {
            let limit = Double(bound) * ticksPerUnit
            let before = seen
            while bucket < Histogram.bucketCount, Double(Histogram.upperBound(bucket)) <= limit {
                seen += Int(counts[bucket])
                bucket += 1
            }
            if seen > before { result.append((bound, seen)) }
            bound *= 2
        }
        return result
    }
}

/// Counters of a node that INFO shows and CONFIG RESETSTAT clears.
public struct NodeStatistics: Sendable {
    /// Connections accepted or turned away.
    public var connectionsReceived = 0
    /// Connections turned away.
    public var connectionsRejected = 0
    /// Commands run.
    public var commandsProcessed = 0
    /// Errors sent.
    public var errorReplies = 0
    /// Bytes read from clients.
    public var netInputBytes = 0
    /// Bytes written to clients.
    public var netOutputBytes = 0
    /// Reads from sockets.
    public var readsProcessed = 0
    /// Writes to sockets.
    public var writesProcessed = 0
    /// Clients dropped for too much input.
    public var inputLimitDisconnections = 0
    /// Clients whose certificate names no user.
    public var deniedCertificates = 0
    /// Clients dropped for too much waiting output.
    public var outputLimitDisconnections = 0
    /// Failed attempts to log in.
    public var deniedLogins = 0
    /// Commands that a user may not run.
    public var deniedCommands = 0
    /// Commands with a key that a user may not use.
    public var deniedKeys = 0
    /// Commands with a channel that a user may not use.
    public var deniedChannels = 0
    /// Turns of the driver's loop.
    public var eventLoopCycles = 0
    /// Time in those turns, waiting not counted, in ticks of the clock.
    public var eventLoopTicks: UInt64 = 0
    /// Turns of the loop in which clients were read from.
    public var eventLoopCyclesWithClients = 0
    /// Ticks of the longest turn.
    public var longestLoopTicks: UInt64 = 0
    /// The most commands in a turn.
    public var mostCommandsInCycle = 0
    /// Ticks spent on timers.
    public var timerTicks: UInt64 = 0
    /// Commands that the slow log took up, though it may have dropped them since.
    public var slowCommands = 0
    /// What they took together.
    public var slowMicroseconds = 0
    /// What the slowest of them took.
    public var slowestMicroseconds = 0
    /// Clients ended for the memory that they took.
    public var evictedClients = 0
    /// Ticks for which more memory was in use than may be.
    public var exceededTicks: UInt64 = 0
    /// The most bytes that were ever in use.
    public var peakMemory = 0
    /// Milliseconds since 1970.
    public var peakMemoryAt: Int64 = 0
    /// The longest that the node was busy with a snapshot at once, in microseconds of its thread's own time.
    public var longestSnapshotSlice = 0
    /// The longest that the node has waited for a snapshot's bytes to be written, in microseconds.
    public var longestSnapshotWait = 0

    /// All counters at zero.
    public init() {}
}

/// Rates of the recent past: sixteen samples, a tenth of a second apart.
struct Rates {
    /// What rises, as counts or per second.
    struct Figures {
        var commands = 0.0
        /// Bytes.
        var input = 0.0
        var output = 0.0
        /// Bytes from a primary, and to replicas.
        var replicationInput = 0.0
        var replicationOutput = 0.0
        /// Turns of the loop, and what they took.
        var cycles = 0.0
        var loopTicks = 0.0
    }

    private var lastTime: Int64 = 0
    private var last = Figures()
    private var samples: [Figures] = []

    mutating func sample(_ now: Int64, _ statistics: NodeStatistics, _ traffic: (received: Int, sent: Int)) {
        let current = Figures(statistics, traffic)
        defer {
            lastTime = now
            last = current
        }
        let elapsed = Double(now - lastTime) / 1000
        guard lastTime > 0, elapsed > 0 else { return }
        samples.append(current.growth(since: last, seconds: elapsed))
        if samples.count > 16 { samples.removeFirst() }
    }

    /// Means of the samples, each per second.
    var perSecond: Figures {
        let count = Double(max(1, samples.count))
        return Figures.combine { figure in samples.reduce(0) { $0 + $1[keyPath: figure] } / count }
    }
}

extension Rates.Figures {
    fileprivate init(_ statistics: NodeStatistics, _ traffic: (received: Int, sent: Int)) {
        (replicationInput, replicationOutput) = (Double(traffic.received), Double(traffic.sent))
        commands = Double(statistics.commandsProcessed)
        input = Double(statistics.netInputBytes)
        output = Double(statistics.netOutputBytes)
        cycles = Double(statistics.eventLoopCycles)
        loopTicks = Double(statistics.eventLoopTicks)
    }

    fileprivate static func combine(_ value: (KeyPath<Self, Double>) -> Double) -> Self {
        Self(
            commands: value(\.commands), input: value(\.input), output: value(\.output),
            replicationInput: value(\.replicationInput), replicationOutput: value(\.replicationOutput),
            cycles: value(\.cycles), loopTicks: value(\.loopTicks))
    }

    /// Per second; nothing where counters were set back.
    fileprivate func growth(since last: Self, seconds: Double) -> Self {
        Self.combine { max(0, self[keyPath: $0] - last[keyPath: $0]) / seconds }
    }
}
