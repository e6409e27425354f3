import Primitives

/// What is known of a node, in the bits that messages and files use.
public struct MemberFlags: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt16
    /// From bits.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Owns slots, or may.
    public static let primary = MemberFlags(rawValue: 1)
    /// Follows a primary.
    public static let replica = MemberFlags(rawValue: 2)
    /// Does not answer this node.
    public static let suspected = MemberFlags(rawValue: 4)
    /// Does not answer most primaries.
    public static let failed = MemberFlags(rawValue: 8)
    /// It is this node.
    public static let myself = MemberFlags(rawValue: 16)
    /// Its name is not known yet.
    public static let handshake = MemberFlags(rawValue: 32)
    /// Its address is not known.
    public static let noAddress = MemberFlags(rawValue: 64)
    /// Is to be sent MEET.
    public static let meet = MemberFlags(rawValue: 128)
    /// A primary that replicas may migrate to.
    public static let migrateTo = MemberFlags(rawValue: 256)
    /// A replica that does not stand for election.
    public static let noFailover = MemberFlags(rawValue: 512)
    /// Understands extensions of PING, PONG and MEET.
    public static let extensions = MemberFlags(rawValue: 1024)
    /// Understands PUBLISH and PUBLISHSHARD without a header.
    public static let lightPublish = MemberFlags(rawValue: 2048)
}

/// Where a node is reached.
public struct NodeAddress: Hashable, Sendable {
    /// The IP address as text; empty where it is not known.
    public var host: String
    /// The port for clients without TLS; 0 for none.
    public var port: Int
    /// The port for clients with TLS; 0 for none.
    public var tlsPort: Int
    /// The port of the bus.
    public var busPort: Int

    /// An address.
    public init(host: String, port: Int, tlsPort: Int = 0, busPort: Int) {
        (self.host, self.port, self.tlsPort, self.busPort) = (host, port, tlsPort, busPort)
    }
}

/// How clients reach a node, where that is not how other nodes do.
public struct ClientAddress: Hashable, Sendable {
    /// The IP addresses for clients that have come over version 4 and over version 6; empty for the node's.
    public var (ipv4, ipv6) = ("", "")
    /// The ports without TLS and with it; 0 for the node's.
    public var (port, tlsPort) = (0, 0)

    /// The node's own.
    public init() {}
}

extension NodeAddress {
    /// As clients are told it who have come over IPv6, or over IPv4.
    func told(as client: ClientAddress, overIPv6: Bool) -> NodeAddress {
        let wanted = overIPv6 ? client.ipv6 : client.ipv4
        return NodeAddress(
            host: wanted.isEmpty ? host : wanted, port: client.port == 0 ? port : client.port,
            tlsPort: client.tlsPort == 0 ? tlsPort : client.tlsPort, busPort: busPort)
    }
}

/// A node of the cluster as this node knows it.
public struct Member: Sendable {
    /// Its name; of one in handshake, a name for the time being.
    public var name: NodeName
    /// What it is, and what state it is in.
    public var flags: MemberFlags
    /// Where it is reached.
    public var address: NodeAddress
    /// How clients may name its host; empty for none.
    public var hostname = ""
    /// How people name it; empty for none.
    public var humanName = ""
    /// How clients reach it.
    public var clientAddress = ClientAddress()
    /// Its shard.
    public var shard: NodeName
    /// Whom it replicates; nil for a primary, and for a replica that does not know yet.
    public var primary: NodeName?
    /// The slots that it owns.
    public var slots = SlotSet()
    /// The epoch of its claim to its slots; of a replica, that of its primary.
    public var configEpoch: UInt64 = 0
    /// How much of the history of its shard it has, in bytes.
    public var offset: Int64 = 0
    /// When it was created here, in milliseconds; for handshakes that come to nothing.
    public var createdAt: Int64
    /// When the ping was sent that it has not answered; 0 for none.
    public var pingSentAt: Int64 = 0
    /// When it last answered; 0 for never.
    public var pongReceivedAt: Int64 = 0
    /// When anything last came from it.
    public var dataReceivedAt: Int64 = 0
    /// When it was found to have failed.
    public var failedAt: Int64 = 0
    /// When a replica of it was last voted for.
    public var votedAt: Int64 = 0
    /// When a primary lost its last replica that works; 0 where it has one.
    public var orphanedAt: Int64 = 0
    /// The connection that this node has opened to it, and the one that it has opened to this node.
    public var (outbound, inbound): (LinkID?, LinkID?) = (nil, nil)
    /// Whether the connection to it stands.
    public var isConnected = false
    /// Who thinks that it has failed, and since when they have said so.
    public var failureReports: [NodeName: Int64] = [:]

    /// A node of which nothing but this is known.
    public init(_ name: NodeName, _ flags: MemberFlags, _ address: NodeAddress, shard: NodeName, createdAt: Int64) {
        (self.name, self.flags, self.address, self.shard, self.createdAt) = (name, flags, address, shard, createdAt)
    }

    /// Where a client is told to reach it that has come over IPv6, or over IPv4.
    public func address(overIPv6: Bool) -> NodeAddress { address.told(as: clientAddress, overIPv6: overIPv6) }
    /// Whether it owns slots, or may.
    public var isPrimary: Bool { flags.contains(.primary) }
    /// Whether it follows a primary.
    public var isReplica: Bool { flags.contains(.replica) }
    /// Whether it does not answer this node, or most primaries.
    public var isDown: Bool { !flags.isDisjoint(with: [.suspected, .failed]) }
}
