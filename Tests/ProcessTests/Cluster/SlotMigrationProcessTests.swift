import Glibc
import Harness
import Testing

extension ProcessTests {
    /// Slots that move as a whole between Apus nodes, in clusters of whole processes.
    @Suite(.serialized) struct SlotMigrationProcessTests {
        /// Counts writes that were acknowledged, by key.
        private final class Counters {
            private let client: ClusterClient
            private var expected: [Int: Int64] = [:]
            private var number = 0

            init(_ cluster: TestCluster) { client = ClusterClient(cluster) }

            func count(_ times: Int) throws {
                for _ in 0..<times {
                    number += 1
                    let key = number * 7919 % 500
                    guard let value = try client.run("INCR", "counter:\(key)").integer else { continue }
                    expected[key] = value
                }
            }

            func expectAll(_ cluster: TestCluster, sourceLocation: SourceLocation = #_sourceLocation) throws {
                let fresh = ClusterClient(cluster)
                var wrong: [String] = []
                for (key, value) in expected {
                    let found = try fresh.run("GET", "counter:\(key)")
                    if found != .text("\(value)") { wrong.append("\(key): \(found) instead of \(value)") }
                }
                #expect(wrong.isEmpty, "\(wrong.prefix(5))\n\(cluster.description)", sourceLocation: sourceLocation)
            }
        }

        /// Keys of 16 KiB in slots of the first node, so that a migration takes a while.
        private func fillLarge(_ cluster: TestCluster, count: Int) throws {
            let client = ClusterClient(cluster)
            let value = Bytes(repeating: 0x78, count: 16 << 10)
            for number in 0..<count { try client.run("SET", "large:\(number)", value) }
        }

        private func expectLarge(_ cluster: TestCluster, count: Int) throws {
            let client = ClusterClient(cluster)
            var missing = 0
            for number in 0..<count where try client.run("STRLEN", "large:\(number)") != .integer(16 << 10) {
                missing += 1
            }
            #expect(missing == 0, "\(cluster.description)")
        }

        private func migrate(_ source: TestClusterNode, _ ranges: [ClosedRange<Int>], to target: TestClusterNode) throws
        {
            try migrate(source, ranges, to: target.name())
        }

        /// - Parameter target: its name, which a node that is stopped cannot be asked for.
        private func migrate(_ source: TestClusterNode, _ ranges: [ClosedRange<Int>], to target: String) throws {
            let bounds = ranges.flatMap { ["\($0.lowerBound)", "\($0.upperBound)"] }
            let words = ["CLUSTER", "MIGRATESLOTS", "SLOTSRANGE"] + bounds + ["NODE", target]
            try expect(Connection(port: source.port).run(words.map { Bytes($0.utf8) }), is: .ok)
        }

        /// The state of the newest migration that a node knows of.
        private func state(_ node: TestClusterNode) throws -> String {
            try state(ofFirst: node.run("CLUSTER", "GETSLOTMIGRATIONS"))
        }

        private func state(ofFirst migrations: Reply) -> String {
            guard let first = migrations.elements?.first?.elements, let place = first.firstIndex(of: .text("state"))
            else { return "" }
            return first[place + 1].words
        }

        private func expectState(_ node: TestClusterNode, _ wanted: String, _ cluster: TestCluster) throws {
            let isSo = try eventually { try state(node) == wanted }
            #expect(isSo, "\((try? state(node)) ?? "?") instead of \(wanted)\n\(cluster.description)")
        }

        private func create(_ count: Int, replicas: Int) throws -> TestCluster {
            let cluster = try TestCluster(Array(repeating: .apus, count: count))
            try cluster.create(replicas: replicas)
            return cluster
        }

        @Test func underLoad() throws {
            let cluster = try create(3, replicas: 0)
            let (source, target) = (cluster.nodes[0], cluster.nodes[1])
            try fillLarge(cluster, count: 3000)
            let counters = Counters(cluster)
            try counters.count(2000)
            try migrate(source, [0...2999, 4000...4999], to: target)
            while try state(source) != "success" { try counters.count(50) }
            try counters.count(500)
            try cluster.expectWhole()
            try counters.expectAll(cluster)
            try expectLarge(cluster, count: 3000)
            try expectState(target, "success", cluster)
            // Nothing is there twice.
            try expectSum(cluster, 3500)
            // And back, with writes in the middle.
            try migrate(target, [0...2999], to: source)
            while try state(target) != "success" { try counters.count(50) }
            try cluster.expectWhole()
            try counters.expectAll(cluster)
            try expectSum(cluster, 3500)
        }

        /// Waits until a replica has all that its primary has.
        private func expectSame(_ primary: TestClusterNode, _ replica: TestClusterNode) throws {
            let isSame = try eventually {
                try primary.field("master_repl_offset") == replica.field("master_repl_offset")
            }
            #expect(isSame)
        }

        private func expectSum(_ cluster: TestCluster, _ wanted: Int64) throws {
            var last: Int64 = 0
            let isSo = try eventually {
                last = try cluster.primaries().reduce(0) { try $0 + ($1.run("DBSIZE").integer ?? 0) }
                return last == wanted
            }
            #expect(isSo, "\(last) keys\n\(cluster.description)")
        }

        @Test func cancelledInTheMiddle() throws {
            let cluster = try create(3, replicas: 0)
            let (source, target) = (cluster.nodes[0], cluster.nodes[1])
            try fillLarge(cluster, count: 3000)
            let counters = Counters(cluster)
            try counters.count(1000)
            let name = try target.name()
            target.stop()
            try migrate(source, [0...4999], to: name)
            try expect(source.run("CLUSTER", "CANCELSLOTMIGRATIONS"), is: .ok)
            target.resume()
            try expectState(source, "cancelled", cluster)
            try counters.count(500)
            try cluster.expectWhole()
            try expectSum(cluster, 3500)
            try counters.expectAll(cluster)
            try expectLarge(cluster, count: 3000)
            try migrate(source, [0...4999], to: target)
            try expectState(source, "success", cluster)
            try counters.expectAll(cluster)
            try expectLarge(cluster, count: 3000)
            try expectSum(cluster, 3500)
        }

        @Test func theTargetIsKilled() throws {
            let cluster = try create(6, replicas: 1)
            let (source, target) = (cluster.nodes[0], cluster.nodes[1])
            let heir = try #require(cluster.replicas(of: target).first)
            try fillLarge(cluster, count: 3000)
            let counters = Counters(cluster)
            try counters.count(1000)
            try cluster.expectReplicasUp()
            try migrate(source, [0...4999], to: target)
            let hasSome = try eventually { try Int(target.run("CLUSTER", "COUNTKEYSINSLOT", "0").integer ?? 0) >= 0 }
            #expect(hasSome)
            target.kill()
            try cluster.expectPrimary(heir)
            try cluster.expectWhole()
            try counters.count(500)
            try counters.expectAll(cluster)
            try expectLarge(cluster, count: 3000)
            try expectSum(cluster, 3500)
            try target.restart()
            try cluster.expectWhole()
            try expectSum(cluster, 3500)
        }

        @Test func theSourceIsKilled() throws {
            let cluster = try create(6, replicas: 1)
            let (source, target) = (cluster.nodes[0], cluster.nodes[1])
            let heir = try #require(cluster.replicas(of: source).first)
            try fillLarge(cluster, count: 3000)
            let counters = Counters(cluster)
            try counters.count(1000)
            try expectSame(source, heir)
            let name = try target.name()
            target.stop()
            try migrate(source, [0...4999], to: name)
            source.kill()
            target.resume()
            try cluster.expectPrimary(heir)
            try cluster.expectWhole()
            try counters.expectAll(cluster)
            try expectLarge(cluster, count: 3000)
            try expectSum(cluster, 3500)
            try migrate(heir, [0...4999], to: target)
            try expectState(heir, "success", cluster)
            try counters.expectAll(cluster)
            try expectLarge(cluster, count: 3000)
        }

        /// Has a node take slots from whoever has them. Returns the id of that.
        private func take(_ target: TestClusterNode, _ range: ClosedRange<Int>) throws -> String {
            try target.run("CLUSTER", "MIGRATION", "IMPORT", "\(range.lowerBound)", "\(range.upperBound)").words
        }

        /// How far that is, as a node has it.
        private func progress(_ node: TestClusterNode, _ id: String) throws -> String {
            try state(ofFirst: node.run("CLUSTER", "MIGRATION", "STATUS", "ID", id))
        }

        @Test func takenUnderLoad() throws {
            let cluster = try create(3, replicas: 0)
            let (source, target) = (cluster.nodes[0], cluster.nodes[1])
            try fillLarge(cluster, count: 3000)
            let counters = Counters(cluster)
            try counters.count(1000)
            let id = try take(target, 0...4999)
            while try progress(source, id) != "completed" { try counters.count(50) }
            try counters.count(500)
            try cluster.expectWhole()
            try counters.expectAll(cluster)
            try expectLarge(cluster, count: 3000)
            try expectSum(cluster, 3500)
            #expect(try progress(target, id) == "completed")
        }

        /// The target asks whoever has taken the source's place.
        @Test func takenFromASourceThatIsKilled() throws {
            let cluster = try create(6, replicas: 1)
            let (source, target) = (cluster.nodes[0], cluster.nodes[1])
            let heir = try #require(cluster.replicas(of: source).first)
            try fillLarge(cluster, count: 2000)
            try expectSame(source, heir)
            source.stop()
            let id = try take(target, 0...4999)
            source.kill()
            try cluster.expectPrimary(heir)
            let isTaken = try eventually { try progress(target, id) == "completed" }
            #expect(isTaken, "\((try? progress(target, id)) ?? "")\n\(cluster.description)")
            try cluster.expectWhole()
            try expectLarge(cluster, count: 2000)
            try expectSum(cluster, 2000)
        }

        /// Whatever happens when, every acknowledged count is there once.
        @Test(arguments: 1...4) func killedAtSomeMoment(_ seed: Int) throws {
            var random = SeededRandom(seed: UInt64(seed))
            let cluster = try create(6, replicas: 1)
            try fillLarge(cluster, count: 2000)
            let counters = Counters(cluster)
            try counters.count(1000)
            let (source, target) = (cluster.nodes[0], cluster.nodes[1])
            let heirs = try [source, target].map { try #require(cluster.replicas(of: $0).first) }
            // What a replica has not heard of before the migration is not what this is about.
            try expectSame(source, heirs[0])
            try migrate(source, [0...4999], to: target)
            usleep(UInt32.random(in: 0..<200_000, using: &random))
            let (victim, heir) = Bool.random(using: &random) ? (source, heirs[0]) : (target, heirs[1])
            victim.kill()
            // Until the others miss it, they take the cluster for whole.
            try cluster.expectPrimary(heir)
            try cluster.expectWhole(withinMilliseconds: 60_000)
            try expectLarge(cluster, count: 2000)
            try victim.restart()
            try cluster.expectWhole(withinMilliseconds: 60_000)
            try expectLarge(cluster, count: 2000)
            try expectSum(cluster, 2500)
        }

        @Test func redirectedWhileItGoesOn() throws {
            let cluster = try create(3, replicas: 0)
            let (source, target) = (cluster.nodes[0], cluster.nodes[1])
            try source.run("SET", "{06S}", "1")
            try migrate(source, [0...0], to: target)
            try expectState(source, "success", cluster)
            try expect(source.run("GET", "{06S}"), is: .error("MOVED 0 127.0.0.1:\(target.port)"))
            try expect(target.run("GET", "{06S}"), is: .text("1"))
            let isGone = try eventually { try source.run("CLUSTER", "COUNTKEYSINSLOT", "0") == .integer(0) }
            #expect(isGone)
        }
    }
}
