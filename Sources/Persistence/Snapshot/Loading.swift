import Commands
import Primitives
import Settings

/// A file on its way into a keyspace.
final class Loading {
    private var loader: SnapshotLoader
    let receiver: KeyspaceReceiver
    private let byteCount: Int
    private let startedAt: Int64

    init(_ bytes: Bytes, _ receiver: KeyspaceReceiver, _ settings: Settings, checksSum: Bool, now: Int64) {
        loader = SnapshotLoader(
            bytes, databases: settings.databaseCount, checksSum: checksSum && settings.rdbchecksum,
            takesNewer: settings.rdbVersionCheck == .relaxed)
        self.receiver = receiver
        byteCount = bytes.count
        startedAt = now
    }

    func run(most: Int) throws(RDBError) -> Bool { try loader.run(into: receiver, most: most) }

    /// What INFO shows.
    func figures(now: Int64) -> LoadingFigures {
        var figures = LoadingFigures()
        figures.startedAt = startedAt / 1000
        figures.totalBytes = byteCount
        figures.loadedBytes = loader.position
        figures.usedMemory = receiver.facts["used-mem"].flatMap { Int($0) } ?? 0
        figures.elapsed = now - startedAt
        return figures
    }
}
