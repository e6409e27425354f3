import Commands
import Primitives
import RESP
import Storage
import Testing

@testable import Replication

/// A replica that is fed by hand, and what its journal passes on.
private final class Fed: JournalReader {
    let node = TestNode()
    let applier: StreamApplier
    private(set) var passedOn: [UInt8] = []
    private(set) var controlBytes = 0
    private(set) var matters: [StreamApplier.Matter] = []

    init() {
        applier = StreamApplier(node.node)
        node.node.isReplica = true
        node.node.keyspace.journal.follow(100, database: 0)
        node.node.keyspace.journal.attach(self)
        passedOn = []
        applier.beginSession(peer: "", local: "", descriptor: -1)
    }

    func read(_ bytes: Bytes, endingAt offset: Int64) { passedOn.append(bytes) }
    func readControl(_ bytes: Bytes, endingAt offset: Int64) {
        passedOn.append(bytes)
        controlBytes += bytes.count
    }

    func feed(_ bytes: [UInt8], inPieces size: Int = .max) throws {
        var start = 0
        while start < bytes.count {
            let end = size < bytes.count - start ? start + size : bytes.count
            bytes[start..<end].withUnsafeBytes { applier.gather(Bytes($0)) }
            try applier.run { matters.append($0) }
            start = end
        }
    }

    var offset: Int64 { node.node.keyspace.journal.offset }
}

private func request(_ words: String...) -> [UInt8] {
    var bytes = Array("*\(words.count)\r\n".utf8)
    for word in words { bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
    return bytes
}

@Suite("The stream of a primary")
struct StreamApplierTests {
    private static let stream =
        request("SELECT", "2") + request("SET", "k", "1") + request("PING") + request("MULTI") + request("INCR", "k")
        + request("RPUSH", "l", "a", "b") + request("EXEC") + request("SELECT", "0") + request("SET", "other", "\r\n*1")

    @Test(arguments: Array(1...60) + [.max]) func whateverThePieces(size: Int) throws {
        let fed = Fed()
        try fed.feed(Self.stream, inPieces: size)
        #expect(fed.offset == 100 + Int64(Self.stream.count))
        #expect(fed.passedOn == Self.stream)
        #expect(fed.controlBytes == request("PING").count)
        #expect(fed.node.run("GET", "other") == .text("\r\n*1"))
        fed.node.run("SELECT", "2")
        #expect(fed.node.run("GET", "k") == .text("2"))
        #expect(fed.node.run("LRANGE", "l", "0", "-1") == .array([.text("a"), .text("b")]))
        #expect(fed.applier.database == 0)
        #expect(fed.matters.isEmpty)
    }

    @Test func nothingOfATransactionBeforeItsEnd() throws {
        let fed = Fed()
        let part = request("MULTI") + request("SET", "k", "1")
        try fed.feed(part)
        #expect(fed.node.run("GET", "k") == .null)
        #expect(fed.offset == 100)
        // The link breaks, and all of it comes again.
        fed.applier.reset()
        try fed.feed(part + request("EXEC"))
        #expect(fed.node.run("GET", "k") == .text("1"))
        #expect(fed.offset == 100 + Int64((part + request("EXEC")).count))
    }

    @Test func aQuestionIsAnsweredAndPassedOn() throws {
        let fed = Fed()
        try fed.feed(request("REPLCONF", "GETACK", "*"))
        #expect(fed.matters == [.acknowledge])
        #expect(fed.offset == 137)
    }

    @Test func whatIsRefusedHereIsTold() throws {
        let fed = Fed()
        try fed.feed(
            request("SET", "k", "v") + request("LPUSH", "k", "v") + request("NOSUCH") + request("SET", "a", "1"))
        #expect(fed.matters.count == 2)
        #expect(
            fed.matters.first
                == .refused(
                    command: "LPUSH", reason: "WRONGTYPE Operation against a key holding the wrong kind of value"))
        #expect(fed.node.run("GET", "a") == .text("1"))
    }

    @Test func aKeyThatHasExpiredHereIsThereForThePrimary() throws {
        let fed = Fed()
        fed.node.node.become(replicaOf: .init(host: "a", port: 1))
        fed.node.advance(milliseconds: 1000)
        try fed.feed(request("SET", "k", "1", "PXAT", "500"))
        #expect(fed.node.run("GET", "k") == .null)
        #expect(fed.node.run("DBSIZE") == .integer(1))
        try fed.feed(request("INCR", "k") + request("PERSIST", "k"))
        #expect(fed.node.run("GET", "k") == .text("2"))
    }

    @Test func aReplicaDoesNotLetKeysExpireByItself() throws {
        let fed = Fed()
        fed.node.node.become(replicaOf: .init(host: "a", port: 1))
        try fed.feed(request("SET", "k", "1", "PXAT", "500"))
        fed.node.advance(milliseconds: 1000)
        #expect(fed.node.run("DBSIZE") == .integer(1))
        try fed.feed(request("DEL", "k"))
        #expect(fed.node.run("DBSIZE") == .integer(0))
    }

    @Test func nonsenseEndsIt() {
        for nonsense in ["*1\r\n+PING\r\n", "*x\r\n", "*2\r\n$3\r\nGET\r\n$-7\r\n"] {
            #expect(throws: ProtocolError.self, "\(nonsense)") { try Fed().feed(Array(nonsense.utf8)) }
        }
    }

    @Test func writesOfClientsAreNotPassedOn() throws {
        let fed = Fed()
        fed.node.run("SET", "own", "1")
        #expect(fed.offset == 100)
        #expect(fed.passedOn.isEmpty)
    }
}

@Suite("Handing over")
struct FailoverTests {
    private static let one = Failover.Candidate(address: .init(host: "one", port: 1), offset: 10)
    private static let two = Failover.Candidate(address: .init(host: "two", port: 2), offset: 12)

    @Test func whoHasEverythingTakesOver() {
        var failover = Failover()
        failover.begin(Failover.Wish())
        #expect(failover.word == "waiting-for-sync")
        #expect(failover.advance([Self.one], offset: 12, now: 0) == nil)
        #expect(
            failover.advance([Self.one, Self.two], offset: 12, now: 0)
                == .handOver(Self.two.address, "Failover target two:2 is synced, failing over."))
        #expect(failover.word == "failover-in-progress")
    }

    @Test func onlyTheOneWhoIsNamed() {
        var failover = Failover()
        failover.begin(Failover.Wish(target: Self.one.address, deadline: 100))
        #expect(failover.advance([Self.one, Self.two], offset: 12, now: 99) == nil)
        #expect(failover.advance([Self.two], offset: 12, now: 100) == .giveUp("Replica never caught up before timeout"))
        #expect(!failover.isUnderWay)
    }

    @Test func whoIsForcedTakesOverWhenTimeIsUp() {
        var failover = Failover()
        failover.begin(Failover.Wish(target: Self.one.address, deadline: 100, isForced: true))
        #expect(failover.advance([Self.one], offset: 12, now: 99) == nil)
        #expect(
            failover.advance([Self.one], offset: 12, now: 100)
                == .handOver(Self.one.address, "Failover to one:1 time out exceeded, failing over."))
    }
}
