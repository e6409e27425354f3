import Gossip
import Primitives
import Testing

@Suite struct VotingTests {
    private func asks(_ machine: inout LoneMachine, _ place: Int, epoch: UInt64, isForced: Bool = false) -> [BusAction]
    {
        machine.hear(place, .voteRequest) {
            $0.currentEpoch = epoch
            $0.isForced = isForced
        }
    }

    private func hasVoted(_ machine: LoneMachine, _ actions: [BusAction], for place: Int) -> Bool {
        machine.receivers(actions) { $0 == .vote } == [place]
    }

    @Test func aVoteIsOnTheDiskBeforeItIsSent() {
        var machine = LoneMachine()
        machine.fail(1, toldBy: 2)
        let actions = asks(&machine, 4, epoch: 4)
        #expect(hasVoted(machine, actions, for: 4) && machine.bus.lastVoteEpoch == 4)
        let saved = actions.firstIndex(of: .save(isDurable: true))
        let sent = actions.firstIndex { if case .send(_, let message) = $0 { message.body == .vote } else { false } }
        #expect(saved! < sent!)
    }

    @Test func aWellPrimaryKeepsItsPlaceUnlessItIsByHand() {
        var machine = LoneMachine()
        #expect(!hasVoted(machine, asks(&machine, 4, epoch: 4), for: 4))
        #expect(hasVoted(machine, asks(&machine, 4, epoch: 5, isForced: true), for: 4))
    }

    @Test func thereIsOneVoteInAnEpoch() {
        var machine = LoneMachine()
        machine.fail(1, toldBy: 2)
        machine.fail(2, toldBy: 1)
        #expect(hasVoted(machine, asks(&machine, 4, epoch: 4), for: 4))
        #expect(!hasVoted(machine, asks(&machine, 5, epoch: 4), for: 5))
        #expect(!hasVoted(machine, asks(&machine, 4, epoch: 4), for: 4))
        #expect(hasVoted(machine, asks(&machine, 5, epoch: 5), for: 5))
    }

    /// The primary that it follows may have voted in the same epoch: a shard has one vote.
    @Test func whoWasElectedDoesNotVoteInItsEpoch() {
        var machine = LoneMachine(3)
        machine.answer(0, 1, 2, 4, 5)
        var report = NodeReport()
        (report.offset, report.linkHeardAt) = (100, machine.now)
        machine.feed(.reported(report))
        machine.fail(0, toldBy: 1)
        for voter in 1...2 { machine.hear(voter, .vote) }
        #expect(machine.bus.myself.isPrimary && machine.bus.myself.configEpoch == 4)
        machine.fail(1, toldBy: 2)
        #expect(!hasVoted(machine, asks(&machine, 4, epoch: 4), for: 4))
        #expect(hasVoted(machine, asks(&machine, 4, epoch: 5), for: 4))
    }

    @Test func anEarlierEpochIsTooLate() {
        var machine = LoneMachine()
        machine.fail(1, toldBy: 2)
        machine.hear(2, .ping([], [])) { $0.currentEpoch = 9 }
        #expect(!hasVoted(machine, asks(&machine, 4, epoch: 8), for: 4))
        #expect(machine.bus.currentEpoch == 9)
    }

    @Test func aVotesOutlivesARestart() {
        var machine = LoneMachine()
        machine.fail(1, toldBy: 2)
        _ = asks(&machine, 4, epoch: 4)
        #expect(ClusterBus(BusConfiguration(), file: machine.bus.file, seed: 1).lastVoteEpoch == 4)
    }

    @Test func replicasOfOnePrimaryDoNotTakeTurns() {
        var machine = LoneMachine()
        machine.fail(1, toldBy: 2)
        _ = asks(&machine, 4, epoch: 4)
        // Another replica of the same primary turns up.
        let late = machine.hear(5, .voteRequest) {
            $0.currentEpoch = 5
            $0.primary = LoneMachine.names[1]
        }
        #expect(!hasVoted(machine, late, for: 5))
        // The one that was voted for may need another round.
        #expect(hasVoted(machine, asks(&machine, 4, epoch: 6), for: 4))
    }

    @Test func aClaimThatIsOlderThanTheOwnersIsRefused() {
        var machine = LoneMachine()
        machine.fail(1, toldBy: 2)
        let actions = machine.hear(4, .voteRequest) {
            $0.currentEpoch = 4
            $0.configEpoch = 1
        }
        #expect(!hasVoted(machine, actions, for: 4))
    }

    @Test func onlyPrimariesWithSlotsVote() throws {
        var replica = LoneMachine(3)
        replica.fail(1, toldBy: 2)
        #expect(!hasVoted(replica, asks(&replica, 4, epoch: 4), for: 4))
        var primary = LoneMachine()
        try primary.order(.flushSlots)
        primary.fail(1, toldBy: 2)
        #expect(!hasVoted(primary, asks(&primary, 4, epoch: 4), for: 4))
    }
}
