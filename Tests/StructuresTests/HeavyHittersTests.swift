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
}
