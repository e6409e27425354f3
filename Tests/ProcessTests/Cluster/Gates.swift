import Harness
import Testing

/// What stands between the nodes of a cluster, and between them and their clients, and can cut some of them off.
/// `Tests/clients/gate.py` does the work.
final class Gates {
    private let process: ChildProcess
    private let directory: TemporaryDirectory
    private let control: Connection

    /// Opens the gates of nodes that have some.
    init(_ nodes: [TestClusterNode]) throws {
        directory = try TemporaryDirectory()
        let port = try freePort()
        let ways = nodes.map { "\($0.gate!):\($0.port):\($0.busGate!):\($0.busPort)" }
        process = try ChildProcess(
            "python3", [packageRoot + "/Tests/clients/gate.py", "\(port)"] + ways, directory: directory.path,
            outputPath: directory.file("output"))
        var connection: Connection?
        let isOpen = eventually {
            connection = try? Connection(port: port)
            return connection != nil
        }
        guard isOpen, let connection else { throw HarnessError.notStarted(log: process.output) }
        control = connection
    }

    deinit { process.kill() }

    /// Tells the gates who is who.
    func learnNames(_ nodes: [TestClusterNode]) throws {
        for (index, node) in nodes.enumerated() { try tell("NAME \(index) \(node.name())") }
    }

    /// Lets nothing pass to a node or from it. Its own port still serves.
    func cut(_ index: Int) throws { try tell("CUT \(index)") }

    /// Lets everything pass.
    func heal() throws { try tell("HEAL") }

    private func tell(_ line: String) throws {
        try control.send(text: line + "\n")
        let reply = try control.receive()
        guard reply == .ok else { throw HarnessError.malformed("\(line): \(reply)") }
    }
}
