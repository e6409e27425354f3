import CShims
import Primitives

/// A place in a database's tables that moves on from lane to lane and begins again after the last, however the tables
/// grow or shrink meanwhile: as the hand of a clock.
struct TableHand {
    var slot = 0
    private var position: UInt32 = 0
    private var lane = 0

    /// The word of the next key; nil where a bucket has ended and there is none yet. Each call is a bounded step.
    mutating func next(_ slots: UnsafeMutablePointer<SlotTable>) -> UnsafeMutablePointer<UInt64>? {
        skipSlots(slots) { $0.count == 0 }
        let segment = (slots + slot).segment(position)
        if segment.pointee.bucketCount > 0 {
            let bucket = segment.pointee.bucket(segment.pointee.home(position))
            if lane == 0 { bucket.fetchEntries() }
            while lane < Bucket.laneCount {
                lane += 1
                if bucket.isUsed(lane - 1) { return bucket.word(lane - 1) }
            }
        }
        leaveBucket(segment.pointee)
        return nil
    }

    /// Moves on to the next slot for which `isSkipped` is false, the one at hand included.
    mutating func skipSlots(_ slots: UnsafeMutablePointer<SlotTable>, _ isSkipped: (borrowing SlotTable) -> Bool) {
        var rest = hashSlotCount
        while rest > 0, isSkipped(slots[slot]) {
            slot = (slot + 1) % hashSlotCount
            (position, lane) = (0, 0)
            rest -= 1
        }
    }

    private mutating func leaveBucket(_ segment: Segment) {
        lane = 0
        let prefix = position & ~UInt32(truncatingIfNeeded: UInt64(UInt32.max) >> UInt64(segment.depth))
        if segment.bucketCount > 0,
            let next = segment.boundary(after: segment.home(position), prefix: prefix)
        {
            position = UInt32(next)
            return
        }
        let end = UInt64(prefix) + (1 << (32 - UInt64(segment.depth)))
        position = UInt32(truncatingIfNeeded: end)
        if end > UInt64(UInt32.max) { slot = (slot + 1) % hashSlotCount }
    }
}

extension Bucket {
    /// Asks the processor for all entries of the bucket.
    func fetchEntries() {
        for lane in 0..<Bucket.laneCount where isUsed(lane) { apus_prefetch(Bucket.entry(word(lane).pointee).base) }
    }
}
