// A line of the table stays one line, so that it can be read as a table:
// swift-format-ignore-file
import Commands

// The tables of metrics of a node: a line for each family, the only place that names it. `docs/metrics.md` has them beside
// those of redis_exporter.

extension Metrics {
    static let server: [Metric] = [
        Metric(name: "node", kind: .information, help: "What the node is.") { [Metric.Point(labels: description($0), value: .integer(1))] },
        .fraction("start_time_seconds", "When the node was started, in seconds since 1970.") { Double($0.figures.startedAt) / 1000 },
        .fraction("uptime_seconds", "For how long the node has run.") { Double($0.figures.takenAt - $0.figures.startedAt) / 1000 },
        .flag("ready", "Whether clients should be sent to the node, as /health/ready tells.") { $0.figures.health.objection == nil },
        .flag("loading", "Whether data is being loaded.") { $0.figures.health.isLoading },
    ]

    static let clients: [Metric] = [
        .gauge("connected_clients", "Connections of clients, those of replicas left out.") { $0.figures.clients.connected },
        .gauge("max_clients", "The most clients that there may be.") { $0.figures.clients.limit },
        .gauge("blocked_clients", "Clients that wait for something.") { $0.figures.clients.blocked },
        .gauge("tracking_clients", "Clients that keep copies of keys.") { $0.figures.clients.tracking },
        .gauge("pubsub_clients", "Clients that listen to channels.") { $0.figures.clients.listening },
        .counter("connections_received", "Connections accepted or turned away.") { $0.figures.statistics.connectionsReceived },
        .counter("connections_rejected", "Connections turned away.") { $0.figures.statistics.connectionsRejected },
        .counter("clients_evicted", "Clients ended for the memory that they took.") { $0.figures.statistics.evictedClients },
        .counters("clients_over_limit", by: "buffer", "Clients ended since a buffer was over its limit.") { [("input", $0.figures.statistics.inputLimitDisconnections), ("output", $0.figures.statistics.outputLimitDisconnections)] },
        .counters("access_denied", by: "reason", "What was refused to users.") { denials($0.figures.statistics) },
    ]

    static let memory: [Metric] = [
        .gauge("memory_used_bytes", "Memory in use.") { $0.figures.memory.used },
        .gauge("memory_peak_bytes", "The most memory that was in use.") { $0.figures.memory.peak },
        .gauge("memory_max_bytes", "The memory that may be in use (maxmemory); 0 for any.") { $0.figures.memory.limit },
        .gauge("memory_startup_bytes", "What the node took before it had data.") { $0.figures.memory.startup },
        .gauge("memory_dataset_bytes", "What keys and values take.") { $0.figures.memory.dataset },
        .gauge("memory_overhead_bytes", "What is in use beside keys and values.") { $0.figures.memory.overhead },
        .gauge("memory_clients_bytes", "What the buffers of clients and replicas take.") { $0.figures.memory.clients },
        .gauge("memory_backlog_bytes", "What the replication backlog takes.") { $0.figures.memory.backlog },
        .gauge("memory_replication_bytes", "What is kept for the backlog and for replicas.") { $0.figures.memory.replicationBuffers },
        .gauge("memory_aof_buffer_bytes", "What waits to be written to the append-only file.") { $0.figures.memory.logBuffer },
        .gauge("memory_scripts_bytes", "What scripts and functions take.") { $0.figures.memory.scripts },
        .gauge("memory_not_counted_bytes", "What maxmemory does not count.") { $0.figures.memory.uncounted },
        .gauge("pending_disposals", "Things that wait to be freed by a helper thread.") { $0.figures.pendingDisposals },
    ]

    static let traffic: [Metric] = [
        .counter("commands_processed", "Commands run.") { $0.figures.statistics.commandsProcessed },
        .counter("net_input_bytes", "Bytes read from clients.") { $0.figures.statistics.netInputBytes },
        .counter("net_output_bytes", "Bytes written to clients.") { $0.figures.statistics.netOutputBytes },
        .counter("net_reads", "Reads from sockets.") { $0.figures.statistics.readsProcessed },
        .counter("net_writes", "Writes to sockets.") { $0.figures.statistics.writesProcessed },
        .counter("error_replies", "Errors sent.") { $0.figures.statistics.errorReplies },
        .counters("errors", by: "code", "Errors sent, by code.") { $0.figures.errors.map { ($0.code, $0.count) } },
        .gauges("pubsub_channels", by: "kind", "Channels and patterns that somebody listens to.") { [("channel", $0.figures.channels), ("pattern", $0.figures.patterns), ("shard", $0.figures.shardChannels)] },
        .gauge("tracked_keys", "Keys noted for clients that keep copies.") { $0.figures.trackedKeys },
        .gauges("scripts", by: "kind", "Scripts that are kept.") { [("script", $0.figures.scripts.cachedScripts), ("library", $0.figures.scripts.libraries), ("function", $0.figures.scripts.functions)] },
    ]

    static let keys: [Metric] = [
        .gauges("db_keys", by: "db", "Keys in a database.") { $0.figures.databases.map { ("db\($0.index)", $0.keys) } },
        .gauges("db_keys_expiring", by: "db", "Keys in a database that expire.") { $0.figures.databases.map { ("db\($0.index)", $0.expiring) } },
        .counter("keyspace_hits", "Look-ups of reading commands that found a key.") { $0.figures.keyspace.hits },
        .counter("keyspace_misses", "Look-ups of reading commands that found none.") { $0.figures.keyspace.misses },
        .counter("expired_keys", "Keys removed since their time had come.") { $0.figures.keyspace.expired },
        .counter("expired_fields", "Fields of hashes removed since their time had come.") { $0.figures.keyspace.expiredFields },
        .counter("evicted_keys", "Keys removed since memory was short.") { $0.figures.keyspace.evicted },
        .counter("lazily_freed_objects", "Keys whose memory a helper thread has freed.") { $0.figures.keyspace.lazilyFreed },
        .time("expiry_seconds", "Time that the walk took which removes expired keys.") { $0.figures.expirySeconds },
    ]

    static let commands: [Metric] = [
        .counters("commands", by: "cmd", "Calls of a command.") { $0.figures.commands.map { ($0.name, $0.calls) } },
        .counters("commands_rejected", by: "cmd", "Calls of a command that were refused before it ran.") { $0.figures.commands.map { ($0.name, $0.rejected) } },
        .counters("commands_failed", by: "cmd", "Calls of a command that ran and answered with an error.") { $0.figures.commands.map { ($0.name, $0.failed) } },
        Metric(name: "commands_duration_seconds", kind: .counter, help: "Time that the calls of a command took.") { $0.figures.commands.map { Metric.Point(labels: [Metric.Label("cmd", $0.name)], value: .number($0.seconds)) } },
        Metric(name: "command_duration_seconds", kind: .histogram, help: "How long calls of a command took, where latency-tracking is on.") { $0.figures.commands.compactMap(histogram) },
        .gauge("slowlog_length", "Commands in the slow log.") { $0.figures.slowLogLength },
        .counter("slow_commands", "Commands that the slow log took up.") { $0.figures.statistics.slowCommands },
        .time("slow_commands_duration_seconds", "Time that those commands took.") { Double($0.figures.statistics.slowMicroseconds) / 1_000_000 },
    ]

    static let persistence: [Metric] = [
        .gauge("rdb_changes_since_last_save", "Changes that are in no snapshot.") { $0.figures.changesSinceSave },
        .gauge("rdb_last_save_timestamp_seconds", "When the last snapshot was written, in seconds since 1970.") { Int($0.figures.saving.lastSave) },
        .flag("rdb_last_save_ok", "Whether the last snapshot succeeded.") { $0.figures.saving.didLastSucceed },
        .optional("rdb_last_save_duration_seconds", "How long the last snapshot took.") { $0.figures.saving.lastDuration < 0 ? nil : Int($0.figures.saving.lastDuration) },
        .flag("rdb_save_in_progress", "Whether a snapshot is being written.") { $0.figures.saving.isSaving },
        .counter("rdb_saves", "Snapshots written.") { $0.figures.saving.saves },
        .flag("aof_enabled", "Whether the append-only file is on.") { $0.figures.log.isOn },
        .flag("aof_rewrite_in_progress", "Whether a base of the append-only file is being written.") { $0.figures.log.isRewriting },
        .counter("aof_rewrites", "Bases of the append-only file written.") { $0.figures.log.rewrites },
        .flag("aof_last_rewrite_ok", "Whether the last base succeeded.") { $0.figures.log.consecutiveFailures == 0 },
        .flag("aof_last_write_ok", "Whether the last write to the append-only file succeeded.") { $0.figures.log.isWriteFine },
        .optional("aof_size_bytes", "Size of the append-only file.") { $0.figures.log.isOn ? $0.figures.log.size : nil },
        .optional("aof_base_size_bytes", "Size of the append-only file's base.") { $0.figures.log.isOn ? $0.figures.log.baseSize : nil },
        .counter("aof_delayed_fsyncs", "Writes that have waited too long for an fsync.") { $0.figures.log.delayedSynchronizations },
        .optional("loading_total_bytes", "Bytes to be loaded.") { $0.figures.loading?.totalBytes },
        .optional("loading_loaded_bytes", "Bytes that were loaded.") { $0.figures.loading?.loadedBytes },
    ]

    static let replication: [Metric] = [
        .gauge("replication_offset_bytes", "Offset of the history that the node has.") { Int($0.figures.journalOffset) },
        .gauge("connected_replicas", "Replicas of the node.") { $0.figures.replication.replicas.count },
        .gauges("replica_offset_bytes", by: "replica", "Offset up to which a replica has acknowledged.") { replicas($0, replicaOffset) },
        .gauges("replica_lag_bytes", by: "replica", "How much a replica has not acknowledged yet.") { replicas($0, replicaLag) },
        .gauges("replica_lag_seconds", by: "replica", "Seconds since a replica has acknowledged anything.") { replicas($0) { Int($1.lag) } },
        .gauges("replica_online", by: "replica", "Whether a replica is sent the stream.") { replicas($0) { $1.state == "online" ? 1 : 0 } },
        .optional("primary_link_up", "On a replica, whether the primary's stream flows.") { $0.figures.replication.primary.map { $0.isUp ? 1 : 0 } },
        .optional("primary_link_down_seconds", "On a replica, for how long the stream has not flown.") { $0.figures.replication.primary.map { $0.isUp ? 0 : Int($0.downSeconds) } },
        .optional("primary_last_io_seconds", "On a replica, seconds since something came from the primary; -1 without a link.") { $0.figures.replication.primary.map { Int($0.silence) } },
        .optional("primary_sync_in_progress", "On a replica, whether a full synchronisation is under way.") { $0.figures.replication.primary.map { $0.isSynchronizing ? 1 : 0 } },
        .optional("primary_received_offset_bytes", "On a replica, the offset up to which the stream has come.") { $0.figures.replication.primary.map { Int($0.readOffset) } },
        .counter("replication_received_bytes", "Bytes that came from primaries.") { $0.figures.replication.receivedBytes },
        .counter("replication_sent_bytes", "Bytes sent to replicas.") { $0.figures.replication.sentBytes },
        .counters("replication_syncs", by: "kind", "Synchronisations with replicas.") { syncs($0.figures.replication) },
        .optional("replication_backlog_history_bytes", "Bytes of history in the backlog.") { $0.figures.replication.backlog?.length },
        .optional("replication_backlog_first_offset_bytes", "Offset of the first byte in the backlog.") { $0.figures.replication.backlog.map { Int($0.firstOffset) } },
    ]

    static let loop: [Metric] = [
        .counter("loop_turns", "Turns of the node's loop.") { $0.figures.statistics.eventLoopCycles },
        .time("loop_busy_seconds", "Time in turns of the loop, waiting left out.") { $0.figures.loopSeconds },
        .time("loop_commands_seconds", "Time in commands.") { $0.figures.commandSeconds },
        .time("loop_timers_seconds", "Time in timers.") { $0.figures.timerSeconds },
        .fraction("loop_longest_turn_seconds", "The longest turn of the loop.") { $0.figures.longestTurnSeconds },
        Metric(name: "node_cpu_seconds", kind: .counter, help: "CPU time of the node's thread.") { [("system", $0.figures.threadSystemSeconds), ("user", $0.figures.threadUserSeconds)].map { Metric.Point(labels: [Metric.Label("mode", $0.0)], value: .number($0.1)) } },
    ]

    private static func description(_ node: NodeObservation) -> [Metric.Label] {
        let health = node.figures.health
        return [
            Metric.Label("role", health.isReplica ? "replica" : "primary"),
            Metric.Label("mode", health.isClusterUp == nil ? "standalone" : "cluster"),
            Metric.Label("maxmemory_policy", node.figures.memory.policy), Metric.Label("run_id", node.figures.runID),
        ] + (node.cluster.map { [Metric.Label("node_id", $0.me.text)] } ?? [])
    }

    private static func denials(_ statistics: NodeStatistics) -> [(String, Int)] {
        [
            ("auth", statistics.deniedLogins), ("command", statistics.deniedCommands), ("key", statistics.deniedKeys),
            ("channel", statistics.deniedChannels), ("tls-cert", statistics.deniedCertificates),
        ]
    }

    private static func histogram(_ command: CommandFigures) -> Metric.Point? {
        guard let latency = command.latency, latency.total > 0 else { return nil }
        let bounds = NodeFigures.latencyBounds.map { Double($0) / 1_000_000 }
        // Where not all calls were timed, the sum is that of those that were, as far as it is known.
        let share = command.calls > latency.total ? Double(latency.total) / Double(command.calls) : 1
        return Metric.Point(
            labels: [Metric.Label("cmd", command.name)],
            value: .histogram(
                upTo: zip(bounds, latency.upTo).map { ($0, $1) }, count: latency.total, sum: command.seconds * share))
    }

    private static func replicas(
        _ node: NodeObservation, _ value: (NodeObservation, ReplicaFigures) -> Int
    ) -> [(String, Int)] {
        var seen: Set<String> = []
        return node.figures.replication.replicas.compactMap { replica in
            let name = "\(replica.address):\(replica.port)"
            return seen.insert(name).inserted ? (name, value(node, replica)) : nil
        }
    }

    private static func replicaOffset(_ node: NodeObservation, _ replica: ReplicaFigures) -> Int { Int(replica.offset) }

    private static func replicaLag(_ node: NodeObservation, _ replica: ReplicaFigures) -> Int {
        max(0, Int(node.figures.journalOffset - replica.offset))
    }

    private static func syncs(_ figures: ReplicationFigures) -> [(String, Int)] {
        [
            ("full", figures.fullSyncs), ("partial", figures.partialSyncs), ("refused", figures.refusedPartialSyncs),
            ("resumed", figures.resumedSyncs),
        ]
    }
}

extension NodeFigures {
    /// The loading under way.
    var loading: LoadingFigures? { saving.loading ?? log.loading ?? replication.primary?.loading }
}
