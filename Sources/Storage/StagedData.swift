import Primitives

/// Databases that are filled beside those of a keyspace, and take their places when all is there.
///
///     snapshot ─▶ staged.keyspace      clients ─▶ keyspace
///                        └────── adopt ──────────────▲
///
/// Nobody watches, tracks or notices what happens in them, and no effects are made.
public final class StagedData {
    /// Where the data goes.
    public let keyspace: Keyspace
    /// Bytes of its small blocks that were told to the account, which does not know of them otherwise.
    private var accounted = 0

    /// Empty databases, of the same kind as those of a keyspace.
    public init(beside other: Keyspace) {
        keyspace = Keyspace(beside: other)
        keyspace.account = other.account
        keyspace.dispose = other.dispose
        keyspace.frequencyRule = other.frequencyRule
        keyspace.evictionRule = other.evictionRule
        keyspace.now = other.now
        keyspace.expiryMode = .ignore
    }

    deinit { keyspace.account?.add(-accounted) }

    /// Has the small blocks counted, as they are now.
    public func account() {
        let bytes = keyspace.smallBytes
        keyspace.account?.add(bytes - accounted)
        accounted = bytes
    }

    /// Has nothing counted any more: the data goes to a keyspace that counts it itself.
    func release() {
        keyspace.account?.add(-accounted)
        accounted = 0
    }
}

extension Keyspace {
    /// Throws all data away and puts other data in its place: one change for those who watch or keep copies.
    /// - Parameter later: whether the memory is freed elsewhere.
    public func adopt(_ staged: StagedData, later: Bool) {
        flush(nil, later: later)
        staged.release()
        let other = staged.keyspace
        for index in 0..<databaseCount {
            guard let fresh = other.databases[index], fresh.count > 0 else { continue }
            touchWatchers(of: index, nil, fresh)
            databases[index] = fresh
            other.databases[index] = nil
            noteUse(index)
            changes += fresh.count
        }
        incomingSlots = other.incomingSlots
        adoptEvictionRule()
    }
}
