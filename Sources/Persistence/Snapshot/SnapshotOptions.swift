import Commands
import Settings

/// How a snapshot is written.
public struct SnapshotOptions: Sendable {
    /// What is told of the use of keys.
    public enum Access: Sendable {
        case none, idle, frequency
    }

    /// Whether long strings are compressed.
    public var compresses = true
    /// Whether the file ends with its checksum; otherwise that is zero.
    public var checks = true
    /// What is told of the use of keys.
    public var access = Access.none
    /// Names and values that stand at the beginning.
    public var facts: [(name: String, value: String)] = []
    /// The codes of libraries.
    public var libraries: [[UInt8]] = []

    /// The usual ones.
    public init() {}

    /// As the settings of a node want it, with the facts that loading shows.
    /// - Parameter isBase: whether an append-only file begins with it.
    public init(_ node: Node, libraries: [[UInt8]], isBase: Bool = false) {
        compresses = node.settings.rdbcompression
        checks = node.settings.rdbchecksum
        access = Access(node.settings.maxmemoryPolicy)
        self.libraries = libraries
        facts = [
            ("redis-ver", Release.reference), ("redis-bits", "64"), ("ctime", "\(node.keyspace.now / 1000)"),
            ("used-mem", "\(node.keyspace.liveBytes)"),
        ]
        if !isBase { facts += node.replication?.snapshotFacts ?? [] }
        facts.append(("aof-base", isBase ? "1" : "0"))
        facts += node.keyspace.incomingFacts
    }
}

extension SnapshotOptions.Access {
    /// What a file tells under an eviction policy.
    init(_ policy: EvictionPolicy) {
        switch policy {
        case .allKeysLRU, .volatileLRU, .allKeysS3FIFO: self = .idle
        case .allKeysLFU, .volatileLFU: self = .frequency
        case .allKeysRandom, .volatileRandom, .volatileTTL, .noEviction: self = .none
        }
    }
}
