// Simulation: whole nodes of the production code on a virtual clock, a network and disks that fail, all from one seed.
import Primitives
import Settings

/// Nodes that replicate each other while links break, processes die, and parts are changed at random.
///
///     seed ─▶ events ─▶ nodes ─ after the last fault: one primary, all others follow it ─▶ equal digests
public final class ReplicationSimulation {
    private let seed: UInt64
    private var random: RandomSource
    private let network: SimulatedNetwork
    private let disks: [MemoryDisk]
    private let logDisks: [MemoryDisk]
    private var nodes: [SimulatedNode?]
    private var directives: [String] = []
    /// What the configuration of each says of its primary.
    private var primaries: [Int?]
    private var restarts: [Int64?]
    /// Nodes that were told to hand over.
    private var handingOver: Set<Int> = []
    /// How many steps of a snapshot on its way there are to one that breaks its link; 0 for none that does.
    private let snapshotBreakage: Int
    /// What was done, for whoever looks into a failure.
    private var history: [String] = []
    /// What was counted over the run.
    public private(set) var figures = SimulationFigures()

    private static let stepMilliseconds: Int64 = 10
    private static let faultyMilliseconds: Int64 = 20_000
    private static let longestRecovery: Int64 = 120_000

    /// A run that follows from its seed.
    public init(seed: UInt64) {
        self.seed = seed
        random = RandomSource(seed: seed)
        network = SimulatedNetwork(seed: random.next())
        network.capacity = [800, 4 << 10, 64 << 10].randomElement(using: &random)!
        snapshotBreakage = [0, 3, 10].randomElement(using: &random)!
        let count = Int.random(in: 2...4, using: &random)
        disks = (0..<count).map { _ in MemoryDisk() }
        logDisks = (0..<count).map { _ in MemoryDisk() }
        nodes = Array(repeating: nil, count: count)
        primaries = (0..<count).map { $0 == 0 ? nil : 0 }
        restarts = Array(repeating: nil, count: count)
        for _ in 0..<count { directives.append(chooseDirectives()) }
        for number in 0..<count { start(number) }
    }

    private func chooseDirectives() -> String {
        let ways = ["disabled", "on-empty-db", "swapdb"]
        let isDiskless = Bool.random(using: &random)
        return """
            repl-diskless-load \(ways.randomElement(using: &random)!)
            repl-diskless-sync \(isDiskless ? "yes" : "no")
            appendonly \(Int.random(in: 0..<3, using: &random) == 0 ? "yes" : "no")
            aof-use-rdb-preamble \(Bool.random(using: &random) ? "yes" : "no")
            """
    }

    // MARK: The run

    /// Runs it. Returns what is wrong; nil where all is as it should be.
    public func run() -> String? {
        while network.now < ReplicationSimulation.faultyMilliseconds {
            disturb()
            breakSnapshots()
            write()
            step()
            if network.now % 500 == 0, let difference = difference() { return report(difference) }
        }
        return recover()
    }

    private func step() {
        network.hands.advance(milliseconds: ReplicationSimulation.stepMilliseconds)
        for number in nodes.indices {
            if let time = restarts[number], network.now >= time { start(number) }
            nodes[number]?.turn(&random, network)
            if nodes[number]?.hasCrashed ?? false { stop(number, savesFirst: false, for: 500) }
        }
        noteHandovers()
    }

    private func write() {
        for number in nodes.indices {
            guard let node = nodes[number], Int.random(in: 0..<3, using: &random) == 0 else { continue }
            // Replicas are written to as well, and refuse.
            if node.node.isReplica, Int.random(in: 0..<10, using: &random) != 0 { continue }
            writeTransaction(node)
        }
    }

    private func writeTransaction(_ node: SimulatedNode) {
        guard Int.random(in: 0..<6, using: &random) == 0 else {
            _ = node.run(RandomCommands.next(&random))
            return figures.commands += 1
        }
        _ = node.run(["MULTI"])
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            _ = node.run(RandomCommands.next(&random))
            figures.commands += 1
        }
        _ = node.run(["EXEC"])
    }

    // MARK: Faults

    private func disturb() {
        guard Int.random(in: 0..<30, using: &random) == 0 else { return }
        let (a, b) = (anyNumber(), anyNumber())
        switch Int.random(in: 0..<17, using: &random) {
        case 0, 1: cut(a, b)
        case 2: stall(a, b)
        case 3: network.part(a, b)
        case 4: network.heal()
        case 5: stop(a, savesFirst: false, for: Int64.random(in: 20...3000, using: &random))
        case 6: stop(a, savesFirst: true, for: Int64.random(in: 20...3000, using: &random))
        case 7, 8: follow(a, b)
        case 9: promote(a)
        case 10: _ = nodes[a]?.run(["BGSAVE"])
        case 11: _ = nodes[a]?.run(["CLIENT", "KILL", "TYPE", ["master", "replica"].randomElement(using: &random)!])
        case 12: _ = nodes[a]?.run(["BGREWRITEAOF"])
        case 13, 14: handOver(a, b)
        case 15: _ = nodes[a]?.observe(["FAILOVER", "ABORT"])
        default: _ = nodes[a]?.run(["DEBUG", "CHANGE-REPL-ID"])
        }
    }

    private func anyNumber() -> Int { Int.random(in: nodes.indices, using: &random) }

    private func note(_ text: String) { history.append("\(network.now) \(text)") }

    private func cut(_ a: Int, _ b: Int) {
        note("cut \(a) \(b)")
        network.cut { [$0.replica, $0.primary].sorted() == [a, b].sorted() }
    }

    private func stall(_ a: Int, _ b: Int) {
        let time = Int64.random(in: 100...8000, using: &random)
        let bothWays = Bool.random(using: &random)
        note("stall \(a) \(b) for \(time), both ways: \(bothWays)")
        network.stall(a, b, for: time, bothWays: bothWays)
    }

    /// Breaks links in the middle of snapshots.
    private func breakSnapshots() {
        guard snapshotBreakage > 0 else { return }
        for case let node? in nodes where node.isReceivingSnapshot {
            guard Int.random(in: 0..<snapshotBreakage, using: &random) == 0 else { continue }
            note("cut \(node.number) in its snapshot")
            network.cut { $0.replica == node.number }
        }
    }

    /// Has a primary hand over, to whoever can take over or to one.
    private func handOver(_ number: Int, _ target: Int) {
        guard let node = nodes[number] else { return }
        let time = "\(Int.random(in: 1...2000, using: &random))"
        let to = ["TO", "10.0.0.\(target)", "\(SimulatedNetwork.port(target))"]
        let options = [[], ["TIMEOUT", time], to, to + ["TIMEOUT", time], to + ["TIMEOUT", time, "FORCE"]]
        let reply = node.observe(["FAILOVER"] + options.randomElement(using: &random)!)
        guard reply.hasPrefix("+OK") else { return }
        note("\(number) hands over")
        handingOver.insert(number)
        figures.handovers += 1
    }

    /// What became of handovers stands in the configurations, as a sentinel would have it.
    private func noteHandovers() {
        for number in handingOver {
            if let node = nodes[number], node.isHandingOver { continue }
            handingOver.remove(number)
            for case let node? in nodes {
                primaries[node.number] = node.replication.replica.primary.map {
                    SimulatedNetwork.number(ofPort: $0.port)
                }
            }
        }
    }

    private func stop(_ number: Int, savesFirst: Bool, for milliseconds: Int64) {
        guard let node = nodes[number] else { return }
        note("stop \(number), saves first: \(savesFirst)")
        node.stop(savesFirst: savesFirst, &random)
        nodes[number] = nil
        network.listeners[number] = nil
        network.cut { $0.replica == number || $0.primary == number }
        restarts[number] = network.now + milliseconds
        figures.stops += 1
    }

    private func start(_ number: Int) {
        note("start \(number)")
        restarts[number] = nil
        let primary = primaries[number].map { PrimaryAddress(host: "node", port: SimulatedNetwork.port($0)) }
        let node = SimulatedNode(
            number, network, disks[number], directives: directives[number], logDisk: logDisks[number],
            primary: primary, seed: random.next())
        nodes[number] = node
        network.listeners[number] = node
    }

    /// Points one node at another, unless the other one follows it.
    private func follow(_ number: Int, _ primary: Int) {
        guard let node = nodes[number], !leads(number, to: primary) else { return }
        note("\(number) follows \(primary)")
        primaries[number] = primary
        assign(number, node)
    }

    /// Whether a node is a primary of another, of that one's primary, and so on.
    private func leads(_ number: Int, to other: Int) -> Bool {
        var current: Int? = other
        for _ in 0...nodes.count {
            if current == number { return true }
            current = current.flatMap { primaries[$0] }
        }
        return false
    }

    private func promote(_ number: Int) {
        guard let node = nodes[number] else { return }
        note("\(number) follows nobody")
        primaries[number] = nil
        assign(number, node)
    }

    /// Has a node follow whom it shall. One that loads data refuses.
    private func assign(_ number: Int, _ node: SimulatedNode) {
        let primary = primaries[number]
        if node.replication.replica.primary?.port == primary.map(SimulatedNetwork.port) { return }
        let words = primary.map { ["node", "\(SimulatedNetwork.port($0))"] } ?? ["NO", "ONE"]
        _ = node.observe(["REPLICAOF"] + words)
    }

    // MARK: Verdict

    /// After the last fault there is one primary. Everybody else follows it, some over another.
    private func recover() -> String? {
        network.heal()
        for number in nodes.indices where nodes[number] == nil { start(number) }
        for case let node? in nodes { _ = node.observe(["FAILOVER", "ABORT"]) }
        handingOver = []
        let leader = anyNumber()
        promote(leader)
        for number in nodes.indices where number != leader { primaries[number] = nil }
        for number in nodes.indices where number != leader {
            let settled = nodes.indices.filter { $0 < number && $0 != leader }
            follow(number, Bool.random(using: &random) ? leader : settled.randomElement(using: &random) ?? leader)
        }
        let end = network.now + ReplicationSimulation.longestRecovery
        var calmSince = network.now
        while network.now < end {
            step()
            for case let node? in nodes { assign(node.number, node) }
            if !isFollowed { calmSince = network.now }
            // So long that what expires has expired everywhere.
            if network.now - calmSince > 10_000, isLevel { return conclude() }
        }
        return report("the nodes do not come together")
    }

    /// Whether everybody but one hears a primary.
    private var isFollowed: Bool { nodes.indices.allSatisfy { primaries[$0] == nil || nodes[$0]?.isLinked ?? false } }

    /// Whether nothing is on its way.
    private var isLevel: Bool { Set(nodes.compactMap { $0?.offset }).count == 1 }

    private func conclude() -> String? {
        for node in nodes { figures.add(node?.replication.figures) }
        return difference(isFinal: true).map(report)
    }

    /// Two nodes at the same place of the same history have the same data.
    private func difference(isFinal: Bool = false) -> String? {
        var seen: [String: (number: Int, digest: String)] = [:]
        for case let node? in nodes where !node.replication.replica.isLoading && (node.isLinked || !node.node.isReplica)
        {
            let place = isFinal ? "end" : "\(node.node.history.id) \(node.offset)"
            let digest = node.digest
            if let other = seen[place], other.digest != digest {
                return "nodes \(other.number) and \(node.number) differ at \(place)"
            }
            seen[place] = (node.number, digest)
            figures.comparisons += 1
        }
        return nil
    }

    private func report(_ text: String) -> String {
        var lines = ["seed \(seed): \(text) (at \(network.now) ms)"] + history.suffix(40)
        for case let node? in nodes {
            lines.append("node \(node.number): offset \(node.offset), history \(node.node.history.id)")
            lines += node.lines.suffix(25).map { "  \($0)" }
        }
        return lines.joined(separator: "\n")
    }
}

/// What happened in runs.
public struct SimulationFigures: Equatable, Sendable {
    /// Commands of clients, ends of processes, and digests that were compared.
    public internal(set) var (commands, stops, comparisons) = (0, 0, 0)
    /// Synchronisations that the last processes have served.
    public internal(set) var (fullSyncs, partialSyncs) = (0, 0)
    /// Snapshots that have gone on over another link, at the last processes, and handovers that were begun.
    public internal(set) var (resumedSyncs, handovers) = (0, 0)

    /// Nothing yet.
    public init() {}

    /// Adds those of another run.
    public mutating func add(_ other: SimulationFigures) {
        commands += other.commands
        stops += other.stops
        comparisons += other.comparisons
        fullSyncs += other.fullSyncs
        partialSyncs += other.partialSyncs
        resumedSyncs += other.resumedSyncs
        handovers += other.handovers
    }
}
