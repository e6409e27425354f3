/// The forms in which metrics are told.
public enum ExpositionFormat: Equatable, Sendable {
    /// Prometheus' text format 0.0.4.
    case prometheus
    /// OpenMetrics 1.0.
    case openMetrics

    /// The one that somebody wants who sends this header `Accept`: OpenMetrics where it is named, and not less liked than
    /// plain text.
    public init(accept: String) {
        var (open, plain) = (0.0, 0.0)
        for range in accept.split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            let version = parts.dropFirst().first { $0.hasPrefix("version=") }?.dropFirst(8)
            switch parts.first {
            case "application/openmetrics-text" where version == nil || version == "1.0.0": open = max(open, quality)
            case "text/plain": plain = max(plain, quality)
            default: break
            }
        }
        self = open > 0 && open >= plain ? .openMetrics : .prometheus
    }

    /// The header `Content-Type`.
    public var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}

/// Metrics as text, a family after the other.
struct Exposition {
    let format: ExpositionFormat
    private(set) var text = ""

    init(_ format: ExpositionFormat) { self.format = format }

    /// Adds a family, unless it has no points.
    mutating func add(_ metric: Metric, _ points: [Metric.Point]) {
        guard !points.isEmpty else { return }
        let name = "apus_\(metric.name)"
        describe(metric, name)
        for point in points {
            switch point.value {
            case .integer(let value): line(name + metric.kind.suffix, point.labels, String(value))
            case .number(let value): line(name + metric.kind.suffix, point.labels, Exposition.text(value))
            case .histogram(let buckets, let count, let sum):
                for (bound, seen) in buckets { bucket(name, point.labels, bound, seen) }
                bucket(name, point.labels, .infinity, count)
                line(name + "_count", point.labels, String(count))
                line(name + "_sum", point.labels, Exposition.text(sum))
            }
        }
    }

    /// Says that nothing follows, where the format wants that said.
    mutating func finish() { if format == .openMetrics { text += "# EOF\n" } }

    private mutating func describe(_ metric: Metric, _ name: String) {
        let family = format == .openMetrics ? name : name + metric.kind.suffix
        text += "# HELP \(family) \(escaped(metric.help))\n# TYPE \(family) \(metric.kind.word(format))\n"
        if format == .openMetrics, let unit = ["seconds", "bytes"].first(where: { name.hasSuffix("_\($0)") }) {
            text += "# UNIT \(family) \(unit)\n"
        }
    }

    private mutating func bucket(_ name: String, _ labels: [Metric.Label], _ bound: Double, _ count: Int) {
        line(name + "_bucket", labels + [Metric.Label("le", Exposition.text(bound))], String(count))
    }

    private mutating func line(_ name: String, _ labels: [Metric.Label], _ value: String) {
        text += name
        if !labels.isEmpty {
            text += "{"
            for (index, label) in labels.enumerated() {
                text += "\(index > 0 ? "," : "")\(label.name)=\"\(escaped(label.value, quote: true))\""
            }
            text += "}"
        }
        text += " \(value)\n"
    }

    private func escaped(_ text: String, quote: Bool = false) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"": result += quote || format == .openMetrics ? "\\\"" : "\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A number as both formats write it.
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value.description
    }
}

extension Metric.Kind {
    /// What stands behind the name of a value.
    var suffix: String {
        switch self {
        case .counter: "_total"
        case .information: "_info"
        case .gauge, .histogram: ""
        }
    }

    fileprivate func word(_ format: ExpositionFormat) -> String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        case .information: format == .openMetrics ? "info" : "gauge"
        }
    }
}
