import Storage

@testable import Persistence

/// Keeps a snapshot's bytes in memory.
final class CollectedSnapshot: SnapshotTarget {
    private(set) var bytes: [UInt8] = []
    private(set) var isWhole = false
    var backlog: Int { 0 }

    func take(_ bytes: DiskBytes, isLast: Bool) {
        self.bytes += bytes.array
        isWhole = isLast
    }

    func waitForBacklog(milliseconds: Int?) {}

    /// All of a snapshot, taken at once.
    static func of(_ keyspace: Keyspace, _ form: SnapshotForm) -> [UInt8] {
        let target = CollectedSnapshot()
        SnapshotStream(keyspace, form, packing: nil).advance(into: target) { false }
        precondition(target.isWhole)
        return target.bytes
    }
}
