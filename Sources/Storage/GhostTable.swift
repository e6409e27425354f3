/// Keys that went not long ago, and how often they were used, in two bytes each: half as many again as there are keys,
/// first in, first out.
///
///     run of 64 slots ── sets of eight ghosts, the latest first; a key's set follows from its position
///     ghost: fingerprint 13 bits · uses 3 bits; 0 for none
///
/// 1. A set that is full forgets its oldest: as every set gets its share, that is about the oldest of all.
/// 2. One look-up in a thousand finds a key that was never there.
/// 3. The runs take another size one by one, as the number of their keys changes.
struct GhostTable: ~Copyable {
    private struct Run {
        var sets: UnsafeMutablePointer<SIMD8<UInt16>>?
        var setCount: UInt32 = 0
        /// Ghosts that may come before the size is looked at again.
        var untilCheck: UInt32 = 0

        func index(_ key: Key) -> Int { Int((UInt64(key.position) &* UInt64(setCount)) >> 32) }
    }

    private var runs = InlineArray<256, Run>(repeating: Run())
    private(set) var bytes = 256 * MemoryLayout<Run>.stride

    deinit { for index in 0..<256 { runs[index].sets?.deallocate() } }

    private static func fingerprint(_ key: Key) -> UInt16 {
        let low = UInt16(truncatingIfNeeded: key.hash) & 0xFFF8
        return low == 0 ? 8 : low
    }

    /// Takes a key in.
    mutating func insert(_ key: Key, uses: UInt32, of slots: UnsafeMutablePointer<SlotTable>) {
        let run = key.slot / KeyDistribution.runLength
        if runs[run].untilCheck == 0 { fit(run, slots) }
        runs[run].untilCheck -= 1
        let set = runs[run].sets! + runs[run].index(key)
        let old = set.pointee
        var fresh = SIMD8<UInt16>(repeating: 0)
        fresh[0] = GhostTable.fingerprint(key) | UInt16(uses)
        for lane in 1..<8 { fresh[lane] = old[lane - 1] }
        set.pointee = fresh
    }

    /// Takes a key out, and tells how often it was used; nil where it is not there.
    mutating func remove(_ key: Key) -> UInt32? {
        let run = runs[key.slot / KeyDistribution.runLength]
        guard let sets = run.sets else { return nil }
        let set = sets + run.index(key)
        let wanted = GhostTable.fingerprint(key)
        for lane in 0..<8 where set.pointee[lane] & 0xFFF8 == wanted {
            defer { set.pointee[lane] = 0 }
            return UInt32(set.pointee[lane] & 7)
        }
        return nil
    }

    /// Gives a run places for half as many ghosts again as it has keys, if it has far more or less.
    private mutating func fit(_ run: Int, _ slots: UnsafeMutablePointer<SlotTable>) {
        let first = run * KeyDistribution.runLength
        let keys = (first..<first + KeyDistribution.runLength).reduce(0) { $0 + slots[$1].count }
        let wanted = max(1, keys * 3 / 16)
        let old = runs[run].setCount
        if wanted * 4 > old * 5 || wanted * 4 < old * 3 { resize(run, to: wanted) }
        runs[run].untilCheck = max(8, runs[run].setCount)
    }

    private mutating func resize(_ run: Int, to count: UInt32) {
        let old = runs[run]
        let sets = UnsafeMutablePointer<SIMD8<UInt16>>.allocate(capacity: Int(count))
        for index in 0..<Int(count) {
            let source = index * Int(old.setCount) / Int(count)
            (sets + index).initialize(to: old.sets.map { $0[source] } ?? SIMD8(repeating: 0))
        }
        old.sets?.deallocate()
        bytes += (Int(count) - Int(old.setCount)) * MemoryLayout<SIMD8<UInt16>>.stride
        (runs[run].sets, runs[run].setCount) = (sets, count)
    }
}
