import CShims
import Primitives

/// What `BITOP` makes of several strings; a shorter one counts as filled up with zeros.
public enum BitOperation: Sendable, CaseIterable {
    case and, or, xor
    /// The complement of the only source.
    case not
    /// Set in the first source and in no other.
    case difference
    /// Set in any other source, but not in the first.
    case reverseDifference
    /// Set in the first source and in any other.
    case andOr
    /// Set in exactly one source.
    case one

    /// Writes the result to `target`, which is as long as the longest of the sources, of which there is at least one.
    public func combine(_ sources: [Bytes], into target: UnsafeMutableRawBufferPointer) {
        guard let base = target.baseAddress else { return }
        // Block by block, so that the target is written to memory once, however many sources there are.
        var start = 0
        while start < target.count {
            let count = min(BitOperation.blockCount, target.count - start)
            combineBlock(sources, base + start, start..<start + count)
            start += count
        }
    }

    private static let blockCount = 8192

    private func combineBlock(_ sources: [Bytes], _ target: UnsafeMutableRawPointer, _ range: Range<Int>) {
        switch self {
        case .and: fold(sources, target, range, apus_and)
        case .or: fold(sources, target, range, apus_or)
        case .xor: fold(sources, target, range, apus_xor)
        case .not: combineWithFirst(sources, target, range, apus_not)
        case .difference: combineWithFirst(sources, target, range, apus_keep_others)
        case .reverseDifference: combineWithFirst(sources, target, range, apus_clear)
        case .andOr: combineWithFirst(sources, target, range, apus_and)
        case .one: combineOne(sources, target, range)
        }
    }

    private typealias Step = (UnsafeMutableRawPointer?, UnsafeRawPointer?, Int) -> Void

    private func fold(
        _ sources: [Bytes], _ target: UnsafeMutableRawPointer, _ range: Range<Int>, _ step: Step
    ) {
        copy(sources[0], target, range)
        for source in sources.dropFirst() { apply(source, target, range, step) }
    }

    /// Gathers all sources but the first, then applies `step` to them and the first.
    private func combineWithFirst(
        _ sources: [Bytes], _ target: UnsafeMutableRawPointer, _ range: Range<Int>, _ step: Step
    ) {
        fold([.empty] + sources.dropFirst(), target, range, apus_or)
        apply(sources[0], target, range, step)
    }

    private func combineOne(_ sources: [Bytes], _ target: UnsafeMutableRawPointer, _ range: Range<Int>) {
        withUnsafeTemporaryAllocation(byteCount: range.count, alignment: 8) { repeated in
            let repeated = repeated.baseAddress!
            copy(.empty, repeated, range)
            copy(sources[0], target, range)
            for source in sources.dropFirst() {
                apply(source, repeated, range) { apus_gather_common($0, target, $1, $2) }
                apply(source, target, range, apus_or)
            }
            apus_clear(target, repeated, range.count)
        }
    }

    /// Copies a range of a source, zeros where it has ended.
    private func copy(_ source: Bytes, _ target: UnsafeMutableRawPointer, _ range: Range<Int>) {
        let count = max(0, min(source.count, range.upperBound) - range.lowerBound)
        if count > 0 { target.copyMemory(from: source.base + range.lowerBound, byteCount: count) }
        (target + count).initializeMemory(as: UInt8.self, repeating: 0, count: range.count - count)
    }

    /// Applies `step` to a block and a range of a source, zeros where that has ended.
    private func apply(
        _ source: Bytes, _ target: UnsafeMutableRawPointer, _ range: Range<Int>, _ step: Step
    ) {
        if range.upperBound <= source.count { return step(target, source.base + range.lowerBound, range.count) }
        withUnsafeTemporaryAllocation(byteCount: range.count, alignment: 8) { filled in
            let filled = filled.baseAddress!
            copy(source, filled, range)
            step(target, filled, range.count)
        }
    }
}
