import Glibc

/// Durations in buckets that are at most 1.6 per cent wide, from a nanosecond to hours.
struct Histogram {
    /// Buckets for each power of two.
    private static let resolutionBits = 6
    private var counts = [UInt32](repeating: 0, count: 64 << Histogram.resolutionBits)
    private(set) var total = 0

    @inline(__always)
    mutating func add(_ nanoseconds: UInt64) {
        counts[Histogram.bucket(nanoseconds)] &+= 1
        total &+= 1
    }

    /// Adds all durations of another.
    mutating func add(_ other: Histogram) {
        for (bucket, count) in other.counts.enumerated() { counts[bucket] &+= count }
        total &+= other.total
    }

    /// The duration that `share` (0 to 1) of all durations do not exceed; 0 if there is none.
    func quantile(_ share: Double) -> Double {
        var rest = max(1, Int((Double(total) * share).rounded(.up)))
        for (bucket, count) in counts.enumerated() where count > 0 {
            rest -= Int(count)
            if rest <= 0 { return Histogram.middle(bucket) }
        }
        return 0
    }

    @inline(__always)
    private static func bucket(_ value: UInt64) -> Int {
        let magnitude = max(0, 63 &- value.leadingZeroBitCount &- resolutionBits)
        return magnitude << resolutionBits &+ Int(value >> UInt64(magnitude))
    }

    private static func middle(_ bucket: Int) -> Double {
        let magnitude = max(0, bucket >> resolutionBits - 1)
        let low = Double(bucket - magnitude << resolutionBits)
        return (magnitude == 0 ? low : low + 0.5) * Double(UInt64(1) << UInt64(magnitude))
    }
}

/// The usual three points of a distribution of latencies, in nanoseconds.
struct Percentiles: Sendable {
    let p50: Double
    let p99: Double
    let p999: Double

    init(_ histogram: Histogram) {
        self.init(p50: histogram.quantile(0.5), p99: histogram.quantile(0.99), p999: histogram.quantile(0.999))
    }

    init(p50: Double, p99: Double, p999: Double) { (self.p50, self.p99, self.p999) = (p50, p99, p999) }

    /// The median of each point.
    static func medians(_ all: [Percentiles]) -> Percentiles {
        Percentiles(p50: median(all.map(\.p50)), p99: median(all.map(\.p99)), p999: median(all.map(\.p999)))
    }
}

/// The middle of the values, or of the two in the middle their mean; NaN of none.
func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// The geometric mean, the right one for ratios; NaN of none.
func geometricMean(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    return exp(values.reduce(0) { $0 + log($1) } / Double(values.count))
}

extension Array {
    /// The median over pairs of ours divided by theirs, each pair measured back to back.
    func medianRatio<Side>(_ value: (Side) -> Double) -> Double where Element == Sides<Side> {
        median(map { value($0.ours) / value($0.theirs) })
    }

    /// The median of each side.
    func medians<Side>(_ value: (Side) -> Double) -> Sides<Double> where Element == Sides<Side> {
        Sides(ours: median(map { value($0.ours) }), theirs: median(map { value($0.theirs) }))
    }
}
