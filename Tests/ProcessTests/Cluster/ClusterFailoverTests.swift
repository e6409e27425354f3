import Glibc
import Harness
import Testing

extension ProcessTests {
    /// Clusters of whole processes that lose some of them.
    @Suite(.serialized) struct ClusterFailoverTests {
        /// Two shards, in which one product's node follows the other's: no majority without the primary that is replaced.
        static let fewPrimaries: [Product] = [.apus, .oracle, .oracle, .apus]

        @Test(arguments: [ClusterTests.six, ClusterTests.mixed]) func aPrimaryThatIsKilled(_ products: [Product]) throws
        {
            let cluster = try TestCluster(products)
            try cluster.createPairs()
            try cluster.fill(200)
            try cluster.expectCaughtUp()
            // One of each kind, where there are two: failover goes both ways.
            for isOurs in Set(products.map { $0 == .apus }).sorted(by: { $0 && !$1 }) {
                try loseOne(cluster, isOurs: isOurs)
            }
        }

        private func loseOne(_ cluster: TestCluster, isOurs: Bool) throws {
            let candidates = try cluster.primaries().filter { ($0.product == .apus) == isOurs }
            let victim = try #require(candidates.first)
            let heir = try #require(cluster.replicas(of: victim).first)
            victim.kill()
            try cluster.expectPrimary(heir)
            try cluster.expectWhole()
            try cluster.expectFilled(200)
            try victim.restart()
            try cluster.expectFollows(victim, heir)
        }

        @Test func aPrimaryThatIsPaused() throws {
            let cluster = try TestCluster(ClusterTests.six)
            try cluster.createPairs()
            try cluster.fill(200)
            try cluster.expectCaughtUp()
            let victim = cluster.nodes[0]
            let heir = try #require(cluster.replicas(of: victim).first)
            victim.stop()
            try cluster.expectPrimary(heir)
            try cluster.expectWhole()
            victim.resume()
            try cluster.expectFollows(victim, heir)
            try cluster.expectFilled(200)
        }

        @Test func aNodeWhoseLoopDoesNotTurnIsDead() throws {
            let cluster = try TestCluster(ClusterTests.six)
            try cluster.createPairs()
            let victim = cluster.nodes[0]
            let heir = try #require(cluster.replicas(of: victim).first)
            let sleeper = try Connection(port: victim.port)
            try sleeper.send(text: "DEBUG SLEEP \(TestCluster.timeout * 4 / 1000)\r\n")
            try cluster.expectPrimary(heir)
            try #expect(sleeper.receive() == .ok)
            try cluster.expectFollows(victim, heir)
        }

        @Test(
            arguments: [ClusterTests.six, ClusterTests.mixed, ClusterFailoverTests.fewPrimaries],
            ["", "FORCE", "TAKEOVER"])
        func aReplicaThatIsTold(_ products: [Product], _ how: String) throws {
            let cluster = try TestCluster(products)
            try cluster.createPairs()
            try cluster.fill(100)
            try cluster.expectCaughtUp()
            for victim in try cluster.primaries() {
                let heir = try #require(cluster.replicas(of: victim).first)
                let words = ["CLUSTER", "FAILOVER"] + (how.isEmpty ? [] : [how])
                try #expect(Connection(port: heir.port).run(words.map { Bytes($0.utf8) }) == .ok)
                try cluster.expectPrimary(heir)
                try cluster.expectFollows(victim, heir)
            }
            try cluster.expectWhole()
            try cluster.expectFilled(100)
        }

        /// To and fro, as fast as it goes.
        @Test func oneFailoverUponAnother() throws {
            let cluster = try TestCluster(ClusterTests.six)
            try cluster.createPairs()
            let pair = [cluster.nodes[0], cluster.nodes[3]]
            for turn in 1...6 {
                let (heir, victim) = (pair[turn % 2], pair[1 - turn % 2])
                try #expect(heir.run("CLUSTER", "FAILOVER") == .ok)
                try cluster.expectPrimary(heir, withinMilliseconds: 4000)
                let follows = try eventually { try victim.field("role") == "slave" }
                #expect(follows, "\(cluster.description)")
            }
            try cluster.expectWhole()
        }

        @Test func allNodesStartedAgain() throws {
            // By the second the log may lack what was written just before a SIGKILL.
            let cluster = try TestCluster(ClusterTests.six, ["appendonly yes", "appendfsync always"])
            try cluster.createPairs()
            try cluster.fill(100)
            try cluster.expectCaughtUp()
            let layout = try cluster.nodes[0].layout()
            for node in cluster.nodes { node.kill() }
            for node in cluster.nodes { try node.restart() }
            try cluster.expectWhole()
            try cluster.expectReplicasUp()
            try #expect(cluster.nodes[0].layout() == layout)
            try cluster.expectFilled(100)
        }

        @Test func aReplicaGoesOnWhereItWas() throws {
            let cluster = try TestCluster(ClusterTests.six)
            try cluster.createPairs()
            try cluster.expectCaughtUp()
            let primary = cluster.nodes[0]
            let replica = try #require(cluster.replicas(of: primary).first)
            let before = try primary.field("sync_full", in: "stats")
            try replica.run("CLUSTER", "FAILOVER")
            try cluster.expectFollows(primary, replica)
            try #expect(replica.field("sync_full", in: "stats") == "0")
            try #expect(primary.field("sync_full", in: "stats") == before)
        }
    }

    /// The file that a node of a cluster keeps.
    @Suite(.serialized) struct NodesFileProcessTests {
        @Test func oneNodeAtATime() throws {
            let cluster = try TestCluster([.apus])
            let (port, busPort) = (try freePort(), try freePort())
            let second = try ServerProcess(
                .apus, port: port,
                ["cluster-enabled yes", "cluster-port \(busPort)", "dir \(cluster.nodes[0].directory.path)"])
            #expect(second.child.wait() == .exited(1))
            #expect(second.logs("is already used by a different Redis Cluster node"), "\(second.log)")
        }

        @Test func aDamagedFileIsRefused() throws {
            let cluster = try TestCluster([.apus])
            let node = cluster.nodes[0]
            node.terminate()
            try node.directory.write("what is this\n", to: "nodes.conf")
            let second = try ServerProcess(
                .apus, port: node.port,
                ["cluster-enabled yes", "cluster-port \(node.busPort)", "dir \(node.directory.path)"])
            #expect(second.child.wait() == .exited(1))
            #expect(second.logs("Unrecoverable error: corrupted cluster config file"), "\(second.log)")
        }

        /// A node of the reference is taken over with its file, its data and its place in the cluster.
        @Test func theFileOfAnother() throws {
            let cluster = try TestCluster([.oracle, .oracle, .oracle], ["save 3600 1"])
            try cluster.create(replicas: 0)
            try cluster.fill(100)
            let names = try cluster.nodes.map { try $0.name() }
            for node in cluster.nodes {
                node.terminate()
                try node.restart(as: .apus)
            }
            try cluster.expectWhole()
            try #expect(cluster.nodes.map { try $0.name() } == names)
            try cluster.expectFilled(100)
        }
    }
}

extension TestCluster {
    /// Waits until all replicas have what their primaries have.
    func expectCaughtUp() throws {
        let isEqual = try eventually {
            try primaries().allSatisfy { primary in
                let offset = try primary.field("master_repl_offset")
                return try replicas(of: primary).allSatisfy { try $0.field("master_repl_offset") == offset }
            }
        }
        #expect(isEqual, "\(description)")
    }

    /// Waits until a node follows another.
    func expectFollows(_ node: TestClusterNode, _ primary: TestClusterNode) throws {
        let name = try primary.name()
        let follows = try eventually {
            try node.view().contains { $0.isMyself && $0.primary == name } && node.field("master_link_status") == "up"
        }
        #expect(follows, "\(description)")
    }
}
