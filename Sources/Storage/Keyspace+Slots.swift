import Primitives

// Whole slots of keys, emptied at once.

extension Keyspace {
    /// Removes all keys of a range of slots from a database, or from all with nil, slot by slot. Returns the number of keys
    /// that went, expired ones included.
    ///
    /// As when a database is emptied, watchers and those who follow touches are told, and there are no events. The
    /// effects are `DEL` of up to a segment's keys each, all of one slot; nothing else is to be recorded.
    @discardableResult
    public func removeKeys(inSlots range: ClosedRange<Int>, _ index: Int?) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound < hashSlotCount)
        var removed = 0
        for index in index.map({ $0...$0 }) ?? 0...databaseCount - 1 {
            guard let target = databases[index], target.count > 0 else { continue }
            for slot in range where target.slots[slot].count > 0 { removed += empty(slot, of: target, index) }
        }
        changes &+= removed
        return removed
    }

    /// Slots that hold keys in a database.
    public func usedSlots(_ index: Int) -> [Int] {
        guard let database = databases[index], database.count > 0 else { return [] }
        return (0..<hashSlotCount).filter { database.count(inSlot: $0) > 0 }
    }

    private func empty(_ slot: Int, of target: Database, _ index: Int) -> Int {
        let count = target.count(inSlot: slot)
        (target.slots + slot).forEachSegment { segment, _ in
            if segment.pointee.count > 0 { prepareRemoval(of: segment.pointee, index) }
        }
        target.empty(slot)
        return count
    }

    /// What comes before the keys of a segment go.
    private func prepareRemoval(of segment: Segment, _ database: Int) {
        addEffect(database: database, argumentCount: 1 + Int(segment.count)) { effect in
            effect.append("DEL")
            segment.forEachWord { effect.append(Bucket.entry($0.pointee).key) }
        }
        guard !observers.isEmpty else { return }
        segment.forEachWord { tellOfRemoval(Bucket.entry($0.pointee), database) }
    }

    private func tellOfRemoval(_ entry: Entry, _ database: Int) {
        willChange(entry, database)
        if observers.contains(.watches) { watches.touch(database: database, key: entry.key, isGone: true) }
        if observers.contains(.touches) { touch(entry.key, database) }
    }
}

extension Database {
    /// Frees all entries of a slot and its tables.
    func empty(_ slot: Int) {
        count -= Int(slots[slot].count)
        expiringCount -= Int(slots[slot].expiring)
        (slots + slot).forEachSegment { segment, _ in
            segment.pointee.forEachWord { word in
                let entry = Bucket.entry(word.pointee)
                if entry.isListed { delist(entry) }
                free(entry)
            }
        }
        (slots + slot).removeAll(&heap)
    }
}
