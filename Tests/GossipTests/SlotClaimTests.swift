import Gossip
import Primitives
import Testing

@Suite struct SlotClaimTests {
    private func firstClaim(of slot: Int, _ actions: [BusAction]) -> Int? {
        actions.firstIndex {
            if case .send(_, let message) = $0 { message.header.slots.contains(slot) } else { false }
        }
    }

    @Test func theLaterEpochOwnsASlot() {
        var machine = LoneMachine()
        let version = machine.bus.mapVersion
        machine.hear(1, .ping([], [])) {
            $0.slots.insert(10_000)
            $0.configEpoch = 2
        }
        #expect(machine.bus.owner(of: 10_000) == LoneMachine.names[2] && machine.bus.mapVersion == version)
        machine.hear(1, .ping([], [])) {
            $0.slots.insert(10_000)
            ($0.configEpoch, $0.currentEpoch) = (4, 4)
        }
        #expect(machine.bus.owner(of: 10_000) == LoneMachine.names[1] && machine.bus.mapVersion == version + 1)
        #expect(machine.bus.currentEpoch == 4)
    }

    /// Else what its sender had before would be taken for what it has in that epoch, and be told to others.
    @Test func anEpochIsTakenOverWithItsSlotsOnly() {
        var machine = LoneMachine()
        machine.hear(1, .fail(LoneMachine.names[5])) { ($0.configEpoch, $0.currentEpoch) = (9, 9) }
        let actions = machine.hear(2, .ping([], [])) {
            $0.slots.insert(6000)
            ($0.configEpoch, $0.currentEpoch) = (8, 9)
        }
        #expect(machine.bus.owner(of: 6000) == LoneMachine.names[2])
        #expect(machine.receivers(actions) { if case .update = $0 { true } else { false } } == [])
    }

    @Test func anOldClaimIsCorrected() {
        var machine = LoneMachine()
        let actions = machine.hear(1, .ping([], [])) { $0.slots.insert(10_000) }
        let update = BusMessage.Body.update(configEpoch: 3, name: LoneMachine.names[2], slots: LoneMachine.shares[2])
        #expect(machine.receivers(actions) { $0 == update } == [1])
    }

    @Test func aCorrectionIsHeeded() {
        var machine = LoneMachine()
        machine.hear(1, .update(configEpoch: 9, name: LoneMachine.names[2], slots: SlotSet([7000])))
        #expect(machine.bus.owner(of: 7000) == LoneMachine.names[2])
        #expect(machine.bus.member(LoneMachine.names[2])?.configEpoch == 9)
        machine.hear(1, .update(configEpoch: 8, name: LoneMachine.names[2], slots: SlotSet([7001])))
        #expect(machine.bus.owner(of: 7001) == LoneMachine.names[1])
    }

    @Test func keysOfLostSlotsAreRemoved() {
        var machine = LoneMachine()
        let actions = machine.hear(
            1, .update(configEpoch: 9, name: LoneMachine.names[2], slots: SlotSet([1, 2, 7000])))
        #expect(actions.contains(.order(.removeKeys(SlotSet([1, 2])))))
    }

    @Test func aSuccessorRemovesWhatItsPrimaryHadLost() throws {
        var machine = LoneMachine(3)
        machine.hear(2, .update(configEpoch: 9, name: LoneMachine.names[2], slots: SlotSet([1, 2, 7000])))
        let actions = try machine.order(.failover(.takeover))
        #expect(actions.contains(.order(.removeKeys(SlotSet([1, 2])))))
        #expect(machine.bus.owner(of: 3) == LoneMachine.names[3])
    }

    /// A slot that was moved by hand, by a node that did not know how late the source's claim was: the keys are here.
    @Test func whatANodeWasOrderedToTakeItDoesNotLoseToTheSourcesOldClaim() throws {
        var machine = LoneMachine()
        let source = LoneMachine.names[1]
        try machine.order(.importSlot(slot: 5000, from: source))
        try machine.order(.assign(slot: 5000, to: machine.bus.name, isEmpty: false))
        let actions = machine.hear(2, .update(configEpoch: 9, name: source, slots: LoneMachine.shares[1]))
        #expect(machine.bus.owner(of: 5000) == machine.bus.name && machine.bus.myself.configEpoch == 10)
        #expect(!actions.contains { if case .order(.removeKeys) = $0 { true } else { false } })
        #expect(actions.firstIndex(of: .save(isDurable: true)) ?? .max < firstClaim(of: 5000, actions) ?? -1)
        // The source has heard of it, and takes the slot again later.
        machine.hear(1, .ping([], [])) {
            $0.slots.remove(5000)
            ($0.configEpoch, $0.currentEpoch) = (9, 10)
        }
        machine.hear(1, .ping([], [])) { ($0.configEpoch, $0.currentEpoch) = (11, 11) }
        #expect(machine.bus.owner(of: 5000) == source)
    }

    /// The late end of a move that another has overtaken: the slot would be nobody's.
    @Test(arguments: [nil, LoneMachine.names[2], LoneMachine.names[1]])
    func whatIsGivenToANodeThatDoesNotClaimItIsClaimedAgain(movedTo: NodeName?) throws {
        var machine = LoneMachine()
        let target = LoneMachine.names[1]
        if let movedTo { try machine.order(.migrate(slot: 7, to: movedTo)) }
        try machine.order(.assign(slot: 7, to: target, isEmpty: true))
        machine.hear(1, .pong([], []))
        #expect(machine.bus.owner(of: 7) == target)
        let actions = machine.wait(LoneMachine.timeout + 100)
        // The end of a move in a row that begins with the source is waited for.
        #expect(machine.bus.owner(of: 7) == (movedTo == target ? target : machine.bus.name))
        #expect((firstClaim(of: 7, actions) == nil) == (movedTo == target))
    }

    @Test func theLastSlotIsClaimedAgainToo() throws {
        var machine = LoneMachine { $0.allowsReplicaMigration = false }
        var rest = LoneMachine.shares[0]
        rest.remove(7)
        try machine.order(.removeSlots(rest))
        try machine.order(.assign(slot: 7, to: LoneMachine.names[1], isEmpty: true))
        machine.hear(1, .pong([], []))
        machine.wait(LoneMachine.timeout + 100)
        #expect(machine.bus.myself.isPrimary && machine.bus.owner(of: 7) == machine.bus.name)
    }

    @Test func whatIsGivenToANodeThatClaimsItIsThatOnes() throws {
        var machine = LoneMachine()
        try machine.order(.assign(slot: 7, to: LoneMachine.names[1], isEmpty: true))
        machine.hear(1, .pong([], []))
        machine.hear(1, .pong([], [])) { $0.slots.insert(7) }
        machine.wait(LoneMachine.timeout * 2)
        #expect(machine.bus.owner(of: 7) == LoneMachine.names[1])
        // Whom that one gives it to later has not been heard yet.
        machine.hear(1, .pong([], []))
        machine.wait(LoneMachine.timeout * 2)
        #expect(machine.bus.owner(of: 7) == LoneMachine.names[1])
    }

    /// Whoever hears of a claim may give the slot away: the claim is on the disk by then.
    @Test(arguments: [true, false]) func aClaimIsOnTheDiskBeforeItIsTold(hasHighestEpoch: Bool) throws {
        var machine = LoneMachine()
        if hasHighestEpoch { try machine.order(.bumpEpoch) }
        try machine.order(.importSlot(slot: 5000, from: LoneMachine.names[1]))
        let actions = try machine.order(.assign(slot: 5000, to: machine.bus.name, isEmpty: true))
        #expect(actions.firstIndex(of: .save(isDurable: true)) ?? .max < firstClaim(of: 5000, actions) ?? -1)
    }

    /// Where something is promised it follows all the same, since a shard has one primary.
    @Test(arguments: [true, false]) func whatAFormerPrimaryHadJustTakenIsItsSuccessors(isPromised: Bool) throws {
        var machine = LoneMachine(3) {
            if isPromised { $0.promise = PromiseRule(copies: 3, acknowledgements: 2) }
        }
        try machine.order(.failover(.takeover))
        machine.hear(0, .ping([], [])) { ($0.slots, $0.configEpoch) = (SlotSet([6000]), 3) }
        #expect(machine.bus.owner(of: 6000) == LoneMachine.names[0])
        let successor = machine.bus.myself
        machine.hear(0, .ping([], [])) {
            ($0.flags, $0.primary) = (.replica, successor.name)
            ($0.slots, $0.configEpoch) = (successor.slots, successor.configEpoch)
        }
        #expect(machine.bus.owner(of: 6000) == (isPromised ? successor.name : nil))
        #expect(machine.bus.member(LoneMachine.names[0])?.isReplica == true)
    }

    @Test func aPrimaryThatLosesAllSlotsFollows() {
        var machine = LoneMachine()
        let actions = machine.hear(3, .ping([], [])) {
            ($0.primary, $0.flags, $0.configEpoch, $0.currentEpoch) = (nil, .primary, 4, 4)
        }
        #expect(machine.bus.myself.primary == LoneMachine.names[3] && machine.bus.myself.isReplica)
        #expect(actions.contains(.order(.follow(LoneMachine.names[3], host: "10.0.0.4", port: 7003))))
        #expect(!actions.contains { if case .order(.removeKeys) = $0 { true } else { false } })
    }

    /// Both would be lost together.
    @Test func aPrimaryThatLosesAllSlotsToItsOwnProcessStaysOne() {
        var machine = LoneMachine()
        machine.feed(.neighbours([LoneMachine.names[0], LoneMachine.names[2]]))
        let actions = machine.hear(2, .ping([], [])) {
            $0.slots = SlotSet(0..<5000)
            ($0.configEpoch, $0.currentEpoch) = (4, 4)
        }
        #expect(machine.bus.myself.isPrimary && machine.bus.myself.slots.isEmpty)
        #expect(actions.contains(.order(.removeKeys(LoneMachine.shares[0]))))
        #expect(!actions.contains { if case .order(.follow) = $0 { true } else { false } })
    }

    @Test func aReplicaFollowsItsPrimarysSuccessor() {
        var machine = LoneMachine(3)
        machine.hear(2, .ping([], [])) {
            $0.slots = SlotSet(0..<hashSlotCount)
            ($0.configEpoch, $0.currentEpoch) = (4, 4)
        }
        #expect(machine.bus.myself.primary == LoneMachine.names[2])
    }

    @Test func withoutMigrationOnlyAWholeShardIsFollowed() {
        var machine = LoneMachine(0) { $0.allowsReplicaMigration = false }
        machine.hear(2, .ping([], [])) {
            $0.slots = SlotSet(0..<5000)
            ($0.configEpoch, $0.currentEpoch) = (4, 4)
            $0.slots.insert(16_000)
        }
        #expect(machine.bus.myself.isPrimary && machine.bus.myself.slots.isEmpty)
    }

    @Test func aFormerPrimaryHandsItsSlotsOverWithoutAGap() {
        var machine = LoneMachine()
        // 1 follows 4 now, which has not been heard of yet.
        machine.hear(1, .ping([], [])) {
            ($0.primary, $0.flags, $0.configEpoch, $0.currentEpoch) = (LoneMachine.names[4], .replica, 4, 4)
        }
        #expect(machine.bus.owner(of: 5000) == LoneMachine.names[4])
        #expect(machine.bus.member(LoneMachine.names[4])?.isPrimary == true)
        #expect(machine.bus.member(LoneMachine.names[1])?.primary == LoneMachine.names[4])
        #expect(machine.bus.statistics.slotsAssigned == hashSlotCount)
    }

    /// Two replicas that follow each other, since each has missed a step, hear from each other for ever that all is well.
    @Test func replicasThatFollowEachOtherFollowWhoHasTheSlots() throws {
        var machine = LoneMachine(3)
        machine.hear(4, .ping([], [.shard(LoneMachine.names[0])])) {
            ($0.primary, $0.flags, $0.configEpoch, $0.currentEpoch) = (nil, .primary, 9, 9)
            $0.slots = LoneMachine.shares[0]
        }
        #expect(machine.bus.myself.primary == LoneMachine.names[4])
        try machine.order(.replicate(LoneMachine.names[0]))
        machine.hear(0, .ping([], [])) {
            ($0.primary, $0.flags, $0.slots) = (LoneMachine.names[3], .replica, SlotSet())
        }
        #expect(machine.bus.myself.primary == LoneMachine.names[0])
        machine.wait(2000)
        #expect(machine.bus.myself.primary == LoneMachine.names[4])
    }

    /// 7.0 leaves such a slot with the owner it had; that one's later owner was never heard of where keys were left over.
    @Test func anImportedSlotIsImportedFromWhoeverOwnsIt() throws {
        var machine = LoneMachine()
        try machine.order(.importSlot(slot: 7000, from: LoneMachine.names[1]))
        for (number, epoch) in [(4, UInt64(9)), (2, 10)] {
            machine.hear(number, .ping([], [])) {
                ($0.primary, $0.flags, $0.configEpoch, $0.currentEpoch) = (nil, .primary, epoch, epoch)
                $0.slots = SlotSet([7000])
            }
            #expect(machine.bus.owner(of: 7000) == LoneMachine.names[number])
            #expect(machine.bus.importing == [7000: LoneMachine.names[number]])
        }
    }

    @Test func aSlotThatIsLetGoIsFreeForAnyClaim() {
        var machine = LoneMachine()
        machine.hear(2, .ping([], [])) { $0.slots.remove(16_000) }
        #expect(machine.bus.owner(of: 16_000) == LoneMachine.names[2])
        machine.hear(1, .ping([], [])) { $0.slots.insert(16_000) }
        #expect(machine.bus.owner(of: 16_000) == LoneMachine.names[1])
    }

    /// A replica that told of them would make its primary the owner of what another one has.
    @Test func whatAPrimaryHasLetGoItsReplicaDoesNotTellOf() {
        var machine = LoneMachine(3)
        let actions = machine.hear(0, .ping([], [])) { $0.slots.remove(7) }
        #expect(machine.bus.owner(of: 7) == LoneMachine.names[0])
        var told: [SlotSet] = actions.compactMap {
            if case .send(_, let message) = $0 { message.header.slots } else { nil }
        }
        told += machine.wait(2000).compactMap {
            if case .send(_, let message) = $0 { message.header.slots } else { nil }
        }
        var slots = LoneMachine.shares[0]
        slots.remove(7)
        #expect(!told.isEmpty && told.dropFirst().allSatisfy { $0 == slots })
    }

    /// A replica raises the epoch when it asks for votes: what it has said then may come after what it says as the winner.
    @Test func whatACandidateHasSaidDoesNotUndoThatItHasWon() {
        var machine = LoneMachine()
        machine.hear(4, .ping([], [])) {
            ($0.primary, $0.flags, $0.configEpoch, $0.currentEpoch) = (nil, .primary, 4, 4)
        }
        #expect(machine.bus.owner(of: 7000) == LoneMachine.names[4])
        machine.hear(4, .pong([], [])) { $0.currentEpoch = 4 }
        #expect(machine.bus.owner(of: 7000) == LoneMachine.names[4])
        #expect(machine.bus.member(LoneMachine.names[4])?.isPrimary == true)
        // Said again much later it is so.
        machine.wait(6000)
        let epoch = machine.bus.currentEpoch
        machine.hear(4, .pong([], [])) { $0.currentEpoch = epoch }
        #expect(machine.bus.member(LoneMachine.names[4])?.isPrimary == false)
    }

    @Test func oneOfTwoEqualEpochsIsGivenUp() {
        var machine = LoneMachine()
        machine.hear(1, .ping([], [])) { $0.configEpoch = 1 }
        // Whoever has just started hears first what it has lost.
        #expect(machine.bus.myself.configEpoch == 1)
        machine.comeUp()
        let actions = machine.hear(1, .ping([], [])) { $0.configEpoch = 1 }
        #expect(machine.bus.myself.configEpoch == 4 && machine.bus.currentEpoch == 4)
        #expect(actions.contains(.save(isDurable: true)))
        var other = LoneMachine(2)
        other.comeUp()
        other.hear(1, .ping([], [])) { $0.configEpoch = 3 }
        #expect(other.bus.myself.configEpoch == 3)
    }

    @Test func clientsAreSentToAddressesOfTheirOwn() throws {
        var machine = LoneMachine {
            $0.clientAddress.ipv4 = "203.0.113.1"
            ($0.clientAddress.port, $0.clientAddress.tlsPort) = (9000, 9443)
        }
        machine.hear(1, .ping([], [.clientIPv4("203.0.113.2"), .clientIPv6("2001:db8::2"), .clientPort(9001)]))
        let map = machine.bus.slotMap()
        let (own, other) = (map.endpoints[Int(map.owners[5])], map.endpoints[Int(map.owners[5000])])
        #expect(own.host == "203.0.113.1" && own.ipv6Host == machine.bus.myself.address.host)
        #expect((own.port, own.tlsPort) == (9000, 9443))
        #expect((other.host, other.ipv6Host) == ("203.0.113.2", "2001:db8::2"))
        #expect((other.port, other.tlsPort) == (9001, 0))
        // What it does not say any more is so no more.
        let version = machine.bus.mapVersion
        machine.hear(1, .ping([], []))
        let host = machine.bus.slotMap().endpoints.first { $0.name == LoneMachine.names[1] }?.host
        #expect(machine.bus.mapVersion > version && host == "10.0.0.2")
    }

    @Test func theMapTellsWhereSlotsAre() throws {
        var machine = LoneMachine { ($0.preferredEndpoint, $0.hostname) = (.hostname, "here") }
        machine.hear(1, .ping([], [.hostname("there"), .shard(LoneMachine.names[1])]))
        try machine.order(.migrate(slot: 5, to: LoneMachine.names[1]))
        let map = machine.bus.slotMap()
        let (own, other) = (map.endpoints[Int(map.owners[5])], map.endpoints[Int(map.owners[5000])])
        #expect(own.name == LoneMachine.names[0] && own.host == "here" && map.owners[5] == map.here)
        #expect(other == SlotMap.Endpoint(name: LoneMachine.names[1], host: "there", port: 7001, tlsPort: 0))
        #expect(map.endpoints[Int(map.owners[16_000])].host == "?")
        #expect(map.migrating == [5: map.owners[5000]] && map.importing.isEmpty)
        #expect(map.primary == SlotMap.nobody)
    }
}
