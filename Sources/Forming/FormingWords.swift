// Forming: nodes that find each other and become a cluster by themselves: who may lay out the slots, who joins what, who has
// moved where, as one machine; and the places where nodes look each other up (lists, DNS, etcd, Consul), as machines too. No
// socket, no clock, no file. Imports Gossip, Primitives, and the HTTP codec of SwiftNIO.
import Gossip
import Primitives

/// Where a node serves clients.
public struct FormingAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// An IP address as text.
    public let host: String
    /// The port for clients without TLS.
    public let port: Int

    /// An address; nil where the host is no IP address, or the port none.
    public init?(host: String, port: Int) {
        guard isAddress(host), (1...65_535).contains(port) else { return nil }
        (self.host, self.port) = (host, port)
    }

    /// From `host:port`, the host in brackets or not.
    public init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        self.init(host: String(host), port: port)
    }

    /// `host:port`.
    public var description: String { "\(host):\(port)" }

    /// By host, then by port.
    public static func < (a: FormingAddress, b: FormingAddress) -> Bool { (a.host, a.port) < (b.host, b.port) }
}

/// What the cluster is to look like: `cluster-shards` and `cluster-replicas`.
public struct FormingPlan: Equatable, Sendable {
    /// How many shards.
    public let shards: Int
    /// How many replicas each of them has.
    public let replicas: Int

    /// A plan.
    public init(shards: Int, replicas: Int) { (self.shards, self.replicas) = (shards, replicas) }

    /// How many nodes are needed.
    public var nodes: Int { shards * (replicas + 1) }
}

/// A node that is to be part of a layout.
public struct FormingNode: Equatable, Sendable {
    /// Which.
    public let name: NodeName
    /// Where the one that leads has found it.
    public let address: FormingAddress
    /// The port of its bus.
    public let busPort: Int
    /// Which process it lives in: nodes of one process are lost together.
    public let process: UInt64

    /// A node.
    public init(name: NodeName, address: FormingAddress, busPort: Int, process: UInt64) {
        (self.name, self.address, self.busPort, self.process) = (name, address, busPort, process)
    }
}

/// One attempt of a node to have the slots laid out as it says. A node has one at a time, and never takes up one again that it
/// has given up.
public struct Attempt: Hashable, Sendable {
    /// Whose.
    public let leader: NodeName
    /// Rises with each attempt of the same leader.
    public let number: UInt64

    /// An attempt.
    public init(leader: NodeName, number: UInt64) { (self.leader, self.number) = (leader, number) }
}

/// How far a node has come. Each step is on its disk before anybody hears of it.
public enum FormingStage: String, Sendable {
    /// It has granted nothing to anybody.
    case free
    /// It has granted one attempt: it will have its part in it, and in no other.
    case granted
    /// It leads the attempt, and all have granted it: there is no way back.
    case decided
    /// It has its part in the layout, or is about to take it.
    case executed
    /// It is about to join a cluster that others have formed.
    case joining
    /// It is in its cluster.
    case settled
}

/// What a node must not forget.
public struct FormingRecord: Equatable, Sendable {
    /// How far it has come.
    public var stage = FormingStage.free
    /// The number of its own attempt that is the present one, or the next.
    public var number: UInt64 = 1
    /// What it has granted, or was part of.
    public var attempt: Attempt?
    /// Who has a part in the attempt, and where they were when it began.
    public var electorate: [FormingNode] = []
    /// Attempts that it had granted and takes no part in any more, unless somebody else already has.
    public var renounced: [Attempt] = []

    /// The record of a node that starts for the first time.
    public init() {}
}

/// What a node tells those who ask.
public struct FormingStatement: Equatable, Sendable {
    /// Who it is.
    public var name: NodeName
    /// Which process it lives in.
    public var process: UInt64
    /// The port of its bus.
    public var busPort: Int
    /// What it is configured to form.
    public var plan: FormingPlan
    /// Whether it knows nobody, has no slots, and has never been in a cluster.
    public var isEmpty = false
    /// Whether it is in a cluster.
    public var isMember = false
    /// Whether it knows whoever has asked as one of its cluster.
    public var knowsAsker = false
    /// The primaries that it knows to own slots.
    public var owners: [NodeName] = []
    /// How far it has come.
    public var stage = FormingStage.free
    /// The number of its own attempt that is the present one, or the next: those before it are dead.
    public var number: UInt64 = 1
    /// What it has granted, or was part of.
    public var attempt: Attempt?
    /// Who has a part in its own attempt; empty where it leads none.
    public var electorate: [FormingNode] = []
    /// What it has renounced.
    public var renounced: [Attempt] = []

    /// The statement of a node of which nothing but this is known.
    public init(name: NodeName, process: UInt64, busPort: Int, plan: FormingPlan) {
        (self.name, self.process, self.busPort, self.plan) = (name, process, busPort, plan)
    }
}

/// How the node stands in its cluster, as its bus has it.
public struct FormingStanding: Sendable {
    /// Its name.
    public let name: NodeName
    /// The highest epoch that it knows.
    public let currentEpoch: UInt64
    /// All that it knows, itself too.
    public let members: [Member]

    /// What a machine of the bus says.
    public init(_ bus: ClusterBus) { (name, currentEpoch, members) = (bus.name, bus.currentEpoch, bus.members) }

    /// From its parts.
    public init(name: NodeName, currentEpoch: UInt64, members: [Member]) {
        (self.name, self.currentEpoch, self.members) = (name, currentEpoch, members)
    }

    /// This node.
    var myself: Member? { members.first { $0.name == name } }
    /// Those whose names are known.
    var known: [Member] { members.filter { !$0.flags.contains(.handshake) } }
    /// Whether it is in a cluster with others, or serves slots.
    var isMember: Bool { known.count > 1 || myself.map { !$0.slots.isEmpty || $0.isReplica } ?? false }
    /// Whether it knows nobody, not even by address, and has no slots.
    var isAlone: Bool { members.count == 1 && !isMember }
    /// Whether it is alone and has never been in a cluster.
    var isEmpty: Bool { isAlone && currentEpoch == 0 }
    /// The primaries that own slots.
    var owners: [Member] { known.filter { $0.isPrimary && !$0.slots.isEmpty } }
}

/// What has come of asking all addresses once.
public struct FormingRound: Sendable {
    /// What those have told that have answered.
    public var answers: [(address: FormingAddress, statement: FormingStatement)]
    /// Those that have not.
    public var silent: [FormingAddress]
    /// Whether every source has said whom it knows.
    public var isComplete: Bool

    /// A round.
    public init(
        _ answers: [(address: FormingAddress, statement: FormingStatement)], silent: [FormingAddress] = [],
        isComplete: Bool = true
    ) {
        (self.answers, self.silent, self.isComplete) = (answers, silent, isComplete)
    }
}

/// What the machine wants done, in order.
public enum FormingAction: Equatable, Sendable {
    /// Have the record on the disk before anything that follows, and before anybody is told another statement.
    case store(FormingRecord)
    /// An order for the bus. One that is refused is given again in a later round, if it still makes sense then.
    case perform(BusOrder)
    case log(isWarning: Bool, String)
}
