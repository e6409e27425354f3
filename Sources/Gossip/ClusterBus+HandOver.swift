import Primitives

/// A primary that is about to end has its best replica take over first.
///
///     waiting: writes rest ──▶ a replica has everything ──▶ resigned: says of itself that it has failed ──▶ done
///
/// That a node says of itself that it has failed is understood by every version: its replicas stand, and everybody votes.
enum HandOver: Sendable {
    case none
    case waiting(endsAt: Int64)
    case resigned(endsAt: Int64)
    case done
}

extension ClusterBus {
    /// Whether the order to hand over has been carried out, or has come to nothing.
    public var isHandedOver: Bool {
        if case .done = handOver { return true }
        return false
    }

    /// Whether it wants a replica in its place: it is about to end, or has less of the history than others.
    var givesWay: Bool {
        if case .resigned = handOver { return true }
        return !promises.isProven && now < promises.provesFrom
    }

    mutating func beginHandOver() {
        guard table[me].isVoter, table[me].replicas.contains(where: { canStand(Int($0)) }) else {
            return handOver = .done
        }
        let time = configuration.manualFailoverTimeoutMilliseconds
        report.isPaused = false
        warn("Handing over to a replica.")
        handOver = .waiting(endsAt: now + time)
        actions.append(.order(.pauseWrites(milliseconds: time * 2)))
        stepHandOver()
    }

    private func canStand(_ replica: Int) -> Bool {
        table[replica].isConnected && table[replica].flags.isDisjoint(with: [.suspected, .failed, .noFailover])
    }

    mutating func stepHandOver() {
        switch handOver {
        case .none, .done: return
        case .waiting(let endsAt):
            if now > endsAt { return giveUpHandOver() }
            guard report.isPaused else { return }
            let isComplete = table[me].replicas.contains { canStand(Int($0)) && table[Int($0)].offset >= report.offset }
            isComplete ? resign(endsAt) : askOffsets()
        case .resigned(let endsAt):
            if table[me].isReplica { return handOver = .done }
            if now > endsAt { giveUpHandOver() }
        }
    }

    private mutating func askOffsets() {
        for replica in table[me].replicas.map({ Int($0) }) where table[replica].pingSentAt == 0 { ping(replica) }
    }

    private mutating func resign(_ endsAt: Int64) {
        handOver = .resigned(endsAt: endsAt)
        broadcast(.fail(name))
    }

    private mutating func giveUpHandOver() {
        warn("No replica took over in time.")
        handOver = .done
        actions.append(.order(.resumeWrites))
    }
}
