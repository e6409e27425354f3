import Clustering
import Encryption
import Gossip
import Primitives
import Settings
import Synchronization

/// What the bus's thread and a node's have in common.
///
///     bus's thread ─ orders, news of the map ─▶ BusPost ─ wake ─▶ node's thread
///     node's thread ─ pulse, terms ─▶ BusPost ◀─ looks ─ bus's thread
final class BusPost: Sendable {
    /// The machine.
    let bus: SharedBus
    /// Where the node listens to others, whatever becomes of the port for clients.
    let port: Int
    /// Readable when there is something for the node's thread.
    let arrival = WakeUp(isBlocking: false)
    private let orders = Locked<[NodeOrder]>([])
    private let pulse = Atomic<Int64>(Clock.system.monotonicMilliseconds)
    private let terms: Locked<BusTerms>

    init(_ bus: SharedBus, port: Int, _ terms: BusTerms) {
        (self.bus, self.port, self.terms) = (bus, port, Locked(terms))
    }

    // MARK: The node's thread

    /// The node's loop has turned.
    /// - Parameter now: monotonic milliseconds.
    @inline(__always) func beat(now: Int64) { pulse.store(now, ordering: .relaxed) }

    /// What the machine wants done, in order.
    func takeOrders() -> [NodeOrder] {
        arrival.take()
        return orders.withLock { orders in
            defer { orders = [] }
            return orders
        }
    }

    /// Follows settings that have changed.
    func adopt(_ terms: BusTerms) { self.terms.withLock { $0 = terms } }

    // MARK: The bus's thread

    /// When the node's loop turned last, in monotonic milliseconds.
    var lastBeat: Int64 { pulse.load(ordering: .relaxed) }

    /// What the settings say.
    var currentTerms: BusTerms { terms.withLock { $0 } }

    /// Hands the node an order.
    func give(_ order: NodeOrder) {
        orders.withLock { $0.append(order) }
        arrival.raise()
    }

    /// Has the node look at the map.
    func tellOfMap() { arrival.raise() }
}

/// What the settings say of a node's connections of the bus.
struct BusTerms: Sendable {
    /// After so long without a turn of the node's loop nobody hears of it any more, in milliseconds.
    var longestSilence: Int64
    /// The port for clients, by which lines of the log name the node.
    var clientPort: Int
    /// `bind-source-addr`.
    var source: String
    /// `cluster-link-sendbuf-limit`, in bytes; 0 for none.
    var sendLimit: Int
    /// Whether a node that cannot write `nodes.conf` goes on.
    var survivesFailedSave: Bool
    /// Who the node is to others, in both directions; nil where links are plain.
    var identities: BusIdentities?

    /// A loop turns at least so often, in milliseconds, whatever `hz` says.
    private static let longestTurn: Int64 = 1500

    init(_ settings: Settings, _ identities: BusIdentities?) {
        longestSilence = max(Int64(settings.clusterNodeTimeout), BusTerms.longestTurn)
        clientPort = settings.anyPort
        source = settings.bindSourceAddr
        sendLimit = settings.clusterLinkSendbufLimit
        survivesFailedSave = settings.clusterConfigSaveBehavior == .bestEffort
        self.identities = identities
    }
}

/// What nodes show each other. Both ends have to show a certificate.
struct BusIdentities: Sendable {
    let (server, client): (SecureIdentity, SecureIdentity)

    /// What the files hold now; nil where links are plain.
    init?(_ settings: Settings) throws(SecurityError) {
        guard settings.tlsCluster else { return nil }
        var options = SecurityOptions(server: settings)
        options.clientCertificates = .yes
        server = try SecureIdentity(server: options)
        client = try SecureIdentity(client: SecurityOptions(client: settings))
    }
}
