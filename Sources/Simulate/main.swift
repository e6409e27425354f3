import Simulation

#if canImport(Glibc)
    import Glibc
#endif

// make simulate [SEED=n] [RUNS=n] [WHAT=replication|cluster|forming|nodes|promises|imports|scale]: runs from so
// many seeds, beginning with one; a failing one is printed, and ends it.

let words = CommandLine.arguments.dropFirst().filter { UInt64($0) == nil }
let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let first = numbers.first ?? 1
let count = numbers.dropFirst().first ?? 100

/// Prints a line at once, also into a file.
func tell(_ line: String) {
    print(line)
    fflush(nil)
}

/// Runs seed after seed until one fails.
func runSeeds(_ kind: String, _ run: (UInt64) -> String?) {
    for seed in first..<(first + count) {
        if let failure = run(seed) {
            print(failure)
            print("to run it again: make simulate SEED=\(seed) RUNS=1 WHAT=\(kind)")
            exit(1)
        }
        if (seed - first) % 1000 == 999 { tell("\(kind): \(seed - first + 1) seeds") }
    }
}

func runReplication() {
    var figures = SimulationFigures()
    runSeeds("replication") { seed in
        let simulation = ReplicationSimulation(seed: seed)
        defer { figures.add(simulation.figures) }
        return simulation.run()
    }
    print(
        "replication: \(count) seeds from \(first) on: \(figures.commands) commands, \(figures.stops) stops, "
            + "\(figures.comparisons) comparisons, \(figures.handovers) handovers; at the last processes "
            + "\(figures.fullSyncs) full and \(figures.partialSyncs) partial synchronisations, "
            + "\(figures.resumedSyncs) resumed")
}

func runCluster() {
    var figures = ClusterFigures()
    runSeeds("cluster") { seed in
        // A single one tells all that has happened.
        let outcome = ClusterSimulation.run(seed: seed, notesShown: count == 1 ? .max : 80)
        figures.add(outcome.figures)
        return outcome.failure
    }
    print(
        "cluster: \(count) seeds from \(first) on: \(figures.messages) messages, \(figures.stops) stops, "
            + "\(figures.losses) for good, \(figures.orders) orders (\(figures.refusals) more refused), "
            + "\(figures.epochs) epochs with writes, \(figures.votes) votes; "
            + "the longest agreement took \(figures.longestRecovery) ms, the longest collision \(figures.collisionRounds) ping rounds"
    )
}

/// Clusters of whole nodes; with promises no acknowledged write may be lost. Slots are given by their owners, or taken by others.
func runNodes(_ kind: String, promises: Bool, takesSlots: Bool = false) {
    var figures = ClusterNodesFigures()
    runSeeds(kind) { seed in
        let simulation = ClusterNodesSimulation(seed: seed, promises: promises, takesSlots: takesSlots)
        defer { figures.add(simulation.figures) }
        return simulation.run()
    }
    tell(
        "\(kind): \(count) seeds from \(first) on: \(figures.acknowledged) of \(figures.sent) writes acknowledged, "
            + "\(figures.lost) of them lost, \(figures.refused) refused, \(figures.redirected) redirections, \(figures.stops) stops, "
            + "\(figures.moves) migrations (\(figures.moved) ended well), \(figures.epochs) epochs with writes, \(figures.votes) votes"
    )
}

/// Nodes that become a cluster by themselves.
func runForming() {
    var (attempts, longest): (Int, Int64) = (0, 0)
    runSeeds("forming") { seed in
        let outcome = FormingSimulation.run(seed: seed)
        attempts += outcome.attempts
        longest = max(longest, outcome.formingTime)
        return outcome.failure
    }
    tell(
        "forming: \(count) seeds from \(first) on: \(attempts) attempts to lay out the slots, never two layouts; whole within "
            + "\(longest) ms after the last fault")
}

/// 1,000 primaries and 1,000 replicas: the first number is the seed, the second how many primaries there are.
func runScale() {
    let primaries = numbers.count > 1 ? Int(count) : 1000
    for percent in numbers.count > 2 ? [Int(numbers[numbers.startIndex + 2])] : [10, 33, 50] {
        let outcome = ClusterScale(seed: first, primaries: primaries).run(percent: percent)
        func seconds(_ time: Int64?) -> String { time.map { "\(Double($0) / 1000) s" } ?? "never" }
        tell(
            "scale: \(outcome.losses) of \(primaries) primaries lost: first FAIL after \(seconds(outcome.untilFail)), "
                + "all slots served \(seconds(outcome.untilServed)) later, whole everywhere "
                + "\(seconds(outcome.untilWhole)) after the loss; \(outcome.requests) requests for votes, "
                + "\(outcome.votes) votes")
        for (when, traffic) in [("before", outcome.before), ("after", outcome.after)] {
            tell(
                "  a node sent \(Int(traffic.messages)) messages and \(Int(traffic.bytes / 1024)) KiB a second \(when) "
                    + "the loss")
        }
    }
}

if words.isEmpty || words.contains("replication") { runReplication() }
if words.isEmpty || words.contains("cluster") { runCluster() }
if words.isEmpty || words.contains("forming") { runForming() }
if words.isEmpty || words.contains("nodes") { runNodes("nodes", promises: false) }
if words.contains("promises") { runNodes("promises", promises: true) }
if words.contains("imports") { runNodes("imports", promises: true, takesSlots: true) }
if words.contains("scale") { runScale() }
