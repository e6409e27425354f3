import Clustering
import Commands
import Gossip
import Primitives
import Replication
import Settings

@testable import Monitoring

/// Nodes to be looked at.
enum Samples {
    /// A node whose clients have done something, as it is observed.
    static func node(port: Int = 6379, _ commands: [[String]] = [], _ change: (inout Settings) -> Void = { _ in })
        -> Node
    {
        var settings = Settings()
        change(&settings)
        let node = Node(
            settings: settings, clock: .manual(ManualClock()), seed: 1, environment: Surroundings(),
            families: allFamilies)
        node.identity.port = port
        let session = node.accept(peerAddress: "127.0.0.1:50000", localAddress: "127.0.0.1:6379", descriptor: 8)
        for command in commands {
            let request = "*\(command.count)\r\n" + command.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
            var bytes = Array(request.utf8)
            bytes.withUnsafeMutableBytes { session.lend($0.baseAddress!, count: $0.count) }
            _ = node.run(session)
            session.endLoan()
        }
        return node
    }

    static func observation(of nodes: [Node], silentPorts: [Int] = []) -> Observation {
        var observation = Observation()
        observation.nodes = nodes.map { NodeObservation($0.figures()) }
        observation.silentPorts = silentPorts
        observation.process.threads = [("http", 0.25)]
        return observation
    }
}

/// A process that is none.
final class Surroundings: Environment {
    var residentBytes: Int { 0 }
    var cpuSeconds: (system: Double, user: Double) { (0, 0) }
    func sleep(microseconds: Int64) {}
    func apply(_ settings: inout Settings, changed: [String]) throws(CommandError) {}
    func readConfiguration() throws(CommandError) -> (path: String, text: String)? { nil }
    func writeConfiguration(_ text: String) throws(CommandError) {}
    func crash(_ reason: String) {}
    func releaseMemory() {}
    func turnWhileBusy() -> Bool { true }
}
