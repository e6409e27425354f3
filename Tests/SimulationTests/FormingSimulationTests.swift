import Simulation
import Testing

/// Nodes that become a cluster by themselves, and never two. `make simulate WHAT=forming` runs more seeds.
@Suite struct FormingSimulationTests {
    @Test(arguments: [UInt64(1), 101, 201, 301]) func oneClusterIsFormedWhateverHappens(first: UInt64) {
        for seed in first..<first + 2 {
            let failure = FormingSimulation.run(seed: seed).failure
            #expect(failure == nil, "\(failure ?? "")")
            if failure != nil { return }
        }
    }
}
