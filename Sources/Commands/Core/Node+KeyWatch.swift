import Primitives
import Storage

/// What the page shows of keys: those that cost much of late, and the biggest. It is kept only while somebody looks.
struct KeyWatch {
    /// Nobody has looked for so long: it ends.
    static let patience: Int64 = 5000
    /// For so long commands are counted before that is begun anew; what is shown is the last such time that is over.
    static let window: Int64 = 10_000
    /// One command out of so many is charged to its keys.
    static let sampleRatio: UInt64 = 16
    /// Keys that are drawn and weighed each time somebody looks, and those that are kept.
    static let (drawn, kept) = (32, 10)

    var lookedAt: Int64 = 0
    var tracking: HotKeyTracking
    var last: HotKeyTracking?
    var biggest: [NodeDetails.BigKey] = []

    init(_ tracking: HotKeyTracking) { self.tracking = tracking }
}

extension Node {
    /// Somebody looks at the page: keys are watched from here on, for a while.
    func lookAtKeys() {
        var watch = keyWatch ?? KeyWatch(newTracking())
        watch.lookedAt = monotonic
        if monotonic - watch.tracking.start.time >= KeyWatch.window {
            (watch.last, watch.tracking) = (watch.tracking, newTracking())
        }
        weighKeys(&watch.biggest)
        keyWatch = watch
        adoptKeySearches()
    }

    private func newTracking() -> HotKeyTracking {
        var options = HotKeyTracking.Options()
        options.metrics = [.cpu, .net]
        options.sampleRatio = KeyWatch.sampleRatio
        return tracking(options)
    }

    /// Ends the watch when nobody looks any more.
    func endKeyWatchInTime() {
        guard let watch = keyWatch, monotonic - watch.lookedAt >= KeyWatch.patience else { return }
        keyWatch = nil
        adoptKeySearches()
    }

    /// Draws some keys, and keeps the biggest that were ever drawn and are still there.
    private func weighKeys(_ biggest: inout [NodeDetails.BigKey]) {
        for index in biggest.indices {
            let database = biggest[index].database
            biggest[index].bytes = biggest[index].key.withBytes { keyspace.weight(of: keyspace.key($0), database) ?? 0 }
        }
        keyspace.weighSome(KeyWatch.drawn) { entry, database, bytes in
            let key = Array(entry.key)
            if biggest.contains(where: { $0.database == database && $0.key == key }) { return }
            biggest.append(
                NodeDetails.BigKey(key: key, database: database, type: "\(entry.type.name)", bytes: bytes))
        }
        biggest.sort { $0.bytes > $1.bytes }
        biggest = Array(biggest.prefix(KeyWatch.kept).prefix { $0.bytes > 0 })
    }
}
