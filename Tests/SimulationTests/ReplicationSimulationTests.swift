import Simulation
import Testing

/// Nodes that replicate each other while everything around them fails. `make simulate` runs more seeds.
@Suite struct ReplicationSimulationTests {
    @Test(arguments: [UInt64(1), 1001, 2001, 3001]) func copiesBecomeEqualWhateverFails(first: UInt64) {
        for seed in first..<first + 25 {
            let failure = ReplicationSimulation(seed: seed).run()
            #expect(failure == nil, "\(failure ?? "")")
            if failure != nil { return }
        }
    }

    /// The same seed is the same run, so that a failure can be looked into.
    @Test func aRunFollowsFromItsSeed() {
        let figures = (1...2).map { _ in
            let simulation = ReplicationSimulation(seed: 7)
            _ = simulation.run()
            return simulation.figures
        }
        #expect(figures[0] == figures[1])
        #expect(figures[0].commands > 100)
        #expect(figures[0].comparisons > 10)
    }

    /// Seeds that have found something.
    @Test(arguments: [UInt64(1), 8]) func whatWasFoundStaysFound(seed: UInt64) {
        let failure = ReplicationSimulation(seed: seed).run()
        #expect(failure == nil, "\(failure ?? "")")
    }
}
