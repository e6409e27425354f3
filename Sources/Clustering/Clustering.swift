// Clustering: the cluster as a node lives in it: the commands that ask and order the bus, slots that move, promises that hold
// through elections. No sockets, no files. Imports Replication, Gossip and what lies below.
import Commands
import Gossip
import Primitives
import Replication
import Synchronization

/// How a node takes part in the cluster.
///
///     bus's thread ─▶ (SharedBus) ◀─ node's thread: Cluster ─▶ Node (slot map, removed slots), Replication (whom to follow)
public final class Cluster {
    /// Whose.
    public unowned let node: Node
    /// How the node replicates.
    public unowned let replication: Replication
    /// The machine, which the bus's thread turns.
    public let bus: SharedBus
    /// Slots that move as a whole, from this node and to it.
    public private(set) lazy var slotMigrations = SlotMigrations(node, self)
    /// What the node tells others that look for a cluster; nil where it looks for none.
    public var formingBoard: FormingBoard?
    /// Until when writes rest for a failover, in monotonic milliseconds; nil where they do not.
    var pausedUntil: Int64?
    /// The number of the last order to promise that was carried out.
    var promiseNumber: UInt64 = 0
    /// Up to which order what has changed is on the disk.
    public internal(set) var savedOrders: UInt64 = 0
    /// Clients that wait for that.
    var unsaved: [UnsavedReply] = []
    /// What the bus has heard of the node last.
    var lastReport = NodeReport()
    /// Of the map that the node has.
    var adoptedVersion = UInt64.max
    /// Until when it is not to be believed, in monotonic milliseconds; nil where it is.
    var distrustedUntil: Int64?
    /// When a turn began last, in monotonic milliseconds.
    var lastTurnAt: Int64
    /// After so long without a turn others take the node for dead, in milliseconds.
    var longestSilence: Int64 = 0

    /// For a node.
    public init(_ node: Node, _ replication: Replication, _ bus: SharedBus) {
        (self.node, self.replication, self.bus, lastTurnAt) = (node, replication, bus, node.monotonic)
        node.cluster = self
        let (state, term) = bus.access { ($0.promiseState, $0.keptTerm) }
        node.promiseState = state
        replication.replica.keep(term)
        adoptSettings()
    }
}

/// The machine that two threads share: the bus's, which feeds it, and the node's, which asks it and gives it orders. Neither
/// keeps it for longer than one message takes.
public final class SharedBus: Sendable {
    private let machine: Locked<ClusterBus>
    /// Has the bus's thread carry out what an order has caused; called without the lock.
    private let wake: @Sendable () -> Void
    private let version = Atomic<UInt64>(0)
    private let figures = Locked<[LinkID: LinkFigures]>([:])
    private let overLimit = Locked(0)
    private let filter = Locked(MessageFilter())
    private let bytes = Locked(BusTraffic())

    /// A machine of two threads; in a simulation, of one.
    public init(_ bus: ClusterBus, wake: @escaping @Sendable () -> Void = {}) {
        (machine, self.wake) = (Locked(bus), wake)
        version.store(bus.mapVersion, ordering: .relaxed)
    }

    /// As the machine's, without its lock: rises whenever the slot map is another.
    public var mapVersion: UInt64 { version.load(ordering: .acquiring) }

    /// Which messages are lost on purpose.
    public var messageFilter: MessageFilter {
        get { filter.withLock { $0 } }
        set { filter.withLock { $0 = newValue } }
    }

    /// How many connections were closed since too much waited in them.
    public var linksOverLimit: Int {
        get { overLimit.withLock { $0 } }
        set { overLimit.withLock { $0 = newValue } }
    }

    /// Bytes that have gone and come, a tenth of a second ago at most.
    public var traffic: BusTraffic {
        get { bytes.withLock { $0 } }
        set { bytes.withLock { $0 = newValue } }
    }

    /// What the connections of the bus look like, a tenth of a second ago at most.
    public var linkFigures: [LinkID: LinkFigures] {
        get { figures.withLock { $0 } }
        set { figures.withLock { $0 = newValue } }
    }

    /// Looks at it, or feeds it.
    public func access<Result: Sendable>(_ body: (inout ClusterBus) -> Result) -> Result {
        machine.withLock { bus in
            defer { version.store(bus.mapVersion, ordering: .releasing) }
            return body(&bus)
        }
    }

    /// Feeds it from the node's thread, and has the bus's carry out what follows.
    public func receive(_ event: BusEvent, now: Int64) {
        access { $0.receive(event, now: now) }
        wake()
    }

    /// Carries out an order of the node's thread.
    /// - Returns: The number that the node is told (`NodeOrder.saved`) as soon as what has changed is on the disk; nil where
    ///   nothing has that is kept.
    @discardableResult
    public func perform(_ order: BusOrder, now: Int64) throws(BusError) -> UInt64? {
        let outcome: Result<UInt64?, BusError> = access { bus in
            do throws(BusError) {
                return .success(try bus.perform(order, now: now))
            } catch { return .failure(error) }
        }
        wake()
        return try outcome.get()
    }
}
