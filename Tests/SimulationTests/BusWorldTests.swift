import Gossip
import Primitives
import Testing

@testable import Simulation

/// The world of the machines itself: order of events, and what a network keeps and loses.
@Suite struct BusWorldTests {
    @Test func eventsComeInTheOrderOfTheirTimesAndPlans() {
        var random = RandomSource(seed: 3)
        var heap = EventHeap()
        for number in 0..<500 { heap.plan(PlannedEvent(Int64.random(in: 0..<40, using: &random), .alarm, number, 0)) }
        var last: PlannedEvent?
        for _ in 0..<500 {
            let event = heap.next()
            if let last {
                #expect(last.time < event.time || last.time == event.time && last.subject < event.subject)
            }
            last = event
        }
        #expect(heap.nextTime == nil)
    }

    private func message(_ epoch: UInt64) -> BusMessage {
        var random = RandomSource(seed: epoch)
        var header = BusHeader(sender: NodeName(random: &random), flags: .primary)
        header.currentEpoch = epoch
        return BusMessage(header, .voteRequest)
    }

    private func epoch(_ parcel: BusNetwork.Parcel?) -> UInt64? {
        guard case .message(let message) = parcel?.content else { return nil }
        return message.header.currentEpoch
    }

    /// A network of two nodes with one connection that stands.
    private func connected() -> (BusNetwork, Int32) {
        var network = BusNetwork(2, canCut: true)
        let connection = network.connect(0, link: 2, to: 1)
        network.open(connection, 1, link: 3)
        return (network, connection)
    }

    @Test func messagesOfAConnectionKeepTheirOrder() {
        var (network, connection) = connected()
        let late = network.send(.message(message(1)), connection, to: 1, at: 100)
        let soon = network.send(.message(message(2)), connection, to: 1, at: 50)
        #expect(late.time == 100)
        #expect(soon.time == 100)
        #expect(network.send(.message(message(3)), connection, to: 0, at: 50).time == 50)
        #expect(epoch(network.take(late.parcel)) == 1)
        #expect(epoch(network.take(soon.parcel)) == 2)
    }

    @Test func whatIsCutOffWaits() {
        var (network, connection) = connected()
        network.cut(from: 0, to: 1)
        let first = network.send(.message(message(1)), connection, to: 1, at: 10).parcel
        let second = network.send(.message(message(2)), connection, to: 1, at: 10).parcel
        let back = network.send(.message(message(3)), connection, to: 0, at: 10).parcel
        #expect(epoch(network.take(first)) == nil)
        #expect(epoch(network.take(second)) == nil)
        #expect(epoch(network.take(back)) == 3)
        #expect(network.heal(from: 0, to: 1) == [first, second])
        #expect(epoch(network.take(first)) == 1)
    }

    @Test func whatIsOnItsWayToAClosedEndIsLost() {
        var (network, connection) = connected()
        let parcel = network.send(.message(message(1)), connection, to: 1, at: 10).parcel
        network.close(connection, 1)
        #expect(epoch(network.take(parcel)) == nil)
        // Its place is used again when the other end is closed as well.
        network.close(connection, 0)
        #expect(network.connect(1, link: 4, to: 0) == connection)
    }
}
