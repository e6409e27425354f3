import Glibc
import Gossip
import Primitives
import Testing

@testable import Server

/// A connection of the bus at a pair of sockets.
struct BusLinkTests {
    private let link: BusLink
    private let other: BusLink
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    init() {
        var ends: [Int32] = [-1, -1]
        precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        for end in ends { Listener.makeNonblocking(end) }
        link = BusLink(LinkID(1), ends[0], isInbound: true, now: 0)
        other = BusLink(LinkID(2), ends[1], isInbound: true, now: 0)
    }

    private func end() {
        close(link.descriptor)
        close(other.descriptor)
        room.deallocate()
    }

    private func message(_ body: BusMessage.Body) -> BusMessage {
        var random = RandomSource(seed: 1)
        return BusMessage(BusHeader(sender: NodeName(random: &random), flags: [.primary]), body)
    }

    private func broadcast(_ size: Int) -> BusMessage {
        message(.publish(channel: [1], message: [UInt8](repeating: 2, count: size), isSharded: false))
    }

    /// What has come to the other end.
    private func received() throws -> [String] {
        var found: [String] = []
        while true {
            if case .some = other.read(room) {} else { return found }
            while let message = try other.next() {
                if case .publish = message.body { found.append("publish") } else { found.append("ping") }
            }
        }
    }

    /// Sends and receives until there is nothing left.
    private func drain(budget: Int) throws -> [String] {
        var found: [String] = []
        for _ in 0..<1000 {
            var budget = budget
            let failure = link.flush(&budget)
            #expect(failure == nil)
            found += try received()
            if link.waitingBytes == 0 { break }
        }
        return found
    }

    @Test func broadcastsWaitForEverythingElse() throws {
        defer { end() }
        for _ in 0..<3 { link.queue(broadcast(100)) }
        for _ in 0..<2 { link.queue(message(.ping([], []))) }
        try #expect(drain(budget: 1 << 20) == ["ping", "ping", "publish", "publish", "publish"])
    }

    @Test func aTurnSendsNoMoreBroadcastsThanItsBudget() throws {
        defer { end() }
        for _ in 0..<4 { link.queue(broadcast(5000)) }
        var budget = 6000
        let failure = link.flush(&budget)
        #expect(failure == nil)
        try #expect(received() == ["publish"])
        #expect(link.hasReadyBroadcasts)
        link.queue(message(.ping([], [])))
        try #expect(drain(budget: 6000) == ["ping", "publish", "publish", "publish"])
        #expect(!link.hasReadyBroadcasts)
    }

    @Test func whatASocketDoesNotTakeWaits() throws {
        defer { end() }
        for _ in 0..<20 { link.queue(broadcast(100_000)) }
        var budget = Int.max
        let failure = link.flush(&budget)
        #expect(failure == nil)
        #expect(link.isFull && link.wantsRoom && link.waitingBytes > 0)
        #expect(link.reservedBytes >= link.waitingBytes)
        link.queue(message(.ping([], [])))
        let found = try drain(budget: .max)
        #expect(found.count == 21 && found.last != "ping", "a ping overtakes broadcasts that wait")
        #expect(!link.isFull && link.waitingBytes == 0 && link.reservedBytes < 100_000)
    }

    @Test func thePeerEnds() {
        defer { end() }
        shutdown(other.descriptor, Int32(SHUT_RDWR))
        guard case .failed = link.read(room) else {
            Issue.record("a link that has ended")
            return
        }
    }
}
