// Fuzz: feeds mutated inputs to what reads the bytes of others (values, files, payloads, logs, requests, configurations, the
// cluster's bus), and holds that nothing ends the process, that memory and time stay bounded, and that what was refused has
// changed nothing. Imports what it feeds.
import Glibc

let usage = """
    apus-fuzz [--kind NAME] [--seed N] [--count N] [--from N]
      --kind   what is fed: \(fuzzTargets.map { $0.name }.joined(separator: ", ")); all by default
      --seed   with which inputs are made; one by the clock where none is given
      --count  inputs of each kind, 1000000 by default
      --from   the first input: to replay one, with --count 1
    """

/// What stands behind a word of the command line.
func value(_ word: String) -> String? {
    guard let place = CommandLine.arguments.firstIndex(of: word), place + 1 < CommandLine.arguments.count else {
        return nil
    }
    return CommandLine.arguments[place + 1]
}

func number(_ word: String) -> UInt64? { value(word).flatMap { UInt64($0) } }

func run<Target: FuzzTarget>(_ target: Target.Type, _ seed: UInt64, _ inputs: Range<UInt64>) -> Bool {
    print("apus-fuzz --kind \(target.name) --seed \(seed) --from \(inputs.lowerBound) --count \(inputs.count)")
    Watch.begin(seed: seed, kind: target.name)
    var run = FuzzRun<Target>(seed: seed)
    return run.inputs(inputs)
}

let kind = value("--kind")
let targets = fuzzTargets.filter { kind == nil || $0.name == kind }
guard !targets.isEmpty, !CommandLine.arguments.contains("--help") else {
    print(usage)
    exit(targets.isEmpty ? 1 : 0)
}
let seed = number("--seed") ?? UInt64(time(nil))
let first = number("--from") ?? 0
let count = number("--count") ?? 1_000_000
for target in targets where !run(target, seed, first..<first + count) { exit(1) }
