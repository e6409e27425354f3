import Primitives
import Structures
import Testing

/// Strings of all lengths up to 100 and some longer ones, with few, about half, and almost all bits set.
private func samples(_ random: inout RandomSource) -> [[UInt8]] {
    var result: [[UInt8]] = []
    for count in Array(0...100) + [127, 128, 129, 255, 1000, 4099] {
        result.append((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        result.append((0..<count).map { _ in Int.random(in: 0..<200, using: &random) == 0 ? 4 : 0 })
        result.append((0..<count).map { _ in Int.random(in: 0..<200, using: &random) == 0 ? 0xF7 : 0xFF })
    }
    return result
}

extension Array where Element == UInt8 {
    fileprivate func bit(_ index: Int) -> Bool {
        index / 8 < count && self[index / 8] & (0x80 >> UInt8(index % 8)) != 0
    }

    fileprivate func range(_ random: inout RandomSource) -> Range<Int> {
        let first = Int.random(in: 0...count * 8, using: &random)
        let second = Int.random(in: 0...count * 8, using: &random)
        return Swift.min(first, second)..<Swift.max(first, second)
    }
}

@Suite struct BitsTests {
    @Test func countsAsOneByOne() {
        var random = RandomSource(seed: 1)
        for sample in samples(&random) {
            let expected = (0..<sample.count * 8).count { sample.bit($0) }
            #expect(sample.withBytes { Bits.count($0) } == expected)
            // At an address that is not a multiple of anything.
            #expect(([0xFF] + sample).withBytes { Bits.count($0.dropFirst(1)) } == expected)
        }
    }

    @Test func countsInRanges() {
        var random = RandomSource(seed: 2)
        for sample in samples(&random) {
            for range in (0..<10).map({ _ in sample.range(&random) }) {
                #expect(sample.withBytes { Bits.count($0, in: range) } == range.count { sample.bit($0) })
            }
        }
    }

    @Test func findsTheFirst() {
        var random = RandomSource(seed: 3)
        for sample in samples(&random) {
            for range in (0..<10).map({ _ in sample.range(&random) }) {
                for isSet in [true, false] {
                    let found = sample.withBytes { Bits.firstIndex(of: isSet, in: $0, range) }
                    #expect(found == range.first { sample.bit($0) == isSet })
                }
            }
        }
    }
}

@Suite struct BitOperationTests {
    @Test func combinesAsBitByBit() {
        var random = RandomSource(seed: 4)
        let samples = samples(&random)
        for operation in BitOperation.allCases {
            for _ in 0..<60 {
                let count = operation == .not ? 1 : Int.random(in: 2...4, using: &random)
                let sources = (0..<count).map { _ in samples[Int.random(in: 0..<samples.count, using: &random)] }
                #expect(combined(operation, sources) == expected(operation, sources))
            }
        }
    }

    private func combined(_ operation: BitOperation, _ sources: [[UInt8]]) -> [UInt8] {
        var target = [UInt8](repeating: 0xA5, count: sources.map(\.count).max() ?? 0)
        // One after the other in one place, so that they lie at any address.
        Array(sources.joined()).withBytes { all in
            var start = 0
            let views = sources.map { source in
                defer { start += source.count }
                return all[start..<start + source.count]
            }
            target.withUnsafeMutableBytes { operation.combine(views, into: $0) }
        }
        return target
    }

    private func expected(_ operation: BitOperation, _ sources: [[UInt8]]) -> [UInt8] {
        let count = sources.map(\.count).max() ?? 0
        return (0..<count).map { byte in
            (0..<8).reduce(0) {
                $0 << 1 | (bit(operation, sources.map { [index = byte * 8 + $1] in $0.bit(index) }) ? 1 : 0)
            }
        }
    }

    private func bit(_ operation: BitOperation, _ bits: [Bool]) -> Bool {
        let others = bits.dropFirst().contains(true)
        let count = bits.count { $0 }
        return switch operation {
        case .and: count == bits.count
        case .or: count > 0
        case .xor: count % 2 == 1
        case .not: !bits[0]
        case .difference: bits[0] && !others
        case .reverseDifference: !bits[0] && others
        case .andOr: bits[0] && others
        case .one: count == 1
        }
    }
}
