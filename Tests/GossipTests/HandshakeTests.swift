import Gossip
import Primitives
import Testing

@Suite struct HandshakeTests {
    private static let stranger = NodeName(String(repeating: "f", count: 40))!

    private var header: BusHeader {
        var header = BusHeader(sender: HandshakeTests.stranger, flags: .primary)
        (header.port, header.busPort) = (7009, 17_009)
        return header
    }

    private func connect(_ actions: [BusAction]) -> LinkID? {
        for case .connect(let link, "10.0.0.9", 17_009) in actions { return link }
        return nil
    }

    @Test func aNodeIsMetAndItsNameLearned() throws {
        var machine = LoneMachine()
        let link = connect(try machine.order(.meet(host: "10.0.0.9", port: 7009, busPort: 0)))!
        let unnamed = machine.bus.members.first { $0.flags.contains(.handshake) }
        #expect(unnamed?.address.host == "10.0.0.9")
        // It is asked to take this node in; meeting it twice at a time is once.
        let actions = machine.feed(.connected(link, localHost: "10.0.0.1"))
        guard case .send(link, let message) = actions.first else { throw TestFailure() }
        #expect(message.body.kindName == "meet")
        #expect(connect(try machine.order(.meet(host: "10.0.0.9", port: 7009, busPort: 0))) == nil)
        machine.feed(.received(link, BusMessage(header, .pong([], []))))
        let named = machine.bus.member(HandshakeTests.stranger)
        #expect(named?.flags.isDisjoint(with: [.handshake, .meet]) == true && named?.isPrimary == true)
        #expect(machine.bus.members.count == 7)
    }

    @Test func aHandshakeThatComesToNothingIsForgotten() throws {
        var machine = LoneMachine()
        try machine.order(.meet(host: "10.0.0.9", port: 7009, busPort: 0))
        machine.wait(1000)
        #expect(machine.bus.members.count == 7)
        machine.wait(100)
        #expect(machine.bus.members.count == 6)
    }

    @Test func aNodeThatAsksIsTakenInAndAnswered() {
        var machine = LoneMachine()
        machine.feed(.accepted(LinkID(1), from: "10.0.0.9", localHost: "10.0.0.77"))
        let actions = machine.feed(.received(LinkID(1), BusMessage(header, .meet([], []))))
        #expect(connect(actions) != nil)
        #expect(
            actions.contains {
                if case .send(LinkID(1), let answer) = $0 { answer.body.kindName == "pong" } else { false }
            })
        #expect(machine.bus.members.count { $0.flags.contains(.handshake) } == 1)
        // Where it was met is where it can be reached.
        #expect(machine.bus.myself.address.host == "10.0.0.77")
    }

    @Test func aStrangersPingIsAnsweredAndNothingElse() {
        var machine = LoneMachine()
        machine.feed(.accepted(LinkID(1), from: "10.0.0.9", localHost: "10.0.0.1"))
        let header = header
        let entry = GossipEntry(
            name: NodeName(String(repeating: "e", count: 40))!, pingSent: 0, pongReceived: 0, host: "10.0.0.8",
            port: 1, otherPort: 0, busPort: 2, flags: .primary)
        let actions = machine.feed(.received(LinkID(1), BusMessage(header, .ping([entry], []))))
        #expect(actions.count == 1 && machine.bus.members.count == 6)
    }

    /// Else the other node would not know this one, which takes the answer to a ping for the other's consent.
    @Test func whoDoesNotAnswerIsAskedAgainOnTheNextConnection() throws {
        var machine = LoneMachine()
        let first = connect(try machine.order(.meet(host: "10.0.0.9", port: 7009, busPort: 0)))!
        machine.feed(.connected(first, localHost: "10.0.0.1"))
        machine.feed(.ended(first))
        let second = try #require(connect(machine.wait(100)))
        let actions = machine.feed(.connected(second, localHost: "10.0.0.1"))
        guard case .send(second, let message) = actions.first else { throw TestFailure() }
        #expect(message.body.kindName == "meet")
    }

    @Test func aNodeThatIsKnownAlreadyIsNotTakenInTwice() throws {
        var machine = LoneMachine()
        let link = connect(try machine.order(.meet(host: "10.0.0.9", port: 7009, busPort: 0)))!
        machine.feed(.connected(link, localHost: "10.0.0.1"))
        var header = machine.header(1)
        (header.port, header.busPort) = (7009, 17_009)
        machine.feed(.received(link, BusMessage(header, .pong([], []))))
        #expect(machine.bus.members.count == 6)
        let address = NodeAddress(host: "10.0.0.9", port: 7009, busPort: 17_009)
        #expect(machine.bus.member(LoneMachine.names[1])?.address == address)
    }

    @Test func meetingItselfComesToNothing() throws {
        var machine = LoneMachine()
        let link = connect(try machine.order(.meet(host: "10.0.0.9", port: 7009, busPort: 0)))!
        machine.feed(.connected(link, localHost: "10.0.0.9"))
        machine.feed(.received(link, BusMessage(machine.header(0), .pong([], []))))
        #expect(machine.bus.members.count == 6 && machine.bus.myself.flags.contains(.myself))
    }

    @Test func gossipOfMembersTellsOfOthers() {
        var machine = LoneMachine()
        var entry = machine.entry(1, [.replica, .suspected])
        (entry.name, entry.host, entry.busPort) = (HandshakeTests.stranger, "10.0.0.9", 17_009)
        let actions = machine.hear(1, .ping([entry], []))
        #expect(connect(actions) != nil)
        #expect(machine.bus.member(HandshakeTests.stranger)?.flags == .replica)
        entry.name = NodeName(String(repeating: "e", count: 40))!
        entry.flags = [.replica, .noAddress]
        machine.hear(1, .ping([entry], []))
        #expect(machine.bus.members.count == 7)
    }

    @Test func anotherNodeAtAnAddressMakesItUnknown() {
        var machine = LoneMachine()
        let link = machine.links[1]!
        machine.feed(.received(link, BusMessage(header, .pong([], []))))
        #expect(machine.flags(1).contains(.noAddress))
        #expect(machine.bus.member(LoneMachine.names[1])?.address.host == "")
        #expect(!machine.wait(2000).contains { if case .connect(_, _, 17_001) = $0 { true } else { false } })
        // It tells its new address when it pings.
        machine.feed(.accepted(LinkID(1), from: "10.0.0.9", localHost: ""))
        machine.feed(.received(LinkID(1), BusMessage(machine.header(1), .ping([], []))))
        #expect(machine.bus.member(LoneMachine.names[1])?.address.host == "10.0.0.9")
        #expect(!machine.flags(1).contains(.noAddress))
    }

    @Test func anAddressThatIsAnnouncedHolds() {
        var machine = LoneMachine { $0.announcedHost = "192.168.0.1" }
        machine.feed(.accepted(LinkID(1), from: "10.0.0.9", localHost: "10.0.0.77"))
        machine.feed(.received(LinkID(1), BusMessage(header, .meet([], []))))
        #expect(machine.bus.myself.address.host == "192.168.0.1")
        machine.hear(1, .ping([], []))
        machine.feed(.accepted(LinkID(3), from: "10.0.0.2", localHost: ""))
        var header = machine.header(1)
        header.host = "192.168.0.2"
        machine.feed(.received(LinkID(3), BusMessage(header, .ping([], []))))
        #expect(machine.bus.member(LoneMachine.names[1])?.address.host == "192.168.0.2")
    }

    @Test func aPrimaryThatMovesIsFollowedThere() {
        var machine = LoneMachine(3)
        machine.feed(.accepted(LinkID(1), from: "10.0.0.99", localHost: ""))
        let actions =
            machine.feed(.received(LinkID(1), BusMessage(machine.header(0), .ping([], [])))) + machine.wait(100)
        #expect(actions.contains(.order(.follow(LoneMachine.names[0], host: "10.0.0.99", port: 7000))))
    }

    @Test func aFailedNodeIsLookedForWhereOthersReachIt() {
        var machine = LoneMachine()
        machine.fail(1, toldBy: 2)
        var entry = machine.entry(1, .primary)
        entry.host = "10.0.0.44"
        machine.hear(2, .ping([entry], []))
        #expect(machine.bus.member(LoneMachine.names[1])?.address.host == "10.0.0.44")
    }

    @Test func namesAndShardsAreLearned() {
        var machine = LoneMachine { $0.hostname = "me.example" }
        let shard = NodeName(String(repeating: "a", count: 40))!
        let version = machine.bus.mapVersion
        machine.hear(1, .ping([], [.hostname("one.example"), .humanName("One"), .shard(shard)]))
        let member = machine.bus.member(LoneMachine.names[1])!
        #expect(member.hostname == "one.example" && member.humanName == "One" && member.shard == shard)
        #expect(machine.bus.mapVersion == version + 1)
        let actions = machine.hear(1, .ping([], []))
        let told: [PingExtension] = [.hostname("me.example"), .shard(LoneMachine.names[0])]
        #expect(
            machine.receivers(actions) { if case .pong(_, let extensions) = $0 { extensions == told } else { false } }
                == [1])
        #expect(machine.bus.member(LoneMachine.names[1])?.hostname == "")
    }

    @Test func extensionsAreForThoseWhoUnderstandThem() {
        var machine = LoneMachine()
        let actions = machine.hear(1, .ping([], [])) { $0.hasExtensions = false }
        #expect(machine.receivers(actions) { if case .pong(_, []) = $0 { true } else { false } } == [1])
    }

    @Test(arguments: ["1.2.3.4", "::1", "fe80::1:2", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1", "::"])
    func addresses(_ host: String) throws {
        var machine = LoneMachine()
        try machine.order(.meet(host: host, port: 1, busPort: 2))
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.256", "01.2.3.4", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", ":::", "1::2::3", "g::1", "::1.2.3",
    ])
    func noAddresses(_ host: String) {
        var machine = LoneMachine()
        #expect(throws: BusError("ERR Invalid node address specified: \(host):1")) {
            try machine.bus.perform(.meet(host: host, port: 1, busPort: 2), now: 1)
        }
    }
}

/// What a test expected is not there.
struct TestFailure: Error {}
