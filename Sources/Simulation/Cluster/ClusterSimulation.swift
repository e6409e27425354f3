import Gossip
import Primitives

/// Machines of a cluster that live through ten minutes of faults and orders, all from one seed.
///
///     seed ─▶ faults and orders ─▶ machines ─ after the last fault ─▶ one owner of every slot, agreed by all
///             ─ some end for good ─▶ the same again
public final class ClusterSimulation {
    let seed: UInt64
    var random: RandomSource
    let world: BusWorld
    let count: Int
    var invariants: BusInvariants
    /// Whether somebody takes epochs without asking the others.
    let isLawful: Bool
    let nodeTimeout: Int64
    /// How long it is between two faults, in milliseconds on the average.
    let calm: Int64
    /// What persons are about to do.
    var plans: [Int: () -> Void] = [:]
    private var nextPlan = firstPlan
    private let takesNotes: Bool
    private var history: [String] = []
    private var isOver = false
    /// What was counted over the run.
    public internal(set) var figures = ClusterFigures()

    static let disturbance = 0
    private static let firstPlan = 1
    private static let faultyMilliseconds: Int64 = 480_000

    /// A run that follows from its seed.
    /// - Parameter takesNotes: whether a report of a failure tells what has happened before it; the run is slower.
    public init(seed: UInt64, takesNotes: Bool = false) {
        (self.seed, self.takesNotes) = (seed, takesNotes)
        var random = RandomSource(seed: seed ^ 0xB5)
        count = Int.random(in: 6...12, using: &random)
        isLawful = Int.random(in: 0..<3, using: &random) > 0
        nodeTimeout = [500, 1000, 2000, 5000, 15_000].randomElement(using: &random)!
        calm = [700, 2000, 6000, 20_000].randomElement(using: &random)!
        var configuration = BusConfiguration()
        configuration.nodeTimeoutMilliseconds = nodeTimeout
        configuration.requiresFullCoverage = Bool.random(using: &random)
        configuration.allowsReplicaMigration = Bool.random(using: &random)
        configuration.replicaValidityFactor = [0, 10, 10].randomElement(using: &random)!
        configuration.blacklistSeconds = 10
        world = BusWorld(count, configuration, ClusterSimulation.conditions(&random), seed: random.next())
        invariants = BusInvariants(count, isLawful: isLawful)
        self.random = random
        world.watcher = self
        form()
    }

    private static func conditions(_ random: inout RandomSource) -> BusWorld.Conditions {
        var conditions = BusWorld.Conditions()
        conditions.latency = [1...2, 1...10, 20...80].randomElement(using: &random)!
        conditions.lateOneIn = [0, 20, 200].randomElement(using: &random)!
        conditions.doubledOneIn = [0, 0, 10, 100].randomElement(using: &random)!
        return conditions
    }

    /// Starts from a cluster that somebody has made.
    private func form() {
        let primaryCount = Int.random(in: 3...count / 2, using: &random)
        let primaries = (0..<count).map { $0 < primaryCount ? nil : $0 % primaryCount }
        let formed = FormedCluster(primaries, world.address, random: &random)
        for number in 0..<count {
            world.replaceFile(number, formed.file(number))
            world.start(number)
        }
    }

    // MARK: The run

    /// Runs a seed; a second time with notes where something is wrong, to tell what and how it came to that.
    public static func run(seed: UInt64, notesShown: Int = 80) -> (failure: String?, figures: ClusterFigures) {
        let simulation = ClusterSimulation(seed: seed)
        guard let failure = simulation.run() else { return (nil, simulation.figures) }
        let again = ClusterSimulation(seed: seed, takesNotes: true)
        again.notesShown = notesShown
        return (again.run() ?? "\(failure)\nwhich does not happen again", simulation.figures)
    }

    /// Runs it. Returns what is wrong; nil where all is as it should be.
    public func run() -> String? {
        world.planAlarm(ClusterSimulation.disturbance, after: 5000)
        if let failure = advance(to: ClusterSimulation.faultyMilliseconds) { return failure }
        endFaults()
        return recover("after the last fault") ?? loseSome() ?? recover("after the last loss") ?? conclude()
    }

    /// Goes on; what has gone wrong meanwhile.
    private func advance(to end: Int64) -> String? {
        while world.now < end {
            world.run(until: min(end, world.now + 250))
            if let failure = invariants.failure { return report(failure) }
        }
        return nil
    }

    /// Waits until all agree, for as long as is promised.
    private func recover(_ occasion: String) -> String? {
        let start = world.now
        var difference: String?
        var collidedUntil = start
        while world.now - start < longestRecovery {
            if let failure = advance(to: world.now + 500) { return failure }
            if BusAgreement.collision(world) != nil { collidedUntil = world.now }
            difference = BusAgreement.difference(world) ?? BusAgreement.collision(world)
            if difference == nil {
                figures.longestRecovery = max(figures.longestRecovery, world.now - start)
                figures.addCollision(rounds: Double(collidedUntil - start) / Double(pingRound))
                return nil
            }
            helpOut()
        }
        return report("no agreement \(occasion): \(difference ?? "")")
    }

    /// In how many milliseconds all agree after the last fault, when a majority of the primaries and a copy of each shard run.
    var longestRecovery: Int64 { 60_000 + 8 * nodeTimeout }
    /// In how many milliseconds every node has pinged every other one.
    private var pingRound: Int64 { max(1000, nodeTimeout / 2) }

    private func endFaults() {
        isOver = true
        plans = [:]
        note("the last fault")
        for from in 0..<count { for to in 0..<count { world.heal(from: from, to: to) } }
        for number in 0..<count {
            world.processes[number]?.actionsLeft = nil
            if world.processes[number] == nil { world.start(number) }
        }
    }

    /// Ends some processes for good: of each shard one stays that has all data, and of the primaries most.
    private func loseSome() -> String? {
        let primaries = world.running.filter { $0.bus.myself.isPrimary && !$0.bus.myself.slots.isEmpty }
        var losses = Int.random(in: 0...(primaries.count - 1) / 2, using: &random)
        for process in primaries.shuffled(using: &random) where losses > 0 {
            let heirs = world.running.filter { $0.data.primary == process.number && $0.data.isLinkUp }
            if heirs.isEmpty { continue }
            losses -= 1
            note("node \(process.number) ends for good")
            world.stop(process.number)
            figures.losses += 1
        }
        return nil
    }

    private func conclude() -> String? {
        figures.runs = 1
        (figures.epochs, figures.votes) = (invariants.epochs, invariants.votes)
        return nil
    }

    // MARK: Persons

    /// Has something done after a while.
    func plan(after milliseconds: Int64, _ body: @escaping () -> Void) {
        plans[nextPlan] = body
        world.planAlarm(nextPlan, after: milliseconds)
        nextPlan += 1
    }

    // MARK: Report

    func note(_ text: @autoclosure () -> String) {
        if takesNotes { history.append("\(world.now) \(text())") }
    }

    /// A failure, and what has happened before it.
    private func report(_ text: String) -> String {
        let kinds = "\(count) nodes, node timeout \(nodeTimeout) ms, \(isLawful ? "lawful" : "unlawful")"
        var lines = ["cluster, seed \(seed): \(text) (at \(world.now) ms; \(kinds))"]
        lines += history.suffix(notesShown)
        for process in world.running {
            lines.append("node \(process.number), up: \(process.bus.isUp), offset \(process.data.offset):")
            lines.append(String(decoding: process.bus.file.bytes(usesTLS: false), as: UTF8.self))
        }
        return lines.joined(separator: "\n")
    }

    /// How many of the last events a report tells.
    public var notesShown = 80
}

extension ClusterSimulation: BusWatcher {
    func alarm(_ number: Int) {
        if isOver { return }
        if number != ClusterSimulation.disturbance { return plans.removeValue(forKey: number)?() ?? () }
        disturb()
        world.planAlarm(number, after: Int64.random(in: 1...2 * calm, using: &random))
    }

    func didStart(_ process: BusProcess) { note("node \(process.number) starts as \(process.bus.name)") }

    func didStop(_ process: BusProcess) {
        note("node \(process.number) stops")
        figures.stops += 1
        if isOver { return }
        let pause = Int64.random(in: 50...4 * nodeTimeout + 5000, using: &random)
        world.planStart(process.number, after: pause)
    }

    func didTurn(_ process: BusProcess) {
        guard invariants.look(process) else { return }
        let bus = process.bus
        let myself = bus.myself
        note(
            "node \(process.number): \(myself.isPrimary ? "primary" : "replica") in epoch \(myself.configEpoch) of "
                + "\(bus.currentEpoch), \(myself.slots.count) slots, up: \(bus.isUp)")
    }

    func didSend(_ process: BusProcess, _ message: BusMessage, to number: Int) {
        figures.messages += 1
        switch message.body {
        case .vote:
            note("node \(process.number) votes for \(number) in epoch \(message.header.currentEpoch)")
            invariants.vote(message, to: number)
        case .fail(let name): note("node \(process.number) tells \(number) that \(name) has failed")
        case .voteRequest: note("node \(process.number) asks \(number) to vote in epoch \(message.header.currentEpoch)")
        case .manualFailover: note("node \(process.number) asks \(number) to step back")
        case .ping, .pong, .meet, .publish, .update, .module: return
        }
    }

    func didReceive(_ process: BusProcess, _ message: BusMessage) {}

    func didOrder(_ process: BusProcess, _ order: NodeOrder) {
        if case .removeKeys(let slots) = order {
            return note("node \(process.number) is to remove keys of \(slots.count) slots")
        }
        note("node \(process.number) is to \(order)")
    }

    func didLog(_ process: BusProcess, _ text: String) { note("node \(process.number): \(text)") }
}

/// What happened in runs of clusters.
public struct ClusterFigures: Equatable, Sendable {
    /// Runs, ends of processes, ends for good, orders that were carried out, and those that were refused.
    public internal(set) var (runs, stops, losses, orders, refusals) = (0, 0, 0, 0, 0)
    /// Messages, epochs in which writes were accepted, and votes.
    public internal(set) var (messages, epochs, votes) = (0, 0, 0)
    /// The longest time from the last fault until all agreed, in milliseconds, and in how many ping rounds after it the last
    /// collision of epochs had ended.
    public internal(set) var (longestRecovery, collisionRounds): (Int64, Double) = (0, 0)

    /// Nothing yet.
    public init() {}

    mutating func addCollision(rounds: Double) { collisionRounds = max(collisionRounds, rounds) }

    /// Adds those of another run.
    public mutating func add(_ other: ClusterFigures) {
        runs += other.runs
        stops += other.stops
        losses += other.losses
        orders += other.orders
        refusals += other.refusals
        messages += other.messages
        epochs += other.epochs
        votes += other.votes
        longestRecovery = max(longestRecovery, other.longestRecovery)
        addCollision(rounds: other.collisionRounds)
    }
}
