import Harness
import Testing

extension ProcessTests {
    /// Clusters whose nodes speak with each other through TLS alone, with real nodes among them.
    @Suite(.serialized) struct ClusterEncryptionTests {
        private let certificates: TestCertificates
        private let cluster: TestCluster
        private var tlsPorts: [Int] = []

        init() throws {
            certificates = try TestCertificates()
            cluster = try TestCluster([])
            for product in [Product.apus, .apus, .oracle, .apus] {
                tlsPorts.append(try freePort())
                try cluster.add(
                    product,
                    [
                        "tls-port \(tlsPorts.last!)", "tls-cert-file \(certificates.certificate("server"))",
                        "tls-key-file \(certificates.key("server"))", "tls-ca-cert-file \(certificates.authority)",
                        "tls-cluster yes", "tls-replication yes",
                    ])
            }
        }

        @Test func membersReplicasAndSlots() throws {
            let nodes = cluster.nodes
            for (number, node) in nodes.prefix(3).enumerated() {
                try node.run("CLUSTER", "SET-CONFIG-EPOCH", "\(number + 1)")
                try node.run("CLUSTER", "ADDSLOTSRANGE", "\(number * 5462)", "\(min(16383, number * 5462 + 5461))")
            }
            for (node, port) in zip(nodes, tlsPorts).dropFirst() {
                try nodes[0].run("CLUSTER", "MEET", "127.0.0.1", "\(port)", "\(node.busPort)")
            }
            try cluster.expectWhole()
            let target = try nodes[2].name()
            let follows = try eventually { try nodes[3].run("CLUSTER", "REPLICATE", target) == .ok }
            #expect(follows, "\(cluster.description)")
            try cluster.expectReplicasUp()
            try cluster.fill(300)
            try moveAtOnce()
            try moveByHand()
            try cluster.expectFilled(300)
            // The reference takes a tenth of a second to find that its replica has the snapshot, and sends it nothing before.
            #expect(try nodes[2].run("WAIT", "1", "10000") == .integer(1))
            nodes[2].kill()
            try cluster.expectPrimary(nodes[3])
            try cluster.expectWhole()
            try cluster.expectFilled(300)
        }

        /// All slots of the first below 1000 go to the second.
        private func moveAtOnce() throws {
            let (source, target) = (cluster.nodes[0], cluster.nodes[1])
            let words = ["CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", "0", "999", "NODE", try target.name()]
            try expect(source.server.connect().run(words.map(\.wireBytes)), is: .ok)
            let isOver = try eventually { "\(try source.run("CLUSTER", "GETSLOTMIGRATIONS"))".contains("success") }
            #expect(isOver, "\(cluster.description)")
            try cluster.expectWhole()
        }

        /// A slot of the second goes to the real node.
        private func moveByHand() throws {
            let (source, target) = (cluster.nodes[1], cluster.nodes[2])
            let slot = "6000"
            try expect(target.run("CLUSTER", "SETSLOT", slot, "IMPORTING", source.name()), is: .ok)
            try expect(source.run("CLUSTER", "SETSLOT", slot, "MIGRATING", target.name()), is: .ok)
            let keys = try source.run("CLUSTER", "GETKEYSINSLOT", slot, "100").words.split(separator: " ").map(
                String.init)
            if !keys.isEmpty {
                let words = ["MIGRATE", "127.0.0.1", "\(tlsPorts[2])", "", "0", "5000", "KEYS"] + keys
                try expect(source.server.connect().run(words.map(\.wireBytes)), is: .ok)
            }
            for node in [target, source] {
                try expect(node.run("CLUSTER", "SETSLOT", slot, "NODE", target.name()), is: .ok)
            }
            try cluster.expectWhole()
        }
    }
}
