import Commands
import Persistence
import Primitives
import Settings
import Storage

/// A primary's snapshot on its way into a node, a slice at a time.
///
///     bytes ─▶ SnapshotLoader ─▶ KeyspaceReceiver ─▶ StagedData ─ adopt ─▶ the node's keyspace
///
/// Nothing of it is seen before all of it is there.
final class SnapshotIntake {
    /// What it is a snapshot of; nil where the primary does not say.
    let origin: SnapshotOrigin?
    /// Whether the old data is there until then, and whether clients are served it.
    let (keepsOldData, servesOldData): (Bool, Bool)
    private let node: Node
    private let staged: StagedData
    private var loader: SnapshotLoader
    private let receiver: KeyspaceReceiver
    private let libraries: Codes
    private let byteCount: Int
    private let startedAt: Int64
    private let start: Int64

    /// The codes of the libraries in the snapshot.
    private final class Codes {
        var all: [[UInt8]] = []
    }

    /// - Parameter bytes: the whole snapshot, which stays in its place.
    init(_ node: Node, _ bytes: Bytes, _ origin: SnapshotOrigin?, keepsOldData: Bool, servesOldData: Bool) {
        (self.node, self.origin) = (node, origin)
        (self.keepsOldData, self.servesOldData) = (keepsOldData, servesOldData)
        staged = StagedData(beside: node.keyspace)
        loader = SnapshotLoader(
            bytes, databases: node.settings.databaseCount, checksSum: !node.skipsChecksums && node.settings.rdbchecksum,
            takesNewer: node.settings.rdbVersionCheck == .relaxed)
        let libraries = Codes()
        self.libraries = libraries
        // The primary says when a key's time has come.
        var options = LoadingOptions()
        options.keepsExpired = true
        receiver = KeyspaceReceiver(staged.keyspace, options) { libraries.all.append(Array($0)) }
        byteCount = bytes.count
        (startedAt, start) = (node.clock.wallMilliseconds, node.clock.monotonicMilliseconds)
    }

    /// Loads about `most` more bytes. Returns whether all is read.
    func advance(most: Int) throws(RDBError) -> Bool {
        staged.keyspace.now = node.keyspace.now
        let delay = node.settings.keyLoadDelay
        receiver.didTake = delay == 0 ? {} : { [unowned node] in node.pause(microseconds: delay) }
        defer { staged.account() }
        return try loader.run(into: receiver, most: most)
    }

    /// Puts what was loaded in the place of what there is.
    /// - Parameter adoptLibraries: takes the libraries over, all or none.
    func adopt(later: Bool, _ adoptLibraries: ([[UInt8]]) throws(CommandError) -> Void) throws(CommandError) {
        try adoptLibraries(libraries.all)
        node.keyspace.adopt(staged, later: later)
        node.keyspace.changesAtSave = node.keyspace.changes
    }

    /// The database that the stream begins in.
    var streamDatabase: Int {
        guard let number = receiver.facts["repl-stream-db"].flatMap({ Int($0) }) else { return 0 }
        return (0..<node.settings.databaseCount).contains(number) ? number : 0
    }

    /// Keys loaded.
    var keyCount: Int { receiver.loadedCount }

    /// What INFO shows.
    var figures: LoadingFigures {
        var figures = LoadingFigures()
        figures.startedAt = startedAt / 1000
        figures.totalBytes = byteCount
        figures.loadedBytes = loader.position
        figures.usedMemory = receiver.facts["used-mem"].flatMap { Int($0) } ?? 0
        figures.elapsed = node.clock.monotonicMilliseconds - start
        return figures
    }
}
