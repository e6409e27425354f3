import Simulation

#if canImport(Glibc)
    import Glibc
#endif

// make simulate [SEED=n] [RUNS=n]: runs from so many seeds, beginning with one; a failing one is printed, and ends it.

let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let first = arguments.first ?? 1
let count = arguments.dropFirst().first ?? 100
var figures = SimulationFigures()
for seed in first..<(first + count) {
    let simulation = ReplicationSimulation(seed: seed)
    if let failure = simulation.run() {
        print(failure)
        print("to run it again: make simulate SEED=\(seed) RUNS=1")
        exit(1)
    }
    figures.add(simulation.figures)
    if (seed - first) % 1000 == 999 { print("\(seed - first + 1) seeds") }
}
print(
    "\(count) seeds from \(first) on: \(figures.commands) commands, \(figures.stops) stops, \(figures.comparisons) comparisons, "
        + "\(figures.fullSyncs) full and \(figures.partialSyncs) partial synchronisations at the last processes")
