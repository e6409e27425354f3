import Clustering
import Forming
import Gossip
import Primitives
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// The thread on which a node looks for others (`cluster-join`): it asks the sources, then all whom they name, feeds the
/// machine, and carries out what that wants. It waits for whatever it asks; nobody waits for it.
final class FormingThread: Sendable {
    private let isEnding = Locked(false)
    private let wake = WakeUp(isBlocking: false)
    private let ended = WakeUp(isBlocking: true)

    /// What nodes of this process have in common.
    private static let process = SystemRandomNumberGenerator.seed()

    /// What it needs of the node.
    struct Plan: Sendable {
        let settings: Settings
        let bus: SharedBus
        let busPort: Int
        let nodesFile: String
        let board: FormingBoard
        let log: Log
    }

    /// Begins.
    init(_ plan: Plan) throws(StartError) {
        let work = try FormingWork(plan, process: FormingThread.process)
        let isStarted = HelperThread.startDetached { [self] in
            var work = work
            while !isEnding.withLock({ $0 }) { pause(work.turn()) }
            work.leave()
            ended.raise()
        }
        if !isStarted { throw StartError(reason: "no thread for cluster-join") }
    }

    private func pause(_ milliseconds: Int32) {
        var waiting = pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&waiting, 1, milliseconds)
    }

    /// Takes the node out of the places where it has entered itself. Waits for that, but not for long.
    func end() {
        isEnding.withLock { $0 = true }
        wake.raise()
        var waiting = pollfd(fd: ended.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&waiting, 1, FormingThread.longestEnd)
    }

    private static let longestEnd: Int32 = 3000

    /// The sources that the settings name. Throws where the settings make no sense.
    static func sources(_ settings: Settings) throws(SettingsError) -> [JoinSource] {
        func refusal(_ name: String, _ reason: String) -> SettingsError { settings.failure(of: name, reason: reason) }
        guard !settings.clusterJoin.isEmpty else { return [] }
        guard settings.clusterEnabled else { throw refusal("cluster-join", "cluster-join needs cluster-enabled yes") }
        guard settings.port != 0 else {
            throw refusal("cluster-join", "nodes that find each other need a port without TLS")
        }
        let resolver = settings.clusterJoinResolver
        guard resolver.isEmpty || JoinSource.HostPort(resolver, defaultPort: 53) != nil else {
            throw refusal("cluster-join-resolver", "the address of a DNS server is host or host:port")
        }
        do throws(JoinSourceError) {
            return try JoinSource.parse(settings.clusterJoin.joined(separator: " "))
        } catch {
            throw refusal("cluster-join", error.reason)
        }
    }
}

/// What the thread does, round after round.
private struct FormingWork: Sendable {
    private let plan: FormingThread.Plan
    private let process: UInt64
    private let place: FormingPlace
    private let credentials: [[UInt8]]
    private var machine: Forming
    private var lookup: NodeLookup
    private var lastFailures: [String] = []

    private static let longestRound: Int32 = 1000

    init(_ plan: FormingThread.Plan, process: UInt64) throws(StartError) {
        (self.plan, self.process) = (plan, process)
        place = FormingPlace(beside: plan.nodesFile)
        let settings = plan.settings
        let standing = plan.bus.access { FormingStanding($0) }
        machine = FormingWork.machine(try place.read(standing.name), standing, plan, process)
        var sources: [JoinSource] = []
        do throws(SettingsError) { sources = try FormingThread.sources(settings) } catch {
            throw StartError(reason: error.fatalReport(version: ""))
        }
        lookup = NodeLookup(sources, settings, name: standing.name)
        let user = settings.masteruser.isEmpty ? [] : [Array(settings.masteruser.utf8)]
        credentials = settings.masterauth.isEmpty ? [] : user + [settings.masterauth]
        plan.board.post(machine.statement.bytes)
    }

    private static func machine(
        _ record: FormingRecord, _ standing: FormingStanding, _ plan: FormingThread.Plan, _ process: UInt64
    ) -> Forming {
        let shape = FormingPlan(shards: plan.settings.clusterShards, replicas: plan.settings.clusterReplicas)
        return Forming(shape, record: record, standing: standing, busPort: plan.busPort, process: process)
    }

    /// One round; how long to wait for the next, in milliseconds.
    mutating func turn() -> Int32 {
        let outcome = lookup.find(now: Clock.system.monotonicMilliseconds)
        tell(outcome.failures)
        let isContent = machine.isContent
        let addresses = isContent ? [] : outcome.addresses.sorted()
        let questions = addresses.map { _ in FormingQuestion(machine.name, credentials: credentials) }
        ask(addresses, questions)
        var round = FormingRound([], isComplete: outcome.isComplete)
        for (address, question) in zip(addresses, questions) {
            if let answer = question.answer {
                round.answers.append((address, answer))
            } else {
                round.silent.append(address)
            }
        }
        let standing = plan.bus.access { FormingStanding($0) }
        machine.receive(round, standing, now: Clock.system.monotonicMilliseconds)
        carryOut(machine.takeActions())
        plan.board.post(machine.statement.bytes)
        return Int32(machine.pauseMilliseconds)
    }

    /// Takes the node out of the places where it has entered itself.
    mutating func leave() { lookup.leave() }

    private func ask(_ addresses: [FormingAddress], _ questions: [FormingQuestion]) {
        let source = plan.settings.bindSourceAddr
        _ = Conversations(source: source, milliseconds: FormingWork.longestRound).hold(
            zip(addresses, questions).map { ($0.host, $0.port, $1) })
    }

    private mutating func tell(_ failures: [String]) {
        guard failures != lastFailures else { return }
        lastFailures = failures
        for failure in failures { plan.log.write(.warning, "cluster-join: \(failure)") }
    }

    private mutating func carryOut(_ actions: [FormingAction]) {
        for action in actions {
            switch action {
            case .store(let record):
                if let reason = place.replace(record, machine.statement.name) { return fail(reason) }
            case .perform(let order):
                do throws(BusError) {
                    try plan.bus.perform(order, now: Clock.system.wallMilliseconds)
                } catch {
                    plan.log.write(.verbose, "cluster-join: the bus has refused an order: \(error.text)")
                }
            case .log(let isWarning, let text): plan.log.write(isWarning ? .warning : .notice, text)
            }
        }
    }

    /// What is not on the disk has not been agreed to: the node goes on from what is.
    private mutating func fail(_ reason: String) {
        plan.log.write(.warning, "cluster-join: what this node has agreed to cannot be saved: \(reason)")
        let standing = plan.bus.access { FormingStanding($0) }
        guard let record = try? place.read(standing.name) else { return }
        machine = FormingWork.machine(record, standing, plan, process)
    }
}
