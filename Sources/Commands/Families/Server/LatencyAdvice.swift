extension LatencyMonitor {
    /// What the recorded spikes mean, in words.
    func advice(now: Int64) -> String {
        if threshold == 0 {
            return """
                Latency monitoring is disabled in this Redis instance. You may use "CONFIG SET \
                latency-monitor-threshold <milliseconds>." in order to enable it.

                """
        }
        if events.isEmpty { return "No latency spike was observed so far: nothing took \(threshold) milliseconds.\n" }
        let sorted = events.sorted { $0.key < $1.key }
        let spikes = sorted.enumerated().map { "\($0.offset + 1). \(line($0.element.key, $0.element.value, now))\n" }
        return "Latency spikes of these events were observed:\n\n" + spikes.joined() + "\n" + counsel
    }

    private func line(_ name: String, _ event: Event, _ now: Int64) -> String {
        let figures = LatencyFigures(event, now: now)
        return """
            \(name): \(event.samples.count) latency spikes (average \(figures.mean)ms, mean deviation \
            \(figures.deviation)ms, period \(figures.period) sec). Worst all time event \(event.worst)ms.
            """
    }

    private var counsel: String {
        var lines: [String] = []
        if events["command"] != nil {
            lines.append(
                "A slow command holds up everybody else. SLOWLOG GET shows which it was (slowlog-log-slower-than).")
        }
        if events["fast-command"] != nil {
            lines.append(
                "Commands that take constant time were slow, so the machine itself paused: look for swapping, other "
                    + "processes on this core, or a virtual machine that was not given its time.")
        }
        if events["command-unblocking"] != nil {
            lines.append(
                "Serving clients that waited took long: many wait for one key, or what they wait for is large.")
        }
        if events["expire-cycle"] != nil {
            lines.append("Many keys expire at the same time; a little chance in their times to live spreads them.")
        }
        return lines.map { "- \($0)\n" }.joined()
    }
}

/// What the spikes of an event come to.
private struct LatencyFigures {
    let mean: Int64
    let deviation: Int64
    /// Seconds between two spikes.
    let period: Int64

    init(_ event: LatencyMonitor.Event, now: Int64) {
        let values = event.samples.map(\.milliseconds)
        let count = Int64(max(1, values.count))
        let mean = values.reduce(0, +) / count
        self.mean = mean
        deviation = values.reduce(0) { $0 + abs($1 - mean) } / count
        period = max(0, now - (event.samples.first?.time ?? now)) / count
    }
}
