/// How much time a snapshot's walk may take between two turns.
///
/// Of the time that clients take it gets a sixteenth, so that they keep theirs, and half as much as the node has waited for
/// them; when nobody has come by for a while it gets all of it. Whoever comes waits for a slice at most: it is never longer than
/// half a millisecond, and much shorter while there are clients.
struct WalkPace {
    private let ticksPerMicrosecond: Double
    private var lastClient: UInt64 = 0
    private var lastSlice: UInt64 = 0
    /// Ticks that it may take; negative after a slice that took more.
    private var credit: Int64 = 0

    private static let longestSlice = 500.0
    private static let sliceBetweenClients = 60.0
    /// The walk gets one in so many parts of the time of a busy node.
    private static let share: UInt64 = 16
    /// Microseconds without clients after which the node counts as idle.
    private static let idleTime = 2000.0

    init(nanosecondsPerTick: Double) { ticksPerMicrosecond = 1000 / nanosecondsPerTick }

    /// Until when the walk may go on now; nil where it has to wait.
    /// - Parameters:
    ///   - servedClients: whether the turn that ends had anything to do for others.
    ///   - waited: for how long the node had nothing to do since the last slice.
    mutating func end(now: UInt64, servedClients: Bool, waited: UInt64 = 0) -> UInt64? {
        if servedClients { lastClient = now }
        if isIdle(now: now) { return now &+ ticks(WalkPace.longestSlice) }
        let passed = now &- lastSlice
        let idle = min(waited, passed)
        let earned = (passed &- idle) / (WalkPace.share - 1) &+ idle / 2
        credit = min(Int64(ticks(WalkPace.longestSlice)), credit &+ Int64(clamping: earned))
        lastSlice = now
        return hasCredit ? now &+ min(UInt64(credit), ticks(WalkPace.sliceBetweenClients)) : nil
    }

    private func ticks(_ microseconds: Double) -> UInt64 { UInt64(microseconds * ticksPerMicrosecond) }

    /// Whether the walk may go on at once.
    var hasCredit: Bool { credit > 0 }

    /// Whether nobody has come by for a while.
    func isIdle(now: UInt64) -> Bool { now &- lastClient > ticks(WalkPace.idleTime) }

    /// Counts a slice that has ended.
    mutating func note(from start: UInt64, to now: UInt64) {
        lastSlice = now
        credit = max(credit &- Int64(clamping: now &- start), -Int64(ticks(WalkPace.longestSlice)))
    }
}
