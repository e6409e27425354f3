import Settings

// The table of INFO: a line for each field, the only place that names it. The order is the reference's; what that does
// not have stands beside what it belongs to.

extension InformationSection {
    static let all: [InformationSection] = [
        InformationSection(title: "Server", fields: server),
        InformationSection(title: "Clients", fields: clients),
        InformationSection(title: "Memory", fields: memory),
        InformationSection(title: "Persistence", fields: persistence),
        InformationSection(title: "Stats", fields: statistics),
        InformationSection(title: "Replication", fields: replication),
        InformationSection(title: "CPU", fields: processor),
        InformationSection(title: "Modules", alias: "module_list", fields: []),
        InformationSection(title: "Commandstats", standing: .extra, fields: commands),
        InformationSection(title: "Errorstats", fields: errors),
        InformationSection(title: "Latencystats", standing: .extra, fields: latencies),
        InformationSection(title: "Cluster", fields: cluster),
        InformationSection(title: "Keyspace", fields: keyspace),
        InformationSection(title: "Keysizes", standing: .onRequest, fields: sizes),
        InformationSection(title: "Threads", standing: .onRequest, fields: threads),
        InformationSection(title: "TLS", standing: .onRequest, fields: security),
        InformationSection(title: "Hotkeys", standing: .onRequest, fields: hotKeys),
        InformationSection(title: "Debug", standing: .onRequest, fields: debug),
    ]

    private static let server: [InformationField] = [
        .fixed("redis_version", Release.reference),
        .fixed("server_name", "apus"),
        .fixed("apus_version", Release.apus),
        .fixed("redis_git_sha1", "00000000"),
        .fixed("redis_git_dirty", "0"),
        .fixed("redis_build_id", "0"),
        .text("redis_mode") { $0.node.mode },
        .text("server_mode") { $0.node.mode },
        .text("os") { $0.node.identity.operatingSystem },
        .number("arch_bits") { _ in Int.bitWidth },
        .fixed("monotonic_clock", "POSIX clock_gettime"),
        .fixed("multiplexing_api", "epoll"),
        .fixed("atomicvar_api", "none"),
        .fixed("gcc_version", "0.0.0"),
        .number("process_id") { Int($0.node.identity.processID) },
        .fixed("process_supervised", "no"),
        .text("run_id") { $0.node.runID },
        .number("core") { $0.node.identity.core },
        .number("cores") { $0.node.identity.cores },
        .number("tcp_port") { $0.node.identity.port },
        .number("server_time_usec") { Int($0.node.clock.wallMicroseconds) },
        .number("uptime_in_seconds") { Int($0.uptimeSeconds) },
        .number("uptime_in_days") { Int($0.uptimeSeconds) / 86_400 },
        .number("hz") { $0.settings.hz },
        .number("configured_hz") { $0.settings.hz },
        .number("clients_hz") { $0.settings.hz },
        .number("lru_clock") { Int($0.keyspace.now / 1000) & 0xFF_FFFF },
        .text("executable") { $0.node.identity.executable },
        .text("config_file") { $0.node.identity.configurationFile },
        .zero("io_threads_active"),
        .text("availability_zone") { $0.settings.availabilityZone },
        .several("listener<N>") { survey in
            survey.node.identity.listeners.enumerated().map { ("listener\($0.offset)", $0.element) }
        },
    ]

    private static let clients: [InformationField] = [
        .number("connected_clients") { $0.node.sessions.count - $0.replicaSessions.count },
        .number("cluster_connections") { $0.node.cluster?.figures.connections ?? 0 },
        .number("maxclients") { $0.settings.maxclients },
        .number("client_recent_max_input_buffer") { $0.longest(\.inputCapacity) },
        .number("client_recent_max_output_buffer") { $0.longest(\.outputCapacity) },
        .number("blocked_clients") { $0.node.waiters.count },
        .number("tracking_clients") { $0.node.trackers.sessions.count },
        .number("pubsub_clients") { $0.node.sessions.values.count { $0.attention.contains(.subscribed) } },
        .number("watching_clients") { $0.keyspace.watches.tokenCount },
        .number("clients_in_timeout_table") { $0.node.waiters.deadlines.count },
        .number("total_watched_keys") { $0.keyspace.watches.keyCount },
        .number("total_blocking_keys") { $0.node.waiters.keyCount },
        .number("total_blocking_keys_on_nokey") { $0.node.waiters.removalKeyCount },
        .text("paused_reason") { $0.node.pauseReason },
        .text("paused_actions") { $0.pausedActions },
        .number("paused_timeout_milliseconds") { $0.pauseMilliseconds },
    ]

    private static let memory: [InformationField] = [
        .memory("used_memory") { $0.usedBytes },
        .memory("used_memory_rss") { $0.residentBytes },
        .memory("used_memory_peak") { $0.peakBytes },
        .number("used_memory_peak_time") { $0.peakSeconds },
        .text("used_memory_peak_perc") { Survey.percent($0.usedBytes, of: $0.peakBytes) },
        .number("used_memory_overhead") { $0.overheadBytes },
        .number("used_memory_startup") { $0.node.memory.startupBytes },
        .number("used_memory_dataset") { $0.datasetBytes },
        .text("used_memory_dataset_perc") {
            Survey.percent($0.datasetBytes, of: $0.usedBytes - $0.node.memory.startupBytes)
        },
        .number("allocator_allocated") { $0.allocatedBytes },
        .number("allocator_active") { $0.activeBytes },
        .number("allocator_resident") { $0.processMemory.anonymous },
        .zero("allocator_muzzy"),
        .zero("allocator_allocated_lua"),
        .zero("allocator_active_lua"),
        .zero("allocator_resident_lua"),
        .zero("allocator_frag_bytes_lua"),
        .memory("total_system_memory") { $0.node.identity.totalSystemMemory },
        .number("used_memory_lua") { $0.scripts.interpreterBytes },
        .zero("used_memory_vm_eval"),
        .text("used_memory_lua_human") { Survey.human($0.scripts.interpreterBytes) },
        .number("used_memory_scripts_eval") { $0.scripts.scriptBytes },
        .number("number_of_cached_scripts") { $0.scripts.cachedScripts },
        .number("number_of_functions") { $0.scripts.functions },
        .number("number_of_libraries") { $0.scripts.libraries },
        .zero("used_memory_vm_functions"),
        .memory("used_memory_vm_total") { _ in 0 },
        .number("used_memory_functions") { $0.scripts.libraryBytes },
        .memory("used_memory_scripts") { $0.scripts.scriptBytes + $0.scripts.libraryBytes },
        .memory("maxmemory") { $0.settings.maxmemory },
        .text("maxmemory_policy") { $0.settings.maxmemoryPolicy.rawValue },
        .text("allocator_frag_ratio") { Survey.ratio($0.activeBytes, to: $0.allocatedBytes) },
        .number("allocator_frag_bytes") { $0.activeBytes - $0.allocatedBytes },
        .text("allocator_rss_ratio") { Survey.ratio($0.processMemory.anonymous, to: $0.activeBytes) },
        .number("allocator_rss_bytes") { $0.processMemory.anonymous - $0.activeBytes },
        .text("rss_overhead_ratio") { Survey.ratio($0.residentBytes, to: $0.processMemory.anonymous) },
        .number("rss_overhead_bytes") { $0.residentBytes - $0.processMemory.anonymous },
        .text("mem_fragmentation_ratio") { Survey.ratio($0.residentBytes, to: $0.usedBytes) },
        .number("mem_fragmentation_bytes") { $0.residentBytes - $0.usedBytes },
        .number("mem_not_counted_for_evict") { $0.node.uncountedBytes },
        .number("mem_replication_backlog") { $0.replication.backlog?.memory ?? 0 },
        .number("mem_total_replication_buffers") { $0.replication.bufferBytes },
        .number("mem_clients_slaves") { $0.replicaBytes },
        .number("mem_clients_normal") { $0.clientBytes - $0.replicaBytes },
        .zero("mem_replicas_repl_buffer"),
        .number("mem_cluster_links") { $0.node.cluster?.figures.linkBytes ?? 0 },
        .zero("mem_cluster_slot_import"),
        .number("mem_cluster_slot_export") { $0.node.movingSlots?.outputBytes ?? 0 },
        .number("mem_cluster_slot_migration_output_buffer") { $0.node.movingSlots?.outputBytes ?? 0 },
        .zero("mem_cluster_slot_migration_input_buffer"),
        .zero("mem_cluster_slot_migration_input_buffer_peak"),
        .number("mem_aof_buffer") { $0.log.pendingBytes },
        .fixed("mem_allocator", "libc"),
        .zero("mem_overhead_db_hashtable_rehashing"),
        .zero("active_defrag_running"),
        .number("lazyfree_pending_objects") { $0.node.environment.pendingDisposals },
        .number("lazyfreed_objects") { $0.keyspace.statistics.lazilyFreed },
    ]

    private static let persistence: [InformationField] =
        [
            .number("loading") { $0.loading == nil || $0.node.isLoadingBeside ? 0 : 1 },
            .number("async_loading") { $0.node.isLoadingBeside ? 1 : 0 },
            .number("current_cow_peak") { $0.walk?.peak ?? 0 },
            .number("current_cow_size") { $0.walk?.bytesUnderWay ?? 0 },
            .zero("current_cow_size_age"),
            .text("current_fork_perc") { Survey.decimal($0.walk?.share ?? 0, 2) },
            .number("current_save_keys_processed") { $0.walk?.savedKeys ?? 0 },
            .number("current_save_keys_total") { $0.walk?.keysToSave ?? 0 },
            .number("apus_current_save_bytes") { $0.walk?.savedBytes ?? 0 },
            .number("apus_snapshot_longest_slice_usec") { $0.statistics.longestSnapshotSlice },
            .number("apus_snapshot_longest_wait_usec") { $0.statistics.longestSnapshotWait },
            .number("rdb_changes_since_last_save") { $0.keyspace.changesSinceSave },
            .number("rdb_bgsave_in_progress") { $0.saving.isSaving ? 1 : 0 },
            .number("rdb_last_save_time") { Int($0.node.lastSaveSeconds) },
            .text("rdb_last_bgsave_status") { $0.saving.didLastSucceed ? "ok" : "err" },
            .number("rdb_last_bgsave_time_sec") { Int($0.saving.lastDuration) },
            .number("rdb_current_bgsave_time_sec") { Int($0.saving.currentDuration) },
            .number("rdb_saves") { $0.saving.saves },
            .number("rdb_last_cow_size") { $0.saving.lastPeak },
            .number("rdb_last_load_keys_expired") { $0.saving.expiredKeys },
            .number("rdb_last_load_keys_loaded") { $0.saving.loadedKeys },
            .number("aof_enabled") { $0.log.isOn ? 1 : 0 },
            .number("aof_rewrite_in_progress") { $0.log.isRewriting ? 1 : 0 },
            .number("aof_rewrite_scheduled") { $0.log.isScheduled ? 1 : 0 },
            .number("aof_last_rewrite_time_sec") { $0.log.lastRewriteSeconds },
            .number("aof_current_rewrite_time_sec") { $0.log.currentRewriteSeconds },
            .text("aof_last_bgrewrite_status") { $0.log.consecutiveFailures == 0 ? "ok" : "err" },
            .number("aof_rewrites") { $0.log.rewrites },
            .number("aof_rewrites_consecutive_failures") { $0.log.consecutiveFailures },
            .text("aof_last_write_status") { $0.log.isWriteFine ? "ok" : "err" },
            .number("aof_last_cow_size") { $0.log.lastPeak },
            .zero("module_fork_in_progress"),
            .zero("module_fork_last_cow_size"),
            .zero("slot_migration_fork_in_progress"),
            .several("loading_<what>") { $0.loading?.lines ?? [] },
        ] + appendOnly

    /// Shown only where the append-only file is on.
    private static let appendOnly: [InformationField] = [
        .ofLog("aof_current_size") { $0.size },
        .ofLog("aof_base_size") { $0.baseSize },
        .ofLog("aof_pending_rewrite") { $0.isScheduled ? 1 : 0 },
        .ofLog("aof_buffer_length") { $0.pendingBytes },
        .ofLog("aof_pending_bio_fsync") { $0.pendingSynchronizations },
        .ofLog("aof_delayed_fsync") { $0.delayedSynchronizations },
    ]

    private static let statistics: [InformationField] = [
        .number("total_connections_received") { $0.statistics.connectionsReceived },
        .number("total_commands_processed") { $0.statistics.commandsProcessed },
        .number("instantaneous_ops_per_sec") { Int($0.rates.commands) },
        .number("total_net_input_bytes") { $0.statistics.netInputBytes },
        .number("total_net_output_bytes") { $0.statistics.netOutputBytes },
        .number("total_net_repl_input_bytes") { $0.replication.receivedBytes },
        .number("total_net_repl_output_bytes") { $0.replication.sentBytes },
        .zero("total_net_cluster_slot_import_bytes"),
        .zero("total_net_cluster_slot_export_bytes"),
        .text("instantaneous_input_kbps") { Survey.decimal($0.rates.input / 1024, 2) },
        .text("instantaneous_output_kbps") { Survey.decimal($0.rates.output / 1024, 2) },
        .text("instantaneous_input_repl_kbps") { Survey.decimal($0.rates.replicationInput / 1024, 2) },
        .text("instantaneous_output_repl_kbps") { Survey.decimal($0.rates.replicationOutput / 1024, 2) },
        .number("rejected_connections") { $0.statistics.connectionsRejected },
        .number("sync_full") { $0.replication.fullSyncs },
        .number("sync_partial_ok") { $0.replication.partialSyncs },
        .number("sync_partial_err") { $0.replication.refusedPartialSyncs },
        .number("apus_sync_resumed") { $0.replication.resumedSyncs },
        .number("expired_keys") { $0.keyspace.statistics.expired },
        .number("expired_subkeys") { $0.keyspace.statistics.expiredFields },
        .number("expired_fields") { $0.keyspace.statistics.expiredFields },
        .zero("expired_keys_with_volatile_items_stale_perc"),
        .text("expired_stale_perc") { Survey.decimal($0.keyspace.statistics.stalePercent, 2) },
        .number("expired_time_cap_reached_count") { $0.keyspace.statistics.expireCyclesCutShort },
        .number("expire_cycle_cpu_milliseconds") { $0.keyspace.statistics.expireCycleMicroseconds / 1000 },
        .number("evicted_keys") { $0.keyspace.statistics.evicted },
        .number("evicted_clients") { $0.statistics.evictedClients },
        .number("evicted_scripts") { $0.scripts.evictedScripts },
        .number("total_eviction_exceeded_time") {
            Int($0.microseconds($0.statistics.exceededTicks)) / 1000 + $0.exceededMilliseconds
        },
        .number("current_eviction_exceeded_time") { $0.exceededMilliseconds },
        .number("keyspace_hits") { $0.keyspace.statistics.hits },
        .number("keyspace_misses") { $0.keyspace.statistics.misses },
        .number("pubsub_channels") { $0.node.subscriptions[.channel].count },
        .number("pubsub_patterns") { $0.node.subscriptions[.pattern].count },
        .number("pubsubshard_channels") { $0.node.subscriptions[.shardChannel].count },
        .zero("latest_fork_usec"),
        .zero("total_forks"),
        .number("migrate_cached_sockets") { $0.node.migrating?.cachedConnections ?? 0 },
        .zero("slave_expires_tracked_keys"),
        .zero("active_defrag_hits"),
        .zero("active_defrag_misses"),
        .zero("active_defrag_key_hits"),
        .zero("active_defrag_key_misses"),
        .zero("total_active_defrag_time"),
        .zero("current_active_defrag_time"),
        .number("tracking_total_keys") { $0.node.trackers.table.count },
        .number("tracking_total_items") { $0.node.trackers.table.itemCount },
        .number("tracking_total_prefixes") { $0.node.trackers.broadcasts.count },
        .zero("unexpected_error_replies"),
        .number("total_error_replies") { $0.statistics.errorReplies },
        .zero("dump_payload_sanitizations"),
        .number("total_reads_processed") { $0.statistics.readsProcessed },
        .number("total_writes_processed") { $0.statistics.writesProcessed },
        .zero("io_threaded_reads_processed"),
        .zero("io_threaded_writes_processed"),
        .zero("io_threaded_freed_objects"),
        .zero("io_threaded_accept_processed"),
        .zero("io_threaded_poll_processed"),
        .zero("io_threaded_total_prefetch_batches"),
        .zero("io_threaded_total_prefetch_entries"),
        .number("client_query_buffer_limit_disconnections") { $0.statistics.inputLimitDisconnections },
        .number("client_output_buffer_limit_disconnections") { $0.statistics.outputLimitDisconnections },
        .zero("reply_buffer_shrinks"),
        .zero("reply_buffer_expands"),
        .number("eventloop_cycles") { $0.statistics.eventLoopCycles },
        .number("eventloop_duration_sum") { $0.loopMicroseconds },
        .number("eventloop_duration_cmd_sum") { $0.commandMicroseconds },
        .number("instantaneous_eventloop_cycles_per_sec") { Int($0.rates.cycles) },
        .number("instantaneous_eventloop_duration_usec") { $0.meanLoopMicroseconds },
        .number("acl_access_denied_auth") { $0.statistics.deniedLogins },
        .number("acl_access_denied_cmd") { $0.statistics.deniedCommands },
        .number("acl_access_denied_key") { $0.statistics.deniedKeys },
        .number("acl_access_denied_channel") { $0.statistics.deniedChannels },
        .zero("acl_access_denied_db"),
        .number("acl_access_denied_tls_cert") { $0.statistics.deniedCertificates },
        .number("slowlog_commands_count") { $0.statistics.slowCommands },
        .text("slowlog_commands_time_ms_sum") { Survey.decimal(Double($0.statistics.slowMicroseconds) / 1000, 2) },
        .text("slowlog_commands_time_ms_max") { Survey.decimal(Double($0.statistics.slowestMicroseconds) / 1000, 2) },
        // What arrives in one read is parsed in one go.
        .number("total_client_processing_events") { $0.statistics.readsProcessed },
        .number("eventloop_cycles_with_clients_processing") { $0.statistics.eventLoopCyclesWithClients },
        .number("commands_per_parse_batch_sum") { $0.statistics.commandsProcessed },
        .number("commands_per_parse_batch_cnt") { $0.statistics.readsProcessed },
        .text("commands_per_parse_batch_avg") {
            Survey.ratio($0.statistics.commandsProcessed, to: $0.statistics.readsProcessed)
        },
    ]

    private static let replication: [InformationField] = [
        .text("role") { $0.node.isReplica ? "slave" : "master" },
        .several("<of a replica>") { $0.primaryLines },
        .number("connected_slaves") { $0.replication.replicas.count },
        .zero("replicas_waiting_psync"),
        .optional("min_slaves_good_slaves") { survey in
            survey.settings.wantsReplicas ? "\(survey.replication.goodReplicas)" : nil
        },
        .several("slave<N>") { $0.replicaLines },
        .text("master_failover_state") { $0.replication.failoverState },
        .text("master_replid") { $0.node.history.id },
        .text("master_replid2") { $0.node.history.secondID },
        .number("master_repl_offset") { Int($0.keyspace.journal.offset) },
        .number("second_repl_offset") { Int($0.node.history.secondOffset) },
        .number("repl_backlog_active") { $0.replication.backlog == nil ? 0 : 1 },
        .number("repl_backlog_size") { $0.settings.replBacklogSize },
        .number("repl_backlog_first_byte_offset") { Int($0.replication.backlog?.firstOffset ?? 0) },
        .number("repl_backlog_histlen") { $0.replication.backlog?.length ?? 0 },
    ]

    private static let processor: [InformationField] = [
        .text("used_cpu_sys") { Survey.decimal($0.cpuSeconds.system, 6) },
        .text("used_cpu_user") { Survey.decimal($0.cpuSeconds.user, 6) },
        .fixed("used_cpu_sys_children", "0.000000"),
        .fixed("used_cpu_user_children", "0.000000"),
        .text("used_cpu_sys_main_thread") { Survey.decimal($0.threadCPUSeconds.system, 6) },
        .text("used_cpu_user_main_thread") { Survey.decimal($0.threadCPUSeconds.user, 6) },
        .text("used_active_time_main_thread") { Survey.decimal(Double($0.loopMicroseconds) / 1_000_000, 6) },
    ]

    private static let commands: [InformationField] = [.several("cmdstat_<command>") { $0.commandLines }]
    private static let errors: [InformationField] = [.several("errorstat_<code>") { $0.errorLines }]
    private static let latencies: [InformationField] = [
        .several("latency_percentiles_usec_<command>") { $0.latencyLines }
    ]
    private static let cluster: [InformationField] = [.number("cluster_enabled") { $0.node.isClustered ? 1 : 0 }]
    private static let keyspace: [InformationField] = [.several("db<N>") { $0.databaseLines }]

    private static let sizes: [InformationField] = [.several("db<N>_distrib_<type>") { $0.sizeLines }]

    private static let security =
        certificate("server", \.serverCertificate) + certificate("client", \.clientCertificate)
        + certificate("ca", \.authorityCertificate)

    private static func certificate(
        _ name: String, _ path: any KeyPath<ProcessIdentity, CertificateIdentity?> & Sendable
    ) -> [InformationField] {
        [
            .text("tls_\(name)_cert_serial") { $0.node.identity[keyPath: path]?.serial ?? "none" },
            .number("tls_\(name)_cert_expires_in_seconds") { survey in
                survey.node.identity[keyPath: path].map { max(0, $0.expiry - Int(survey.keyspace.now / 1000)) } ?? 0
            },
            .text("tls_\(name)_cert_expire_time") { $0.node.identity[keyPath: path]?.expiryText ?? "none" },
        ]
    }

    private static let threads: [InformationField] = [
        .several("io_thread_<N>") { survey in
            let (reads, writes) = (survey.statistics.readsProcessed, survey.statistics.writesProcessed)
            return [("io_thread_0", "clients=\(survey.node.sessions.count),reads=\(reads),writes=\(writes)")]
        }
    ]

    private static let hotKeys: [InformationField] = [
        .number("tracking_active") { $0.node.hotKeys?.isActive == true ? 1 : 0 },
        .number("used_memory") { $0.node.hotKeys?.byteCount ?? 0 },
        .number("cpu_time") { Int($0.microseconds($0.node.hotKeys?.ownTicks ?? 0)) / 1000 },
    ]

    private static let debug: [InformationField] = [
        .zero("eventloop_duration_aof_sum"),
        .number("eventloop_duration_cron_sum") { Int($0.microseconds($0.statistics.timerTicks)) },
        .number("eventloop_duration_max") { Int($0.microseconds($0.statistics.longestLoopTicks)) },
        .number("eventloop_cmd_per_cycle_max") { $0.statistics.mostCommandsInCycle },
    ]
}
