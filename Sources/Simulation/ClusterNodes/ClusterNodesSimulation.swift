import Clustering
import Gossip
import Primitives

/// Clusters of whole nodes with their data, replication and disks, whose clients follow redirections, while everything around
/// them fails.
///
///     seed ─▶ faults, orders, writes ─▶ nodes ─ after the last fault ─▶ one owner of every slot, equal copies
public final class ClusterNodesSimulation {
    let seed: UInt64
    var random: RandomSource
    let network: SimulatedNetwork
    let world: BusWorld
    let count: Int
    let nodeTimeout: Int64
    /// Whether what is acknowledged is acknowledged by most copies.
    let promises: Bool
    private let disks: [MemoryDisk]
    private let logDisks: [MemoryDisk]
    private var client = ClusterClient()
    private var invariants: BusInvariants
    private var history: [String] = []
    private var isOver = false
    /// Whether slots are moved as a whole, and whether targets are told to take them, not sources to give them.
    let (movesSlots, takesSlots): (Bool, Bool)
    /// When something is to go wrong with a migration, and between which nodes.
    var plotted: (time: Int64, source: Int, target: Int)?
    /// How many migrations of slots were begun.
    var moves = 0
    /// What is over at a time: cuts of the replicas' links.
    var openings: [(time: Int64, a: Int, b: Int)] = []
    /// What was counted over the run.
    public private(set) var figures = ClusterNodesFigures()

    private static let step: Int64 = 10
    private static let faultyMilliseconds: Int64 = 40_000
    private static let longestRecovery: Int64 = 90_000
    private static let primaryCount = 3

    /// A run that follows from its seed.
    /// - Parameters:
    ///   - promises: whether writes are acknowledged by most copies, and none of these may be lost.
    ///   - takesSlots: whether slots that are moved are asked for by their targets.
    public init(seed: UInt64, promises: Bool = false, takesSlots: Bool = false) {
        (self.seed, self.promises) = (seed, promises)
        var random = RandomSource(seed: seed ^ 0xC1)
        network = SimulatedNetwork(seed: random.next())
        let copies = promises ? 3 : 2
        count = ClusterNodesSimulation.primaryCount * copies
        nodeTimeout = [500, 1000, 2000].randomElement(using: &random)!
        var configuration = BusConfiguration()
        configuration.nodeTimeoutMilliseconds = nodeTimeout
        configuration.requiresFullCoverage = Bool.random(using: &random)
        configuration.allowsReplicaMigration = !promises
        configuration.replicaValidityFactor = 0
        if promises { configuration.promise = PromiseRule(copies: copies, acknowledgements: 2) }
        var conditions = BusWorld.Conditions()
        (conditions.port, conditions.portDistance) = (SimulatedNetwork.port(0), 1)
        conditions.epoch = network.hands.nanoseconds / 1_000_000
        conditions.lateOneIn = 50
        world = BusWorld(count, configuration, conditions, seed: random.next())
        disks = (0..<count).map { _ in MemoryDisk() }
        logDisks = (0..<count).map { _ in MemoryDisk() }
        // Whoever takes slots that were moved takes an epoch without asking the others.
        (movesSlots, self.takesSlots) = (Int.random(in: 0..<4, using: &random) > 0, takesSlots)
        invariants = BusInvariants(count, isLawful: !movesSlots)
        self.random = random
        world.watcher = self
        world.makeProcess = { [unowned self] in makeProcess($0, $1, $2) }
        form()
    }

    private func form() {
        let primaryCount = ClusterNodesSimulation.primaryCount
        let primaries = (0..<count).map { $0 < primaryCount ? nil : $0 % primaryCount }
        let formed = FormedCluster(primaries, world.address, random: &random)
        for number in 0..<count {
            world.replaceFile(number, formed.file(number))
            world.start(number)
        }
    }

    private var directives: String {
        var directives = "cluster-enabled yes\ncluster-node-timeout \(nodeTimeout)\n"
        if promises { directives += "appendonly yes\nappendfsync always\npromise-replicas 1\npromise-copies 3\n" }
        return directives
    }

    private func makeProcess(_ number: Int, _ incarnation: Int32, _ bus: ClusterBus) -> BusProcess {
        let shared = SharedBus(bus)
        let node = SimulatedNode(
            number, network, disks[number], directives: directives, logDisk: logDisks[number], primary: nil,
            seed: random.next(), bus: shared)
        network.listeners[number] = node
        return WholeProcess(number, incarnation, shared, node, host: world.address(number).host)
    }

    var processes: [WholeProcess] { world.running.compactMap { $0 as? WholeProcess } }

    // MARK: The run

    /// Runs it. Returns what is wrong; nil where all is as it should be.
    public func run() -> String? {
        while world.now < ClusterNodesSimulation.faultyMilliseconds {
            if world.now > 4000 { disturb() }
            for _ in 0..<2 where Int.random(in: 0..<3, using: &random) == 0 {
                client.write(&random, processes, now: world.now)
            }
            step()
            if let failure = invariants.failure { return report(failure) }
        }
        endFaults()
        return recover()
    }

    private func step() {
        network.hands.advance(milliseconds: ClusterNodesSimulation.step)
        world.run(until: world.now + ClusterNodesSimulation.step)
        let due = openings.filter { $0.time <= world.now }
        openings.removeAll { $0.time <= world.now }
        for opening in due { network.join(opening.a, opening.b) }
        for process in processes {
            process.node.turn(&random, network)
            world.settle(process)
            if process.node.hasCrashed { world.stop(process.number) }
        }
        client.look(processes, now: world.now)
    }

    private func endFaults() {
        isOver = true
        note("the last fault")
        network.heal()
        for process in processes { process.actionsLeft = nil }
        for from in 0..<count { for to in 0..<count { world.heal(from: from, to: to) } }
        for number in 0..<count where world.processes[number] == nil { world.start(number) }
    }

    private func recover() -> String? {
        let start = world.now
        // Copies are equal only between two pings: what is told is what was seen most often.
        var differences: [String: Int] = [:]
        while world.now - start < ClusterNodesSimulation.longestRecovery {
            // Not in step with pings, which make copies differ for a moment.
            for _ in 0..<47 { step() }
            if let failure = invariants.failure { return report(failure) }
            guard let difference = BusAgreement.difference(world) ?? unequal ?? unsettled ?? silent else {
                return conclude()
            }
            differences[difference, default: 0] += 1
        }
        let (difference, _) = differences.max { $0.value < $1.value } ?? ("", 0)
        return report("no agreement after the last fault: \(difference)")
    }

    /// The first copy that is not like its primary; nil where there is none.
    private var unequal: String? {
        for process in processes {
            guard let primary = process.primary?.number, let other = world.processes[primary] as? WholeProcess else {
                continue
            }
            if process.node.offset != other.node.offset { return "node \(process.number) is behind \(primary)" }
            if process.node.digest != other.node.digest {
                return "nodes \(primary) and \(process.number) differ: \(other.node.difference(to: process.node))"
            }
        }
        return nil
    }

    /// What a migration of slots has left behind; nil for nothing.
    private var unsettled: String? {
        for process in processes {
            let number = process.number
            let keyspace = process.node.node.keyspace
            if keyspace.hiddenSlots != nil { return "node \(number) hides slots" }
            // A replica that has missed what became of a grant asks for it when it becomes a primary.
            if process.bus.myself.isPrimary, !process.bus.openGrants.isEmpty {
                return "node \(number) does not know what became of a grant"
            }
            // Without a log an old snapshot brings back what is another's by now.
            guard promises, process.bus.myself.isPrimary else { continue }
            let used = (0..<keyspace.databaseCount).flatMap { keyspace.usedSlots($0) }
            let owned = process.bus.myself.slots
            if let slot = used.first(where: { !owned.contains($0) }) {
                return "node \(number) has keys of slot \(slot), which is another's"
            }
        }
        return nil
    }

    /// The first node that promises nothing yet; nil where there is none.
    private var silent: String? {
        guard promises else { return nil }
        for process in processes {
            let primary = process.primary.flatMap { world.processes[$0.number] } ?? process
            guard let term = process.bus.promiseState.term, term == primary.bus.promiseState.term else {
                return "node \(process.number) promises nothing: \(process.bus.promiseState)"
            }
        }
        return nil
    }

    private func conclude() -> String? {
        let (lost, first) = client.losses(processes) { step() }
        (figures.runs, figures.acknowledged, figures.lost) = (1, client.kept, lost)
        (figures.sent, figures.refused, figures.redirected) = (client.sent, client.refused, client.redirected)
        (figures.epochs, figures.votes) = (invariants.epochs, invariants.votes)
        figures.moves = moves
        figures.moved = processes.reduce(0) { $0 + $1.node.takenMigrations }
        return promises && lost > 0 ? report("\(lost) acknowledged writes are lost, first \(first ?? "")") : nil
    }

    // MARK: Report

    func note(_ text: String) { history.append("\(world.now) \(text)") }

    private func report(_ text: String) -> String {
        let kind = takesSlots ? "imports" : promises ? "promises" : "nodes"
        var lines = ["\(kind), seed \(seed): \(text) (at \(world.now) ms, node timeout \(nodeTimeout) ms)"]
        lines += history.suffix(1500)
        for process in processes {
            lines.append("node \(process.number), up: \(process.bus.isUp), offset \(process.node.offset):")
            lines.append(String(decoding: process.bus.file.bytes(usesTLS: false), as: UTF8.self))
            for words in [["GETSLOTMIGRATIONS"], ["MIGRATION", "STATUS", "ALL"]] {
                let migrations = process.node.observe(["CLUSTER"] + words)
                lines.append(migrations.split(separator: "\r\n").filter { !$0.hasPrefix("$") }.joined(separator: " "))
            }
            lines += process.node.lines.suffix(15).map { "  \($0)" }
        }
        return lines.joined(separator: "\n")
    }
}

extension ClusterNodesSimulation: BusWatcher {
    func alarm(_ number: Int) {}

    func didStart(_ process: BusProcess) { note("node \(process.number) starts") }

    func didStop(_ process: BusProcess) {
        guard let process = process as? WholeProcess else { return }
        let number = process.number
        note("node \(number) stops")
        figures.stops += 1
        process.node.stop(savesFirst: Int.random(in: 0..<3, using: &random) == 0, &random)
        network.listeners[number] = nil
        network.cut { $0.replica == number || $0.primary == number }
        if !isOver { world.planStart(number, after: Int64.random(in: 50...4 * nodeTimeout, using: &random)) }
    }

    func didTurn(_ process: BusProcess) {
        guard invariants.look(process) else { return }
        let myself = process.bus.myself
        note(
            "node \(process.number): \(myself.isPrimary ? "primary" : "replica") in epoch \(myself.configEpoch), "
                + "\(myself.slots.count) slots, up: \(process.bus.isUp)")
    }

    func didSend(_ process: BusProcess, _ message: BusMessage, to number: Int) {
        guard case .vote = message.body else { return }
        note("node \(process.number) votes for \(number) in epoch \(message.header.currentEpoch)")
        invariants.vote(message, to: number)
    }

    func didReceive(_ process: BusProcess, _ message: BusMessage) {}

    func didOrder(_ process: BusProcess, _ order: NodeOrder) {
        if case .removeKeys = order { return note("node \(process.number) is to remove keys") }
        if case .saved = order { return }
        note("node \(process.number) is to \(order)")
    }

    func didLog(_ process: BusProcess, _ text: String) { note("node \(process.number): \(text)") }
}

/// What happened in runs of clusters of whole nodes.
public struct ClusterNodesFigures: Equatable, Sendable {
    /// Runs, and ends of processes.
    public internal(set) var (runs, stops) = (0, 0)
    /// Writes that were acknowledged, those of them that were lost, those that were refused, and redirections.
    public internal(set) var (acknowledged, lost, refused, redirected) = (0, 0, 0, 0)
    /// Writes that were sent.
    public internal(set) var sent = 0
    /// Migrations of slots that were begun, and those that have ended well in processes that live to the end.
    public internal(set) var (moves, moved) = (0, 0)
    /// Epochs in which writes were accepted, and votes.
    public internal(set) var (epochs, votes) = (0, 0)

    /// Nothing yet.
    public init() {}

    /// Adds those of another run.
    public mutating func add(_ other: ClusterNodesFigures) {
        runs += other.runs
        stops += other.stops
        moves += other.moves
        moved += other.moved
        sent += other.sent
        acknowledged += other.acknowledged
        lost += other.lost
        refused += other.refused
        redirected += other.redirected
        epochs += other.epochs
        votes += other.votes
    }
}
