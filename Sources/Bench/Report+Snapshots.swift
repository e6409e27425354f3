/// What snapshots cost.
extension Report {
    func section(_ strings: Sides<SnapshotResult>, _ hash: Sides<SnapshotResult>?) -> String {
        """
        ## Snapshots of a gigabyte

        A million values of 1000 bytes that cannot be compressed; the load overwrites them at random, pipeline 16.
        Server, its helpers or its child, and clients share all cores, so a GET waits for others too: what the server
        itself was held up by is its longest slice, in time of its thread, and its longest wait for the disk; where it forks,
        the latest fork.

        \(Report.table(strings))
        \(hash.map(Report.hashSection) ?? "")
        """
    }

    private static func hashSection(_ hash: Sides<SnapshotResult>) -> String {
        """
        ### A hash of two million fields

        Values of 100 bytes, overwritten at random; no bar.

        \(table(hash))
        """
    }

    private static func table(_ snapshots: Sides<SnapshotResult>) -> String {
        var table = MarkdownTable(["", "ours", "reference"])
        func row(_ subject: String, _ text: (SnapshotResult) -> String) {
            table.append([subject, text(snapshots.ours), text(snapshots.theirs)])
        }
        row("BGSAVE, nobody else, seconds") { Text.decimal($0.idleSeconds, 2) }
        row("writes per second") { Text.decimal($0.commandsPerSecond, 0) }
        row("writes per second during BGSAVE") { Text.decimal($0.commandsPerSecondMeanwhile, 0) }
        row("share of throughput") { Text.ratio($0.share) }
        row("BGSAVE meanwhile, seconds") { Text.decimal($0.loadedSeconds, 2) }
        row("extra memory, per cent of the data") { Text.decimal($0.extraShare * 100, 1) }
        row("longest slice or fork / wait of the server, ms") {
            "\(Text.decimal(Double($0.holdUps.slice) / 1000, 2)) / \(Text.decimal(Double($0.holdUps.wait) / 1000, 2))"
        }
        row("GET under load, p50 / p99 / p99.9 µs") { Text.percentiles(Percentiles($0.probes.histogram)) }
        row("the same during BGSAVE") { Text.percentiles(Percentiles($0.probesMeanwhile.histogram)) }
        row("longest GET, ms") { Report.milliseconds($0.probes.longest) }
        row("the same during BGSAVE") { Report.milliseconds($0.probesMeanwhile.longest) }
        row("GETs over 2 ms") { "\($0.probes.slow) of \($0.probes.histogram.total)" }
        row("the same during BGSAVE") { "\($0.probesMeanwhile.slow) of \($0.probesMeanwhile.histogram.total)" }
        return table.text
    }
}
