import Primitives

/// What one run of load is to be.
struct LoadPlan: Sendable {
    var mix: RequestMix
    var keys: KeyDistribution
    var keyCount: Int
    var clients: Int
    var pipeline: Int
    var threads: Int
    /// How long, in seconds.
    var seconds: Double
    /// How many requests instead; nil for none.
    var requests: Int?
    var warmUpSeconds: Double
    /// Requests a second, all clients together; nil for as many as there come replies.
    var rate: Double?
    var speaksRESP3: Bool
    var seed: UInt64 = 1
}

/// What one run has measured.
struct LoadResult: Sendable {
    var latency = LatencyHistogram()
    /// Error replies by their first word.
    var errors: [String: Int] = [:]
    var nanoseconds: UInt64 = 0

    var rate: Double { nanoseconds == 0 ? 0 : Double(latency.count) * 1e9 / Double(nanoseconds) }

    static let percentiles: [Double] = [50, 90, 99, 99.9, 99.99]

    mutating func add(_ other: LoadResult) {
        latency.add(other.latency)
        errors.merge(other.errors, uniquingKeysWith: +)
        nanoseconds = max(nanoseconds, other.nanoseconds)
    }

    /// A percentile in microseconds.
    func microseconds(_ percent: Double) -> Double { Double(latency.percentile(percent) / 100) / 10 }

    var text: String {
        let tail = LoadResult.percentiles.map { "p\(LoadResult.name($0)) \(microseconds($0))" }
        let failed = errors.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
        return "\(Int(rate)) requests/s, latency in µs: \(tail.joined(separator: ", ")), most \(latency.most / 1000)"
            + (failed.isEmpty ? "" : "; errors: \(failed.joined(separator: ", "))")
    }

    var json: JSON {
        let tail = LoadResult.percentiles.map { JSON.Member("p" + LoadResult.name($0), .number(microseconds($0))) }
        return [
            "requests": .integer(latency.count), "seconds": .number(Double(nanoseconds) / 1e9),
            "requests_per_second": .number(rate),
            "latency_microseconds": .object(
                tail + [
                    .init("mean", .number(latency.mean / 1000)), .init("max", .number(Double(latency.most) / 1000)),
                ]),
            "errors": .object(errors.sorted { $0.key < $1.key }.map { .init($0.key, .integer($0.value)) }),
        ]
    }

    /// `50`, `99.9`.
    static func name(_ percent: Double) -> String {
        percent == percent.rounded() ? "\(Int(percent))" : "\(percent)"
    }
}
