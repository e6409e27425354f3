import Commands
import Persistence
import Primitives
import Settings

/// A node without files and sockets on a clock that stands still, and its only client.
final class FuzzNode {
    let node: Node
    private let session: Session
    private static let directives = "enable-debug-command yes\nsave \"\"\n"

    init(seed: UInt64) {
        var settings = Settings()
        do throws(SettingsError) {
            try settings.read(text: FuzzNode.directives, named: "fuzz")
        } catch {
            preconditionFailure("the node's own settings are wrong")
        }
        node = Node(
            settings: settings, clock: .manual(ManualClock()), seed: seed, environment: FuzzEnvironment(),
            families: allFamilies + persistenceFamilies)
        session = node.accept(peerAddress: "127.0.0.1:50000", localAddress: "127.0.0.1:6379", descriptor: 8)
    }

    /// Runs a command and returns the bytes of its reply.
    func run(_ arguments: [[UInt8]]) -> [UInt8] {
        var request = Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments { request += Array("$\(argument.count)\r\n".utf8) + argument + [13, 10] }
        session.roomForInput(request.count).copyBytes(from: request)
        session.didReceive(request.count)
        node.beginTurn()
        node.run(session)
        _ = node.takeActions()
        let reply = Array(session.waitingOutput.buffer)
        session.didSend(reply.count)
        precondition(!session.isClosed, "the client was sent away")
        return reply
    }

    @discardableResult
    func run(_ words: String...) -> [UInt8] { run(words.map { Array($0.utf8) }) }
}

/// Nothing is outside of the node.
private final class FuzzEnvironment: Environment {
    var residentBytes: Int { 0 }
    var cpuSeconds: (system: Double, user: Double) { (0, 0) }
    func sleep(microseconds: Int64) {}
    func apply(_ settings: inout Settings, changed: [String]) throws(CommandError) {}
    func readConfiguration() throws(CommandError) -> (path: String, text: String)? { nil }
    func writeConfiguration(_ text: String) throws(CommandError) {}
    func crash(_ reason: String) { preconditionFailure("\(reason)") }
    func releaseMemory() {}
}
