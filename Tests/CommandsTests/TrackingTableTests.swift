import Primitives
import Testing

@testable import Commands

@Suite struct TrackingTableTests {
    private var table = TrackingTable(hash: KeyHash(seed: 1))

    private mutating func insert(_ key: String, _ client: UInt64) { Bytes.with(key) { table.insert($0, client) } }
    private mutating func remove(_ key: String) -> Holders? { Bytes.with(key) { table.remove($0) } }
    private func holders(_ key: String) -> Holders? { Bytes.with(key) { table.holders(of: $0) } }

    @Test mutating func clientsAreListedOnceInOrder() {
        for client: UInt64 in [5, 3, 9, 3, 5] { insert("k", client) }
        insert("l", 3)
        #expect(holders("k") == .several([3, 5, 9]))
        #expect(holders("l") == .one(3))
        #expect(table.count == 2 && table.itemCount == 4)
        #expect(remove("k") == .several([3, 5, 9]))
        #expect(remove("k") == nil)
        #expect(table.count == 1 && table.itemCount == 1)
    }

    /// Any sequence of changes leaves what a dictionary would have.
    @Test(arguments: 0..<4) mutating func itIsADictionary(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var model: [String: Set<UInt64>] = [:]
        for step in 0..<20_000 {
            let key = "key\(Int.random(in: 0..<(step < 10_000 ? 3000 : 300), using: &random))"
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                let client = UInt64.random(in: 1...4, using: &random)
                insert(key, client)
                model[key, default: []].insert(client)
            case 6..<9: #expect(remove(key).map(numbers) == model.removeValue(forKey: key))
            default:
                guard let gone = table.removeRandom(using: &random) else { continue }
                let name = String(decoding: gone.key, as: UTF8.self)
                #expect(model.removeValue(forKey: name) == numbers(gone.holders))
            }
        }
        #expect(table.count == model.count)
        #expect(table.itemCount == model.values.reduce(0) { $0 + $1.count })
        for (key, clients) in model { #expect(holders(key).map(numbers) == clients) }
    }

    private func numbers(_ holders: Holders) -> Set<UInt64> {
        var found: Set<UInt64> = []
        holders.forEach { found.insert($0) }
        return found
    }

    @Test mutating func sweepingForgetsWhoHasGone() {
        for number in 0..<1000 {
            insert("k\(number)", UInt64(number % 3))
            insert("k\(number)", 7)
        }
        for number in 1000..<1500 { insert("k\(number)", 1) }
        var next = table.count
        while next > 0 { next = table.sweep(below: next, most: 100) { $0 == 0 || $0 == 2 } }
        #expect(table.count == 667 && table.itemCount == 667)
        #expect(holders("k3") == .one(0) && holders("k4") == nil && holders("k5") == .one(2))
    }

    @Test mutating func itTakesLittleMemoryAndGivesItBack() {
        for number in 0..<100_000 { insert("key:\(number)", 1) }
        #expect(table.byteCount / table.count < 160)
        for number in 0..<100_000 { _ = remove("key:\(number)") }
        #expect(table.count == 0 && table.itemCount == 0)
        #expect(table.byteCount < 20_000)
    }

    @Test func chanceChoosesEveryKeyAboutAsOften() {
        var random = RandomSource(seed: 1)
        var counts: [[UInt8]: Int] = [:]
        for _ in 0..<3000 {
            var table = TrackingTable(hash: KeyHash(seed: 1))
            for key in ["a", "b", "c"] { Bytes.with(key) { table.insert($0, 1) } }
            counts[table.removeRandom(using: &random)!.key, default: 0] += 1
        }
        #expect(counts.count == 3 && counts.values.allSatisfy { $0 > 800 })
    }
}
