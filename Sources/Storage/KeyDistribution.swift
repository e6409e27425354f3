import Primitives

/// How many keys lie in each run of 64 slots, as of a while ago: with it a slot is drawn, with a chance that is in
/// proportion to its keys, in a few steps, whether the keys are spread evenly or all lie in one slot.
///
/// Counted anew after a number of draws: keys that come and go meanwhile shift the chances a little.
struct KeyDistribution {
    static let runLength = 64
    private static let mostDraws = 4096

    /// Keys up to the end of each run.
    private var ends = InlineArray<256, UInt32>(repeating: 0)
    private var onlyExpiring = false
    private var drawsLeft = 0
    /// The group of slots that is drawn from; nil for all (`EvictionQueues`).
    private let group: Int?

    init(group: Int? = nil) { self.group = group }

    /// A random slot with keys; nil where none was met.
    mutating func drawSlot(
        of slots: UnsafeMutablePointer<SlotTable>, onlyExpiring: Bool, _ random: inout RandomSource
    ) -> Int? {
        if drawsLeft == 0 || onlyExpiring != self.onlyExpiring { count(slots, onlyExpiring) }
        drawsLeft -= 1
        guard ends[255] > 0 else {
            drawsLeft = 0
            return nil
        }
        let rank = UInt32.random(in: 0..<ends[255], using: &random)
        let run = run(of: rank)
        return slot(at: rank - (run == 0 ? 0 : ends[run - 1]), inRun: run, of: slots)
    }

    private mutating func count(_ slots: UnsafeMutablePointer<SlotTable>, _ onlyExpiring: Bool) {
        self.onlyExpiring = onlyExpiring
        var total: UInt32 = 0
        for run in 0..<256 {
            defer { ends[run] = total }
            if let group, EvictionQueues.group(ofRun: run) != group { continue }
            for slot in run * KeyDistribution.runLength..<(run + 1) * KeyDistribution.runLength {
                total += onlyExpiring ? slots[slot].expiring : slots[slot].count
            }
        }
        drawsLeft = min(KeyDistribution.mostDraws, max(16, Int(total) / 8))
    }

    private func run(of rank: UInt32) -> Int {
        var (low, high) = (0, 255)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] <= rank { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func slot(
        at rank: UInt32, inRun run: Int, of slots: UnsafeMutablePointer<SlotTable>
    ) -> Int? {
        var rest = rank
        for slot in run * KeyDistribution.runLength..<(run + 1) * KeyDistribution.runLength {
            let keys = onlyExpiring ? slots[slot].expiring : slots[slot].count
            if rest < keys { return slot }
            rest -= keys
        }
        // So many keys have gone from here that the counts are old.
        drawsLeft = 0
        return nil
    }
}
