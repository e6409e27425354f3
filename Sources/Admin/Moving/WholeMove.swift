import RESP

/// Moves slots as a whole, where both ends can: the source does it all, and is asked how far it is. A machine.
///
/// Interrupted, nothing is left open: the source goes on by itself or gives up, and the slots are at one end or the other.
struct WholeMove {
    private enum State {
        /// Which migrations there have been.
        case looks
        case orders(known: Set<String>)
        case polls(known: Set<String>)
        case done
    }

    let source: String
    let target: String
    let slots: [Int]
    /// How far it is, as the source has said last.
    private(set) var job: SlotJob?
    private var state = State.looks

    static let pauseMilliseconds = 100

    init(source: String, target: String, slots: [Int]) {
        (self.source, self.target, self.slots) = (source, target, slots)
    }

    mutating func start() -> MoveOrder { look }

    mutating func receive(_ reply: Reply) -> MoveOrder {
        if let error = reply.errorText { return .failed(error) }
        switch state {
        case .looks:
            state = .orders(known: Set(reply.elements.compactMap { SlotJob($0)?.name }))
            let words = ["CLUSTER", "MIGRATESLOTS", "SLOTSRANGE"] + slots.slotBounds + ["NODE", target]
            return .ask(node: source, words.map { Array($0.utf8) })
        case .orders(let known):
            state = .polls(known: known)
            return look
        case .polls(let known): return judge(reply.elements.compactMap { SlotJob($0) }, known)
        case .done: return .done
        }
    }

    private var look: MoveOrder { .ask(source, "CLUSTER", "GETSLOTMIGRATIONS") }

    private var lookLater: MoveOrder {
        .askLater(
            node: source, ["CLUSTER", "GETSLOTMIGRATIONS"].map { Array($0.utf8) },
            milliseconds: WholeMove.pauseMilliseconds)
    }

    private mutating func judge(_ jobs: [SlotJob], _ known: Set<String>) -> MoveOrder {
        job = jobs.first { $0.isExport && $0.target == target && !known.contains($0.name) } ?? job
        guard let job else { return lookLater }
        if job.isUnderWay { return lookLater }
        state = .done
        return job.hasSucceeded ? .done : .failed("\(job.state): \(job.message)")
    }
}
