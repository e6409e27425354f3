import Commands
import Persistence
import Primitives
import Scripting
import Settings

#if canImport(Glibc)
    import Glibc
#endif

// Snapshots: the file that is loaded at the beginning, slices of the walk between turns, and the file that is written at
// the end.

extension NodeDriver {
    /// Gives the node its disk.
    func attachDisk() {
        let snapshots = snapshots
        snapshots.libraries = { [unowned node] in node.libraryCodes }
        snapshots.loadLibrary = { [unowned node] (code) throws(RDBReason) in
            do throws(CommandError) { try node.load(library: code) } catch { throw RDBReason(error.text) }
        }
        node.saving = snapshots
        appendOnlyFile.loadLibrary = snapshots.loadLibrary
    }

    // MARK: Beginning

    /// Whether data is being loaded that was there at the start.
    var isLoading: Bool { loadedFile != nil || appendOnlyFile.loading != nil }

    /// Begins to load what the settings say, if it is there: the append-only file or a snapshot.
    func beginLoading() throws(StartError) {
        beginInCluster()
        replication.replica.begin()
        if node.settings.appendonly { return try appendOnlyFile.start() }
        let name = node.settings.dbfilename
        guard let file = MappedFile.opening(name) else {
            if errno == ENOENT { return }
            throw StartError(reason: "Fatal error loading the DB, cannot read \(name): \(systemError()). Exiting.")
        }
        log.write(.notice, "Loading RDB \(name)")
        loadedFile = file
        loadingStart = node.clock.monotonicMilliseconds
        snapshots.beginLoading(file.bytes)
    }

    /// Loads on for a while. A file that cannot be loaded ends the process.
    func loadSome() {
        if appendOnlyFile.loading != nil { return loadSomeOfLog() }
        do throws(RDBError) {
            guard try snapshots.continueLoading(most: node.settings.loadingProcessEventsIntervalBytes) else { return }
        } catch {
            log.write(
                .warning,
                "Fatal error loading the DB: \(node.settings.dbfilename) is damaged at byte \(error.offset): "
                    + "\(error.reason). Exiting.")
            exitCode = 1
            return stop()
        }
        loadedFile = nil
        replication.continueHistory(snapshots.loadedFacts)
        let seconds = Double(node.clock.monotonicMilliseconds - loadingStart) / 1000
        log.write(.notice, "DB loaded from disk: \(fixed(seconds)) seconds")
        announceReady()
    }

    private func loadSomeOfLog() {
        do throws(StartError) {
            let most = node.settings.loadingProcessEventsIntervalBytes
            if try appendOnlyFile.continueLoading(most: most) { announceReady() }
        } catch {
            log.write(.warning, error.reason)
            exitCode = 1
            stop()
        }
    }

    private func fixed(_ seconds: Double) -> String {
        let thousandths = Int(seconds * 1000)
        return "\(thousandths / 1000).\(String(thousandths % 1000 + 1000).dropFirst())"
    }

    // MARK: Going on

    /// Whether a snapshot or a base of the log is being walked for.
    var isWalking: Bool {
        snapshots.isUnderWay || appendOnlyFile.isWalking || replication.primary.isWalking
            || slotMigrations?.isWalking == true
    }

    /// Whether going on with it would do something, instead of waiting for others.
    var isReadyToWalk: Bool {
        snapshots.isReady || appendOnlyFile.isReadyToWalk || replication.primary.isReadyToWalk
            || slotMigrations?.isReadyToWalk == true
    }

    /// Lets the walk go on for a while, after a turn.
    func saveSome(servedClients: Bool, waited: UInt64) {
        let began = node.clock.ticks
        snapshots.holdBack()
        appendOnlyFile.holdBack()
        replication.primary.holdBack()
        let start = node.clock.ticks
        noteWait(from: began, to: start)
        guard isReadyToWalk else { return }
        guard let end = walkPace.end(now: start, servedClients: servedClients, waited: waited) else { return }
        takeSlice { walk { [clock = node.clock] in clock.ticks >= end } }
        let over = node.clock.ticks
        walkPace.note(from: start, to: over)
        noteLatency("snapshot-walk", from: start, to: over)
    }

    private func noteWait(from start: UInt64, to end: UInt64) {
        noteLatency("snapshot-wait", from: start, to: end)
        node.noteSnapshot(wait: Int(Double(end &- start) * node.clock.nanosecondsPerTick / 1000))
    }

    /// Does something for a snapshot, and notes how long the thread was busy with it: by its own time, since helpers, clients
    /// and others may have the core in the middle of it.
    func takeSlice(_ body: () -> Void) {
        let start = threadNanoseconds()
        body()
        node.noteSnapshot(slice: Int(threadNanoseconds() - start) / 1000)
    }

    private func threadNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private func noteLatency(_ event: String, from start: UInt64, to end: UInt64) {
        guard node.monitorsLatency else { return }
        let nanoseconds = Double(end &- start) * node.clock.nanosecondsPerTick
        node.noteLatency(event, milliseconds: Int64(nanoseconds / 1_000_000))
    }

    private func walk(until isOver: () -> Bool) {
        if appendOnlyFile.isReadyToWalk { return appendOnlyFile.advance(until: isOver) }
        if replication.primary.isReadyToWalk { return replication.primary.advance(until: isOver) }
        if let slotMigrations, slotMigrations.isReadyToWalk { return slotMigrations.walk(until: isOver) }
        snapshots.advance(until: isOver)
    }

    /// Takes a packed piece, whosever it is.
    func receive(_ piece: PackedPiece) {
        snapshots.receive(piece)
        appendOnlyFile.receive(piece)
        replication.primary.receive(piece)
    }

    // MARK: The end

    /// Does what comes before a signal ends the process. Returns whether it may end.
    func prepareEnd(_ options: ShutdownOptions) -> Bool {
        defer { carryOutNow() }
        return EndWatch(signals: signals, removing: snapshots.temporaryPath, log).watch {
            do throws(CommandError) {
                try node.prepareEnd(options)
                return true
            } catch {
                return false
            }
        }
    }
}
