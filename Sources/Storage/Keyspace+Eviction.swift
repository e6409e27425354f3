import Primitives

// Keys that go because memory is short.

extension Keyspace {
    /// Removes the key that the rule would miss least, and tells the copies. Returns false where none may go.
    public func evictKey() -> Bool {
        guard let rule = evictionRule else { return false }
        return switch rule.order {
        case .random: evictAtRandom(rule)
        case .leastRecentlyUsed, .leastFrequentlyUsed, .soonestExpiring: evictBest(rule)
        case .queues: evictFromQueues()
        }
    }

    /// Removes the key at `word`, which is its own `key`.
    func evict(_ word: UnsafeMutablePointer<UInt64>, _ key: Key, _ index: Int, _ target: Database) {
        statistics.evicted += 1
        addEffect(database: index, argumentCount: 2) { effect in
            effect.append("DEL")
            effect.append(key.bytes)
        }
        willChange(Bucket.entry(word.pointee), index)
        let entry = target.detach(word, key)
        // Whoever needed the memory has not changed anything by that.
        let before = changes
        didChange(key.bytes, index, .evicted)
        changes = before
        target.free(entry)
        hasAftermath = true
    }
}

// MARK: At random

extension Keyspace {
    private func evictAtRandom(_ rule: EvictionRule) -> Bool {
        for _ in 0..<databaseCount {
            let index = nextEvictionDatabase
            nextEvictionDatabase = (index + 1) % databaseCount
            guard let database = databases[index], database.hasKeys(for: rule) else { continue }
            let sample = database.evictionSample(1, onlyExpiring: rule.onlyExpiring, &random)
            let key = Key(sample[0].key, hash: hash(sample[0].key), slot: sample.slot)
            guard let word = (database.slots + key.slot).find(key) else { continue }
            evict(word, key, index, database)
            return true
        }
        return false
    }
}

// MARK: By score

extension Keyspace {
    private func evictBest(_ rule: EvictionRule) -> Bool {
        while fillPool(rule) {
            while let candidate = evictionPool.popBest() {
                if evict(candidate, rule) { return true }
            }
        }
        return false
    }

    /// Offers a sample of each database to the pool. Returns false where no key may go.
    private func fillPool(_ rule: EvictionRule) -> Bool {
        var offered = false
        for index in 0..<databaseCount {
            guard let database = databases[index], database.hasKeys(for: rule) else { continue }
            offer(database, index, rule)
            offered = true
        }
        return offered
    }

    private func offer(_ database: Database, _ index: Int, _ rule: EvictionRule) {
        var rest = rule.samples
        // A slot of few keys gives a smaller sample; others make up for it.
        for _ in 0..<max(4, rule.samples / 4) where rest > 0 {
            let sample = database.evictionSample(rest, onlyExpiring: rule.onlyExpiring, &random)
            for place in 0..<sample.count { offer(sample[place], sample.slot, index, rule) }
            rest -= sample.count
        }
    }

    private func offer(_ entry: Entry, _ slot: Int, _ index: Int, _ rule: EvictionRule) {
        let score = score(entry, rule)
        guard evictionPool.wants(score) else { return }
        evictionPool.offer(
            EvictionCandidate(hash: hash(entry.key), score: score, database: Int32(index), slot: Int32(slot)))
    }

    /// How little an entry would be missed.
    private func score(_ entry: Entry, _ rule: EvictionRule) -> Int {
        switch rule.order {
        case .leastRecentlyUsed: idleSeconds(entry)
        case .leastFrequentlyUsed: 255 - frequency(entry)
        case .soonestExpiring: Int.max - Int(entry.expiry ?? .max)
        case .random, .queues: 0
        }
    }

    /// Removes a candidate that is still there, and has not been used since it was seen.
    private func evict(_ candidate: EvictionCandidate, _ rule: EvictionRule) -> Bool {
        let (index, slot) = (Int(candidate.database), Int(candidate.slot))
        guard let database = databases[index], let word = (database.slots + slot).find(hash: candidate.hash, self.hash)
        else { return false }
        let entry = Bucket.entry(word.pointee)
        if rule.onlyExpiring, !entry.hasExpiry { return false }
        if score(entry, rule) < candidate.score { return false }
        evict(word, Key(entry.key, hash: candidate.hash, slot: slot), index, database)
        return true
    }
}

extension Database {
    fileprivate func hasKeys(for rule: EvictionRule) -> Bool { rule.onlyExpiring ? expiringCount > 0 : count > 0 }
}

extension UnsafeMutablePointer<SlotTable> {
    /// Where the word of the entry lies whose key has this hash.
    func find(hash wanted: UInt64, _ hash: KeyHash) -> UnsafeMutablePointer<UInt64>? {
        find(fingerprint: Key.fingerprint(wanted), position: Key.position(wanted)) { hash($0.key) == wanted }
    }

    /// The first word, from where a key with that position belongs, that has a fingerprint and for which `accepts` is true.
    func find(
        fingerprint: UInt8, position: UInt32, _ accepts: (Entry) -> Bool
    ) -> UnsafeMutablePointer<UInt64>? {
        let segment = segment(position).pointee
        guard segment.bucketCount > 0 else { return nil }
        let pattern = UInt64(fingerprint) &* 0x0101_0101_0101_0101
        var index = segment.home(position)
        for _ in 0..<Int(segment.bucketCount) {
            let bucket = segment.bucket(index)
            var match = Bucket.matches(bucket.marks, pattern)
            while match != 0 {
                let word = bucket.word(Bucket.lane(match))
                if accepts(Bucket.entry(word.pointee)) { return word }
                match &= match &- 1
            }
            if bucket.passed == 0 { return nil }
            index = segment.after(index)
        }
        return nil
    }
}
