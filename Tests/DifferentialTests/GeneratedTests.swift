import Glibc
import Harness
import Testing

extension DifferentialTests {
    /// Random commands give the same replies and leave the same data. `APUS_SEED` replays a run,
    /// `APUS_DIFFERENTIAL_COMMANDS` says how long it is.
    @Test(arguments: [2, 3]) func generatedCommands(protocolVersion: Int) throws {
        let seed = environmentNumber("APUS_SEED") ?? 1
        let total = environmentNumber("APUS_DIFFERENTIAL_COMMANDS") ?? 20_000
        try withServerPair { pair in
            let grammar = try readGrammar(of: pair)
            try #require(!grammar.isEmpty)
            let run = GeneratedRun(pair: pair, protocolVersion: protocolVersion)
            var reported: Set<String> = []
            for round in 0..<max(1, total / commandsPerRound) where reported.count < 10 {
                // Each round has a seed of its own, and the first round's is the one given: so a round can be replayed alone.
                let roundSeed = UInt64(seed + round)
                var generator = CommandGenerator(grammar: grammar, seed: roundSeed, now: unixMilliseconds() / 1000)
                let commands = generator.commands(commandsPerRound)
                guard let found = try run.firstDifference(in: commands) else { continue }
                let shortest = try run.shrunk(
                    Array(commands.prefix(found.index + 1)), showing: found.difference)
                let difference = try run.firstDifference(in: shortest)?.difference ?? found.difference
                // The same command differs for the same reason more often than not.
                guard reported.insert(String(difference.command.prefix { $0 != " " }).lowercased()).inserted else {
                    continue
                }
                report(difference, after: shortest, seed: roundSeed)
            }
        }
    }
}

private let commandsPerRound = 200

private func report(_ difference: Difference, after commands: [GeneratedCommand], seed: UInt64) {
    let script = commands.map { "    " + $0.text }.joined(separator: "\n")
    Issue.record("\(difference)\n  replay with APUS_SEED=\(seed); the shortest script:\n\(script)")
}

private func environmentNumber(_ name: String) -> Int? {
    getenv(name).flatMap { Int(String(cString: $0)) }
}
