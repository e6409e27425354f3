import Primitives
import Testing

@testable import Structures

/// A sorted set as an array of pairs.
private struct Model {
    var pairs: [(member: [UInt8], score: Double)] = []

    mutating func set(_ member: [UInt8], _ score: Double) {
        remove(member)
        let index = pairs.firstIndex { other in
            other.score > score
                || other.score == score && member.lexicographicallyPrecedes(other.member)
        }
        pairs.insert((member, score), at: index ?? pairs.count)
    }

    @discardableResult
    mutating func remove(_ member: [UInt8]) -> Bool {
        guard let index = pairs.firstIndex(where: { $0.member == member }) else { return false }
        pairs.remove(at: index)
        return true
    }

    func score(of member: [UInt8]) -> Double? { pairs.first { $0.member == member }?.score }
}

extension SortedSetValue {
    fileprivate func pairs(_ ranks: Range<Int>, reversed: Bool = false) -> [(member: [UInt8], score: Double)] {
        var found: [(member: [UInt8], score: Double)] = []
        forEach(in: ranks, reversed: reversed) { found.append((Array($0.member), $0.score)) }
        return found
    }
}

@Suite struct SortedSetValueTests {
    private static func limits(_ entries: Int) -> CollectionLimits {
        var limits = CollectionLimits(hash: KeyHash(seed: 3))
        limits.zsetMaxListpackEntries = entries
        return limits
    }

    private func check(_ value: SortedSetValue, _ model: Model) throws {
        try #require(value.count == model.pairs.count)
        try #require(value.isEmpty == model.pairs.isEmpty)
        let isEqual = value.pairs(0..<value.count).elementsEqual(model.pairs) { $0 == $1 }
        let isReversed = value.pairs(0..<value.count, reversed: true).elementsEqual(model.pairs.reversed()) { $0 == $1 }
        try #require(isEqual && isReversed)
        for (rank, pair) in model.pairs.enumerated() where rank % 17 == 0 {
            let place = pair.member.withBytes { value.place(of: $0) }
            try #require(place?.rank == rank && place?.score == pair.score)
            try #require(value.withMember(at: rank) { Array($0.member) } == pair.member)
            try checkScores(value, model, from: pair.score)
        }
        var scanned: Set<[UInt8]> = []
        var cursor: UInt64 = 0
        repeat {
            cursor = value.scan(from: cursor, minimum: 10) { scanned.insert(Array($0.member)) }
        } while cursor != 0
        try #require(scanned == Set(model.pairs.map(\.member)))
    }

    private func checkScores(_ value: SortedSetValue, _ model: Model, from low: Double) throws {
        for (excludesLow, excludesHigh) in [(false, false), (true, false), (false, true), (true, true)] {
            let high = low + 3
            let range = ScoreRange(low, high, excludesMinimum: excludesLow, excludesMaximum: excludesHigh)
            let expected = model.pairs.filter { pair in
                (excludesLow ? pair.score > low : pair.score >= low)
                    && (excludesHigh ? pair.score < high : pair.score <= high)
            }
            let isEqual = value.pairs(value.ranks(range)).elementsEqual(expected) { $0 == $1 }
            try #require(isEqual)
        }
    }

    private func score(_ random: inout RandomSource) -> Double {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: .infinity
        case 1: -.infinity
        case 2: Double.random(in: -10...10, using: &random)
        case 3: 1e300
        default: Double(Int.random(in: -6...6, using: &random))
        }
    }

    private func member(_ random: inout RandomSource, isLarge: Bool) -> [UInt8] {
        if isLarge, Int.random(in: 0..<40, using: &random) == 0 {
            return [UInt8](repeating: UInt8.random(in: 65...70, using: &random), count: 5000)
        }
        // Digits alone become integers in the packed form.
        return Array(String(Int.random(in: -150...150, using: &random)).utf8)
    }

    /// (the most packed members, how many steps)
    @Test(arguments: [(1000, 1500), (0, 4000), (60, 3000)]) func behavesAsASortedArray(most: Int, steps: Int) throws {
        var random = RandomSource(seed: UInt64(most))
        let limits = SortedSetValueTests.limits(most)
        var value = SortedSetValue()
        var model = Model()
        for step in 0..<steps {
            let member = member(&random, isLarge: most == 0)
            if Int.random(in: 0..<4, using: &random) == 0 {
                let wasThere = model.remove(member)
                let isRemoved = member.withBytes { value.remove($0) }
                try #require(isRemoved == wasThere)
            } else {
                let score = score(&random)
                let old = model.score(of: member)
                let outcome = member.withBytes { value.add($0, score, [], limits) }
                try #require(outcome == (old == nil ? .added(score) : old == score ? .same(score) : .updated(score)))
                model.set(member, score)
            }
            if step % 500 == 499 { try check(value, model) }
        }
        try #require((value.root == nil) == (most == 1000))
        var removals = 0
        while !model.pairs.isEmpty {
            let start = Int.random(in: 0..<model.pairs.count, using: &random)
            let end = min(model.pairs.count, start + Int.random(in: 0...40, using: &random))
            value.remove(in: start..<end)
            model.pairs.removeSubrange(start..<end)
            removals += 1
            try #require(value.count == model.pairs.count)
            if removals % 3 == 0 || model.pairs.isEmpty { try check(value, model) }
        }
        value.free()
    }

    @Test(arguments: [0, 100]) func conditions(most: Int) {
        let limits = SortedSetValueTests.limits(most)
        var value = SortedSetValue()
        func add(_ score: Double, _ conditions: ScoreConditions) -> ScoreOutcome {
            value.add("m", score, conditions, limits)
        }
        #expect(add(1, .isThere) == .refused)
        #expect(add(1, .isNew) == .added(1))
        #expect(add(2, .isNew) == .refused)
        #expect(add(2, .isThere) == .updated(2))
        #expect(add(1, .isGreater) == .refused)
        #expect(add(3, .isGreater) == .updated(3))
        #expect(add(3, .isGreater) == .refused)
        #expect(add(4, [.isLess, .isThere]) == .refused)
        #expect(add(2, .isLess) == .updated(2))
        #expect(add(5, .increments) == .updated(7))
        #expect(add(0, .increments) == .same(7))
        #expect(add(-1, [.increments, .isGreater]) == .refused)
        #expect(add(.infinity, .increments) == .updated(.infinity))
        #expect(add(-.infinity, .increments) == .notANumber)
        #expect(value.score(of: "m") == .infinity)
        #expect(value.add("n", 4, [.isGreater, .increments], limits) == .added(4))
        value.free()
    }

    @Test(arguments: [0, 100]) func rangesOfMembers(most: Int) {
        let limits = SortedSetValueTests.limits(most)
        var value = SortedSetValue()
        for member in ["a", "b", "c", "d"] { member.withBytes { _ = value.add($0, 0, [], limits) } }
        #expect(value.ranks(MemberRange(.first, .last)) == 0..<4)
        #expect(value.ranks(MemberRange(.including("b"), .excluding("d"))) == 1..<3)
        #expect(value.ranks(MemberRange(.excluding("b"), .including("d"))) == 2..<4)
        #expect(value.ranks(MemberRange(.including("bb"), .including("z"))) == 2..<4)
        #expect(value.ranks(MemberRange(.last, .first)).isEmpty)
        #expect(value.ranks(MemberRange(.including("d"), .including("a"))).isEmpty)
        value.free()
    }

    @Test func aLargeOneKeepsTheSignOfZero() {
        let limits = SortedSetValueTests.limits(0)
        var value = SortedSetValue()
        _ = value.add("b", -0.0, [], limits)
        _ = value.add("a", 0.0, [], limits)
        let pairs = value.pairs(0..<2)
        #expect(pairs.map(\.member) == [[97], [98]])
        #expect(pairs.map(\.score.sign) == [.plus, .minus])
        #expect(value.score(of: "b")?.sign == .minus)
        value.free()
    }

    @Test func aSharedOneStaysAsItWas() throws {
        let limits = SortedSetValueTests.limits(0)
        var random = RandomSource(seed: 5)
        var value = SortedSetValue()
        var model = Model()
        for number in 0..<2000 {
            let score = score(&random)
            let member = Array("m\(number)".utf8)
            member.withBytes { _ = value.add($0, score, [], limits) }
            model.set(member, score)
        }
        let copy = SortedSetValue(value.root!.pointee.shared())
        value.remove(in: 500..<1700)
        for number in stride(from: 0, to: 2000, by: 3) {
            Array("m\(number)".utf8).withBytes { _ = value.add($0, 77, [], limits) }
        }
        try check(copy, model)
        value.free()
        try check(copy, model)
        copy.free()
    }

    @Test func aTableBecomesASortedSet() throws {
        for count in [10, 500] {
            let limits = SortedSetValueTests.limits(128)
            var table = ScoreTable(limits)
            var model = Model()
            for number in 0..<count {
                let member = Array("m\(number % (count - 3))".utf8)
                member.withBytes { table.add($0, Double(number % 7)) { $0 + $1 } }
                model.set(member, Double(number % 7) + (model.score(of: member) ?? 0))
            }
            let value = table.sorted(limits)
            #expect((value.root == nil) == (count == 10))
            try check(value, model)
            value.free()
        }
    }
}

extension SortedSetValue {
    fileprivate mutating func add(
        _ member: StaticString, _ score: Double, _ conditions: ScoreConditions, _ limits: CollectionLimits
    ) -> ScoreOutcome {
        add(Bytes(member), score, conditions, limits)
    }

    fileprivate func score(of member: StaticString) -> Double? { score(of: Bytes(member)) }
}

extension String {
    fileprivate func withBytes<Result>(_ body: (Bytes) -> Result) -> Result { Bytes.with(self, body) }
}

extension MemberRange.Bound {
    fileprivate static func including(_ member: StaticString) -> MemberRange.Bound { .including(Bytes(member)) }

    fileprivate static func excluding(_ member: StaticString) -> MemberRange.Bound { .excluding(Bytes(member)) }
}
