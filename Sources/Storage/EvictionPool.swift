/// A key that may go: enough to find it again, and how little it would be missed when it was seen.
struct EvictionCandidate {
    var hash: UInt64 = 0
    /// The higher, the sooner it goes.
    var score = 0
    var database: Int32 = 0
    var slot: Int32 = 0

    /// Whether both are the same key.
    func isSameKey(as other: EvictionCandidate) -> Bool {
        hash == other.hash && slot == other.slot && database == other.database
    }
}

/// The best candidates of all samples so far, the best at the end: a sample of few keys chooses nearly as well as one of
/// many when it remembers what it did not take. Source: Redis, since 3.0.
struct EvictionPool {
    static let capacity = 16

    private var candidates = InlineArray<16, EvictionCandidate>(repeating: EvictionCandidate())
    private(set) var count = 0

    /// Whether a candidate with this score would be taken in.
    func wants(_ score: Int) -> Bool { count < EvictionPool.capacity || score > candidates[0].score }

    /// Takes a candidate in, unless it is there or all are better.
    mutating func offer(_ candidate: EvictionCandidate) {
        var place = 0
        for index in 0..<count {
            if candidates[index].isSameKey(as: candidate) { return }
            if candidates[index].score < candidate.score { place = index + 1 }
        }
        if count < EvictionPool.capacity { return insert(candidate, at: place) }
        if place > 0 { dropWorst(andInsert: candidate, at: place - 1) }
    }

    private mutating func insert(_ candidate: EvictionCandidate, at place: Int) {
        var index = count
        while index > place {
            candidates[index] = candidates[index - 1]
            index -= 1
        }
        candidates[place] = candidate
        count += 1
    }

    private mutating func dropWorst(andInsert candidate: EvictionCandidate, at place: Int) {
        for index in 0..<place { candidates[index] = candidates[index + 1] }
        candidates[place] = candidate
    }

    /// The best one.
    var best: EvictionCandidate? { count > 0 ? candidates[count - 1] : nil }

    /// Takes the best one out.
    mutating func popBest() -> EvictionCandidate? {
        guard count > 0 else { return nil }
        count -= 1
        return candidates[count]
    }

    /// Forgets all, as when they are to be compared by something else.
    mutating func removeAll() { count = 0 }
}
