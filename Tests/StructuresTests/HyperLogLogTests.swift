import Primitives
import Structures
import Testing

/// The registers of a value, read one by one from its written form.
private func registers(_ value: [UInt8]) -> [UInt8] {
    value.withBytes { bytes in
        guard HyperLogLog.representation(of: bytes) == .sparse else {
            return (0..<HyperLogLog.registerCount).map { HyperLogLog.rank(bytes, $0) }
        }
        return HyperLogLog.runs(bytes).flatMap { [UInt8](repeating: $0.rank, count: $0.count) }
    }
}

private func sparse(_ runs: [UInt8]) -> [UInt8] { Array(HyperLogLog.empty[0..<16]) + runs }

private func emptyDense() -> [UInt8] {
    Array("HYLL".utf8) + [UInt8](repeating: 0, count: HyperLogLog.denseCount - 4)
}

/// A value after a mark, and whether it changed; nil where it is damaged.
private func raising(
    _ value: [UInt8], _ register: Int, _ rank: UInt8, longest: Int = 3000
) -> (value: [UInt8], isRaised: Bool)? {
    var scratch = HyperLogLogScratch(copying: value)
    var cursor = HyperLogLog.Cursor()
    guard var representation = HyperLogLog.representation(of: scratch.view),
        let isRaised = scratch.raise(
            HyperLogLog.Mark(register: register, rank: rank), &representation, longest: longest, &cursor)
    else { return nil }
    return (Array(scratch.view), isRaised)
}

@Suite struct HyperLogLogTests {
    @Test func marksOfElements() {
        // The places and ranks that redis-server gives these.
        let mark = Array("a".utf8).withBytes { HyperLogLog.Mark(of: $0) }
        #expect(mark == HyperLogLog.Mark(register: 12_711, rank: 2))
        for count in 0..<40 {
            let element = [UInt8](repeating: UInt8(count), count: count)
            let mark = element.withBytes { HyperLogLog.Mark(of: $0) }
            #expect((0..<HyperLogLog.registerCount).contains(mark.register) && (1...51).contains(mark.rank))
        }
    }

    @Test func denseRegistersLieSideBySide() {
        var random = RandomSource(seed: 1)
        var value = emptyDense()
        var expected = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
        for _ in 0..<40_000 {
            let register = Int.random(in: 0..<expected.count, using: &random)
            let rank = UInt8.random(in: 1...51, using: &random)
            let isRaised = value.withUnsafeMutableBytes {
                HyperLogLog.raise($0, HyperLogLog.Mark(register: register, rank: rank))
            }
            #expect(isRaised == (rank > expected[register]))
            expected[register] = max(expected[register], rank)
        }
        #expect(registers(value) == expected)
        #expect(Array(value[0..<16]) == Array(emptyDense()[0..<16]))
        // Register 1 has the highest bits of the first byte and the lowest of the second.
        var two = emptyDense()
        two.withUnsafeMutableBytes { _ = HyperLogLog.raise($0, HyperLogLog.Mark(register: 1, rank: 0b100101)) }
        #expect(Array(two[16..<19]) == [0b0100_0000, 0b1001, 0])
    }

    @Test(
        arguments: [
            ([0x7F, 0xFF], 0, [0x80, 0x7F, 0xFE]), ([0x7F, 0xFF], 16_383, [0x7F, 0xFE, 0x80]),
            ([0x7F, 0xFF], 64, [0x3F, 0x80, 0x7F, 0xBE]), ([0x7F, 0xFF], 65, [0x40, 0x40, 0x80, 0x7F, 0xBD]),
            ([0x7F, 0xFF], 16_319, [0x7F, 0xBE, 0x80, 0x3F]), ([0x7F, 0xFF], 16_318, [0x7F, 0xBD, 0x80, 0x40, 0x40]),
            ([0x3F, 0x7F, 0xBF], 10, [0x09, 0x80, 0x34, 0x7F, 0xBF]), ([0x00, 0x7F, 0xFE], 0, [0x80, 0x7F, 0xFE]),
            ([0x80, 0x7F, 0xFE], 1, [0x81, 0x7F, 0xFD]), ([0x83, 0x7F, 0xFB], 4, [0x83, 0x80, 0x7F, 0xFA]),
            ([0x82, 0x00, 0x80, 0x7F, 0xFA], 3, [0x83, 0x80, 0x7F, 0xFA]),
        ] as [([UInt8], Int, [UInt8])])
    func raisingSplitsAndJoinsRuns(before: [UInt8], register: Int, after: [UInt8]) throws {
        let found = try #require(raising(sparse(before), register, 1))
        #expect(found.isRaised)
        #expect(Array(found.value[16...]) == after)
    }

    @Test func aRunOfARankIsSplitToo() throws {
        let before: [UInt8] = [0x83, 0x7F, 0xFB]
        for (register, after) in [
            (0, [0x84, 0x82]), (1, [0x80, 0x84, 0x81]), (3, [0x82, 0x84]),
        ] as [(Int, [UInt8])] {
            let found = try #require(raising(sparse(before), register, 2))
            #expect(Array(found.value[16...]) == after + [0x7F, 0xFB])
        }
        let same = try #require(raising(sparse(before), 2, 1))
        #expect(!same.isRaised && same.value == sparse(before))
    }

    @Test func becomingDense() throws {
        // A rank that no run can have.
        let high = try #require(raising(HyperLogLog.empty, 5, 33))
        #expect(high.value.count == HyperLogLog.denseCount && registers(high.value)[5] == 33)
        #expect(try #require(raising(HyperLogLog.empty, 5, 32)).value.count == 16 + 4)
        // A length that is not allowed.
        #expect(try #require(raising(HyperLogLog.empty, 5, 1, longest: 20)).value.count == 20)
        let long = try #require(raising(HyperLogLog.empty, 5, 1, longest: 19))
        #expect(long.value.count == HyperLogLog.denseCount && registers(long.value)[5] == 1)
    }

    @Test func sparseAndDenseAgree() {
        var random = RandomSource(seed: 2)
        for most in [20, 300, 3000] {
            var scratch = HyperLogLogScratch(copying: HyperLogLog.empty)
            var representation = HyperLogLog.Representation.sparse
            var expected = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
            for _ in 0..<most {
                let register =
                    Int.random(in: 0..<expected.count, using: &random) >> Int.random(in: 0...6, using: &random)
                let rank = UInt8.random(in: 1...4, using: &random)
                var cursor = HyperLogLog.Cursor()
                let isRaised = scratch.raise(
                    HyperLogLog.Mark(register: register, rank: rank), &representation, longest: 20_000, &cursor)
                #expect(isRaised == (rank > expected[register]))
                expected[register] = max(expected[register], rank)
            }
            let value = Array(scratch.view)
            #expect(representation == .sparse && registers(value) == expected)
            let estimate = HyperLogLog.estimate(scratch.view, .sparse)
            let isSound = scratch.makeDense()
            #expect(isSound)
            let dense = Array(scratch.view)
            #expect(registers(dense) == expected)
            let denseEstimate = HyperLogLog.estimate(scratch.view, .dense)
            #expect(denseEstimate == estimate)
        }
    }

    @Test func unions() {
        var random = RandomSource(seed: 3)
        var union = HyperLogLogUnion()
        var expected = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
        for _ in 0..<5 {
            var value = emptyDense()
            for index in 16..<value.count { value[index] = UInt8.random(in: 0...255, using: &random) }
            for (index, rank) in registers(value).enumerated() { expected[index] = max(expected[index], rank) }
            let isSound = value.withBytes { union.add($0, .dense) }
            #expect(isSound)
        }
        for register in 0..<expected.count {
            let rank = union[register]
            #expect(rank == expected[register])
        }
        var target = emptyDense()
        target.withUnsafeMutableBytes { union.write(to: $0) }
        #expect(registers(target) == expected)
        #expect(Array(target[0..<16]) == Array(emptyDense()[0..<16]))
    }

    /// Raising in order from a cursor gives the same bytes as searching from the start each time.
    @Test func mergingIsRaisingInOrder() throws {
        var random = RandomSource(seed: 4)
        for _ in 0..<30 {
            let values = (0..<2).map { _ in randomSparse(&random) }
            var union = HyperLogLogUnion()
            for value in values {
                let isSound = value.withBytes { union.add($0, .sparse) }
                #expect(isSound)
            }
            var merged = HyperLogLogScratch(copying: values[0])
            let isMerged = merged.merge(union, longest: 100_000)
            #expect(isMerged)
            var expected = values[0]
            for register in 0..<HyperLogLog.registerCount where union[register] > 0 {
                expected = try #require(raising(expected, register, union[register], longest: 100_000)).value
            }
            let found = Array(merged.view)
            #expect(found == expected)
        }
    }

    private func randomSparse(_ random: inout RandomSource) -> [UInt8] {
        var runs: [UInt8] = []
        var left = 400
        while left > 0 {
            let count = min(left, Int.random(in: 1...4, using: &random))
            let rank = UInt8.random(in: 0...3, using: &random)
            runs.append(rank == 0 ? UInt8(count - 1) : 0x80 | (rank - 1) << 2 | UInt8(count - 1))
            left -= count
        }
        return sparse(runs + [0x40 | UInt8(15_983 >> 8), UInt8(15_983 & 255)])
    }

    @Test func estimatesAreNear() throws {
        #expect(HyperLogLog.empty.withBytes { HyperLogLog.estimate($0, .sparse) } == 0)
        #expect(HyperLogLog.selfTest() == nil)
        // Ranks that no hash gives have no estimate that a number could hold.
        let highest = Array(emptyDense()[0..<16]) + [UInt8](repeating: 0xFF, count: HyperLogLog.denseCount - 16)
        #expect(highest.withBytes { HyperLogLog.estimate($0, .dense) } == 1 << 63)
    }

    @Test func theEstimateIsKept() {
        var value = HyperLogLog.empty
        #expect(value.withBytes { HyperLogLog.keptEstimate($0) } == 0)
        value.withUnsafeMutableBytes { HyperLogLog.keep(0x0102, in: $0) }
        #expect(Array(value[8..<16]) == [2, 1, 0, 0, 0, 0, 0, 0])
        value.withUnsafeMutableBytes { HyperLogLog.forgetEstimate($0) }
        #expect(value.withBytes { HyperLogLog.keptEstimate($0) } == nil)
    }

    @Test func whatIsNoValue() {
        for bytes in [[], Array("HYLL".utf8), Array("HYLL\u{0}".utf8) + [UInt8](repeating: 0, count: 20)] {
            #expect(bytes.withBytes { HyperLogLog.representation(of: $0) } == nil)
        }
        var other = HyperLogLog.empty
        other[4] = 2
        #expect(other.withBytes { HyperLogLog.representation(of: $0) } == nil)
        other[4] = 1
        other[0] = 0x68
        #expect(other.withBytes { HyperLogLog.representation(of: $0) } == nil)
    }

    @Test(
        arguments: [[], [0x7F], [0x7F, 0xFE], [0x7F, 0xFF, 0x00], [0x7F, 0xFF, 0x80], [0x7F, 0xFE, 0x81], [0xFF]]
            as [[UInt8]])
    func damagedValues(runs: [UInt8]) {
        let value = sparse(runs)
        #expect(value.withBytes { HyperLogLog.estimate($0, .sparse) } == nil)
        var union = HyperLogLogUnion()
        let isSound = value.withBytes { union.add($0, .sparse) }
        #expect(!isSound)
        var scratch = HyperLogLogScratch(copying: value)
        let isDense = scratch.makeDense()
        let rest = Array(scratch.view)
        #expect(!isDense && rest == value)
    }

    /// Whatever the bytes are, everything that reads them stays within them.
    @Test func anyBytesAtAll() {
        var random = RandomSource(seed: 5)
        for _ in 0..<3000 {
            let value = sparse(
                (0..<Int.random(in: 0...60, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                })
            let total = value.withBytes { HyperLogLog.runs($0).reduce(0) { $0 + $1.count } }
            let register = Int.random(in: 0..<HyperLogLog.registerCount, using: &random)
            let found = raising(value, register, UInt8.random(in: 1...33, using: &random))
            if register >= total { #expect(found == nil) }
            if total != HyperLogLog.registerCount {
                #expect(value.withBytes { HyperLogLog.estimate($0, .sparse) } == nil)
            }
        }
    }
}
