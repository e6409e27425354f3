import Glibc

/// What one policy made of a trace.
struct EvictionOutcome: Sendable {
    let name: String
    let isReference: Bool
    let hitRatio: Double
    /// Keys that were held at the end.
    let keys: Int

    var missRatio: Double { 1 - hitRatio }
}

/// What all policies made of a trace.
struct EvictionResult: Sendable {
    let trace: String
    let summary: String
    let seconds: Double
    let outcomes: [EvictionOutcome]

    /// The miss ratio of a policy of ours over the best of the reference's.
    func ratio(of name: String) -> Double? {
        guard let best = outcomes.filter(\.isReference).map(\.missRatio).min(),
            let own = outcomes.first(where: { $0.name == name })
        else { return nil }
        return own.missRatio / best
    }
}

/// Replays traces to caches that hold the same number of keys: GET, and SET where that finds nothing. One more cache has
/// the memory of the reference instead, whatever number of keys that is.
///
/// All servers are asked the same at the same time, in batches of 64 keys. So each has the time of all of them, which
/// is only fair to LRU: its clock in the reference ticks once a second, and a cache whose keys are all of the same second
/// knows nothing of their order.
struct EvictionBenchmark {
    /// The policy that the bars are for, with as many keys as the reference, and with as much memory.
    static let subject = "Apus allkeys-s3fifo"
    static let subjectInSameMemory = "Apus allkeys-s3fifo, same maxmemory"
    private static let batch = 64

    private let options: Options
    private var scale: EvictionScale { options.evictionScale }

    static func run(_ options: Options, _ failures: inout [String]) -> [EvictionResult] {
        let benchmark = EvictionBenchmark(options: options)
        var results: [EvictionResult] = []
        for name in EvictionTraces.names where options.includes(name) {
            do throws(BenchmarkFailure) {
                results.append(try benchmark.replay(EvictionTraces(scale: options.evictionScale).make(name)))
            } catch {
                failures.append("\(name): \(error.text)")
                progress(failures.last!)
            }
        }
        return results
    }

    private func replay(_ trace: EvictionTrace) throws(BenchmarkFailure) -> EvictionResult {
        progress("eviction: \(trace.name)")
        let subjects = try makeSubjects()
        for subject in subjects { try subject.prepare(keys: scale.cached) }
        try shareMemory(subjects)
        let start = Clock.now()
        // The first fifth fills the caches, and shows whether they hold what they shall.
        let warm = trace.keys.count / 5
        for part in 1...4 {
            try replay(trace.keys[(part - 1) * warm / 4..<part * warm / 4], subjects)
            guard part > 1 else { continue }
            for subject in subjects where !subject.sharesMemory { try subject.adjust(keys: scale.cached) }
            try shareMemory(subjects)
        }
        for subject in subjects { subject.beginCounting() }
        try replay(trace.keys[warm...], subjects)
        let seconds = Double(Clock.now() - start) / 1e9
        return EvictionResult(
            trace: trace.name, summary: trace.summary, seconds: seconds, outcomes: try outcomes(subjects))
    }

    /// Gives those who shall have the memory of the reference the least that one of its policies has.
    private func shareMemory(_ subjects: [EvictionSubject]) throws(BenchmarkFailure) {
        guard let limit = subjects.filter(\.isReference).map(\.memoryLimit).min() else { return }
        for subject in subjects where subject.sharesMemory { try subject.limit(bytes: limit) }
    }

    private func outcomes(_ subjects: [EvictionSubject]) throws(BenchmarkFailure) -> [EvictionOutcome] {
        var outcomes: [EvictionOutcome] = []
        for subject in subjects {
            outcomes.append(
                EvictionOutcome(
                    name: subject.name, isReference: subject.isReference,
                    hitRatio: Double(subject.hits) / Double(max(1, subject.hits + subject.misses)),
                    keys: try subject.keyCount()))
        }
        return outcomes
    }

    private func makeSubjects() throws(BenchmarkFailure) -> [EvictionSubject] {
        var subjects: [EvictionSubject] = []
        for policy in ["allkeys-lru", "allkeys-lfu"] {
            subjects.append(try EvictionSubject(options.theirs, name: "redis-server \(policy)", policy: policy))
        }
        for policy in ["allkeys-lru", "allkeys-lfu", "allkeys-random", "allkeys-s3fifo"] {
            subjects.append(try EvictionSubject(options.ours, name: "Apus \(policy)", policy: policy))
        }
        subjects.append(
            try EvictionSubject(
                options.ours, name: EvictionBenchmark.subjectInSameMemory, policy: "allkeys-s3fifo",
                sharesMemory: true))
        return subjects
    }

    private func replay(_ keys: ArraySlice<UInt32>, _ subjects: [EvictionSubject]) throws(BenchmarkFailure) {
        var start = keys.startIndex
        while start < keys.endIndex {
            let end = min(start + EvictionBenchmark.batch, keys.endIndex)
            for subject in subjects { try subject.ask(keys[start..<end]) }
            for subject in subjects { try subject.hear(keys[start..<end]) }
            start = end
        }
    }
}
