import Primitives
import RESP
import Settings
import Testing

@testable import Commands

/// Every field of INFO that Redis 7.2, Valkey up to 9.1 or Redis up to 8.10 know, and what its value looks like.
@Suite struct InformationFieldTests {
    /// What a value has to look like, and the fields that do.
    private static let shown: [(kind: Kind, fields: String)] = [
        (
            .count,
            """
            arch_bits process_id tcp_port server_time_usec uptime_in_seconds uptime_in_days hz configured_hz clients_hz \
            lru_clock io_threads_active connected_clients cluster_connections maxclients client_recent_max_input_buffer \
            client_recent_max_output_buffer blocked_clients tracking_clients pubsub_clients watching_clients \
            clients_in_timeout_table total_watched_keys total_blocking_keys total_blocking_keys_on_nokey \
            paused_timeout_milliseconds used_memory used_memory_rss used_memory_peak used_memory_peak_time \
            used_memory_overhead used_memory_startup used_memory_dataset allocator_allocated allocator_active \
            allocator_resident allocator_muzzy allocator_allocated_lua allocator_active_lua allocator_resident_lua \
            allocator_frag_bytes_lua tls_server_cert_expires_in_seconds \
            tls_client_cert_expires_in_seconds tls_ca_cert_expires_in_seconds total_system_memory used_memory_lua used_memory_vm_eval used_memory_scripts_eval \
            number_of_cached_scripts number_of_functions number_of_libraries used_memory_vm_functions \
            used_memory_vm_total used_memory_functions used_memory_scripts maxmemory allocator_frag_bytes \
            mem_not_counted_for_evict mem_replication_backlog mem_total_replication_buffers mem_clients_slaves \
            mem_clients_normal mem_replicas_repl_buffer mem_cluster_links mem_cluster_slot_import \
            mem_cluster_slot_export mem_cluster_slot_migration_output_buffer \
            mem_cluster_slot_migration_input_buffer mem_cluster_slot_migration_input_buffer_peak mem_aof_buffer \
            mem_overhead_db_hashtable_rehashing active_defrag_running lazyfree_pending_objects lazyfreed_objects \
            current_cow_peak current_cow_size current_cow_size_age current_save_keys_processed \
            current_save_keys_total rdb_changes_since_last_save rdb_last_save_time rdb_saves rdb_last_cow_size \
            rdb_last_load_keys_expired rdb_last_load_keys_loaded aof_rewrites aof_rewrites_consecutive_failures \
            aof_last_cow_size module_fork_last_cow_size total_connections_received total_commands_processed \
            instantaneous_ops_per_sec total_net_input_bytes total_net_output_bytes total_net_repl_input_bytes \
            total_net_repl_output_bytes total_net_cluster_slot_import_bytes total_net_cluster_slot_export_bytes \
            rejected_connections sync_full sync_partial_ok sync_partial_err expired_keys expired_subkeys expired_fields \
            expired_time_cap_reached_count expire_cycle_cpu_milliseconds evicted_keys evicted_clients evicted_scripts \
            total_eviction_exceeded_time current_eviction_exceeded_time keyspace_hits keyspace_misses pubsub_channels \
            pubsub_patterns pubsubshard_channels latest_fork_usec total_forks migrate_cached_sockets \
            slave_expires_tracked_keys active_defrag_hits active_defrag_misses active_defrag_key_hits \
            active_defrag_key_misses total_active_defrag_time current_active_defrag_time tracking_total_keys \
            tracking_total_items tracking_total_prefixes unexpected_error_replies total_error_replies \
            dump_payload_sanitizations total_reads_processed total_writes_processed io_threaded_reads_processed \
            io_threaded_writes_processed io_threaded_freed_objects io_threaded_accept_processed \
            io_threaded_poll_processed io_threaded_total_prefetch_batches io_threaded_total_prefetch_entries \
            client_query_buffer_limit_disconnections client_output_buffer_limit_disconnections reply_buffer_shrinks \
            reply_buffer_expands eventloop_cycles eventloop_duration_sum eventloop_duration_cmd_sum \
            instantaneous_eventloop_cycles_per_sec instantaneous_eventloop_duration_usec acl_access_denied_auth \
            acl_access_denied_cmd acl_access_denied_key acl_access_denied_channel acl_access_denied_db \
            acl_access_denied_tls_cert slowlog_commands_count total_client_processing_events \
            eventloop_cycles_with_clients_processing commands_per_parse_batch_sum commands_per_parse_batch_cnt \
            connected_slaves replicas_waiting_psync master_repl_offset repl_backlog_size \
            repl_backlog_first_byte_offset repl_backlog_histlen eventloop_duration_aof_sum \
            eventloop_duration_cron_sum eventloop_duration_max eventloop_cmd_per_cycle_max tracking_active cpu_time \
            expired_keys_with_volatile_items_stale_perc
            """
        ),
        (
            .integer,
            """
            allocator_rss_bytes rss_overhead_bytes mem_fragmentation_bytes rdb_last_bgsave_time_sec \
            rdb_current_bgsave_time_sec aof_last_rewrite_time_sec aof_current_rewrite_time_sec second_repl_offset
            """
        ),
        (
            .decimal,
            """
            allocator_frag_ratio allocator_rss_ratio rss_overhead_ratio mem_fragmentation_ratio current_fork_perc \
            instantaneous_input_kbps instantaneous_output_kbps instantaneous_input_repl_kbps \
            instantaneous_output_repl_kbps expired_stale_perc slowlog_commands_time_ms_sum \
            slowlog_commands_time_ms_max commands_per_parse_batch_avg used_cpu_sys used_cpu_user \
            used_cpu_sys_children used_cpu_user_children used_cpu_sys_main_thread used_cpu_user_main_thread \
            used_active_time_main_thread
            """
        ),
        (.percent, "used_memory_peak_perc used_memory_dataset_perc"),
        (
            .size,
            """
            used_memory_human used_memory_rss_human used_memory_peak_human total_system_memory_human \
            used_memory_lua_human used_memory_vm_total_human used_memory_scripts_human maxmemory_human
            """
        ),
        (
            .flag,
            """
            loading async_loading rdb_bgsave_in_progress aof_enabled aof_rewrite_in_progress aof_rewrite_scheduled \
            module_fork_in_progress slot_migration_fork_in_progress repl_backlog_active cluster_enabled
            """
        ),
        (.status, "rdb_last_bgsave_status aof_last_bgrewrite_status aof_last_write_status"),
        (.identity, "run_id master_replid master_replid2"),
        (
            .text,
            """
            redis_version server_name redis_git_sha1 redis_git_dirty redis_build_id redis_mode server_mode os \
            monotonic_clock multiplexing_api gcc_version atomicvar_api process_supervised paused_reason paused_actions \
            mem_allocator maxmemory_policy role master_failover_state tls_server_cert_serial \
            tls_server_cert_expire_time tls_client_cert_serial tls_client_cert_expire_time tls_ca_cert_serial \
            tls_ca_cert_expire_time
            """
        ),
        (.anything, "executable config_file availability_zone"),
    ]

    /// Fields that may stand there several times, by how their names begin.
    private static let repeated = """
        listener cmdstat_ errorstat_ latency_percentiles_usec_ db io_thread_
        """

    /// Fields that are not shown, and why.
    private static let absent: [(reason: String, fields: String)] = [
        ("this is no Valkey", "valkey_version valkey_release_stage"),
        ("there are no templates of hashes", "used_memory_hash_templates hash_templates hash_template_keys"),
        ("only while a shutdown waits", "shutdown_in_milliseconds"),
        (
            "only with an append-only file",
            "aof_current_size aof_base_size aof_pending_rewrite aof_buffer_length aof_pending_bio_fsync aof_delayed_fsync"
        ),
        (
            "only while data is loaded",
            """
            loading_start_time loading_total_bytes loading_rdb_used_mem loading_loaded_bytes loading_loaded_perc \
            loading_eta_seconds
            """
        ),
        (
            "only on replicas",
            """
            master_host master_port master_link_status master_last_io_seconds_ago master_sync_in_progress \
            slave_read_repl_offset slave_repl_offset replicas_repl_buffer_size replicas_repl_buffer_peak \
            master_sync_total_bytes master_sync_read_bytes master_sync_left_bytes master_sync_perc \
            master_sync_last_io_seconds_ago master_link_down_since_seconds slave_priority slave_read_only \
            replica_announced master_current_sync_attempts master_total_sync_attempts master_link_up_since_seconds \
            total_disconnect_time_sec replica_full_sync_buffer_size replica_full_sync_buffer_peak
            """
        ),
        ("only with replicas", "slave0 min_slaves_good_slaves"),
        ("there are no modules", "module"),
        ("a node is one thread", "used_active_time_io_thread_1"),
        ("only with cluster-compatibility-sample-ratio", "cluster_incompatible_ops"),
    ]

    enum Kind {
        case count, integer, decimal, percent, size, flag, status, identity, text, anything

        func admits(_ value: Substring) -> Bool {
            switch self {
            case .count: Int(value).map { $0 >= 0 } ?? false
            case .integer: Int(value) != nil
            case .decimal: value.contains(".") && (Double(value).map { $0 >= 0 } ?? false)
            case .percent: value.last == "%" && Kind.decimal.admits(value.dropLast())
            case .size: "BKMGTPE".contains(value.last ?? " ") && Double(value.dropLast()) != nil
            case .flag: value == "0" || value == "1"
            case .status: value == "ok" || value == "err"
            case .identity: value.utf8.count == 40 && value.allSatisfy(\.isHexDigit)
            case .text: !value.isEmpty
            case .anything: true
            }
        }
    }

    private static let sections = ["everything", "debug", "tls", "threads", "hotkeys", "keysizes"]

    /// A node of which there is much to tell.
    private func busyNode() -> TestNode {
        let node = TestNode()
        node.node.identity.listeners = ["name=tcp,bind=127.0.0.1,port=6379"]
        node.run("CONFIG", "SET", "slowlog-log-slower-than", "0")
        for line in [["SET", "k", "v", "EX", "100"], ["RPUSH", "l", "a", "b"], ["GET"], ["HSET", "h", "f", "v"]] {
            node.run(line)
        }
        node.run("HOTKEYS", "START", "METRICS", "1", "NET")
        node.advance(milliseconds: 200)
        node.run("PING")
        node.advance(milliseconds: 200)
        return node
    }

    private func lines(_ node: TestNode) -> [(name: Substring, value: Substring)] {
        guard case .bulk(let bytes) = node.run(["INFO"] + Self.sections) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").filter { !$0.hasPrefix("#") }.map {
            line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (line[..<colon], line[colon...].dropFirst())
        }
    }

    @Test func everyKnownFieldHasAValueOfItsKind() {
        let lines = lines(busyNode())
        for (kind, fields) in Self.shown {
            for name in fields.split(separator: " ") {
                let values = lines.filter { $0.name == name }.map(\.value)
                #expect(!values.isEmpty, "\(name) is missing")
                #expect(values.allSatisfy(kind.admits), "\(name):\(values) is no \(kind)")
            }
        }
    }

    @Test func everyRepeatedFieldIsThere() {
        let lines = lines(busyNode())
        for prefix in Self.repeated.split(separator: " ") {
            #expect(lines.contains { $0.name.hasPrefix(prefix) }, "no field begins with \(prefix)")
        }
    }

    @Test func whatHasNoMeaningIsNotShown() {
        let names = Set(lines(busyNode()).map(\.name))
        for (reason, fields) in Self.absent {
            for name in fields.split(separator: " ") { #expect(!names.contains(name), "\(name), though \(reason)") }
        }
    }

    @Test func theFieldsOfTheListAreAllThatThereAre() {
        let own: Set<Substring> = [
            "apus_version", "core", "cores", "apus_current_save_bytes", "apus_snapshot_longest_slice_usec",
            "apus_snapshot_longest_wait_usec", "apus_sync_resumed",
        ]
        let known = Set(Self.shown.flatMap { $0.fields.split(separator: " ") })
        let prefixes = Self.repeated.split(separator: " ")
        let rest = lines(busyNode()).map(\.name).filter { name in
            !known.contains(name) && !own.contains(name) && !prefixes.contains { name.hasPrefix($0) }
        }
        #expect(rest.isEmpty, "\(rest)")
    }

    @Test func figuresOfMemoryFitTogether() {
        let node = busyNode()
        node.environment.residentBytes = 64 << 20
        let values = Dictionary(lines(node).compactMap { line in Int(line.value).map { (line.name, $0) } }) {
            first, _ in first
        }
        func value(_ name: Substring) -> Int { values[name] ?? -1 }
        #expect(value("used_memory_dataset") == value("used_memory") - value("used_memory_overhead"))
        #expect(
            value("used_memory") >= value("used_memory_startup") && value("used_memory_peak") >= value("used_memory"))
        #expect(value("allocator_allocated") >= value("used_memory"))
        #expect(value("allocator_frag_bytes") == value("allocator_active") - value("allocator_allocated"))
        #expect(value("allocator_rss_bytes") == value("allocator_resident") - value("allocator_active"))
        #expect(value("rss_overhead_bytes") == value("used_memory_rss") - value("allocator_resident"))
        #expect(value("mem_fragmentation_bytes") == value("used_memory_rss") - value("used_memory"))
    }

    @Test func sizesOfKeysAreCountedUpToPowersOfTwo() {
        let node = TestNode()
        for (key, size) in [("a", 1), ("b", 3), ("c", 1500), ("d", 2047)] {
            node.run("SET", key, String(repeating: "x", count: size))
        }
        node.run("RPUSH", "l", "1", "2", "3", "4")
        node.run("APPEND", "empty", "")
        node.run("XADD", "s", "1-1", "f", "v")
        guard case .bulk(let bytes) = node.run("INFO", "keysizes") else { return #expect(Bool(false)) }
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "# Keysizes\r\ndb0_distrib_strings_sizes:0=1,1=1,2=1,1K=2\r\ndb0_distrib_lists_items:4=1\r\n")
        node.run("CONFIG", "SET", "key-memory-histograms", "yes")
        guard case .bulk(let more) = node.run("INFO", "keysizes") else { return #expect(Bool(false)) }
        #expect(String(decoding: more, as: UTF8.self).contains("\r\ndb0_distrib_lists_sizes:"))
    }

    @Test func slowCommandsAreCountedAtTheirCommands() {
        let node = TestNode()
        node.run("SET", "k", "v")
        node.run("CONFIG", "SET", "slowlog-log-slower-than", "0")
        node.run("GET", "k")
        node.run("GET", "k")
        #expect(node.field("cmdstat_set")?.contains("slowlog") == false)
        #expect(
            node.field("cmdstat_get")?.hasSuffix(
                ",slowlog_count=2,slowlog_time_ms_sum=0.00,slowlog_time_ms_max=0.00") == true)
    }

    @Test func hashesWithFieldsThatExpireAreCounted() {
        let node = TestNode()
        node.run("HSET", "h", "a", "1")
        node.run("HPEXPIRE", "h", "100000", "FIELDS", "1", "a")
        #expect(node.field("db0")?.hasSuffix(",subexpiry=1,keys_with_volatile_items=1") == true)
    }
}
