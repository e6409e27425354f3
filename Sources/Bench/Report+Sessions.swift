/// What encryption costs.
extension Report {
    var secure: String {
        var table = MarkdownTable(["command", "pipeline", "CPU µs", "reference", "ratio"])
        for result in results.secure {
            let medians = result.samples.medians(\.self)
            table.append([
                "GET", "\(result.pipeline)", Text.decimal(medians.ours / 1000, 3),
                Text.decimal(medians.theirs / 1000, 3),
                Text.ratio(result.ratio),
            ])
        }
        return """
            ## CPU time of the server per command over TLS

            Loaded by `redis-benchmark --tls`; handshakes included.

            \(table.text)
            """
    }
}
