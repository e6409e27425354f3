/// Spikes of an event as columns of characters, each with its age below it, read downwards.
///
///     command - high 500 ms, low 100 ms (all time high 500 ms)
///     --------------------------------------------------------------------------------
///       #
///      _|
///      ||
///     _||
///
///     531
///     sss
struct LatencyGraph {
    private let name: String
    private let event: LatencyMonitor.Event
    private let now: Int64

    private static let width = 80
    private static let rows = 4
    /// How full the topmost field of a column is.
    private static let tops: [Character] = ["_", "o", "#"]

    init(name: String, event: LatencyMonitor.Event, now: Int64) {
        self.name = name
        self.event = event
        self.now = now
    }

    var text: String {
        let values = event.samples.map(\.milliseconds)
        let (low, high) = (values.min() ?? 0, values.max() ?? 0)
        var text = "\(name) - high \(high) ms, low \(low) ms (all time high \(event.worst) ms)\n"
        text += String(repeating: "-", count: LatencyGraph.width) + "\n"
        var start = 0
        while start < event.samples.count {
            let end = min(start + LatencyGraph.width, event.samples.count)
            if start > 0 { text += "\n" }
            text += lines(event.samples[start..<end].map { column($0, low, high) })
            start = end
        }
        return text
    }

    /// A column from top to bottom: the bar, a blank, the age.
    private func column(_ sample: LatencyMonitor.Sample, _ low: Int64, _ high: Int64) -> [Character] {
        let steps = LatencyGraph.rows * LatencyGraph.tops.count
        let share = Double(sample.milliseconds - low) / Double(max(1, high - low))
        let step = min(steps - 1, Int(share * Double(steps)))
        let full = step / LatencyGraph.tops.count
        let bar = [LatencyGraph.tops[step % LatencyGraph.tops.count]] + Array(repeating: "|", count: full)
        let air = Array(repeating: Character(" "), count: LatencyGraph.rows - bar.count)
        return air + bar + [" "] + LatencyGraph.age(max(0, now - sample.time))
    }

    private static func age(_ seconds: Int64) -> [Character] {
        switch seconds {
        case ..<60: Array("\(seconds)s")
        case ..<3600: Array("\(seconds / 60)m")
        case ..<86_400: Array("\(seconds / 3600)h")
        default: Array("\(seconds / 86_400)d")
        }
    }

    private func lines(_ columns: [[Character]]) -> String {
        let height = columns.map(\.count).max() ?? 0
        var text = ""
        for row in 0..<height {
            for column in columns { text.append(row < column.count ? column[row] : " ") }
            text += "\n"
        }
        return text
    }
}
