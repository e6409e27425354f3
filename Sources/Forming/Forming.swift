import Gossip
import Primitives

/// How nodes become a cluster by themselves: a machine.
///
///     sources ─▶ addresses ─ each is asked for its statement ─▶ round ─▶ Forming ─▶ record, orders to the bus
///
///                ┌──────── the leader gives up ────────┐
///                ▼                                     │
///     free ─ granted (to one attempt) ─ decided (leader: all have granted) ─ executed ─ settled
///       └──────────────── joining (there is a cluster already) ────────────────────────────┘
///
/// Statements are only ever asked for, and may be old when they are looked at. It is safe since:
///
/// 1. A node stands for leader only while it knows nobody and has never been in a cluster, sees nobody who is in one, and at
///    least as many nodes answer as the plan needs, all of them as empty as itself, more than half of all that the sources
///    name. Those are its electorate.
/// 2. It decides only when each of the electorate has granted this very attempt. A node has granted one attempt at most.
/// 3. A grant is taken back in two ways. The leader has a higher number, which it takes only before it has decided. Or all of
///    the electorate but the leader have renounced; whoever has renounced takes part only after somebody else has.
/// 4. The leader itself takes part only after another one has. So if all others have renounced, nobody ever has, nor will.
public struct Forming: Sendable {
    /// What it must not forget.
    public internal(set) var record: FormingRecord
    /// What the cluster is to look like.
    public let plan: FormingPlan
    let process: UInt64
    let busPort: Int

    var standing: FormingStanding
    var view = FormingView()
    /// The time of the round at hand, in milliseconds.
    var now: Int64 = 0
    /// When the leader of the granted attempt was last seen; nil where that has not been looked at.
    var leaderSeenAt: Int64?
    /// Rounds in a row in which somebody of the own electorate has not answered as it should.
    var poorRounds = 0
    /// Since when it is a member without a part, in milliseconds; nil where it is not.
    var joinedAt: Int64?
    /// When a node was last asked to meet this one.
    var metAt: [NodeName: Int64] = [:]
    /// Whether it has been a member since it was started, and whether it has left since.
    var (wasMember, hasLeft) = (false, false)
    var actions: [FormingAction] = []
    /// What was said last, so that it is not said again.
    var lastWords = ""

    /// After so long without its leader a node renounces, in milliseconds.
    static let patience: Int64 = 30_000
    /// For so many rounds somebody of the electorate may be silent.
    static let poorRoundsBorne = 3
    /// For how long one who has joined listens before it chooses a shard, in milliseconds.
    static let listening: Int64 = 1500
    /// How long it is at least between two attempts to meet a node, in milliseconds.
    static let meetingInterval: Int64 = 2000

    /// A node that starts.
    /// - Parameters:
    ///   - record: what it had on its disk.
    ///   - process: a number that the nodes of this process have in common, and nobody else.
    public init(
        _ plan: FormingPlan, record: FormingRecord = FormingRecord(), standing: FormingStanding, busPort: Int,
        process: UInt64
    ) {
        (self.plan, self.record, self.standing) = (plan, record, standing)
        (self.busPort, self.process) = (busPort, process)
        if standing.isMember { wasMember = true }
    }

    /// All addresses have been asked.
    /// - Parameter now: monotonic milliseconds.
    public mutating func receive(_ round: FormingRound, _ standing: FormingStanding, now: Int64) {
        let isRenamed = standing.name != self.standing.name
        (self.standing, self.now) = (standing, now)
        if isRenamed { return leave() }
        view = FormingView(round, myself: standing.name)
        noticeLeaving()
        if hasLeft { return }
        switch record.stage {
        case .free: standing.isMember ? heal() : seek()
        case .granted: isLeader ? lead() : follow()
        case .decided: decide()
        case .executed: takePart()
        case .joining: join()
        case .settled: standing.isMember ? heal() : joinAgain()
        }
    }

    /// What is to be done since this was last asked.
    public mutating func takeActions() -> [FormingAction] {
        defer { actions = [] }
        return actions
    }

    /// What to tell others, once the record is on the disk.
    public var statement: FormingStatement {
        var statement = FormingStatement(name: standing.name, process: process, busPort: busPort, plan: plan)
        statement.isEmpty = standing.isEmpty && !hasLeft
        statement.isMember = standing.isMember
        statement.owners = standing.owners.map(\.name)
        (statement.stage, statement.number) = (record.stage, record.number)
        (statement.attempt, statement.renounced) = (record.attempt, record.renounced)
        if isLeader, record.stage != .settled { statement.electorate = record.electorate }
        return statement
    }

    /// The name of the node.
    public var name: NodeName { standing.name }

    private var isDone: Bool { hasLeft || record.stage == .settled || record.stage == .free && standing.isMember }

    /// Whether it is in its cluster, and all that it knows are connected: nobody need be asked.
    public var isContent: Bool {
        if hasLeft { return true }
        let isAlone = standing.known.count == 1 && plan.nodes > 1
        return isDone && !isAlone && standing.known.allSatisfy { $0.name == standing.name || $0.isConnected }
    }

    /// How long to wait before the next round, in milliseconds.
    public var pauseMilliseconds: Int { isContent ? 2000 : isDone ? 1000 : 250 }

    // MARK: Helpers

    var isLeader: Bool { record.attempt?.leader == standing.name }

    mutating func store() { actions.append(.store(record)) }

    mutating func log(_ text: String, isWarning: Bool = false) {
        guard text != lastWords else { return }
        lastWords = text
        actions.append(.log(isWarning: isWarning, text))
    }

    /// One that was taken out of its cluster stays out until it is started again.
    private mutating func noticeLeaving() {
        if standing.isMember { wasMember = true }
        let isGone = wasMember && !standing.isMember && record.stage != .executed && record.stage != .joining
        if isGone, !hasLeft { leave() }
    }

    private mutating func leave() {
        hasLeft = true
        record.number += 1
        (record.stage, record.attempt, record.electorate) = (.free, nil, [])
        store()
        log("This node has left its cluster, and joins none before it is started again.")
    }
}

/// A round as it concerns one node.
struct FormingView: Sendable {
    /// What others have told, each once.
    private(set) var others: [NodeName: (address: FormingAddress, statement: FormingStatement)] = [:]
    /// How many nodes the sources name, this one too, whether or not they answer.
    private(set) var count = 1
    /// Whether every source has answered.
    private(set) var isComplete = false
    /// Where the sources say that this node is; no address where they do not.
    private(set) var ownAddress = FormingView.nowhere

    private static let nowhere = FormingAddress(host: "0.0.0.0", port: 1)!

    init() {}

    init(_ round: FormingRound, myself: NodeName) {
        for answer in round.answers.sorted(by: { $0.address < $1.address }) {
            if answer.statement.name == myself {
                ownAddress = answer.address
            } else if others[answer.statement.name] == nil {
                others[answer.statement.name] = answer
            }
        }
        (count, isComplete) = (1 + others.count + round.silent.count, round.isComplete)
    }

    subscript(name: NodeName) -> FormingStatement? { others[name]?.statement }
    var statements: [FormingStatement] { others.values.map(\.statement).sorted { $0.name < $1.name } }
}
