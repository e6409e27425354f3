import Gossip
import Primitives
import Testing

@Suite struct ManualFailoverTests {
    private func report(_ machine: inout LoneMachine, _ offset: Int64, isPaused: Bool = false) -> [BusAction] {
        var report = NodeReport()
        (report.offset, report.isPaused, report.linkHeardAt) = (offset, isPaused, machine.now)
        return machine.feed(.reported(report))
    }

    @Test func theReplicaWaitsForEverythingAndStandsAtOnce() throws {
        var machine = LoneMachine(3)
        _ = report(&machine, 100)
        let asked = try machine.order(.failover(.inOrder))
        #expect(machine.receivers(asked) { $0 == .manualFailover } == [0])
        machine.hear(0, .ping([], [])) { ($0.offset, $0.isPaused) = (150, true) }
        #expect(machine.bus.currentEpoch == 3)
        let actions = report(&machine, 150)
        #expect(machine.receivers(actions) { $0 == .voteRequest } == [0, 1, 2])
        for case .send(_, let message) in actions where message.body == .voteRequest {
            #expect(message.header.isForced)
        }
    }

    /// Who is replaced has a vote too: without it there would be no majority.
    @Test(arguments: [1, 2], [BusOrder.failover(.inOrder), .failover(.forced), .handOver])
    func fewPrimariesAreEnough(_ primaries: Int, _ order: BusOrder) throws {
        var rig = try ClusterRig.formed(primaries: primaries, replicas: 1)
        try rig.order(order == .handOver ? 0 : primaries, order)
        let hasWon = rig.run(atMost: 3000) { $0[primaries].myself.isPrimary && $0[0].myself.isReplica }
        #expect(hasWon && rig.owner(of: 0) == primaries)
    }

    /// A primary that gives way leaves the other without a majority for a moment; that one is not cut off.
    @Test func theClusterIsUpAgainAtOnceWhenAPrimaryHasGivenWay() throws {
        var rig = try ClusterRig.formed(primaries: 2, replicas: 1, timeout: 5000)
        rig.run(5000)
        try rig.order(0, .handOver)
        let hasWon = rig.run(atMost: 3000) { $0[2].myself.isPrimary && $0[0].myself.isReplica }
        let isUp = rig.run(atMost: 200) { rig in (0..<4).allSatisfy { rig[$0].isUp } }
        #expect(hasWon && isUp)
    }

    /// The new primary may not have heard yet who follows it.
    @Test func oneFollowsUponAnother() throws {
        var rig = try ClusterRig.formed(primaries: 3, replicas: 2, timeout: 15_000)
        for place in [3, 0, 6, 3, 0] {
            try rig.order(place, .failover(.inOrder))
            let hasWon = rig.run(atMost: 500) { rig in
                rig[place].myself.isPrimary && [0, 3, 6].allSatisfy { $0 == place || rig[$0].myself.isReplica }
            }
            #expect(hasWon, "\(place)")
        }
    }

    /// The other replica has not heard yet that there is another primary.
    @Test func oneIsAskedForWhileAnotherIsBeingTold() throws {
        var rig = try ClusterRig.formed(primaries: 3, replicas: 2, timeout: 15_000)
        try rig.order(3, .failover(.inOrder))
        let hasWon = rig.run(atMost: 500) { $0[3].myself.isPrimary }
        #expect(hasWon && rig[6].myself.primary == rig.name(0))
        try rig.order(6, .failover(.inOrder))
        let isNext = rig.run(atMost: 1000) { rig in
            rig[6].myself.isPrimary && [0, 3].allSatisfy { rig[$0].myself.isReplica }
        }
        #expect(isNext && rig.owner(of: 0) == 6)
    }

    @Test func anOffsetOfWritesThatGoOnSaysNothing() throws {
        var machine = LoneMachine(3)
        _ = report(&machine, 100)
        try machine.order(.failover(.inOrder))
        machine.hear(0, .ping([], [])) { $0.offset = 100 }
        #expect(machine.bus.currentEpoch == 3)
    }

    @Test func itComesToNothingInTime() throws {
        var machine = LoneMachine(3)
        try machine.order(.failover(.inOrder))
        for _ in 0..<51 {
            machine.wait(100)
            machine.answer(0, 1, 2, 4, 5)
        }
        machine.hear(0, .ping([], [])) { $0.isPaused = true }
        _ = report(&machine, 0)
        #expect(machine.bus.currentEpoch == 3 && machine.bus.myself.isReplica)
    }

    @Test func thePrimaryLetsWritesRestAndTellsItsOffset() {
        var machine = LoneMachine()
        machine.answer(1, 2, 3, 4, 5)
        let asked = machine.hear(3, .manualFailover)
        #expect(asked.contains(.order(.pauseWrites(milliseconds: 10_000))))
        // What is told before the node has stopped does not count.
        for case .send(_, let message) in asked { #expect(!message.header.isPaused) }
        let told = report(&machine, 777, isPaused: true)
        for case .send(let link, let message) in told where link == machine.links[3] {
            #expect(message.header.isPaused && message.header.offset == 777)
        }
        #expect(machine.receivers(told) { $0.kindName == "ping" } == [3])
        #expect(!machine.wait(5000).contains(.order(.resumeWrites)))
        #expect(machine.wait(200).contains(.order(.resumeWrites)))
    }

    @Test func othersReplicasAreNotHeeded() {
        var machine = LoneMachine()
        #expect(machine.hear(4, .manualFailover).isEmpty)
    }

    @Test func aForcedOneNeedsNoPrimary() throws {
        var machine = LoneMachine(3)
        _ = report(&machine, 1)
        let actions = try machine.order(.failover(.forced))
        #expect(machine.receivers(actions) { $0 == .voteRequest } == [0, 1, 2])
    }

    @Test func aTakeoverNeedsNobody() throws {
        var machine = LoneMachine(3)
        let actions = try machine.order(.failover(.takeover))
        #expect(machine.bus.myself.isPrimary && machine.bus.myself.configEpoch == 4)
        #expect(machine.bus.owner(of: 0) == machine.bus.name && actions.contains(.order(.lead)))
    }

    @Test func aPrimaryResignsWhenAReplicaHasEverything() throws {
        var machine = LoneMachine()
        machine.answer(1, 2, 3, 4, 5)
        #expect(try machine.order(.handOver).contains(.order(.pauseWrites(milliseconds: 10_000))))
        _ = report(&machine, 50, isPaused: true)
        let behind = machine.hear(3, .pong([], [])) { $0.offset = 49 }
        #expect(machine.receivers(behind) { $0 == .fail(LoneMachine.names[0]) } == [])
        let level = machine.hear(3, .pong([], [])) { $0.offset = 50 }
        #expect(machine.receivers(level) { $0 == .fail(LoneMachine.names[0]) } == [1, 2, 3, 4, 5])
        #expect(!machine.bus.isHandedOver)
        machine.hear(3, .pong([], [])) {
            ($0.primary, $0.flags, $0.configEpoch, $0.currentEpoch) = (nil, .primary, 4, 4)
        }
        #expect(machine.bus.isHandedOver && machine.bus.myself.primary == LoneMachine.names[3])
    }

    @Test func withoutAReplicaThereIsNobodyToHandOverTo() throws {
        var machine = LoneMachine()
        machine.fail(3, toldBy: 1)
        try machine.order(.handOver)
        #expect(machine.bus.isHandedOver)
    }
}
