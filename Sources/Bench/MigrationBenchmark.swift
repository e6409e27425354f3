import Glibc
import Primitives

/// Slots with a gigabyte that move from one node to another while clients use them.
struct MigrationResult: Sendable {
    /// One side: how long the move took, and what clients have waited, idle and while slots moved.
    struct Side: Sendable {
        var seconds: [Double] = []
        var (idle, moving) = (ProbeSample(), ProbeSample())
        /// The longest rest of writes that the source reports, in milliseconds; nil where it reports none.
        var pauseMilliseconds: Int?
    }

    var (ours, theirs) = (Side(), Side())
}

/// Two primaries of one program. All data lies in some slots of the first, which move to the second: with Apus at once, with
/// the reference slot by slot, as redis-cli does it.
struct MigrationBenchmark {
    static let name = "migration"
    static let slots = 1000
    static let keys = 65_536
    static let valueSize = 16 << 10
    static let clients = 4

    static func run(_ options: Options, _ failures: inout [String]) -> MigrationResult {
        var result = MigrationResult()
        do throws(BenchmarkFailure) {
            try Core.unpin()
            for _ in 0..<options.migrations {
                try measure(options.ours, isOurs: true, &result.ours)
                try measure(options.theirs, isOurs: false, &result.theirs)
            }
            try Core.pin(to: Core.client)
        } catch {
            failures.append("migration: \(error.text)")
            progress(failures.last!)
        }
        return result
    }

    /// Has the system keep as much free memory at hand as the target will need: where it runs in a virtual machine, a page that
    /// the host has to find first takes longer than all that is done with it.
    private static func warmMemory() {
        let size = 2 << 30
        guard let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), base != MAP_FAILED
        else { return }
        for offset in stride(from: 0, to: size, by: 4096) {
            base.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
        }
        munmap(base, size)
    }

    private static func measure(
        _ program: ServerProgram, isOurs: Bool, _ side: inout MigrationResult.Side
    ) throws(BenchmarkFailure) {
        let pair = try MigrationPair(program)
        defer { pair.end() }
        try pair.fill()
        warmMemory()
        let probes = (0..<clients).map { _ in MigrationProbe(pair.ports, keys: pair.probeKeys) }
        defer { for probe in probes { probe.stop() } }
        Clock.sleep(seconds: 1)
        for probe in probes { probe.begin() }
        Clock.sleep(seconds: 3)
        for probe in probes { side.idle.add(probe.end()) }
        for probe in probes { probe.begin() }
        let start = Clock.now()
        if isOurs { try pair.moveAtOnce() } else { try pair.reshard() }
        side.seconds.append(Double(Clock.now() - start) / 1e9)
        for probe in probes { side.moving.add(probe.end()) }
        if isOurs { side.pauseMilliseconds = max(side.pauseMilliseconds ?? 0, try pair.pauseMilliseconds()) }
        progress("migration: \(program.path): \(Text.decimal(side.seconds.last!, 2)) s")
        for probe in probes { if let failure = probe.failure { throw failure } }
        try pair.check()
    }
}

/// A cluster of two.
private final class MigrationPair {
    private let servers: [ServerProcess]
    private let directory: String
    private var names: [String] = []
    /// Keys by slot, for each of the slots that move.
    private var tags: [String] = []

    var ports: [UInt16] { servers.map(\.port) }
    var probeKeys: [String] { (0..<64).map { "{\(tags[$0 * tags.count / 64])}probe" } }

    init(_ program: ServerProgram) throws(BenchmarkFailure) {
        var template = Array("/tmp/apus-migration-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .system("mkdtemp") }
        directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        var servers: [ServerProcess] = []
        for number in 0..<2 {
            let busPort = try ServerProcess.freePort()
            servers.append(
                try ServerProcess(
                    program,
                    [
                        "--dir", directory, "--cluster-enabled", "yes", "--cluster-port", "\(busPort)",
                        "--cluster-config-file", "nodes-\(number).conf", "--save", "",
                    ], core: number))
            let control = try ControlConnection(port: servers[number].port)
            try control.call("CLUSTER", "SET-CONFIG-EPOCH", "\(number + 1)")
            try control.call("CLUSTER", "ADDSLOTSRANGE", "\(number * 8192)", "\(number * 8192 + 8191)")
            names.append(try control.call("CLUSTER", "MYID"))
            if number == 1 {
                try ControlConnection(port: servers[0].port).call(
                    "CLUSTER", "MEET", "127.0.0.1", "\(servers[1].port)", "\(busPort)")
            }
        }
        self.servers = servers
        tags = MigrationPair.findTags()
        try waitUntilWhole()
    }

    private static func findTags() -> [String] {
        var found: [Int: String] = [:]
        var number = 0
        while found.count < MigrationBenchmark.slots {
            let tag = "t\(number)"
            let slot = Array(tag.utf8).withBytes { hashSlot(of: $0) }
            if slot < MigrationBenchmark.slots, found[slot] == nil { found[slot] = tag }
            number += 1
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    private func waitUntilWhole() throws(BenchmarkFailure) {
        for _ in 0..<1500 {
            var isWhole = true
            for port in ports {
                let control = try ControlConnection(port: port)
                let information = try control.call("CLUSTER", "INFO")
                isWhole =
                    isWhole && information.contains("cluster_state:ok") && information.contains("cluster_known_nodes:2")
            }
            if isWhole { return }
            Clock.sleep(seconds: 0.02)
        }
        throw BenchmarkFailure("the cluster does not come up")
    }

    func fill() throws(BenchmarkFailure) {
        let control = try ControlConnection(port: ports[0])
        var random = RandomSource(seed: 1)
        // No two values alike, and none that could be compressed.
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var value = [UInt8](repeating: 0, count: MigrationBenchmark.valueSize)
        for index in value.indices { value[index] = letters[Int(random.next() % 64)] }
        for number in 0..<MigrationBenchmark.keys {
            for _ in 0..<16 { value[Int(random.next() % UInt64(value.count))] = letters[Int(random.next() % 64)] }
            let tag = tags[number % tags.count]
            try control.call("SET", "{\(tag)}:\(number)", String(decoding: value, as: UTF8.self))
        }
        for key in probeKeys { try control.call("SET", key, "0") }
    }

    func moveAtOnce() throws(BenchmarkFailure) {
        let control = try ControlConnection(port: ports[0])
        try control.call(
            "CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", "0", "\(MigrationBenchmark.slots - 1)", "NODE", names[1])
        for _ in 0..<60_000 {
            let jobs = try control.call("CLUSTER", "GETSLOTMIGRATIONS")
            if jobs.contains("state success") { return }
            if jobs.contains("state failed") { throw BenchmarkFailure(jobs) }
            Clock.sleep(seconds: 0.002)
        }
        throw BenchmarkFailure("the migration does not end")
    }

    func pauseMilliseconds() throws(BenchmarkFailure) -> Int {
        let words = try ControlConnection(port: ports[0]).call("CLUSTER", "GETSLOTMIGRATIONS").split(separator: " ")
        guard let place = words.firstIndex(of: "pause_ms"), place + 1 < words.count else { return 0 }
        return Int(words[place + 1]) ?? 0
    }

    func reshard() throws(BenchmarkFailure) {
        try ChildProcesses.run(
            [
                "redis-cli", "--cluster", "reshard", "127.0.0.1:\(ports[0])", "--cluster-from", names[0],
                "--cluster-to",
                names[1], "--cluster-slots", "\(MigrationBenchmark.slots)", "--cluster-yes", "--cluster-timeout",
                "60000",
            ], seconds: 900)
    }

    /// Whether all keys are at the target.
    func check() throws(BenchmarkFailure) {
        let count = try ControlConnection(port: ports[1]).call("DBSIZE")
        guard Int(count) == MigrationBenchmark.keys + 64 else { throw BenchmarkFailure("\(count) keys at the target") }
    }

    func end() {
        for server in servers { server.stop() }
        for number in 0..<2 { unlink("\(directory)/nodes-\(number).conf") }
        rmdir(directory)
    }
}

/// A client on a thread of its own that uses keys of slots that move, and goes where it is sent.
private final class MigrationProbe: @unchecked Sendable {
    private struct State {
        var sample = ProbeSample()
        var isStopped = false
        var failure: BenchmarkFailure?
    }

    private let state = Locked(State())
    private let ports: [UInt16]
    private let keys: [String]

    init(_ ports: [UInt16], keys: [String]) {
        (self.ports, self.keys) = (ports, keys)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                Unmanaged<MigrationProbe>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    func begin() { state.withLock { $0.sample = ProbeSample() } }
    func end() -> ProbeSample { state.withLock { $0.sample } }
    func stop() { state.withLock { $0.isStopped = true } }
    var failure: BenchmarkFailure? { state.withLock { $0.failure } }

    private func run() {
        SnapshotProbe.takePrecedence()
        do throws(BenchmarkFailure) {
            try use()
        } catch {
            state.withLock { $0.failure = error }
        }
    }

    private func use() throws(BenchmarkFailure) {
        let controls = [try ControlConnection(port: ports[0]), try ControlConnection(port: ports[1])]
        var places = [Int](repeating: 0, count: keys.count)
        var number = 0
        while !state.withLock({ $0.isStopped }) {
            number += 1
            let index = number % keys.count
            let start = Clock.now()
            try use(index, isWrite: number % 2 == 0, controls, &places)
            let time = Clock.now() - start
            state.withLock { $0.sample.add(time) }
            Clock.sleep(seconds: 0.001)
        }
    }

    private func use(
        _ index: Int, isWrite: Bool, _ controls: [ControlConnection], _ places: inout [Int]
    ) throws(BenchmarkFailure) {
        for _ in 0..<1000 {
            do throws(BenchmarkFailure) {
                return try call(controls[places[index]], keys[index], isWrite)
            } catch {
                if error.text.contains("MOVED") {
                    places[index] = 1 - places[index]
                } else if error.text.contains("ASK ") {
                    try controls[1].call("ASKING")
                    return try call(controls[1], keys[index], isWrite)
                } else if !error.text.contains("TRYAGAIN") {
                    throw error
                }
            }
        }
        throw BenchmarkFailure("sent to and fro")
    }

    private func call(_ control: ControlConnection, _ key: String, _ isWrite: Bool) throws(BenchmarkFailure) {
        if isWrite { try control.call("INCR", key) } else { try control.call("GET", key) }
    }
}

extension Report {
    func section(_ result: MigrationResult) -> String {
        var table = MarkdownTable(["", "ours", "reference"])
        func row(_ name: String, _ figure: (MigrationResult.Side) -> String) {
            table.append([name, figure(result.ours), figure(result.theirs)])
        }
        func milliseconds(_ nanoseconds: Double) -> String { Text.decimal(nanoseconds / 1e6, 2) }
        row("seconds") { $0.seconds.isEmpty ? "–" : Text.decimal(median($0.seconds), 2) }
        row("p99 idle, ms") { milliseconds($0.idle.histogram.quantile(0.99)) }
        row("p99 while slots move, ms") { milliseconds($0.moving.histogram.quantile(0.99)) }
        row("longest, ms") { milliseconds(Double($0.moving.longest)) }
        row("longest rest of writes, ms") { $0.pauseMilliseconds.map { "\($0)" } ?? "–" }
        return """
            ## Migration of slots

            \(MigrationBenchmark.keys) values of 16 KiB in \(MigrationBenchmark.slots) slots move from one primary to another
            on the same machine: ours at once (CLUSTER MIGRATESLOTS), the reference by `redis-cli --cluster reshard`.
            Meanwhile \(MigrationBenchmark.clients) clients read and write keys of these slots, each with a millisecond
            between its commands.

            \(table.text)
            """
    }
}
