import Glibc
import Primitives

/// Which key is next.
enum KeyDistribution: Equatable, Sendable {
    /// All alike.
    case uniform
    /// A few often, most seldom: the one of rank r in proportion to 1 / r to the power of the exponent.
    case zipf(Double)
    /// One after the other, again and again.
    case sequential
}

/// A source of numbers of keys, from a seed.
struct KeySource: Sendable {
    let count: Int
    let distribution: KeyDistribution
    private var random: RandomSource
    private var upcoming: Int
    private let step: Int
    private let zipf: ZipfSampler?

    /// - Parameters:
    ///   - start, step: of a sequence that several sources share between them.
    init(_ distribution: KeyDistribution, count: Int, seed: UInt64, start: Int = 0, step: Int = 1) {
        (self.distribution, self.count) = (distribution, count)
        random = RandomSource(seed: seed)
        (upcoming, self.step) = (start % count, step)
        if case .zipf(let exponent) = distribution { zipf = ZipfSampler(count, exponent) } else { zipf = nil }
    }

    mutating func next() -> Int {
        switch distribution {
        case .uniform: return Int(random.next(upperBound: UInt64(count)))
        case .sequential:
            defer { upcoming = (upcoming + step) % count }
            return upcoming
        case .zipf:
            while true {
                let unit = Double(random.next() >> 11) * 0x1p-53
                if let rank = zipf!.rank(unit) { return rank - 1 }
            }
        }
    }
}

/// Ranks of a Zipf distribution, by rejection from the integral of its density, so without a table.
/// Source: Hörmann and Derflinger, Rejection-inversion to generate variates from monotone discrete distributions (1996).
private struct ZipfSampler: Sendable {
    private let count: Double
    private let exponent: Double
    private var (low, high, near) = (0.0, 0.0, 0.0)

    init(_ count: Int, _ exponent: Double) {
        (self.count, self.exponent) = (Double(count), exponent)
        low = integral(1.5) - 1
        high = integral(Double(count) + 0.5)
        near = 2 - inverse(integral(2.5) - density(2))
    }

    /// The rank for a number between 0 and 1; nil where it is rejected.
    func rank(_ unit: Double) -> Int? {
        let area = high + unit * (low - high)
        let x = inverse(area)
        let rank = min(max((x + 0.5).rounded(.down), 1), count)
        return rank - x <= near || area >= integral(rank + 0.5) - density(rank) ? Int(rank) : nil
    }

    private func density(_ x: Double) -> Double { exp(-exponent * log(x)) }

    private func integral(_ x: Double) -> Double {
        let t = (1 - exponent) * log(x)
        return (abs(t) > 1e-8 ? expm1(t) / t : 1 + t / 2) * log(x)
    }

    private func inverse(_ area: Double) -> Double {
        let t = max(-1, area * (1 - exponent))
        return exp((abs(t) > 1e-8 ? log1p(t) / t : 1 - t / 2) * area)
    }
}
