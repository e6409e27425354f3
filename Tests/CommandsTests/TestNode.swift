import Primitives
import RESP
import Settings
import Storage

@testable import Commands

/// A node on a clock that stands still, with clients: what tests of commands are written with.
///
///     let node = TestNode()
///     #expect(node.run("SET", "k", "v") == .simple("OK"))
///     node.advance(milliseconds: 20)
final class TestNode {
    let node: Node
    let hands = ManualClock()
    let environment = TestEnvironment()
    /// The client that `run` uses.
    private(set) lazy var client = connect()

    init(settings: Settings = Settings(), seed: UInt64 = 1, families: [[Command]] = allFamilies) {
        node = Node(
            settings: settings, clock: .manual(hands), seed: seed, environment: environment, families: families)
    }

    /// A further client.
    func connect(from peer: String = "127.0.0.1:50000") -> TestClient {
        TestClient(node, node.accept(peerAddress: peer, localAddress: "127.0.0.1:6379", descriptor: 8))
    }

    /// Runs a command and returns its reply.
    @discardableResult
    func run(_ arguments: String...) -> Reply { client.run(arguments) }

    @discardableResult
    func run(_ arguments: [String]) -> Reply { client.run(arguments) }

    /// Lets time pass and does what became due; expired keys are removed as a second of background work would.
    func advance(milliseconds: Int64) {
        hands.advance(milliseconds: milliseconds)
        node.beginTurn()
        node.tickTimers()
        for _ in 0..<10 where node.isActiveExpiryOn { _ = node.keyspace.removeExpired { false } }
        node.settleAftermath()
        resume()
    }

    /// Lets those go on who have got what they waited for.
    func resume() {
        while node.hasActions { for case .resume(let session) in node.takeActions() { node.run(session) } }
    }
}

/// One connection to a `TestNode`.
final class TestClient {
    let node: Node
    let session: Session
    private var parser = ReplyParser()

    init(_ node: Node, _ session: Session) {
        self.node = node
        self.session = session
    }

    /// Sends bytes as they are.
    func send(_ bytes: [UInt8]) {
        let room = session.roomForInput(bytes.count)
        room.copyBytes(from: bytes)
        session.didReceive(bytes.count)
        node.beginTurn()
        node.run(session)
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// All replies that have been written.
    func replies() -> [Reply] {
        parser.append(session.writer.bytes)
        session.didSend(session.writer.count)
        var found: [Reply] = []
        while let reply = try? parser.next() { found.append(reply) }
        return found
    }

    /// Runs a command and returns its reply; null where there is none.
    @discardableResult
    func run(_ arguments: String...) -> Reply { run(arguments) }

    @discardableResult
    func run(_ arguments: [String]) -> Reply {
        send(TestClient.request(arguments))
        return replies().last ?? .null
    }

    static func request(_ arguments: [String]) -> [UInt8] {
        var bytes = Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments { bytes += Array("$\(argument.utf8.count)\r\n\(argument)\r\n".utf8) }
        return bytes
    }
}

/// The keyspace events of a test node, in order, as whoever passes them on hears them: `lpush key@0`.
final class HeardEvents {
    private var events: [String] = []

    init(_ node: TestNode) {
        node.run("CONFIG", "SET", "notify-keyspace-events", "KEA")
        node.node.eventReader = { [unowned self] heard in
            events += heard.map { "\($0.event.name) \(String(decoding: $0.key, as: UTF8.self))@\($0.database)" }
        }
    }

    /// Events since it was last asked, with the number of the database where it is not 0.
    func take() -> [String] {
        defer { events = [] }
        return events.map { $0.hasSuffix("@0") ? String($0.dropLast(2)) : $0 }
    }
}

/// What a test node finds outside of itself.
final class TestEnvironment: Environment {
    var residentBytes = 1 << 20
    var cpuSeconds = (system: 0.0, user: 0.0)
    var slept: Int64 = 0
    var configuration: (path: String, text: String)?
    var files: [String: [UInt8]] = [:]
    var isDiskFull = false
    /// Bytes that wait to be freed, what else happens when somebody asks, and what was thrown away.
    var waitingBytes = 0
    var whenAskedForDisposals: () -> Void = {}
    var disposals: [Discarded] = []
    var pendingDisposalBytes: Int {
        whenAskedForDisposals()
        return waitingBytes
    }

    func sleep(microseconds: Int64) { slept += microseconds }
    func apply(_ settings: inout Settings, changed: [String]) throws(CommandError) {}
    func readConfiguration() throws(CommandError) -> (path: String, text: String)? { configuration }
    func writeConfiguration(_ text: String) throws(CommandError) { configuration?.text = text }
    func readFile(_ path: String) throws(CommandError) -> [UInt8] {
        guard let text = files[path] else { throw .text("No such file or directory") }
        return text
    }
    func replaceFile(_ path: String, with bytes: [UInt8]) throws(CommandError) {
        if isDiskFull { throw .text("No space left on device") }
        files[path] = bytes
    }
    func crash(_ reason: String) {}
    func releaseMemory() {}
    /// What happens while a script is busy.
    var whileBusy: () -> Bool = { true }
    func turnWhileBusy() -> Bool { whileBusy() }
}
