// Replication: the backlog, PSYNC at both ends, acknowledgements. No sockets, no files. Imports Commands, Persistence and what
// lies below.
import Commands
import Gossip
import Persistence
import Primitives
import Storage

/// Replication of a node, at both ends.
///
///     a primary ─▶ (replica's side) ─ replay, journal ─▶ (primary's side) ─▶ replicas
public final class Replication: Replicating {
    /// Whose.
    public unowned let node: Node
    /// What it is to replicas of its own.
    public let primary: PrimarySide
    /// What it is to a primary of its own.
    public let replica: Replica
    /// Whether the link to the node's primary is up, if it has one.
    public var isConnectedToPrimary: Bool { node.isLinkUp }

    /// For a node, with the snapshots that replicas begin with.
    /// - Parameter packing: who packs what is sent to replicas; nil where that is done at once.
    public init(_ node: Node, _ snapshots: Snapshots, packing: (any SnapshotPacking)? = nil) {
        self.node = node
        primary = PrimarySide(node, snapshots, packing: packing)
        replica = Replica(node)
        replica.keeper = self
        node.replication = self
        primary.noteGoodReplicas()
    }

    /// What INFO shows.
    public var figures: ReplicationFigures {
        var figures = primary.currentFigures()
        figures.primary = replica.figures
        figures.receivedBytes = replica.receivedBytes
        figures.failoverState = replica.failover.word
        return figures
    }
    /// Bytes that came from primaries, and that were sent to replicas.
    public var traffic: (received: Int, sent: Int) { (replica.receivedBytes, primary.figures.sentBytes) }
    /// Sets counters back to zero.
    public func resetFigures() {
        replica.receivedBytes = 0
        primary.resetFigures()
    }
    /// Bytes that wait for replicas beyond the backlog.
    public var uncountedBytes: Int { primary.uncountedBytes }
    /// Whether entries are being written for replicas.
    public var isWalking: Bool { primary.isWalking }

    /// Where a snapshot stands in the history.
    public var snapshotFacts: [(name: String, value: String)] {
        guard primary.backlog != nil, !node.isReplica || replica.hasHistory else { return [] }
        let journal = node.keyspace.journal
        return [
            ("repl-stream-db", "\(journal.selectedDatabase ?? 0)"), ("repl-id", node.history.id),
            ("repl-offset", "\(journal.offset)"),
        ]
    }

    /// How many replicas have acknowledged an offset.
    public func acknowledgements(of offset: Int64) -> (received: Int, onDisk: Int) { primary.counts(offset) }
    /// The offsets that replicas have acknowledged, the highest first.
    public var acknowledgedOffsets: [Int64] { primary.acknowledgedOffsets }
    /// Has replicas asked when the turn ends.
    public func requestAcknowledgements() { primary.requestAcknowledgements() }
    /// Replicas that are behind, and all.
    public var lag: (behind: Int, all: Int) { primary.lag }
    /// Follows directives that have changed.
    public func adoptSettings() {
        primary.adoptSettings()
        replica.adoptSettings()
    }
    /// Forgets a replica whose connection has ended.
    public func didEnd(_ session: Session) { primary.forget(session) }

    /// Acknowledges in another way, or counts other acknowledgements, from here on.
    /// - Parameter term: a primary that leads in an older one is not followed.
    public func adopt(_ state: PromiseState, keeping term: UInt64) {
        replica.keep(term)
        guard state != node.promiseState else { return }
        let isNew = node.promiseState == .off
        node.promiseState = state
        replica.adoptSettings()
        if isNew { replica.askForTerm() }
        if case .term = state, !node.isReplica { primary.beginTerm() }
    }

    /// Does what is due; the driver calls it several times a second.
    public func tick() { primary.tick() }

    /// Goes on from where a file says that the data set stood in a history, as a primary: whoever follows that history can
    /// follow this one. A replica goes on from there itself.
    public func continueHistory(_ facts: [String: String]) {
        guard let id = facts["repl-id"], id.utf8.count == 40,
            let offset = facts["repl-offset"].flatMap({ Int64($0) }), offset >= 0,
            let database = facts["repl-stream-db"].flatMap({ Int($0) })
        else { return }
        if node.isReplica {
            let isKnown = (0..<node.settings.databaseCount).contains(database)
            if isKnown { replica.continueHistory(SnapshotOrigin(id: id, offset: offset), database: database) }
            return
        }
        node.history.secondID = id
        node.history.secondOffset = offset + 1
        node.keyspace.journal.move(to: node.keyspace.journal.offset + offset)
        primary.keepBacklog(renewsHistory: false)
    }
}

extension Replication: HistoryKeeper {
    /// Whether there is a backlog.
    public var isHistoryKept: Bool { primary.backlog != nil }
    /// Ends all replicas' connections.
    public func disconnectReplicas() { primary.disconnectReplicas() }

    /// Keeps a backlog.
    public func keepHistory() { primary.keepBacklog(renewsHistory: false) }

    /// Begins a backlog anew.
    public func historyDidChange() {
        primary.freeBacklog()
        primary.keepBacklog(renewsHistory: false)
    }
}
