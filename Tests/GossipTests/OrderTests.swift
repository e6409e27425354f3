import Gossip
import Primitives
import Testing

/// Orders, and the reference's words where they are refused.
@Suite struct OrderTests {
    private static let stranger = NodeName(String(repeating: "f", count: 40))!
    private static let f = String(repeating: "f", count: 40)

    private func refusal(_ machine: LoneMachine, _ order: BusOrder) -> String? {
        var machine = machine
        do {
            try machine.order(order)
            return nil
        } catch { return (error as? BusError)?.text }
    }

    @Test(arguments: [
        (
            BusOrder.meet(host: "localhost", port: 7000, busPort: 0),
            "ERR Invalid node address specified: localhost:7000"
        ),
        (.meet(host: "1.2.3.4", port: 60_000, busPort: 0), "ERR Invalid node address specified: 1.2.3.4:60000"),
        (.addSlots(SlotSet([16_000])), "ERR Slot 16000 is already busy"),
        (.migrate(slot: 6000, to: LoneMachine.names[2]), "ERR I'm not the owner of hash slot 6000"),
        (.migrate(slot: 1, to: stranger), "ERR I don't know about node \(f)"),
        (.migrate(slot: 1, to: LoneMachine.names[4]), "ERR Target node is not a master"),
        (.importSlot(slot: 1, from: LoneMachine.names[1]), "ERR I'm already the owner of hash slot 1"),
        (.importSlot(slot: 6000, from: stranger), "ERR I don't know about node \(f)"),
        (.importSlot(slot: 6000, from: LoneMachine.names[4]), "ERR Target node is not a master"),
        (.assign(slot: 1, to: stranger, isEmpty: true), "ERR Unknown node \(f)"),
        (.assign(slot: 1, to: LoneMachine.names[4], isEmpty: true), "ERR Target node is not a master"),
        (
            .assign(slot: 1, to: LoneMachine.names[1], isEmpty: false),
            "ERR Can't assign hashslot 1 to a different node while I still hold keys for this hash slot."
        ),
        (.replicate(stranger), "ERR Unknown node \(f)"),
        (.replicate(LoneMachine.names[0]), "ERR Can't replicate myself"),
        (.replicate(LoneMachine.names[4]), "ERR I can only replicate a master, not a replica."),
        (.replicate(LoneMachine.names[1]), "ERR To set a master the node must be empty and without assigned slots."),
        (.forget(stranger), "ERR Unknown node \(f)"),
        (.forget(LoneMachine.names[0]), "ERR I tried hard but I can't forget myself..."),
        (
            .setConfigEpoch(9),
            "ERR The user can assign a config epoch only when the node does not know any other node."
        ),
        (.failover(.inOrder), "ERR You should send CLUSTER FAILOVER to a replica"),
        (.dropLinks(LoneMachine.names[0], outbound: true, inbound: true), "ERR Cannot free cluster link(s) to myself"),
    ]) func whatAPrimaryRefuses(_ order: BusOrder, _ text: String) {
        #expect(refusal(LoneMachine(), order) == text)
    }

    @Test(arguments: [
        (BusOrder.forget(LoneMachine.names[0]), "ERR Can't forget my master!"),
        (.migrate(slot: 1, to: LoneMachine.names[1]), "ERR Please use SETSLOT only with masters."),
        (.importSlot(slot: 1, from: LoneMachine.names[1]), "ERR Please use SETSLOT only with masters."),
        (.settle(slot: 1), "ERR Please use SETSLOT only with masters."),
        (.assign(slot: 1, to: LoneMachine.names[1], isEmpty: true), "ERR Please use SETSLOT only with masters."),
    ]) func whatAReplicaRefuses(_ order: BusOrder, _ text: String) {
        #expect(refusal(LoneMachine(3), order) == text)
    }

    @Test func aReplicaDoesNotTakeOverInOrderWithoutItsPrimary() {
        var machine = LoneMachine(3)
        machine.fail(0, toldBy: 1)
        let text = "ERR Master is down or failed, please use CLUSTER FAILOVER FORCE"
        #expect(refusal(machine, .failover(.inOrder)) == text)
    }

    @Test func slotsAreTakenAndGivenUp() throws {
        var machine = LoneMachine()
        let version = machine.bus.mapVersion
        let actions = try machine.order(.removeSlots(SlotSet([1, 16_000])))
        #expect(machine.bus.owner(of: 1) == nil && machine.bus.owner(of: 16_000) == nil)
        #expect(
            machine.bus.mapVersion == version + 1 && actions.contains { if case .save = $0 { true } else { false } })
        #expect(refusal(machine, .removeSlots(SlotSet([1]))) == "ERR Slot 1 is already unassigned")
        try machine.order(.addSlots(SlotSet([1])))
        #expect(machine.bus.owner(of: 1) == machine.bus.name)
        try machine.order(.flushSlots)
        #expect(machine.bus.myself.slots.isEmpty && machine.bus.owner(of: 6000) == LoneMachine.names[1])
    }

    @Test func aMovingSlotIsSettled() throws {
        var machine = LoneMachine()
        try machine.order(.migrate(slot: 1, to: LoneMachine.names[1]))
        try machine.order(.importSlot(slot: 6000, from: LoneMachine.names[1]))
        #expect(machine.bus.migrating == [1: LoneMachine.names[1]])
        #expect(machine.bus.importing == [6000: LoneMachine.names[1]])
        try machine.order(.settle(slot: 1))
        #expect(machine.bus.migrating.isEmpty)
        let actions = try machine.order(.assign(slot: 6000, to: machine.bus.name, isEmpty: false))
        // The claim gets an epoch that all others heed, and all hear of it at once.
        #expect(machine.bus.importing.isEmpty && machine.bus.myself.configEpoch == 4)
        #expect(machine.receivers(actions) { $0.kindName == "pong" } == [1, 2, 3, 4, 5])
    }

    @Test func whoGivesItsLastSlotAwayFollowsItsNewOwnerUnlessThatIsOfItsProcess() throws {
        for neighbours: Set<NodeName> in [[], [LoneMachine.names[0], LoneMachine.names[1]]] {
            var machine = LoneMachine()
            machine.feed(.neighbours(neighbours))
            var rest = LoneMachine.shares[0]
            rest.remove(7)
            try machine.order(.removeSlots(rest))
            try machine.order(.assign(slot: 7, to: LoneMachine.names[1], isEmpty: true))
            #expect(machine.bus.myself.primary == (neighbours.isEmpty ? LoneMachine.names[1] : nil))
            #expect(machine.bus.owner(of: 7) == LoneMachine.names[1])
        }
    }

    @Test func anAtomicMigrationTakesItsSlotsInAnEpochOfItsOwn() throws {
        var machine = LoneMachine()
        let actions = try machine.order(.takeOver(SlotSet([6000, 6001]), after: 0))
        #expect(machine.bus.owner(of: 6000) == machine.bus.name && machine.bus.myself.configEpoch == 4)
        let saved = actions.lastIndex(of: .save(isDurable: true))
        let sent = actions.firstIndex { if case .send = $0 { true } else { false } }
        #expect(saved! < sent!)
    }

    @Test func epochs() throws {
        var machine = LoneMachine()
        try machine.order(.bumpEpoch)
        #expect(machine.bus.myself.configEpoch == 4 && machine.bus.currentEpoch == 4)
        try machine.order(.bumpEpoch)
        #expect(machine.bus.myself.configEpoch == 4)
        var lone = ClusterBus(BusConfiguration(), seed: 1)
        try lone.perform(.setConfigEpoch(7), now: 1)
        #expect(lone.myself.configEpoch == 7 && lone.currentEpoch == 7)
        #expect(throws: BusError("ERR Node config epoch is already non-zero")) {
            try lone.perform(.setConfigEpoch(8), now: 1)
        }
    }

    @Test func anEmptyNodeBecomesAReplicaAndAPrimaryAgain() throws {
        var machine = LoneMachine()
        try machine.order(.flushSlots)
        let actions = try machine.order(.replicate(LoneMachine.names[1]))
        #expect(actions.contains(.order(.follow(LoneMachine.names[1], host: "10.0.0.2", port: 7001))))
        #expect(machine.bus.myself.shard == machine.bus.member(LoneMachine.names[1])?.shard)
        let back = try machine.order(.replicate(nil))
        #expect(back.contains(.order(.lead)) && machine.bus.myself.isPrimary)
        #expect(machine.bus.myself.shard != machine.bus.member(LoneMachine.names[1])?.shard)
    }

    @Test(arguments: [false, true]) func aResetLeavesTheCluster(_ isHard: Bool) throws {
        var machine = LoneMachine(3)
        let name = machine.bus.name
        let actions = try machine.order(.reset(isHard: isHard))
        #expect(machine.bus.members.count == 1 && machine.bus.myself.isPrimary && machine.bus.size == 0)
        #expect(actions.contains(.order(.lead)))
        #expect((machine.bus.name == name) == !isHard && (machine.bus.currentEpoch == 0) == isHard)
        #expect(machine.bus.member(machine.bus.name) != nil)
    }

    @Test func aForgottenNodeStaysAwayForAMinute() throws {
        var machine = LoneMachine()
        try machine.order(.forget(LoneMachine.names[4]))
        #expect(machine.bus.member(LoneMachine.names[4]) == nil)
        machine.hear(1, .ping([machine.entry(4, .replica)], []))
        #expect(machine.bus.member(LoneMachine.names[4]) == nil)
        // Others hear of it, and it is no error to forget it again.
        let pings = machine.hear(1, .ping([], []))
        #expect(
            machine.receivers(pings) { body in
                guard case .pong(_, let extensions) = body else { return false }
                return extensions.contains(.forgotten(LoneMachine.names[4], seconds: 60))
            } == [1])
        try machine.order(.forget(LoneMachine.names[4]))
        machine.now += 60_000
        machine.hear(1, .ping([machine.entry(4, .replica)], []))
        #expect(machine.bus.member(LoneMachine.names[4]) != nil)
    }

    /// Whether a node that was met anew is known after news of its having been forgotten.
    private func isKept(_ machine: inout LoneMachine, forgottenFor seconds: UInt64) -> Bool {
        machine.hear(1, .ping([], [.forgotten(LoneMachine.names[4], seconds: seconds)]))
        return machine.bus.member(LoneMachine.names[4]) != nil
    }

    @Test func aNodeThatIsMetAnewStays() throws {
        var machine = LoneMachine()
        try machine.order(.forget(LoneMachine.names[4]))
        machine.wait(5000)
        try machine.order(.meet(host: "10.0.0.5", port: 7004, busPort: 0))
        machine.answer(4)
        #expect(machine.bus.member(LoneMachine.names[4]) != nil)
        // This node says no more that it was forgotten; others do for a while, late and in whole seconds.
        let answers = machine.hear(1, .ping([], []))
        #expect(
            machine.receivers(answers) { body in
                guard case .pong(_, let extensions) = body else { return false }
                return extensions.contains { if case .forgotten = $0 { true } else { false } }
            }.isEmpty)
        let isKept = [UInt64(55), 56].map { self.isKept(&machine, forgottenFor: $0) }
        #expect(isKept == [true, true])
        // Somebody has it forgotten once more.
        let isKeptAgain = self.isKept(&machine, forgottenFor: 60)
        #expect(!isKeptAgain)
        machine.hear(1, .ping([machine.entry(4, .replica)], []))
        #expect(machine.bus.member(LoneMachine.names[4]) == nil)
    }

    @Test func aTimeThatNeverEndsIsNone() throws {
        var machine = LoneMachine { $0.blacklistSeconds = .max }
        try machine.order(.forget(LoneMachine.names[4]))
        #expect(machine.bus.member(LoneMachine.names[4]) == nil)
        let isKept = self.isKept(&machine, forgottenFor: .max)
        #expect(!isKept)
    }

    /// A clock that is put back makes nothing last longer, whatever comes first after that.
    @Test func aClockThatIsPutBackKeepsNobodyAwayForLonger() throws {
        var machine = LoneMachine()
        try machine.order(.forget(LoneMachine.names[4]))
        machine.now -= 90_000
        let answers = machine.hear(1, .ping([], []))
        #expect(
            machine.receivers(answers) { body in
                guard case .pong(_, let extensions) = body else { return false }
                return extensions.contains(.forgotten(LoneMachine.names[4], seconds: 60))
            } == [1])
    }

    @Test func connectionsAreDropped() throws {
        var machine = LoneMachine()
        let link = machine.links[1]!
        let actions = try machine.order(.dropLinks(LoneMachine.names[1], outbound: true, inbound: true))
        #expect(actions == [.close(link)])
        machine.wait(100)
        #expect(machine.links[1] != link)
    }
}
