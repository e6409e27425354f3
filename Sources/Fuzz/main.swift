// Fuzz: feeds mutated values to the reader of RDB values, and holds that nothing ends the process, that memory stays
// bounded and is given back, and that what is read can be read again.
import Glibc

let usage = """
    apus-fuzz [--seed N] [--count N] [--from N]
      --seed   with which inputs are made; one by the clock where none is given
      --count  inputs, 1000000 by default
      --from   the first input: to replay one, with --count 1
    """

/// The number behind a word of the command line.
func number(_ word: String) -> UInt64? {
    guard let place = CommandLine.arguments.firstIndex(of: word), place + 1 < CommandLine.arguments.count else {
        return nil
    }
    return UInt64(CommandLine.arguments[place + 1])
}

if CommandLine.arguments.contains("--help") {
    print(usage)
    exit(0)
}
let seed = number("--seed") ?? UInt64(time(nil))
let first = number("--from") ?? 0
let count = number("--count") ?? 1_000_000
print("apus-fuzz --seed \(seed) --from \(first) --count \(count)")
Watch.begin(seed: seed)
var run = FuzzRun(seed: seed)
exit(run.inputs(first..<first + count) ? 0 : 1)
