import Commands
import Gossip
import Primitives
import Settings

/// A node without a network: requests in, replies out, on the calling thread.
protocol Engine: ~Copyable {
    /// What the report calls it.
    static var label: String { get }

    /// Runs whole requests, as a socket would deliver them, and returns the number of bytes they were replied with.
    mutating func feed(_ requests: UnsafeRawBufferPointer) -> Int
}

/// A new, empty node of a cluster, to which a client sends what is its own. Called once on each node's own thread.
func makeEngine() -> some Engine & ~Copyable { NodeEngine(isClustered: true) }

/// The node itself with one client.
struct NodeEngine: Engine, ~Copyable {
    static let label = "Apus"

    private let node: Node
    private let session: Session
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)

    /// - Parameter isClustered: whether it is a node of a cluster, and has all slots.
    init(isClustered: Bool = false) {
        var settings = Settings()
        settings.clusterEnabled = isClustered
        node = Node(settings: settings, clock: .system, seed: 1, environment: NoEnvironment())
        if isClustered { node.slotMap = NodeEngine.allSlotsHere }
        session = node.accept(peerAddress: "engine:0", localAddress: "engine:0", descriptor: -1)
    }

    private static var allSlotsHere: SlotMap {
        var random = RandomSource(seed: 1)
        let own = SlotMap.Endpoint(name: NodeName(random: &random), host: "127.0.0.1", port: 6379, tlsPort: 0)
        return SlotMap(
            endpoints: [own], owners: [UInt16](repeating: 0, count: hashSlotCount), here: 0, primary: SlotMap.nobody,
            isUp: true)
    }

    deinit { input.deallocate() }

    mutating func feed(_ requests: UnsafeRawBufferPointer) -> Int {
        input.copyMemory(from: requests)
        node.beginTurn()
        session.lend(input.baseAddress!, count: requests.count)
        node.run(session)
        session.endLoan()
        let replied = session.writer.count
        session.didSend(replied)
        return replied
    }
}

/// A node that is only measured asks nothing of the process.
private final class NoEnvironment: Environment {
    let residentBytes = 0
    let cpuSeconds = (system: 0.0, user: 0.0)

    func sleep(microseconds: Int64) {}
    func apply(_ settings: inout Settings, changed: [String]) throws(CommandError) {}
    func readConfiguration() throws(CommandError) -> (path: String, text: String)? { nil }
    func writeConfiguration(_ text: String) throws(CommandError) {}
    func crash(_ reason: String) {}
    func releaseMemory() {}
}
