import Primitives

// HyperLogLogs in places that can grow.

extension GrowableBytes where Self: ~Copyable {
    /// Raises a register of a HyperLogLog, if it is lower. A sparse value becomes dense where it would become longer than
    /// `longest` bytes. Returns whether it was lower; nil for damaged bytes.
    @inlinable
    public mutating func raise(
        _ mark: HyperLogLog.Mark, _ representation: inout HyperLogLog.Representation, longest: Int,
        _ cursor: inout HyperLogLog.Cursor
    ) -> Bool? {
        if representation == .dense { return HyperLogLog.raise(bytes, mark) }
        switch HyperLogLog.outcome(view, mark, longest: longest, &cursor) {
        case .none: return false
        case .damaged: return nil
        case .change(let change):
            apply(change)
            HyperLogLog.forgetEstimate(bytes)
            return true
        case .tooLarge:
            guard makeDense() else { return nil }
            representation = .dense
            return HyperLogLog.raise(bytes, mark)
        }
    }

    @inlinable
    mutating func apply(_ change: HyperLogLog.SparseChange) {
        let count = bytes.count
        if change.growth > 0 { resize(to: count + change.growth) }
        change.apply(to: bytes.baseAddress!, count: count)
        if change.growth < 0 { resize(to: count + change.growth) }
    }

    /// Makes a sparse HyperLogLog dense; false where it is damaged.
    public mutating func makeDense() -> Bool {
        let dense = UnsafeMutableRawBufferPointer.allocate(byteCount: HyperLogLog.denseCount, alignment: 8)
        defer { dense.deallocate() }
        guard HyperLogLog.expand(view, into: dense) else { return false }
        replace(by: Bytes(UnsafeRawBufferPointer(dense)))
        return true
    }
}

/// A HyperLogLog in memory of its own, with room for the longest value that is not damaged.
public struct HyperLogLogScratch: GrowableBytes, ~Copyable {
    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    /// The bytes as they are now.
    public private(set) var bytes: UnsafeMutableRawBufferPointer

    /// A copy of a value.
    public init(copying value: Bytes) {
        self.init(count: value.count)
        bytes.copyMemory(from: value.buffer)
    }

    /// A copy of a value.
    public init(copying value: [UInt8]) {
        self.init(count: value.count)
        value.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }

    private init(count: Int) {
        // A run takes two bytes at most, and stands for a register at least.
        capacity = max(count, HyperLogLog.headerCount + 2 * HyperLogLog.registerCount) + HyperLogLogPiece.capacity
        base = .allocate(byteCount: capacity, alignment: 8)
        bytes = UnsafeMutableRawBufferPointer(start: base, count: count)
    }

    deinit { base.deallocate() }

    /// Gives the value another length; what is new has any bytes.
    public mutating func resize(to count: Int) {
        precondition(count <= capacity)
        bytes = UnsafeMutableRawBufferPointer(start: base, count: count)
    }

    /// Puts another value in its place.
    public mutating func replace(by value: Bytes) {
        resize(to: value.count)
        bytes.copyMemory(from: value.buffer)
    }

    /// Raises all registers of a sparse value to those of a union, which it is part of. It becomes dense if a part of the
    /// union was, or if it would become longer than `longest` bytes. Returns false where it is damaged.
    public mutating func merge(_ union: borrowing HyperLogLogUnion, longest: Int) -> Bool {
        var representation = HyperLogLog.Representation.sparse
        if union.hasDense {
            guard makeDense() else { return false }
            representation = .dense
        }
        var cursor = HyperLogLog.Cursor()
        for register in 0..<HyperLogLog.registerCount where union[register] > 0 && representation == .sparse {
            let mark = HyperLogLog.Mark(register: register, rank: union[register])
            guard raise(mark, &representation, longest: longest, &cursor) != nil else { return false }
        }
        if representation == .dense { union.write(to: bytes) }
        return true
    }
}
