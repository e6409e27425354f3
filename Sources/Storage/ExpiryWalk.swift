import Primitives

/// Where the background walk over expiring keys stands: every slot of every database in turn.
@usableFromInline
struct ExpiryWalk {
    /// For how long the tag of a key shows that its time has come, in milliseconds, with an hour to spare.
    @usableFromInline static var tagMemory: Int64 { 8 * 3600 * 1000 }

    var database = 0
    var slot = 0
    /// Where in the slot the next segment begins.
    var position: UInt32 = 0
    /// Keys seen and found expired in the round under way, for the estimate of stale keys.
    var seen = 0
    var stale = 0
    var seenEver = 0
    var staleEver = 0
    /// When the walk last went on, and when its round began; milliseconds since 1970.
    var lastStep: Int64 = 0
    var roundStart: Int64 = 0
    /// Whether this round looks at every key that expires, and whether the next shall: the tags beside the addresses do
    /// not show keys whose time came more than nine hours ago.
    var isThorough = false
    var needsThorough = false
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
        guard removeDueFields(until: isOver) else { return .busy }
        resumeWalk()
        var slots = (hashSlotCount + 9) / 10 * (0..<databaseCount).count { (databases[$0]?.expiringCount ?? 0) > 0 }
        let (seen, stale) = (expiryWalk.seenEver, expiryWalk.staleEver)
        while slots > 0 {
            guard let target = databases[expiryWalk.database], target.expiringCount > 0 else {
                nextDatabase()
                if expiryWalk.database == 0, !hasExpiringKeys { return .calm }
                continue
            }
            if target.slots[expiryWalk.slot].expiring > 0, hiddenSlots?.contains(expiryWalk.slot) != true,
                !removeExpired(target, isOver)
            {
                return .busy
            }
            slots -= 1
            expiryWalk.slot += 1
            expiryWalk.position = 0
            if expiryWalk.slot == hashSlotCount { nextDatabase() }
        }
        return (expiryWalk.staleEver - stale) * 10 > expiryWalk.seenEver - seen ? .busy : .calm
    }

    private var hasExpiringKeys: Bool { (0..<databaseCount).contains { (databases[$0]?.expiringCount ?? 0) > 0 } }

    /// A walk that has rested for hours begins anew and looks at every key.
    private func resumeWalk() {
        if now - expiryWalk.lastStep > ExpiryWalk.tagMemory {
            expiryWalk = ExpiryWalk()
            expiryWalk.isThorough = true
            expiryWalk.roundStart = now
        }
        expiryWalk.lastStep = now
    }

    /// Called with an expiry that a key was given: one that the tags do not show makes the next round thorough.
    @inlinable @inline(__always)
    func noteExpiry(_ time: Int64) {
        if _slowPath(time < now &- ExpiryWalk.tagMemory) { wantThoroughRound() }
    }

    @usableFromInline
    func wantThoroughRound() { expiryWalk.needsThorough = true }

    private func nextDatabase() {
        expiryWalk.slot = 0
        expiryWalk.position = 0
        expiryWalk.database = (expiryWalk.database + 1) % databaseCount
        if expiryWalk.database == 0 { endRound() }
    }

    private func endRound() {
        let share = expiryWalk.seen == 0 ? 0 : Double(expiryWalk.stale) * 100 / Double(expiryWalk.seen)
        statistics.stalePercent = statistics.stalePercent * 0.95 + share * 0.05
        expiryWalk.seen = 0
        expiryWalk.stale = 0
        expiryWalk.isThorough = expiryWalk.needsThorough || now - expiryWalk.roundStart > ExpiryWalk.tagMemory
        expiryWalk.needsThorough = false
        expiryWalk.roundStart = now
    }

    /// Removes the expired keys of the walk's slot, segment by segment; false when time is up before the last.
    private func removeExpired(_ target: Database, _ isOver: () -> Bool) -> Bool {
        if expiryWalk.position == 0 { noteSeen(Int(target.slots[expiryWalk.slot].expiring)) }
        repeat {
            let (keys, end) = target.expiredKeys(
                inSlot: expiryWalk.slot, from: expiryWalk.position, now: now, thorough: expiryWalk.isThorough)
            expiryWalk.stale += keys.count
            expiryWalk.staleEver += keys.count
            for bytes in keys { bytes.withBytes { expire(key($0), expiryWalk.database) } }
            commitEffects()
            expiryWalk.position = end
            if isOver() { return false }
        } while expiryWalk.position != 0
        return true
    }

    private func noteSeen(_ count: Int) {
        expiryWalk.seen += count
        expiryWalk.seenEver += count
    }
}

extension Database {
    /// Copies of the keys whose time has come in the segment of a slot that holds a position, and the position at which
    /// the next segment begins; 0 after the last.
    /// - Parameter thorough: whether to find also those that the tags do not show.
    func expiredKeys(
        inSlot slot: Int, from position: UInt32, now: Int64, thorough: Bool
    ) -> (keys: [[UInt8]], end: UInt32) {
        var keys: [[UInt8]] = []
        let tag = Bucket.tag(now)
        let segment = (slots + slot).segment(position).pointee
        segment.forEachWord { word in
            guard word.pointee >> 48 != 0, thorough || Bucket.mayHaveExpired(word.pointee, now: tag) else { return }
            let entry = Bucket.entry(word.pointee)
            if entry.expiryMilliseconds <= now { keys.append(Array(entry.key)) }
        }
        // The last position that shares the segment's leading bits; adding one to that of the last segment wraps to 0.
        return (keys, (position | (UInt32.max >> UInt32(segment.depth))) &+ 1)
    }
}
