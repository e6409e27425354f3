import Primitives
import Testing

@testable import Storage

/// The queues of `allkeys-s3fifo`.
@Suite struct EvictionQueuesTests {
    let keys = TestKeyspace()

    init() { keys.keyspace.evictionRule = EvictionRule(.queues, onlyExpiring: false) }

    /// Asks for a key as a program does that keeps at most `limit` in the cache. Returns whether it was there.
    private func ask(_ name: String, limit: Int) -> Bool {
        if keys.with(name, { keys.keyspace.read($0, 0) }) != nil { return true }
        keys.set(name, "v")
        while keys.count > limit, keys.keyspace.evictKey() {}
        return false
    }

    /// The share of a trace, after its first fifth, that was there.
    private func hitRatio(_ trace: [Int], limit: Int, _ rule: EvictionRule) -> Double {
        keys.keyspace.evictionRule = nil
        keys.keyspace.flush(nil, later: false)
        keys.keyspace.evictionRule = rule
        var hits = 0
        for (index, key) in trace.enumerated() {
            keys.keyspace.now += 1
            if ask("\(key)", limit: limit), index >= trace.count / 5 { hits += 1 }
        }
        return Double(hits) / Double(trace.count - trace.count / 5)
    }

    private func zipf(_ count: Int, keys: Int, seed: UInt64) -> [Int] {
        var random = RandomSource(seed: seed)
        var sums: [Double] = [0]
        for rank in 1...keys { sums.append(sums[rank - 1] + 1 / Double(rank)) }
        return (0..<count).map { _ in
            let wanted = Double.random(in: 0..<sums[keys], using: &random)
            return sums.partitioningIndex { $0 > wanted } - 1
        }
    }

    private static let lru = EvictionRule(.leastRecentlyUsed, onlyExpiring: false)
    private static let queues = EvictionRule(.queues, onlyExpiring: false)

    @Test func missesLessThanLRUWherePopularityStays() {
        let trace = zipf(40_000, keys: 10_000, seed: 1)
        let lru = hitRatio(trace, limit: 1000, Self.lru)
        let queues = hitRatio(trace, limit: 1000, Self.queues)
        #expect(queues > lru + 0.02)
    }

    @Test func keepsMuchOfALoopThatDoesNotFit() {
        let trace = (0..<40_000).map { $0 % 3000 }
        #expect(hitRatio(trace, limit: 2000, Self.queues) > 0.3)
    }

    @Test func isNotWashedOutByAScan() {
        for _ in 0..<5 { for key in 0..<500 { _ = ask("hot\(key)", limit: 1000) } }
        for key in 0..<20_000 { _ = ask("scan\(key)", limit: 1000) }
        let kept = (0..<500).count { keys.entry("hot\($0)") != nil }
        #expect(kept > 400)
    }

    @Test func takesNoMoreThanFourBytesAKey() {
        for key in 0..<60_000 { _ = ask("\(key)", limit: 20_000) }
        let fixed = EvictionQueues().bytes + 3 * 4096
        let bytes = keys.database.queues!.bytes - fixed
        #expect(bytes <= 4 * 20_000)
        #expect(bytes > 20_000)
    }

    @Test func referencesStayBoundedWhereKeysComeAndGo() {
        for round in 0..<20_000 {
            keys.set("k\(round)", "v")
            keys.remove("k\(round)")
        }
        let queues = keys.database.queues!
        #expect((0..<3).allSatisfy { queues.group($0).small.count <= 5 })
    }

    @Test func aKeyThatComesBackBringsItsUses() {
        for key in 0..<200 { _ = ask("\(key)", limit: 100) }
        let gone = (0..<200).first { keys.entry("\($0)") == nil }!
        keys.set("\(gone)", "v")
        #expect(QueueMark(keys.entry("\(gone)")!.clock).uses(keys.keyspace.useAge) == 1)
    }

    @Test func theRuleMayComeAndGoWithAllKeysThere() {
        for key in 0..<3000 { keys.set("a\(key)", "v") }
        let rules: [EvictionRule?] = [
            Self.lru, Self.queues, EvictionRule(.leastFrequentlyUsed, onlyExpiring: false), nil, Self.queues,
        ]
        for rule in rules {
            keys.keyspace.evictionRule = rule
            keys.keyspace.now += 1_000_000
            for _ in 0..<300 where rule != nil { #expect(keys.keyspace.evictKey()) }
        }
        #expect(keys.count == 1800)
        #expect(keys.database.queues != nil)
        keys.keyspace.evictionRule = nil
        #expect(keys.database.queues == nil)
    }

    @Test func idleTimesAreKept() {
        keys.set("k", "v")
        keys.keyspace.now += 100_000
        #expect(keys.keyspace.idleSeconds(keys.entry("k")!) == 100)
        _ = keys.with("k") { keys.keyspace.read($0, 0) }
        #expect(keys.keyspace.idleSeconds(keys.entry("k")!) == 0)
    }

    /// Whatever happens to keys, all can go, and no step fails.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func survivesAnything(seed: UInt64) {
        var random = RandomSource(seed: seed)
        for _ in 0..<6000 {
            step(Int.random(in: 0..<100, using: &random), "k\(Int.random(in: 0..<800, using: &random))", &random)
        }
        var left = (0..<16).reduce(0) { $0 + (keys.keyspace.existing($1)?.count ?? 0) }
        while left > 0, keys.keyspace.evictKey() { left -= 1 }
        #expect(left == 0)
        #expect(!keys.keyspace.evictKey())
    }

    private func step(_ choice: Int, _ name: String, _ random: inout RandomSource) {
        let other = "k\(Int.random(in: 0..<800, using: &random))"
        let database = choice % 3
        switch choice {
        case 0..<40: keys.set(name, other, database: database)
        case 40..<60: _ = keys.with(name) { keys.keyspace.read($0, database) }
        case 60..<70: keys.remove(name)
        case 70..<75: keys.setExpiry(name, keys.keyspace.now + 100)
        case 75..<80: rename(name, other, database)
        case 80..<96: _ = keys.keyspace.evictKey()
        case 96: keys.keyspace.swap(0, 1)
        case 97: keys.keyspace.now += 60_000
        case 98: keys.keyspace.useAge = (keys.keyspace.useAge + 1) & 3
        case _: if Int.random(in: 0..<10, using: &random) == 0 { keys.keyspace.flush(0, later: false) }
        }
    }

    private func rename(_ name: String, _ other: String, _ database: Int) {
        keys.with(name) { source in
            keys.with(other) { target in
                guard name != other, keys.keyspace.existing(database)?.find(source) != nil else { return }
                keys.keyspace.move(source, database, to: target, database, events: (.renameFrom, .renameTo))
            }
        }
    }
}

/// The parts of the queues.
@Suite struct EvictionQueuePartsTests {
    private let hash = KeyHash(seed: 3)

    @Test func referencesLeaveInTheOrderInWhichTheyCame() {
        var queue = KeyReferences()
        var (next, expected): (UInt64, UInt64) = (0, 0)
        var random = RandomSource(seed: 4)
        for _ in 0..<20_000 {
            if Int.random(in: 0..<5, using: &random) < 3 {
                queue.append(KeyReferences.Reference(bits: next))
                next += 1
            } else if let reference = queue.popFirst() {
                #expect(reference.bits == expected)
                expected += 1
            }
            #expect(queue.count == Int(next - expected))
        }
        while queue.popFirst() != nil { expected += 1 }
        #expect(expected == next && queue.bytes == 0)
    }

    @Test func ghostsAreFoundOnceWithTheirUses() {
        let keys = TestKeyspace()
        var ghosts = GhostTable()
        for number in 0..<1000 { keys.set("k\(number)", "v") }
        for number in 0..<1000 {
            keys.with("k\(number)") { ghosts.insert($0, uses: UInt32(number % 8), of: keys.database.slots) }
        }
        let found = (0..<1000).count { number in
            keys.with("k\(number)") { ghosts.remove($0) == UInt32(number % 8) }
        }
        #expect(found > 850)
        let again = (0..<1000).count { number in keys.with("k\(number)") { ghosts.remove($0) != nil } }
        #expect(again < 20)
    }

    @Test func marksKeepTheirParts() {
        var random = RandomSource(seed: 6)
        for _ in 0..<1000 {
            let uses = UInt32.random(in: 0...7, using: &random)
            let age = UInt32.random(in: 0...3, using: &random)
            let seconds = UInt32.random(in: 0...QueueMark.secondsMask, using: &random)
            let mark = QueueMark(isSmall: true, uses: uses, age: age, seconds: seconds)
            #expect(mark.isSmall && mark.uses(age) == uses && mark.uses(age &+ 1) == uses / 2)
            #expect(mark.bits & QueueMark.secondsMask == seconds && mark.bits < 1 << 24)
            let main = mark.used(age: age, seconds: 5).moved(isSmall: false)
            #expect(!main.isSmall && main.uses(age) == min(7, uses + 1) && main.bits & QueueMark.secondsMask == 5)
        }
    }
}

extension [Double] {
    /// The first index whose value fulfils a condition that all later ones fulfil, too.
    fileprivate func partitioningIndex(_ belongs: (Double) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
