import Primitives
import RESP
import Settings
import Storage

// The node as a replica: what it refuses, what it hides, and how the commands of its primary are carried out.
//
//     clients ─ reads ─▶ ┌──────┐ ◀─ all commands ─ primary's session
//             ✗ writes   │ node │      expired keys are there until the primary says that they are gone
//                        └──────┘

/// What a node knows of itself as a replica.
struct ReplicaState {
    /// Whether the stream of the primary flows.
    var isLinkUp = false
    /// Whether the old data is served while a snapshot is loaded.
    var isLoadingBeside = false
}

extension Node {
    /// Whether the stream of the primary flows.
    public var isLinkUp: Bool {
        get { replicaState.isLinkUp }
        set { replicaState.isLinkUp = newValue }
    }

    /// What becomes of expired keys that clients look up.
    var ordinaryExpiryMode: ExpiryMode {
        if isLoading, !replicaState.isLoadingBeside { return .ignore }
        return isReplica || isPauseOn ? .hide : .remove
    }

    /// Takes up the part of a replica of `primary`, or with nil that of a primary.
    public func become(replicaOf primary: PrimaryAddress?) {
        settings.replicaof = primary
        if primary != nil, !isReplica { breakReplicaPromises() }
        isReplica = primary != nil
        if primary == nil { isLinkUp = false }
        keyspace.expiryMode = ordinaryExpiryMode
        adoptMemoryLimit()
    }

    /// What `maxmemory` limits here: nothing on a replica, whose primary says which keys go.
    var memoryLimit: Int { isReplica && settings.replicaIgnoreMaxmemory ? 0 : settings.maxmemory }

    /// Ends the waiting of all clients that wait for keys: what they wait for comes to another node.
    public func disconnectBlockedClients() {
        for session in sessions.values where session.isBlocked && session.waiter?.condition.concernsCluster != true {
            session.writer.error(
                "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)")
            close(session, afterReply: true)
            act(.resume(session))
        }
    }

    /// Says that data is being loaded, so that few commands are answered.
    /// - Parameter isBeside: whether clients are served what there was before, while a replica loads a snapshot.
    public func beginLoading(beside isBeside: Bool = false) {
        replicaState.isLoadingBeside = isBeside
        attention.insert(.loading)
        keyspace.expiryMode = ordinaryExpiryMode
    }

    /// Whether clients are served while a snapshot is loaded.
    public var isLoadingBeside: Bool { isLoading && replicaState.isLoadingBeside }

    // MARK: Refusing

    static let readOnlyText = "READONLY You can't write against a read only replica."

    private static let staleText = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."

    /// Why a replica does not let a client write; nil if it does.
    func readOnlyRefusal(_ session: Session, _ record: UnsafeMutablePointer<CommandRecord>) -> String? {
        guard isReplica, !session.isPrimary, session.caller?.isPrimary != true, settings.replicaReadOnly,
            isWrite(session, record)
        else { return nil }
        return Node.readOnlyText
    }

    /// Why a replica that has lost its primary does not answer; nil if it does.
    func staleRefusal(_ session: Session, _ flags: CommandFlags) -> String? {
        guard isReplica, !isLinkUp, !settings.replicaServeStaleData, !flags.contains(.stale) else { return nil }
        return Node.staleText
    }

    /// Why a command is not run while data is loaded; nil if it is.
    func loadingRefusal(_ flags: CommandFlags) -> String? {
        let isRefused = replicaState.isLoadingBeside ? flags.contains(.noAsyncLoading) : !flags.contains(.loading)
        return isRefused ? "LOADING Redis is loading the dataset in memory" : nil
    }
}

// MARK: The primary's stream

extension Node {
    /// A session for what the primary sends: it is shown among the clients, and always inside of a transaction.
    public func makePrimarySession(peer: String, local: String, descriptor: Int32) -> Session {
        let session = makeInnerSession(number: takeSessionID(), peer: peer, local: local, descriptor: descriptor)
        session.isPrimary = true
        sessions[session.id] = session
        return session
    }

    /// Begins a command or a transaction of the primary: what has expired here is still there for it.
    public func beginFollowing() { keyspace.expiryMode = .ignore }

    /// Carries out a command of the primary.
    public func follow(_ session: Session, _ arguments: Arguments) -> ReplayOutcome {
        guard let record = replayed(arguments) else { return .unknown(arguments[0].echoed(128)) }
        let errors = statistics.errorReplies
        session.lastActiveAt = keyspace.now / 1000
        if attention.isDisjoint(with: [.monitored, .hotKeys]) {
            run(session, arguments, record, nil, from: clock.ticks)
        } else {
            runObserved(session, arguments, record, nil)
        }
        defer { session.writer.truncate(to: 0) }
        guard statistics.errorReplies != errors else { return .done }
        return .failed(String(String(session.writer.bytes).dropFirst().prefix { $0 != "\r\n" }))
    }

    /// Ends a command or a transaction of the primary: whoever waits for its changes, or listens, hears of them.
    public func endFollowing(_ session: Session) {
        keyspace.expiryMode = ordinaryExpiryMode
        if keyspace.hasAftermath { settleAftermath(of: session) }
    }
}

extension Session {
    /// The database that the next command is carried out in.
    public var selectedDatabase: Int {
        get { database }
        set { database = newValue }
    }
}

// MARK: What is shown

/// What INFO, ROLE and HELLO show of a replica's primary.
public struct PrimaryFigures: Sendable {
    /// Where it is.
    public var host: String
    /// Its port.
    public var port: Int
    /// Whether the stream flows.
    public var isUp = false
    /// `connect`, `connecting`, `handshake`, `sync` or `connected`.
    public var state = "connect"
    /// Seconds since something came; -1 where there is no link.
    public var silence: Int64 = -1
    /// Whether a full synchronisation is under way.
    public var isSynchronizing = false
    /// Up to where the history is here, applied and received; 1 where nothing of it is.
    public var (offset, readOffset): (Int64, Int64) = (1, 1)
    /// For how long the link has been down.
    public var downSeconds: Int64 = 0
    /// Bytes of the snapshot that comes, 0 where that is not known; nil where none does.
    public var transferTotal: Int?
    /// Bytes of it that have come.
    public var transferred = 0
    /// Seconds since some of it came.
    public var transferSilence: Int64 = 0
    /// Attempts to follow it, since it was followed last and since it was named.
    public var (attempts, totalAttempts) = (0, 0)
    /// For how long the link has been up, and down in all.
    public var (upSeconds, totalDownSeconds): (Int64, Int64) = (0, 0)
    /// The loading of a snapshot of the primary.
    public var loading: LoadingFigures?

    /// Of a primary that nothing has come from.
    public init(host: String, port: Int) { (self.host, self.port) = (host, port) }
}

extension Node {
    /// Why commands are held back, as INFO calls it.
    var pauseReason: String {
        guard isPauseOn else { return "none" }
        return pause.isForFailover ? "failover_in_progress" : "client_pause"
    }
}

extension Call {
    /// The client, as the log names it.
    public var sessionLine: String { node.line(of: session, self) }
}
