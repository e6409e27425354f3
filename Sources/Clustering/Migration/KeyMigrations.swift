import Commands
import Persistence
import Primitives
import Storage

/// All MIGRATE commands under way, and the connections that they leave for the next.
///
///     MIGRATE ─▶ run: KeyMigration ◀─ bytes ─▶ Peer          client waits, keys are held
///                   └─ taken keys are removed, effect DEL
///
/// A command in a transaction or a script cannot wait: then the whole node does, as the reference always does.
public final class KeyMigrations: Migrating {
    unowned let node: Node
    /// What opens connections; nil where none can be opened.
    public var connector: (any PeerConnector)?
    private var runs: [KeyMigrationRun] = []
    private var cache: [PeerAddress: CachedPeer] = [:]

    struct CachedPeer {
        let peer: any Peer
        let database: Int64
        let usedAt: Int64
    }

    /// How long a connection is kept that nobody uses, and how many are.
    private static let longestRestMilliseconds: Int64 = 10_000
    private static let mostCached = 64

    /// For a node.
    public init(_ node: Node) {
        self.node = node
        node.migrating = self
    }

    /// Connections that are kept.
    public var cachedConnections: Int { cache.count }

    var now: Int64 { node.clock.monotonicMilliseconds }

    // MARK: Beginning

    /// Begins, for a client that waits.
    func begin(_ run: KeyMigrationRun) {
        runs.append(run)
        node.holdKeys(run.conversation.request.keys)
        run.start()
    }

    /// Carries all out while nothing else runs.
    func carryOut(_ run: KeyMigrationRun) {
        runs.append(run)
        run.start()
        while run.result == nil {
            connector?.servePeers(milliseconds: 10)
            run.look(at: now)
        }
    }

    /// Forgets a run that has ended.
    func end(_ run: KeyMigrationRun) {
        runs.removeAll { $0 === run }
        if run.client != nil { node.releaseKeys(run.conversation.request.keys) }
    }

    // MARK: Connections

    /// A connection that was left and has not ended since, with the database that it has selected.
    func takeCached(_ address: PeerAddress) -> CachedPeer? {
        guard let cached = cache.removeValue(forKey: address) else { return nil }
        if cached.peer.isOpen { return cached }
        cached.peer.close()
        return nil
    }

    /// Leaves a connection for the next.
    func leave(_ peer: any Peer, to address: PeerAddress, database: Int64) {
        if let old = cache.removeValue(forKey: address) { old.peer.close() }
        if cache.count >= KeyMigrations.mostCached, let oldest = cache.min(by: { $0.value.usedAt < $1.value.usedAt }) {
            oldest.value.peer.close()
            cache[oldest.key] = nil
        }
        peer.listener = nil
        cache[address] = CachedPeer(peer: peer, database: database, usedAt: now)
    }

    /// Does what is due; to be called several times a second.
    public func tick() {
        for run in runs { run.look(at: now) }
        for (address, cached) in cache where now - cached.usedAt > KeyMigrations.longestRestMilliseconds {
            cached.peer.close()
            cache[address] = nil
        }
    }

    /// When `tick` has something to do at the latest, in monotonic milliseconds; nil for never.
    public var nextDeadline: Int64? { runs.map(\.deadline).min() }
}
