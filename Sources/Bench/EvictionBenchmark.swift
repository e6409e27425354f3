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

/// Replays traces to caches: GET, and SET where that finds nothing.
///
/// The reference has a limit, and so has one of ours, whatever number of keys it holds under that: this is what the bars are
/// for, since a limit is what people configure. The others of ours hold as many keys as the reference, which tells what the
/// policies are worth alone.
///
/// All servers are asked the same at the same time, in batches of 64 keys. So each has the time of all of them, which
/// is only fair to LRU: its clock in the reference ticks once a second, and a cache whose keys are all of the same second
/// knows nothing of their order.
struct EvictionBenchmark {
    /// Our policy with as many keys as the reference, and with the same limit, which the bars are for.
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
        let start = Clock.now()
        let filling = scale.cached * 2
        for subject in subjects where subject.hasLimit { try subject.prepare(bytes: scale.limit, filling: filling) }
        let keys = try keysOfReference(subjects)
        for subject in subjects where !subject.hasLimit { try subject.prepare(keys: keys, filling: filling) }
        // The first fifth warms the caches up, and shows whether they hold what they shall.
        let warm = trace.keys.count / 5
        for part in 1...4 {
            try replay(trace.keys[(part - 1) * warm / 4..<part * warm / 4], subjects)
            let keys = try keysOfReference(subjects)
            for subject in subjects where !subject.hasLimit { try subject.adjust(keys: keys) }
        }
        for subject in subjects { subject.beginCounting() }
        try replay(trace.keys[warm...], subjects)
        let seconds = Double(Clock.now() - start) / 1e9
        return EvictionResult(
            trace: trace.name, summary: trace.summary, seconds: seconds, outcomes: try outcomes(subjects))
    }

    /// The keys that the reference holds, on the average of its policies.
    private func keysOfReference(_ subjects: [EvictionSubject]) throws(BenchmarkFailure) -> Int {
        let references = subjects.filter(\.isReference)
        var sum = 0
        for subject in references { sum += try subject.keyCount() }
        return sum / max(1, references.count)
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
            subjects.append(
                try EvictionSubject(options.theirs, name: "redis-server \(policy)", policy: policy, hasLimit: true))
        }
        for policy in ["allkeys-lru", "allkeys-lfu", "allkeys-random", "allkeys-s3fifo"] {
            subjects.append(try EvictionSubject(options.ours, name: "Apus \(policy)", policy: policy))
        }
        subjects.append(
            try EvictionSubject(
                options.ours, name: EvictionBenchmark.subjectInSameMemory, policy: "allkeys-s3fifo", hasLimit: true))
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
