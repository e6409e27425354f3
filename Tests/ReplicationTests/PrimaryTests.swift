import Commands
import Primitives
import RESP
import Storage
import Testing

@testable import Replication

/// What a primary says to replicas, as transcripts.
@Suite struct PrimaryTests {
    private let ping = "*1\r\n$4\r\nPING\r\n"
    private let wish = "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n"

    private func effect(_ words: String...) -> String {
        "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    }

    /// A replica that has gone through the handshake and has asked for everything.
    private func replica(_ rig: Rig, port: String = "7000", capabilities: [String] = ["eof", "psync2"]) -> Wire {
        let wire = rig.connect()
        wire.send("REPLCONF", "listening-port", port)
        for word in capabilities { wire.send("REPLCONF", "capa", word) }
        wire.forget()
        wire.send("PSYNC", "?", "-1")
        return wire
    }

    /// One that has its snapshot and follows the journal.
    private func online(_ rig: Rig, port: String = "7000") -> Wire {
        let wire = replica(rig, port: port)
        rig.turns()
        wire.read()
        wire.send("REPLCONF", "ACK", "\(rig.node.keyspace.journal.offset)")
        wire.forget()
        return wire
    }

    private var id: (Rig) -> String { { $0.node.history.id } }

    @Test func theHandshakeIsAnswered() throws {
        let wire = try Rig().connect()
        #expect(wire.send("REPLCONF", "listening-port", "7000", "ip-address", "10.0.0.1") == "+OK\r\n")
        #expect(wire.send("REPLCONF", "capa", "eof", "capa", "psync2", "capa", "other") == "+OK\r\n")
        #expect(wire.send("REPLCONF", "version", "8.0.1") == "+OK\r\n")
        #expect(wire.send("REPLCONF", "nothing", "1") == "-ERR Unrecognized REPLCONF option: nothing\r\n")
        #expect(wire.send("REPLCONF", "capa") == "-ERR syntax error\r\n")
        #expect(wire.send("REPLCONF", "listening-port", "x") == "-ERR value is not an integer or out of range\r\n")
        #expect(wire.send("REPLCONF", "ip-address", String(repeating: "1", count: 256)).hasPrefix("-ERR REPLCONF ip-"))
        #expect(wire.send("REPLCONF", "rdb-filter-only", "keys").hasPrefix("-ERR Unsupported rdb-filter-only option"))
        #expect(wire.send("REPLCONF", "GETACK", "*").isEmpty)
        #expect(wire.send("REPLCONF", "ACK", "1").isEmpty)
        #expect(wire.link?.name == "10.0.0.1:7000")
    }

    @Test func whoKnowsNothingGetsASnapshotAndThenTheJournal() throws {
        let rig = try Rig()
        rig.test.run("SET", "before", "1")
        let wire = replica(rig)
        #expect(wire.text.hasPrefix("+FULLRESYNC \(id(rig)) 0\r\n$EOF:"))
        let mark = String(wire.text.components(after: "$EOF:").prefix(40))
        rig.turns()
        rig.test.run("SET", "during", "2")
        wire.read()
        #expect(wire.text.hasSuffix(mark) && wire.text.components(after: "\(mark)\r\n").hasPrefix("REDIS00"))
        #expect(wire.text.contains("repl-stream-db") && wire.text.contains(id(rig)))
        // Nothing may follow the mark before the replica has found it.
        wire.forget()
        #expect(wire.read().isEmpty)
        wire.send("REPLCONF", "ACK", "0")
        #expect(wire.text == effect("SELECT", "0") + effect("SET", "during", "2"))
        #expect(rig.replication.figures.fullSyncs == 1)
    }

    @Test func aSnapshotWithAFileHasALength() throws {
        let rig = try Rig("repl-diskless-sync no")
        rig.test.run("SET", "before", "1")
        let wire = replica(rig, capabilities: ["psync2"])
        #expect(wire.text == "+FULLRESYNC \(id(rig)) 0\r\n")
        rig.test.run("SET", "during", "2")
        rig.turns()
        wire.read()
        let file = try #require(rig.disk.files["/d/dump.rdb"])
        let head = Array("+FULLRESYNC \(id(rig)) 0\r\n$\(file.count)\r\n".utf8)
        #expect(Array(wire.received.prefix(head.count + file.count)) == head + file)
        let rest = String(decoding: wire.received.dropFirst(head.count + file.count), as: UTF8.self)
        #expect(rest == effect("SELECT", "0") + effect("SET", "during", "2"))
        rig.advance(seconds: 2)
        #expect(rig.removed.isEmpty)
    }

    @Test func aFileThatWasForReplicasOnlyIsRemoved() throws {
        let rig = try Rig("repl-diskless-sync no\nrdb-del-sync-files yes")
        let wire = replica(rig)
        rig.turns()
        rig.advance(seconds: 2)
        #expect(rig.removed.isEmpty)
        wire.read()
        rig.advance(seconds: 2)
        #expect(rig.removed == ["dump.rdb"])
    }

    @Test func aSnapshotThatFailsEndsTheReplica() throws {
        let rig = try Rig("repl-diskless-sync no")
        rig.disk.failure = 28
        let wire = replica(rig)
        rig.turns()
        #expect(wire.session.isClosed && rig.primary.links.isEmpty)
    }

    @Test func whoComesWhileAFileIsWrittenTakesPartInIt() throws {
        let rig = try Rig("repl-diskless-sync no")
        let first = replica(rig)
        rig.test.run("SET", "k", "1")
        let second = replica(rig, port: "7001")
        #expect(second.text == first.text)
        rig.turns()
        #expect(first.read() == second.read())
        #expect(first.text.hasSuffix(effect("SET", "k", "1")))
    }

    @Test func severalShareOneWalk() throws {
        let rig = try Rig("repl-diskless-sync-max-replicas 2\nrepl-diskless-sync-delay 100")
        let first = replica(rig)
        rig.turns()
        #expect(first.text.isEmpty)
        let second = replica(rig, port: "7001")
        rig.turns()
        first.read()
        second.read()
        #expect(first.text == second.text && first.text.hasPrefix("+FULLRESYNC"))
        // Who comes later waits for the next.
        let third = replica(rig, port: "7002")
        rig.advance(seconds: 99)
        #expect(third.read().allSatisfy { $0 == "\n" })
        rig.advance(seconds: 2)
        #expect(third.read().contains("+FULLRESYNC"))
    }

    @Test func whoWaitsIsToldThatItIsNotForgotten() throws {
        let rig = try Rig("repl-diskless-sync-delay 100")
        let wire = replica(rig)
        rig.advance(seconds: 3)
        #expect(wire.read() == "\n")
        rig.advance(seconds: 1)
        #expect(wire.read() == "\n")
    }

    @Test func whoWasAwayForAShortTimeGoesOn() throws {
        let rig = try Rig()
        let first = online(rig)
        rig.test.run("SET", "a", "1")
        first.read()
        let offset = rig.node.keyspace.journal.offset
        rig.node.remove(first.session)
        rig.test.run("SET", "b", "2")
        let second = rig.connect()
        second.send("REPLCONF", "capa", "psync2")
        second.forget()
        second.send("PSYNC", id(rig), "\(offset + 1)")
        #expect(second.text == "+CONTINUE \(id(rig))\r\n" + effect("SET", "b", "2"))
        // Who does not know of second histories is told no name.
        let third = rig.connect()
        #expect(third.send("PSYNC", id(rig), "\(offset + 1)") == "+CONTINUE\r\n" + effect("SET", "b", "2"))
        #expect(rig.replication.figures.partialSyncs == 2 && rig.replication.figures.refusedPartialSyncs == 0)
    }

    @Test func whoKnowsAnotherHistoryBeginsAnew() throws {
        let rig = try Rig()
        _ = online(rig)
        let wire = rig.connect()
        wire.send("REPLCONF", "capa", "eof")
        wire.forget()
        #expect(wire.send("PSYNC", String(repeating: "0", count: 40), "1").hasPrefix("+FULLRESYNC \(id(rig)) "))
        #expect(rig.replication.figures.refusedPartialSyncs == 1 && rig.replication.figures.fullSyncs == 2)
    }

    @Test func theHistoryOfAFileIsTheSecondOne() throws {
        let rig = try Rig()
        let old = String(repeating: "d", count: 40)
        rig.replication.continueHistory(["repl-id": old, "repl-offset": "500", "repl-stream-db": "0"])
        #expect(rig.node.keyspace.journal.offset == 500 && rig.node.history.secondOffset == 501)
        rig.test.run("SET", "a", "1")
        let wire = rig.connect()
        wire.send("REPLCONF", "capa", "psync2")
        wire.forget()
        wire.send("PSYNC", old, "501")
        #expect(wire.text == "+CONTINUE \(id(rig))\r\n" + effect("SELECT", "0") + effect("SET", "a", "1"))
        let late = rig.connect()
        #expect(!late.send("PSYNC", old, "502").hasPrefix("+CONTINUE"))
    }

    @Test func replicasArePingedAndAskedForAcknowledgements() throws {
        let rig = try Rig("repl-ping-replica-period 3")
        let wire = online(rig)
        rig.advance(seconds: 4)
        #expect(wire.read() == ping)
        rig.test.run("SET", "k", "1")
        wire.read()
        wire.forget()
        let client = rig.test.connect()
        client.send(Array("WAIT 1 0\r\n".utf8))
        // The client has written nothing, so nothing is missing.
        #expect(client.replies() == [.integer(1)])
        rig.test.client.send(Array("WAIT 1 0\r\n".utf8))
        rig.turn()
        #expect(rig.test.client.replies().isEmpty)
        #expect(wire.read() == wish)
        wire.send("REPLCONF", "ACK", "\(rig.node.keyspace.journal.offset)")
        rig.test.resume()
        #expect(rig.test.client.replies() == [.integer(1)])
    }

    @Test func waitaofCountsWhatReplicasHaveOnDisk() throws {
        let rig = try Rig()
        let wire = online(rig)
        rig.test.run("SET", "k", "1")
        rig.test.client.send(Array("WAITAOF 0 1 0\r\n".utf8))
        wire.send("REPLCONF", "ACK", "1000000")
        #expect(rig.test.client.replies().isEmpty)
        wire.send("REPLCONF", "ACK", "1000000", "FACK", "1000000")
        rig.test.resume()
        #expect(rig.test.client.replies() == [.array([.integer(0), .integer(1)])])
    }

    @Test func writesAreRefusedWhereReplicasAreMissing() throws {
        let rig = try Rig("min-replicas-to-write 1\nmin-replicas-max-lag 5")
        let refusal = Reply.error("NOREPLICAS Not enough good replicas to write.")
        #expect(rig.test.run("SET", "k", "1") == refusal)
        let wire = online(rig)
        #expect(rig.test.run("SET", "k", "1") == .simple("OK"))
        rig.advance(seconds: 7)
        #expect(rig.test.run("SET", "k", "2") == refusal && rig.test.run("GET", "k") == .text("1"))
        wire.send("REPLCONF", "ACK", "1")
        #expect(rig.test.run("SET", "k", "2") == .simple("OK"))
        rig.node.remove(wire.session)
        #expect(rig.test.run("SET", "k", "3") == refusal)
    }

    @Test func theReplicasAreShown() throws {
        let rig = try Rig("repl-diskless-sync-delay 100\nmin-replicas-to-write 1")
        let wire = rig.connect()
        wire.send("REPLCONF", "listening-port", "7000", "ip-address", "10.0.0.1", "capa", "eof")
        wire.send("PSYNC", "?", "-1")
        func text() -> String {
            guard case .bulk(let bytes) = rig.test.run("INFO", "replication") else { return "" }
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(text().contains("slave0:ip=10.0.0.1,port=7000,state=wait_bgsave,offset=0,lag=0\r\n"))
        #expect(text().contains("min_slaves_good_slaves:0\r\n") && text().contains("repl_backlog_active:1\r\n"))
        rig.advance(seconds: 101)
        #expect(text().contains("state=send_bulk"))
        wire.read()
        wire.send("REPLCONF", "ACK", "0")
        rig.test.run("SET", "k", "1")
        wire.send("REPLCONF", "ACK", "50")
        rig.test.advance(milliseconds: 3000)
        #expect(text().contains("state=online,offset=50,lag=3\r\n") && text().contains("min_slaves_good_slaves:1\r\n"))
        guard case .bulk(let clients) = rig.test.run("CLIENT", "LIST", "TYPE", "replica") else { return }
        #expect(String(decoding: clients, as: UTF8.self).contains("flags=S "))
        #expect(rig.test.run("CLIENT", "KILL", "TYPE", "slave") == .integer(1))
    }

    @Test func whoSaysNothingForTooLongIsEnded() throws {
        let rig = try Rig("repl-timeout 5")
        let wire = online(rig)
        rig.advance(seconds: 5)
        #expect(!wire.session.isClosed)
        rig.advance(seconds: 2)
        #expect(wire.session.isClosed)
    }

    @Test func whoIsTooFarBehindIsEnded() throws {
        let rig = try Rig("client-output-buffer-limit replica 2mb 0 0")
        let (slow, quick) = (online(rig), online(rig, port: "7001"))
        let value = String(repeating: "v", count: 100_000)
        for index in 0..<25 {
            rig.test.run("SET", "k\(index)", value)
            quick.read()
            rig.primary.checkLimits()
            rig.turn()
            #expect(slow.session.isClosed == (index >= 20))
        }
        #expect(!quick.session.isClosed)
        #expect(rig.replication.figures.bufferBytes < 2 << 20)
    }

    @Test func theBacklogGoesWhenNobodyComes() throws {
        let rig = try Rig("repl-backlog-ttl 10")
        let wire = online(rig)
        rig.advance(seconds: 12)
        #expect(rig.replication.figures.backlog != nil)
        let before = id(rig)
        rig.node.remove(wire.session)
        rig.advance(seconds: 12)
        #expect(rig.replication.figures.backlog == nil && id(rig) != before)
        #expect(!rig.node.keyspace.journal.isRead)
    }

    @Test func aSnapshotOnlyLeavesNothingBehind() throws {
        let rig = try Rig()
        rig.test.run("SET", "k", "1")
        let wire = rig.connect()
        wire.send("REPLCONF", "capa", "eof")
        wire.send("REPLCONF", "rdb-only", "1")
        wire.send("REPLCONF", "rdb-filter-only", "functions")
        wire.forget()
        wire.send("SYNC")
        wire.read()
        let mark = String(wire.text.components(after: "$EOF:").prefix(40))
        #expect(wire.text.hasSuffix(mark) && wire.text.contains("REDIS00"))
        #expect(rig.replication.figures.backlog == nil && !rig.node.keyspace.journal.isRead)
        let old = rig.connect()
        old.send("REPLCONF", "rdb-filter-only", "functions")
        old.forget()
        old.send("SYNC")
        #expect(old.session.isClosed)
    }

    @Test func theShutdownWaitsForReplicas() throws {
        let rig = try Rig("shutdown-timeout 3")
        let wire = online(rig)
        rig.test.run("SET", "k", "1")
        let other = rig.test.connect()
        rig.test.client.send(Array("SHUTDOWN NOSAVE\r\n".utf8))
        #expect(rig.node.isShutdownPending && rig.test.client.replies().isEmpty)
        #expect(other.run("GET", "k") == .text("1"))
        #expect(other.run("SHUTDOWN", "ABORT") == .simple("OK"))
        #expect(rig.test.client.replies() == [.error("ERR Errors trying to SHUTDOWN. Check logs.")])
        #expect(other.run("SHUTDOWN", "ABORT") == .error("ERR No shutdown in progress."))
        rig.test.client.send(Array("SHUTDOWN NOSAVE\r\n".utf8))
        #expect(rig.node.isShutdownPending)
        wire.send("REPLCONF", "ACK", "1000000")
        #expect(!rig.node.isShutdownPending)
    }

    @Test func aSnapshotThatIsGivenUpEndsItsReplicas() throws {
        let rig = try Rig()
        for index in 0..<1000 { rig.test.run("SET", "k\(index)", "v") }
        let wire = replica(rig)
        rig.node.keyspace.snapshot?.abandon()
        rig.turns()
        #expect(wire.session.isClosed && !rig.primary.isWalking)
    }

    @Test func whenTheLastReplicaGoesTheWalkEnds() throws {
        let rig = try Rig()
        for index in 0..<1000 { rig.test.run("SET", "k\(index)", "v") }
        let wire = replica(rig)
        #expect(rig.primary.isWalking)
        rig.node.remove(wire.session)
        #expect(!rig.primary.isWalking && rig.node.keyspace.snapshot?.isAbandoned == true)
    }
}

extension String {
    /// What stands behind a part of the text.
    func components(after part: String) -> Substring {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(part) { return rest.dropFirst(part.count) }
            rest = rest.dropFirst()
        }
        return rest
    }
}
