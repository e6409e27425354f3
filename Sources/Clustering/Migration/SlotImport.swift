import Gossip

/// The target's end of a migration of slots: a machine, events in, actions out.
///
///     receiving ─ SNAPSHOT-EOF ─▶ following ─ PAUSED ─▶ ready ─ FAILOVER-GRANTED ─▶ taken
///         └──────────────┬───────────┴────────┬──────────┘
///                        └─ link ends, refusal, cancel ─▶ failed: the keys are removed
///
///     taken ─ another leads before the claim is made ─▶ failed: that one decides
///
/// 1. Until `taken` nobody but the source's connection knows of the keys.
/// 2. Whoever has failed never takes the slots, whatever comes later.
struct SlotImport: Equatable {
    enum State: Equatable {
        case receiving
        case following
        case ready
        case taken
        case failed
    }

    enum Event: Equatable {
        case walked(question: String)
        case asked(question: String)
        case paused(question: String)
        /// The source gives the slots away, with the latest epoch that it knows of.
        case granted(epoch: UInt64)
        /// The slots are this node's.
        case tookOver
        /// They are not: they were not claimed in time.
        case missed
        /// The source, or somebody here, wants it to end; or something has gone wrong.
        case failed(String)
    }

    enum Action: Equatable {
        case reply(String)
        /// Take the slots in an epoch later than this, and say how that went.
        case takeOver(after: UInt64)
        /// Nothing is to be left of it.
        case remove(message: String)
    }

    let job: SlotJob
    private(set) var state = State.receiving

    /// A job that the source has announced.
    init(_ job: SlotJob) { self.job = job }

    /// As clients see it.
    var word: String {
        switch state {
        case .receiving: "receiving-snapshot"
        case .following: "waiting-for-paused"
        case .ready: "failover-requested"
        case .taken: "success"
        case .failed: "failed"
        }
    }

    /// Whether nothing more happens.
    var isOver: Bool { state == .taken || state == .failed }

    mutating func receive(_ event: Event) -> [Action] {
        switch event {
        case .failed(let reason): return fail(reason)
        case .walked(let question):
            guard state == .receiving else { return fail("SNAPSHOT-EOF at a wrong time") }
            state = .following
            return [.reply("ACK \(question)")]
        case .asked(let question):
            if state == .ready { state = .following }
            return [.reply("ACK \(question)")]
        case .paused(let question):
            guard state == .following || state == .ready else { return fail("PAUSED at a wrong time") }
            state = .ready
            return [.reply("READY \(question)")]
        case .granted(let epoch):
            guard state == .ready else { return fail("FAILOVER-GRANTED at a wrong time") }
            return [.takeOver(after: epoch)]
        case .tookOver:
            state = .taken
            return [.reply("TAKEN")]
        case .missed:
            state = .failed
            return []
        }
    }

    private mutating func fail(_ reason: String) -> [Action] {
        guard !isOver else { return [] }
        state = .failed
        return [.remove(message: reason)]
    }
}
