import Gossip
import Testing

/// Promises that hold through elections: three shards of three copies, each promised write in two of them.
@Suite struct PromiseTests {
    private let rule = PromiseRule(copies: 3, acknowledgements: 2)

    private func formed(seed: UInt64 = 1, primaries: Int = 3) throws -> ClusterRig {
        var rig = try ClusterRig.formed(primaries: primaries, replicas: 2, seed: seed, rule: rule)
        let isProven = rig.run(atMost: 20_000) { rig in
            (0..<primaries).allSatisfy {
                rig.nodes[$0].promise.term != nil && rig.nodes[$0].promise == rig.nodes[$0 + primaries].promise
            }
        }
        #expect(isProven, "primaries prove themselves, and replicas acknowledge in their terms")
        for place in 0..<primaries { rig.nodes[place].offset = 1000 }
        rig.run(1000)
        return rig
    }

    @Test func aPrimaryPromisesInATermOfItsOwn() throws {
        let rig = try formed()
        let terms = (0..<3).map { rig.nodes[$0].promise.term }
        // Each shard counts its own terms: two may be at the same one.
        #expect(!terms.contains(0) && !terms.contains(nil))
        #expect(rig.nodes[6].promise == rig.nodes[0].promise)
        #expect(rig.nodes[3].file.dataTerm == terms[0], "on the disk before anything is acknowledged")
        #expect(rig.nodes[3].file.promised?.candidate == rig.name(0))
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>) func whoeverHasMoreOfTheHistoryLeads(seed: UInt64) throws {
        var rig = try formed(seed: seed)
        rig.nodes[3].isLagging = true
        rig.nodes[0].offset = 2000
        rig.run(1000)
        rig.kill(0)
        let isServed = rig.run(atMost: 30_000) { $0.owner(of: 0) == 6 && $0.nodes[6].promise.term != nil }
        #expect(isServed)
        let before = try #require(rig.nodes[3].file.promised)
        #expect(before.candidate == rig.name(6))
        #expect(rig.nodes[6].promise.term == before.term)
    }

    @Test func whoeverHasGrantedATermAcknowledgesNoOlderOne() throws {
        var rig = try formed()
        let old = try #require(rig.nodes[0].promise.term)
        rig.cut([0])
        let isServed = rig.run(atMost: 30_000) {
            $0.nodes[3].promise.term ?? old > old || $0.nodes[6].promise.term ?? old > old
        }
        #expect(isServed)
        rig.heal()
        let agrees = rig.run(atMost: 30_000) { rig in
            [0, 3, 6].allSatisfy {
                rig.nodes[$0].promise.term ?? 0 > old && rig.nodes[$0].promise == rig.nodes[0].promise
            }
        }
        #expect(agrees, "the old primary follows, and acknowledges in the new term")
    }

    @Test func aReplicaWithoutAQuorumDoesNotLead() throws {
        var rig = try formed()
        rig.kill(0)
        rig.kill(3)
        let isServed = rig.run(atMost: 20_000) { $0.owner(of: 0) == 6 }
        #expect(!isServed, "one copy of three may lack what the two others have")
    }

    /// It votes for those that have more, without which two primaries would have no majority.
    @Test(arguments: [2, 3]) func aPrimaryThatComesBackWithoutItsDataDoesNotServe(primaries: Int) throws {
        var rig = try formed(primaries: primaries)
        rig.kill(0)
        rig.run(200)
        rig.restart(0)
        let isServed = rig.run(atMost: 40_000) {
            [primaries, primaries * 2].contains($0.owner(of: 0)) && $0.all { $0.isUp }
        }
        #expect(isServed, "a replica has more, and takes over")
        #expect(rig.nodes[0].logs.contains { $0.contains("has more of the history") })
    }

    /// It must not be followed, or its replicas would give what they have for what it has.
    @Test func aPrimaryThatHasForgottenItsReplicasHasToProveItselfToo() throws {
        var rig = try formed()
        rig.kill(0)
        rig.restart(0) { $0.nodes.removeAll { $0.primary != nil } }
        #expect(rig[0].promiseState == .unproven)
    }

    /// Connections may be made before the first tick.
    @Test func aNodeKnowsOfTermsFromTheStart() throws {
        var rig = try formed()
        for place in [0, 3] {
            rig.kill(place)
            rig.restart(place)
        }
        #expect(rig[0].promiseState == .unproven && rig[3].promiseState == .withheld)
        let isProven = rig.run(atMost: 40_000) { $0.nodes[0].promise.term != nil || $0.nodes[6].promise.term != nil }
        #expect(isProven)
        #expect(ClusterBus(BusConfiguration(), seed: 1).promiseState == .off)
    }

    /// The copy that is away may be the only one that has what the two others have lost.
    @Test func twoThatComeBackWaitForTheThird() throws {
        var rig = try formed()
        rig.kill(6)
        for place in [0, 3] {
            rig.kill(place)
            rig.restart(place)
        }
        let isServed = rig.run(atMost: 20_000) { $0.nodes[0].promise.term != nil || $0.nodes[3].promise.term != nil }
        #expect(!isServed)
        rig.restart(6)
        let isServedAgain = rig.run(atMost: 60_000) { rig in
            [0, 3, 6].allSatisfy { rig.nodes[$0].promise.term != nil } && rig.all { $0.isUp }
        }
        #expect(isServedAgain)
    }

    /// A candidate may win an election after a later term has begun without it.
    @Test func aReplicaObjectsToAPrimaryOfAnOlderTerm() {
        var machine = LoneMachine(3) { $0.promise = rule }
        var report = NodeReport()
        (report.offset, report.isLinkUp, report.linkTerm, report.promiseNumber) = (100, true, 5, 1000)
        let states = (machine.feed(.reported(report)) + machine.wait(100)).compactMap {
            if case .order(.promise(let state, let term, _)) = $0 { (state, term) } else { nil }
        }
        #expect(states.contains { $0 == (.term(5), 5) })
        machine.answer(0)
        (report.isLinkUp, report.linkTerm, report.refusedTerm) = (false, nil, 4)
        machine.feed(.reported(report))
        let objections = machine.receivers(machine.wait(2000)) {
            if case .pong(_, let words) = $0 { words.contains(.promiseRefused(term: 5)) } else { false }
        }
        #expect(Set(objections) == [0])
    }

    @Test func aPrimaryThatComesBackWithItsDataGoesOn() throws {
        var rig = try formed()
        rig.kill(0)
        rig.run(200)
        rig.restart(0)
        rig.nodes[0].offset = 1000
        let old = try #require(rig.nodes[3].promise.term)
        let isServed = rig.run(atMost: 40_000) { $0.owner(of: 0) == 0 && $0.nodes[0].promise.term ?? old > old }
        #expect(isServed)
    }

    @Test func aFailoverByHandNeedsAQuorumToo() throws {
        var rig = try formed()
        let old = try #require(rig.nodes[0].promise.term)
        try rig.order(3, .failover(.inOrder))
        let isServed = rig.run(atMost: 10_000) { $0.owner(of: 0) == 3 && $0.nodes[3].promise.term ?? old > old }
        #expect(isServed)
    }

    @Test func aShardWithANodeThatKnowsNothingOfTermsRefuses() throws {
        var rig = try formed()
        rig.nodes[3].isForeign = true
        let isRefused = rig.run(atMost: 10_000) { $0.nodes[0].promise == .refused }
        #expect(isRefused && rig.nodes[1].promise.term != nil)
        rig.nodes[3].isForeign = false
        let isKept = rig.run(atMost: 20_000) { $0.nodes[0].promise.term != nil }
        #expect(isKept)
    }
}
