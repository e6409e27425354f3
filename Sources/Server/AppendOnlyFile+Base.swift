import Commands
import Persistence
import Scripting
import Settings
import Storage

// The base of a new log: a snapshot whose bytes go into a file of the log, between turns.

extension AppendOnlyFile: SnapshotTarget {
    /// Begins a new base, unless another snapshot is being taken: then it comes later.
    func beginRewrite() {
        if node.isSavingInBackground || node.replication?.isWalking == true || node.movingSlots?.isWalking == true {
            counters.isScheduled = true
            return
        }
        guard writer.beginRewrite() else { return }
        counters.isScheduled = false
        rewriteStart = node.monotonic
        node.keyspace.journal.selectAnew(self)
        log.write(.notice, "Background append only file rewriting started")
        // The first base of a new log holds nothing, and needs no turns.
        let isAtOnce = node.keyspace.isEmpty
        base = SnapshotStream(node.keyspace, form, packing: isAtOnce ? nil : packing)
        pump()
        if isAtOnce { base?.advance(into: self) { false } }
    }

    private var form: SnapshotForm {
        let libraries = node.libraryCodes
        return writer.options.hasRDBBase
            ? .file(SnapshotOptions(node, libraries: libraries, isBase: true)) : .commands(libraries)
    }

    // MARK: Slices

    /// Whether entries are still being written into a base.
    var isWalking: Bool { base != nil }

    /// Whether going on would do something, instead of waiting for others.
    var isReadyToWalk: Bool { base.map { $0.walk.isAbandoned || $0.isReady(self) && isDue($0) } ?? false }

    private func isDue(_ base: SnapshotStream) -> Bool {
        base.isDue(delay: node.settings.rdbKeySaveDelay, elapsed: node.monotonic - rewriteStart)
    }

    /// Goes on with the base, until `isOver` says that time is up.
    func advance(until isOver: () -> Bool) {
        guard let base else { return }
        if base.walk.isAbandoned { return giveWay() }
        base.advance(into: self) { isOver() || !isDue(base) }
    }

    /// Waits for the disk, if clients change more than it can take.
    func holdBack() { base?.holdBack(into: self) }

    /// Takes a packed piece.
    func receive(_ packed: PackedPiece) { base?.receive(packed, into: self) }

    /// Somebody had to take a snapshot at once, and there is one at a time: the base is begun again.
    private func giveWay() {
        counters.isScheduled = true
        writer.abandonRewrite()
        pump()
    }

    /// Gives the walk up whose base failed.
    func endWalk() {
        base?.walk.abandon()
        base = nil
    }

    // MARK: Bytes

    func take(_ bytes: DiskBytes, isLast: Bool) {
        writer.receiveBase(bytes)
        if isLast {
            writer.finishBase()
            counters.lastPeak = base?.peak ?? 0
            base = nil
        }
        pump()
    }

    var backlog: Int { writer.baseBacklog }

    func waitForBacklog(milliseconds: Int?) { awaitResults(milliseconds: milliseconds) }
}

extension Node {
    /// Whether a snapshot is being written into a file of its own.
    var isSavingInBackground: Bool { (saving as? Snapshots)?.isSaving ?? false }
}

extension Keyspace {
    fileprivate var isEmpty: Bool { (0..<databaseCount).allSatisfy { (existing($0)?.count ?? 0) == 0 } }
}
