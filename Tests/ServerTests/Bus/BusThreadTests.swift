import Clustering
import Gossip
import Harness
import Primitives
import Settings
import Testing

@testable import Server

/// Machines of the bus on real threads, with real sockets and files.
@Suite(.serialized) struct BusThreadTests {
    /// Nodes without anything but their part of the bus.
    private final class Nodes {
        let directory: TemporaryDirectory
        let threads: [BusThread]
        let posts: [BusPost]
        private let ports: [Int]

        init(count: Int, threads: Int, timeout: Int = 1000) throws {
            let directory = try TemporaryDirectory()
            let busThreads = (0..<threads).map { _ in BusThread() }
            var (posts, ports): ([BusPost], [Int]) = ([], [])
            for number in 0..<count {
                var settings = Settings()
                (settings.port, settings.clusterPort) = (try freePort(), try freePort())
                (settings.bind, settings.clusterEnabled, settings.clusterNodeTimeout) = (["127.0.0.1"], true, timeout)
                settings.logfile = "/dev/null"
                settings.clusterConfigFile = directory.file("nodes-\(number).conf")
                let thread = busThreads[number % threads]
                let plan = try BusStart.prepare(settings, thread, Log(settings))
                thread.host(plan)
                posts.append(plan.post)
                ports.append(settings.clusterPort)
            }
            (self.directory, self.threads, self.posts, self.ports) = (directory, busThreads, posts, ports)
        }

        deinit { for thread in threads { thread.end() } }

        private var now: Int64 { Clock.system.wallMilliseconds }

        func meet() throws {
            for port in ports.dropFirst() {
                try posts[0].bus.perform(.meet(host: "127.0.0.1", port: port - 1, busPort: port), now: now)
            }
        }

        /// Waits, while the loops of all nodes turn but those that are named.
        func eventually(without silent: Set<Int> = [], _ condition: () -> Bool) -> Bool {
            Harness.eventually(withinMilliseconds: 20_000) {
                for (index, post) in posts.enumerated() where !silent.contains(index) {
                    post.beat(now: Clock.system.monotonicMilliseconds)
                    _ = post.takeOrders()
                }
                return condition()
            }
        }

        func members(_ index: Int) -> [Member] { posts[index].bus.access { $0.members } }

        var know: Bool {
            posts.indices.allSatisfy { index in
                let members = members(index)
                return members.count == posts.count
                    && members.allSatisfy {
                        $0.flags.contains(.myself) || $0.isConnected && !$0.flags.contains(.handshake)
                    }
            }
        }

        func file(_ index: Int) throws -> NodesFile {
            try NodesFile(readBytes(directory.file("nodes-\(index).conf")) ?? [], usesTLS: false)
        }
    }

    @Test(arguments: [1, 3]) func nodesMeet(_ threads: Int) throws {
        let nodes = try Nodes(count: 3, threads: threads)
        try nodes.meet()
        #expect(nodes.eventually { nodes.know })
        #expect(nodes.eventually { (try? nodes.file(0))?.nodes.count == 3 })
        #expect(nodes.eventually { !nodes.posts[0].bus.linkFigures.isEmpty })
    }

    @Test func aNodeThatDoesNotTurnIsSuspected() throws {
        let nodes = try Nodes(count: 3, threads: 1)
        try nodes.meet()
        #expect(nodes.eventually { nodes.know })
        let name = nodes.posts[2].bus.access { $0.name }
        func isSuspected() -> Bool { nodes.members(0).first { $0.name == name }?.isDown == true }
        #expect(nodes.eventually(without: [2], isSuspected))
        #expect(nodes.eventually { !isSuspected() })
    }

    @Test func aPublishedMessageComesToTheOthers() throws {
        let nodes = try Nodes(count: 2, threads: 2)
        try nodes.meet()
        #expect(nodes.eventually { nodes.know })
        let (channel, message) = (Array("news".utf8), [UInt8](repeating: 7, count: 100_000))
        nodes.posts[0].bus.receive(
            .published(channel: channel, message: message, isSharded: false), now: Clock.system.wallMilliseconds)
        let hasCome = Harness.eventually(withinMilliseconds: 20_000) {
            for post in nodes.posts { post.beat(now: Clock.system.monotonicMilliseconds) }
            return nodes.posts[1].takeOrders().contains(
                .publish(channel: channel, message: message, isSharded: false))
        }
        #expect(hasCome)
        let isCounted = nodes.eventually {
            let (sent, received) = (nodes.posts[0].bus.traffic.sent, nodes.posts[1].bus.traffic.received)
            return sent.published > message.count && received.published == sent.published && sent.all > sent.published
                && received.all > received.published
        }
        #expect(isCounted)
    }
}
