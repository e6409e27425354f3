/// What a node knows of its memory beside what is in use.
///
///     in use ≤ limit ──▶ a write goes over it: `Attention.memory` ──▶ the next command first removes keys
///        ▲                                                              │
///        └── enough ────────────────────────────────────────────────────┤
///            goes on (time is up: the command runs, turns go on) ◀──────┤
///            full (no key may go: what needs memory is refused) ◀───────┘
struct MemoryWatch {
    /// Bytes up to which nothing is done (`maxmemory`); nil for no limit.
    var limit: Int?
    /// Whether there is a limit, for those who ask after every write.
    private(set) var isLimited = false
    /// What the node's thread holds in blocks of the C library.
    var ownBytes = nothing
    /// Up to which sum of that and of the heaps' small blocks the limit is surely kept.
    var mostOwnBytes = Int64.min
    /// Bytes of buffers that are no part of what is limited, when they were last asked for.
    var uncountedBytes = 0
    /// Whether no key could be removed before the command that runs, or ran last, though memory was short.
    var isFull = false
    /// Whether time was up before enough keys had been removed.
    var isEvicting = false
    /// How long a turn may remove keys, in ticks.
    var longestEviction: UInt64 = 0
    /// Since when more is in use than may be, in ticks; nil while that is not so.
    var exceededSince: UInt64?
    /// Bytes in use when the node had been made.
    var startupBytes = 0

    /// What stands for the thread's part where that is not known; always 0.
    nonisolated(unsafe) static let nothing: UnsafePointer<Int64> = {
        let zero = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
        zero.initialize(to: 0)
        return UnsafePointer(zero)
    }()

    /// Whether it is known what the node's thread holds.
    var countsOwnBytes: Bool { ownBytes != MemoryWatch.nothing }

    /// Sets the limit; 0 for none.
    mutating func adopt(limit bytes: Int, longestEviction ticks: UInt64) {
        limit = bytes == 0 ? nil : bytes
        isLimited = limit != nil
        longestEviction = ticks
    }

    /// Microseconds for which keys are removed before others get their turn, by `maxmemory-eviction-tenacity`: 50 for each
    /// step up to 10, then 15 % more for each, and without end at 100. As in the reference.
    static func longestEviction(tenacity: Int) -> Double {
        if tenacity <= 10 { return Double(50 * tenacity) }
        if tenacity >= 100 { return .infinity }
        return (11...tenacity).reduce(500) { longest, _ in longest * 1.15 }
    }
}

/// What came of removing keys.
enum EvictionOutcome {
    /// No more is in use than may be.
    case enough
    /// More has to go, but time is up.
    case goesOn
    /// More would have to go, but no key may.
    case full
}
