import Gossip
import Primitives
import Testing

@testable import Forming

/// The machine, round by round.
@Suite struct FormingTests {
    @Test func allGrantTheLowestNameAndTakeTheirPartsAfterIt() {
        var rig = FormingRig(3, shards: 3, replicas: 0)
        rig.round(0)
        #expect(rig.stage(0) == .granted)
        let attempt = Attempt(leader: rig.nodes[0].bus.name, number: 1)
        for voter in 1...2 {
            rig.round(voter)
            #expect(rig.nodes[voter].record.attempt == attempt)
            #expect(rig.nodes[voter].record.electorate.count == 3)
        }
        // All have granted: the leader has decided, and waits until somebody else has begun.
        rig.round(0)
        #expect(rig.stage(0) == .decided)
        #expect(rig.nodes[0].bus.myself.slots.isEmpty)
        let actions = rig.round(1)
        #expect(rig.stage(1) == .executed)
        guard actions.count == 3, case .store = actions[0], case .perform(.setConfigEpoch) = actions[1],
            case .perform(.addSlots(let slots)) = actions[2]
        else { return #expect(Bool(false), "\(actions)") }
        #expect((5461...5462).contains(slots.count))
        rig.round(0)
        #expect(rig.stage(0) == .executed)
        rig.round(2)
        let covered = rig.nodes.reduce(0) { $0 + $1.bus.myself.slots.count }
        #expect(covered == hashSlotCount)
        #expect(Set(rig.nodes.map { $0.bus.myself.configEpoch }) == [1, 2, 3])
    }

    @Test func nobodyLeadsWhoDoesNotSeeEnough() {
        var rig = FormingRig(4, shards: 2, replicas: 0)
        // Enough for the plan, but not more than half of those that are named.
        #expect(rig.round(0, seeing: [0, 1]).isEmpty)
        // One that does not answer does not matter.
        #expect(!rig.round(0, seeing: [0, 1, 2]).isEmpty)
        #expect(rig.stage(0) == .granted)
    }

    @Test func nobodyLeadsWhileASourceIsSilent() {
        var rig = FormingRig(2, shards: 2, replicas: 0)
        #expect(rig.round(0, isComplete: false).isEmpty)
        #expect(rig.stage(0) == .free)
    }

    @Test func nobodyLeadsWhileNodesDisagreeOnThePlan() {
        var rig = FormingRig(3, shards: 2, replicas: 0)
        rig.nodes[2].posted.plan = FormingPlan(shards: 3, replicas: 0)
        #expect(rig.round(0).isEmpty)
        #expect(rig.nodes[0].log.last?.contains("none is formed before they agree") == true)
    }

    @Test func whoHasGrantedOneAttemptGrantsNoOther() {
        var rig = FormingRig(5, shards: 2, replicas: 0)
        rig.round(1, seeing: [1, 2, 3])
        #expect(rig.stage(1) == .granted)
        rig.round(3)
        #expect(rig.nodes[3].record.attempt?.leader == rig.nodes[1].bus.name)
        // The lowest name stands now, too.
        rig.round(0)
        #expect(rig.stage(0) == .granted)
        rig.round(3)
        #expect(rig.nodes[3].record.attempt?.leader == rig.nodes[1].bus.name)
        // The first one sees the lower name and gives up; then its voters are free.
        rig.round(1)
        #expect(rig.nodes[1].record == FormingRecord(number: 2))
        rig.round(3)
        #expect(rig.stage(3) == .free)
        rig.round(3)
        #expect(rig.nodes[3].record.attempt?.leader == rig.nodes[0].bus.name)
    }

    @Test func aLeaderThatHasDecidedDoesNotGiveUp() {
        var rig = FormingRig(3, shards: 3, replicas: 0)
        for index in [0, 1, 2, 0] { rig.round(index) }
        #expect(rig.stage(0) == .decided)
        for _ in 0..<300 { rig.round(0, seeing: [0]) }
        #expect(rig.stage(0) == .decided)
        rig.restart(0)
        rig.round(1, seeing: [0, 1])
        #expect(rig.stage(1) == .executed)
    }

    @Test func votersOfALeaderThatIsGoneAreFreeWhenAllHaveRenounced() {
        var rig = FormingRig(3, shards: 2, replicas: 0)
        for index in 0...2 { rig.round(index) }
        let attempt = Attempt(leader: rig.nodes[0].bus.name, number: 1)
        for _ in 0..<130 { rig.round(1, seeing: [1, 2]) }
        #expect(rig.nodes[1].record.renounced == [attempt])
        #expect(rig.stage(1) == .granted)
        // The leader comes back before the other one has renounced: it cannot decide any more, and gives up.
        for _ in 0..<6 { rig.round(0) }
        #expect(rig.nodes[0].record.number == 2)
        // It is gone for good.
        rig.round(1)
        #expect(rig.stage(1) == .free)
    }

    @Test func whoHasRenouncedTakesPartOnlyAfterSomebodyElse() {
        var rig = FormingRig(3, shards: 3, replicas: 0)
        for index in 0...2 { rig.round(index) }
        for _ in 0..<130 { rig.round(1, seeing: [1, 2]) }
        #expect(!rig.nodes[1].record.renounced.isEmpty)
        // The leader had decided before it heard of that.
        rig.nodes[0].posted.stage = .decided
        #expect(rig.round(1).isEmpty)
        rig.round(2)
        #expect(rig.stage(2) == .executed)
        rig.round(1)
        #expect(rig.stage(1) == .executed)
    }

    @Test func aDecisionThatAllHaveRenouncedIsVoid() {
        var rig = FormingRig(3, shards: 3, replicas: 0)
        for index in [0, 1, 2, 0] { rig.round(index) }
        for _ in 0..<130 { for voter in 1...2 { rig.round(voter, seeing: [1, 2]) } }
        #expect(rig.stage(1) == .free || rig.stage(1) == .granted)
        rig.round(0)
        #expect(rig.stage(0) == .free)
        #expect(rig.nodes[0].bus.myself.slots.isEmpty)
    }

    @Test func strangersWithSlotsAreNotMet() {
        var rig = FormingRig(2, shards: 1, replicas: 0)
        for index in 0...1 {
            _ = try? rig.nodes[index].bus.perform(.addSlots(SlotSet(0..<hashSlotCount)), now: rig.now)
            rig.restart(index)
        }
        #expect(rig.round(0).isEmpty)
        #expect(rig.round(1).isEmpty)
    }

    @Test func aNewcomerMeetsACluster() {
        var rig = FormingRig(2, shards: 1, replicas: 0)
        _ = try? rig.nodes[1].bus.perform(.addSlots(SlotSet(0..<hashSlotCount)), now: rig.now)
        rig.restart(1)
        let actions = rig.round(0)
        let port = rig.nodes[1].address.port
        guard actions.count == 2, case .store(let record) = actions[0] else {
            return #expect(Bool(false), "\(actions)")
        }
        #expect(record.stage == .joining)
        #expect(actions[1] == .perform(.meet(host: "127.0.0.1", port: port, busPort: port + 10_000)))
    }

    @Test func aNewcomerJoinsNoneOfTwoClusters() {
        var rig = FormingRig(3, shards: 1, replicas: 0)
        for index in 1...2 {
            _ = try? rig.nodes[index].bus.perform(.addSlots(SlotSet(0..<hashSlotCount)), now: rig.now)
            rig.restart(index)
        }
        #expect(rig.round(0).isEmpty)
        #expect(rig.nodes[0].log.last?.contains("several clusters") == true)
    }

    @Test func whoHasBeenTakenOutStaysOutUntilItIsStartedAgain() {
        var rig = FormingRig(2, shards: 1, replicas: 0)
        for index in 0...1 {
            _ = try? rig.nodes[index].bus.perform(.addSlots(SlotSet(0..<hashSlotCount)), now: rig.now)
        }
        rig.round(0)
        _ = try? rig.nodes[0].bus.perform(.reset(isHard: false), now: rig.now)
        rig.round(0)
        #expect(rig.stage(0) == .free)
        #expect(rig.round(0).isEmpty)
        #expect(!rig.nodes[0].posted.isEmpty)
        rig.nodes[1].posted.isMember = true
        rig.restart(0)
        #expect(!rig.round(0).isEmpty)
    }
}

extension FormingRecord {
    fileprivate init(number: UInt64) {
        self.init()
        self.number = number
    }
}
