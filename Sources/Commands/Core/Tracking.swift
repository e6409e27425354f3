import Primitives

/// What a client that keeps copies of keys wants to hear of them (CLIENT TRACKING).
struct Tracking {
    /// Of which keys.
    enum Scope: Equatable {
        /// Those that it reads.
        case reads
        /// Those that it reads with the command after CLIENT CACHING YES.
        case readsOnDemand
        /// Those that it reads, but not with the command after CLIENT CACHING NO.
        case readsUnlessDeclined
        /// All that begin with one of its prefixes, read or not.
        case prefixes
    }

    var scope = Scope.reads
    /// In order; empty unless that is the scope.
    var prefixes: [[UInt8]] = []
    /// The client that is told in place of this one; 0 for none.
    var redirection: UInt64 = 0
    var leavesOutOwnChanges = false
    /// Whether the command that comes next is the one that CLIENT CACHING meant.
    var isCachingChosen = false
    /// Whether the client that should have been told was gone.
    var isRedirectionBroken = false

    /// Whether the keys that the client reads now are noted.
    var notesReads: Bool {
        switch scope {
        case .reads: true
        case .readsOnDemand: isCachingChosen
        case .readsUnlessDeclined: !isCachingChosen
        case .prefixes: false
        }
    }
}

/// What a client that keeps copies is told.
enum Invalidation {
    /// Keys have changed.
    case keys([[UInt8]])
    /// Any key may have changed.
    case everything
    /// The client that should have been told instead is gone.
    case brokenRedirection(UInt64)
}

/// All clients that keep copies, and what is known of their copies.
struct Trackers {
    /// Something for a client whose reply is not complete.
    struct Held {
        let receiver: Session
        let invalidation: Invalidation
        let isRedirected: Bool
    }

    var sessions: [UInt64: Session] = [:]
    var table: TrackingTable
    var broadcasts = Broadcasts()
    /// How many of the touches of the command or transaction under way have been told.
    var toldTouches = 0
    var held: [Held] = []
    /// Below which key the sweep for clients that have gone goes on; 0 for none under way.
    var sweepIndex = 0
    /// Whether clients have gone since the sweep began.
    var isSweepDue = false

    init(hash: KeyHash) { table = TrackingTable(hash: hash) }
}
