import Commands
import Primitives
import Settings
import Storage

/// The snapshots of a node: when they are written, what becomes of them, and how they are read again.
///
///     save, saveInBackground, tick ─▶ SnapshotRun ─ actions ─▶ disk
///                                         ▲ results ──────────┘
public final class Snapshots: Saving {
    unowned let node: Node
    private let disk: any SnapshotDisk
    private let packing: (any SnapshotPacking)?
    private var run: SnapshotRun?
    /// When the run under way began, in milliseconds since 1970, and the changes there were then.
    private var startedAt: Int64 = 0
    private var startedMonotonic: Int64 = 0
    private var changesAtCut = 0
    private var isInBackground = false
    /// Whether a snapshot is to begin as soon as that is possible.
    private(set) var isScheduled = false
    private var lastAttempt: Int64 = 0
    private var record = SavingFigures()
    private var nextTicket = 1
    private var nextFile = 1
    var loading: Loading?
    /// What the file that was loaded last says of itself.
    public private(set) var loadedFacts: [String: String] = [:]
    /// Called when a snapshot in the background has ended, with whether it succeeded.
    public var onBackgroundEnd: (Bool) -> Void = { _ in }
    /// The codes of the libraries that are saved along.
    public var libraries: () -> [[UInt8]] = { [] }
    /// Loads the code of a library.
    public var loadLibrary: (Bytes) throws(RDBReason) -> Void = { _ in }

    /// Seconds after a failure before a save point begins another snapshot.
    private static let retryDelay: Int64 = 5

    /// For a node, on a disk.
    /// - Parameter packing: who packs what is saved in the background; nil where that is done at once.
    public init(_ node: Node, _ disk: any SnapshotDisk, packing: (any SnapshotPacking)? = nil) {
        self.node = node
        self.disk = disk
        self.packing = packing
        record.lastSave = node.startedAt / 1000
    }

    var keyspace: Keyspace { node.keyspace }

    /// Whether a snapshot is being written in the background.
    public var isSaving: Bool { run != nil }

    /// Whether a walk is under way, also one that was given up.
    public var isUnderWay: Bool { run != nil || hasTraces }

    /// Whether there is something to do at once, instead of waiting for others.
    public var isReady: Bool { run.map { $0.isReady && isDue($0.stream) } ?? hasTraces }

    private func isDue(_ stream: SnapshotStream) -> Bool {
        !isInBackground
            || stream.isDue(delay: node.settings.rdbKeySaveDelay, elapsed: node.monotonic - startedMonotonic)
    }

    /// Whether a walk that was given up has to be led to its end.
    private var hasTraces: Bool { keyspace.snapshot?.isAbandoned ?? false }

    /// Bytes of memory that a snapshot under way takes beside the data.
    public var waitingBytes: Int { run.map { $0.stream.heldBytes(to: $0) } ?? 0 }

    /// What INFO shows.
    public var figures: SavingFigures {
        var figures = record
        figures.isSaving = run != nil && isInBackground
        figures.loading = loading?.figures(now: keyspace.now)
        guard let run else { return figures }
        figures.currentDuration = (keyspace.now - startedAt) / 1000
        figures.walk = run.stream.figures(run)
        return figures
    }

    // MARK: Beginning

    /// Saves at once. A snapshot in the background is given up for it.
    public func save() throws(CommandError) {
        if run != nil { cancel() }
        begin(inBackground: false)
        while let run, run.state != .saved, !run.hasFailed {
            if node.settings.rdbKeySaveDelay == 0 { run.advance { false } } else { advanceSlowly(run) }
            if !run.isReady { run.waitForBacklog(milliseconds: nil) }
        }
        settle()
        if !record.didLastSucceed { throw .message("ERR") }
    }

    /// Goes on by a few keys, with a delay for each of them, which is there for tests.
    private func advanceSlowly(_ run: SnapshotRun) {
        let before = run.stream.walk.savedCount
        run.advance { true }
        for _ in before..<run.stream.walk.savedCount { node.pause(microseconds: node.settings.rdbKeySaveDelay) }
    }

    /// Begins to save in the background; the cut is now.
    public func saveInBackground() {
        begin(inBackground: true)
        node.log(.notice, "Background saving started")
    }

    /// Has a snapshot begin when the command or transaction under way is over.
    func schedule() { isScheduled = true }

    private func begin(inBackground: Bool) {
        // One walk at a time: whoever else has one begins again.
        keyspace.snapshot?.abandon()
        isScheduled = false
        isInBackground = inBackground
        (startedAt, startedMonotonic) = (keyspace.now, node.monotonic)
        lastAttempt = keyspace.now
        changesAtCut = keyspace.changes
        let stream = SnapshotStream(
            keyspace, .file(SnapshotOptions(node, libraries: libraries())), packing: inBackground ? packing : nil)
        run = SnapshotRun(stream, nextSnapshotFile(), disk) { [unowned self] in
            defer { nextTicket += 1 }
            return nextTicket
        }
    }

    private func nextSnapshotFile() -> SnapshotFile {
        defer { nextFile += 1 }
        return SnapshotFile(
            number: nextFile, directory: directory, name: node.settings.dbfilename,
            temporaryName: isInBackground ? "temp-\(node.identity.fileTag)-\(nextFile).rdb" : temporaryName,
            isWrittenOut: node.settings.rdbSaveIncrementalFsync)
    }

    private var temporaryName: String { "temp-\(node.identity.fileTag).rdb" }

    /// Where a file stands that is saved at once, until it is whole.
    public var temporaryPath: String { "\(directory)/\(temporaryName)" }

    private var directory: String {
        let directory = node.settings.dir
        return directory.hasSuffix("/") ? String(directory.dropLast()) : directory
    }

    // MARK: Going on

    /// Goes on with what is under way, until `isOver` says that time is up.
    public func advance(until isOver: () -> Bool) {
        if let run { return run.advance { isOver() || !isDue(run.stream) } }
        // What was given up is led to its end.
        if hasTraces { _ = keyspace.snapshot?.advance(until: isOver) }
    }

    /// Waits for the disk, if clients change more than it can take.
    public func holdBack() {
        guard let run, run.state == .walking else { return }
        run.stream.holdBack(into: run)
        settle()
    }

    /// Takes a packed piece.
    public func receive(_ packed: PackedPiece) {
        guard let run else { return }
        run.stream.receive(packed, into: run)
    }

    /// Takes the result of an action of the disk.
    public func receive(_ result: DiskResult) {
        run?.receive(result)
        settle()
    }

    /// Looks at the time: begins what was scheduled, or what a save point wants.
    public func tick() {
        guard run == nil, !node.isLoading, !node.isBusy, !isLogRewriting, !isReplicaFed else { return }
        if isScheduled { return saveInBackground() }
        guard let point = node.settings.save.first(where: isDue) else { return }
        node.log(.notice, "\(point.changes) changes in \(point.seconds) seconds. Saving...")
        saveInBackground()
    }

    /// Whether a base of the log is being written, which goes first.
    var isLogRewriting: Bool { node.appendOnlyLog?.figures.isRewriting ?? false }

    /// Whether the walk under way is for replicas, or for slots that move.
    var isReplicaFed: Bool { node.replication?.isWalking == true || node.movingSlots?.isWalking == true }

    private func isDue(_ point: SavePoint) -> Bool {
        keyspace.changesSinceSave >= max(1, point.changes)
            && keyspace.now / 1000 - record.lastSave > Int64(point.seconds)
            && (record.didLastSucceed || keyspace.now - lastAttempt > Snapshots.retryDelay * 1000)
    }

    // MARK: Ending

    /// Gives up what is in the background. Returns whether there was anything.
    @discardableResult
    func cancel() -> Bool {
        isScheduled = false
        guard let run else { return false }
        run.fail(0)
        self.run = nil
        node.log(.notice, "Background saving was given up")
        if isInBackground { onBackgroundEnd(false) }
        return true
    }

    /// Gives up what is in the background, and waits until nothing of it is left on the disk.
    public func giveUp() {
        guard cancel() else { return }
        while !disk.waitForResults().contains(where: { $0.ticket == nextTicket - 1 }) {}
    }

    /// Follows a run that has ended.
    private func settle() {
        switch run?.state {
        case .saved: succeed()
        case .failed(let error): fail(error)
        default: return
        }
        run = nil
        adoptFault()
        if isInBackground { onBackgroundEnd(record.didLastSucceed) }
    }

    private func succeed() {
        record.didLastSucceed = true
        if isInBackground { record.lastPeak = run?.stream.peak ?? 0 }
        record.lastSave = node.clock.wallMilliseconds / 1000
        record.saves += 1
        keyspace.changesAtSave = changesAtCut
        node.log(.notice, "DB saved on disk")
        if isInBackground { noteEnd("Background saving terminated with success") }
    }

    private func fail(_ error: Int32) {
        record.didLastSucceed = false
        node.log(.warning, "Error saving DB on disk: \(disk.text(of: error))")
        if isInBackground { noteEnd("Background saving error") }
    }

    private func noteEnd(_ text: String) {
        record.lastDuration = (node.clock.wallMilliseconds - startedAt) / 1000
        node.log(record.didLastSucceed ? .notice : .warning, text)
    }

    /// Has writes refused where that is wanted, as long as the last snapshot has failed.
    public func adoptFault() {
        node.diskFaults.snapshot =
            !record.didLastSucceed && node.settings.stopWritesOnBgsaveError && !node.settings.save.isEmpty
    }

    // MARK: Reading again

    /// Saves and reads back.
    public func reload(saves: Bool, empties: Bool, replaces: Bool) throws(CommandError) {
        if saves { try save() } else { cancel() }
        let failure = CommandError.message("ERR Error trying to load the RDB dump, check server logs.")
        guard let bytes = readFile() else { throw failure }
        if empties { keyspace.flush(nil, later: false) }
        do throws(RDBError) {
            try load(bytes, replaces: replaces)
        } catch {
            node.log(.warning, "Loading \(node.settings.dbfilename) failed at byte \(error.offset): \(error.reason)")
            throw failure
        }
        node.log(.warning, "DB reloaded by DEBUG RELOAD")
    }

    private func readFile() -> [UInt8]? {
        do throws(DiskError) {
            return try disk.read("\(directory)/\(node.settings.dbfilename)")
        } catch {
            node.log(.warning, "Cannot read \(node.settings.dbfilename): \(disk.text(of: error.number))")
            return nil
        }
    }

    private func load(_ bytes: [UInt8], replaces: Bool) throws(RDBError) {
        let result: Result<Void, RDBError> = bytes.withBytes { bytes in
            do throws(RDBError) { return .success(try loadAtOnce(bytes, replaces: replaces)) } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func loadAtOnce(_ bytes: Bytes, replaces: Bool) throws(RDBError) {
        beginLoading(bytes, replaces: replaces)
        _ = try continueLoading(most: .max)
    }

    /// Begins to load a file that lies in memory until loading ends.
    public func beginLoading(_ bytes: Bytes, replaces: Bool = false) {
        var options = LoadingOptions()
        options.replaces = replaces
        // On a replica it is the primary who says when a key's time has come.
        options.keepsExpired = node.isReplica
        let receiver = KeyspaceReceiver(keyspace, options, loadLibrary: loadLibrary)
        receiver.didTake = { [unowned node] in node.pause(microseconds: node.settings.keyLoadDelay) }
        loading = Loading(bytes, receiver, node.settings, checksSum: !node.skipsChecksums, now: keyspace.now)
        node.beginLoading()
    }

    /// Loads about `most` more bytes. Returns whether all is loaded.
    /// - Throws: what is wrong with the file; what came before is loaded.
    public func continueLoading(most: Int) throws(RDBError) -> Bool {
        guard let loading else { return true }
        do throws(RDBError) {
            guard try loading.run(most: most) else { return false }
        } catch {
            endLoading(loading)
            throw error
        }
        endLoading(loading)
        node.log(
            .notice,
            "Done loading RDB, keys loaded: \(record.loadedKeys), keys expired: \(record.expiredKeys).")
        return true
    }

    private func endLoading(_ loading: Loading) {
        loadedFacts = loading.receiver.facts
        (record.loadedKeys, record.expiredKeys) = (loading.receiver.loadedCount, loading.receiver.expiredCount)
        self.loading = nil
        keyspace.changesAtSave = keyspace.changes
        node.endLoading()
    }
}

extension SnapshotRun {
    var hasFailed: Bool {
        if case .failed = state { return true }
        return false
    }
}
