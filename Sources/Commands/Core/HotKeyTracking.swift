import Primitives
import Structures

/// A search for the keys that cost the most (HOTKEYS): what commands take in time and traffic, charged to their keys.
///
///     HOTKEYS START ─▶ active ─ STOP, or its time is over ─▶ stopped ─ RESET ─▶ none
///
/// 1. A command with several keys is charged to them in equal parts; one without any counts in the totals only.
/// 2. EXEC is not charged: its commands are.
/// 3. Keys of the same name in different databases count as one.
struct HotKeyTracking {
    struct Metrics: OptionSet {
        let rawValue: UInt8
        static let cpu = Metrics(rawValue: 1)
        static let net = Metrics(rawValue: 2)
    }

    /// What HOTKEYS START says.
    struct Options {
        var metrics: Metrics = []
        /// How many keys are wanted of each metric.
        var count = 10
        /// After how many milliseconds the search ends by itself.
        var durationMilliseconds: Int64?
        /// One command out of so many is charged to its keys.
        var sampleRatio: UInt64 = 1
        /// The slots of the keys that count; nil for all.
        var slots: Set<Int>?
    }

    /// What commands took.
    struct Cost: Equatable {
        var ticks: UInt64 = 0
        /// Bytes of requests and replies.
        var bytes = 0

        static func += (left: inout Cost, right: Cost) {
            left.ticks += right.ticks
            left.bytes += right.bytes
        }
    }

    /// Counters of the whole process at a point in time.
    struct Reading {
        var systemSeconds = 0.0
        var userSeconds = 0.0
        var netBytes = 0
        /// Milliseconds of the monotonic clock.
        var time: Int64 = 0
    }

    /// Keys kept of each metric, sixteen for each that can be asked for: whatever has more than a 1024th of all is found.
    static let places = 1024

    let options: Options
    /// Milliseconds since 1970.
    let startedAt: Int64
    let start: Reading
    /// As of the end; nil while the search goes on.
    private(set) var end: Reading?
    private(set) var everything = Cost()
    /// Of commands with keys in the chosen slots.
    private(set) var selected = Cost()
    /// Those of them that were charged.
    private(set) var sampled = Cost()
    /// What the search itself has taken.
    var ownTicks: UInt64 = 0
    private var byTime: HeavyHitters
    private var byBytes: HeavyHitters
    private let hash: KeyHash
    private var random: RandomSource

    init(_ options: Options, startedAt: Int64, _ start: Reading, hash: KeyHash, random: RandomSource) {
        self.options = options
        self.startedAt = startedAt
        self.start = start
        self.hash = hash
        self.random = random
        byTime = HeavyHitters(capacity: HotKeyTracking.places)
        byBytes = byTime
    }

    var isActive: Bool { end == nil }

    /// Bytes that the search takes, which do not grow beyond those of its places and of keys cut to a fixed length.
    var byteCount: Int { byTime.byteCount + byBytes.byteCount }

    /// Monotonic milliseconds at which the search ends by itself.
    var deadline: Int64? { options.durationMilliseconds.map { start.time + $0 } }

    /// Ends the search; what it has found stays.
    mutating func stop(_ reading: Reading) {
        var last = reading
        last.time = min(reading.time, deadline ?? .max)
        end = last
    }

    /// Counts a command and, if it is sampled, charges it to its keys.
    mutating func note(_ cost: Cost, keys: () -> [Bytes]) {
        guard isActive else { return }
        everything += cost
        let isSampled = options.sampleRatio == 1 || random.next() % options.sampleRatio == 0
        guard isSampled || options.slots != nil else { return }
        let keys = keys().filter(isSelected)
        guard !keys.isEmpty else { return }
        selected += cost
        guard isSampled else { return }
        sampled += cost
        for key in keys { charge(key, Cost(ticks: cost.ticks / UInt64(keys.count), bytes: cost.bytes / keys.count)) }
    }

    private func isSelected(_ key: Bytes) -> Bool { options.slots?.contains(hashSlot(of: key)) ?? true }

    private mutating func charge(_ key: Bytes, _ cost: Cost) {
        let hash = hash(key)
        if options.metrics.contains(.cpu) { byTime.add(key, hash: hash, weight: cost.ticks) }
        if options.metrics.contains(.net) { byBytes.add(key, hash: hash, weight: UInt64(cost.bytes)) }
    }

    /// The keys that took the most time, with ticks.
    var slowest: [HeavyHitters.Hitter] { byTime.heaviest(options.count) }

    /// The keys that caused the most traffic, with bytes.
    var busiest: [HeavyHitters.Hitter] { byBytes.heaviest(options.count) }
}
