import Primitives
import Testing

@testable import Structures

extension SetValue {
    fileprivate init() { self.init(packed: Packed()) }

    @discardableResult
    fileprivate mutating func add(_ member: String, _ limits: CollectionLimits) -> Bool {
        Bytes.with(member) { add($0, limits) }
    }

    @discardableResult
    fileprivate mutating func remove(_ member: String) -> Bool { Bytes.with(member) { remove($0) } }

    fileprivate func contains(_ member: String) -> Bool { Bytes.with(member) { contains($0) } }

    /// The members in the set's order.
    fileprivate var members: [String] {
        var found: [String] = []
        forEach { found.append($0.withBytes { String($0) }) }
        return found
    }

    fileprivate var encoding: String { "\(encodingName)" }
}

@Suite struct SetValueTests {
    private let limits = CollectionLimits(hash: KeyHash(seed: 3))

    private func set(_ members: [String]) -> SetValue {
        var set = SetValue()
        for member in members { set.add(member, limits) }
        return set
    }

    @Test func integersAreKeptInOrder() {
        var set = set(["5", "-3", "70000", "12", "5"])
        #expect(set.encoding == "intset" && set.count == 4)
        #expect(set.members == ["-3", "5", "12", "70000"])
        // A byte for the width, and four for each.
        #expect(set.packed.count == 17)
        let last = "9223372036854775807"
        #expect(set.add(last, limits) && set.contains(last) && set.contains("-3") && !set.contains("x"))
        #expect(set.packed.count == 41)
        #expect(set.remove("12") && !set.remove("12") && !set.remove("x"))
        #expect(set.members == ["-3", "5", "70000", last])
        set.free()
    }

    @Test func aHundredSmallIntegersTakeTwoBytesEach() {
        let set = set((0..<100).map(String.init))
        #expect(set.packed.count == 201)
        set.free()
    }

    @Test func whatIsNoIntegerMakesAListpack() {
        var set = set(["3", "1", "2"])
        set.add("01", limits)
        #expect(set.encoding == "listpack")
        #expect(set.members == ["1", "2", "3", "01"])
        set.add("0", limits)
        #expect(set.members == ["1", "2", "3", "01", "0"])
        #expect(set.remove("2") && set.remove("0") && set.count == 3)
        #expect(!set.add("3", limits) && !set.add("01", limits))
        set.free()
    }

    @Test func limitsDecideWhenASetBecomesLarge() {
        var integers = set((0..<512).map(String.init))
        #expect(integers.encoding == "intset")
        integers.add("512", limits)
        #expect(integers.encoding == "hashtable" && integers.count == 513)
        var words = set((0..<128).map { "m\($0)" })
        #expect(words.encoding == "listpack")
        words.add("more", limits)
        #expect(words.encoding == "hashtable" && words.count == 129)
        var long = set(["a", String(repeating: "x", count: 64)])
        #expect(long.encoding == "listpack")
        long.add(String(repeating: "x", count: 65), limits)
        #expect(long.encoding == "hashtable")
        var many = set((0..<128).map(String.init))
        many.add("word", limits)
        #expect(many.encoding == "hashtable" && many.contains("127") && many.contains("word"))
        for set in [integers, words, long, many] { set.free() }
    }

    @Test func aLargeSetStaysLarge() {
        var set = set((0..<600).map(String.init))
        for number in 10..<600 { set.remove(String(number)) }
        #expect(set.encoding == "hashtable" && set.count == 10)
        set.becomeIntegers(limits)
        #expect(set.encoding == "intset" && set.members == (0..<10).map(String.init))
        set.free()
    }

    @Test func theNumberThatIsExpectedDecidesToo() {
        var set = SetValue()
        Bytes.with("1") { set.prepare(for: 600, first: $0, limits) }
        #expect(set.encoding == "hashtable" && set.isEmpty)
        var other = SetValue()
        Bytes.with("a") { other.prepare(for: 128, first: $0, limits) }
        #expect(other.encoding == "listpack" && other.isEmpty && other.count == 0)
        Bytes.with("a") { other.prepare(for: 129, first: $0, limits) }
        #expect(other.encoding == "hashtable" && other.isEmpty)
        set.free()
        other.free()
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6]) func behavesAsASet(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var limits = limits
        limits.setMaxIntsetEntries = Int(seed * 40)
        limits.setMaxListpackEntries = Int(seed * 20)
        for most in [10, 100, 1000] {
            var set = SetValue()
            var model: Swift.Set<String> = []
            for step in 0..<1500 {
                let number = Int.random(in: -most...most, using: &random) * (step % 3 == 0 ? 1_000_000 : 1)
                let member = seed % 2 == 0 || step < 500 ? String(number) : "m\(number)"
                if Int.random(in: 0..<3, using: &random) > 0 {
                    let isNew = set.add(member, limits)
                    #expect(isNew == model.insert(member).inserted)
                } else {
                    let wasThere = set.remove(member)
                    #expect(wasThere == (model.remove(member) != nil))
                }
                #expect(set.contains(member) == model.contains(member))
            }
            #expect(set.count == model.count && Swift.Set(set.members) == model)
            while let member = model.popFirst() {
                let isRemoved = set.remove(member)
                #expect(isRemoved)
            }
            #expect(set.isEmpty && set.count == 0)
            set.free()
        }
    }

    @Test(arguments: [[10, 5], [100, 60], [1000, 20], [1000, 900]])
    func samplesAreFair(_ sizes: [Int]) {
        var random = RandomSource(seed: 21)
        let set = set((0..<sizes[0]).map(String.init))
        var seen: [String: Int] = [:]
        let rounds = 200_000 / sizes[1]
        for _ in 0..<rounds {
            var sample: Swift.Set<String> = []
            set.forEachOfSample(sizes[1], &random) { sample.insert($0.withBytes { String($0) }) }
            #expect(sample.count == sizes[1])
            for member in sample { seen[member, default: 0] += 1 }
        }
        let chance = Double(sizes[1]) / Double(sizes[0])
        let mean = Double(rounds) * chance
        let deviation = (mean * (1 - chance)).squareRoot()
        #expect(seen.count == sizes[0])
        for count in seen.values { #expect(abs(Double(count) - mean) < 6 * deviation) }
        set.free()
    }

    @Test(arguments: [8, 300, 1000]) func randomMembersAreRemovedOneByOne(count: Int) {
        var random = RandomSource(seed: 4)
        let members = (0..<count).map { count == 300 ? "m\($0)" : String($0) }
        var set = set(members)
        var seen: Swift.Set<String> = []
        for _ in members { set.removeRandom(&random) { seen.insert($0.withBytes { String($0) }) } }
        #expect(seen == Swift.Set(members) && set.isEmpty)
        set.free()
    }

    @Test func membersOfOneSetAreFoundInAnother() {
        let sets = [
            set(["1", "2", "300"]), set(["1", "a", "300"]), set((0..<600).map(String.init)),
            set((0..<200).map { "\($0)" } + ["a"]),
        ]
        for left in sets {
            for right in sets {
                var common: [String] = []
                left.forEach { if right.contains($0) { common.append($0.withBytes { String($0) }) } }
                #expect(Swift.Set(common) == Swift.Set(left.members).intersection(right.members))
            }
        }
        for set in sets { set.free() }
    }
}
