import Settings

// What INFO replication says of a replica's primary, in the reference's order.

extension Survey {
    /// The fields that only a replica has, in front of those that all have.
    var primaryLines: [(name: String, value: String)] {
        guard let primary = replication.primary else { return [] }
        var lines = [
            ("master_host", primary.host), ("master_port", "\(primary.port)"),
            ("master_link_status", primary.isUp ? "up" : "down"),
            ("master_last_io_seconds_ago", "\(primary.silence)"),
            ("master_sync_in_progress", primary.isSynchronizing ? "1" : "0"),
            ("slave_read_repl_offset", "\(primary.readOffset)"), ("slave_repl_offset", "\(primary.offset)"),
            ("replicas_repl_buffer_size", "0"), ("replicas_repl_buffer_peak", "0"),
            ("replica_full_sync_buffer_size", "0"), ("replica_full_sync_buffer_peak", "0"),
        ]
        if primary.isSynchronizing { lines += transferLines(primary) }
        if !primary.isUp { lines.append(("master_link_down_since_seconds", "\(primary.downSeconds)")) }
        lines += linkLines(primary)
        return lines + [
            ("slave_priority", "\(settings.replicaPriority)"),
            ("slave_read_only", settings.replicaReadOnly ? "1" : "0"),
            ("replica_announced", settings.replicaAnnounced ? "1" : "0"),
        ]
    }

    private func transferLines(_ primary: PrimaryFigures) -> [(String, String)] {
        let total = primary.transferTotal ?? 0
        let share = total == 0 ? 0 : Double(primary.transferred) * 100 / Double(total)
        let known = total == 0 ? [] : [("master_sync_perc", Survey.decimal(share, 2))]
        return [
            ("master_sync_total_bytes", "\(total)"), ("master_sync_read_bytes", "\(primary.transferred)"),
            ("master_sync_left_bytes", "\(total - primary.transferred)"),
        ] + known + [("master_sync_last_io_seconds_ago", "\(primary.transferSilence)")]
    }

    private func linkLines(_ primary: PrimaryFigures) -> [(String, String)] {
        var lines = [
            ("master_current_sync_attempts", "\(primary.attempts)"),
            ("master_total_sync_attempts", "\(primary.totalAttempts)"),
        ]
        if primary.isUp { lines.append(("master_link_up_since_seconds", "\(primary.upSeconds)")) }
        return lines + [("total_disconnect_time_sec", "\(primary.totalDownSeconds)")]
    }
}
