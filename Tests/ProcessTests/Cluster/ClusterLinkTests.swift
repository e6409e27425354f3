import Harness
import Testing

extension ProcessTests {
    /// Links of the bus between processes.
    @Suite(.serialized) struct ClusterLinkTests {
        /// What waits for a node that reads nothing is seen while it waits, and ends with the link that exceeds the limit.
        @Test(arguments: [Product.apus, .oracle]) func aLinkWithTooMuchToSendIsClosed(_ product: Product) throws {
            let cluster = try TestCluster([product, product], [TestCluster.patience])
            let (sender, paused) = (cluster.nodes[0], cluster.nodes[1])
            try sender.run("CLUSTER", "MEET", "127.0.0.1", "\(paused.port)", "\(paused.busPort)")
            let areLinked = try eventually { try links(of: sender).count == 2 && links(of: paused).count == 2 }
            #expect(areLinked, "\(cluster.description)")
            paused.stop()

            let message = Bytes(repeating: UInt8(ascii: "m"), count: 1 << 20)
            let waits = try eventually {
                try sender.run("PUBLISH", "channel", message)
                return try links(of: sender).contains { $0 > 4 * message.count }
            }
            #expect(waits, "\(cluster.description)")
            let isCounted = try eventually {
                try Int(sender.field("mem_cluster_links", in: "memory")) ?? 0 > 4 * message.count
            }
            #expect(isCounted, "\(cluster.description)")
            try #expect(sender.clusterField("total_cluster_links_buffer_limit_exceeded") == "0")

            try #expect(sender.run("CONFIG", "SET", "cluster-link-sendbuf-limit", "1mb") == .ok)
            let isClosed = try eventually {
                try sender.clusterField("total_cluster_links_buffer_limit_exceeded") == "1"
            }
            #expect(isClosed, "\(cluster.description)")
            try #expect(!links(of: sender).contains { $0 > 1 << 20 })
            paused.resume()
            let areLinkedAgain = try eventually { try links(of: sender).count == 2 && links(of: paused).count == 2 }
            #expect(areLinkedAgain, "\(cluster.description)")
            try #expect(sender.clusterField("total_cluster_links_buffer_limit_exceeded") == "1")
        }

        /// How many bytes wait on each link, as CLUSTER LINKS tells it.
        private func links(of node: TestClusterNode) throws -> [Int] {
            guard case .array(let links) = try node.run("CLUSTER", "LINKS") else { return [] }
            return links.compactMap { link in
                guard case .array(let words) = link, case .integer(let bytes) = words.last else { return nil }
                return Int(bytes)
            }
        }
    }
}
