/// How often which latency was seen, in nanoseconds, at a fixed relative precision: a value is off by less than one in a
/// thousand. Source of the layout: Gil Tene, HdrHistogram.
///
///     below 2048: a counter for each value; above: 1024 counters for each power of two
struct LatencyHistogram: Sendable {
    private var counters = [Int](repeating: 0, count: LatencyHistogram.size)
    private(set) var count = 0
    private(set) var most: UInt64 = 0
    private var sum = 0.0

    /// Longer ones, of more than an hour, count as this.
    private static let limit: UInt64 = 1 << 42 - 1
    private static let size = index(limit) + 1

    private static func index(_ value: UInt64) -> Int {
        guard value >= 2048 else { return Int(value) }
        let shift = 53 - value.leadingZeroBitCount
        return 1024 * shift + Int(value >> UInt64(shift))
    }

    /// The largest value that counts at an index.
    private static func top(_ index: Int) -> UInt64 {
        guard index >= 2048 else { return UInt64(index) }
        let shift = index / 1024 - 1
        return UInt64(index - 1024 * shift + 1) << UInt64(shift) - 1
    }

    mutating func record(_ nanoseconds: UInt64) {
        let value = min(nanoseconds, LatencyHistogram.limit)
        counters[LatencyHistogram.index(value)] += 1
        count += 1
        sum += Double(value)
        most = max(most, value)
    }

    mutating func add(_ other: LatencyHistogram) {
        for index in counters.indices { counters[index] += other.counters[index] }
        count += other.count
        sum += other.sum
        most = max(most, other.most)
    }

    /// The value that so many per cent do not exceed; 0 where there is none.
    func percentile(_ percent: Double) -> UInt64 {
        let rank = max(1, Int((Double(count) * percent / 100).rounded(.up)))
        var seen = 0
        for (index, counter) in counters.enumerated() {
            seen += counter
            if seen >= rank { return min(LatencyHistogram.top(index), most) }
        }
        return most
    }

    var mean: Double { count == 0 ? 0 : sum / Double(count) }
}
