import CShims
import Primitives

extension HyperLogLog {
    /// Where a search in sparse registers may begin.
    public struct Cursor: Sendable {
        var offset = headerCount
        var register = 0

        /// The first register.
        public init() {}
    }

    /// What an element does to a sparse value.
    public enum SparseOutcome {
        /// Nothing: its register is as high already.
        case none
        /// A few bytes give way to others.
        case change(SparseChange)
        /// The rank is too high, or the value would become too long: it has to become dense first.
        case tooLarge
        /// The bytes do not cover the register.
        case damaged
    }

    /// Some bytes of a sparse value that others take the place of.
    public struct SparseChange {
        let offset: Int
        let removed: Int
        let piece: HyperLogLogPiece

        /// How many bytes longer the value becomes; negative where it becomes shorter.
        public var growth: Int { piece.count - removed }

        /// Makes the change in a value of `count` bytes, with room for what it grows by.
        public func apply(to value: UnsafeMutableRawPointer, count: Int) {
            let rest = offset + removed
            if growth != 0 {
                let target = UnsafeMutableRawBufferPointer(
                    start: value + offset + piece.count, count: count - rest)
                target.copyMemory(from: UnsafeRawBufferPointer(start: value + rest, count: count - rest))
            }
            piece.copy(to: value + offset)
        }
    }

    /// What a mark does to a sparse value that may get `longest` bytes. The search begins at `cursor`, which lies before
    /// the register, and is moved so that a search for a later register may begin there after the change.
    public static func outcome(
        _ value: Bytes, _ mark: Mark, longest: Int, _ cursor: inout Cursor
    ) -> SparseOutcome {
        if mark.rank > HyperLogLogRun.highestRank { return .tooLarge }
        guard let found = find(value, mark.register, &cursor) else { return .damaged }
        if found.run.rank >= mark.rank { return .none }
        var piece = HyperLogLogPiece()
        piece.append(value[found.before..<found.offset])
        split(found, mark, into: &piece)
        let grown = value.count - (found.offset - found.before) - found.run.byteCount + piece.count
        if grown > longest, grown > value.count { return .tooLarge }
        // As many bytes as the joining may look at.
        let end = min(value.count, found.offset + found.run.byteCount + 10)
        piece.append(value[found.offset + found.run.byteCount..<end])
        piece.joinRuns()
        return .change(SparseChange(offset: found.before, removed: end - found.before, piece: piece))
    }

    private struct Found {
        var run: HyperLogLogRun
        var offset: Int
        /// The first register of the run.
        var register: Int
        /// Where the run before it begins; the same as `offset` for the first.
        var before: Int
    }

    /// The run that a register lies in; nil where the value ends before.
    private static func find(_ value: Bytes, _ register: Int, _ cursor: inout Cursor) -> Found? {
        if let found = findAhead(value, register, &cursor) { return found }
        cursor = Cursor()
        return findAhead(value, register, &cursor)
    }

    /// As `find`, but nil too where the run is the first one at the cursor, so that the one before it is not known.
    private static func findAhead(_ value: Bytes, _ register: Int, _ cursor: inout Cursor) -> Found? {
        let start = cursor.offset
        guard start < value.count else { return nil }
        var first = cursor.register
        var offset =
            start
            + apus_registers_skip(
                (value.base + start).assumingMemoryBound(to: UInt8.self), value.count - start, register, &first)
        var before = Cursor()
        before.offset = offset
        before.register = first
        while offset < value.count {
            guard let run = HyperLogLogRun(value, at: offset) else { return nil }
            if register < first &+ run.count {
                if offset == start, start > headerCount { return nil }
                return Found(run: run, offset: offset, register: first, before: before.offset)
            }
            cursor = before
            before.offset = offset
            before.register = first
            offset &+= run.byteCount
            first &+= run.count
        }
        return nil
    }

    /// Appends a run without the one register of it that is raised, and that.
    private static func split(_ found: Found, _ mark: Mark, into piece: inout HyperLogLogPiece) {
        let (run, index) = (found.run, mark.register - found.register)
        piece.append(rank: run.rank, count: index)
        piece.append(rank: mark.rank, count: 1)
        piece.append(rank: run.rank, count: run.count - index - 1)
    }

    /// Walks the runs of a sparse value; false where they do not add up to all registers.
    static func forEachRun(_ value: Bytes, _ body: (HyperLogLogRun, Int) -> Void) -> Bool {
        var offset = headerCount
        var register = 0
        while offset < value.count {
            guard let run = HyperLogLogRun(value, at: offset), register + run.count <= registerCount else {
                return false
            }
            body(run, register)
            register += run.count
            offset += run.byteCount
        }
        return register == registerCount
    }

    /// All runs of a sparse value in order, up to one that is cut off.
    public static func runs(_ value: Bytes) -> [HyperLogLogRun] {
        var found: [HyperLogLogRun] = []
        var offset = headerCount
        while offset < value.count, let run = HyperLogLogRun(value, at: offset) {
            found.append(run)
            offset += run.byteCount
        }
        return found
    }

    /// Writes the dense form of a sparse value to `dense`, which has room for it; false where the value is damaged.
    public static func expand(_ value: Bytes, into dense: UnsafeMutableRawBufferPointer) -> Bool {
        dense.baseAddress!.initializeMemory(as: UInt8.self, repeating: 0, count: denseCount)
        dense.copyMemory(from: value[0..<headerCount].buffer)
        dense[4] = Representation.dense.rawValue
        return forEachRun(value) { run, register in
            if run.rank == 0 { return }
            for index in register..<register + run.count { raise(dense, Mark(register: index, rank: run.rank)) }
        }
    }
}
