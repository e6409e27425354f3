import Glibc
import Harness
import Testing

extension ProcessTests {
    /// Clusters of whole processes, made and changed by `redis-cli --cluster`.
    @Suite(.serialized) struct ClusterTests {
        static let six = [Product](repeating: .apus, count: 6)
        /// Every other node is a real one.
        static let mixed: [Product] = [.apus, .oracle, .apus, .oracle, .apus, .oracle]

        // MARK: Making one

        @Test(arguments: [six, mixed]) func sixNodes(_ products: [Product]) throws {
            let cluster = try TestCluster(products, [TestCluster.patience])
            try cluster.create(replicas: 1)
            try #expect(cluster.primaries().count == 3)
            for node in cluster.nodes {
                try #expect(node.clusterField("cluster_known_nodes") == "6")
                try #expect(node.clusterField("cluster_size") == "3")
            }
            try cluster.fill(100)
            try cluster.expectFilled(100)
            try cluster.manage("check")
            let info = try cluster.manage("info").output
            #expect(info.contains("[OK] 100 keys in 3 masters."), "\(info)")
            let call = try cluster.manage("call", ["PING"]).output
            #expect(call.components("PONG") == 6, "\(call)")
        }

        @Test func nodesThatMeet() throws {
            let cluster = try TestCluster([.apus, .apus, .oracle], [TestCluster.patience])
            for other in cluster.nodes.dropFirst() {
                let reply = try cluster.nodes[0].run(
                    "CLUSTER", "MEET", "127.0.0.1", "\(other.port)", "\(other.busPort)")
                #expect(reply == .ok)
            }
            let areThere = try eventually {
                try cluster.nodes.allSatisfy { node in
                    try node.view().count == 3 && !node.view().contains { $0.flags.contains("handshake") }
                }
            }
            #expect(areThere, "\(cluster.description)")
        }

        // MARK: Slots that move

        /// It would be of no use to its neighbour as a replica.
        @Test func aPrimaryWhoseLastSlotGoesToItsOwnProcessStaysOne() throws {
            let cluster = try TestCluster([.apus], ["cores 2", TestCluster.patience])
            let first = cluster.nodes[0]
            let areUp = eventually { (try? Connection(port: first.port + 1).run("PING")) == .simple("PONG") }
            #expect(areUp, "\(cluster.description)")
            let second = try Connection(port: first.port + 1)
            try #expect(first.run("CLUSTER", "SET-CONFIG-EPOCH", "1") == .ok)
            try #expect(second.run("CLUSTER", "SET-CONFIG-EPOCH", "2") == .ok)
            try #expect(first.run("CLUSTER", "ADDSLOTS", "7") == .ok)
            try #expect(second.run("CLUSTER", "MEET", "127.0.0.1", "\(first.port)", "\(first.busPort)") == .ok)
            let (name, other) = (try first.name(), try second.run("CLUSTER", "MYID").words)
            let knows = try eventually {
                try second.run("CLUSTER", "NODES").words.contains(" connected 7")
                    && first.view().contains { $0.name == other && $0.flags == ["master"] }
            }
            #expect(knows, "\(cluster.description)")
            let refusal = try second.run("CLUSTER", "REPLICATE", name).errorText
            #expect(refusal?.contains("one of its own process") == true, "\(refusal ?? "")")
            try #expect(second.run("CLUSTER", "SETSLOT", "7", "IMPORTING", name) == .ok)
            try #expect(second.run("CLUSTER", "SETSLOT", "7", "NODE", other) == .ok)
            let isOver = try eventually { try first.view().contains { $0.name == other && $0.slots == ["7"] } }
            #expect(isOver, "\(cluster.description)")
            try #expect(first.view().contains { $0.isMyself && $0.isPrimary })
        }

        @Test(arguments: [six, mixed]) func resharding(_ products: [Product]) throws {
            let cluster = try TestCluster(Array(products.prefix(3)), [TestCluster.patience])
            try cluster.create(replicas: 0)
            try cluster.fill(500)
            let (first, second) = (cluster.nodes[0], cluster.nodes[1])
            for (source, target) in [(first, second), (second, first)] {
                try cluster.manage(
                    "reshard",
                    [
                        "--cluster-from", source.name(), "--cluster-to", target.name(), "--cluster-slots", "2000",
                        "--cluster-yes",
                    ])
                try cluster.expectWhole()
                try cluster.expectFilled(500)
                try cluster.manage("check")
            }
        }

        @Test func rebalancing() throws {
            let cluster = try TestCluster(Array(Self.six.prefix(3)), [TestCluster.patience])
            try cluster.create(replicas: 0)
            try cluster.fill(300)
            let added = try cluster.add()
            try cluster.manage("add-node", [], at: added, after: cluster.nodes[0])
            try cluster.expectWhole()
            try cluster.manage("rebalance", ["--cluster-use-empty-masters"])
            try cluster.expectWhole()
            try #expect(cluster.primaries().count == 4)
            try cluster.manage("rebalance", ["--cluster-weight", "\(cluster.nodes[0].name())=0"])
            try cluster.expectWhole()
            try #expect(cluster.primaries().count == 3)
            try cluster.expectFilled(300)
            try cluster.manage("check")
        }

        @Test func nodesThatComeAndGo() throws {
            let cluster = try TestCluster(Array(Self.six.prefix(3)), [TestCluster.patience])
            try cluster.create(replicas: 0)
            try cluster.fill(100)
            let replica = try cluster.add()
            let primary = cluster.nodes[0]
            try cluster.manage(
                "add-node", ["--cluster-slave", "--cluster-master-id", primary.name()], at: replica, after: primary)
            // A node that has not heard of the fourth cannot forget it.
            let isThere = try eventually { try cluster.nodes.allSatisfy { try $0.view().count == 4 } }
            #expect(isThere, "\(cluster.description)")
            try #expect(eventually { try cluster.replicas(of: primary).count == 1 })
            try cluster.expectReplicasUp()
            try cluster.manage("del-node", [replica.name()])
            let isGone = try eventually {
                try cluster.nodes.prefix(3).allSatisfy { try $0.view().count == 3 }
            }
            #expect(isGone, "\(cluster.description)")
            try cluster.expectFilled(100)
        }

        // MARK: Other tools

        @Test func anInterruptedMoveIsFixed() throws {
            let cluster = try TestCluster(Array(Self.six.prefix(3)), [TestCluster.patience])
            try cluster.create(replicas: 0)
            try cluster.fill(100)
            let (source, target) = (cluster.nodes[0], cluster.nodes[1])
            try source.run("CLUSTER", "SETSLOT", "100", "MIGRATING", target.name())
            try target.run("CLUSTER", "SETSLOT", "100", "IMPORTING", source.name())
            let check = try cluster.cli(["--cluster", "check", source.address])
            #expect(check.output.contains("[WARNING]"), "\(check.output)")
            try cluster.manage("fix", ["--cluster-yes"])
            try cluster.manage("check")
            for slot in 0..<3 { try source.run("CLUSTER", "DELSLOTS", "\(slot)") }
            // For slots without an owner it asks, whatever it was told before.
            let arguments = ["--cluster", "fix", source.address, "--cluster-yes"]
            let fix = try cluster.cli(arguments, input: Bytes("yes\n".utf8))
            #expect(fix.status == .exited(0), "\(fix.output)")
            try cluster.expectWhole()
            try cluster.expectFilled(100)
        }

        @Test func importingAndBackingUp() throws {
            let cluster = try TestCluster(Array(Self.six.prefix(3)), [TestCluster.patience])
            try cluster.create(replicas: 0)
            try withServer(.oracle) { server in
                let connection = try server.connect()
                for number in 0..<100 { try connection.run("SET", "key:\(number)", "value:\(number)") }
                try cluster.manage("import", ["--cluster-from", "127.0.0.1:\(server.port)", "--cluster-copy"])
            }
            try cluster.expectFilled(100)
            let directory = try TemporaryDirectory()
            try cluster.manage("backup", [directory.path])
            let files = try runProgram("ls", [directory.path]).lines
            #expect(files.count == 4, "\(files)")
            try cluster.manage("set-timeout", ["3000"])
            for node in cluster.nodes {
                let reply = try node.run("CONFIG", "GET", "cluster-node-timeout")
                #expect(reply == .array([.text("cluster-node-timeout"), .text("3000")]))
            }
        }
    }
}

extension TestCluster {
    /// As `manage`, where a node comes first and then one that is in the cluster.
    func manage(
        _ command: String, _ arguments: [String], at new: TestClusterNode, after known: TestClusterNode
    ) throws {
        let result = try cli(["--cluster", command, new.address, known.address] + arguments)
        #expect(result.status == .exited(0), "\(command): \(result.output)")
    }
}

extension String {
    /// How often another is in it.
    func components(_ other: String) -> Int { split(separator: other, omittingEmptySubsequences: false).count - 1 }
}
