import Primitives
import Testing

@testable import Storage

/// What goes where memory is short, under each rule.
@Suite struct EvictionTests {
    let keys = TestKeyspace()

    private func use(_ order: EvictionRule.Order, onlyExpiring: Bool = false, samples: Int = 16) {
        keys.keyspace.evictionRule = EvictionRule(order, onlyExpiring: onlyExpiring, samples: samples)
    }

    private func advance(seconds: Int64) { keys.keyspace.now += seconds * 1000 }

    private func read(_ name: String) { _ = keys.with(name) { keys.keyspace.read($0, 0) } }

    /// Which of the keys is the first to go.
    private func first(of names: [String]) -> String? {
        #expect(keys.keyspace.evictKey())
        return names.first { keys.entry($0) == nil }
    }

    @Test func nothingGoesWithoutARule() {
        keys.set("k", "v")
        #expect(!keys.keyspace.evictKey())
        #expect(keys.count == 1)
    }

    @Test func nothingGoesFromAnEmptyKeyspace() {
        for order in [EvictionRule.Order.leastRecentlyUsed, .leastFrequentlyUsed, .random, .soonestExpiring, .queues] {
            use(order)
            #expect(!keys.keyspace.evictKey())
        }
    }

    @Test func theLeastRecentlyUsedGoesFirst() {
        use(.leastRecentlyUsed)
        for name in ["a", "b", "c"] {
            keys.set(name, "v")
            advance(seconds: 10)
        }
        read("a")
        #expect(first(of: ["a", "b", "c"]) == "b")
        #expect(keys.keyspace.statistics.evicted == 1)
    }

    @Test func theLeastFrequentlyUsedGoesFirst() {
        use(.leastFrequentlyUsed)
        keys.keyspace.frequencyRule = FrequencyRule(logFactor: 0, decayMinutes: 1)
        for name in ["a", "b", "c"] { keys.set(name, "v") }
        for name in ["a", "a", "b", "c", "c"] { read(name) }
        #expect(first(of: ["a", "b", "c"]) == "b")
    }

    @Test func theOneThatExpiresSoonestGoesFirst() {
        use(.soonestExpiring, onlyExpiring: true)
        keys.set("never", "v")
        for (name, seconds) in [("late", 100), ("soon", 10), ("later", 1000)] {
            keys.set(name, "v", expiry: .at(keys.keyspace.now + Int64(seconds) * 1000))
        }
        #expect(first(of: ["never", "late", "soon", "later"]) == "soon")
        #expect(first(of: ["never", "late", "later"]) == "late")
        #expect(first(of: ["never", "later"]) == "later")
        #expect(!keys.keyspace.evictKey())
    }

    @Test(arguments: [EvictionRule.Order.leastRecentlyUsed, .leastFrequentlyUsed, .random, .soonestExpiring])
    func onlyExpiringKeysGoWhereOnlyTheyMay(order: EvictionRule.Order) {
        use(order, onlyExpiring: true, samples: 5)
        // One slot with many keys of which few expire: chance alone would hardly find them.
        for number in 0..<3000 { keys.set("{tag}\(number)", "v") }
        for number in 0..<5 { keys.set("{tag}e\(number)", "v", expiry: .at(keys.keyspace.now + 1000)) }
        for _ in 0..<5 { #expect(keys.keyspace.evictKey()) }
        #expect(!keys.keyspace.evictKey())
        #expect(keys.count == 3000)
    }

    @Test(arguments: [EvictionRule.Order.leastRecentlyUsed, .leastFrequentlyUsed, .random, .queues])
    func everyKeyOfEveryDatabaseGoesAtLast(order: EvictionRule.Order) {
        use(order, samples: 5)
        for number in 0..<300 { keys.set("k\(number)", "v", database: number % 3) }
        for number in 0..<500 { keys.set("{tag}\(number)", "v", database: 7) }
        for _ in 0..<800 { #expect(keys.keyspace.evictKey()) }
        #expect(!keys.keyspace.evictKey())
        #expect((0..<16).allSatisfy { (keys.keyspace.existing($0)?.count ?? 0) == 0 })
    }

    @Test func aKeyThatWasUsedMeanwhileIsNotTakenFromThePool() {
        use(.leastRecentlyUsed, samples: 5)
        for number in 0..<100 { keys.set("k\(number)", "v") }
        advance(seconds: 100)
        for _ in 0..<5 { #expect(keys.keyspace.evictKey()) }
        let pooled = (0..<100).map { "k\($0)" }.filter { keys.entry($0) != nil }
        for name in pooled { read(name) }
        keys.set("old", "v")
        keys.with("old") { key in keys.database.find(key)!.clock = keys.entry(pooled[0])!.clock &- 50 }
        // Only a sample that meets it shows the old one; until then none is better than another.
        var rounds = 0
        while keys.entry("old") != nil, rounds < 95 {
            #expect(keys.keyspace.evictKey())
            rounds += 1
        }
        #expect(rounds < 60)
    }

    @Test func evictionIsNoChangeOfTheCaller() {
        use(.random)
        keys.set("k", "v")
        let before = keys.keyspace.changes
        #expect(keys.keyspace.evictKey())
        #expect(keys.keyspace.changes == before)
        #expect(keys.keyspace.hasAftermath)
    }

    @Test func overwritingKeepsTheCountOfUses() {
        use(.leastFrequentlyUsed)
        keys.keyspace.frequencyRule = FrequencyRule(logFactor: 0, decayMinutes: 1)
        keys.set("k", "v")
        for _ in 0..<10 { read("k") }
        keys.set("k", "another and a longer value")
        #expect(keys.keyspace.frequency(keys.entry("k")!) == 16)
    }

    @Test func theDrawIsInProportionToTheKeys() {
        // 900 keys in one slot, 100 in as many others.
        for number in 0..<900 { keys.set("{tag}\(number)", "v") }
        for number in 0..<100 { keys.set("k\(number)", "v") }
        var random = RandomSource(seed: 5)
        let slot = keys.with("{tag}") { $0.slot }
        let tagged = (0..<2000).count { _ in
            keys.database.evictionSample(1, onlyExpiring: false, &random).slot == slot
        }
        #expect(1700...1900 ~= tagged)
    }
}

/// The pool of candidates.
@Suite struct EvictionPoolTests {
    private func candidate(_ hash: UInt64, _ score: Int) -> EvictionCandidate {
        EvictionCandidate(hash: hash, score: score, database: 0, slot: 0)
    }

    @Test func keepsTheBestAndGivesThemInOrder() {
        var random = RandomSource(seed: 9)
        for _ in 0..<50 {
            var pool = EvictionPool()
            let scores = (0..<40).map { _ in Int.random(in: 0..<1000, using: &random) }
            for (index, score) in scores.enumerated() { pool.offer(candidate(UInt64(index), score)) }
            var popped: [Int] = []
            while let best = pool.popBest() { popped.append(best.score) }
            #expect(popped == Array(scores.sorted(by: >).prefix(16)))
        }
    }

    @Test func takesAKeyOnce() {
        var pool = EvictionPool()
        pool.offer(candidate(1, 5))
        pool.offer(candidate(1, 7))
        #expect(pool.count == 1)
    }
}
