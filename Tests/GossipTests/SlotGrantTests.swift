import Gossip
import Testing

/// Slots that were given away, or may have been: who claims them, and who does not.
@Suite struct SlotGrantTests {
    private static let slots = SlotSet(4000..<5000)

    private func grant(by source: Int, to target: Int) -> SlotGrant {
        SlotGrant(
            name: NodeName(String(repeating: "a", count: 40))!, source: LoneMachine.names[source],
            target: LoneMachine.names[target], epoch: UInt64(target + 1), slots: Self.slots)
    }

    private func claimed(_ actions: [BusAction]) -> SlotSet? {
        actions.lazy.compactMap { if case .send(_, let message) = $0 { message.header.slots } else { nil } }.first
    }

    @Test func aGrantIsOnTheDiskBeforeItIsGiven() throws {
        var machine = LoneMachine()
        let actions = try machine.order(.prepare(grant(by: 0, to: 1)))
        let saved = actions.firstIndex(of: .save(isDurable: true))
        let told = actions.firstIndex(of: .order(.saved(number: 1)))
        #expect(saved != nil && told != nil && saved! < told!)
        // The same again is no news.
        #expect(try machine.order(.prepare(grant(by: 0, to: 1))).isEmpty)
        // Until it is given the node claims what is its own.
        #expect(claimed(machine.wait(2000)) == LoneMachine.shares[0])
        try machine.order(.give(grant(by: 0, to: 1).name))
        #expect(claimed(machine.wait(2000)) == SlotSet(0..<4000))
    }

    @Test func aFileBringsGrantsBack() throws {
        var machine = LoneMachine()
        try machine.order(.prepare(grant(by: 0, to: 1)))
        let file = try NodesFile(machine.bus.file.bytes(usesTLS: false), usesTLS: false)
        let again = ClusterBus(BusConfiguration(), file: file, seed: 1)
        // Whoever starts does not know whether they were given.
        #expect(again.openGrants.map(\.isGiven) == [true])
        #expect(again.openGrants.first?.slots == Self.slots && again.openGrants.first?.epoch == 2)
    }

    @Test func whatMakesNoSenseInAFileIsRefused() {
        for text in ["", "a,b", "\(LoneMachine.names[0]),x,y,1,0-1", "1-2"] {
            let line =
                "\(LoneMachine.names[0]) 10.0.0.1:7000@17000 myself,master - 0 0 1 connected\nvars apus-grant \(text),"
            #expect(throws: NodesFileError.self) { try NodesFile(Array(line.utf8), usesTLS: false) }
        }
    }

    @Test func aTargetsClaimHoldsWhateverTheEpochs() throws {
        var machine = LoneMachine()
        try machine.order(.prepare(grant(by: 0, to: 1)))
        try machine.order(.give(grant(by: 0, to: 1).name))
        // This node has taken a later epoch meanwhile, for other slots.
        try machine.order(.takeOver(SlotSet([9000]), after: 0))
        #expect(machine.bus.myself.configEpoch == 4)
        machine.hear(1, .ping([], [])) { $0.slots.formUnion(Self.slots) }
        #expect(machine.bus.owner(of: 4500) == LoneMachine.names[1])
        #expect(machine.bus.openGrants.isEmpty)
    }

    @Test func aSuccessorDoesNotClaimWhatItsPrimaryMayHaveGiven() throws {
        var machine = LoneMachine(3)
        try machine.order(.prepare(grant(by: 0, to: 1)))
        try machine.order(.failover(.takeover))
        #expect(machine.bus.myself.slots == SlotSet(0..<4000))
        #expect(machine.bus.owner(of: 4500) == LoneMachine.names[0] && machine.bus.openGrants.count == 1)
        // The target has not taken them: they are this node's.
        try machine.order(.takeOver(Self.slots, after: 0))
        #expect(machine.bus.myself.slots == LoneMachine.shares[0] && machine.bus.openGrants.isEmpty)
    }

    @Test func aSuccessorRemovesWhatItsPrimaryHasGiven() throws {
        var machine = LoneMachine(3)
        try machine.order(.prepare(grant(by: 0, to: 1)))
        try machine.order(.failover(.takeover))
        let actions = machine.hear(1, .ping([], [])) {
            $0.slots.formUnion(Self.slots)
            ($0.configEpoch, $0.currentEpoch) = (9, 9)
        }
        #expect(machine.bus.owner(of: 4500) == LoneMachine.names[1] && machine.bus.openGrants.isEmpty)
        #expect(actions.contains(.order(.removeKeys(Self.slots))))
    }

    /// Slots that were another's for a while, and are given again: the target may not have taken them.
    @Test func aSuccessorKeepsTheKeysOfWhatMayHaveBeenGiven() throws {
        var machine = LoneMachine(3)
        machine.hear(2, .update(configEpoch: 9, name: LoneMachine.names[2], slots: Self.slots))
        machine.hear(0, .update(configEpoch: 10, name: LoneMachine.names[0], slots: LoneMachine.shares[0]))
        try machine.order(.prepare(grant(by: 0, to: 1)))
        let actions = try machine.order(.failover(.takeover))
        #expect(machine.bus.owner(of: 4500) == LoneMachine.names[0] && machine.bus.openGrants.count == 1)
        #expect(!actions.contains { if case .order(.removeKeys) = $0 { true } else { false } })
    }

    /// What was given away has nobody as its owner after a start.
    @Test func aReplicaThatHasStartedAgainRemovesWhatItsPrimaryHasGiven() throws {
        var machine = LoneMachine(3)
        try machine.order(.prepare(grant(by: 0, to: 1)))
        machine.hear(0, .ping([], [])) { $0.slots = SlotSet(0..<4000) }
        try machine.restart()
        #expect(machine.bus.owner(of: 4500) == nil && machine.bus.openGrants.count == 1)
        machine.hear(1, .ping([], [])) {
            $0.slots.formUnion(Self.slots)
            ($0.configEpoch, $0.currentEpoch) = (9, 9)
        }
        let actions = try machine.order(.failover(.takeover))
        #expect(actions.contains(.order(.removeKeys(Self.slots))))
    }

    /// The history of its primary, which has not heard of the claim, comes with the keys and the grant.
    @Test func aReplicaThatHasHeardOfTheClaimFirstRemovesWhatItsPrimaryHasGiven() throws {
        var machine = LoneMachine(3)
        machine.hear(1, .ping([], [])) {
            $0.slots.formUnion(Self.slots)
            ($0.configEpoch, $0.currentEpoch) = (9, 9)
        }
        try machine.restart()
        try machine.order(.prepare(grant(by: 0, to: 1)))
        #expect(machine.bus.openGrants.isEmpty)
        let actions = try machine.order(.failover(.takeover))
        #expect(actions.contains(.order(.removeKeys(Self.slots))))
    }

    /// Slots that were given away may come back.
    @Test func whatHasComeToSomebodyIsNoGrantAnyMore() throws {
        var machine = LoneMachine()
        try machine.order(.prepare(grant(by: 0, to: 1)))
        try machine.order(.give(grant(by: 0, to: 1).name))
        machine.hear(1, .ping([], [])) {
            $0.slots.formUnion(Self.slots)
            ($0.configEpoch, $0.currentEpoch) = (9, 9)
        }
        for slot in Self.slots.slots {
            try machine.order(.importSlot(slot: slot, from: LoneMachine.names[1]))
            try machine.order(.assign(slot: slot, to: machine.bus.name, isEmpty: true))
        }
        #expect(claimed(machine.wait(2000)) == LoneMachine.shares[0])
    }

    @Test func aFormerPrimaryFollowsItsSuccessorThoughThereIsAGrant() throws {
        var machine = LoneMachine()
        try machine.order(.prepare(grant(by: 0, to: 1)))
        machine.hear(3, .ping([], [])) {
            ($0.flags, $0.primary, $0.slots) = (.primary, nil, SlotSet(0..<4000))
            ($0.configEpoch, $0.currentEpoch) = (9, 9)
        }
        #expect(machine.bus.myself.isReplica && machine.bus.myself.primary == LoneMachine.names[3])
        #expect(machine.bus.myself.slots.isEmpty)
    }

    /// One that is left with slots of which its successor does not know goes on serving them; but not where something is
    /// promised, since its replicas follow the other.
    @Test(arguments: [true, false]) func whereSomethingIsPromisedAShardHasOnePrimary(isPromised: Bool) {
        var machine = LoneMachine(0) {
            if isPromised { $0.promise = PromiseRule(copies: 3, acknowledgements: 2) }
        }
        machine.hear(3, .ping([], [])) {
            ($0.flags, $0.primary, $0.slots) = (.primary, nil, SlotSet(0..<4000))
            ($0.configEpoch, $0.currentEpoch) = (9, 9)
        }
        #expect(machine.bus.myself.isReplica == isPromised)
        #expect(machine.bus.myself.slots == (isPromised ? SlotSet() : Self.slots))
    }

    @Test func aReplicaTakesItsPrimarysWord() throws {
        var machine = LoneMachine(4)
        try machine.order(.hearClaim(LoneMachine.names[1], epoch: 7, Self.slots))
        #expect(machine.bus.owner(of: 4500) == LoneMachine.names[1])
        // The epoch is the primary's to tell.
        #expect(machine.bus.member(LoneMachine.names[1])?.configEpoch == 2)
        // An old word changes nothing.
        machine.hear(0, .ping([], [])) { ($0.configEpoch, $0.currentEpoch) = (8, 8) }
        try machine.order(.hearClaim(LoneMachine.names[1], epoch: 6, Self.slots))
        #expect(machine.bus.owner(of: 4500) == LoneMachine.names[0])
    }
}
