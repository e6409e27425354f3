import Glibc
import Harness
import Testing

extension ProcessTests {
    /// Clients that write to a cluster while it loses a primary: redis-py's RedisCluster, and one on hiredis. Every shard serves
    /// again; what was acknowledged and is lost is counted and printed. With promises on nothing is.
    @Suite(.serialized) struct ClusterLoadTests {
        /// What happens to a primary.
        enum Fault: CaseIterable {
            case killed, paused, cutOff
        }

        /// Three copies of everything, of which two have a write before its client hears of it.
        private static let promises = ["promise-copies 3", "promise-replicas 1", "promise-timeout 500"]

        @Test(arguments: Fault.allCases) func clientsWrite(_ fault: Fault) throws {
            try withCluster(fault, ClusterTests.six) { cluster in
                try cluster.create(replicas: 1)
                for (client, result) in try outcome(fault, cluster) {
                    print("a primary \(fault) under load: \(client): \(result)")
                }
            }
        }

        @Test(arguments: Fault.allCases) func clientsWriteWithPromises(_ fault: Fault) throws {
            let nodes = [Product](repeating: .apus, count: 9)
            try withCluster(fault, nodes, ClusterLoadTests.promises) { cluster in
                try cluster.create(replicas: 2)
                for (client, result) in try outcome(fault, cluster) {
                    print("a primary \(fault) under load, with promises: \(client): \(result)")
                    #expect(result.lost == 0, "\(client): \(result)\n\(cluster.description)")
                }
            }
        }

        /// Who is to be cut off is on a host of its own, whose cable can be pulled; where the machine does not allow that, behind
        /// a gate, which holds back what comes and goes.
        private func withCluster(
            _ fault: Fault, _ products: [Product], _ settings: [String] = [], _ body: (TestCluster) throws -> Void
        ) throws {
            guard fault == .cutOff, TestNetwork.isPossible else {
                return try body(TestCluster(products, settings, isGated: fault == .cutOff))
            }
            let network = try TestNetwork(hosts: products.count)
            try network.onSwitch { try body(TestCluster(products, settings, network: network)) }
        }

        /// What became of the writes of clients while a primary was lost and came back.
        private func outcome(_ fault: Fault, _ cluster: TestCluster) throws -> KeyValuePairs<String, LoadResult> {
            try cluster.expectCaughtUp()
            let nodes = cluster.nodes.map(\.clientAddress)
            let python = try PythonLoad(nodes)
            let load = HiredisLoad(nodes)
            #expect(load.runUntilComplete(withinMilliseconds: 60_000))
            load.run(forMilliseconds: 300)

            let victim = cluster.nodes[0]
            let insider = fault == .cutOff ? try Insider(victim) : nil
            let heirs = try cluster.replicas(of: victim)
            try strike(victim, fault, cluster)
            insider?.writeUntilRefused()
            let heir = try cluster.expectHeir(among: heirs)
            #expect(load.runUntilComplete(withinMilliseconds: 60_000), "\(cluster.description)")
            try recover(victim, fault, cluster)
            try cluster.expectFollows(victim, heir)
            try cluster.expectWhole()
            load.run(forMilliseconds: 300)
            let (own, others) = (try load.finish(), try python.finish())
            guard let insider else { return ["hiredis": own, "redis-py": others] }
            return ["hiredis": own, "redis-py": others, "on its side": try insider.finish(cluster)]
        }

        private func strike(_ victim: TestClusterNode, _ fault: Fault, _ cluster: TestCluster) throws {
            switch fault {
            case .killed: victim.kill()
            case .paused: victim.stop()
            case .cutOff: try cluster.cutOff(0)
            }
        }

        private func recover(_ victim: TestClusterNode, _ fault: Fault, _ cluster: TestCluster) throws {
            switch fault {
            case .killed:
                try victim.restart()
                try victim.waitUntilReady()
            case .paused: victim.resume()
            case .cutOff: try cluster.reconnect(0)
            }
        }
    }
}

extension TestCluster {
    /// Waits until one of these nodes is a primary with slots.
    fileprivate func expectHeir(among nodes: [TestClusterNode]) throws -> TestClusterNode {
        var heir: TestClusterNode?
        _ = try eventually {
            heir = try nodes.first { node in
                try node.view().contains { $0.isMyself && $0.isPrimary && !$0.slots.isEmpty }
            }
            return heir != nil
        }
        return try #require(heir, "\(description)")
    }
}

/// redis-py's RedisCluster, writing in a process of its own.
private final class PythonLoad {
    private let process: ChildProcess
    private let directory: TemporaryDirectory

    /// Starts it, and waits until every key has been written once.
    init(_ nodes: [String]) throws {
        directory = try TemporaryDirectory()
        process = try ChildProcess(
            packageRoot + "/Tests/clients/run",
            [Product.apus.program, "cluster_load.py"] + nodes, directory: directory.path,
            outputPath: directory.file("output"))
        let isRunning = eventually(withinMilliseconds: 60_000) {
            process.exitStatus() != nil || process.output.hasPrefix("running")
        }
        guard isRunning, process.exitStatus() == nil else { throw HarnessError.notStarted(log: process.output) }
    }

    deinit { process.kill() }

    /// Has it end, once every shard has served it again, and tell.
    func finish() throws -> LoadResult {
        let status = process.terminate(upToMilliseconds: 120_000)
        guard status == .exited(0), let last = process.output.split(separator: "\n").last else {
            throw HarnessError.malformed("\(String(describing: status)): \(process.output)")
        }
        let words = last.split(separator: " ")
        func number(_ name: Substring) throws -> Int {
            guard let place = words.firstIndex(of: name), let number = Int(words[place + 1]) else {
                throw HarnessError.malformed(process.output)
            }
            return number
        }
        return try LoadResult(
            acknowledged: number("acknowledged"), uncertain: number("uncertain"), lost: number("lost"),
            pause: number("pause"))
    }
}

/// A client on the wrong side of the cut: it still reaches the primary that nobody else reaches.
private final class Insider {
    private let connection: Connection
    private var written: [String: [Int]] = [:]
    private var result = LoadResult()
    private var number = 0

    init(_ victim: TestClusterNode) throws {
        connection = try victim.connect()
        for number in 0..<100 where written.count < 8 {
            if try connection.run("SET", "inside:\(number)", "0") == .ok { written["inside:\(number)"] = [] }
        }
        #expect(written.count == 8)
    }

    /// Writes until the primary finds out that it is alone, as it has to.
    func writeUntilRefused() {
        let begin = monotonicMilliseconds()
        let isRefused = eventually {
            number += 1
            for key in written.keys where result.uncertain == 0 {
                let isAcknowledged = (try? connection.run("SET", key, "\(number)")) == .ok
                if isAcknowledged { written[key]?.append(number) }
                result.acknowledged += isAcknowledged ? 1 : 0
                result.uncertain += isAcknowledged ? 0 : 1
            }
            return result.uncertain > 0
        }
        result.pause = monotonicMilliseconds() - begin
        #expect(isRefused, "a primary that is cut off has to stop")
    }

    /// What the cluster has not kept.
    func finish(_ cluster: TestCluster) throws -> LoadResult {
        let client = ClusterClient(cluster)
        for (key, numbers) in written {
            let kept = Int(try client.run("GET", key).words) ?? 0
            result.lost += numbers.count { $0 > kept }
        }
        return result
    }
}
