import CShims
import Primitives

/// Keys that lie beside each other in the tables, from a random place on.
///
/// What a key is and what its neighbour is have nothing to do with each other, since the hash scatters them; so neighbours
/// are as good a sample as keys from all over, for a fraction of the cost.
struct EvictionSample {
    static let capacity = 16

    private var words = InlineArray<16, UInt64>(repeating: 0)
    private(set) var count = 0
    let slot: Int

    init(slot: Int) { self.slot = slot }

    subscript(index: Int) -> Entry { Bucket.entry(words[index]) }

    /// Gathers up to `wanted` keys of a segment, around its end, and has the processor fetch them all at once.
    mutating func gather(_ wanted: Int, of segment: Segment, onlyExpiring: Bool, _ random: inout RandomSource) {
        let lanes = Int(segment.bucketCount) * Bucket.laneCount
        guard lanes > 0 else { return }
        let start = Int.random(in: 0..<lanes, using: &random)
        var index = start / Bucket.laneCount
        var lane = start % Bucket.laneCount
        for _ in 0..<lanes {
            let bucket = segment.bucket(index)
            if bucket.isUsed(lane) { take(bucket.word(lane).pointee, onlyExpiring) }
            if count == min(wanted, EvictionSample.capacity) { return }
            lane += 1
            if lane == Bucket.laneCount { (index, lane) = (segment.after(index), 0) }
        }
    }

    private mutating func take(_ word: UInt64, _ onlyExpiring: Bool) {
        guard !onlyExpiring || Bucket.expires(word) else { return }
        apus_prefetch(Bucket.entry(word).base)
        words[count] = word
        count += 1
    }

    /// Takes one key for a sample.
    mutating func take(_ word: UInt64) { take(word, false) }
}

extension Bucket {
    /// Whether the key with this word expires.
    static func expires(_ word: UInt64) -> Bool { word >> 48 != 0 }
}

extension Database {
    /// Some neighbouring keys, at most sixteen, from a place that is as likely as any other; empty only where no key is
    /// there that may go.
    func evictionSample(_ wanted: Int, onlyExpiring: Bool, _ random: inout RandomSource) -> EvictionSample {
        evictionSample(wanted, &distribution, onlyExpiring: onlyExpiring, &random)
            ?? nextSample(onlyExpiring: onlyExpiring)
    }

    /// The same, from a part of the slots; nil where no key was met by chance.
    func evictionSample(
        _ wanted: Int, _ distribution: inout KeyDistribution, onlyExpiring: Bool = false, _ random: inout RandomSource
    ) -> EvictionSample? {
        for _ in 0..<EvictionSample.attempts {
            guard let slot = distribution.drawSlot(of: slots, onlyExpiring: onlyExpiring, &random) else { continue }
            var sample = EvictionSample(slot: slot)
            let segment = (slots + slot).segment(UInt32(truncatingIfNeeded: random.next()))
            sample.gather(wanted, of: segment.pointee, onlyExpiring: onlyExpiring, &random)
            if sample.count > 0 { return sample }
        }
        return nil
    }

    /// The next key from where the last such search ended: for keys too rare to be met by chance.
    private func nextSample(onlyExpiring: Bool) -> EvictionSample {
        guard onlyExpiring ? expiringCount > 0 : count > 0 else { return EvictionSample(slot: 0) }
        while true {
            if onlyExpiring { searchHand.skipSlots(slots) { $0.expiring == 0 } }
            guard let word = searchHand.next(slots), !onlyExpiring || Bucket.expires(word.pointee) else { continue }
            var sample = EvictionSample(slot: searchHand.slot)
            sample.take(word.pointee)
            return sample
        }
    }
}

extension EvictionSample {
    /// Places that are tried for a key that may go before the tables are searched.
    static let attempts = 8
}
