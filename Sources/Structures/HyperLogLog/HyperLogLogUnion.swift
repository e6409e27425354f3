import CShims
import Primitives

/// The highest rank of each register, over any number of values; one byte for each.
public struct HyperLogLogUnion: ~Copyable {
    private let ranks: UnsafeMutablePointer<UInt8>
    /// Whether one of the values was dense.
    public private(set) var hasDense = false

    /// The union of no values.
    public init() {
        ranks = .allocate(capacity: HyperLogLog.registerCount)
        ranks.initialize(repeating: 0, count: HyperLogLog.registerCount)
    }

    deinit { ranks.deallocate() }

    /// Adds a value; false where it is damaged.
    public mutating func add(_ value: Bytes, _ representation: HyperLogLog.Representation) -> Bool {
        if representation == .dense {
            hasDense = true
            apus_registers_merge(ranks, HyperLogLog.registers(value))
            return true
        }
        return HyperLogLog.forEachRun(value) { run, register in
            if run.rank == 0 { return }
            for index in register..<register + run.count { ranks[index] = max(ranks[index], run.rank) }
        }
    }

    /// The rank of a register.
    public subscript(register: Int) -> UInt8 { ranks[register] }

    /// How many elements there were, about.
    public var estimate: UInt64 {
        var histogram = HyperLogLog.Histogram()
        histogram.count(ranks)
        return histogram.estimate
    }

    /// Writes all registers to a dense value, whose own are replaced.
    public func write(to dense: UnsafeMutableRawBufferPointer) {
        apus_registers_pack(dense.baseAddress! + HyperLogLog.headerCount, ranks)
    }
}
