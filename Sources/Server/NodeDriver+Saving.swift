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
    }

    // MARK: Beginning

    /// Begins to load the file of the settings, if there is one.
    func beginLoading() throws(StartError) {
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
        let seconds = Double(node.clock.monotonicMilliseconds - loadingStart) / 1000
        log.write(.notice, "DB loaded from disk: \(fixed(seconds)) seconds")
        announceReady()
    }

    private func fixed(_ seconds: Double) -> String {
        let thousandths = Int(seconds * 1000)
        return "\(thousandths / 1000).\(String(thousandths % 1000 + 1000).dropFirst())"
    }

    // MARK: Going on

    /// Lets the snapshot's walk go on for a while, after a turn.
    func saveSome(servedClients: Bool) {
        snapshots.holdBack()
        guard snapshots.isReady else { return }
        let start = node.clock.ticks
        guard let end = walkPace.end(now: start, servedClients: servedClients) else { return }
        snapshots.advance { [clock = node.clock] in clock.ticks >= end }
        walkPace.note(from: start, to: node.clock.ticks)
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
