import Primitives
import Structures
import Testing

@Suite struct HeavyHittersTests {
    private let hash = KeyHash(seed: 3)

    private func add(_ key: String, _ weight: UInt64, to hitters: inout HeavyHitters) {
        Bytes.with(key) { hitters.add($0, hash: hash($0), weight: weight) }
    }

    private func heaviest(_ hitters: HeavyHitters, _ most: Int = .max) -> [String] {
        hitters.heaviest(most).map { "\(String(decoding: $0.key, as: UTF8.self)) \($0.weight)" }
    }

    @Test func fewKeysAreCountedExactly() {
        var hitters = HeavyHitters(capacity: 4)
        let weights: [(key: String, weight: UInt64)] = [("a", 1), ("b", 5), ("a", 3), ("c", 4), ("b", 1)]
        for (key, weight) in weights { add(key, weight, to: &hitters) }
        #expect(heaviest(hitters) == ["b 6", "a 4", "c 4"])
        #expect(heaviest(hitters, 1) == ["b 6"])
        #expect(heaviest(HeavyHitters(capacity: 1)) == [])
    }

    @Test func aNewKeyTakesThePlaceOfTheLightestAndIsNotOverrated() {
        var hitters = HeavyHitters(capacity: 2)
        add("heavy", 100, to: &hitters)
        for index in 0..<50 { add("light\(index)", 1, to: &hitters) }
        #expect(heaviest(hitters) == ["heavy 100", "light49 1"])
    }

    @Test func whatHasMoreThanItsShareIsAlwaysKept() {
        var random = RandomSource(seed: 5)
        var hitters = HeavyHitters(capacity: 32)
        var truth: [String: UInt64] = [:]
        for _ in 0..<20_000 {
            let isHot = random.next() % 4 == 0
            let key = isHot ? "hot\(random.next() % 4)" : "cold\(random.next() % 5000)"
            let weight = random.next() % 10
            truth[key, default: 0] += weight
            add(key, weight, to: &hitters)
        }
        let found = hitters.heaviest(4)
        #expect(Set(found.map { String(decoding: $0.key, as: UTF8.self) }) == ["hot0", "hot1", "hot2", "hot3"])
        for hitter in found { #expect(hitter.weight <= truth[String(decoding: hitter.key, as: UTF8.self)]!) }
        #expect(hitters.heaviest(.max).count == 32)
    }

    /// Draws from a hundred thousand keys of which the n-th is drawn n times more seldom than the first.
    private func zipf(draws: Int, _ body: (Int) -> Void) {
        var random = RandomSource(seed: 11)
        var sums: [Double] = []
        for rank in 1...100_000 { sums.append((sums.last ?? 0) + 1 / Double(rank)) }
        for _ in 0..<draws {
            let point = Double.random(in: 0..<sums[sums.count - 1], using: &random)
            var (low, high) = (0, sums.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] > point { high = middle } else { low = middle + 1 }
            }
            body(low)
        }
    }

    @Test func underAZipfLoadTheHottestKeysAreNamedInOrderWithNearlyTrueWeights() {
        var hitters = HeavyHitters(capacity: 1024)
        var truth: [String: UInt64] = [:]
        zipf(draws: 300_000) { rank in
            truth["key:\(rank)", default: 0] += 1
            add("key:\(rank)", 1, to: &hitters)
        }
        let found = hitters.heaviest(20).map { (key: String(decoding: $0.key, as: UTF8.self), weight: $0.weight) }
        #expect(found.prefix(10).map(\.key) == (0..<10).map { "key:\($0)" })
        #expect(Set(found.map(\.key)) == Set(truth.sorted { $0.value > $1.value }.prefix(20).map(\.key)))
        for hitter in found {
            let real = truth[hitter.key] ?? 0
            #expect(hitter.weight <= real && hitter.weight * 100 >= real * 95, "\(hitter) of \(real)")
        }
    }

    @Test func itsMemoryHasABoundWhateverTheKeys() {
        var hitters = HeavyHitters(capacity: 64)
        let tail = String(repeating: "x", count: 100_000)
        for index in 0..<1000 { add("\(index)\(tail)", UInt64(index), to: &hitters) }
        #expect(hitters.heaviest(.max).allSatisfy { $0.key.count == HeavyHitters.longestKey })
        #expect(hitters.byteCount < 64 * (HeavyHitters.longestKey + 200))
        let before = hitters.byteCount
        for index in 0..<1000 { add("again\(index)\(tail)", 1, to: &hitters) }
        #expect(hitters.byteCount == before)
    }
}
