import Primitives
import RESP
import Settings
import Testing

@testable import Commands

/// `maxmemory-clients`: who is ended for the memory that clients take.
@Suite struct ClientMemoryTests {
    private let node: TestNode

    init() {
        var settings = Settings()
        settings.enableDebugCommand = .yes
        node = TestNode(settings: settings)
    }

    private func limit(_ value: String) {
        #expect(node.run("CONFIG", "SET", "maxmemory-clients", value) == .simple("OK"))
    }

    /// A client with so many bytes of a request that has not come to its end.
    private func client(waiting bytes: Int) -> TestClient {
        let client = node.connect()
        client.send("*2\r\n$4\r\nECHO\r\n$100000000\r\n")
        client.send([UInt8](repeating: 7, count: bytes))
        return client
    }

    private func evicted() -> String? { node.field("evicted_clients") }

    @Test func theLargestGoesFirst() {
        let clients = [10_000, 600_000, 100_000].map(client)
        limit("500kb")
        node.node.keepMemory()
        #expect(clients.map(\.session.isClosed) == [false, true, false])
        #expect(evicted() == "1")
        limit("128kb")
        node.node.keepMemory()
        #expect(clients.map(\.session.isClosed) == [false, true, true])
    }

    @Test func theOneThatGrowsTooLargeIsEndedBeforeItsCommandRuns() {
        limit("200kb")
        let client = node.connect()
        client.send(TestClient.request(["SET", "k", String(repeating: "v", count: 300_000)]))
        #expect(client.session.isClosed && client.replies().isEmpty)
        #expect(node.run("EXISTS", "k") == .integer(0))
    }

    @Test func outputCounts() {
        node.run("SET", "k", String(repeating: "v", count: 100_000))
        limit("400kb")
        let client = node.connect()
        client.send((0..<10).flatMap { _ in TestClient.request(["GET", "k"]) })
        node.node.keepMemory()
        #expect(client.session.isClosed)
    }

    @Test func soDoWhatIsQueuedWatchedAndListenedTo() {
        let kinds: [(TestClient) -> Void] = [
            { client in
                client.run("MULTI")
                for _ in 0..<50 { client.run("SET", "k", String(repeating: "v", count: 5000)) }
            },
            { client in for index in 0..<3000 { client.run("WATCH", "k\(index)") } },
            { client in for index in 0..<3000 { client.run("SUBSCRIBE", "c\(index)") } },
            { client in
                for index in 0..<1500 {
                    client.run("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "p\(1_000_000 + index):")
                }
            },
        ]
        limit("150kb")
        for (index, kind) in kinds.enumerated() {
            let client = node.connect()
            kind(client)
            node.node.keepMemory()
            #expect(client.session.isClosed && evicted() == "\(index + 1)", "\(index)")
            node.node.remove(client.session)
        }
    }

    @Test func aProtectedClientStaysAndCounts() {
        let (large, small) = (client(waiting: 600_000), client(waiting: 50_000))
        large.session.isProtectedFromEviction = true
        limit("500kb")
        node.node.keepMemory()
        #expect(!large.session.isClosed && small.session.isClosed)
        #expect(node.client.session.isClosed)
    }

    @Test func protectionIsChosenByCommand() {
        limit("128kb")
        let before = node.node.clientMemory?.buckets[0].sessions.count
        node.run("CLIENT", "NO-EVICT", "ON")
        #expect(node.node.clientMemory?.buckets[0].sessions.count == before.map { $0 - 1 })
        node.run("CLIENT", "NO-EVICT", "OFF")
        #expect(node.node.clientMemory?.buckets[0].sessions.count == before)
    }

    @Test func aShareOfTheLimitOfMemory() {
        node.run("CONFIG", "SET", "maxmemory", "10mb")
        let large = client(waiting: 600_000)
        limit("10%")
        node.node.keepMemory()
        #expect(!large.session.isClosed)
        limit("5%")
        node.node.keepMemory()
        #expect(large.session.isClosed)
    }

    @Test func withoutALimitNobodyIsCounted() {
        #expect(node.node.clientMemory == nil)
        limit("1gb")
        #expect(node.node.clientMemory?.total ?? 0 > 0)
        limit("0")
        #expect(node.node.clientMemory == nil && node.client.session.memory == nil)
        limit("10%")
        #expect(node.node.clientMemoryLimit == .max)
    }

    /// What is counted is what clients take, whatever they do.
    @Test func theFiguresStayTrue() {
        limit("1gb")
        var random = RandomSource(seed: 7)
        var clients = (0..<20).map { _ in node.connect() }
        for _ in 0..<2000 {
            let index = Int.random(in: 0..<clients.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                node.node.remove(clients[index].session)
                clients[index] = node.connect()
            case 1: clients[index].send(TestClient.request(["SET", "k", String(repeating: "v", count: 40_000)]))
            case 2: clients[index].send(TestClient.request(["GET", "k"]))
            case 3: _ = clients[index].replies()
            case 4: clients[index].run("SUBSCRIBE", "c\(Int.random(in: 0..<100, using: &random))")
            default: node.run("PUBLISH", "c1", String(repeating: "m", count: 30_000))
            }
        }
        guard let known = node.node.clientMemory else { return #expect(Bool(false)) }
        let sessions = node.node.sessions.values
        #expect(known.total == sessions.reduce(0) { $0 + $1.memoryBytes })
        #expect(known.buckets.reduce(0) { $0 + $1.bytes } == known.total)
        #expect(known.buckets.reduce(0) { $0 + $1.sessions.count } == sessions.count)
        for (index, bucket) in known.buckets.enumerated() {
            for session in bucket.sessions.map({ $0.takeUnretainedValue() }) {
                #expect(index == 0 || session.memoryBytes >= 1 << (ClientMemory.smallest + index - 1))
                #expect(session.memoryBytes < 1 << (ClientMemory.smallest + index))
            }
        }
    }

    @Test func theTableOfSizes() {
        #expect(node.run("DEBUG", "CLIENT-EVICTION") == .error("ERR maxmemory-clients is disabled."))
        limit("1gb")
        _ = client(waiting: 40_000)
        guard case .bulk(let bytes) = node.run("DEBUG", "CLIENT-EVICTION") else {
            return #expect(Bool(false), "\(node.run("DEBUG", "CLIENT-EVICTION"))")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == ClientMemory.bucketCount)
        #expect(lines[0].hasPrefix("bucket          0 -      32767: tot-mem:") && lines[0].hasSuffix(", clients: 1"))
        #expect(lines[1].hasPrefix("bucket      32768 -      65535: ") && lines[1].hasSuffix(", clients: 1"))
        #expect(lines[18] == "bucket 4294967296+            : tot-mem:          0, clients: 0")
    }
}
