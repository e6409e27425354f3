extension Survey {
    /// What is known of snapshots and of loading.
    var saving: SavingFigures {
        guard let saving = node.saving else {
            var figures = SavingFigures()
            figures.lastSave = node.lastSaveSeconds
            return figures
        }
        return saving.figures
    }

    /// The walk under way, for a snapshot or a base of the log.
    var walk: WalkFigures? { saving.walk ?? log.walk }
}

extension LoadingFigures {
    /// The lines of INFO that stand there while data is loaded.
    var lines: [(name: String, value: String)] {
        [
            ("loading_start_time", "\(startedAt)"), ("loading_total_bytes", "\(totalBytes)"),
            ("loading_rdb_used_mem", "\(usedMemory)"), ("loading_loaded_bytes", "\(loadedBytes)"),
            ("loading_loaded_perc", Survey.decimal(share, 2)), ("loading_eta_seconds", "\(remainingSeconds)"),
        ]
    }
}
