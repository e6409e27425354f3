/// What replication costs.
extension Report {
    func section(_ result: ReplicationResult) -> String {
        var table = MarkdownTable(["", "ours", "reference", "ratio"])
        if !result.writes.isEmpty {
            let medians = result.writes.medians(\.self)
            table.append([
                "CPU µs of the primary for a SET of 16 bytes, one replica, pipeline 16",
                Text.decimal(medians.ours / 1000, 3), Text.decimal(medians.theirs / 1000, 3),
                Text.ratio(result.writes.medianRatio(\.self)),
            ])
        }
        if !result.synchronisations.isEmpty {
            let seconds = result.synchronisations.medians(\.seconds)
            table.append([
                "full synchronisation of a million values of 1000 bytes, seconds", Text.decimal(seconds.ours, 2),
                Text.decimal(seconds.theirs, 2), Text.ratio(result.synchronisations.medianRatio(\.seconds)),
            ])
            let extra = result.synchronisations.medians(\.extraShare)
            table.append([
                "the primary's memory beyond that before, per cent of the data", Text.decimal(extra.ours * 100, 1),
                Text.decimal(extra.theirs * 100, 1), "",
            ])
        }
        if let lag = result.lag {
            table.append([
                "longest lag at 0.7 of the peak in \(Text.decimal(result.lagSeconds, 0)) s, seconds",
                Text.decimal(lag.ours, 2), Text.decimal(lag.theirs, 2), "",
            ])
        }
        return """
            ## Replication

            A primary and a replica of the same program, without files (`repl-diskless-sync`). The replica shares the
            clients' core; for the lag, all share all cores.

            \(table.text)
            """
    }
}
