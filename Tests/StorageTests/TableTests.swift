import Primitives
import Testing

@testable import Storage

@Suite struct TableTests {
    /// What a dictionary would hold.
    private struct Model {
        var values: [String: (value: String, expiry: Int64?)] = [:]

        func check(_ keys: TestKeyspace) {
            #expect(keys.count == values.count)
            #expect(keys.database.expiringCount == values.values.count { $0.expiry != nil })
            for (name, expected) in values {
                #expect(keys.value(name) == expected.value)
                #expect(keys.expiry(name) == expected.expiry)
            }
            var seen: Set<String> = []
            keys.database.forEach { seen.insert(String($0.key)) }
            #expect(seen == Set(values.keys))
            #expect(Set(keys.scan(minimum: 7)) == seen)
        }
    }

    private func randomValue(_ random: inout RandomSource) -> String {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: ""
        case 1: String(Int64.random(in: .min ... .max, using: &random))
        case 2: String(repeating: "v", count: Int.random(in: 690...720, using: &random))
        case 3: String(repeating: "w", count: Int.random(in: 1000...9000, using: &random))
        default: random.hexadecimal(Int.random(in: 1...60, using: &random))
        }
    }

    /// Names of which some share a slot, and some are long.
    private func name(_ number: Int) -> String {
        switch number % 10 {
        case 0...5: "{t}\(number)"
        case 6: String(repeating: "n", count: 240 + number % 40) + "\(number)"
        default: "key\(number)"
        }
    }

    private func step(_ keys: TestKeyspace, _ model: inout Model, _ random: inout RandomSource, inserting: Int) {
        let name = name(Int.random(in: 0..<3000, using: &random))
        let time = keys.keyspace.now + Int64.random(in: 1...1_000_000, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<inserting:
            let value = randomValue(&random)
            let change: ExpiryChange = [.clear, .keep, .at(time)].randomElement(using: &random)!
            keys.set(name, value, expiry: change)
            let old = model.values[name]?.expiry
            let new: Int64? =
                switch change {
                case .clear: nil;
                case .keep: old;
                case .at(let time): time
                }
            model.values[name] = (value, new)
        case inserting..<80:
            #expect(keys.remove(name) == (model.values.removeValue(forKey: name) != nil))
        default:
            let expiry = Bool.random(using: &random) ? time : nil
            keys.setExpiry(name, expiry)
            model.values[name]?.expiry = expiry
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func behavesAsADictionary(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let keys = TestKeyspace(seed: seed)
        var model = Model()
        for round in 0..<6 {
            for _ in 0..<2000 { step(keys, &model, &random, inserting: round % 2 == 0 ? 65 : 15) }
            model.check(keys)
        }
        for name in Array(model.values.keys) { keys.remove(name) }
        #expect(keys.count == 0)
        #expect(keys.usedBytes == 0)
    }

    @Test func manyKeysInOneSlotComeAndGo() {
        let keys = TestKeyspace()
        let most = 40_000
        for number in 0..<most { keys.set("{t}\(number)", "\(number)") }
        let slot = keys.with("{t}") { $0.slot }
        #expect(keys.database.count(inSlot: slot) == most)
        #expect(stride(from: 0, to: most, by: 37).allSatisfy { keys.value("{t}\($0)") == "\($0)" })
        #expect(keys.value("{t}x") == nil)
        #expect(Set(keys.scan(minimum: 1000)).count == most)
        #expect(keys.database.tableFigures.dividedSlots == 1)
        for number in 0..<most {
            if !keys.remove("{t}\(number)") { Issue.record("\(number) is lost") }
            if number == most / 2 { #expect(Set(keys.scan(minimum: 1000)).count == most - number - 1) }
        }
        #expect(keys.count == 0)
        #expect(keys.usedBytes == 0)
    }

    @Test func aSlotThatShrinksKeepsItsKeys() {
        let keys = TestKeyspace()
        for number in 0..<5000 { keys.set("{t}\(number)", "v") }
        for number in 0..<4990 { keys.remove("{t}\(number)") }
        #expect((4990..<5000).allSatisfy { keys.value("{t}\($0)") == "v" })
        #expect(keys.database.tableFigures.dividedSlots == 0)
        #expect(keys.database.tableFigures.buckets < 16)
    }

    /// In a slot with few buckets each may at some time have been full, so that none of them ends a search.
    @Test func aSearchEndsHoweverKeysCameAndWent() {
        var random = RandomSource(seed: 9)
        let keys = TestKeyspace()
        for slot in 0..<100 {
            var present: [String] = []
            for number in 0..<120 {
                if present.count >= 12 || Int.random(in: 0..<20, using: &random) < 9, !present.isEmpty {
                    keys.remove(present.remove(at: Int.random(in: 0..<present.count, using: &random)))
                } else {
                    present.append("{\(slot)}\(number)")
                    keys.set("{\(slot)}\(number)", "v")
                }
                #expect(keys.value("{\(slot)}missing\(number)") == nil)
            }
            #expect(present.allSatisfy { keys.value($0) == "v" })
        }
    }

    @Test func everyKeyCanBeDrawn() {
        let keys = TestKeyspace()
        let names = Set((0..<30).map { "{t}\($0)" } + (0..<30).map { "k\($0)" })
        for name in names { keys.set(name, "v") }
        var random = RandomSource(seed: 5)
        var drawn: [String: Int] = [:]
        for _ in 0..<3000 {
            if let entry = keys.database.randomEntry(&random) { drawn[String(entry.key), default: 0] += 1 }
        }
        #expect(Set(drawn.keys) == names)
        #expect(drawn.values.allSatisfy { (15...110).contains($0) })
    }

    @Test func nothingCanBeDrawnFromNothing() {
        let keys = TestKeyspace()
        var random = RandomSource(seed: 5)
        #expect(keys.database.randomEntry(&random) == nil)
        keys.set("k", "v")
        keys.remove("k")
        #expect(keys.database.randomEntry(&random) == nil)
    }

    @Test func figuresCountWhatIsThere() {
        let keys = TestKeyspace()
        for number in 0..<1000 { keys.set("{t}\(number)", "v", expiry: number < 10 ? .at(.max) : .clear) }
        keys.set("other", "v")
        let figures = keys.database.tableFigures
        #expect(figures.keys == 1001 && figures.expiring == 10 && figures.usedSlots == 2 && figures.mostInSlot == 1000)
        #expect(figures.load > 30 && figures.load < 100)
    }
}
