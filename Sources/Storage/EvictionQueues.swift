import Primitives

/// The queues of a database's keys, after S3-FIFO (Yang, Zhang, Qiu, Yue, Vinayak: FIFO queues are all you need for cache
/// eviction, SOSP 2023), in less than four bytes a key.
///
///     new key ─▶ small queue (1 %) ── used more than what would go instead ──▶ main queue ── least used ──▶ out
///                     │    ▲                                                                             │
///                     └────┴──────────────── ghosts: keys that went, and how often they were used ◀──────┘
///
/// 1. A key's place and its uses are in its clock (`QueueMark`): using a key touches nothing else.
/// 2. The small queue holds references. Those to keys that have gone are passed over.
/// 3. The main queue has no memory of its own: its least used key is looked for by samples and a pool, as for LFU.
/// 4. A key that comes back from among the ghosts brings its uses along: so a key is judged by more than one stay, and a
///    loop or a scan does not wash out what is used.
/// 5. Where popularity moves, counts of uses mislead and LRU is better. So a 64th of the slots always goes by uses, another
///    by the time of last use, and all others follow whichever of the two misses less (set dueling: Qureshi, Jaleel,
///    Patt, Steely, Emer: Adaptive insertion policies for high performance caching, ISCA 2007).
@usableFromInline
final class EvictionQueues {
    /// A part of the slots that is judged in one way, and keeps its share of the keys.
    final class Group {
        var small = KeyReferences()
        var pool = EvictionPool()
        var distribution: KeyDistribution
        /// Keys that came and for which none has gone yet.
        var debt = 0
        /// The share of all slots, in 256ths.
        let runs: Int

        init(_ number: Int) {
            distribution = KeyDistribution(group: number)
            runs = number == EvictionQueues.followers ? 248 : 4
        }

        /// Keys of the small queue, of a database with so many.
        func smallCount(of keys: Int) -> Int { keys * runs / 256 / 100 }
    }

    /// The groups: always by uses, always by time, as whichever of them is better.
    static let (byUses, byTime, followers) = (0, 1, 2)
    private static let mostDebt = 8

    private let groups: (Group, Group, Group) = (Group(0), Group(1), Group(2))
    var ghost = GhostTable()
    /// Keys that came new to the first two groups, in recent times.
    private var arrivals = (0, 0)
    /// Whether the followers go by time.
    private(set) var followersGoByTime = false

    /// The group of a slot.
    static func group(ofRun run: Int) -> Int { run & 63 == 0 ? byUses : run & 63 == 32 ? byTime : followers }
    static func group(ofSlot slot: Int) -> Int { group(ofRun: slot / KeyDistribution.runLength) }

    /// Bytes in use.
    var bytes: Int { groups.0.small.bytes + groups.1.small.bytes + groups.2.small.bytes + ghost.bytes }

    /// The group with a number.
    func group(_ number: Int) -> Group {
        number == EvictionQueues.byUses ? groups.0 : number == EvictionQueues.byTime ? groups.1 : groups.2
    }

    /// Whether a group goes by time.
    func goesByTime(_ group: Int) -> Bool {
        group == EvictionQueues.byTime || group == EvictionQueues.followers && followersGoByTime
    }

    /// Counts a key that has come, of a database with so many.
    func noteArrival(_ group: Int, keys: Int) {
        self.group(group).debt = min(self.group(group).debt + 1, EvictionQueues.mostDebt)
        if group == EvictionQueues.followers { return }
        if group == EvictionQueues.byUses { arrivals.0 += 1 } else { arrivals.1 += 1 }
        if arrivals.0 + arrivals.1 > max(64, keys / 16) { arrivals = (arrivals.0 / 2, arrivals.1 / 2) }
        follow()
    }

    /// Lets the followers change sides where the difference is more than chance: two and a half standard deviations.
    private func follow() {
        let lead = followersGoByTime ? arrivals.1 - arrivals.0 : arrivals.0 - arrivals.1
        guard lead > 0, 4 * lead * lead > 25 * (arrivals.0 + arrivals.1) else { return }
        followersGoByTime.toggle()
        groups.2.pool.removeAll()
    }

    /// The group in which a key came for which none has gone yet.
    func takeDebt() -> Int? {
        for number in 0..<3 where group(number).debt > 0 {
            group(number).debt -= 1
            return number
        }
        return nil
    }

    /// Forgets what is remembered of scores.
    func emptyPools() { for number in 0..<3 { group(number).pool.removeAll() } }
}

extension Database {
    /// Puts a key that has just come into its queue.
    @usableFromInline @inline(never)
    func enqueue(_ entry: Entry, _ key: Key) {
        guard let queues else { return }
        let number = EvictionQueues.group(ofSlot: key.slot)
        let mark = QueueMark(entry.clock)
        // A key that was renamed has kept its place.
        guard mark.isSmall else { return }
        queues.noteArrival(number, keys: count)
        if let uses = queues.ghost.remove(key) {
            entry.clock =
                QueueMark(
                    isSmall: true, uses: min(uses + 1, QueueMark.mostUses), age: mark.bits >> 21, seconds: mark.bits
                ).bits
        }
        let group = queues.group(number)
        group.small.append(KeyReferences.Reference(key))
        // While nothing has to go, keys come to the main queue all the same.
        if group.small.count > group.smallCount(of: count) * 5 / 4 + 4 { advance(group) }
    }

    private func advance(_ group: EvictionQueues.Group) {
        guard let reference = group.small.popFirst(), let word = find(reference) else { return }
        let entry = Bucket.entry(word.pointee)
        entry.clock = QueueMark(entry.clock).moved(isSmall: false).bits
    }

    /// The key of the small queue that a reference leads to.
    func find(_ reference: KeyReferences.Reference) -> UnsafeMutablePointer<UInt64>? {
        (slots + reference.slot).find(fingerprint: reference.fingerprint, position: reference.position) { entry in
            QueueMark(entry.clock).isSmall
        }
    }
}
