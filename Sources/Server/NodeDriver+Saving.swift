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
        replication.continueHistory(snapshots.loadedFacts, expired: snapshots.expiredAtLoading)
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
    var isWalking: Bool { snapshots.isUnderWay || appendOnlyFile.isWalking || replication.primary.isWalking }

    /// Whether going on with it would do something, instead of waiting for others.
    var isReadyToWalk: Bool {
        snapshots.isReady || appendOnlyFile.isReadyToWalk || replication.primary.isReadyToWalk
    }

    /// Lets the walk go on for a while, after a turn.
    func saveSome(servedClients: Bool) {
        snapshots.holdBack()
        appendOnlyFile.holdBack()
        replication.primary.holdBack()
        guard isReadyToWalk else { return }
        let start = node.clock.ticks
        guard let end = walkPace.end(now: start, servedClients: servedClients) else { return }
        walk { [clock = node.clock] in clock.ticks >= end }
        walkPace.note(from: start, to: node.clock.ticks)
    }

    private func walk(until isOver: () -> Bool) {
        if appendOnlyFile.isReadyToWalk { return appendOnlyFile.advance(until: isOver) }
        if replication.primary.isReadyToWalk { return replication.primary.advance(until: isOver) }
        snapshots.advance(until: isOver)
    }

    /// Takes a packed piece, whosever it is.
    func receive(_ piece: PackedPiece) {
        snapshots.receive(piece)
        appendOnlyFile.receive(piece)
        replication.primary.receive(piece)
    }

    // MARK: The end

    private static let cannotEnd =
        "SIGTERM received but errors trying to shut down the server, check the logs for more information"

    /// Saves, where that is wanted before a signal ends the process. Returns whether it may end.
    func saveBeforeEnd(_ options: ShutdownOptions) -> Bool {
        if node.isLoading || options.contains(.noSave) { return true }
        guard options.contains(.save) || !node.settings.save.isEmpty else { return true }
        log.write(.notice, "Saving the final RDB snapshot before exiting.")
        do throws(CommandError) {
            try snapshots.save()
            carryOutNow()
            return true
        } catch {
            carryOutNow()
            let isForced = options.contains(.force)
            log.write(.warning, "Error trying to save the DB\(isForced ? "" : ", can't exit").")
            if !isForced { log.write(.warning, NodeDriver.cannotEnd) }
            return isForced
        }
    }
}
