import Gossip
import Primitives

/// What goes wrong around whole nodes.
extension ClusterNodesSimulation {
    /// Something goes wrong, once in half a second, or somebody asks for a failover.
    func disturb() {
        guard Int.random(in: 0..<80, using: &random) == 0 else { return }
        let (a, b) = (anyNumber(), anyNumber())
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1: cut(a, b)
        case 2: isolate(a)
        case 3: breakLinks(a, b)
        case 4, 5: if mayLose(a) { world.stop(a) }
        case 6: if mayLose(a) { world.processes[a]?.actionsLeft = Int.random(in: 0..<20, using: &random) }
        case 7: breakReplication(a, b)
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
}
