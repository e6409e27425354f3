import Gossip
import Primitives
import Testing

/// The machine is the replica of primary 0.
@Suite struct ElectionTests {
    private func replica(_ configure: (inout BusConfiguration) -> Void = { _ in }) -> LoneMachine {
        var machine = LoneMachine(3, configure)
        machine.answer(0, 1, 2, 4, 5)
        report(&machine)
        return machine
    }

    private func report(_ machine: inout LoneMachine, age: Int64 = 0) {
        var report = NodeReport()
        (report.offset, report.linkHeardAt) = (100, machine.now - age)
        machine.feed(.reported(report))
    }

    @Test func theOnlyReplicaStandsAtOnceWithAnEpochThatIsOnTheDisk() {
        var machine = replica()
        let actions = machine.hear(1, .fail(LoneMachine.names[0]))
        #expect(machine.receivers(actions) { $0 == .voteRequest } == [0, 1, 2])
        #expect(machine.bus.currentEpoch == 4)
        let saved = actions.firstIndex(of: .save(isDurable: true))
        let asked = actions.firstIndex {
            if case .send(_, let message) = $0 { message.body == .voteRequest } else { false }
        }
        #expect(saved! < asked!)
    }

    /// Nobody has it by an older epoch than the primary's, and whoever has it by a later one denies the vote.
    @Test func whatThePrimaryHasLetGoInItsEpochIsAskedForToo() {
        var machine = replica()
        machine.hear(0, .ping([], []))
        machine.hear(0, .ping([], [])) { $0.slots.remove(5) }
        let actions = machine.hear(1, .fail(LoneMachine.names[0]))
        #expect(asked(actions) == LoneMachine.shares[0])
    }

    /// Somebody may have it of whom the candidate has not heard, by an epoch that is older than its primary's.
    @Test func whatThePrimaryHadLetGoBeforeItsSuccessorDoesNotClaim() {
        var machine = replica()
        machine.hear(0, .ping([], []))
        machine.hear(0, .ping([], [])) {
            $0.slots.remove(5)
            ($0.configEpoch, $0.currentEpoch) = (4, 4)
        }
        let actions = machine.hear(1, .fail(LoneMachine.names[0]))
        #expect(asked(actions)?.contains(4) == true && asked(actions)?.contains(5) == false)
        machine.hear(1, .vote)
        machine.hear(2, .vote)
        #expect(machine.bus.myself.isPrimary && !machine.bus.myself.slots.contains(5))
    }

    /// The primary's new epoch is told by one that has begun to follow it.
    @Test func whatThePrimaryHadLetGoBeforeItIsNotClaimedWhoeverTellsOfThat() {
        var machine = replica()
        machine.hear(1, .ping([], [])) {
            ($0.flags, $0.primary, $0.configEpoch, $0.currentEpoch) = (.replica, LoneMachine.names[0], 4, 4)
            $0.slots = LoneMachine.shares[0].union(LoneMachine.shares[1])
            $0.slots.remove(5)
        }
        let actions = machine.hear(2, .fail(LoneMachine.names[0]))
        #expect(asked(actions)?.contains(6000) == true && asked(actions)?.contains(5) == false)
    }

    /// Of what comes to a primary its replicas hear before it claims that.
    @Test func whatThePrimaryWasAboutToClaimItsSuccessorClaims() throws {
        var machine = replica()
        let primary = LoneMachine.names[0]
        try machine.order(.hearClaim(primary, epoch: 4, SlotSet([6000])))
        machine.hear(0, .ping([], []))
        let actions = machine.hear(1, .fail(primary))
        #expect(asked(actions)?.contains(6000) == true)
    }

    /// What comes to the primary does not bring back what it has let go.
    @Test func whatIsAboutToBeClaimedIsAllThatComes() throws {
        var machine = replica()
        let primary = LoneMachine.names[0]
        machine.hear(0, .ping([], [])) {
            $0.slots.remove(5)
            ($0.configEpoch, $0.currentEpoch) = (4, 4)
        }
        try machine.order(.hearClaim(primary, epoch: 5, SlotSet([6000])))
        let actions = machine.hear(1, .fail(primary))
        #expect(asked(actions)?.contains(6000) == true && asked(actions)?.contains(5) == false)
    }

    /// The primary has had a slot in its hands again for so short a time that the bus has not told of it.
    @Test(arguments: [true, false]) func whatThePrimaryHasKeptItsSuccessorClaims(isKept: Bool) throws {
        var machine = replica()
        let grant = SlotGrant(
            name: LoneMachine.names[5], source: LoneMachine.names[0], target: LoneMachine.names[1], epoch: 1,
            slots: SlotSet([5]))
        try machine.order(.prepare(grant))
        machine.hear(0, .ping([], [])) {
            $0.slots.remove(5)
            ($0.configEpoch, $0.currentEpoch) = (4, 4)
        }
        try machine.order(.settleGrant(grant.name, isKept: isKept))
        let actions = machine.hear(1, .fail(LoneMachine.names[0]))
        #expect(asked(actions)?.contains(5) == isKept)
    }

    @Test func whatNobodyHasVotedForIsNotClaimed() throws {
        var machine = replica()
        let grant = SlotGrant(
            name: LoneMachine.names[5], source: LoneMachine.names[0], target: LoneMachine.names[1], epoch: 1,
            slots: SlotSet([5]))
        try machine.order(.prepare(grant))
        let first = machine.hear(1, .fail(LoneMachine.names[0]))
        #expect(asked(first)?.contains(5) == false)
        try machine.order(.settleGrant(grant.name, isKept: true))
        machine.hear(1, .vote) { $0.currentEpoch = 4 }
        machine.hear(2, .vote) { $0.currentEpoch = 4 }
        #expect(machine.bus.myself.isReplica)
        let second = machine.wait(100)
        #expect(asked(second)?.contains(5) == true && machine.bus.currentEpoch == 5)
    }

    /// The slots that votes are asked for.
    private func asked(_ actions: [BusAction]) -> SlotSet? {
        for case .send(_, let message) in actions where message.body == .voteRequest { return message.header.slots }
        return nil
    }

    @Test func mostVotesMakeAPrimary() {
        var machine = replica()
        machine.fail(0, toldBy: 1)
        machine.hear(1, .vote)
        #expect(machine.bus.myself.isReplica)
        // A vote counts once, and only one of this epoch.
        machine.hear(1, .vote)
        machine.hear(2, .vote) { $0.currentEpoch = 3 }
        #expect(machine.bus.myself.isReplica)
        let actions = machine.hear(2, .vote)
        #expect(machine.bus.myself.isPrimary && machine.bus.myself.configEpoch == 4)
        #expect(
            machine.bus.myself.slots == LoneMachine.shares[0]
                && machine.bus.member(LoneMachine.names[0])?.slots.isEmpty == true)
        #expect(actions.contains(.order(.lead)))
        #expect(machine.receivers(actions) { $0.kindName == "pong" } == [0, 1, 2, 4, 5])
    }

    /// A former primary that has taken the epoch by itself does not come before the one that was elected in it.
    @Test func ofAShardWhoWasElectedTakesTheNewEpoch() {
        var machine = replica()
        machine.fail(0, toldBy: 1)
        machine.hear(1, .vote)
        machine.hear(2, .vote)
        #expect(machine.bus.myself.isPrimary && machine.bus.myself.configEpoch == 4)
        machine.hear(0, .ping([], [])) { ($0.configEpoch, $0.currentEpoch) = (4, 4) }
        #expect(machine.bus.myself.configEpoch == 5)
    }

    /// Others may not have forgotten them, and have voted for somebody else.
    @Test func whoeverForgetsVotersDoesNotWinByThat() throws {
        var machine = replica()
        machine.fail(0, toldBy: 1)
        machine.hear(1, .vote)
        try machine.order(.forget(LoneMachine.names[2]))
        try machine.order(.forget(LoneMachine.names[1]))
        machine.wait(500)
        #expect(machine.bus.myself.isReplica)
    }

    @Test func oldDataDoesNotStand() {
        var machine = replica { $0.replicationPingMilliseconds = 500 }
        report(&machine, age: 11_501)
        #expect(machine.receivers(machine.hear(1, .fail(LoneMachine.names[0]))) { $0 == .voteRequest } == [])
        report(&machine, age: 11_500)
        machine.wait(100)
        #expect(machine.bus.currentEpoch == 4)
    }

    @Test func oneThatMayNotDoesNotStand() {
        var machine = replica { $0.replicaNeverFailsOver = true }
        machine.fail(0, toldBy: 1)
        machine.wait(3000)
        #expect(machine.bus.currentEpoch == 3 && machine.bus.myself.flags.contains(.noFailover))
    }

    @Test func betterReplicasComeFirst() {
        var machine = replica()
        // 4 follows primary 0 now, and has more.
        func mate(_ header: inout BusHeader) {
            header.primary = LoneMachine.names[0]
            header.offset = 101
            header.slots = LoneMachine.shares[0]
            header.configEpoch = 1
        }
        machine.hear(4, .ping([], []), mate)
        let actions = machine.hear(1, .fail(LoneMachine.names[0]))
        #expect(machine.receivers(actions) { $0 == .voteRequest } == [])
        // They tell each other what they have.
        #expect(machine.receivers(actions) { $0.kindName == "ping" } == [4])
        machine.wait(500)
        #expect(machine.bus.currentEpoch == 3)
        machine.wait(200)
        #expect(machine.bus.currentEpoch == 4)
    }

    @Test func theBestReplicaWaitsOnlyForWhatTheOthersHave() {
        var machine = replica()
        func mate(_ header: inout BusHeader) {
            header.primary = LoneMachine.names[0]
            header.offset = 99
            header.slots = LoneMachine.shares[0]
            header.configEpoch = 1
        }
        machine.hear(4, .ping([], []), mate)
        machine.now += 10
        machine.fail(0, toldBy: 1)
        #expect(machine.bus.currentEpoch == 3)
        machine.now += 1
        machine.hear(4, .pong([], []), mate)
        #expect(machine.bus.currentEpoch == 4)
    }

    @Test func aRequestThatIsLostIsSentAgain() {
        var machine = replica()
        machine.fail(0, toldBy: 1)
        machine.hear(1, .vote)
        let actions = machine.wait(100)
        #expect(machine.receivers(actions) { $0 == .voteRequest } == [0, 2])
        #expect(machine.bus.currentEpoch == 4)
    }

    @Test func anElectionThatAnotherHasPassedByBeginsAnew() {
        var machine = replica()
        machine.fail(0, toldBy: 1)
        machine.hear(1, .ping([], [])) { $0.currentEpoch = 6 }
        machine.wait(400)
        #expect(machine.bus.currentEpoch == 7)
    }

    @Test func shardsThatFailTogetherStandInOrderWithEpochsOfTheirOwn() {
        var machine = LoneMachine(5)
        machine.answer(0, 1, 2, 3, 4)
        report(&machine)
        // Two primaries before that of this replica have failed, too.
        machine.fail(0, toldBy: 1)
        machine.fail(1, toldBy: 0)
        machine.fail(2, toldBy: 1)
        #expect(machine.bus.currentEpoch == 3)
        machine.wait(100)
        #expect(machine.bus.currentEpoch == 6)
    }

    @Test func thePlaceMovesUpWhenAnotherShardIsServed() {
        var machine = LoneMachine(4)
        machine.answer(0, 1, 2, 3, 5)
        report(&machine)
        machine.fail(0, toldBy: 2)
        machine.fail(1, toldBy: 2)
        #expect(machine.bus.currentEpoch == 3)
        let actions = machine.hear(3, .pong([], [])) {
            ($0.primary, $0.flags, $0.configEpoch, $0.currentEpoch) = (nil, .primary, 4, 4)
        }
        #expect(machine.receivers(actions) { $0 == .voteRequest } == [1, 2, 3])
        #expect(machine.bus.currentEpoch == 5)
    }
}
