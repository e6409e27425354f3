/// A family of metrics: a line of a table.
///
/// The name has the prefix `apus_` put in front; a counter's has none of the suffix `_total`, which it is given where it is
/// written. A name that ends in `_seconds` or `_bytes` says its unit.
struct Metric: Sendable {
    enum Kind: Sendable {
        /// What only rises, until the process begins anew.
        case counter
        case gauge
        /// What is told in labels; its value is 1.
        case information
        case histogram
    }

    /// A value with the labels that tell it from the others of its family.
    struct Point: Sendable {
        var labels: [Label] = []
        var value: Value
    }

    struct Label: Equatable, Sendable {
        var name, value: String

        init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    enum Value: Sendable {
        case integer(Int)
        case number(Double)
        /// For each bound in seconds the number of values up to it; the number and the sum of all.
        case histogram(upTo: [(bound: Double, count: Int)], count: Int, sum: Double)
    }

    let name: String
    let kind: Kind
    let help: String
    let points: @Sendable (NodeObservation) -> [Point]

    // MARK: Lines of tables

    static func counter(
        _ name: String, _ help: String, _ value: @escaping @Sendable (NodeObservation) -> Int
    ) -> Metric {
        Metric(name: name, kind: .counter, help: help) { [Point(value: .integer(value($0)))] }
    }

    /// A counter of seconds.
    static func time(
        _ name: String, _ help: String, _ value: @escaping @Sendable (NodeObservation) -> Double
    ) -> Metric {
        Metric(name: name, kind: .counter, help: help) { [Point(value: .number(value($0)))] }
    }

    static func gauge(
        _ name: String, _ help: String, _ value: @escaping @Sendable (NodeObservation) -> Int
    ) -> Metric {
        Metric(name: name, kind: .gauge, help: help) { [Point(value: .integer(value($0)))] }
    }

    /// A gauge that is 0 or 1.
    static func flag(
        _ name: String, _ help: String, _ value: @escaping @Sendable (NodeObservation) -> Bool
    ) -> Metric {
        gauge(name, help) { value($0) ? 1 : 0 }
    }

    /// A gauge that is not always there.
    static func optional(
        _ name: String, _ help: String, _ value: @escaping @Sendable (NodeObservation) -> Int?
    ) -> Metric {
        Metric(name: name, kind: .gauge, help: help) { node in value(node).map { [Point(value: .integer($0))] } ?? [] }
    }

    /// A gauge with a fraction.
    static func fraction(
        _ name: String, _ help: String, _ value: @escaping @Sendable (NodeObservation) -> Double
    ) -> Metric {
        Metric(name: name, kind: .gauge, help: help) { [Point(value: .number(value($0)))] }
    }

    /// A counter with a label of its own.
    static func counters(
        _ name: String, by label: String, _ help: String,
        _ values: @escaping @Sendable (NodeObservation) -> [(String, Int)]
    ) -> Metric {
        Metric(name: name, kind: .counter, help: help) { node in
            values(node).map { Point(labels: [Label(label, $0.0)], value: .integer($0.1)) }
        }
    }

    /// A gauge with a label of its own.
    static func gauges(
        _ name: String, by label: String, _ help: String,
        _ values: @escaping @Sendable (NodeObservation) -> [(String, Int)]
    ) -> Metric {
        Metric(name: name, kind: .gauge, help: help) { node in
            values(node).map { Point(labels: [Label(label, $0.0)], value: .integer($0.1)) }
        }
    }
}
