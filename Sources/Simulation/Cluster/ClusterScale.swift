import Gossip
import Primitives

/// How a large cluster stands the loss of many primaries at once: 1,000 primaries with a replica each, of which some end.
public final class ClusterScale {
    /// What was found.
    public struct Outcome: Sendable {
        /// Milliseconds from the loss until the first FAIL, and from there until every slot was served again; nil where that
        /// has not come to pass.
        public var (untilFail, untilServed): (Int64?, Int64?)
        /// Milliseconds from the loss until all machines that run take the cluster for whole; nil as above.
        public var untilWhole: Int64?
        /// How many primaries were lost.
        public var losses = 0
        /// What a node sent a second before the loss, and between it and the end.
        public var (before, after) = (Traffic(), Traffic())
        /// Elections: requests for votes, and votes.
        public var (requests, votes) = (0, 0)
    }

    /// What a node sends a second, on the average.
    public struct Traffic: Sendable {
        /// Messages, and bytes by the codec's formula.
        public var (messages, bytes) = (0.0, 0.0)
    }

    private let world: BusWorld
    private let primaryCount: Int
    private var random: RandomSource
    private var outcome = Outcome()
    private var (messages, bytes) = (0, 0)
    private var lossAt: Int64?
    private var failAt: Int64?

    private static let greeting: Int64 = 8000
    private static let settling: Int64 = 20_000
    private static let longest: Int64 = 180_000

    /// A cluster with one replica for each primary.
    public init(seed: UInt64, primaries: Int = 1000, nodeTimeoutMilliseconds: Int64 = 15_000) {
        random = RandomSource(seed: seed)
        primaryCount = primaries
        var configuration = BusConfiguration()
        configuration.nodeTimeoutMilliseconds = nodeTimeoutMilliseconds
        var conditions = BusWorld.Conditions()
        (conditions.canCut, conditions.keepsFiles, conditions.greeting) = (false, false, ClusterScale.greeting)
        world = BusWorld(2 * primaries, configuration, conditions, seed: random.next())
        let leaders = (0..<2 * primaries).map { $0 < primaries ? nil : $0 - primaries }
        let formed = FormedCluster(leaders, world.address, random: &random)
        for number in leaders.indices { world.start(number, file: formed.file(number)) }
        world.watcher = self
    }

    /// Ends so many per cent of the primaries, though never so many that no majority is left, and waits.
    public func run(percent: Int) -> Outcome {
        world.run(until: ClusterScale.settling - 5000)
        (messages, bytes) = (0, 0)
        world.run(until: ClusterScale.settling)
        outcome.before = traffic(milliseconds: 5000, nodes: world.processes.count)
        outcome.losses = min(primaryCount * percent / 100, (primaryCount - 1) / 2)
        lossAt = world.now
        for number in (0..<primaryCount).shuffled(using: &random).prefix(outcome.losses) { world.stop(number) }
        wait()
        return outcome
    }

    private func wait() {
        let (start, running) = (world.now, world.running)
        while world.now - start < ClusterScale.longest, outcome.untilWhole == nil {
            world.run(until: world.now + 100)
            guard let failAt else { continue }
            outcome.untilFail = failAt - start
            if outcome.untilServed == nil, isServed(running) { outcome.untilServed = world.now - failAt }
            if outcome.untilServed != nil, running.allSatisfy(\.bus.isUp) { outcome.untilWhole = world.now - start }
        }
        outcome.after = traffic(milliseconds: world.now - start, nodes: running.count)
    }

    /// Whether every slot has a node that accepts writes of it.
    private func isServed(_ running: [BusProcess]) -> Bool {
        var served = SlotSet()
        for process in running where process.acceptsWrites { served = served.union(process.bus.myself.slots) }
        return served.count == hashSlotCount
    }

    private func traffic(milliseconds: Int64, nodes: Int) -> Traffic {
        let seconds = Double(milliseconds) / 1000 * Double(nodes)
        defer { (messages, bytes) = (0, 0) }
        return Traffic(messages: Double(messages) / seconds, bytes: Double(bytes) / seconds)
    }
}

extension ClusterScale: BusWatcher {
    func didSend(_ process: BusProcess, _ message: BusMessage, to number: Int) {
        messages += 1
        bytes += message.encodedLength
        guard lossAt != nil else { return }
        switch message.body {
        case .fail: failAt = failAt ?? world.now
        case .voteRequest: outcome.requests += 1
        case .vote: outcome.votes += 1
        case .ping, .pong, .meet, .publish, .update, .manualFailover, .module: return
        }
    }

    func alarm(_ number: Int) {}
    func didStart(_ process: BusProcess) {}
    func didStop(_ process: BusProcess) {}
    func didTurn(_ process: BusProcess) {}
    func didReceive(_ process: BusProcess, _ message: BusMessage) {}
    func didOrder(_ process: BusProcess, _ order: NodeOrder) {}
    func didLog(_ process: BusProcess, _ text: String) {}
}
