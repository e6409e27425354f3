import Gossip
import Primitives

/// What goes wrong in a simulated cluster, and what persons do in the middle of it.
extension ClusterSimulation {
    /// Something goes wrong, or somebody does something.
    func disturb() {
        let (a, b) = (anyNumber(), anyNumber())
        switch Int.random(in: 0..<24, using: &random) {
        case 0, 1: cut(a, b, bothWays: true)
        case 2, 3: cut(a, b, bothWays: false)
        case 4: part()
        case 5: isolate(a)
        case 6, 7: breakLinks(a, b)
        case 8, 9, 10: stop(a)
        case 11, 12: stopWithin(a)
        case 13: moveClock(a)
        case 14: move(a)
        case 15, 16, 17: failOver(a)
        case 18, 19: moveSlots(a, b)
        case 20: forget(a, b)
        case 21: replicate(a, b)
        case 22: meet(a, b)
        default: if isLawful { breakLinks(a, b) } else { takeEpoch(a) }
        }
    }

    private func anyNumber() -> Int { Int.random(in: 0..<count, using: &random) }
    private func anyTime() -> Int64 { Int64.random(in: 10...6 * nodeTimeout + 2000, using: &random) }

    // MARK: Network

    private func cut(_ a: Int, _ b: Int, bothWays: Bool) {
        let time = anyTime()
        note("nothing comes from \(a) to \(b) for \(time) ms\(bothWays ? ", nor back" : "")")
        world.cut(from: a, to: b, for: time)
        if bothWays { world.cut(from: b, to: a, for: time) }
    }

    /// Parts the nodes in two groups.
    private func part() {
        let time = anyTime()
        let group = (0..<count).filter { _ in Bool.random(using: &random) }
        let bothWays = Int.random(in: 0..<3, using: &random) > 0
        note("\(group) are parted from the others for \(time) ms, both ways: \(bothWays)")
        for a in group {
            for b in 0..<count where !group.contains(b) {
                world.cut(from: a, to: b, for: time)
                if bothWays { world.cut(from: b, to: a, for: time) }
            }
        }
    }

    private func isolate(_ number: Int) {
        let time = anyTime()
        note("\(number) is alone for \(time) ms")
        for other in 0..<count {
            world.cut(from: number, to: other, for: time)
            world.cut(from: other, to: number, for: time)
        }
    }

    private func breakLinks(_ a: Int, _ b: Int) {
        note("links between \(a) and \(b) break")
        world.breakLinks(a, b)
    }

    // MARK: Processes, clocks

    private func stop(_ number: Int) { world.stop(number) }

    /// The process ends between two things that it does.
    private func stopWithin(_ number: Int) {
        world.processes[number]?.actionsLeft = Int.random(in: 0..<40, using: &random)
    }

    private func moveClock(_ number: Int) {
        let most: Int64 = Bool.random(using: &random) ? 2000 : 90_000
        let jump = Int64.random(in: -most...most, using: &random)
        note("the clock of \(number) jumps by \(jump) ms")
        world.clocks[number] += jump
    }

    /// The process ends, and starts at another address.
    private func move(_ number: Int) {
        guard world.processes[number] != nil else { return }
        world.stop(number)
        world.move(number)
        note("node \(number) moves to \(world.address(number).host)")
    }

    // MARK: Persons

    @discardableResult
    private func order(_ order: BusOrder, _ number: Int) -> Bool {
        guard let process = world.processes[number] else { return false }
        let refusal = world.perform(order, process)
        note("node \(number) is ordered \(order): \(refusal ?? "OK")")
        if refusal == nil { figures.orders += 1 } else { figures.refusals += 1 }
        return refusal == nil
    }

    private func failOver(_ number: Int) {
        let modes: [FailoverMode] = isLawful ? [.inOrder, .inOrder, .forced] : [.inOrder, .forced, .takeover]
        order(.failover(modes.randomElement(using: &random)!), number)
    }

    private func takeEpoch(_ number: Int) { order(.bumpEpoch, number) }

    private func meet(_ a: Int, _ b: Int) {
        let address = world.address(b)
        order(.meet(host: address.host, port: address.port, busPort: address.busPort), a)
    }

    private func replicate(_ a: Int, _ b: Int) {
        guard let process = world.processes[a], let other = world.processes[b] else { return }
        if process.bus.myself.isPrimary, !process.bus.myself.slots.isEmpty { return }
        order(.replicate(other.bus.name), a)
    }

    /// Somebody has a node forgotten, and takes it in again later.
    private func forget(_ a: Int, _ b: Int) {
        guard let other = world.processes[b], order(.forget(other.bus.name), a) else { return }
        plan(after: Int64.random(in: 1000...30_000, using: &random)) { [unowned self] in meet(a, b) }
    }

    /// Moves some slots as `redis-cli` does, without keys.
    private func moveSlots(_ a: Int, _ b: Int) {
        guard a != b, let source = world.processes[a], let target = world.processes[b] else { return }
        guard source.bus.myself.isPrimary, target.bus.myself.isPrimary else { return }
        guard let first = source.bus.myself.slots.ranges.randomElement(using: &random) else { return }
        let (from, to) = (source.bus.name, target.bus.name)
        for slot in first.prefix(Int.random(in: 1...4, using: &random)) {
            guard order(.importSlot(slot: slot, from: from), b), order(.migrate(slot: slot, to: to), a) else { return }
            plan(after: Int64.random(in: 10...3000, using: &random)) { [unowned self] in
                finishMove(of: slot, to: to, from: a, at: b)
            }
        }
    }

    /// The target takes the slot first, then the source hears of it, if the person gets that far. The target takes an epoch
    /// for that without asking anybody.
    private func finishMove(of slot: Int, to name: NodeName, from a: Int, at b: Int) {
        if isLawful {
            order(.settle(slot: slot), a)
            order(.settle(slot: slot), b)
            return
        }
        guard world.processes[b]?.bus.name == name, order(.assign(slot: slot, to: name, isEmpty: true), b) else {
            return
        }
        plan(after: Int64.random(in: 1...500, using: &random)) { [unowned self] in
            order(.assign(slot: slot, to: name, isEmpty: true), a)
        }
    }

    /// What persons do after the last fault: nodes that do not reach each other are made to meet, and moves of slots are ended.
    func helpOut() {
        guard world.now % 5000 < 500 else { return }
        for process in world.running {
            for other in world.running where process.bus.member(other.bus.name)?.isDown ?? true {
                meet(process.number, other.number)
            }
        }
        for process in world.running { closeSlots(process) }
    }

    /// Ends moves of slots that nobody has gone on with.
    private func closeSlots(_ process: BusProcess) {
        for slot in Set(process.bus.migrating.keys).union(process.bus.importing.keys).sorted() {
            order(.settle(slot: slot), process.number)
        }
    }
}
