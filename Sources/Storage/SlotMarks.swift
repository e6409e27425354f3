import Primitives

/// A mark for each of some hash slots.
public struct SlotMarks: Equatable, Sendable {
    private let words: [UInt64]

    /// - Parameter words: bit `slot % 64` of word `slot / 64` marks a slot.
    public init(words: [UInt64]) {
        precondition(words.count == hashSlotCount / 64)
        self.words = words
    }

    /// Marks slots.
    public init(_ slots: some Sequence<Int>) {
        var words = [UInt64](repeating: 0, count: hashSlotCount / 64)
        for slot in slots { words[slot >> 6] |= 1 << UInt64(slot & 63) }
        self.words = words
    }

    /// All that any of some have marked.
    init(union all: some Sequence<SlotMarks>) {
        self.init(
            words: all.reduce([UInt64](repeating: 0, count: hashSlotCount / 64)) { zip($0, $1.words).map { $0 | $1 } })
    }

    /// The marked slots in order.
    public var slots: [Int] { (0..<hashSlotCount).filter(contains) }

    /// Whether a slot is marked.
    public func contains(_ slot: Int) -> Bool { words[slot >> 6] >> UInt64(slot & 63) & 1 == 1 }
}

extension Database {
    /// How many keys there are in some slots, expired ones included.
    public func count(in marks: SlotMarks) -> Int {
        (0..<hashSlotCount).reduce(0) { marks.contains($1) ? $0 + Int(slots[$1].count) : $0 }
    }

    fileprivate func expiringCount(in marks: SlotMarks) -> Int {
        (0..<hashSlotCount).reduce(0) { marks.contains($1) ? $0 + Int(slots[$1].expiring) : $0 }
    }
}

extension Keyspace {
    /// The number of keys of a database that clients may know of.
    public func visibleCount(_ index: Int) -> Int {
        guard let database = databases[index] else { return 0 }
        return database.count - (hiddenSlots.map { database.count(in: $0) } ?? 0)
    }

    /// Those of them that expire.
    public func visibleExpiringCount(_ index: Int) -> Int {
        guard let database = databases[index] else { return 0 }
        return database.expiringCount - (hiddenSlots.map { database.expiringCount(in: $0) } ?? 0)
    }

    /// Whether clients may not know of an entry, since its slot is not this node's yet.
    @inline(__always)
    public func isInHiddenSlot(_ entry: Entry) -> Bool {
        _slowPath(hiddenSlots != nil) && hiddenSlots?.contains(hashSlot(of: entry.key)) == true
    }
}
