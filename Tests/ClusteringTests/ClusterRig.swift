import Clustering
import Gossip
import Persistence
import Primitives
import RESP
import Replication
import Settings

@testable import Commands

/// A disk that nothing ever reaches.
private final class NoDisk: SnapshotDisk {
    func submit(_ requests: [DiskRequest]) {}
    func takeResults() -> [DiskResult] { [] }
    func waitForResults(milliseconds: Int?) -> [DiskResult] { [] }
    func read(_ path: String) throws(DiskError) -> [UInt8] { throw DiskError(number: 2) }
    func text(of error: Int32) -> String { "error \(error)" }
}

/// What stands for the thread of the bus; all is on one thread.
private final class BusHands: @unchecked Sendable {
    var carryOut: (() -> Void)?
}

/// A node of a cluster whose machine nobody turns: what it knows of others stands in a file.
final class ClusterRig {
    let test: TestNode
    let replication: Replication
    let bus: SharedBus
    let cluster: Cluster

    /// The names of the nodes of `file`, and of others.
    static func name(_ digit: Int) -> String { String(repeating: "\(digit)", count: 40) }

    /// Three primaries, of which the first is this node, and a replica of each of the first two.
    static let file = """
        \(name(1)) 10.0.0.1:6379@16379,one.example,tls-port=0,shard-id=\(name(6)) myself,master - 0 0 3 connected 0-5460
        \(name(2)) 10.0.0.2:6379@16379,,tls-port=0,shard-id=\(name(7)) master - 0 0 2 connected 5461-10922 10924
        \(name(3)) 10.0.0.3:6379@16379,,tls-port=0,shard-id=\(name(8)) master - 0 0 1 connected 10925-16383
        \(name(4)) 10.0.0.4:6379@16379,,tls-port=0,shard-id=\(name(6)) slave \(name(1)) 0 0 3 connected
        \(name(5)) 10.0.0.5:6379@16379,,tls-port=0,shard-id=\(name(7)) slave,fail \(name(2)) 0 0 2 connected
        vars currentEpoch 3 lastVoteEpoch 0
        """

    init(_ file: String? = nil, _ change: (inout Settings) -> Void = { _ in }) throws {
        var settings = Settings()
        settings.clusterEnabled = true
        change(&settings)
        test = TestNode(
            settings: settings,
            families: allFamilies + replicationFamilies + migrationFamilies + clusteringFamilies)
        replication = Replication(test.node, Snapshots(test.node, NoDisk()))
        let read = try file.map { try NodesFile(Array($0.utf8), usesTLS: false) }
        var configuration = BusConfiguration()
        configuration.hostname = "one.example"
        let hands = BusHands()
        bus = SharedBus(ClusterBus(configuration, file: read, seed: 1), wake: { hands.carryOut?() })
        cluster = Cluster(test.node, replication, bus)
        hands.carryOut = { [unowned cluster, bus] in
            // A disk that has everything at once.
            for case .order(.saved(let number)) in bus.access({ $0.takeActions() }) {
                cluster.carryOut(.saved(number: number))
            }
        }
        test.node.slotMap = bus.access { $0.slotMap() }
    }

    @discardableResult
    func run(_ arguments: String...) -> Reply { test.run(arguments) }

    /// Runs a command given as one line.
    @discardableResult
    func line(_ line: String) -> Reply { test.run(line.split(separator: " ").map(String.init)) }
}

extension Reply {
    /// The text of a bulk string.
    var text: String {
        guard case .bulk(let bytes) = self else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
