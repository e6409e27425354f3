import Glibc

/// How long a shard whose primary is killed takes no writes, each time in seconds.
struct FailoverResult: Sendable {
    var ours: [Double] = []
    var theirs: [Double] = []
}

/// Three primaries and three replicas of one program. Again and again a primary is killed, its replica takes over, and what was
/// killed comes back as a replica.
struct FailoverBenchmark {
    static let name = "failover"
    static let nodeTimeout = 2000

    static func run(_ options: Options, _ failures: inout [String]) -> FailoverResult {
        var result = FailoverResult()
        do throws(BenchmarkFailure) {
            try Core.unpin()
            result.ours = try samples(options.ours, options)
            result.theirs = try samples(options.theirs, options)
            try Core.pin(to: Core.client)
        } catch {
            failures.append("failover: \(error.text)")
            progress(failures.last!)
        }
        return result
    }

    private static func samples(
        _ program: ServerProgram, _ options: Options
    ) throws(BenchmarkFailure) -> [Double] {
        let cluster = try BenchmarkCluster(program, directory: options.directory)
        defer { cluster.end() }
        var samples: [Double] = []
        for round in 0..<options.failovers {
            samples.append(try cluster.failOver(round % BenchmarkCluster.shards))
            progress("failover: \(program.path): \(Text.decimal(samples.last!, 3)) s")
        }
        return samples
    }
}

/// A cluster of processes on all cores.
private final class BenchmarkCluster {
    static let shards = 3

    private let program: ServerProgram
    private let directory: String
    /// First the primaries, then their replicas; the two of a shard change places with each failover.
    private var nodes: [Node] = []

    private struct Node {
        let number: Int
        let port: UInt16
        let busPort: UInt16
        var process: ServerProcess?
    }

    init(_ program: ServerProgram, directory parent: String) throws(BenchmarkFailure) {
        self.program = program
        var template = Array((parent + "/apus-failover-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw .system("mkdtemp") }
        directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        for number in 0..<2 * BenchmarkCluster.shards {
            let (port, busPort) = (try BenchmarkCluster.freePort(), try BenchmarkCluster.freePort())
            nodes.append(Node(number: number, port: port, busPort: busPort))
            try start(number)
        }
        try join()
    }

    /// Below the range from which the kernel takes ports of clients, since a node comes back to its own.
    private static func freePort() throws(BenchmarkFailure) -> UInt16 {
        for _ in 0..<100 {
            let port = UInt16.random(in: 12_000..<32_000)
            let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(probe) }
            var address = Loopback.address(port: port)
            if Loopback.bind(probe, &address) { return port }
        }
        throw BenchmarkFailure("no free port")
    }

    private func start(_ index: Int) throws(BenchmarkFailure) {
        let node = nodes[index]
        nodes[index].process = try ServerProcess(
            program,
            [
                "--dir", directory, "--cluster-enabled", "yes", "--cluster-port", "\(node.busPort)",
                "--cluster-config-file", "nodes-\(node.number).conf", "--dbfilename", "dump-\(node.number).rdb",
                "--cluster-node-timeout", "\(FailoverBenchmark.nodeTimeout)", "--repl-diskless-sync-delay", "0",
            ], core: nil, port: node.port)
    }

    // MARK: Making it

    private func join() throws(BenchmarkFailure) {
        for index in nodes.indices { try connect(index).call("CLUSTER", "SET-CONFIG-EPOCH", "\(index + 1)") }
        let first = try connect(0)
        for node in nodes.dropFirst() {
            try first.call("CLUSTER", "MEET", "127.0.0.1", "\(node.port)", "\(node.busPort)")
        }
        for shard in 0..<BenchmarkCluster.shards {
            let (start, end) = (16384 * shard / BenchmarkCluster.shards, 16384 * (shard + 1) / BenchmarkCluster.shards)
            try connect(shard).call("CLUSTER", "ADDSLOTSRANGE", "\(start)", "\(end - 1)")
        }
        try wait("all nodes to know each other") { (cluster) throws(BenchmarkFailure) in
            for index in cluster.nodes.indices {
                let lines = try cluster.connect(index).call("CLUSTER", "NODES").split(separator: "\n")
                if lines.count != cluster.nodes.count || lines.contains(where: { $0.contains("handshake") }) {
                    return false
                }
            }
            return true
        }
        for shard in 0..<BenchmarkCluster.shards {
            let name = try connect(shard).call("CLUSTER", "MYID")
            try connect(shard + BenchmarkCluster.shards).call("CLUSTER", "REPLICATE", name)
        }
        try waitUntilWhole()
    }

    private func connect(_ index: Int) throws(BenchmarkFailure) -> ControlConnection {
        try ControlConnection(port: nodes[index].port)
    }

    private func waitUntilWhole() throws(BenchmarkFailure) {
        try wait("the cluster to be whole") { (cluster) throws(BenchmarkFailure) in
            for index in cluster.nodes.indices {
                let connection = try cluster.connect(index)
                let isWhole = try connection.call("CLUSTER", "INFO").contains("cluster_state:ok")
                let isFailing = try connection.call("CLUSTER", "NODES").contains("fail")
                let replication = try connection.call("INFO", "replication")
                let isLinked = index < BenchmarkCluster.shards || replication.contains("master_link_status:up")
                if !isWhole || isFailing || !isLinked { return false }
            }
            return true
        }
    }

    private func wait(
        _ what: String, _ condition: (BenchmarkCluster) throws(BenchmarkFailure) -> Bool
    ) throws(BenchmarkFailure) {
        for _ in 0..<3000 {
            if try condition(self) { return }
            Clock.sleep(seconds: 0.02)
        }
        throw BenchmarkFailure("waited in vain for \(what)")
    }

    // MARK: Losing a primary

    /// Kills the primary of a shard and waits until its replica takes a write; seconds from one to the other.
    func failOver(_ shard: Int) throws(BenchmarkFailure) -> Double {
        let heir = shard + BenchmarkCluster.shards
        let key = try key(of: shard)
        let connection = try connect(heir)
        // Killed at any moment between two of the pings that it answers.
        Clock.sleep(seconds: Double.random(in: 0..<1))
        nodes[shard].process?.stop()
        let start = Clock.now()
        while (try? connection.call("SET", key, "1")) != "OK" {
            guard Clock.now() - start < 60_000_000_000 else { throw BenchmarkFailure("nobody took over") }
            Clock.sleep(seconds: 0.001)
        }
        let time = Double(Clock.now() - start) / 1e9
        nodes.swapAt(shard, heir)
        try self.start(heir)
        try waitUntilWhole()
        return time
    }

    /// A key of a slot that a shard owns.
    private func key(of shard: Int) throws(BenchmarkFailure) -> String {
        let connection = try connect(shard)
        for number in 0..<10_000 where (try? connection.call("SET", "key:\(number)", "0")) == "OK" {
            return "key:\(number)"
        }
        throw BenchmarkFailure("a primary takes no key")
    }

    func end() {
        for node in nodes { node.process?.stop() }
        for node in nodes {
            unlink("\(directory)/nodes-\(node.number).conf")
            unlink("\(directory)/dump-\(node.number).rdb")
        }
        rmdir(directory)
    }
}

extension Report {
    func section(_ result: FailoverResult) -> String {
        var table = MarkdownTable(["seconds until a write is taken", "ours", "reference"])
        let (ours, theirs) = (result.ours.sorted(), result.theirs.sorted())
        func row(_ name: String, _ pick: ([Double]) -> Double?) {
            func text(_ value: Double?) -> String { value.map { Text.decimal($0, 2) } ?? "–" }
            table.append([name, text(pick(ours)), text(pick(theirs))])
        }
        row("shortest") { $0.first }
        row("median") { $0.isEmpty ? nil : median($0) }
        row("longest") { $0.last }
        return """
            ## Failover

            Three primaries with a replica each, node timeout \(FailoverBenchmark.nodeTimeout) ms. A primary is killed
            (SIGKILL) \(max(ours.count, theirs.count)) times.

            \(table.text)
            """
    }
}
