import Gossip
import Primitives
import Testing

@Suite struct FailureDetectionTests {
    @Test func withoutRandomPingsOnlyThoseAreMadeThatHaveToBe() {
        for isRandom in [true, false] {
            var machine = LoneMachine { $0.nodeTimeoutMilliseconds = 60_000 }
            machine.bus.pingsAtRandom = isRandom
            machine.answer(1, 2, 3, 4, 5)
            let pings = machine.wait(29_000).count { action in
                if case .send(_, let message) = action, message.body.kindName == "ping" { true } else { false }
            }
            #expect(pings == 0 || isRandom)
            #expect(pings > 0 || !isRandom)
        }
    }

    @Test func aNodeThatDoesNotAnswerIsSuspected() {
        var machine = LoneMachine()
        machine.answer(1, 2, 3, 4, 5)
        machine.now += 600
        let pinged = machine.receivers(machine.feed(.tick)) { $0.kindName == "ping" }
        #expect(pinged == [1, 2, 3, 4, 5])
        machine.answer(2, 3, 4, 5)
        machine.wait(1000)
        #expect(!machine.flags(1).contains(.suspected))
        machine.answer(2, 3, 4, 5)
        machine.wait(100)
        #expect(machine.flags(1).contains(.suspected))
        machine.answer(1)
        #expect(machine.flags(1).isDisjoint(with: [.suspected, .failed]))
    }

    @Test func anythingThatComesIsASignOfLife() {
        var machine = LoneMachine()
        machine.wait(900)
        machine.hear(1, .publish(channel: [1], message: [2], isSharded: false))
        machine.wait(900)
        #expect(!machine.flags(1).contains(.suspected) && machine.flags(2).contains(.suspected))
    }

    @Test func mostPrimariesHaveToAgree() {
        var machine = LoneMachine()
        machine.wait(1100)
        machine.answer(2, 3, 4, 5)
        // A replica's opinion does not count, nor does that it is suspected here alone.
        machine.hear(5, .ping([machine.entry(1, [.primary, .suspected])], []))
        #expect(machine.flags(1).contains(.suspected) && !machine.flags(1).contains(.failed))
        let actions = machine.hear(2, .ping([machine.entry(1, [.primary, .suspected])], []))
        #expect(machine.flags(1).contains(.failed) && !machine.flags(1).contains(.suspected))
        let told = machine.receivers(actions) { $0 == .fail(LoneMachine.names[1]) }
        #expect(told == [1, 2, 3, 4, 5])
        #expect(!machine.bus.isUp)
    }

    @Test func reportsGrowOld() {
        var machine = LoneMachine()
        machine.answer(1, 2)
        machine.hear(2, .ping([machine.entry(1, [.primary, .suspected])], []))
        #expect(machine.bus.failureReports(of: LoneMachine.names[1], now: machine.now) == 1)
        for _ in 0..<25 {
            machine.wait(100)
            machine.answer(1, 2, 3, 4, 5)
        }
        #expect(machine.bus.failureReports(of: LoneMachine.names[1], now: machine.now) == 0)
    }

    @Test func aReporterTakesItsReportBack() {
        var machine = LoneMachine()
        machine.hear(2, .ping([machine.entry(1, [.primary, .suspected])], []))
        machine.hear(2, .ping([machine.entry(1, .primary)], []))
        #expect(machine.bus.failureReports(of: LoneMachine.names[1], now: machine.now) == 0)
    }

    @Test func failuresOfReplicasEndAtOnceAndThoseOfPrimariesLater() {
        var machine = LoneMachine()
        machine.fail(4, toldBy: 2)
        machine.fail(1, toldBy: 2)
        #expect(machine.flags(4).contains(.failed) && machine.flags(1).contains(.failed))
        machine.answer(1, 4)
        #expect(!machine.flags(4).contains(.failed) && machine.flags(1).contains(.failed))
        machine.wait(2001)
        machine.answer(1)
        #expect(!machine.flags(1).contains(.failed))
    }

    @Test func nobodyFailsBecauseAStrangerSaysSo() {
        var machine = LoneMachine()
        var header = machine.header(1)
        header.sender = NodeName(String(repeating: "f", count: 40))!
        machine.feed(.accepted(LinkID(1), from: "10.0.0.9"))
        machine.feed(.received(LinkID(1), BusMessage(header, .fail(LoneMachine.names[2]))))
        machine.feed(.received(LinkID(1), BusMessage(header, .ping([machine.entry(2, [.primary, .failed])], []))))
        #expect(!machine.flags(2).contains(.failed))
        #expect(machine.bus.failureReports(of: LoneMachine.names[2], now: machine.now) == 0)
    }

    @Test func aBrokenConnectionIsOpenedAnewAtOnce() {
        var machine = LoneMachine()
        machine.answer(1)
        machine.wait(100)
        let actions = machine.feed(.ended(machine.links[1]!))
        #expect(actions.contains { if case .connect(_, "10.0.0.2", 17_001) = $0 { true } else { false } })
        #expect(machine.receivers(actions) { $0.kindName == "ping" } == [1])
        // But not again and again where each is closed at once.
        #expect(machine.feed(.ended(machine.links[1]!)).isEmpty)
        let later = machine.wait(100)
        #expect(machine.receivers(later) { $0.kindName == "ping" } == [1])
    }

    @Test func aSilentConnectionIsOpenedAnew() {
        var machine = LoneMachine()
        let first = machine.links[1]
        machine.wait(1500)
        #expect(machine.links[1] != first)
    }

    @Test func aMachineThatStoodStillDoesNotServe() {
        var machine = LoneMachine()
        for _ in 0..<40 {
            machine.wait(100)
            machine.answer(1, 2, 3, 4, 5)
        }
        #expect(machine.bus.isUp)
        machine.now += 3000
        machine.feed(.tick)
        #expect(!machine.bus.isUp)
    }
}

extension BusMessage.Body {
    /// The kind, for tests.
    var kindName: String {
        switch self {
        case .ping: "ping"
        case .pong: "pong"
        case .meet: "meet"
        default: "other"
        }
    }
}
