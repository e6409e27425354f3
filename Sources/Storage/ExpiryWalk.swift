import Primitives

/// Where the background walk over expiring keys stands: every slot of every database in turn.
struct ExpiryWalk {
    var database = 0
    var slot = 0
    /// Keys seen and found expired in the round under way, for the estimate of stale keys.
    var seen = 0
    var stale = 0
}

extension Keyspace {
    /// Removes expired keys until a slot's worth of work after `isOver` says so, at most one round over all databases.
    /// Returns whether the round is complete.
    ///
    /// The walk reads buckets only: the tag beside an entry's address tells whether the entry may have expired, so keys
    /// that live on cost no cache miss.
    public func removeExpired(until isOver: () -> Bool) -> Bool {
        guard expiryMode == .remove else { return true }
        var visited = 0
        while visited < databaseCount * hashSlotCount {
            guard let target = databases[expiryWalk.database], target.expiringCount > 0 else {
                visited += hashSlotCount - expiryWalk.slot
                nextDatabase()
                continue
            }
            if target.slots[expiryWalk.slot].expiring > 0 {
                if !removeExpired(target, isOver) { return false }
            }
            visited += 1
            expiryWalk.slot += 1
            if expiryWalk.slot == hashSlotCount { nextDatabase() }
        }
        return true
    }

    private func nextDatabase() {
        expiryWalk.slot = 0
        expiryWalk.database = (expiryWalk.database + 1) % databaseCount
        if expiryWalk.database == 0 { endRound() }
    }

    private func endRound() {
        let share = expiryWalk.seen == 0 ? 0 : Double(expiryWalk.stale) * 100 / Double(expiryWalk.seen)
        statistics.stalePercent = statistics.stalePercent * 0.95 + share * 0.05
        expiryWalk.seen = 0
        expiryWalk.stale = 0
    }

    /// Removes the expired keys of the walk's slot in portions; false when time is up before all are gone.
    private func removeExpired(_ target: Database, _ isOver: () -> Bool) -> Bool {
        let index = expiryWalk.database
        let portion = 64
        expiryWalk.seen += Int(target.slots[expiryWalk.slot].expiring)
        while true {
            let keys = target.expiredKeys(inSlot: expiryWalk.slot, now: now, most: portion)
            expiryWalk.stale += keys.count
            for bytes in keys { bytes.withBytes { expire(key($0), index) } }
            commitEffects()
            if isOver() { return false }
            if keys.count < portion { return true }
        }
    }
}

extension Database {
    /// Copies of up to `most` keys of a slot whose time has come.
    func expiredKeys(inSlot slot: Int, now: Int64, most: Int) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        let tag = Bucket.tag(now)
        (slots + slot).forEachSegment { segment, _ in
            guard keys.count < most else { return }
            segment.pointee.forEachWord { word in
                guard keys.count < most, Bucket.mayHaveExpired(word.pointee, now: tag) else { return }
                let entry = Bucket.entry(word.pointee)
                if entry.expiryMilliseconds <= now { keys.append(Array(entry.key)) }
            }
        }
        return keys
    }
}
