import Primitives

/// Where the background walk over expiring keys stands: every slot of every database in turn.
struct ExpiryWalk {
    var database = 0
    var slot = 0
    /// Keys seen and found expired in the round under way, for the estimate of stale keys.
    var seen = 0
    var stale = 0
    var seenEver = 0
    var staleEver = 0
}

extension Keyspace {
    /// How a stretch of the walk ended.
    public enum ExpiryPace: Sendable {
        /// Few keys had expired: the next stretch can wait its turn.
        case calm
        /// Many had, or time ran out: going on soon pays.
        case busy
    }

    /// Removes expired keys from the next tenth of the slots of each database that has any that expire, or until a slot's
    /// worth of work after `isOver` says that time is up.
    ///
    /// The walk reads buckets only: the tag beside an entry's address tells whether the entry may have expired, so keys
    /// that live on cost no cache miss.
    public func removeExpired(until isOver: () -> Bool) -> ExpiryPace {
        guard expiryMode == .remove else { return .calm }
        var slots = (hashSlotCount + 9) / 10 * (0..<databaseCount).count { (databases[$0]?.expiringCount ?? 0) > 0 }
        let (seen, stale) = (expiryWalk.seenEver, expiryWalk.staleEver)
        while slots > 0 {
            guard let target = databases[expiryWalk.database], target.expiringCount > 0 else {
                nextDatabase()
                if expiryWalk.database == 0, !hasExpiringKeys { return .calm }
                continue
            }
            if target.slots[expiryWalk.slot].expiring > 0, !removeExpired(target, isOver) { return .busy }
            slots -= 1
            expiryWalk.slot += 1
            if expiryWalk.slot == hashSlotCount { nextDatabase() }
        }
        return (expiryWalk.staleEver - stale) * 10 > expiryWalk.seenEver - seen ? .busy : .calm
    }

    private var hasExpiringKeys: Bool { (0..<databaseCount).contains { (databases[$0]?.expiringCount ?? 0) > 0 } }

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
        let expiring = Int(target.slots[expiryWalk.slot].expiring)
        expiryWalk.seen += expiring
        expiryWalk.seenEver += expiring
        while true {
            let keys = target.expiredKeys(inSlot: expiryWalk.slot, now: now, most: portion)
            expiryWalk.stale += keys.count
            expiryWalk.staleEver += keys.count
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
