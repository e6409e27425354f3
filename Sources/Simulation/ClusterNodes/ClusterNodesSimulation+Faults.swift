import Gossip
import Primitives

/// What goes wrong around whole nodes.
extension ClusterNodesSimulation {
    /// Something goes wrong, once in half a second, or somebody asks for a failover.
    func disturb() {
        if let (time, source, target) = plotted, world.now >= time {
            plotted = nil
            strike(source, target)
        }
        guard Int.random(in: 0..<60, using: &random) == 0 else { return }
        let (a, b) = (anyNumber(), anyNumber())
        switch Int.random(in: 0..<13, using: &random) {
        case 0, 1: cut(a, b)
        case 2: isolate(a)
        case 3: breakLinks(a, b)
        case 4, 5: if mayLose(a) { world.stop(a) }
        case 6: if mayLose(a) { world.processes[a]?.actionsLeft = Int.random(in: 0..<20, using: &random) }
        case 7: breakReplication(a, b)
        case 8, 9, 10: if movesSlots { move() }
        default: failOver(a)
        }
    }

    /// Whether a process may end. What is promised bears the loss of one copy of a shard: what another process has lost must
    /// have come back to it.
    private func mayLose(_ number: Int) -> Bool {
        guard promises, let shard = world.processes[number]?.bus.myself.shard else { return true }
        let others = world.running.filter { $0.number != number && $0.bus.myself.shard == shard }
        return others.count == 2 && others.allSatisfy { $0.bus.promiseState.term != nil && $0.actionsLeft == nil }
    }

    private func anyNumber() -> Int { Int.random(in: 0..<count, using: &random) }
    private func anyTime() -> Int64 { Int64.random(in: 50...4 * nodeTimeout, using: &random) }

    private func cut(_ a: Int, _ b: Int) {
        if a == b { return }
        let (time, bothWays) = (anyTime(), Bool.random(using: &random))
        note("nothing comes from \(a) to \(b) for \(time) ms\(bothWays ? ", nor back" : "")")
        cut(a, b, for: time, bothWays: bothWays)
    }

    private func cut(_ a: Int, _ b: Int, for time: Int64, bothWays: Bool) {
        world.cut(from: a, to: b, for: time)
        if bothWays { world.cut(from: b, to: a, for: time) }
        network.stall(b, a, for: time, bothWays: bothWays)
        network.part(a, b)
        openings.append((world.now + time, a, b))
    }

    private func isolate(_ number: Int) {
        let time = anyTime()
        note("\(number) is alone for \(time) ms")
        for other in 0..<count where other != number { cut(number, other, for: time, bothWays: true) }
    }

    private func breakLinks(_ a: Int, _ b: Int) {
        note("links of the bus between \(a) and \(b) break")
        world.breakLinks(a, b)
    }

    private func breakReplication(_ a: Int, _ b: Int) {
        note("links of replication between \(a) and \(b) break")
        network.cut { [$0.replica, $0.primary].sorted() == [a, b].sorted() }
    }

    private func failOver(_ number: Int) {
        guard let process = world.processes[number] else { return }
        let mode: FailoverMode = Int.random(in: 0..<3, using: &random) == 0 ? .forced : .inOrder
        note("node \(number) is ordered to fail over, \(mode): \(world.perform(.failover(mode), process) ?? "OK")")
    }

    // MARK: Slots that move

    /// A person has slots moved as a whole; half of the time something goes wrong meanwhile.
    private func move() {
        let primaries = processes.filter { $0.bus.myself.isPrimary && !$0.bus.myself.slots.isEmpty }
        guard let source = primaries.randomElement(using: &random),
            let target = primaries.randomElement(using: &random),
            source !== target, let slots = someSlots(of: source.bus.myself)
        else { return }
        let range = ["\(slots.lowerBound)", "\(slots.upperBound)"]
        let (asked, words) =
            takesSlots
            ? (target, ["MIGRATION", "IMPORT"] + range)
            : (source, ["MIGRATESLOTS", "SLOTSRANGE"] + range + ["NODE", target.bus.name.text])
        let call = asked.node.call([["CLUSTER"] + words])
        world.settle(asked)
        note("node \(source.number) is to give \(slots) to \(target.number): \(call.reply)")
        guard !call.reply.hasPrefix("-") else { return }
        moves += 1
        if Bool.random(using: &random) { plotted = (world.now + anyTime() / 4, source.number, target.number) }
    }

    /// Some slots in a row of one owner.
    private func someSlots(of owner: Member) -> ClosedRange<Int>? {
        guard let first = owner.slots.slots.randomElement(using: &random) else { return nil }
        let last = min(first + Int.random(in: 0..<3000, using: &random), hashSlotCount - 1)
        return (first...last).prefix { owner.slots.contains($0) }.last.map { first...$0 }
    }

    /// What goes wrong with one of the two nodes of a migration.
    private func strike(_ source: Int, _ target: Int) {
        let victim = Bool.random(using: &random) ? source : target
        switch Int.random(in: 0..<6, using: &random) {
        case 0: if mayLose(victim) { world.stop(victim) }
        case 1: if mayLose(victim) { world.processes[victim]?.actionsLeft = Int.random(in: 0..<20, using: &random) }
        case 2: cut(source, target)
        case 3: isolate(victim)
        case 4: breakReplication(source, target)
        default:
            let copies = processes.filter { $0.primary?.number == victim }.map(\.number)
            if let copy = copies.randomElement(using: &random) { failOver(copy) }
        }
    }
}
