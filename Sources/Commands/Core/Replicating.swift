import Primitives
import RESP
import Storage

/// The names under which the history of a data set is known.
public struct ReplicationHistory: Equatable, Sendable {
    /// 40 hexadecimal digits that name the history.
    public var id: String
    /// The name of the history that this one has begun with; 40 zeros for none.
    public var secondID = ReplicationHistory.noID
    /// The first offset that the second name does not stand for; -1 for none.
    public var secondOffset: Int64 = -1

    /// What stands for no name.
    public static let noID = String(repeating: "0", count: 40)

    /// A history that begins.
    public init(id: String) { self.id = id }
}

/// Replication as commands see it, at both ends. It stands on a floor above.
public protocol Replicating: AnyObject {
    /// What INFO, ROLE, CLIENT and HELLO show of it.
    var figures: ReplicationFigures { get }
    /// Bytes that came from primaries, and that were sent to replicas.
    var traffic: (received: Int, sent: Int) { get }
    /// Sets counters back to zero (CONFIG RESETSTAT).
    func resetFigures()
    /// Bytes that wait for replicas beyond the backlog, which are no part of what `maxmemory` limits.
    var uncountedBytes: Int { get }
    /// Whether a walk is under way for replicas, so that no other can be.
    var isWalking: Bool { get }
    /// What a snapshot says of where it stands in the history; nothing where nobody could go on from there.
    var snapshotFacts: [(name: String, value: String)] { get }
    /// How many replicas have acknowledged everything up to an offset, and how many have it on their disks.
    func acknowledgements(of offset: Int64) -> (received: Int, onDisk: Int)
    /// The offsets up to which replicas have acknowledged the journal, the highest first.
    var acknowledgedOffsets: [Int64] { get }
    /// Has replicas asked for their acknowledgements when the turn ends.
    func requestAcknowledgements()
    /// How many replicas there are, and how many of them have not acknowledged all of the journal.
    var lag: (behind: Int, all: Int) { get }
    /// Follows directives that CONFIG SET has changed.
    func adoptSettings()
    /// A session has ended that a replica has spoken through.
    func didEnd(_ session: Session)
}

/// A replica's connection as CLIENT LIST shows it.
public protocol ReplicaTraffic: AnyObject {
    /// Bytes of the journal that it has not been sent, and in how many blocks they lie.
    var waiting: (bytes: Int, blocks: Int) { get }
}

/// What is shown of replication.
public struct ReplicationFigures: Sendable {
    // As a replica.
    /// The node's primary; nil where it is one itself.
    public var primary: PrimaryFigures?
    /// Bytes that came from primaries.
    public var receivedBytes = 0

    // As a primary.
    /// The replicas, in the order in which they came.
    public var replicas: [ReplicaFigures] = []
    /// Replicas that have acknowledged something lately enough to count for `min-replicas-to-write`.
    public var goodReplicas = 0
    /// The backlog; nil where there is none.
    public var backlog: BacklogFigures?
    /// Bytes that the journal's blocks take which are kept for the backlog and for replicas.
    public var bufferBytes = 0
    /// Full synchronisations, and partial ones that were accepted and refused.
    public var (fullSyncs, partialSyncs, refusedPartialSyncs) = (0, 0, 0)
    /// Full synchronisations that have gone on over another connection.
    public var resumedSyncs = 0
    /// Bytes sent to replicas.
    public var sentBytes = 0
    /// What becomes of a handover to a replica: `no-failover`, `waiting-for-sync`, `failover-in-progress`.
    public var failoverState = "no-failover"

    /// Nobody takes part.
    public init() {}
}

/// A replica as its primary sees it.
public struct ReplicaFigures: Sendable {
    /// Where it is reached.
    public var (address, port) = ("", 0)
    /// `wait_bgsave`, `send_bulk`, `online`.
    public var state = "online"
    /// Up to where it has acknowledged the journal.
    public var offset: Int64 = 0
    /// Seconds since it acknowledged anything.
    public var lag: Int64 = 0

    /// Nothing known.
    public init() {}
}

/// What is kept of the journal for replicas that come back.
public struct BacklogFigures: Sendable {
    /// The offset of its first byte, counted from one as the reference does.
    public var firstOffset: Int64 = 0
    /// Bytes of history.
    public var length = 0
    /// Bytes of memory.
    public var memory = 0

    /// An empty one.
    public init() {}
}

/// What WAIT or WAITAOF waits for.
struct AwaitedPromise {
    /// The offset that replicas shall have acknowledged.
    let offset: Int64
    /// How many replicas shall have.
    let count: Int
    /// Whether they shall have it on their disks.
    var isOnDisk = false
    /// Whether the append-only file shall hold the journal up to an offset.
    var isOnOwnDisk = false
    var ownOffset: Int64 = 0
}

/// What replication means for commands.
struct ReplicationState {
    /// Clients in WAIT and WAITAOF.
    var waiting: [(session: Session, ticket: UInt64, promise: AwaitedPromise)] = []
}

extension Node {
    /// Whether the node follows a primary.
    public var isReplica: Bool {
        get { attention.contains(.replica) }
        set {
            // What replicas have acknowledged was of another history.
            fence.acknowledged = []
            if newValue { attention.insert(.replica) } else { attention.remove(.replica) }
        }
    }

    /// Whether writes are refused since too few replicas have them.
    public var lacksReplicas: Bool {
        get { attention.contains(.fewReplicas) }
        set { if newValue { attention.insert(.fewReplicas) } else { attention.remove(.fewReplicas) } }
    }

    /// What a write is answered for lack of replicas.
    static let notEnoughReplicas = "NOREPLICAS Not enough good replicas to write."

    /// Gives the history another name, under which nobody knows it.
    public func renewHistory() { history = ReplicationHistory(id: keyspace.random.hexadecimal(40)) }

    /// Ends a connection at once.
    public func disconnect(_ session: Session) { close(session, afterReply: false) }

    // MARK: Waiting for replicas

    /// Puts a client that has begun to wait among those whose waiting ends with acknowledgements.
    func awaitAcknowledgements(_ session: Session, _ promise: AwaitedPromise) {
        guard let waiter = session.waiter else { return }
        replicationState.waiting.append((session, waiter.ticket, promise))
        replication?.requestAcknowledgements()
    }

    /// Whether what a client waits for has come.
    func isKept(_ promise: AwaitedPromise) -> Bool {
        if promise.isOnOwnDisk, !isSynchronized(promise.ownOffset) { return false }
        return replicaCount(promise) >= promise.count
    }

    /// How many replicas have what a client waits for.
    func replicaCount(_ promise: AwaitedPromise) -> Int {
        guard let counts = replication?.acknowledgements(of: promise.offset) else { return 0 }
        return promise.isOnDisk ? counts.onDisk : counts.received
    }

    /// A replica has acknowledged something, or the disk has: lets those go on who wait for it.
    public func didAcknowledge() {
        if pendingShutdown != nil { continueShutdown() }
        noteAcknowledgements()
        guard !replicationState.waiting.isEmpty else { return }
        let served = replicationState.waiting.filter { $0.session.waiter?.ticket == $0.ticket && isKept($0.promise) }
        replicationState.waiting.removeAll { $0.session.waiter?.ticket != $0.ticket || isKept($0.promise) }
        for entry in served where entry.session.waiter?.ticket == entry.ticket { timeOut(entry.session) }
    }

    /// Whether the append-only file holds everything up to an offset.
    func isSynchronized(_ offset: Int64) -> Bool {
        guard let figures = appendOnlyLog?.figures, figures.isOn else { return false }
        return figures.synchronizedOffset >= offset
    }
}

extension Session {
    /// Whether it carries the journal, or a snapshot, to a replica.
    public var isReplica: Bool { attention.contains(.replicaLink) }

    /// From here on it carries the journal to a replica: what commands answer is not sent any more.
    public func becomeReplica() {
        attention.insert([.replicaLink, .muted])
        replyMode = .off
    }
}
