import Storage

/// A node at a moment, as a value that other threads may read: what metrics and the page are made of.
///
/// Times are in seconds. Counters begin at the start of the node, or with the last CONFIG RESETSTAT.
public struct NodeFigures: Sendable {
    /// How the node stands.
    public var health = NodeHealth()
    /// Milliseconds since 1970 when this was taken, and when the node was made.
    public var (takenAt, startedAt): (Int64, Int64) = (0, 0)
    /// 40 hexadecimal digits that differ at each start.
    public var runID = ""
    /// Counters of the node.
    public var statistics = NodeStatistics()
    /// Counters of the data.
    public var keyspace = KeyspaceStatistics()
    /// Replication, at both ends.
    public var replication = ReplicationFigures()
    /// The offset of the node's journal, in bytes.
    public var journalOffset: Int64 = 0
    /// Snapshots.
    public var saving = SavingFigures()
    /// Changes since the last snapshot.
    public var changesSinceSave = 0
    /// The append-only file.
    public var log = AppendOnlyFigures()
    /// Scripts.
    public var scripts = ScriptFigures()
    /// Memory.
    public var memory = NodeMemory()
    /// Connections.
    public var clients = ClientCounts()
    /// The bus's connections.
    public var cluster = ClusterFigures()
    /// Commands that have been called or refused, in the order of the table.
    public var commands: [CommandFigures] = []
    /// Errors sent, by their code.
    public var errors: [(code: String, count: Int)] = []
    /// Databases that hold keys.
    public var databases: [DatabaseFigures] = []
    /// What the loop has been busy with: all of it, commands, and timers.
    public var (loopSeconds, commandSeconds, timerSeconds) = (0.0, 0.0, 0.0)
    /// The longest turn of the loop.
    public var longestTurnSeconds = 0.0
    /// The walk that removes what has expired.
    public var expirySeconds = 0.0
    /// CPU time of the node's thread.
    public var (threadSystemSeconds, threadUserSeconds) = (0.0, 0.0)
    /// Channels, patterns and shard channels that somebody listens to.
    public var (channels, patterns, shardChannels) = (0, 0, 0)
    /// Keys that are noted for clients that keep copies.
    public var trackedKeys = 0
    /// How many commands the slow log holds, and how many things wait to be freed.
    public var (slowLogLength, pendingDisposals) = (0, 0)

    /// Nothing known.
    public init() {}

    /// The bounds of the histograms of commands, in microseconds.
    public static let latencyBounds: [Int] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
        1_000_000, 2_000_000, 5_000_000, 10_000_000,
    ]
}

/// How a node stands, for whoever wants to know whether to send it clients.
public struct NodeHealth: Equatable, Sendable {
    /// The port that names the node among those of its process.
    public var port = 0
    /// Whether data is being loaded, and whether older data is served meanwhile.
    public var (isLoading, isLoadingBeside) = (false, false)
    /// Whether the node is about to end.
    public var isEnding = false
    /// Whether the node follows a primary, and whether the stream of that one flows.
    public var (isReplica, isLinkUp) = (false, false)
    /// Whether the node serves old data while the link is down.
    public var servesStaleData = true
    /// Whether the cluster is whole; nil where there is none.
    public var isClusterUp: Bool?

    /// Of a node that serves.
    public init() {}

    /// Why clients should not be sent here; nil where they should.
    public var objection: String? {
        if isEnding { return "ending" }
        if isLoading, !isLoadingBeside { return "loading" }
        if isReplica, !isLinkUp, !servesStaleData { return "link to the primary is down" }
        if isClusterUp == false { return "the cluster is down" }
        return nil
    }
}

/// What a node takes of memory, in bytes.
public struct NodeMemory: Sendable {
    /// In use, the most that was, what the empty node took, and what may be (0 for anything).
    public var (used, peak, startup, limit) = (0, 0, 0, 0)
    /// Keys and values; all the rest.
    public var (dataset, overhead) = (0, 0)
    /// Buffers of clients, the backlog, what waits for replicas, buffers of the append-only file, scripts.
    public var (clients, backlog, replicationBuffers, logBuffer, scripts) = (0, 0, 0, 0, 0)
    /// What does not count for the limit.
    public var uncounted = 0
    /// Which keys go where memory is short.
    public var policy = ""

    /// Nothing.
    public init() {}
}

/// How many connections there are, and of what kind.
public struct ClientCounts: Sendable {
    /// Clients, those of them that wait, that keep copies, that listen to channels, and the most that there may be.
    public var (connected, blocked, tracking, listening, limit) = (0, 0, 0, 0, 0)

    /// None.
    public init() {}
}

/// What a command has done.
public struct CommandFigures: Sendable {
    /// The name; that of a subcommand behind `|`.
    public var name = ""
    /// Calls, those refused before they ran, those that ran and answered with an error.
    public var (calls, rejected, failed) = (0, 0, 0)
    /// The time that calls took.
    public var seconds = 0.0
    /// For each of `NodeFigures.latencyBounds` the number of calls that took no longer, and the number of all that were
    /// timed; nil where none was.
    public var latency: (upTo: [Int], total: Int)?

    /// Nothing.
    public init() {}
}

/// A database that holds keys.
public struct DatabaseFigures: Sendable {
    /// Its number, its keys, and those that expire.
    public var (index, keys, expiring) = (0, 0, 0)

    /// An empty one.
    public init() {}
}

/// What the page shows of a node beside its figures, as far as whoever asks may see it.
public struct NodeDetails: Sendable {
    /// A command that took long.
    public struct SlowCommand: Sendable {
        /// Its number, seconds since 1970, and the microseconds that it took.
        public var (id, time, microseconds): (Int, Int64, Int64)
        /// Its arguments, those cut short that are long; who called it.
        public var (arguments, client): ([[UInt8]], String)
    }

    /// A connection.
    public struct Client: Sendable {
        /// Its number, seconds since it began, seconds since it said something, its database.
        public var (id, age, idle, database): (UInt64, Int64, Int64, Int)
        /// Where it comes from, what it calls itself, who it is, what CLIENT LIST flags it as, its last command.
        public var (address, name, user, flags, command): (String, String, String, String, String)
        /// Bytes of memory, bytes received and sent, commands run.
        public var (memory, received, sent, commands): (Int, Int, Int, Int)
    }

    /// A key that costs much.
    public struct HotKey: Sendable {
        /// The key, and its cost in microseconds of commands or in bytes of traffic.
        public var (key, cost): ([UInt8], Int)
    }

    /// A key that takes much memory.
    public struct BigKey: Sendable {
        /// The key, its database, and what TYPE says of it.
        public var (key, database, type): ([UInt8], Int, String)
        /// What MEMORY USAGE says of it.
        public var bytes: Int

        init(key: [UInt8], database: Int, type: String, bytes: Int) {
            (self.key, self.database, self.type, self.bytes) = (key, database, type, bytes)
        }
    }

    /// The latest slow commands, the newest first; nil where they may not be seen.
    public var slowCommands: [SlowCommand]?
    /// Some connections, those that were active last first; nil where they may not be seen.
    public var clients: [Client]?
    /// Keys by time and by traffic: of the search that HOTKEYS has started, or of the last seconds; nil where they may not be
    /// seen.
    public var hotKeys: (byTime: [HotKey], byTraffic: [HotKey])?
    /// The biggest of the keys that were drawn while somebody looked; nil where they may not be seen.
    public var bigKeys: [BigKey]?

    /// Nothing.
    public init() {}
}
