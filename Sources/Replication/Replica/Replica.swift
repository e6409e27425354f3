import Commands
import Persistence
import Primitives
import RESP
import Settings
import Storage

/// The part of a node that follows a primary, or did, or may: it carries out what the link wants, and has the data.
///
///     connector ─ bytes ─▶ PrimaryLink ─ actions ─▶ Replica ─┬─▶ connector: connect, send, the snapshot's file
///                                                            ├─▶ SnapshotIntake ─▶ keyspace
///                                                            └─▶ StreamApplier ─▶ node, journal
///
/// 1. As long as the node follows somebody, its journal is that one's, and is where the data is.
/// 2. The history that the data belongs to is kept when a link breaks, and when the node is pointed elsewhere.
public final class Replica {
    unowned let node: Node
    /// What keeps the history for replicas of this node's own.
    weak var keeper: (any HistoryKeeper)?
    /// The connection.
    public weak var connector: (any PrimaryConnector)?
    /// Takes over all libraries of a snapshot, or none.
    public var adoptLibraries: ([[UInt8]]) throws(CommandError) -> Void = { _ in }
    var link = PrimaryLink()
    private let applier: StreamApplier
    private var intake: SnapshotIntake?
    /// What the snapshot that comes is one of.
    private var origin: SnapshotOrigin?
    private var isHidden = false
    /// Whether the data is that of the history, up to the journal's offset, so that another can go on from there.
    private(set) var hasHistory = false
    /// Since when the link is down, in seconds since 1970.
    private var downSince: Int64 = 0
    /// Bytes that came from primaries.
    var receivedBytes = 0
    /// Since when the link is up, and for how long it was down before.
    private var (upSince, totalDownSeconds): (Int64, Int64) = (0, 0)
    private var (attempts, totalAttempts) = (0, 0)
    /// A handover to a replica.
    var failover = Failover()

    /// The part of a node, at first that of a primary.
    public init(_ node: Node) {
        self.node = node
        applier = StreamApplier(node)
    }

    /// The primary; nil where the node is one.
    public var primary: PrimaryAddress? { node.settings.replicaof }
    private var offset: Int64 { node.keyspace.journal.offset }
    private var now: Int64 { node.monotonic }
    private var seconds: Int64 { node.keyspace.now / 1000 }

    // MARK: Changing parts

    /// Takes up the part that the settings say, at the start.
    public func begin() {
        guard let primary else { return }
        node.become(replicaOf: primary)
        downSince = seconds
        node.keyspace.journal.follow(0, database: 0)
    }

    /// Takes up the history where the data stands that was loaded at the start.
    func continueHistory(_ place: SnapshotOrigin, database: Int) {
        node.history = ReplicationHistory(id: place.id)
        hasHistory = true
        applier.database = database
        node.keyspace.journal.follow(place.offset, database: database)
        keeper?.historyDidChange()
    }

    /// Follows a primary from now on.
    /// - Parameter isFailover: whether that one is to be asked to become one.
    public func follow(_ address: PrimaryAddress, isFailover: Bool = false) {
        let wasPrimary = primary == nil
        carryOut(link.stop())
        node.disconnectBlockedClients()
        if wasPrimary { keepOwnHistory() }
        node.become(replicaOf: address)
        downSince = seconds
        (attempts, totalAttempts, totalDownSeconds) = (0, 0, 0)
        node.log(.notice, "Connecting to MASTER \(address.host):\(address.port)")
        link.isFailover = isFailover
        adoptSettings()
        carryOut(link.start(now: now))
    }

    /// A primary whose history was kept as a whole can go on where it is, as a replica.
    private func keepOwnHistory() {
        node.keyspace.commitEffects()
        hasHistory = keeper?.isHistoryKept ?? false
        applier.database = node.keyspace.journal.selectedDatabase ?? 0
        node.keyspace.journal.follow(offset, database: applier.database)
        guard hasHistory else { return }
        node.log(
            .notice,
            "Before turning into a replica, using my own master parameters to synthesize a cached master: I may be able to "
                + "synchronize with the new master with just a partial transfer.")
    }

    /// Follows nobody any more: what was one history goes on under another name.
    public func followNobody() {
        guard primary != nil else { return }
        carryOut(link.stop())
        dropIntake()
        link.isFailover = false
        node.history.secondID = node.history.id
        node.history.secondOffset = offset + 1
        node.history.id = node.keyspace.random.hexadecimal(40)
        node.become(replicaOf: nil)
        node.keyspace.journal.stopFollowing()
        keeper?.disconnectReplicas()
        node.log(
            .notice,
            "Setting secondary replication ID to \(node.history.secondID), valid up to offset: "
                + "\(node.history.secondOffset). New replication ID is \(node.history.id)")
    }

    /// Reads again what the link needs of the settings.
    public func adoptSettings() {
        let settings = node.settings
        link.options.user = settings.masteruser.isEmpty ? nil : settings.masteruser
        link.options.password = settings.masterauth.isEmpty ? nil : settings.masterauth
        link.options.port = settings.replicaAnnouncePort != 0 ? settings.replicaAnnouncePort : ownPort
        link.options.address = settings.replicaAnnounceIp.isEmpty ? nil : settings.replicaAnnounceIp
        link.options.timeout = Int64(settings.replTimeout) * 1000
        link.options.asksTerm = node.promiseState != .off
        link.options.term = node.promiseState.term
        link.resumption = hasHistory ? Resumption(id: node.history.id, offset: offset) : nil
    }

    /// Where replicas reach this node: over TLS, if that is how they are to do so.
    private var ownPort: Int {
        let settings = node.settings
        return settings.tlsReplication && settings.tlsPort != 0 ? settings.tlsPort : settings.port
    }

    /// The term in which the primary leads, as it has told over the link, once all is here that its history had then: whoever
    /// has less must not pass for one that has all of older terms. nil before.
    public var primaryTerm: UInt64? { link.isStreaming && offset >= link.termOffset ? link.term : nil }

    /// The term of the primary, 0 for none, where it is too early a one; nil where it is not.
    public var refusedTerm: UInt64? { link.refusedTerm }

    /// What is here is of a term: no history of an older one takes its place.
    public func keep(_ term: UInt64) { link.options.keptTerm = term }

    /// From here on it matters in which term the primary leads, which is asked when a link is made.
    func askForTerm() { if link.isConnected, link.term == nil { carryOut(link.stop()) } }

    // MARK: What happens at the connection

    /// The connection stands.
    public func didConnect() { carryOut(link.didConnect(now: now)) }

    /// There is no connection, or none any more.
    public func didEnd(_ reason: String) { carryOut(link.didEnd(reason, now: now)) }

    /// Bytes have come.
    public func receive(_ bytes: Bytes) {
        receivedBytes += bytes.count
        carryOut(link.receive(bytes, now: now), bytes)
    }

    /// Looks at the time; several times a second.
    public func tick() {
        advanceFailover()
        guard primary != nil, !node.isBusy, intake != nil || !node.isLoading else { return }
        if !link.isConnected { adoptSettings() }
        carryOut(link.tick(offset: offset, now: now))
    }

    /// Whether bytes may be read from the connection: not while they could only be kept.
    public var takesInput: Bool { intake == nil && !node.isBusy }

    /// A client has ended the session of the primary: the link is made anew.
    public func didKill(_ session: Session) {
        guard session === applier.session else { return }
        carryOut(link.stop())
    }

    // MARK: Carrying out

    private func carryOut(_ actions: [LinkAction], _ bytes: Bytes = .empty) {
        for action in actions { carryOut(action, bytes) }
    }

    private func carryOut(_ action: LinkAction, _ bytes: Bytes) {
        switch action {
        case .connect: connect()
        case .disconnect: connector?.disconnect()
        case .send(let request): connector?.send(request)
        case .log(let level, let text): node.log(level, text)
        case .beginSnapshot(let origin, let byteCount): beginSnapshot(origin, byteCount)
        case .snapshot(let range):
            take { (connector) throws(SnapshotPlaceError) in
                try connector.appendToSnapshot(bytes[range])
            }
        case .load(let surplus): load(surplus)
        case .dropSnapshot: connector?.dropSnapshot()
        case .resume(let id): resume(id)
        case .stream(let range):
            applier.gather(bytes[range])
            applyStream()
        case .lost: didLose()
        case .failoverAnswered(let isAccepted): didAnswerFailover(isAccepted: isAccepted)
        }
    }

    private func connect() {
        guard let primary else { return }
        attempts += 1
        totalAttempts += 1
        connector?.connect(to: primary)
    }

    private func didLose() {
        node.isLinkUp = false
        downSince = seconds
        applier.endSession()
        applier.reset()
        adoptSettings()
    }

    private func resume(_ id: String?) {
        if let id {
            node.history.secondID = node.history.id
            node.history.secondOffset = offset + 1
            node.history.id = id
            // They have to learn the name.
            keeper?.disconnectReplicas()
        }
        keeper?.keepHistory()
        beginStream()
    }

    private func beginStream() {
        let ends = connector?.endpoints ?? ("", "", -1)
        applier.beginSession(peer: ends.0, local: ends.1, descriptor: ends.2)
        node.isLinkUp = true
        totalDownSeconds += max(0, seconds - downSince)
        (upSince, attempts) = (seconds, 0)
    }

    // MARK: The stream

    private func applyStream() {
        guard intake == nil, node.isLinkUp else { return }
        if let refusal = node.diskFaults.log, !node.settings.replicaIgnoreDiskWriteErrors {
            return node.environment.crash("Replica was unable to write command to disk: \(refusal)")
        }
        do throws(ProtocolError) {
            try applier.run(attend)
        } catch {
            node.log(.warning, "Protocol error (Master using the inline protocol. Desync?): \(error.reason)")
            carryOut(link.stop())
        }
    }

    private func attend(_ matter: StreamApplier.Matter) {
        switch matter {
        case .acknowledge: carryOut(link.acknowledge(offset), .empty)
        case .refused(let command, let reason):
            let text =
                "== CRITICAL == This replica is sending an error to its master: '\(reason)' after processing the command "
                + "'\(command)'"
            node.log(.warning, text)
            if node.settings.propagationErrorBehavior != .ignore { node.environment.crash(text) }
        }
    }

    // MARK: The snapshot

    private func take(_ body: (any PrimaryConnector) throws(SnapshotPlaceError) -> Void) {
        guard let connector else { return }
        do throws(SnapshotPlaceError) {
            try body(connector)
        } catch {
            failToLoad(
                "Write error or short write writing to the DB dump file needed for MASTER <-> REPLICA synchronization: \(error.reason)"
            )
        }
    }

    private func failToLoad(_ reason: String) {
        carryOut(link.didFailToLoad(reason, now: now))
        connector?.dropSnapshot()
    }

    private func beginSnapshot(_ origin: SnapshotOrigin?, _ byteCount: Int?) {
        self.origin = origin
        isHidden = isLoadedBeside || node.settings.replDisklessLoad == .onEmptyDatabase && isEmpty
        let target = isHidden ? "parser" : "disk"
        let what =
            byteCount.map { "receiving \($0) bytes from master" } ?? "receiving streamed RDB from master with EOF"
        node.log(.notice, "MASTER <-> REPLICA sync: \(what) to \(target)")
        take { [isHidden] (connector) throws(SnapshotPlaceError) in try connector.createSnapshot(isHidden: isHidden) }
    }

    /// A copy that was acknowledged may not be dropped as long as the new one is not whole.
    private var isLoadedBeside: Bool {
        node.settings.replDisklessLoad == .swapDatabases || node.promiseState != .off
    }
    private var isEmpty: Bool { node.keyspace.sum(\.count) == 0 }

    private func load(_ surplus: Int) {
        take { [self] (connector) throws(SnapshotPlaceError) in
            beginLoading(try connector.openSnapshot(without: surplus))
        }
    }

    private func beginLoading(_ bytes: Bytes) {
        let keepsOldData = isLoadedBeside
        // What is of the same history may be shown as long as the new is not there.
        let servesOldData = keepsOldData && hasHistory && origin?.id == node.history.id
        if !keepsOldData { dropOldData() }
        node.log(.notice, "MASTER <-> REPLICA sync: Loading DB in memory")
        connector?.setReading(false)
        intake = SnapshotIntake(node, bytes, origin, keepsOldData: keepsOldData, servesOldData: servesOldData)
        node.beginLoading(beside: servesOldData)
    }

    private func dropOldData() {
        node.log(.notice, "MASTER <-> REPLICA sync: Flushing old data")
        hasHistory = false
        node.keyspace.flush(nil, later: node.settings.replicaLazyFlush)
        try? adoptLibraries([])
    }

    /// Whether a snapshot of the primary is being loaded.
    public var isLoading: Bool { intake != nil }

    /// Loads about `most` more bytes of it.
    public func loadSome(most: Int) {
        guard let intake else { return }
        do throws(RDBError) {
            if try !intake.advance(most: most) { return }
        } catch {
            return endLoading(
                "Failed trying to load the MASTER synchronization DB from disk: \(error.reason) at byte \(error.offset)"
            )
        }
        do throws(CommandError) {
            try intake.adopt(later: node.settings.replicaLazyFlush, adoptLibraries)
        } catch {
            return endLoading("Failed trying to load the MASTER synchronization DB: \(error.text)")
        }
        finish(intake)
    }

    private func endLoading(_ failure: String) {
        dropIntake()
        failToLoad(failure)
    }

    private func dropIntake() {
        guard intake != nil else { return }
        intake = nil
        node.endLoading()
        connector?.dropSnapshot()
    }

    private func finish(_ intake: SnapshotIntake) {
        self.intake = nil
        node.endLoading()
        connector?.keepSnapshot()
        node.log(.notice, "Done loading RDB, keys loaded: \(intake.keyCount), keys expired: 0.")
        // What the append-only file holds is not the data any more.
        if node.settings.appendonly { node.appendOnlyLog?.close() }
        // The history of this node's replicas is another one.
        keeper?.disconnectReplicas()
        node.history = ReplicationHistory(id: intake.origin?.id ?? node.keyspace.random.hexadecimal(40))
        hasHistory = intake.origin != nil
        applier.database = intake.streamDatabase
        node.keyspace.journal.follow(intake.origin?.offset ?? 0, database: applier.database)
        keeper?.historyDidChange()
        if node.settings.appendonly { node.appendOnlyLog?.beginAnew() }
        beginStream()
        connector?.setReading(true)
        carryOut(link.didLoad(offset: offset, now: now))
        applyStream()
    }

    // MARK: Looking in

    /// Of the loading under way.
    var loadingFigures: LoadingFigures? { intake?.figures }

    /// Up to where the history is here; 0 where nothing of it is.
    public var historyOffset: Int64 { hasHistory || node.isLinkUp ? offset : 0 }

    /// When the link was last heard from, or went down, in milliseconds since 1970; nil where nothing of the history is here.
    public var linkHeardAt: Int64? {
        guard primary != nil else { return nil }
        if link.isStreaming { return node.keyspace.now - max(0, now - link.lastHeard) }
        return hasHistory ? downSince * 1000 : nil
    }

    /// What INFO and ROLE show.
    public var figures: PrimaryFigures? {
        guard let primary else { return nil }
        var figures = PrimaryFigures(host: primary.host, port: primary.port)
        figures.isUp = link.isStreaming
        figures.state = stateWord
        figures.silence = link.isStreaming ? (now - link.lastHeard) / 1000 : -1
        figures.isSynchronizing = link.isSynchronizing
        figures.offset = hasHistory || node.isLinkUp ? offset : 1
        figures.readOffset = figures.offset + Int64(applier.waitingBytes)
        figures.downSeconds = link.isStreaming ? 0 : max(0, seconds - downSince)
        if let transfer = link.transfer {
            figures.transferTotal = transfer.total ?? 0
            figures.transferred = transfer.received
            figures.transferSilence = (now - link.lastHeard) / 1000
        }
        (figures.attempts, figures.totalAttempts) = (attempts, totalAttempts)
        figures.upSeconds = link.isStreaming ? seconds - upSince : 0
        figures.totalDownSeconds = totalDownSeconds + figures.downSeconds
        figures.loading = loadingFigures
        return figures
    }

    private var stateWord: String {
        switch link.state {
        case .resting: "connect"
        case .connecting: "connecting"
        case .greeting, .resuming, .asking: "handshake"
        case .header, .receiving, .loading: "sync"
        case .streaming: "connected"
        }
    }
}

/// Who keeps the history for the replicas of a node.
public protocol HistoryKeeper: AnyObject {
    /// Whether the history has no gap up to where the journal is, under the name that it has.
    var isHistoryKept: Bool { get }
    /// Ends the connections of all replicas, which will come back and ask for what they lack.
    func disconnectReplicas()
    /// Keeps the history from here on, if it is not kept.
    func keepHistory()
    /// What was kept belongs to a history that the data is not part of any more.
    func historyDidChange()
}
