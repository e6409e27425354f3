import Primitives

/// Where a walk over a database stands: a slot and a position in it, packed as the cursor of `SCAN`. 0 is both the
/// beginning and the end.
public struct ScanCursor: Equatable {
    /// The number that stands for the place.
    public let rawValue: UInt64

    /// Any number is a cursor; one that no walk gave leads somewhere, or to the end.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Before the first slot.
    public static var start: ScanCursor { ScanCursor(rawValue: 0) }
    /// Before the first key of a slot.
    public static func slot(_ slot: Int) -> ScanCursor { ScanCursor(rawValue: UInt64(slot) << 32) }

    var slot: Int { Int(truncatingIfNeeded: min(rawValue >> 32, UInt64(hashSlotCount))) }
    var position: UInt32 { UInt32(truncatingIfNeeded: rawValue) }
}

extension Database {
    /// Calls `body` for the entries from `cursor` on until at least `minimum` have been seen, and returns where to go on;
    /// nil at the end. An entry that is there throughout a walk is seen at least once, however the tables grow or
    /// shrink between calls. `body` may not change the database.
    public func scan(from cursor: ScanCursor, minimum: Int, lastSlot: Int = hashSlotCount - 1, _ body: (Entry) -> Void)
        -> ScanCursor?
    {
        var seen = 0
        var slot = cursor.slot
        var position = cursor.position
        while slot <= lastSlot {
            if slots[slot].count > 0 {
                let next = (slots + slot).scan(from: position, minimum: minimum - seen, hash: hash) { entry in
                    seen += 1
                    body(entry)
                }
                if let next { return ScanCursor(rawValue: UInt64(slot) << 32 | UInt64(next)) }
                if seen >= minimum { return slot < lastSlot ? .slot(slot + 1) : nil }
            }
            slot += 1
            position = 0
        }
        return nil
    }

    /// Calls `body` for every entry. `body` may not change the database.
    public func forEach(_ body: (Entry) -> Void) {
        for slot in 0..<hashSlotCount where slots[slot].count > 0 { forEach(inSlot: slot, body) }
    }

    /// Calls `body` for every entry of a slot. `body` may not change the database.
    public func forEach(inSlot slot: Int, _ body: (Entry) -> Void) {
        (slots + slot).forEachSegment { segment, _ in
            segment.pointee.forEachWord { body(Bucket.entry($0.pointee)) }
        }
    }

    /// A random entry, each as likely as any other; nil where there is none.
    public func randomEntry(_ random: inout RandomSource) -> Entry? {
        guard count > 0 else { return nil }
        var rank = Int.random(in: 0..<count, using: &random)
        for slot in 0..<hashSlotCount {
            let inSlot = Int(slots[slot].count)
            if rank < inSlot { return entry(rank: rank, slot: slot) }
            rank -= inSlot
        }
        return nil
    }

    private func entry(rank: Int, slot: Int) -> Entry? {
        var rest = rank
        var found: Entry?
        (slots + slot).forEachSegment { segment, _ in
            guard found == nil else { return }
            if rest >= Int(segment.pointee.count) {
                rest -= Int(segment.pointee.count)
                return
            }
            segment.pointee.forEachWord { word in
                if rest == 0 { found = found ?? Bucket.entry(word.pointee) }
                rest -= 1
            }
        }
        return found
    }
}

extension UnsafeMutablePointer<SlotTable> {
    /// As `Database.scan`, in one slot; returns the position to go on from.
    func scan(from start: UInt32, minimum: Int, hash: KeyHash, _ body: (Entry) -> Void) -> UInt32? {
        var seen = 0
        var position = start
        while true {
            let segment = segment(position).pointee
            let prefix = position & ~(UInt32.max >> UInt32(segment.depth))
            if segment.bucketCount > 0 {
                let home = segment.home(position)
                segment.forEach(home: home, hash: hash) { entry in
                    seen += 1
                    body(entry)
                }
                if let next = segment.boundary(after: home, prefix: prefix) {
                    position = UInt32(next)
                    if seen >= minimum { return position }
                    continue
                }
            }
            let end = UInt64(prefix) + (1 << (32 - UInt64(segment.depth)))
            if end > UInt64(UInt32.max) { return nil }
            position = UInt32(end)
            if seen >= minimum { return position }
        }
    }
}
