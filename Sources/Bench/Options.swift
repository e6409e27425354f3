import Glibc
import Primitives

/// What the command line asks for.
struct Options: Sendable {
    var ours: ServerProgram
    var theirs = ServerProgram(path: "redis-server")
    var network = false
    var collections = false
    var sessions = false
    var memory = false
    var pauses = false
    /// Takes long and a gigabyte of memory and disk: only when it is asked for.
    var snapshots = false
    /// What a primary and a replica cost; only when it is asked for.
    var replication = false
    /// How long a shard without its primary takes no writes; only when it is asked for, since it takes minutes.
    var failover = false
    /// How long slots take to move, and what clients notice; only when it is asked for.
    var migration = false
    /// How often they are moved.
    var migrations = 1
    /// How often a primary is killed.
    var failovers = 20
    /// For how long a replica's lag is watched.
    var lagSeconds = 600.0
    var engine = false
    /// Only asked for by name: it takes minutes.
    var eviction = false
    var evictionScale = EvictionScale.full
    /// Patterns of names; empty for all.
    var only: [String] = []
    var pairs = 7
    var engineRounds = 9
    var seconds = 0.25
    var connections = 50
    /// Keys for the measurement of bytes per key.
    var memoryKeys = 1_000_000
    /// Members of the one key that is watched for pauses.
    var pauseMembers = 10_000_000
    /// Where snapshots are written.
    var directory = "/tmp"
    /// Where the report goes beside standard output.
    var markdown: String?

    static let usage = """
        usage: apus-bench [--network] [--collections] [--sessions] [--memory] [--pauses] [--engine]
               [--snapshots] [--replication] [--failover] [--migration]
               [options]

        Without one of the ten, all but the last four are measured.

          --eviction         instead of these: hit ratios of all policies on traces (make bench-eviction)
          --ours PATH        the server to be measured (default: apus beside this program)
          --theirs PATH      the reference (default: redis-server)
                             a program named redis-server or valkey-server is started as one, others as Apus
          --only PATTERN     only what has a matching name, such as 'get-16-p64', 'set-*', 'incr,ping', 'zrange',
                             'memory-hash-small', 'pauses-set', 'engine', 'routing'
          --pairs N          alternating pairs of each workload (default 7)
          --seconds S        measured time of one run (default 0.25)
          --connections N    clients (default 50)
          --directory DIR    where snapshots are written (default /tmp)
          --lag-seconds S    how long a replica's lag is watched (default 600)
          --migrations N     how often slots are moved for --migration (default 1)
          --failovers N      how often a primary is killed for --failover (default 20)
          --members N        members of the key that is watched for pauses (default 10000000)
          --quick            three pairs of 0.1 seconds, 200,000 keys for memory, a million members for pauses, three
                             rounds of the engine, a fifth of the requests for eviction
          --markdown FILE    also writes the report to a file
        """

    /// Options from arguments without the program's name.
    init(_ arguments: [String]) throws(BenchmarkFailure) {
        ours = ServerProgram(path: Options.siblingOfThisProgram("apus"))
        if arguments.contains("--quick") {
            evictionScale = .quick
            (pairs, engineRounds, seconds, memoryKeys, pauseMembers) = (3, 3, 0.1, 200_000, 1_000_000)
        }
        var rest = arguments[...]
        while let option = rest.popFirst() { try take(option, &rest) }
        let isAskedFor = eviction || network || collections || sessions || memory || pauses || engine
        if isAskedFor || snapshots || replication || failover || migration { return }
        (network, collections, sessions, memory, pauses, engine) = (true, true, true, true, true, true)
    }

    private mutating func take(_ option: String, _ rest: inout ArraySlice<String>) throws(BenchmarkFailure) {
        switch option {
        case "--network": network = true
        case "--collections": collections = true
        case "--sessions": sessions = true
        case "--memory": memory = true
        case "--pauses": pauses = true
        case "--engine": engine = true
        case "--snapshots": snapshots = true
        case "--replication": replication = true
        case "--failover": failover = true
        case "--migration": migration = true
        case "--migrations": migrations = try Options.number(of: option, &rest, in: 1...100)
        case "--failovers": failovers = try Options.number(of: option, &rest, in: 1...1000)
        case "--eviction": eviction = true
        case "--quick": break  // the other options change what it set, wherever they stand
        case "--ours": ours = ServerProgram(path: try Options.value(of: option, &rest))
        case "--theirs": theirs = ServerProgram(path: try Options.value(of: option, &rest))
        case "--only": only += try Options.value(of: option, &rest).split(separator: ",").map { $0.lowercased() }
        case "--pairs": pairs = try Options.number(of: option, &rest, in: 1...1000)
        case "--directory": directory = try Options.value(of: option, &rest)
        case "--members": pauseMembers = try Options.number(of: option, &rest, in: 1_000_000...100_000_000)
        case "--connections": connections = try Options.number(of: option, &rest, in: 1...1000)
        case "--seconds": seconds = try Options.number(of: option, &rest, in: 0.01...3600)
        case "--lag-seconds": lagSeconds = try Options.number(of: option, &rest, in: 1...36_000)
        case "--markdown": markdown = try Options.value(of: option, &rest)
        default: throw BenchmarkFailure("unknown option \(option)\n\n\(Options.usage)")
        }
    }

    private static func value(of option: String, _ rest: inout ArraySlice<String>) throws(BenchmarkFailure) -> String {
        guard let value = rest.popFirst() else { throw BenchmarkFailure("\(option) needs a value") }
        return value
    }

    private static func number<Number: LosslessStringConvertible & Comparable>(
        of option: String, _ rest: inout ArraySlice<String>, in range: ClosedRange<Number>
    ) throws(BenchmarkFailure) -> Number {
        let text = try value(of: option, &rest)
        guard let number = Number(text), range.contains(number) else {
            throw BenchmarkFailure(
                "\(option) \(text): a number from \(range.lowerBound) to \(range.upperBound) is needed")
        }
        return number
    }

    /// How long each run goes before it is measured.
    var warmUpSeconds: Double { seconds / 5 }

    /// Whether `--only` lets a name through: it matches a pattern, or begins with one and a hyphen.
    func includes(_ name: String) -> Bool {
        only.isEmpty
            || only.contains { pattern in
                Bytes.with(pattern) { pattern in Bytes.with(name) { Glob.matches(pattern, $0) } }
                    || name.hasPrefix(pattern + "-")
            }
    }

    /// The names and versions of both servers; where no server is measured, their names.
    func identities() throws(BenchmarkFailure) -> Sides<String> {
        guard network || collections || sessions || memory || pauses || snapshots || replication || eviction else {
            return Sides(ours: "Apus", theirs: "redis-server")
        }
        return try Sides(ours: ours, theirs: theirs).map { program throws(BenchmarkFailure) in
            try ServerProcess(program).identity(of: program)
        }
    }

    static func siblingOfThisProgram(_ name: String) -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &path, path.count)
        guard length > 0 else { return name }
        let own = String(decoding: path[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = own.lastIndex(of: "/") else { return name }
        return own[...slash] + name
    }
}
