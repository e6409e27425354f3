import Glibc

/// Numbers for people.
enum Text {
    /// A number with so many decimals; a dash where there is none.
    static func decimal(_ value: Double, _ places: Int) -> String {
        guard value.isFinite else { return "–" }
        let scale = pow(10.0, Double(places))
        let scaled = Int((abs(value) * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + grouped(scaled) }
        let fraction = String(scaled % Int(scale))
        let zeros = String(repeating: "0", count: places - fraction.count)
        return "\(sign)\(grouped(scaled / Int(scale))).\(zeros)\(fraction)"
    }

    static func ratio(_ value: Double) -> String { decimal(value, value < 10 ? 2 : 1) }

    /// Nanoseconds as microseconds, with about three significant digits.
    static func microseconds(_ nanoseconds: Double) -> String {
        let value = nanoseconds / 1000
        return decimal(value, value < 10 ? 2 : value < 100 ? 1 : 0)
    }

    static func mebibytes(_ bytes: Int) -> String { decimal(Double(bytes) / 1_048_576, 1) }

    static func percentiles(_ value: Percentiles) -> String {
        "\(microseconds(value.p50)) / \(microseconds(value.p99)) / \(microseconds(value.p999))"
    }

    /// An integer with its digits in groups of three.
    static func grouped(_ value: Int) -> String {
        let digits = String(value)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}

/// A table in Markdown, its first column left-aligned, the others right.
struct MarkdownTable {
    private var lines: [String]

    init(_ columns: [String]) {
        let marks = columns.indices.map { $0 == 0 ? "---" : "---:" }
        lines = [MarkdownTable.line(columns), MarkdownTable.line(marks)]
    }

    mutating func append(_ cells: [String]) { lines.append(MarkdownTable.line(cells)) }

    var text: String { lines.joined(separator: "\n") + "\n" }

    private static func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
}
