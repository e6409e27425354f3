import Access
import Gossip
import Primitives
import RESP
import Settings
import Storage

/// What a node asks its driver to do, after the call that caused it.
public enum NodeAction {
    /// Write a line to the log.
    case log(LogLevel, String)
    /// End a session's connection; its output is dropped.
    case close(Session)
    /// A session that is not being run has output to send, or goes on.
    case resume(Session)
    /// Send what sessions were pushed; `drainPushed` names them.
    case deliver
    /// End the process.
    case shutdown
    /// Directives were changed by CONFIG SET.
    case settingsChanged([String])
}

/// What commands need to know or do outside of the node, at once. A simulation brings its own.
public protocol Environment: AnyObject {
    /// Bytes of the process in physical memory.
    var residentBytes: Int { get }
    /// What the process and its allocator hold.
    var memory: ProcessMemory { get }
    /// CPU time of the process: system, user; in seconds.
    var cpuSeconds: (system: Double, user: Double) { get }
    /// CPU time of the node's thread: system, user; in seconds.
    var threadCPUSeconds: (system: Double, user: Double) { get }
    /// How much has been handed over to be freed and is not free yet.
    var pendingDisposals: Int { get }
    /// Bytes of what has been handed over to be freed and is not free yet.
    var pendingDisposalBytes: Int { get }
    /// Stops the thread (DEBUG SLEEP).
    func sleep(microseconds: Int64)
    /// Makes directives that CONFIG SET has changed take effect outside of the node; throws a reason. The directory is then
    /// named in full.
    func apply(_ settings: inout Settings, changed: [String]) throws(CommandError)
    /// Reads the configuration file; nil where there is none.
    func readConfiguration() throws(CommandError) -> (path: String, text: String)?
    /// Replaces the configuration file.
    func writeConfiguration(_ text: String) throws(CommandError)
    /// The bytes of a file; throws why it cannot be read.
    func readFile(_ path: String) throws(CommandError) -> [UInt8]
    /// Replaces a file as a whole, so that a crash leaves either the old or the new one.
    func replaceFile(_ path: String, with bytes: [UInt8]) throws(CommandError)
    /// Ends the process as a crash would (DEBUG SEGFAULT, DEBUG PANIC).
    func crash(_ reason: String)
    /// Begins the process anew: as soon as it has ended in order, or at once, as after a crash. Throws why that cannot be.
    func restart(afterMilliseconds milliseconds: Int64, inOrder: Bool) throws(CommandError)
    /// Gives unused memory back to the system (MEMORY PURGE).
    func releaseMemory()
    /// Serves connections once, without waiting and without looking at timers, while a script runs. Returns false if the
    /// process is to end.
    func turnWhileBusy() -> Bool
}

extension Environment {
    /// Where there is no process, none begins anew.
    public func restart(afterMilliseconds milliseconds: Int64, inOrder: Bool) throws(CommandError) {
        throw .text("there is no process")
    }
    /// Where there are no files, none can be read.
    public func readFile(_ path: String) throws(CommandError) -> [UInt8] {
        throw .text("No such file or directory")
    }
    /// Where there are no files, none can be written.
    public func replaceFile(_ path: String, with bytes: [UInt8]) throws(CommandError) {
        throw .text("Read-only file system")
    }
}

/// A node: sessions, commands, data; one thread, no I/O.
///
/// The driver hands in bytes and time, and carries out what comes back: output in each session's writer, and `actions`.
public final class Node {
    /// All databases.
    public let keyspace: Keyspace
    /// Every command, by name.
    public let commands: CommandTable
    /// Where time comes from.
    public let clock: Clock
    /// What lies outside of the node.
    public let environment: any Environment
    /// The value of every directive.
    public internal(set) var settings: Settings
    /// What of the settings is read for each command.
    var limits = HotSettings()
    let access: AccessControl
    /// Sessions by number.
    public internal(set) var sessions: [UInt64: Session] = [:]
    private var nextSessionID: UInt64 = 1
    /// What the driver shall do; taken with `takeActions`.
    private var actions: [NodeAction] = []
    /// Attention that concerns every session.
    var attention: Attention = []
    /// What is known of memory.
    var memory = MemoryWatch()
    /// What each client takes; nil where that is not limited.
    var clientMemory: ClientMemory?
    /// Whether the log says already that clients which may not be ended take too much.
    var hasWarnedOfClients = false
    /// Counters for INFO.
    public internal(set) var statistics = NodeStatistics()
    /// Reads and commands counted at the end of the last turn.
    var lastTurn = (reads: 0, commands: 0)
    let commandStatistics: UnsafeMutablePointer<CommandStatistics>
    /// Nanoseconds of a tick.
    let tick: Double
    /// Ticks that are slow enough for the slow log.
    var slowTicks: UInt64 = .max
    /// When the last command ended, or the batch under way began, in ticks.
    var commandEnd: UInt64 = 0
    /// Milliseconds of the monotonic clock at the beginning of this turn.
    public internal(set) var monotonic: Int64 = 0
    /// When the node was made, in milliseconds since 1970.
    public let startedAt: Int64
    /// 40 hexadecimal digits that differ at each start.
    public let runID: String
    /// The names of the history of the data set.
    public var history: ReplicationHistory
    /// Replication, at both ends; nil where there is none.
    public var replication: (any Replicating)?
    /// How the node acknowledges, and which acknowledgements it counts, so that promises hold through elections.
    public var promiseState = PromiseState.off {
        didSet { adoptPromiseState() }
    }
    var replicationState = ReplicationState()
    /// The end that waits for replicas.
    var pendingShutdown: PendingShutdown?
    /// The cluster; nil where there is none.
    public var cluster: (any Clustered)?
    /// Which node serves which slot; nil where there is no cluster. Exchanged between two commands.
    public var slotMap: SlotMap? { didSet { adoptSlotMap(after: oldValue) } }
    /// For each slot whether its keys are used here without a further question.
    let servedSlots: UnsafeMutablePointer<Bool>
    /// What each slot has cost; nil where that was never counted.
    var slotCounters: SlotCounters?
    var replicaState = ReplicaState()
    var pause = Pause()
    /// What moves data to other nodes; nil where nothing does.
    public var migrating: (any Migrating)?
    /// What moves slots from and to other nodes; nil where there is no cluster.
    public var movingSlots: (any MovingSlots)?
    /// Keys and slots that are on their way to another node.
    var underWay = DataUnderWay()
    /// Clients that wait for a key, or for a time.
    var waiters = Waiters()
    var monitors: [Session] = []
    /// Who listens to what.
    var subscriptions = Subscriptions()
    /// Sessions that were sent something by others' doing and that the driver has not seen yet.
    var pushed: [Session] = []
    /// The message that is being sent.
    var frame = ReplyWriter()
    /// The client whose command pushes to others; what it pushes to itself waits until its reply is complete.
    var answering: Session?
    var heldFor: Session?
    var heldPushes = ReplyWriter()
    var slowLog = SlowLog()
    var largeRequestLog = SlowLog()
    var largeReplyLog = SlowLog()
    /// What the slow log has taken up, by index of the command.
    var slowCommands: [Int: SlowFigures] = [:]
    var latency = LatencyMonitor()
    /// The search for hot keys under way, or the last one.
    var hotKeys: HotKeyTracking?
    /// What the page shows of keys; nil while nobody looks.
    var keyWatch: KeyWatch?
    var errorCounts: [String: Int] = [:]
    var rates = Rates()
    var isActiveExpiryOn = true
    /// Whether files and payloads are taken whatever their checksum (DEBUG SET-SKIP-CHECKSUM-VALIDATION).
    public internal(set) var skipsChecksums = false
    var nextExpiryRound: Int64 = 0
    /// Seconds since 1970 when idle clients' buffers were last looked at.
    var lastMemoryRelease: Int64 = 0
    let batch = Batch()
    /// An empty transaction whose memory the next one uses.
    var restingTransaction: Transaction?
    /// Whoever passes keyspace events on to clients.
    var eventReader: (([KeyspaceNotification]) -> Void)?
    /// Clients that keep copies of keys.
    var trackers: Trackers
    /// What the append-only file means for clients.
    var appendOnly = AppendOnlyState()
    /// What replies have to wait for.
    var fence = Fence()
    /// The scripts that clients have brought; nil as long as there are none.
    public var scripts: (any Scripts)?
    /// What writes the data set to a file; nil where there is no disk.
    public var saving: (any Saving)?
    /// Why writes are refused.
    public var diskFaults = DiskFaults() {
        didSet { if diskFaults.refusal != nil { attention.insert(.diskFault) } else { attention.remove(.diskFault) } }
    }
    /// Facts about the process that INFO shows.
    public var identity = ProcessIdentity()

    /// - Parameters:
    ///   - seed: random and secret.
    ///   - settings: as read from the configuration.
    public init(
        settings: Settings, clock: Clock, seed: UInt64, environment: any Environment,
        families: [[Command]] = allFamilies
    ) {
        self.settings = settings
        self.clock = clock
        self.environment = environment
        var random = RandomSource(seed: seed)
        runID = random.hexadecimal(40)
        keyspace = Keyspace(databaseCount: settings.databaseCount, seed: random.next())
        trackers = Trackers(hash: keyspace.hash)
        history = ReplicationHistory(id: random.hexadecimal(40))
        commands = CommandTable(families, renamed: settings.commandNames)
        access = AccessControl(commands)
        commandStatistics = .allocate(capacity: commands.descriptions.count)
        commandStatistics.initialize(repeating: CommandStatistics(), count: commands.descriptions.count)
        servedSlots = .allocate(capacity: hashSlotCount)
        servedSlots.initialize(repeating: false, count: hashSlotCount)
        tick = clock.nanosecondsPerTick
        startedAt = clock.wallMilliseconds
        beginTurn()
        adoptSettings()
        eventReader = { [unowned self] in publish($0) }
        _ = access.define(settings.users.map(\.words))
        memory.startupBytes = usedBytes
    }

    deinit {
        commandStatistics.deinitialize(count: commands.descriptions.count)
        commandStatistics.deallocate()
        servedSlots.deallocate()
    }

    /// Takes the time; called before sessions are run and timers looked at.
    public func beginTurn() {
        keyspace.now = clock.wallMilliseconds
        monotonic = clock.monotonicMilliseconds
    }

    // MARK: Sessions

    /// Takes a new connection in.
    public func accept(
        peerAddress: String, localAddress: String, descriptor: Int32, isUnixSocket: Bool = false
    ) -> Session {
        let session = Session(
            id: takeSessionID(), peerAddress: peerAddress, localAddress: localAddress, descriptor: descriptor,
            isUnixSocket: isUnixSocket, now: keyspace.now)
        statistics.connectionsReceived += 1
        leave(session)
        session.parser.longestBulk = limits.longestBulk
        sessions[session.id] = session
        if let clientMemory { follow(session, clientMemory) }
        return session
    }

    func takeSessionID() -> UInt64 {
        defer { nextSessionID += 1 }
        return nextSessionID
    }

    /// Forgets a connection that has ended; nothing of it stays.
    public func remove(_ session: Session) {
        session.state = .closed
        if session.replica != nil { replication?.didEnd(session) }
        if session.attention.contains(.importLink) { movingSlots?.didEnd(session) }
        if pendingShutdown?.session === session { pendingShutdown?.session = nil }
        session.memory?.forget(session)
        forgetWaiting(session)
        endTracking(session)
        unsubscribeFromAll(session)
        sessions[session.id] = nil
        keyspace.unwatch(session.watch)
        session.transaction = nil
        if session.promise != nil { adoptPromises() }
        if session.attention.contains(.monitor) { removeMonitor(session) }
    }

    /// Ends a connection from inside: at once, or after its reply.
    func close(_ session: Session, afterReply: Bool) {
        // One that does not read its last reply can still be ended at once.
        guard !session.isClosed, !(afterReply && session.isClosing) else { return }
        session.state = afterReply ? .closingAfterReply : .closed
        forgetWaiting(session)
        unsubscribeFromAll(session)
        act(.close(session))
    }

    // MARK: Actions

    func act(_ action: NodeAction) { actions.append(action) }

    /// Writes a line to the log.
    public func log(_ level: LogLevel, _ text: String) { act(.log(level, text)) }

    /// Whether there is anything for the driver to do.
    public var hasActions: Bool { !actions.isEmpty || !trackers.broadcasts.isQuiet }

    /// What the driver shall do since it last asked.
    public func takeActions() -> [NodeAction] {
        if !trackers.broadcasts.isQuiet { tellOfPrefixes() }
        if actions.isEmpty { return [] }
        defer { actions.removeAll() }
        return actions
    }
}

/// What INFO tells of the process.
public struct ProcessIdentity: Sendable {
    /// The number of the process.
    public var processID: Int32 = 0
    /// Which of the nodes of the process this is, from 0, and how many there are.
    public var (core, cores) = (0, 1)
    /// What names of temporary files have in them, so that no two nodes have the same.
    public var fileTag: String { core == 0 ? "\(processID)" : "\(processID)-core\(core)" }
    /// The TCP port; 0 for none.
    public var port = 0
    /// The path of the running program.
    public var executable = ""
    /// The path of the configuration file; empty for none.
    public var configurationFile = ""
    /// Name, release and machine.
    public var operatingSystem = "Linux"
    /// Bytes of physical memory.
    public var totalSystemMemory = 0
    /// A line for each socket that waits for clients.
    public var listeners: [String] = []
    /// What it shows to clients of TLS; nil where TLS is off.
    public var serverCertificate: CertificateIdentity?
    /// What it shows to other nodes; nil where they are not spoken to over TLS.
    public var clientCertificate: CertificateIdentity?
    /// Of the authorities that it trusts, the one that expires first.
    public var authorityCertificate: CertificateIdentity?

    /// Nothing known yet.
    public init() {}
}

/// What of the settings is read for each command or each request.
struct HotSettings {
    var longestBulk = 512 << 20
    var longestInput = 1 << 30
    var normalOutput = OutputLimit()
    /// That of clients that listen to channels.
    var subscriberOutput = OutputLimit()
    /// Bytes of waiting output up to which no class of clients has reached a limit.
    var leastOutputLimit = Int.max
    /// Seconds after which a silent client is dropped; 0 for never.
    var idleSeconds: Int64 = 0
    var expireEffort = 1
    var tracksLatency = true
    /// Keys noted for clients that keep copies; 0 for any number.
    var mostTrackedKeys = 1_000_000
    /// The longest sparse HyperLogLog, in bytes.
    var longestSparse = 3000
    /// Microseconds from which on a command is slow; negative for never.
    var slowMicroseconds: Int64 = 10_000
    /// Bytes from which on a request or a reply is large.
    var largeRequest = 1 << 20
    var largeReply = 1 << 20
    /// What replies wait for where a client has not asked for anything.
    var promise = ReplicaPromise()

    struct OutputLimit: Equatable {
        var hard = 0
        var soft = 0
        var softSeconds = 0
    }
}
