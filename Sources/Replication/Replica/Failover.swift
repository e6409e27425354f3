import Settings

/// A handover from a primary to one of its replicas, as a machine.
///
///     none ─ begin ─▶ waiting for a replica that has everything ─▶ handing over ─ accepted ─▶ none
///      ▲                  │ time is over, abort                        │ refused, abort
///      └──────────────────┴────────────────────────────────────────────┘
///
/// While it is under way nobody writes, so that the replica can catch up.
struct Failover: Equatable {
    enum State: Equatable {
        case none
        case waiting(Wish)
        case handingOver(PrimaryAddress)
    }

    /// What was asked for.
    struct Wish: Equatable {
        /// Who shall take over; nil for whoever has everything first.
        var target: PrimaryAddress?
        /// When the waiting ends, monotonic milliseconds; nil for never.
        var deadline: Int64?
        /// Whether the target takes over then, whatever it lacks.
        var isForced = false
    }

    /// What is to be done.
    enum Step: Equatable {
        /// Become a replica of the one who takes over, and ask it to do so.
        case handOver(PrimaryAddress, String)
        case giveUp(String)
    }

    /// A replica that could take over.
    struct Candidate: Equatable {
        let address: PrimaryAddress
        let offset: Int64
    }

    private(set) var state = State.none

    /// Whether one is under way.
    var isUnderWay: Bool { state != .none }

    /// As INFO calls it.
    var word: String {
        switch state {
        case .none: "no-failover"
        case .waiting: "waiting-for-sync"
        case .handingOver: "failover-in-progress"
        }
    }

    mutating func begin(_ wish: Wish) { state = .waiting(wish) }

    /// Looks whether some replica has everything up to `offset`, or time is over.
    mutating func advance(_ candidates: [Candidate], offset: Int64, now: Int64) -> Step? {
        guard case .waiting(let wish) = state else { return nil }
        let ready = candidates.first { candidate in
            candidate.offset == offset && wish.target.map { $0 == candidate.address } ?? true
        }
        if let ready {
            return handOver(
                ready.address, "Failover target \(ready.address.host):\(ready.address.port) is synced, failing over.")
        }
        guard let deadline = wish.deadline, now >= deadline else { return nil }
        if wish.isForced, let target = wish.target {
            return handOver(target, "Failover to \(target.host):\(target.port) time out exceeded, failing over.")
        }
        state = .none
        return .giveUp("Replica never caught up before timeout")
    }

    private mutating func handOver(_ address: PrimaryAddress, _ text: String) -> Step {
        state = .handingOver(address)
        return .handOver(address, text)
    }

    /// It is over, well or not.
    mutating func end() { state = .none }
}
