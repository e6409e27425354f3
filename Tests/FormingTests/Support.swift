import Gossip
import Primitives

@testable import Forming

/// Some nodes with their machines and what they have on their disks, asked in rounds by the test.
struct FormingRig {
    struct Node {
        var bus: ClusterBus
        var machine: Forming
        var record = FormingRecord()
        var posted: FormingStatement
        var log: [String] = []
        let address: FormingAddress
    }

    let plan: FormingPlan
    var nodes: [Node] = []
    var now: Int64 = 1_000_000

    init(_ count: Int, shards: Int, replicas: Int) {
        plan = FormingPlan(shards: shards, replicas: replicas)
        for number in 0..<count { nodes.append(FormingRig.node(number, plan)) }
        // In the order of their names, so that the first one leads.
        nodes.sort { $0.bus.name < $1.bus.name }
    }

    static func node(_ number: Int, _ plan: FormingPlan, seed: UInt64 = 77) -> Node {
        var configuration = BusConfiguration()
        (configuration.port, configuration.busPort) = (7000 + number, 17_000 + number)
        let bus = ClusterBus(configuration, seed: seed + UInt64(number))
        let machine = Forming(
            plan, standing: FormingStanding(bus), busPort: 17_000 + number, process: UInt64(number))
        return Node(
            bus: bus, machine: machine, posted: machine.statement,
            address: FormingAddress(host: "127.0.0.1", port: 7000 + number)!)
    }

    /// One node asks others, and does what comes of it; what that was, without what is for the log.
    @discardableResult
    mutating func round(_ index: Int, seeing: [Int]? = nil, isComplete: Bool = true) -> [FormingAction] {
        now += 250
        var round = FormingRound([], isComplete: isComplete)
        for (number, node) in nodes.enumerated() {
            if seeing?.contains(number) ?? true {
                round.answers.append((node.address, node.posted))
            } else {
                round.silent.append(node.address)
            }
        }
        nodes[index].machine.receive(round, FormingStanding(nodes[index].bus), now: now)
        let actions = nodes[index].machine.takeActions()
        for action in actions { carryOut(action, index) }
        nodes[index].posted = nodes[index].machine.statement
        return actions.filter { if case .log = $0 { false } else { true } }
    }

    private mutating func carryOut(_ action: FormingAction, _ index: Int) {
        switch action {
        case .store(let record): nodes[index].record = record
        case .perform(let order): _ = try? nodes[index].bus.perform(order, now: now)
        case .log(_, let text): nodes[index].log.append(text)
        }
    }

    /// The node starts anew from its disk.
    mutating func restart(_ index: Int) {
        let standing = FormingStanding(nodes[index].bus)
        nodes[index].machine = Forming(
            plan, record: nodes[index].record, standing: standing, busPort: nodes[index].posted.busPort,
            process: nodes[index].posted.process)
        nodes[index].posted = nodes[index].machine.statement
    }

    func stage(_ index: Int) -> FormingStage { nodes[index].machine.record.stage }
}
