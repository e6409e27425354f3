import Primitives

/// A message of the bus as a value. `BusCodec` turns it into bytes and back; a simulation passes it as it is.
public struct BusMessage: Equatable, Sendable {
    /// What every message says of its sender.
    public var header: BusHeader
    /// What this one says.
    public var body: Body
    /// Whether a published message goes without its header: to those who understand it (`MemberFlags.lightPublish`), and who
    /// take the header of what came before on the connection for it. Means nothing for other messages.
    public var isLight = false

    /// What a message says.
    public enum Body: Equatable, Sendable {
        case ping([GossipEntry], [PingExtension])
        case pong([GossipEntry], [PingExtension])
        /// As a ping, and asks to be taken into the cluster.
        case meet([GossipEntry], [PingExtension])
        /// A node has failed, says a majority of the primaries.
        case fail(NodeName)
        case publish(channel: [UInt8], message: [UInt8], isSharded: Bool)
        /// A replica asks for votes.
        case voteRequest
        /// A primary gives its vote.
        case vote
        /// A claim to slots is older than another, which is told here.
        case update(configEpoch: UInt64, name: NodeName, slots: SlotSet)
        /// A replica asks its primary to let writes rest, so that it can take over.
        case manualFailover
        /// A module's message, which nobody here understands.
        case module
    }

    /// A message.
    public init(_ header: BusHeader, _ body: Body) { (self.header, self.body) = (header, body) }
}

/// What every message says of its sender.
public struct BusHeader: Equatable, Sendable {
    /// The sender.
    public var sender: NodeName
    /// What the sender is.
    public var flags: MemberFlags
    /// Whether the sender takes the cluster for whole.
    public var isClusterUp = true
    /// The port for clients that the cluster's links use (TLS where the bus has it), the other one (0 for none) and that of
    /// the bus.
    public var (port, otherPort, busPort): (Int, Int, Int) = (0, 0, 0)
    /// The IP address that the sender wants to be known by; empty for that of its connection.
    public var host = ""
    /// The highest epoch that the sender knows.
    public var currentEpoch: UInt64 = 0
    /// The epoch of the claim to the slots.
    public var configEpoch: UInt64 = 0
    /// How much of the history of its shard the sender has, in bytes.
    public var offset: Int64 = 0
    /// The slots of the sender; of a replica, those of its primary.
    public var slots = SlotSet()
    /// Whom the sender replicates; nil for a primary.
    public var primary: NodeName?
    /// Writes rest for a failover that somebody has asked for.
    public var isPaused = false
    /// A request for votes that is to be heard although the primary is well.
    public var isForced = false
    /// Whether the sender is an Apus node, which knows of terms (`Succession`).
    public var knowsTerms = true
    /// Whether the sender understands extensions.
    public var hasExtensions = true

    /// The least that there is to say.
    public init(sender: NodeName, flags: MemberFlags) { (self.sender, self.flags) = (sender, flags) }
}

/// What a ping says of another node.
public struct GossipEntry: Equatable, Sendable {
    /// Of whom.
    public var name: NodeName
    /// Seconds since 1970 when a ping was sent that it has not answered, and when it last answered; 0 for never.
    public var (pingSent, pongReceived): (UInt32, UInt32)
    /// The IP address.
    public var host: String
    /// As in `BusHeader`.
    public var (port, otherPort, busPort): (Int, Int, Int)
    /// What the sender thinks of it.
    public var flags: MemberFlags

    /// An entry.
    public init(
        name: NodeName, pingSent: UInt32, pongReceived: UInt32, host: String, port: Int, otherPort: Int, busPort: Int,
        flags: MemberFlags
    ) {
        (self.name, self.pingSent, self.pongReceived) = (name, pingSent, pongReceived)
        (self.host, self.port, self.otherPort, self.busPort, self.flags) = (host, port, otherPort, busPort, flags)
    }
}

/// What a ping says beyond the reference's first version.
public enum PingExtension: Equatable, Sendable {
    /// How clients may name the sender's host.
    case hostname(String)
    /// How people name the sender.
    case humanName(String)
    /// A node that was forgotten and shall not come back for so many seconds.
    case forgotten(NodeName, seconds: UInt64)
    /// The sender's shard.
    case shard(NodeName)
    /// The IP addresses that clients of that version reach the sender by.
    case clientIPv4(String), clientIPv6(String)
    /// The ports that clients without TLS, and with it, reach the sender by.
    case clientPort(Int), clientTLSPort(Int)
    /// A candidate wants to lead the shard in a term.
    case promiseAsked(term: UInt64)
    /// A member acknowledges nothing of terms before this one any more, and is so far; and whether it has all that it has ever
    /// acknowledged.
    case promiseGranted(term: UInt64, HistoryPlace, isWhole: Bool)
    /// A member acknowledges nothing of terms before this one, which is not that of whoever hears this.
    case promiseRefused(term: UInt64)
    /// One that nobody here understands: its type, and its bytes.
    case other(UInt16, [UInt8])
}
