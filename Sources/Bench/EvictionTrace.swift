import Glibc
import Primitives

/// A sequence of keys that a program asks a cache for. The same on every run.
struct EvictionTrace {
    let name: String
    /// What it is like, for people.
    let summary: String
    /// Numbers of keys, in the order in which they are asked for.
    let keys: [UInt32]
}

/// How large a replay is.
struct EvictionScale: Sendable {
    /// The limit of the reference, and of whoever is compared with it at the same limit, in bytes: so large that what an empty
    /// server takes hardly matters.
    var limit = 16 << 20
    /// Different keys of a Zipf distribution.
    var universe = 2_000_000
    /// About as many keys as the reference holds under the limit.
    var cached = 100_000
    /// Keys asked for.
    var requests = 2_500_000

    static let full = EvictionScale()
    static let quick = EvictionScale(requests: 800_000)
}

/// Makes traces, each from its own seed.
struct EvictionTraces {
    let scale: EvictionScale

    /// The names of all, in the order of the report.
    static let names = [
        "zipf-0.8", "zipf-0.9", "zipf-1.0", "zipf-1.1", "scans", "table-scans", "loop", "shift",
    ]

    /// The trace with a name.
    func make(_ name: String) -> EvictionTrace {
        switch name {
        case "scans": scans
        case "table-scans": tableScans
        case "loop": loop
        case "shift": shift
        case _: zipf(name, Double(name.dropFirst("zipf-".count)) ?? 1)
        }
    }

    private func zipf(_ name: String, _ exponent: Double) -> EvictionTrace {
        var draw = ZipfSource(count: scale.universe, exponent: exponent, seed: 1)
        return EvictionTrace(
            name: name, summary: "Zipf \(exponent) over \(Text.grouped(scale.universe)) keys",
            keys: (0..<scale.requests).map { _ in draw.next() })
    }

    /// One key in five is of a scan over keys that are never asked for again: every so often half of the requests, until
    /// the scan has seen half as many keys as the cache holds.
    private var scans: EvictionTrace {
        var draw = ZipfSource(count: scale.universe / 2, exponent: 1, seed: 2)
        var random = RandomSource(seed: 3)
        var (fresh, left) = (UInt32(scale.universe), 0)
        let keys = (0..<scale.requests).map { index -> UInt32 in
            if index % (scale.cached * 5 / 2) == 0 { left = scale.cached / 2 }
            guard left > 0, random.next() & 1 == 0 else { return draw.next() }
            left -= 1
            fresh += 1
            return fresh
        }
        return EvictionTrace(
            name: "scans", summary: "Zipf 1.0 and, for one request in five, scans over keys that never return",
            keys: keys)
    }

    /// Half of the requests walk again and again over a table of half as many keys again as the cache holds.
    private var tableScans: EvictionTrace {
        var draw = ZipfSource(count: scale.universe, exponent: 1, seed: 4)
        var random = RandomSource(seed: 5)
        var place = 0
        let keys = (0..<scale.requests).map { _ -> UInt32 in
            guard random.next() & 1 == 0 else { return draw.next() }
            place = (place + 1) % (scale.cached * 3 / 2)
            return UInt32(scale.universe + place)
        }
        return EvictionTrace(
            name: "table-scans",
            summary: "Zipf 1.0 and, for one request in two, a table 1.5 times the cache, scanned over and over",
            keys: keys)
    }

    private var loop: EvictionTrace {
        let length = scale.cached * 3 / 2
        return EvictionTrace(
            name: "loop", summary: "a loop over 1.5 times as many keys as the cache holds",
            keys: (0..<scale.requests).map { UInt32($0 % length) })
    }

    /// Twice, what was popular is so no longer, and other keys are.
    private var shift: EvictionTrace {
        var draw = ZipfSource(count: scale.universe, exponent: 1, seed: 6)
        let keys = (0..<scale.requests).map { index -> UInt32 in
            let phase = index * 3 / scale.requests
            return (draw.next() + UInt32(phase * scale.universe / 3)) % UInt32(scale.universe)
        }
        return EvictionTrace(
            name: "shift", summary: "Zipf 1.0 whose popular keys are others after each third of the requests",
            keys: keys)
    }
}

/// Random ranks, the first the most frequent: rank r with a chance that is in proportion to 1/(r+1)^exponent.
struct ZipfSource {
    private let sums: [Double]
    private var random: RandomSource

    init(count: Int, exponent: Double, seed: UInt64) {
        random = RandomSource(seed: seed)
        var total = 0.0
        sums = (0..<count).map { rank in
            total += pow(Double(rank + 1), -exponent)
            return total
        }
    }

    mutating func next() -> UInt32 {
        let wanted = Double.random(in: 0..<sums[sums.count - 1], using: &random)
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] <= wanted { low = middle + 1 } else { high = middle }
        }
        return UInt32(low)
    }
}
