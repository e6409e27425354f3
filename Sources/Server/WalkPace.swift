/// How much time a snapshot's walk may take between two turns.
///
/// While clients keep the node busy it gets an eighth of the time, so that they keep theirs; when nobody has come by for a
/// while it gets all of it. A slice is never longer than half a millisecond, so that whoever comes then waits no longer.
struct WalkPace {
    private let ticksPerMicrosecond: Double
    private var lastClient: UInt64 = 0
    private var lastSlice: UInt64 = 0
    /// Ticks that it may take.
    private var credit: UInt64 = 0

    private static let longestSlice = 500.0
    /// Microseconds without clients after which the node counts as idle.
    private static let idleTime = 2000.0

    init(nanosecondsPerTick: Double) { ticksPerMicrosecond = 1000 / nanosecondsPerTick }

    /// Until when the walk may go on now; nil where it has to wait.
    /// - Parameter servedClients: whether the turn that ends had anything to do for others.
    mutating func end(now: UInt64, servedClients: Bool) -> UInt64? {
        let slice = UInt64(WalkPace.longestSlice * ticksPerMicrosecond)
        if servedClients { lastClient = now }
        if isIdle(now: now) { return now &+ slice }
        credit = min(slice, credit &+ (now &- lastSlice) / 7)
        lastSlice = now
        return credit == 0 ? nil : now &+ credit
    }

    /// Whether nobody has come by for a while.
    func isIdle(now: UInt64) -> Bool { now &- lastClient > UInt64(WalkPace.idleTime * ticksPerMicrosecond) }

    /// Counts a slice that has ended.
    mutating func note(from start: UInt64, to now: UInt64) {
        lastSlice = now
        credit -= min(credit, now &- start)
    }
}
