import Commands
import Persistence
import Primitives
import Scripting
import Settings
import Storage

#if canImport(Glibc)
    import Glibc
#endif

/// The append-only file of a node: joins the journal, the machine that keeps the log, the disk's threads, and the fence
/// that holds replies with `appendfsync always`.
///
///     journal ─▶ writer ─ requests ─▶ disk's threads
///                  ▲ │                     │
///                  │ └ events ─▶ fence     │
///                  └────── results ────────┘
///
/// The node waits for the disk only where something ends (the log, the process), where it could not go on in order
/// (DEBUG LOADAOF), and where an fsync has been stuck for so long that more writes would promise what nobody keeps.
final class AppendOnlyFile: JournalReader, AppendOnlyLog {
    let node: Node
    let log: Log
    private let disk: LogDisk
    let files: any FileLayer
    var writer: AOFWriter
    /// Whether the journal is followed.
    private(set) var isAttached = false
    var counters = AppendOnlyFigures()
    /// The base that is being written, and who packs it.
    var base: SnapshotStream?
    let packing: any SnapshotPacking
    var rewriteStart: Int64 = 0
    /// The size that growth is measured by.
    var referenceSize = 0
    /// The files that are being loaded.
    var loading: AppendOnlyLoading?
    /// Until when those whose replies have just left are waited for, so that one fsync is for all; in ticks, 0 for not at
    /// all. Otherwise clients that write again at once would be served in two halves, by twice as many fsyncs.
    private var gatheringEnd: UInt64 = 0
    /// What the latency monitor calls actions under way, by ticket.
    private var timed: [Int: [String]] = [:]
    /// Loads the code of a library.
    var loadLibrary: (Bytes) throws(RDBReason) -> Void = { _ in }
    /// No new base is begun before, in monotonic milliseconds.
    private var nextAttempt: Int64 = 0

    init(_ node: Node, _ log: Log, packing: any SnapshotPacking, disk: LogDisk, files: any FileLayer = SystemFiles()) {
        (self.node, self.log, self.packing, self.disk, self.files) = (node, log, packing, disk, files)
        writer = AOFWriter(AOFOptions(node.settings), offset: 0)
        node.appendOnlyLog = self
    }

    // MARK: The journal

    func read(_ bytes: Bytes, endingAt offset: Int64) {
        writer.receive(bytes, endingAt: offset, seconds: node.keyspace.now / 1000)
    }

    /// What carries no data is not written, and is as safe as what stands before it.
    func readControl(_ bytes: Bytes, endingAt offset: Int64) { writer.skip(to: offset) }

    func attach() {
        guard !isAttached else { return }
        writer = AOFWriter(AOFOptions(node.settings), offset: node.keyspace.journal.offset)
        writer.waitsForFlush = true
        node.keyspace.journal.attach(self)
        isAttached = true
    }

    private func detach() {
        node.keyspace.journal.detach(self)
        isAttached = false
        gatheringEnd = 0
        node.diskFaults.log = nil
        node.lowerFence()
    }

    // MARK: Turns

    /// Hands what the turn has changed to the disk.
    func endTurn() {
        guard isAttached, !isGathering || node.clock.ticks >= gatheringEnd else { return }
        gatheringEnd = 0
        writer.flush(now: node.monotonic)
        pump()
        awaitStuckWrite()
    }

    /// Whether more writes are waited for, which is over soon.
    var isGathering: Bool { gatheringEnd != 0 }

    /// Waits for an eighth of the time that the last fsync took, and a millisecond at most.
    private func gather(after nanoseconds: Int64) {
        let time = min(Double(nanoseconds) / 8, 1_000_000)
        gatheringEnd = node.clock.ticks &+ UInt64(time / node.clock.nanosecondsPerTick)
    }

    /// Does what is due.
    func tick() {
        guard isAttached else { return }
        writer.tick(now: node.monotonic)
        pump()
        guard !writer.isRewriting, node.monotonic >= nextAttempt else { return }
        if !writer.isTrusted || counters.isScheduled || hasGrown { beginRewrite() }
    }

    /// Whether the log has grown so much that a new base is worth its while.
    private var hasGrown: Bool {
        let settings = node.settings
        let percentage = Int(settings.autoAofRewritePercentage)
        guard percentage > 0, writer.size > settings.autoAofRewriteMinSize else { return false }
        return (writer.size - referenceSize) * 100 / max(1, referenceSize) >= percentage
    }

    /// Hands what the machine wants to the disk, and does what follows from what has happened.
    func pump() {
        let requests = writer.takeRequests()
        if node.monitorsLatency { for request in requests { noteKind(of: request) } }
        disk.submit(requests)
        for event in writer.takeEvents() { handle(event) }
        adoptFence()
    }

    /// What the loop watches: readable when the disk has done something.
    var descriptor: Int32 { disk.descriptor }

    /// Takes what the disk has done.
    func receiveResults() {
        take(disk.takeResults())
        awaitStuckWrite()
    }

    /// Waits until the disk has done something.
    func awaitResults() { take(disk.waitForResults()) }

    private func take(_ results: [DiskResult]) {
        for result in results {
            for event in timed.removeValue(forKey: result.ticket) ?? [] {
                node.noteLatency(event, milliseconds: result.nanoseconds / 1_000_000)
            }
            let before = writer.synchronizedOffset
            writer.receive(result, now: node.monotonic)
            if writer.synchronizedOffset > before, writer.isPromising { gather(after: result.nanoseconds) }
        }
        pump()
    }

    /// Waits for a write that stands behind an fsync for longer than two seconds, as the reference does.
    private func awaitStuckWrite() { while writer.isHeldUp { awaitResults() } }

    /// Waits until the disk has done all that was asked for.
    func settle() {
        while true {
            writer.flush(now: node.monotonic)
            pump()
            if writer.isIdle { return }
            awaitResults()
        }
    }

    private func adoptFence() {
        let isPromising = isAttached && writer.isPromising
        guard isPromising != node.isDiskAwaited else { return }
        if isPromising { node.raiseFence(safe: writer.synchronizedOffset) } else { node.lowerFence() }
    }

    private func noteKind(of request: DiskRequest) {
        guard request.lane == .urgent else { return }
        switch request.action {
        case .append:
            let isAlone = !writer.isRewriting && node.saving?.figures.isSaving != true
            let manner = writer.synchronizationsUnderWay > 0 ? "pending-fsync" : isAlone ? "alone" : "active-child"
            timed[request.ticket] = ["aof-write", "aof-write-\(manner)"]
        case .synchronize where writer.options.synchronization == .always: timed[request.ticket] = ["aof-fsync-always"]
        case .rename: timed[request.ticket] = ["aof-rename"]
        case .create, .open, .synchronize, .writeOut, .truncate, .close, .remove, .synchronizeDirectory: break
        }
    }

    private func handle(_ event: AOFEvent) {
        switch event {
        case .synchronized(let offset): node.becomeSafe(offset)
        case .failed(let error):
            let reason = String(cString: strerror(error))
            log.write(.warning, "Error writing to the AOF file: \(reason)")
            node.diskFaults.log = reason
            node.breakPromise("It is not known whether the append-only file holds what this command did: \(reason)")
            nextAttempt = node.monotonic + 1000
        case .recovered:
            node.diskFaults.log = nil
            log.write(.notice, "The AOF file is written on, behind a new base")
        case .rewritten: endRewrite()
        case .rewriteFailed(let error):
            endWalk()
            if error == 0 { return }
            counters.consecutiveFailures += 1
            nextAttempt = node.monotonic + waitingTime
            log.write(.warning, "Background AOF rewrite failed: \(String(cString: strerror(error)))")
        }
    }

    /// After three failures in a row, an increasing time passes before a base is begun that nobody has asked for; where
    /// nothing is written before there is a base, a second does.
    private var waitingTime: Int64 {
        guard writer.isTrusted else { return 1000 }
        let extra = counters.consecutiveFailures - 3
        return extra < 0 ? 1000 : 60_000 << Int64(min(extra, 6))
    }

    // MARK: Bases

    private func endRewrite() {
        counters.rewrites += 1
        counters.consecutiveFailures = 0
        counters.lastRewriteSeconds = Int((node.monotonic - rewriteStart) / 1000)
        referenceSize = writer.size
        log.write(.notice, "Background AOF rewrite finished successfully")
        if !node.settings.appendonly { close() }
    }

    func requestRewrite() throws(CommandError) -> RewriteAnswer {
        if writer.isRewriting {
            throw .message("ERR Background append only file rewriting already in progress")
        }
        attach()
        counters.isScheduled = true
        beginRewrite()
        return counters.isScheduled ? .scheduled : .started
    }

    var waitingBytes: Int { writer.pendingCount + (base?.bytesUnderWay(to: self) ?? 0) }

    var figures: AppendOnlyFigures {
        var figures = counters
        figures.isOn = node.settings.appendonly
        figures.isRewriting = writer.isRewriting
        figures.currentRewriteSeconds = writer.isRewriting ? Int((node.monotonic - rewriteStart) / 1000) : -1
        figures.walk = base?.figures(self)
        figures.isWriteFine = node.diskFaults.log == nil
        figures.loading = loading?.figures
        (figures.size, figures.baseSize) = (writer.size, referenceSize)
        figures.pendingBytes = writer.pendingCount
        figures.pendingSynchronizations = writer.synchronizationsUnderWay
        figures.delayedSynchronizations = writer.delayedSynchronizations
        figures.synchronizedOffset = writer.synchronizedOffset
        return figures
    }

    // MARK: On and off

    /// Finds out whether the log could be begun; throws how the reference says that it cannot.
    func prepare(_ settings: Settings) throws(CommandError) {
        guard settings.appendonly, !isAttached else { return }
        let options = AOFOptions(settings)
        var hand = DiskHand(files)
        let trial = options.path("temp-\(options.prefix).trial")
        let error = makeDirectory() ? hand.carryOut(.create(file: 0, path: trial)) : ENOTDIR
        if error == 0 {
            _ = hand.carryOut(.close(file: 0))
            _ = hand.carryOut(.remove(path: trial))
            return
        }
        log.write(.warning, "Can't create files in \(options.directory): \(String(cString: strerror(error)))")
        throw .text("Unable to turn on AOF. Check server logs.")
    }

    /// Follows settings that have changed: turned on, the log begins with a base.
    func adopt(_ changed: [String]) {
        writer.options = AOFOptions(node.settings)
        adoptFence()
        guard changed.contains("appendonly") else { return }
        if !node.settings.appendonly { return close() }
        guard !isAttached, makeDirectory() else { return }
        readNames()
        beginRewrite()
    }

    func beginAnew() { adopt(["appendonly"]) }

    /// Numbers of files that are there already are not used again.
    private func readNames() {
        attach()
        guard let content = readBytes(writer.options.manifestPath), let manifest = try? AOFManifest(content) else {
            return
        }
        writer.follow(manifest)
    }

    /// Ends the log in order: all of it is on the disk, or `failed` was heard.
    func close() {
        guard isAttached else { return }
        writer.close()
        settle()
        detach()
    }

    func makeDirectory() -> Bool {
        let path = writer.options.directory
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return true }
        log.write(.warning, "Can't open or create append-only dir \(path): \(systemError())")
        return false
    }
}

extension AOFOptions {
    init(_ settings: Settings) {
        self.init(directory: settings.appenddirname, prefix: settings.appendfilename)
        synchronization = settings.appendfsync
        hasTimestamps = settings.aofTimestampEnabled
        hasRDBBase = settings.aofUseRdbPreamble
        restsWhileRewriting = settings.noAppendfsyncOnRewrite
        synchronizesBaseOften = settings.aofRewriteIncrementalFsync
    }
}
