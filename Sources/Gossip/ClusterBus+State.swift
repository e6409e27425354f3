import Primitives

/// What decides whether the cluster is up, counted as it changes.
struct Tally: Equatable, Sendable {
    /// Primaries that own slots, and those of them that answer.
    var (size, reachable) = (0, 0)
    /// Slots that have an owner, one that does not answer, one that has failed.
    var (assigned, suspected, failed) = (0, 0, 0)

    @inline(__always)
    mutating func add(_ peer: borrowing Peer) { count(peer, 1) }

    @inline(__always)
    mutating func subtract(_ peer: borrowing Peer) { count(peer, -1) }

    @inline(__always)
    private mutating func count(_ peer: borrowing Peer, _ sign: Int) {
        let slots = peer.slots.count
        guard slots > 0 else { return }
        assigned += sign * slots
        if peer.flags.contains(.failed) {
            failed += sign * slots
        } else if peer.flags.contains(.suspected) {
            suspected += sign * slots
        }
        guard peer.flags.contains(.primary) else { return }
        size += sign
        if peer.flags.isDisjoint(with: [.suspected, .failed]) { reachable += sign }
    }
}

/// Times that delay the cluster's being up for this node.
struct CoverageTimes: Sendable {
    /// When this node could first have served; 0 for not yet.
    var startedAt: Int64 = 0
    /// When it last found itself cut off from most primaries.
    var minorityAt: Int64 = 0
    var tickedAt: Int64 = 0

    mutating func limitTimes(to now: Int64) {
        (startedAt, minorityAt, tickedAt) = (min(startedAt, now), min(minorityAt, now), min(tickedAt, now))
    }
}

/// Whether the cluster is up.
extension ClusterBus {
    /// A primary that has started waits so long, so that the others can tell it whether its slots are still its own.
    static let writableDelay: Int64 = 2000

    mutating func updateState() {
        if coverage.startedAt == 0 || report.isLoading, !isUp { coverage.startedAt = now }
        if table[me].isPrimary, !isUp, now - coverage.startedAt < ClusterBus.writableDelay { return }
        let isMajority = tally.reachable >= quorum
        if !isMajority, !hearsMost { coverage.minorityAt = now }
        setUp(isMajority && isCovered && !awaitsProof)
    }

    /// Whether this node hears most primaries, those counted that only give way: it is not cut off.
    private var hearsMost: Bool {
        let givingWay = table.indices.count {
            table[$0].givesWay && table[$0].isFailed && table[$0].isVoter
                && now - table[$0].dataReceivedAt < nodeTimeout
        }
        return tally.reachable + givingWay >= quorum
    }

    /// One that was cut off waits so long for what has happened meanwhile to reach it.
    private var rejoinDelay: Int64 { min(max(nodeTimeout, 500), 5000) }

    /// Whether this primary has heard of whatever most primaries know of its slots, be the cluster up or not: it may take an
    /// epoch by itself.
    public var hasHeardMost: Bool {
        if isUp { return true }
        return table[me].isPrimary && !awaitsProof && tally.reachable >= quorum && coverage.startedAt != 0
            && now - coverage.startedAt >= ClusterBus.writableDelay && now - coverage.minorityAt >= rejoinDelay
    }

    private var isCovered: Bool {
        !configuration.requiresFullCoverage || tally.assigned == hashSlotCount && tally.failed == 0
    }

    private mutating func setUp(_ wanted: Bool) {
        guard wanted != isUp else { return }
        if wanted, table[me].isPrimary, now - coverage.minorityAt < rejoinDelay { return }
        isUp = wanted
        warn("Cluster state changed: \(wanted ? "ok" : "fail")")
        pending.insert(.map)
    }

    /// Failures that a file tells of count from the start.
    private mutating func dateFailures() {
        for index in table.indices where table[index].isFailed && table[index].failedAt == 0 {
            table[index].failedAt = now
        }
    }

    /// A clock that was put back leaves times in the future, which would not be over for as long as it was put back.
    mutating func noticeClock() {
        let back = coverage.tickedAt - now
        guard back > 500 else { return }
        warn("The clock was put back by \(back) milliseconds.")
        for index in table.indices { table[index].limitTimes(to: now) }
        blacklist.shift(by: -back)
        coverage.limitTimes(to: now)
        election = .none
        endManualFailover()
    }

    /// A machine that stood still for a node timeout was dead to the others, who may have moved on.
    mutating func noticeSleep() {
        if coverage.tickedAt == 0 { dateFailures() }
        let slept = now - coverage.tickedAt
        if coverage.tickedAt != 0, slept > nodeTimeout, isUp, table[me].isPrimary {
            coverage.minorityAt = now
            setUp(false)
        }
        coverage.tickedAt = now
    }
}
