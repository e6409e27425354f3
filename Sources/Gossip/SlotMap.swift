import Primitives

/// Where commands go: which node serves which slot. It never changes; the node exchanges it between two commands.
public final class SlotMap: Sendable {
    /// A node as clients reach it.
    public struct Endpoint: Equatable, Sendable {
        /// Which.
        public let name: NodeName
        /// The host as clients are told it who have come over IPv4, and over IPv6; empty where they keep the one that they
        /// have.
        public let (host, ipv6Host): (String, String)
        /// The port for clients without TLS and with it; 0 for none.
        public let (port, tlsPort): (Int, Int)

        /// An endpoint.
        public init(name: NodeName, host: String, ipv6Host: String? = nil, port: Int, tlsPort: Int) {
            (self.name, self.host, self.ipv6Host) = (name, host, ipv6Host ?? host)
            (self.port, self.tlsPort) = (port, tlsPort)
        }
    }

    /// The nodes that own slots or that keys move to or from.
    public let endpoints: [Endpoint]
    /// For each slot the owner's index among the endpoints; `nobody` for none.
    public let owners: [UInt16]
    /// The index of this node; `nobody` where it is not among the endpoints.
    public let here: UInt16
    /// The index of the primary whose slots a replica may read; `nobody` on a primary.
    public let primary: UInt16
    /// Slots of this node whose keys are on their way to another, and slots that come from another.
    public let (migrating, importing): ([Int: UInt16], [Int: UInt16])
    /// Whether the cluster is whole.
    public let isUp: Bool

    /// No node.
    public static let nobody = UInt16.max

    /// A map.
    public init(
        endpoints: [Endpoint], owners: [UInt16], here: UInt16, primary: UInt16, migrating: [Int: UInt16] = [:],
        importing: [Int: UInt16] = [:], isUp: Bool
    ) {
        precondition(owners.count == hashSlotCount)
        (self.endpoints, self.owners, self.here, self.primary) = (endpoints, owners, here, primary)
        (self.migrating, self.importing, self.isUp) = (migrating, importing, isUp)
    }
}
