import Primitives

/// `nodes.conf` as a value, in the reference's format: what a node has to know of its cluster when it starts again.
///
///     <name> <host>:<port>@<bus port>,<hostname>,<field>=<value>… <flags> <primary or -> <ping sent> <pong received>
///         <epoch> <link> <slot> <first>-<last> [<slot>-><name>] [<slot>-<-<name>]         a line for each node
///     vars currentEpoch <epoch> lastVoteEpoch <epoch>
public struct NodesFile: Equatable, Sendable {
    /// A node of the file.
    public struct Node: Equatable, Sendable {
        /// Its name.
        public var name: NodeName
        /// What it is, and what state it was in.
        public var flags: MemberFlags
        /// Where it is reached.
        public var address: NodeAddress
        /// How clients may name its host; empty for none.
        public var hostname = ""
        /// How people name it; empty for none.
        public var humanName = ""
        /// How clients reach it.
        public var clientAddress = ClientAddress()
        /// Its shard; nil where the file is older than shards.
        public var shard: NodeName?
        /// Whom it replicates.
        public var primary: NodeName?
        /// When the ping was sent that it had not answered, and when it last answered, in milliseconds; 0 for never.
        public var (pingSentAt, pongReceivedAt): (Int64, Int64) = (0, 0)
        /// The epoch of its claim to its slots; of a replica, that of its primary.
        public var configEpoch: UInt64 = 0
        /// Whether the connection to it stood.
        public var isConnected = true
        /// The slots that it owns.
        public var slots = SlotSet()

        /// A node of which nothing but this is known.
        public init(_ name: NodeName, _ flags: MemberFlags, _ address: NodeAddress) {
            (self.name, self.flags, self.address) = (name, flags, address)
        }
    }

    /// Every node, in the order of the file. Those in handshake are not written.
    public var nodes: [Node] = []
    /// Slots of this node whose keys are on their way to another node, and slots whose keys come from one.
    public var (migrating, importing): ([Int: NodeName], [Int: NodeName]) = ([:], [:])
    /// The epochs: the highest known, and that of the last vote given.
    public var (currentEpoch, lastVoteEpoch): (UInt64, UInt64) = (0, 0)

    /// What was promised to whom, so that no promised write is lost (`Succession`).
    public var promised: Succession.Ballot?
    /// What this node, or its primary, may have given to other nodes.
    public var grants: [SlotGrant] = []
    /// The term of the primary whose history the data is; 0 for none.
    public var dataTerm: UInt64 = 0

    /// Nothing.
    public init() {}

    /// The node whose file it is; one that has been read always has it.
    public var myself: Node? { nodes.first { $0.flags.contains(.myself) } }
}

// MARK: Members

extension NodesFile.Node {
    /// What a file, and CLUSTER NODES, tell of a member.
    public init(_ member: Member) {
        self.init(member.name, member.flags, member.address)
        (hostname, humanName, clientAddress) = (member.hostname, member.humanName, member.clientAddress)
        (shard, primary) = (member.shard, member.primary)
        (pingSentAt, pongReceivedAt) = (member.pingSentAt, member.pongReceivedAt)
        (configEpoch, slots) = (member.configEpoch, member.slots)
        isConnected = member.isConnected || member.flags.contains(.myself)
    }
}

extension Member {
    /// What is known of a node from a file.
    /// - Parameters:
    ///   - shard: for one whose shard the file does not tell.
    ///   - now: milliseconds since 1970. Pings and answers before the start count as of now, and so do failures.
    public init(_ node: NodesFile.Node, shard: @autoclosure () -> NodeName, now: Int64) {
        self.init(node.name, node.flags, node.address, shard: node.shard ?? shard(), createdAt: now)
        (hostname, humanName, clientAddress) = (node.hostname, node.humanName, node.clientAddress)
        (primary, slots, configEpoch) = (node.primary, node.slots, node.configEpoch)
        pingSentAt = node.pingSentAt == 0 ? 0 : now
        pongReceivedAt = node.pongReceivedAt == 0 ? 0 : now
        failedAt = node.flags.contains(.failed) ? now : 0
    }
}
