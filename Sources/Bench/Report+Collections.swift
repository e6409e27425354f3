/// What large and small collections cost in memory, and in pauses.
extension Report {
    var collectionMemory: String {
        var table = MarkdownTable(["bytes", "ours", "reference", "ratio"])
        for result in results.collectionMemory {
            table.append([
                result.collection.subject, Text.decimal(result.bytes.ours, 1), Text.decimal(result.bytes.theirs, 1),
                Text.ratio(result.ratio),
            ])
        }
        return """
            ## Memory of collections

            Growth of VmRSS over that of the empty server, for each key or member.

            \(table.text)
            """
    }

    var largeValues: String {
        var table = MarkdownTable([
            "one key", "phase", "commands over 5 ms", "reference", "by CPU time", "reference",
            "PING p99.9 / longest ms", "reference",
            "others had the core, ms", "reference",
        ])
        for result in results.pauses {
            table.append(
                [result.subject, result.phase] + columns(result) { "\($0.slowCommands)" }
                    + columns(result) { "\($0.busyBatches)" }
                    + columns(result) { sample in
                        let p999 = Text.decimal(sample.p999Nanoseconds / 1e6, 2)
                        return "\(p999) / \(Report.milliseconds(sample.longestNanoseconds))"
                    }
                    + columns(result) { Report.milliseconds($0.runQueueNanoseconds) })
        }
        return """
            ## Pauses beside one large key

            A client fills the key, reads it, and deletes it with DEL; another sends a PING behind each of its batches.
            Commands over 5 ms are those of the server's own slow log; by CPU time: batches of at most 16 commands that
            cost the server more CPU time than that, so that a wait for the core does not count.

            \(table.text)
            \(slowCommands)
            """
    }

    private func columns(_ result: PauseResult, _ text: (PauseSample) -> String) -> [String] {
        [text(result.sides.ours), text(result.sides.theirs)]
    }

    private var slowCommands: String {
        results.pauses.flatMap { result in
            [(identities.ours, result.sides.ours), (identities.theirs + " (reference)", result.sides.theirs)]
                .filter { $0.1.slowCommands > 0 }
                .map { "- \(result.subject), \(result.phase), \($0.0), the latest: `\($0.1.slowLog)`\n" }
        }.joined()
    }
}
