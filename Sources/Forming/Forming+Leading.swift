import Gossip
import Primitives

// Who lays out the slots.

extension Forming {
    // MARK: Free

    /// A node without a cluster looks whether there is one, whether it is to lead, or whom to grant.
    mutating func seek() {
        guard standing.isAlone else { return }
        let members = view.statements.filter(\.isMember)
        if !members.isEmpty { return beginJoining(members) }
        guard standing.isEmpty else {
            return log("This node has been in a cluster: it waits for one to join, and forms none.", isWarning: true)
        }
        if let other = view.statements.first(where: { $0.plan != plan }) { return tellOfPlan(other) }
        if let electorate { return stand(electorate) }
        if let candidate = view.statements.first(where: stands) { return grant(candidate) }
        log("\(fellows.count + 1) of \(plan.nodes) empty nodes are here.")
    }

    private mutating func tellOfPlan(_ other: FormingStatement) {
        log(
            "Node \(other.name) is to form a cluster of \(other.plan.shards) shards with \(other.plan.replicas) replicas "
                + "each, this one \(plan.shards) with \(plan.replicas): none is formed before they agree.",
            isWarning: true)
    }

    /// The other nodes that are as empty as this one.
    private var fellows: [FormingStatement] { view.statements.filter { $0.isEmpty && $0.plan == plan } }

    /// Those who would have a part if this node led; nil where it must not.
    private var electorate: [FormingNode]? {
        let fellows = fellows
        let count = fellows.count + 1
        guard view.isComplete, count >= plan.nodes, count * 2 > view.count,
            fellows.allSatisfy({ standing.name < $0.name })
        else { return nil }
        return [ownNode] + fellows.compactMap { node($0.name) }
    }

    private var ownNode: FormingNode {
        FormingNode(name: standing.name, address: view.ownAddress, busPort: busPort, process: process)
    }

    /// A node as this one has found it.
    private func node(_ name: NodeName) -> FormingNode? {
        view.others[name].map {
            FormingNode(
                name: name, address: $0.address, busPort: $0.statement.busPort, process: $0.statement.process)
        }
    }

    private mutating func stand(_ electorate: [FormingNode]) {
        record.stage = .granted
        record.attempt = Attempt(leader: standing.name, number: record.number)
        record.electorate = electorate
        poorRounds = 0
        store()
        log("\(electorate.count) empty nodes are here: this one asks the others to let it lay out the slots.")
    }

    /// Whether a node stands for leader, with this one in its electorate.
    private func stands(_ other: FormingStatement) -> Bool {
        other.stage == .granted && other.attempt?.leader == other.name
            && other.electorate.contains { $0.name == standing.name }
    }

    private mutating func grant(_ candidate: FormingStatement) {
        guard let attempt = candidate.attempt, !record.renounced.contains(attempt) else { return }
        record.stage = .granted
        record.attempt = attempt
        record.electorate = candidate.electorate
        leaderSeenAt = now
        store()
        log("Node \(candidate.name) may lay out the slots.")
    }

    // MARK: Leading

    /// The electorate without the leader.
    private var voters: [FormingNode] { record.electorate.filter { $0.name != record.attempt?.leader } }

    /// Waits for the grants of all, and decides when they are there.
    mutating func lead() {
        guard let attempt = record.attempt else { return }
        if mustGiveUp(attempt) { return giveUp() }
        guard voters.allSatisfy({ view[$0.name]?.hasGranted(attempt) ?? false }) else { return }
        record.stage = .decided
        store()
        log("All \(record.electorate.count) nodes have agreed to the layout of this one.")
        decide()
    }

    private mutating func mustGiveUp(_ attempt: Attempt) -> Bool {
        let isPoor = !voters.allSatisfy { voter in
            view[voter.name].map { $0.isEmpty && $0.plan == plan && !$0.renounced.contains(attempt) } ?? false
        }
        poorRounds = isPoor ? poorRounds + 1 : 0
        // The lowest name leads, so that two do not keep each other's electorate.
        let isOutdone = fellows.contains { $0.name < standing.name }
        return poorRounds > Forming.poorRoundsBorne || isOutdone || view.statements.contains(where: \.isMember)
    }

    private mutating func giveUp() {
        record.number += 1
        release()
    }

    private mutating func release() {
        (record.stage, record.attempt, record.electorate) = (.free, nil, [])
        store()
    }

    /// All have granted its attempt: it takes its part after somebody else has.
    mutating func decide() {
        guard let attempt = record.attempt else { return }
        if voters.isEmpty || hasAnybodyTakenPart(attempt) { return execute() }
        // All others have given it up: so nobody has taken part, and nobody will.
        if haveAllRenounced(attempt) { giveUp() }
    }

    // MARK: Following

    /// Waits for what becomes of the attempt that it has granted.
    mutating func follow() {
        guard let attempt = record.attempt else { return }
        if hasAnybodyTakenPart(attempt) { return execute() }
        let hasRenounced = record.renounced.contains(attempt)
        guard let leader = view[attempt.leader] else { return wait(attempt, hasRenounced) }
        leaderSeenAt = now
        if leader.attempt == attempt, leader.stage == .decided, !hasRenounced { return execute() }
        if leader.number > attempt.number, leader.attempt != attempt { return release() }
        if hasRenounced { releaseIfAllHave(attempt) }
    }

    private mutating func wait(_ attempt: Attempt, _ hasRenounced: Bool) {
        if hasRenounced { return releaseIfAllHave(attempt) }
        let seenAt = leaderSeenAt ?? now
        leaderSeenAt = seenAt
        guard now - seenAt > Forming.patience else { return }
        record.renounced.append(attempt)
        store()
        log("Node \(attempt.leader), which was to lay out the slots, is not to be found.", isWarning: true)
    }

    /// Nobody but the leader has not renounced: the attempt has come to nothing.
    private mutating func releaseIfAllHave(_ attempt: Attempt) {
        if haveAllRenounced(attempt) { release() }
    }

    private func haveAllRenounced(_ attempt: Attempt) -> Bool {
        voters.allSatisfy { $0.name == standing.name || view[$0.name]?.renounced.contains(attempt) ?? false }
    }

    func hasAnybodyTakenPart(_ attempt: Attempt) -> Bool {
        view.statements.contains { $0.attempt == attempt && ($0.stage == .executed || $0.stage == .settled) }
    }

    private mutating func execute() {
        // Somebody has taken it into another cluster meanwhile, which is not to become one with this one.
        guard standing.isEmpty else { return }
        record.stage = .executed
        store()
        takePart()
    }
}

extension FormingStatement {
    /// Whether it has granted an attempt, and stands by it.
    fileprivate func hasGranted(_ attempt: Attempt) -> Bool {
        isEmpty && stage == .granted && self.attempt == attempt && !renounced.contains(attempt)
    }
}
