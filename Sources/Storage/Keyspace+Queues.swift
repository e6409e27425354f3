import Primitives

// Keys that go as the queues say.

/// A key that is to go.
private struct Victim {
    var word: UnsafeMutablePointer<UInt64>
    var slot: Int
    var entry: Entry { Bucket.entry(word.pointee) }
}

extension Keyspace {
    /// References that are looked at for one eviction.
    private static var mostReferences: Int { 32 }
    /// Samples that are taken for one eviction.
    private static var mostSamples: Int { 4 }
    /// Keys of one sample.
    private static var sampleSize: Int { 5 }
    /// Uses of keys, for each key there is, after which earlier ones count half.
    private static var usesInAge: Int { 50 }

    /// Removes the key that the queues give up.
    func evictFromQueues() -> Bool {
        guard let index = drawDatabase(), let database = databases[index], let queues = database.queues else {
            return false
        }
        advanceAge()
        guard let group = queues.takeDebt() ?? drawGroup(database),
            let victim = nextVictim(group, database, queues)
        else { return false }
        let entry = victim.entry
        let key = Key(entry.key, hash: hash(entry.key), slot: victim.slot)
        queues.ghost.insert(key, uses: QueueMark(entry.clock).uses(useAge), of: database.slots)
        evict(victim.word, key, index, database)
        return true
    }

    /// A database, with a chance that is in proportion to its keys.
    private func drawDatabase() -> Int? {
        let total = keyCount
        guard total > 0 else { return nil }
        if let first = databases[0], first.count == total { return 0 }
        var rank = Int.random(in: 0..<total, using: &random)
        for index in 0..<databaseCount {
            let keys = databases[index]?.count ?? 0
            if rank < keys { return index }
            rank -= keys
        }
        return nil
    }

    private var keyCount: Int { (0..<databaseCount).reduce(0) { $0 + (databases[$1]?.count ?? 0) } }

    /// A group, with a chance that is in proportion to its keys.
    private func drawGroup(_ database: Database) -> Int? {
        let sample = database.evictionSample(1, onlyExpiring: false, &random)
        return sample.count > 0 ? EvictionQueues.group(ofSlot: sample.slot) : nil
    }

    /// Begins a new age after so many uses that earlier ones shall count half.
    private func advanceAge() {
        let uses = statistics.hits &+ statistics.misses
        // Where nobody reads, keys grow old by what goes; the counters may have been reset.
        usesOfAge += max(1, uses - usesAtEviction)
        usesAtEviction = uses
        guard usesOfAge > Keyspace.usesInAge * keyCount else { return }
        usesOfAge = 0
        useAge = (useAge + 1) & 3
        for index in 0..<databaseCount { databases[index]?.queues?.emptyPools() }
    }

    private func nextVictim(_ group: Int, _ database: Database, _ queues: EvictionQueues) -> Victim? {
        if queues.goesByTime(group) {
            return bestOfPool(group, database, queues, byTime: true) ?? anyVictim(database)
        }
        let newcomer = nextOfSmallQueue(group, database, queues)
        let resident = bestOfPool(group, database, queues, byTime: false)
        guard let newcomer else { return resident ?? anyVictim(database) }
        guard let resident else { return newcomer }
        let entry = newcomer.entry
        if QueueMark(entry.clock).uses(useAge) <= QueueMark(resident.entry.clock).uses(useAge) { return newcomer }
        entry.clock = QueueMark(entry.clock).moved(isSmall: false).bits
        return resident
    }

    private func nextOfSmallQueue(_ number: Int, _ database: Database, _ queues: EvictionQueues) -> Victim? {
        let group = queues.group(number)
        for _ in 0..<Keyspace.mostReferences where group.small.count > group.smallCount(of: database.count) {
            guard let reference = group.small.popFirst() else { return nil }
            if let word = database.find(reference) { return Victim(word: word, slot: reference.slot) }
        }
        return nil
    }

    private func anyVictim(_ database: Database) -> Victim? {
        let sample = database.evictionSample(1, onlyExpiring: false, &random)
        guard sample.count > 0 else { return nil }
        return find(hash(sample[0].key), sample.slot, database)
    }

    private func find(_ wanted: UInt64, _ slot: Int, _ database: Database) -> Victim? {
        (database.slots + slot).find(hash: wanted, hash).map { Victim(word: $0, slot: slot) }
    }
}

// MARK: The main queue

extension Keyspace {
    /// The least used key of a group, or the one that was not used for longest, of those seen lately. It stays in the
    /// pool, where it is passed over once it has gone.
    private func bestOfPool(
        _ number: Int, _ database: Database, _ queues: EvictionQueues, byTime: Bool
    ) -> Victim? {
        let group = queues.group(number)
        for _ in 0..<Keyspace.mostSamples {
            offerSample(group, database, byTime: byTime)
            while let candidate = group.pool.best {
                if let victim = find(candidate.hash, Int(candidate.slot), database),
                    let score = score(victim.entry, byTime: byTime), score >= candidate.score
                {
                    return victim
                }
                _ = group.pool.popBest()
            }
        }
        return nil
    }

    private func offerSample(_ group: EvictionQueues.Group, _ database: Database, byTime: Bool) {
        var rest = Keyspace.sampleSize
        // A slot of few keys gives a smaller sample; others make up for it.
        for _ in 0..<4 where rest > 0 {
            guard let sample = database.evictionSample(rest, &group.distribution, &random) else { return }
            for place in 0..<sample.count {
                guard let score = score(sample[place], byTime: byTime), group.pool.wants(score) else { continue }
                group.pool.offer(
                    EvictionCandidate(
                        hash: hash(sample[place].key), score: score, database: 0, slot: Int32(sample.slot)))
            }
            rest -= sample.count
        }
    }

    /// How little a key of the main queue would be missed; nil for one that is in the small queue. One that has been there
    /// for long was lost by it.
    private func score(_ entry: Entry, byTime: Bool) -> Int? {
        if byTime { return idleSeconds(entry) }
        let mark = QueueMark(entry.clock)
        if mark.isSmall, mark.agesPassed(useAge) < 2 { return nil }
        return Int(QueueMark.mostUses - mark.uses(useAge))
    }
}

// MARK: Taking up a rule

extension Keyspace {
    /// Keeps of each entry what the rule needs, from now on.
    func adoptEvictionRule() {
        evictionPool.removeAll()
        accessClock =
            switch evictionRule?.order {
            case .leastFrequentlyUsed: .frequency
            case .queues: .queues
            case .leastRecentlyUsed, .random, .soonestExpiring, nil: .seconds
            }
        for index in 0..<databaseCount {
            guard let database = databases[index] else { continue }
            if accessClock != .queues { database.queues = nil }
            if accessClock == .queues, database.queues == nil { database.queues = EvictionQueues() }
        }
    }
}
