import Payloads
import Persistence
import Primitives
import Storage
import Structures

/// The reader of RDB values: what it reads has as many elements as it says, and none of them is damaged.
struct ValueTarget: FuzzTarget {
    static let name = "value"
    private let limits: [CollectionLimits]

    init(seed: UInt64) { limits = CollectionLimits.fuzzed(seed) }

    mutating func run(_ random: inout RandomSource) -> FuzzOutcome {
        let input = FuzzInput.make(&random)
        let limits = random.pick(limits)
        return input.bytes.withExactCopy { read(Bytes(UnsafeRawBufferPointer($0)), input, limits) }
    }

    private func read(_ bytes: Bytes, _ input: FuzzInput, _ limits: CollectionLimits) -> FuzzOutcome {
        guard let type = RDBType(rawValue: input.type) else { preconditionFailure("an input of no type") }
        var reader = RDBReader(bytes)
        do throws(RDBError) {
            let value = try reader.value(type, limits, isValkey: input.isValkey)
            value.checkCounts()
            value.free()
            return .taken
        } catch {
            hold(error.offset >= 0 && error.offset <= bytes.count, "an error outside of the input")
            return .refused(error.reason)
        }
    }
}

extension CollectionLimits {
    /// The usual ones, and such under which collections soon become large.
    static func fuzzed(_ seed: UInt64) -> [CollectionLimits] {
        var small = CollectionLimits(hash: KeyHash(seed: seed))
        small.listMaxListpackSize = 4
        small.hashMaxListpackEntries = 2
        small.setMaxIntsetEntries = 2
        small.setMaxListpackEntries = 2
        small.zsetMaxListpackEntries = 2
        small.streamNodeMaxEntries = 2
        return [CollectionLimits(hash: KeyHash(seed: seed)), small]
    }
}

extension LooseValue {
    /// Traps where there are not as many elements as it says.
    func checkCounts() {
        let contents = contents
        switch self {
        case .string: hold(contents.count == 1)
        case .stream(let stream):
            hold(contents.count >= count)
            for group in 0..<stream.groupCount { _ = stream.lag(group) }
        case .list, .set, .sortedSet, .hash: hold(contents.count == count && count > 0)
        }
    }
}
