import Commands
import Primitives
import Settings
import Testing

@testable import Server

@Suite struct PushQueueTests {
    private let node = Node(
        settings: Settings(), clock: .manual(ManualClock()), seed: 1,
        environment: ProcessEnvironment(configurationFile: nil))
    /// A tick is a microsecond.
    private var queue = PushQueue(nanosecondsPerTick: 1000)

    private func connection(_ number: Int) -> Connection {
        let session = node.accept(peerAddress: "p", localAddress: "l", descriptor: Int32(number))
        return Connection(descriptor: Int32(number), session: session)
    }

    private mutating func sent() -> [Int32] { queue.takeAll().map(\.descriptor) }

    @Test mutating func fewAreSentAtOnce() {
        for number in 0..<8 { queue.append(connection(number), now: 0) }
        let isDue = queue.isDue(now: 0, isIdle: false)
        #expect(isDue)
    }

    @Test mutating func manyWaitUntilThereIsNothingElseToDo() {
        for number in 0..<100 { queue.append(connection(number), now: 10) }
        #expect(!queue.isDue(now: 20, isIdle: false))
        #expect(queue.isDue(now: 20, isIdle: true))
    }

    @Test mutating func theyWaitForAShortTimeOnly() {
        for number in 0..<100 { queue.append(connection(number), now: UInt64(10 + number)) }
        #expect(!queue.isDue(now: 509, isIdle: false))
        #expect(queue.isDue(now: 510, isIdle: false))
    }

    @Test mutating func muchOutputDoesNotWait() {
        for number in 0..<100 { queue.append(connection(number), now: 0) }
        let heavy = connection(100)
        heavy.session.writer.raw(atMost: 20_000) { _ in 20_000 }
        queue.append(heavy, now: 0)
        #expect(queue.isDue(now: 0, isIdle: false))
    }

    @Test mutating func eachIsSentOnceInItsTurn() {
        let connections = (0..<20).map(connection)
        for connection in connections + connections.reversed() { queue.append(connection, now: 0) }
        let first = sent()
        #expect(first == (0..<20).map(Int32.init))
        #expect(queue.isEmpty)
        queue.append(connections[7], now: 0)
        let second = sent()
        #expect(second == [7])
    }
}
