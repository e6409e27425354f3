import Gossip
import Primitives
import RESP
import Settings
import Storage
import Testing

@testable import Commands

/// A cluster with three primaries, each of which owns a third of the slots, seen by one of its nodes: the first has the keys
/// `b` (slot 3300) and `f` (slot 3168), the second `c` (slot 7365), the third `a` (slot 15495).
struct ClusterPicture {
    enum Seat { case first, second, replicaOfFirst }

    var seat = Seat.first
    var migrating: [Int: UInt16] = [:]
    var importing: [Int: UInt16] = [:]
    var isUp = true
    /// Slots that nobody owns.
    var orphans: ClosedRange<Int>?
    /// Slots that have gone from the first to the second.
    var moved: ClosedRange<Int>?

    static let names = (0..<4).map { NodeName(String(repeating: "\($0)", count: 40))! }

    var map: SlotMap {
        var owners = (0..<hashSlotCount).map { UInt16($0 <= 5460 ? 0 : $0 <= 10_922 ? 1 : 2) }
        if let moved { for slot in moved { owners[slot] = 1 } }
        if let orphans { for slot in orphans { owners[slot] = SlotMap.nobody } }
        let endpoints = ClusterPicture.names.enumerated().map { index, name in
            SlotMap.Endpoint(
                name: name, host: "10.0.0.\(index + 1)", ipv6Host: "fd00::\(index + 1)", port: 7000 + index,
                tlsPort: 8000 + index)
        }
        return SlotMap(
            endpoints: endpoints, owners: owners, here: seat == .first ? 0 : seat == .second ? 1 : 3,
            primary: seat == .replicaOfFirst ? 0 : SlotMap.nobody, migrating: migrating, importing: importing,
            isUp: isUp)
    }
}

extension TestNode {
    /// A node of a cluster.
    static func clustered(
        _ picture: ClusterPicture = ClusterPicture(), families: [[Command]] = allFamilies,
        _ change: (inout Settings) -> Void = { _ in }
    ) -> TestNode {
        var settings = Settings()
        settings.clusterEnabled = true
        change(&settings)
        let node = TestNode(settings: settings, families: families)
        node.node.slotMap = picture.map
        return node
    }

    func show(_ picture: ClusterPicture) {
        node.slotMap = picture.map
        resume()
    }
}

@Suite struct RoutingTests {
    private static let slotOfB = 3300

    @Test func keysOfOtherNodesAreRedirected() {
        let node = TestNode.clustered()
        #expect(node.run("SET", "b", "1") == .simple("OK"))
        #expect(node.run("GET", "b") == .text("1"))
        #expect(node.run("GET", "a") == .error("MOVED 15495 10.0.0.3:7002"))
        #expect(node.run("SET", "c", "1") == .error("MOVED 7365 10.0.0.2:7001"))
        #expect(node.connect(from: "[fd00::9]:50000").run("SET", "c", "1") == .error("MOVED 7365 fd00::2:7001"))
        #expect(node.connect(from: "[::ffff:10.0.0.9]:50000").run("GET", "c") == .error("MOVED 7365 10.0.0.2:7001"))
        #expect(node.run("OBJECT", "ENCODING", "a") == .error("MOVED 15495 10.0.0.3:7002"))
        #expect(node.run("PING") == .simple("PONG"))
        #expect(node.run("DBSIZE") == .integer(1))
    }

    @Test func clientsOfTLSGetItsPorts() {
        let node = TestNode.clustered()
        node.client.session.usesTLS = true
        #expect(node.run("GET", "a") == .error("MOVED 15495 10.0.0.3:8002"))
    }

    @Test func severalKeysBelongToOneSlot() {
        let node = TestNode.clustered()
        let crossing = Reply.error("CROSSSLOT Keys in request don't hash to the same slot")
        #expect(node.run("MSET", "b", "1", "x{b}", "2") == .simple("OK"))
        #expect(node.run("MGET", "b", "x{b}") == .array([.text("1"), .text("2")]))
        #expect(node.run("MGET", "b", "a") == crossing)
        #expect(node.run("DEL", "a", "b") == crossing)
        #expect(node.run("MGET", "a", "x{a}") == .error("MOVED 15495 10.0.0.3:7002"))
        #expect(node.run("ZUNION", "2", "b", "a") == crossing)
        #expect(node.run("SORT", "b", "STORE", "a") == crossing)
        #expect(node.run("XREAD", "STREAMS", "b", "a", "0", "0") == crossing)
        #expect(node.run("GEORADIUS", "b", "0", "0", "1", "m", "STORE", "a") == crossing)
        // What is no number of keys has no keys.
        #expect(node.run("ZUNION", "x", "b", "a") == .error("ERR value is not an integer or out of range"))
    }

    @Test func slotsOfNobodyAndClustersWithHoles() {
        var picture = ClusterPicture(isUp: false, orphans: 3000...4000)
        let node = TestNode.clustered(picture)
        #expect(node.run("GET", "b") == .error("CLUSTERDOWN Hash slot not served"))
        #expect(node.run("MGET", "b", "a") == .error("CLUSTERDOWN Hash slot not served"))
        #expect(node.run("GET", "a") == .error("CLUSTERDOWN The cluster is down"))
        #expect(node.run("SPUBLISH", "a", "m") == .error("MOVED 15495 10.0.0.3:7002"))
        #expect(node.run("PING") == .simple("PONG"))
        picture.orphans = nil
        node.show(picture)
        node.run("CONFIG", "SET", "cluster-allow-reads-when-down", "yes", "cluster-allow-pubsubshard-when-down", "no")
        #expect(node.run("GET", "b") == .null)
        #expect(node.run("SET", "b", "1") == .error("CLUSTERDOWN The cluster is down and only accepts read commands"))
        #expect(node.run("GET", "a") == .error("MOVED 15495 10.0.0.3:7002"))
        #expect(node.run("SSUBSCRIBE", "b") == .error("CLUSTERDOWN The cluster is down"))
    }

    @Test func keysThatHaveLeftAreAskedForElsewhere() {
        let node = TestNode.clustered()
        node.run("SET", "b", "1")
        node.show(ClusterPicture(migrating: [Self.slotOfB: 1]))
        #expect(node.run("GET", "b") == .text("1"))
        #expect(node.run("GET", "x{b}") == .error("ASK 3300 10.0.0.2:7001"))
        #expect(node.run("MGET", "x{b}", "y{b}") == .error("ASK 3300 10.0.0.2:7001"))
        #expect(
            node.run("MGET", "b", "y{b}") == .error("TRYAGAIN Multiple keys request during rehashing of slot"))
        #expect(node.run("SPUBLISH", "x{b}", "m") == .integer(0))
    }

    @Test func askingIsForOneCommandOrATransaction() {
        let node = TestNode.clustered(ClusterPicture(seat: .second, importing: [Self.slotOfB: 0]))
        let moved = Reply.error("MOVED 3300 10.0.0.1:7000")
        #expect(node.run("SET", "b", "1") == moved)
        #expect(node.run("ASKING") == .simple("OK"))
        #expect(node.run("SET", "b", "1") == .simple("OK"))
        #expect(node.run("GET", "b") == moved)
        node.run("ASKING")
        #expect(node.run("NOSUCH") != .null)
        #expect(node.run("GET", "b") == moved)
        node.run("ASKING")
        #expect(
            node.run("MGET", "b", "x{b}") == .error("TRYAGAIN Multiple keys request during rehashing of slot"))
        node.run("ASKING")
        node.run("MULTI")
        #expect(node.run("GET", "b") == .simple("QUEUED"))
        #expect(node.run("GET", "b") == .simple("QUEUED"))
        #expect(node.run("EXEC") == .array([.text("1"), .text("1")]))
        #expect(node.run("GET", "b") == moved)
    }

    @Test func transactionsStayInOneSlot() {
        let node = TestNode.clustered()
        node.run("MULTI")
        #expect(node.run("SET", "a", "1") == .error("MOVED 15495 10.0.0.3:7002"))
        #expect(node.run("SET", "b", "1") == .simple("QUEUED"))
        #expect(node.run("EXEC") == .error("EXECABORT Transaction discarded because of previous errors."))
        node.run("MULTI")
        node.run("SET", "b", "1")
        node.run("SET", "f", "1")
        #expect(node.run("EXEC") == .error("CROSSSLOT Keys in request don't hash to the same slot"))
        #expect(node.run("EXEC") == .error("ERR EXEC without MULTI"))
        node.run("MULTI")
        node.run("SET", "b", "1")
        node.show(ClusterPicture(moved: 3300...3300))
        #expect(node.run("EXEC") == .error("MOVED 3300 10.0.0.2:7001"))
        #expect(node.run("PING") == .simple("PONG"))
    }

    @Test func replicasServeReadsToThoseWhoWantThem() {
        let node = TestNode.clustered(ClusterPicture(seat: .replicaOfFirst))
        let moved = Reply.error("MOVED 3300 10.0.0.1:7000")
        #expect(node.run("GET", "b") == moved)
        #expect(node.run("READONLY") == .simple("OK"))
        #expect(node.run("GET", "b") == .null)
        #expect(node.run("SET", "b", "1") == moved)
        #expect(node.run("GET", "a") == .error("MOVED 15495 10.0.0.3:7002"))
        node.run("MULTI")
        #expect(node.run("GET", "b") == .simple("QUEUED"))
        #expect(node.run("EXEC") == .array([.null]))
        #expect(node.run("CLIENT", "INFO").string.contains("flags=r "))
        #expect(node.run("READWRITE") == .simple("OK"))
        #expect(node.run("GET", "b") == moved)
        // Shard channels are those of the shard.
        #expect(node.run("SPUBLISH", "b", "m") == .integer(0))
    }

    @Test func waitingClientsFollowTheirSlot() {
        let node = TestNode.clustered()
        let (first, second) = (node.connect(), node.connect())
        first.send(TestClient.request(["BLPOP", "b", "0"]))
        second.send(TestClient.request(["BRPOP", "f", "0"]))
        node.show(ClusterPicture(moved: 3300...3300))
        #expect(first.replies() == [.error("MOVED 3300 10.0.0.2:7001")])
        #expect(second.replies() == [])
        node.show(ClusterPicture(isUp: false))
        #expect(second.replies() == [.error("CLUSTERDOWN The cluster is down")])
        #expect(first.run("PING") == .simple("PONG"))
    }

    @Test func listenersHearThatTheirSlotHasLeft() {
        let node = TestNode.clustered()
        let listener = node.connect()
        listener.send(TestClient.request(["SSUBSCRIBE", "b", "x{b}"]))
        _ = listener.replies()
        listener.send(TestClient.request(["SSUBSCRIBE", "f"]))
        _ = listener.replies()
        node.show(ClusterPicture(moved: 3300...3300))
        #expect(
            listener.replies() == [
                .array([.text("sunsubscribe"), .text("b"), .integer(2)]),
                .array([.text("sunsubscribe"), .text("x{b}"), .integer(1)]),
            ])
        #expect(node.run("SPUBLISH", "b", "m") == .error("MOVED 3300 10.0.0.2:7001"))
        #expect(node.run("SPUBLISH", "f", "m") == .integer(1))
    }

    @Test func databasesOfACluster() {
        let node = TestNode.clustered()
        #expect(node.run("SELECT", "0") == .simple("OK"))
        #expect(node.run("SELECT", "1") == .error("ERR SELECT is not allowed in cluster mode"))
        #expect(node.run("SWAPDB", "0", "1") == .error("ERR SWAPDB is not allowed in cluster mode"))
        #expect(node.run("MOVE", "b", "1") == .error("ERR MOVE is not allowed in cluster mode"))
        node.run("SET", "b", "1")
        #expect(
            node.run("COPY", "b", "x{b}", "DB", "1")
                == .error("ERR Copying to another database is not allowed in cluster mode"))
        #expect(node.run("COPY", "b", "x{b}", "DB", "16") == .error("ERR DB index is out of range"))
        let several = TestNode.clustered { $0.clusterDatabases = 4 }
        #expect(several.run("SELECT", "3") == .simple("OK"))
        #expect(several.run("SELECT", "4") == .error("ERR DB index is out of range"))
        several.run("SET", "b", "1")
        #expect(several.run("MOVE", "b", "1") == .integer(1))
    }

    @Test func sortLooksAtNoKeysOfOtherSlots() {
        let node = TestNode.clustered()
        node.run("RPUSH", "b", "2", "1")
        let denied = " option of SORT denied in Cluster mode when keys formed by the pattern may be in different slots."
        #expect(node.run("SORT", "b", "BY", "w_*") == .error("ERR BY" + denied))
        #expect(node.run("SORT", "b", "GET", "w_*") == .error("ERR GET" + denied))
        #expect(node.run("SORT", "b", "GET", "{a}*") == .error("ERR GET" + denied))
        #expect(node.run("SORT", "b", "GET", "{b}*", "GET", "#") != .null)
    }

    @Test func messagesAreToldToOtherNodes() {
        let node = TestNode.clustered()
        let cluster = HeardCluster()
        node.node.cluster = cluster
        node.run("PUBLISH", "news", "m")
        node.run("SPUBLISH", "b", "n")
        #expect(cluster.heard == ["news m", "b n sharded"])
        let listener = node.connect()
        listener.send(TestClient.request(["SUBSCRIBE", "news"]))
        _ = listener.replies()
        node.node.deliver(Array("o".utf8), to: Array("news".utf8), isSharded: false)
        #expect(listener.replies() == [.array([.text("message"), .text("news"), .text("o")])])
        #expect(cluster.heard.count == 2)
    }

    @Test func aWalkGoesFromSlotToSlotAndFromNodeToNode() {
        let node = TestNode.clustered()
        var keys = Set((0..<40).map { "\($0){b}" })
        for key in keys { node.run("SET", key, "1") }
        guard case .array(let start) = node.run("CLUSTERSCAN", "0", "SLOT", "3300") else { return #expect(Bool(false)) }
        #expect(start[1] == .array([]))
        var cursor = start[0].string
        while cursor != "0" {
            guard case .array(let reply) = node.run("CLUSTERSCAN", cursor, "SLOT", "3300"),
                case .array(let found) = reply[1]
            else { return #expect(Bool(false)) }
            for key in found { keys.remove(key.string) }
            cursor = reply[0].string
        }
        #expect(keys.isEmpty)
        // The next slot's keys follow, wherever they are.
        guard case .array(let whole) = node.run("CLUSTERSCAN", "0") else { return #expect(Bool(false)) }
        #expect(whole[0] == .text(ClusterCursor(slot: 0).text))
        #expect(node.run("CLUSTERSCAN", ClusterCursor(slot: 15_495).text) == .error("MOVED 15495 10.0.0.3:7002"))
        #expect(
            node.run("CLUSTERSCAN", ClusterCursor(slot: 5460).text)
                == .array([.text(ClusterCursor(slot: 5461).text), .array([])]))
        #expect(node.run("CLUSTERSCAN", "{b}") == .error("ERR invalid cursor"))
    }

    @Test func whatSlotsCostIsCounted() {
        let node = TestNode.clustered { $0.clusterSlotStatsEnabled = true }
        node.run("SET", "b", "1")
        node.run("MULTI")
        node.run("GET", "b")
        node.run("EXEC")
        let figures = node.node.figures(ofSlot: 3300)
        #expect(figures.bytesIn == 27 + 20 && figures.bytesOut == 5 + 7)
        node.show(ClusterPicture(moved: 3300...3300))
        #expect(node.node.figures(ofSlot: 3300).bytesIn == 0)
    }

    @Test func whatReplicasAndSubscribersAreSentIsCounted() {
        let node = TestNode.clustered { $0.clusterSlotStatsEnabled = true }
        let (chain, reader) = (MiddleOfAChain(), RecordingReader())
        (node.node.replication, chain.lag) = (chain, (behind: 0, all: 2))
        node.node.keyspace.journal.attach(reader)
        func sent(_ slot: Int, _ body: () -> Void) -> Int {
            let before = node.node.figures(ofSlot: slot).bytesOut
            body()
            return node.node.figures(ofSlot: slot).bytesOut - before
        }
        // What selects the database once is charged to the first.
        node.run("SET", "f", "1")
        #expect(sent(3300) { node.run("SET", "b", "1") } == 5 + 2 * 27)
        #expect(sent(3300) { node.run("GET", "b") } == 7)
        let transaction = sent(3300) {
            for words in [["MULTI"], ["SET", "b", "2"], ["SET", "b", "3"], ["EXEC"]] { node.run(words) }
        }
        // MULTI and EXEC go to the replicas too.
        #expect(transaction == 2 * 5 + 2 * (15 + 2 * 27 + 14))
        #expect(sent(3300) { node.run("MULTI", "EXEC") } == 0)
        let cluster = HeardCluster()
        node.node.cluster = cluster
        let listeners = [node.connect(), node.connect()]
        for listener in listeners { listener.run("SSUBSCRIBE", "b") }
        // A message is *3, smessage, b and hello.
        #expect(sent(3300) { node.run("SPUBLISH", "b", "hello") } == 4 + 2 * (4 + 14 + 7 + 11))
    }

    @Test func withoutAClusterNobodyAsks() {
        let node = TestNode()
        let disabled = Reply.error("ERR This instance has cluster support disabled")
        for command in ["ASKING", "READONLY", "READWRITE"] { #expect(node.run(command) == disabled) }
    }

    @Test func theModeIsShown() {
        let node = TestNode.clustered()
        #expect(node.run("INFO", "server").string.contains("redis_mode:cluster\r\n"))
        #expect(node.run("INFO", "cluster").string.contains("cluster_enabled:1\r\n"))
    }
}

/// A cluster that only listens.
private final class HeardCluster: Clustered {
    var heard: [String] = []
    var figures: ClusterFigures { ClusterFigures() }
    func didPublish(_ message: Bytes, to channel: Bytes, isSharded: Bool) {
        heard.append("\(String(channel)) \(String(message))\(isSharded ? " sharded" : "")")
    }
    func dropLinks(of name: Bytes, outbound: Bool, inbound: Bool) throws(CommandError) {}
    func loseMessages(ofKind kind: Int) {}
    func closeLinksWhenLosing(_ closes: Bool) {}
    func stopRandomPings(_ isStopped: Bool) {}
}

extension Reply {
    fileprivate var string: String {
        guard case .bulk(let bytes) = self else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
