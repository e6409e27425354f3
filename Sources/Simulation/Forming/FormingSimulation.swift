import Forming
import Gossip
import Primitives

/// Nodes that know nothing become a cluster by themselves while they are cut off from each other, die and come back; later all
/// of them move, and one more comes. All from one seed.
///
///     empty nodes ─ faults ─▶ at most one layout, ever ─ after the last fault ─▶ one cluster, whole
///                 ─ all start anew elsewhere ─▶ the same again ─ one more ─▶ a replica where there are the fewest
public final class FormingSimulation {
    let seed: UInt64
    var random: RandomSource
    let world: BusWorld
    /// How many nodes there are from the beginning; one more comes late.
    let count: Int
    let plan: FormingPlan
    private var nodes: [Int: FormingProcess] = [:]
    /// What nodes have agreed to, as their disks have it.
    private var records: [Int: [UInt8]] = [:]
    private var plans: [Int: () -> Void] = [:]
    private var nextPlan = 1
    private var isOver = false
    /// Whether disks are lost with what nodes have agreed to; only where that cannot undo a majority.
    private let losesDisks: Bool
    private var lostDisks = 0
    private var layouts: Set<Attempt> = []
    private var failure: String?
    private let takesNotes: Bool
    private var history: [String] = []
    /// How many attempts have been granted by anybody, and in how many milliseconds the cluster was whole after the last fault.
    public private(set) var (attempts, formingTime): (Int, Int64) = (0, 0)
    private var seenAttempts: Set<Attempt> = []

    private static let faultyMilliseconds: Int64 = 40_000
    private static let longestForming: Int64 = 120_000
    private static let roundMilliseconds: Int64 = 250
    private static let longestAnswer: Int64 = 1000

    /// A run that follows from its seed.
    public init(seed: UInt64, takesNotes: Bool = false) {
        (self.seed, self.takesNotes) = (seed, takesNotes)
        var random = RandomSource(seed: seed ^ 0xF0)
        plan = FormingPlan(
            shards: Int.random(in: 1...3, using: &random), replicas: Int.random(in: 0...2, using: &random))
        let extra = Bool.random(using: &random) ? 0 : Int.random(in: 1...5, using: &random)
        losesDisks = extra == 0 && Int.random(in: 0..<3, using: &random) == 0
        count = plan.nodes + extra
        var configuration = BusConfiguration()
        configuration.nodeTimeoutMilliseconds = 2000
        var conditions = BusWorld.Conditions()
        conditions.latency = [1...2, 1...10, 20...80].randomElement(using: &random)!
        conditions.lateOneIn = [0, 20].randomElement(using: &random)!
        world = BusWorld(count + 1, configuration, conditions, seed: random.next())
        self.random = random
        world.watcher = self
    }

    /// Runs a seed; a second time with notes where something is wrong.
    public static func run(seed: UInt64) -> (failure: String?, attempts: Int, formingTime: Int64) {
        let simulation = FormingSimulation(seed: seed)
        guard simulation.run() != nil else { return (nil, simulation.attempts, simulation.formingTime) }
        let again = FormingSimulation(seed: seed, takesNotes: true)
        return (again.run() ?? "a failure that does not happen again", 0, 0)
    }

    /// Runs it. Returns what is wrong; nil where all is as it should be.
    public func run() -> String? {
        begin()
        advance(to: FormingSimulation.faultyMilliseconds)
        endFaults()
        let start = world.now
        // With a disk what others wait for may be lost: then only that nothing is laid out twice is promised.
        let isPromised = lostDisks == 0
        advance(to: start + FormingSimulation.longestForming) { self.difference(self.count) == nil }
        if let failure { return report(failure) }
        if isPromised, let difference = difference(count) { return report("not formed: \(difference)") }
        formingTime = world.now - start
        guard isPromised else { return nil }
        moveAll()
        advance(to: world.now + 60_000) { self.difference(self.count) == nil }
        if let failure = failure ?? difference(count) { return report("after all have moved: \(failure)") }
        return addOne()
    }

    /// One more node comes, and goes where there were the fewest replicas.
    private func addOne() -> String? {
        let before = replicaCounts
        world.start(count)
        advance(to: world.now + 60_000) { self.difference(self.count + 1) == nil }
        if let failure = failure ?? difference(count + 1) { return report("with a late node: \(failure)") }
        let grown = replicaCounts.filter { before[$0.key] != $0.value }
        guard grown.count == 1, let (owner, _) = grown.first, before[owner] == before.values.min() else {
            return report("a late node has made \(replicaCounts) of \(before)")
        }
        return nil
    }

    /// How many replicas each owner of slots has, as the first node sees it.
    private var replicaCounts: [NodeName: Int] {
        let members = world.processes[0]?.bus.members ?? []
        let owners = members.filter { !$0.slots.isEmpty }
        return Dictionary(
            uniqueKeysWithValues: owners.map { owner in (owner.name, members.count { $0.primary == owner.name }) })
    }

    private func advance(to end: Int64, until isDone: () -> Bool = { false }) {
        while world.now < end, failure == nil, !isDone() { world.run(until: min(end, world.now + 250)) }
    }

    // MARK: Faults

    private func begin() {
        for number in 0..<count { plan(after: Int64.random(in: 1...8000, using: &random)) { self.startIfDown(number) } }
        if Bool.random(using: &random) { split() }
        plan(after: 500) { self.disturb() }
    }

    private func startIfDown(_ number: Int) {
        if world.processes[number] == nil { world.start(number) }
    }

    /// Two groups that do not reach each other for a while.
    private func split() {
        let side = (0..<count).map { _ in Bool.random(using: &random) }
        let time = Int64.random(in: 1000...30_000, using: &random)
        for a in 0..<count { for b in 0..<count where side[a] != side[b] { world.cut(from: a, to: b, for: time) } }
        note("split into \(side.map { $0 ? "A" : "B" }.joined())")
    }

    private func disturb() {
        if isOver { return }
        let number = Int.random(in: 0..<count, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: split()
        case 1, 2: if world.processes[number] != nil { stop(number) }
        case 3, 4: nodes[number]?.actionsLeft = Int.random(in: 0...2, using: &random)
        default:
            let other = Int.random(in: 0..<count, using: &random)
            world.cut(from: number, to: other, for: Int64.random(in: 100...8000, using: &random))
        }
        plan(after: Int64.random(in: 100...4000, using: &random)) { self.disturb() }
    }

    private func stop(_ number: Int) {
        world.stop(number)
        if losesDisks, layouts.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
            lostDisks += 1
            records[number] = nil
            world.loseFile(number)
            note("node \(number) has lost its disk")
        }
        if isOver { return world.planStart(number, after: 100) }
        plan(after: Int64.random(in: 100...12_000, using: &random)) { self.startIfDown(number) }
    }

    private func endFaults() {
        isOver = true
        note("the last fault")
        for from in 0..<count { for to in 0..<count { world.heal(from: from, to: to) } }
        for number in 0..<count {
            nodes[number]?.actionsLeft = nil
            startIfDown(number)
        }
    }

    private func moveAll() {
        note("all move")
        for number in 0..<count { world.stop(number) }
        for number in 0..<count {
            world.move(number)
            world.start(number)
        }
    }

    /// Has something done after a while.
    private func plan(after milliseconds: Int64, _ body: @escaping () -> Void) {
        plans[nextPlan] = body
        world.planAlarm(nextPlan, after: milliseconds)
        nextPlan += 1
    }

    // MARK: Rounds

    private func beginRound(_ node: FormingProcess) {
        guard isRunning(node) else { return }
        var round = FormingRound([])
        if node.machine.isContent { return end(round, node) }
        var left = 0
        let others = (0...count).filter { $0 < count || world.processes[count] != nil }
        for other in others {
            left += 1
            ask(node, other) { statement in
                let address = self.address(other)
                if let statement { round.answers.append((address, statement)) } else { round.silent.append(address) }
                left -= 1
                if left == 0 { self.end(round, node) }
            }
        }
    }

    private func address(_ number: Int) -> FormingAddress {
        let address = world.address(number)
        return FormingAddress(host: address.host, port: address.port)!
    }

    /// A question and its answer take their time, each; or nothing comes.
    private func ask(_ node: FormingProcess, _ other: Int, _ body: @escaping (FormingStatement?) -> Void) {
        let (there, back) = (latency(), latency())
        plan(after: there) {
            guard let answer = self.answer(of: other, to: node) else {
                return self.plan(after: FormingSimulation.longestAnswer - there) { body(nil) }
            }
            self.plan(after: back) { body(self.isCut(other, node.number) ? nil : FormingStatement(answer)) }
        }
    }

    private func latency() -> Int64 {
        let isSlow = Int.random(in: 0..<5, using: &random) == 0
        return Int64.random(in: 1...(isSlow ? 300 : 20), using: &random)
    }

    private func answer(of number: Int, to asker: FormingProcess) -> [UInt8]? {
        guard let node = nodes[number], isRunning(node), !isCut(asker.number, number) else { return nil }
        let isKnown = node.process.bus.member(asker.process.bus.name) != nil
        return node.posted + (isKnown ? FormingStatement.acquaintance : [])
    }

    private func isCut(_ from: Int, _ to: Int) -> Bool { from != to && world.network.isCut(from: from, to: to) }

    private func isRunning(_ node: FormingProcess) -> Bool { world.processes[node.number] === node.process }

    private func end(_ round: FormingRound, _ node: FormingProcess) {
        guard isRunning(node) else { return }
        node.machine.receive(round, FormingStanding(node.process.bus), now: world.now)
        for action in node.machine.takeActions() {
            if node.actionsLeft == 0 { return stop(node.number) }
            node.actionsLeft = node.actionsLeft.map { $0 - 1 }
            carryOut(action, node)
            guard isRunning(node) else { return }
        }
        node.posted = node.machine.statement.bytes
        plan(after: Int64(node.machine.pauseMilliseconds)) { self.beginRound(node) }
    }

    private func carryOut(_ action: FormingAction, _ node: FormingProcess) {
        switch action {
        case .store(let record):
            records[node.number] = record.bytes(of: node.process.bus.name)
            look(record, node.number)
        case .perform(let order):
            let refusal = world.perform(order, node.process)
            note("node \(node.number): \(order) \(refusal ?? "")".prefix(160).description)
        case .log(_, let text): note("node \(node.number): \(text)")
        }
    }

    /// Nobody takes part in another layout than anybody else.
    private func look(_ record: FormingRecord, _ number: Int) {
        note("node \(number) is \(record.stage), \(record.attempt.map { "\($0.leader) \($0.number)" } ?? "no attempt")")
        if let attempt = record.attempt, seenAttempts.insert(attempt).inserted { attempts += 1 }
        guard record.stage == .executed, let attempt = record.attempt else { return }
        layouts.insert(attempt)
        if layouts.count > 1 { failure = "two layouts: \(layouts)" }
    }

    // MARK: The end

    /// What is missing to one whole cluster of the nodes from the first on; nil for nothing.
    private func difference(_ count: Int) -> String? {
        if let difference = BusAgreement.difference(world) { return difference }
        guard layouts.count <= 1 else { return "two layouts" }
        guard let first = world.processes[0]?.bus else { return "the first node does not run" }
        guard first.isUp else { return "slots are missing" }
        guard first.members.count == count, world.running.allSatisfy({ $0.bus.memberCount == count }) else {
            return "not all know all others"
        }
        let owners = first.members.filter { !$0.slots.isEmpty }
        guard owners.count == plan.shards else { return "\(owners.count) nodes own slots" }
        // Those who come late while nodes do not reach each other choose by what they know.
        return replicaCounts.values.reduce(0, +) == count - plan.shards ? nil : "somebody has no part"
    }

    // MARK: Report

    private func note(_ text: @autoclosure () -> String) {
        if takesNotes { history.append("\(world.now) \(text())") }
    }

    private func report(_ text: String) -> String {
        var lines =
            ["forming, seed \(seed): \(text) (at \(world.now) ms; \(count) nodes for \(plan))"] + history.suffix(200)
        for process in world.running {
            lines.append("node \(process.number) \(nodes[process.number].map { "\($0.machine.record.stage)" } ?? ""):")
            lines.append(String(decoding: process.bus.file.bytes(usesTLS: false), as: UTF8.self))
        }
        return lines.joined(separator: "\n")
    }
}

/// A process with its machine.
private final class FormingProcess {
    let number: Int
    let process: BusProcess
    var machine: Forming
    var posted: [UInt8]
    /// After so many more actions it dies; nil where nothing kills it.
    var actionsLeft: Int?

    init(_ process: BusProcess, _ machine: Forming) {
        (number, self.process, self.machine, posted) = (process.number, process, machine, machine.statement.bytes)
    }
}

extension FormingSimulation: BusWatcher {
    func alarm(_ number: Int) { plans.removeValue(forKey: number)?() }

    func didStart(_ process: BusProcess) {
        note("node \(process.number) starts as \(process.bus.name)")
        // As a real node does before it says anything.
        world.replaceFile(process.number, process.bus.file)
        let name = process.bus.name
        let record = records[process.number].map { FormingRecord($0, of: name)! } ?? FormingRecord()
        let machine = Forming(
            plan, record: record, standing: FormingStanding(process.bus),
            busPort: world.address(process.number).busPort,
            process: UInt64(process.number))
        let node = FormingProcess(process, machine)
        nodes[process.number] = node
        plan(after: Int64.random(in: 1...FormingSimulation.roundMilliseconds, using: &random)) { self.beginRound(node) }
    }

    func didStop(_ process: BusProcess) { note("node \(process.number) stops") }
    func didTurn(_ process: BusProcess) {}
    func didSend(_ process: BusProcess, _ message: BusMessage, to number: Int) {}
    func didReceive(_ process: BusProcess, _ message: BusMessage) {}
    func didOrder(_ process: BusProcess, _ order: NodeOrder) { note("node \(process.number) is to \(order)") }
    func didLog(_ process: BusProcess, _ text: String) { note("node \(process.number): \(text)") }
}
