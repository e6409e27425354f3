import Primitives
import Testing

@testable import Admin

@Suite struct LatencyHistogramTests {
    @Test func smallNumbersAreExact() {
        var histogram = LatencyHistogram()
        for value in 1...1000 { histogram.record(UInt64(value)) }
        #expect(histogram.count == 1000)
        #expect(histogram.percentile(50) == 500)
        #expect(histogram.percentile(99) == 990)
        #expect(histogram.percentile(99.9) == 999)
        #expect((histogram.percentile(100), histogram.most) == (1000, 1000))
        #expect(histogram.mean == 500.5)
        #expect(LatencyHistogram().percentile(50) == 0)
    }

    @Test func othersAreNearlySo() {
        var value: UInt64 = 1
        while value < 1 << 41 {
            for near in [value - 1, value, value + 1, value * 3 / 2] {
                var histogram = LatencyHistogram()
                histogram.record(near)
                // A larger one, so that the answer is not cut at the largest.
                histogram.record(1 << 42)
                let got = histogram.percentile(50)
                #expect(got >= near && Double(got - near) <= Double(near) / 1000, "\(near) \(got)")
            }
            value *= 2
        }
    }

    @Test func sums() {
        var (all, one, other) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for value in 0..<5000 {
            let value = UInt64(value * value)
            all.record(value)
            if value % 2 == 0 { one.record(value) } else { other.record(value) }
        }
        one.add(other)
        for percent in [0.0, 1, 50, 99, 99.99, 100] { #expect(one.percentile(percent) == all.percentile(percent)) }
        var huge = LatencyHistogram()
        huge.record(.max)
        #expect(huge.count == 1)
    }
}

@Suite struct KeySourceTests {
    private func counts(_ distribution: KeyDistribution, _ count: Int, draws: Int) -> [Int] {
        var source = KeySource(distribution, count: count, seed: 7)
        var counts = [Int](repeating: 0, count: count)
        for _ in 0..<draws { counts[source.next()] += 1 }
        return counts
    }

    @Test func uniform() {
        let counts = counts(.uniform, 10, draws: 100_000)
        #expect(counts.min()! > 9_500 && counts.max()! < 10_500, "\(counts)")
    }

    @Test func sequential() {
        var (first, second) = (
            KeySource(.sequential, count: 5, seed: 1, start: 0, step: 2),
            KeySource(.sequential, count: 5, seed: 1, start: 1, step: 2)
        )
        #expect((0..<6).map { _ in first.next() } == [0, 2, 4, 1, 3, 0])
        #expect((0..<3).map { _ in second.next() } == [1, 3, 0])
    }

    @Test(arguments: [0.5, 0.99, 1.0, 1.5]) func zipf(_ exponent: Double) {
        let (count, draws) = (100, 400_000)
        let counts = counts(.zipf(exponent), count, draws: draws)
        let sum = (1...count).reduce(0) { $0 + power(Double($1), exponent) }
        for rank in [1, 2, 3, 10, 50] {
            let expected = power(Double(rank), exponent) / sum * Double(draws)
            #expect(
                abs(Double(counts[rank - 1]) - expected) < expected * 0.1 + 50,
                "\(rank) \(counts[rank - 1]) \(expected)")
        }
        #expect(self.counts(.zipf(exponent), 1, draws: 10) == [10])
    }

    /// 1 / base to the power of the exponent, for exponents of halves and 0.99, without a library.
    private func power(_ base: Double, _ exponent: Double) -> Double {
        switch exponent {
        case 0.5: 1 / base.squareRoot()
        case 1.5: 1 / (base * base.squareRoot())
        // Near enough: the hundredth root of 100 is 1.047.
        case 0.99: 1 / base * (1 + 0.01 * logarithm(base))
        default: 1 / base
        }
    }

    private func logarithm(_ value: Double) -> Double {
        var (rest, sum) = (value, 0.0)
        while rest > 1.5 {
            rest /= 1.5
            sum += 0.405465108
        }
        let part = (rest - 1) / (rest + 1)
        return sum + 2 * (part + part * part * part / 3 + part * part * part * part * part / 5)
    }
}

@Suite struct RequestTemplateTests {
    private func text(_ template: RequestTemplate) -> String { String(decoding: template.bytes, as: UTF8.self) }

    @Test func digitsAndData() {
        var template = RequestTemplate(["SET", "a:__key__:b", "__data__"], data: Array("xyz".utf8))
        template.set(42)
        #expect(text(template) == "*3\r\n$3\r\nSET\r\n$16\r\na:000000000042:b\r\n$3\r\nxyz\r\n")
        template.set(7)
        #expect(text(template).contains("a:000000000007:b"))
        var twice = RequestTemplate(["MGET", "__key__", "x__rand_int__"], data: [])
        twice.set(123_456_789_012)
        #expect(text(twice) == "*3\r\n$4\r\nMGET\r\n$12\r\n123456789012\r\n$13\r\nx123456789012\r\n")
    }

    @Test func slots() {
        var template = RequestTemplate(["GET", "{__key__}x"], data: [])
        template.set(5)
        #expect(template.slot == Bytes.with("000000000005") { hashSlot(of: $0) })
        #expect(RequestTemplate(["PING"], data: []).slot == nil)
    }

    @Test func mixes() throws {
        let mix = try RequestMix("get=9,set=1", data: [])
        var random = RandomSource(seed: 3)
        let picks = (0..<10_000).map { _ in mix.pick(&random) }
        #expect((800...1200).contains(picks.count { $0 == 1 }))
        #expect(mix.templates.count == 2)
        for wrong in ["", "nosuch", "get=0", "get=-1", "get=x", "get=1=2", ","] {
            #expect(throws: AdminFailure.self) { try RequestMix(wrong, data: []) }
        }
    }

    @Test func ratios() {
        func result(_ count: Int, _ latency: UInt64) -> LoadResult {
            var result = LoadResult()
            for _ in 0..<count { result.latency.record(latency) }
            result.nanoseconds = 1_000_000_000
            return result
        }
        let ratios = BenchmarkCommand.ratios([result(300, 10), result(1, 1), result(200, 10)], [result(100, 20)])
        #expect(ratios.map(\.value) == [2, 0.5, 0.5, 0.5])
    }
}
