import CShims
import Primitives

extension HyperLogLog {
    /// How many elements a value had, about; nil where it is damaged.
    public static func estimate(_ value: Bytes, _ representation: Representation) -> UInt64? {
        var histogram = Histogram()
        if representation == .dense {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: registerCount) { ranks in
                apus_registers_unpack(ranks.baseAddress!, registers(value))
                histogram.count(ranks.baseAddress!)
            }
            return histogram.estimate
        }
        guard forEachRun(value, { run, _ in histogram[run.rank] += UInt32(run.count) }) else { return nil }
        return histogram.estimate
    }

    /// The packed registers of a dense value; its header lies before them.
    static func registers(_ value: Bytes) -> UnsafePointer<UInt8> {
        (value.base + headerCount).assumingMemoryBound(to: UInt8.self)
    }

    /// How many registers have each rank.
    struct Histogram {
        private var counts = InlineArray<64, UInt32>(repeating: 0)

        subscript(rank: UInt8) -> UInt32 {
            get { counts[Int(rank & 63)] }
            set { counts[Int(rank & 63)] = newValue }
        }

        /// Counts the ranks of all registers, one byte for each.
        mutating func count(_ ranks: UnsafePointer<UInt8>) {
            var span = counts.mutableSpan
            span.withUnsafeMutableBufferPointer { apus_registers_count($0.baseAddress!, ranks) }
        }

        /// Otmar Ertl's estimator, "New cardinality estimation algorithms for HyperLogLog sketches" (2017).
        var estimate: UInt64 {
            let total = Double(registerCount)
            var sum = total * Histogram.tau((total - Double(self[51])) / total)
            for rank in stride(from: UInt8(50), through: 1, by: -1) { sum = (sum + Double(self[rank])) * 0.5 }
            sum += total * Histogram.sigma(Double(self[0]) / total)
            let estimate = (0.721347520444481703680 * total * total / sum).rounded(.toNearestOrAwayFromZero)
            // Only registers that hardly any hash gives are beyond; the reference has this number for all of them.
            return estimate < 0x1p63 ? UInt64(estimate) : 1 << 63
        }

        private static func tau(_ share: Double) -> Double {
            if share == 0 || share == 1 { return 0 }
            var (root, weight, sum) = (share, 1.0, 1 - share)
            while true {
                let before = sum
                root = root.squareRoot()
                weight *= 0.5
                sum -= (1 - root) * (1 - root) * weight
                if sum == before { return sum / 3 }
            }
        }

        private static func sigma(_ share: Double) -> Double {
            if share == 1 { return .infinity }
            var (power, weight, sum) = (share, 1.0, share)
            while true {
                let before = sum
                power *= power
                sum += power * weight
                weight += weight
                if sum == before { return sum }
            }
        }
    }
}
