import Commands
import Persistence
import Primitives
import Settings
import Storage

/// The primary's part in replication: the backlog, the replicas, and the snapshots that they begin with. It has no sockets:
/// the driver asks each replica's link for what is to be sent.
///
///     journal ─▶ backlog ─┬─▶ link ─▶ socket
///                         └─▶ link ─▶ socket
///     walk ─▶ transfer ──────▶ link
public final class PrimarySide {
    unowned let node: Node
    let snapshots: Snapshots
    let packing: (any SnapshotPacking)?
    private(set) var backlog: Backlog?
    /// Replicas, and clients that may become some, in the order in which they came.
    public private(set) var links: [ReplicaLink] = []
    /// The snapshot that is written to replicas.
    var transfer: SnapshotTransfer?
    /// Replicas whose connection has ended while they were sent a snapshot, and who may come back for the rest.
    var interruptions: [Interruption] = []
    /// Whether a snapshot that is written into a file is for replicas, and its place in the journal.
    var fileCut: Int64?
    /// Opens the file that a snapshot was written into.
    public var openFile: (String) -> FilePayload? = { _ in nil }
    /// Removes a file.
    public var removeFile: (String) -> Void = { _ in }
    /// Whether a snapshot of the node was written for a replica only, and nothing else wants the file.
    var hasFileForReplicas = false
    var figures = ReplicationFigures()
    /// Up to where the journal was when replicas were last sent something.
    private var offeredOffset: Int64 = -1
    private var hasLines = false
    private var wantsAcknowledgements = false
    var lastReplicaAt: Int64 = 0
    private var nextSecond: Int64 = 0
    private var nextPing: Int64 = 0

    static let ping: StaticString = "*1\r\n$4\r\nPING\r\n"
    static let wish: StaticString = "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n"

    init(_ node: Node, _ snapshots: Snapshots, packing: (any SnapshotPacking)?) {
        (self.node, self.snapshots, self.packing) = (node, snapshots, packing)
        nextSecond = node.monotonic + 1000
        snapshots.onBackgroundEnd = { [unowned self] in endFile(succeeded: $0) }
    }

    var now: Int64 { node.monotonic }
    var settings: Settings { node.settings }

    /// Replicas that have asked for the journal or a snapshot.
    var replicas: [ReplicaLink] { links.filter(\.hasSynchronized) }

    // MARK: Links

    /// What is known of whoever speaks through a session.
    func link(of session: Session) -> ReplicaLink {
        if let link = session.replica as? ReplicaLink { return link }
        let link = ReplicaLink(session, now: now) { [unowned self] in backlog }
        link.onPayloadSent = { [unowned self] in endPayload($0, $1) }
        session.replica = link
        links.append(link)
        return link
    }

    /// Forgets a link whose session has ended.
    func forget(_ session: Session) {
        guard let link = session.replica as? ReplicaLink else { return }
        session.replica = nil
        links.removeAll { $0 === link }
        guard link.hasSynchronized else { return }
        node.log(.notice, "Connection with replica \(link.name) lost.")
        interrupt(link)
        leaveTransfer(link)
        lastReplicaAt = now
        noteGoodReplicas()
    }

    /// Ends the connection of a replica, with the reason for the log.
    /// - Parameter isFinal: whether it shall begin anew when it comes back.
    func drop(_ link: ReplicaLink, _ reason: String, isFinal: Bool = true) {
        node.log(.warning, reason)
        if isFinal { link.delivery = nil }
        node.disconnect(link.session)
    }

    /// Ends all replicas' connections, so that they begin anew.
    public func disconnectReplicas() {
        endInterruptions("all replicas begin anew") { _ in true }
        for link in replicas {
            link.delivery = nil
            node.disconnect(link.session)
        }
    }

    // MARK: The backlog

    /// Has the journal kept for replicas, if it is not. Who begins a history of its own gives it a new name.
    public func keepBacklog(renewsHistory: Bool) {
        guard backlog == nil else { return }
        let backlog = Backlog(size: settings.replBacklogSize)
        backlog.oldestNeeded = { [unowned self] in oldestNeeded }
        self.backlog = backlog
        if renewsHistory { node.renewHistory() }
        node.keyspace.journal.attach(keeper: backlog)
        lastReplicaAt = now
        guard renewsHistory else { return }
        let (id, second) = (node.history.id, node.history.secondID)
        node.log(.notice, "Replication backlog created, my new replication IDs are '\(id)' and '\(second)'")
    }

    private var oldestNeeded: Int64? {
        let absent = interruptions.lazy.map(\.origin.offset).min()
        let present = links.lazy.filter(\.needsJournal).map(\.position).min()
        return min(absent ?? .max, present ?? .max)
    }

    /// Keeps nothing any more: what is written from here on is another history.
    public func freeBacklog() {
        guard backlog != nil else { return }
        endInterruptions("the journal is not kept any more") { _ in true }
        node.keyspace.journal.detachKeeper()
        backlog = nil
    }

    /// The offsets from which on the journal can be read.
    var window: ClosedRange<Int64>? { backlog.map { $0.start...$0.end } }

    // MARK: Sending

    /// Whether there may be something that replicas have not been offered yet.
    public var isSendingDue: Bool { hasLines || backlog != nil && offeredOffset != node.keyspace.journal.offset }

    /// Says that replicas are offered all there is.
    public func willSend() {
        hasLines = false
        offeredOffset = node.keyspace.journal.offset
    }

    /// Says that there is something to be sent which is no part of the journal.
    func offer() { hasLines = true }

    /// Says that the first bytes of what waited for a replica were sent.
    public func didSend(_ count: Int, _ link: ReplicaLink) {
        figures.sentBytes += count
        let wasPayload = link.payload != nil
        link.didSend(count, now: now)
        if wasPayload { transfer?.release() }
        settleTransfer()
    }

    /// Ends replicas that are too far behind what they were sent.
    public func checkLimits() {
        let limit = settings.clientOutputBufferLimit.replica
        for link in links where link.needsJournal { check(link, limit) }
    }

    private func check(_ link: ReplicaLink, _ limit: OutputBufferLimit) {
        // Never less than the backlog, since that is there in any case.
        let waiting = Int(node.keyspace.journal.offset - link.position)
        let hard = limit.hard == 0 ? 0 : max(limit.hard, settings.replBacklogSize)
        let soft = limit.soft == 0 ? 0 : max(limit.soft, settings.replBacklogSize)
        link.softLimitSince = soft > 0 && waiting > soft ? link.softLimitSince ?? now : nil
        let isSoftOver = link.softLimitSince.map { now - $0 >= Int64(limit.softSeconds) * 1000 } ?? false
        guard hard > 0 && waiting > hard || isSoftOver, !link.session.isClosed else { return }
        drop(
            link,
            "Client id=\(link.session.id) addr=\(link.session.peerAddress) scheduled to be closed ASAP for overcoming of "
                + "output buffer limits.")
    }

    // MARK: Acknowledgements

    /// A replica tells up to where it has the journal.
    func acknowledge(_ link: ReplicaLink, _ offset: Int64, onDisk: Int64?) {
        link.acknowledgedAt = now
        link.acknowledged = max(link.acknowledged, offset)
        if let onDisk { link.synchronized = max(link.synchronized, onDisk) }
        link.delivery = nil
        if link.state == .received { beginStream(link) }
        noteGoodReplicas()
        node.didAcknowledge()
    }

    func counts(_ offset: Int64) -> (received: Int, onDisk: Int) {
        var counts = (received: 0, onDisk: 0)
        for link in links where link.state == .online && !link.isOld {
            if link.acknowledged >= offset { counts.received += 1 }
            if link.synchronized >= offset { counts.onDisk += 1 }
        }
        return counts
    }

    var acknowledgedOffsets: [Int64] {
        links.filter { $0.state == .online && !$0.isOld && counts($0) }.map(\.acknowledged).sorted(by: >)
    }

    /// Whether what a replica acknowledges counts for promises.
    private func counts(_ link: ReplicaLink) -> Bool {
        switch node.promiseState {
        case .off: true
        case .unproven, .withheld, .refused: false
        case .term(let term): link.term == term
        }
    }

    /// Ends all replicas' connections, also of those that have only asked for the term: another has begun.
    func beginTerm() {
        for link in links { node.disconnect(link.session) }
    }

    /// Replicas that have not acknowledged all of the journal, and all that want it.
    var lag: (behind: Int, all: Int) {
        let offset = node.keyspace.journal.dataOffset
        let known = links.filter { $0.hasSynchronized && !$0.isSnapshotOnly && !$0.isOld }
        return (known.count { $0.state != .online || $0.acknowledged < offset }, known.count)
    }

    func requestAcknowledgements() { wantsAcknowledgements = true }

    /// Asks replicas for acknowledgements, if somebody waits for them. To be called at the end of a turn.
    public func endTurn() {
        guard wantsAcknowledgements, !node.isHandingOver else { return }
        wantsAcknowledgements = false
        guard links.contains(where: { $0.state == .online }) else { return }
        node.keyspace.journal.appendControl(Bytes(PrimarySide.wish))
    }

    // MARK: Time

    /// Does what is due; to be called several times a second.
    public func tick() {
        beginWaiting()
        guard now >= nextSecond else { return }
        nextSecond = now + 1000
        pingReplicas()
        for link in links { look(at: link) }
        lookAtInterruptions()
        backlog?.trim()
        removeOldFile()
        endBacklogInTime()
        noteGoodReplicas()
    }

    private func pingReplicas() {
        guard !node.isReplica, !node.isHandingOver, links.contains(where: \.needsJournal) else { return }
        if nextPing == 0 { nextPing = now + Int64(settings.replPingReplicaPeriod) * 1000 }
        guard now >= nextPing else { return }
        nextPing = now + Int64(settings.replPingReplicaPeriod) * 1000
        node.keyspace.journal.appendControl(Bytes(PrimarySide.ping))
    }

    private func look(at link: ReplicaLink) {
        let timeout = Int64(settings.replTimeout) * 1000
        switch link.state {
        case .handshake: break
        case .waiting, .saving:
            // So that it does not give up while it waits.
            if link.hasSaidAll { link.say("\n") }
            offer()
        case .receiving, .received:
            guard now - link.lastProgress > timeout else { return }
            drop(link, "Disconnecting timedout replica (full sync): \(link.name)", isFinal: false)
        case .online:
            guard !link.isOld, now - link.acknowledgedAt > timeout else { return }
            drop(link, "Disconnecting timedout replica (streaming sync): \(link.name)", isFinal: false)
        }
    }

    private func endBacklogInTime() {
        let seconds = settings.replBacklogTtl
        guard backlog != nil, seconds > 0, !node.isReplica, replicas.isEmpty, interruptions.isEmpty else { return }
        guard now - lastReplicaAt > Int64(seconds) * 1000 else { return }
        freeBacklog()
        node.renewHistory()
        node.log(.notice, "Replication backlog freed after \(seconds) seconds without connected replicas.")
    }

    /// Counts the replicas that have acknowledged something lately, and refuses writes where they are too few.
    func noteGoodReplicas() {
        let longest = Int64(settings.minReplicasMaxLag) * 1000
        figures.goodReplicas = links.count { $0.state == .online && now - $0.acknowledgedAt < longest + 1000 }
        node.lacksReplicas =
            settings.wantsReplicas && !node.isReplica && figures.goodReplicas < settings.minReplicasToWrite
    }

    /// Follows directives that have changed.
    func adoptSettings() {
        backlog?.size = settings.replBacklogSize
        noteGoodReplicas()
    }

    // MARK: Figures

    /// Sets counters back to zero.
    func resetFigures() {
        (figures.sentBytes, figures.resumedSyncs) = (0, 0)
        (figures.fullSyncs, figures.partialSyncs, figures.refusedPartialSyncs) = (0, 0, 0)
    }

    func currentFigures() -> ReplicationFigures {
        var current = figures
        current.replicas = replicas.map { figures(of: $0) }
        guard let backlog else { return current }
        current.bufferBytes = backlog.memory
        var shown = BacklogFigures()
        shown.firstOffset = backlog.start + 1
        shown.length = Int(backlog.end - backlog.start)
        shown.memory = min(backlog.memory, max(backlog.size, backlog.blockSize))
        current.backlog = shown
        return current
    }

    private func figures(of link: ReplicaLink) -> ReplicaFigures {
        var shown = ReplicaFigures()
        (shown.address, shown.port, shown.offset) = (link.address, link.port, link.acknowledged)
        shown.lag = link.isOld || link.state != .online ? 0 : (now - link.acknowledgedAt) / 1000
        switch link.state {
        case .handshake, .waiting, .saving: shown.state = "wait_bgsave"
        case .receiving: shown.state = "send_bulk"
        case .received, .online: shown.state = "online"
        }
        return shown
    }

    /// Bytes that are kept beyond the backlog.
    var uncountedBytes: Int { max(0, (backlog?.memory ?? 0) - settings.replBacklogSize) + (transfer?.keptBytes ?? 0) }
}
