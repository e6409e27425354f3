import Gossip
import Primitives
import Testing

/// Whole clusters of machines.
@Suite struct ClusterTests {
    @Test func nodesThatMeetKnowEachOtherAndTheirAddresses() throws {
        var rig = ClusterRig(4)
        for place in 1..<4 { try rig.order(place, .meet(host: "127.0.0.1", port: 7000, busPort: 0)) }
        rig.run(3000)
        for node in rig.nodes {
            #expect(Set(node.bus.members.map(\.name)) == Set((0..<4).map(rig.name)))
            #expect(
                node.bus.members.allSatisfy { $0.address.host == "127.0.0.1" && $0.flags.isDisjoint(with: .handshake) })
            #expect(node.bus.links.count == 6)
            #expect(!node.bus.isUp)
        }
    }

    @Test func aClusterIsUpWhenAllSlotsHaveOwners() throws {
        let rig = try ClusterRig.formed(primaries: 3, replicas: 1)
        #expect(rig.all { $0.isUp && $0.size == 3 && $0.statistics.slotsWell == hashSlotCount })
        #expect(rig.owner(of: 0) == 0 && rig.owner(of: 16383) == 2)
        #expect(rig.nodes[3].orders == [.follow(rig.name(0), host: "127.0.0.1", port: 7000)])
        #expect(rig.all { $0.member(rig.name(4))?.primary == rig.name(1) })
        #expect(rig.all { $0.member(rig.name(4))?.shard == rig[1].myself.shard })
    }

    @Test func aReplicaTakesThePlaceOfADeadPrimary() throws {
        var rig = try ClusterRig.formed(primaries: 3, replicas: 1)
        rig.kill(1)
        let killedAt = rig.now
        #expect(rig.run(atMost: 5000) { rig in rig.owner(of: 8000) == 4 && rig.all { $0.isUp } })
        #expect(rig.now - killedAt < rig.timeout + 300)
        #expect(rig.nodes[4].orders.last == .lead && rig[4].myself.isPrimary)
        #expect(rig[0].member(rig.name(1))?.flags.contains(.failed) == true)
        rig.restart(1)
        #expect(rig.run(atMost: 5000) { $0[1].myself.primary == $0.name(4) && $0.nodes[1].followed == 7004 })
        #expect(rig.run(atMost: 5000) { rig in rig.all { $0.members.allSatisfy { !$0.isDown } } })
        #expect(rig.owner(of: 8000) == 4 && rig.nodes[1].orders.allSatisfy { $0 != .lead })
    }

    @Test func theReplicaWithTheMostOfTheHistoryIsElected() throws {
        var rig = try ClusterRig.formed(primaries: 3, replicas: 2)
        rig.nodes[1].offset = 1000
        // The first replica of the shard is cut off from its primary for a moment and misses what comes.
        rig.cuts = [[1, 4]]
        rig.run(200)
        rig.kill(1)
        rig.heal()
        #expect(rig.run(atMost: 5000) { $0.owner(of: 8000) == 7 })
        #expect(rig.run(atMost: 3000) { $0[4].myself.primary == $0.name(7) && $0.nodes[4].offset == 1000 })
        #expect(rig.nodes[4].logs.allSatisfy { !$0.hasPrefix("Starting a failover") })
    }

    @Test func aPrimaryThatIsCutOffStopsAndFollowsWhenItComesBack() throws {
        var rig = try ClusterRig.formed(primaries: 3, replicas: 1)
        rig.cut([0])
        #expect(rig.run(atMost: 2 * rig.timeout) { !$0[0].isUp })
        #expect(rig.run(atMost: 5000) { $0[3].myself.isPrimary && $0[3].isUp })
        rig.heal()
        #expect(rig.run(atMost: 5000) { $0[0].myself.primary == $0.name(3) })
        #expect(rig.run(atMost: 5000) { rig in rig.owner(of: 0) == 3 && rig.all { $0.isUp } })
    }

    @Test func withoutAMajorityNobodyIsElected() throws {
        var rig = try ClusterRig.formed(primaries: 3, replicas: 1)
        rig.kill(0)
        rig.kill(1)
        rig.run(10 * rig.timeout)
        #expect(rig.all { !$0.isUp && $0.currentEpoch == 6 })
        #expect(rig[3].myself.isReplica && rig[4].myself.isReplica)
    }

    @Test func equalEpochsDrawApart() throws {
        var rig = ClusterRig(5)
        for place in 1..<5 { try rig.order(place, .meet(host: "127.0.0.1", port: 7000, busPort: 0)) }
        rig.run(5000)
        let epochs = rig.nodes.map(\.bus.myself.configEpoch)
        #expect(Set(epochs).count == 5, "\(epochs)")
        #expect(rig.all { bus in bus.members.allSatisfy { member in epochs.contains(member.configEpoch) } })
    }

    @Test func aFailoverByHandLosesNothing() throws {
        var rig = try ClusterRig.formed(primaries: 3, replicas: 1)
        rig.nodes[0].offset = 500
        try rig.order(3, .failover(.inOrder))
        #expect(rig.run(atMost: 2000) { $0.owner(of: 0) == 3 && $0[0].myself.primary == $0.name(3) })
        #expect(rig.nodes[3].offset == 500 && !rig.nodes[0].isPaused)
        let orders = rig.nodes[0].orders
        #expect(
            orders == [
                .pauseWrites(milliseconds: 10_000), .follow(rig.name(3), host: "127.0.0.1", port: 7003), .resumeWrites,
            ]
                || orders == [
                    .pauseWrites(milliseconds: 10_000), .resumeWrites,
                    .follow(rig.name(3), host: "127.0.0.1", port: 7003),
                ])
        #expect(rig.all { $0.isUp })
    }

    @Test(arguments: [FailoverMode.forced, .takeover]) func aFailoverWithoutThePrimary(_ mode: FailoverMode) throws {
        var rig = try ClusterRig.formed(primaries: 3, replicas: 1)
        rig.kill(0)
        if mode == .takeover { rig.kill(1) }
        try rig.order(3, .failover(mode))
        #expect(rig.run(atMost: 300) { $0[3].myself.isPrimary && $0.owner(of: 0) == 3 })
    }

    @Test func aNodeThatIsForgottenStaysAwayEverywhere() throws {
        var rig = try ClusterRig.formed(primaries: 3, replicas: 1)
        let name = rig.name(5)
        rig.kill(5)
        try rig.order(0, .forget(name))
        #expect(rig.run(atMost: 3000) { rig in rig.all { $0.member(name) == nil } })
        rig.run(10_000)
        #expect(rig.all { $0.member(name) == nil })
    }

    @Test func aPrimaryThatEndsHandsOver() throws {
        var rig = try ClusterRig.formed(primaries: 3, replicas: 1)
        rig.nodes[2].offset = 77
        try rig.order(2, .handOver)
        #expect(rig.run(atMost: 1000) { $0[2].isHandedOver })
        #expect(rig.owner(of: 16383) == 5 && rig.nodes[5].offset == 77)
    }

    @Test func manyShardsFailAtOnceAndAllAreServedSoon() throws {
        var rig = try ClusterRig.formed(primaries: 9, replicas: 1, timeout: 3000)
        for place in 0..<4 { rig.kill(place) }
        let killedAt = rig.now
        #expect(
            rig.run(atMost: 10_000) { rig in rig.all { $0.isUp } && (0..<4).allSatisfy { rig[9 + $0].myself.isPrimary }
            })
        #expect(rig.now - killedAt < rig.timeout + 1000)
        // Each election had an epoch of its own, and none had to be repeated.
        let elections = rig.nodes.map { $0.logs.count { $0.hasPrefix("Starting a failover") } }
        #expect(elections.reduce(0, +) == 4)
        #expect(Set((9..<13).map { rig[$0].myself.configEpoch }).count == 4)
    }

    @Test func theLastSlotTakesPrimaryAndReplicaAlong() throws {
        var rig = try ClusterRig.formed(primaries: 3, replicas: 1)
        let slots = rig[0].myself.slots.slots
        try rig.order(1, .takeOver(SlotSet(slots.dropLast(10)), after: 0))
        #expect(rig.run(atMost: 2000) { rig in rig.owner(of: 0) == 1 && rig[0].myself.slots.count == 10 })
        for slot in slots.suffix(10) {
            try rig.order(1, .importSlot(slot: slot, from: rig.name(0)))
            try rig.order(1, .assign(slot: slot, to: rig.name(1), isEmpty: true))
            try rig.order(0, .assign(slot: slot, to: rig.name(1), isEmpty: true))
        }
        #expect(rig.run(atMost: 5000) { rig in [0, 3].allSatisfy { rig[$0].myself.primary == rig.name(1) } })
        #expect(rig.run(atMost: 5000) { rig in rig.owner(of: 0) == 1 && rig.all { $0.isUp && $0.size == 2 } })
    }

    /// Who has keys of a slot that is another's, as after a start with an old file, still hears where the slot goes.
    @Test func aSlotWithKeysElsewhereIsFollowedToItsNextOwner() throws {
        var rig = try ClusterRig.formed(primaries: 3)
        let slot = try #require(rig[0].myself.slots.slots.first)
        try rig.order(2, .importSlot(slot: slot, from: rig.name(0)))
        try rig.order(1, .takeOver(SlotSet([slot]), after: 0))
        #expect(rig.run(atMost: 2000) { rig in rig.owner(of: slot) == 1 })
        #expect(rig[2].importing[slot] == rig.name(1))
    }

    @Test func aNodeThatMovesIsFound() throws {
        var rig = try ClusterRig.formed(primaries: 3)
        try rig.order(1, .save)
        rig.kill(1)
        rig.run(100)
        // It starts again at another port, with its old file.
        rig.nodes.append(
            ClusterRig.Node(
                bus: ClusterBus(ClusterRig.configuration(3, timeout: 1000), file: rig.nodes[1].file, seed: 9)))
        #expect(rig.run(atMost: 5000) { rig in rig.all { $0.member(rig.name(1))?.address.port == 7003 } })
        #expect(rig.run(atMost: 8000) { rig in rig.all { $0.isUp } })
    }
}
