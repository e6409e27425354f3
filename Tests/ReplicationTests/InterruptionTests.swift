import Commands
import Primitives
import RESP
import Storage
import Testing

@testable import Replication

/// Snapshots that go on over another connection, as their primary sees it.
@Suite struct InterruptionTests {
    /// A replica that has asked for everything, and can go on.
    private func replica(_ rig: Rig, capabilities: [String] = ["eof", "psync2", "apus-resume"]) -> Wire {
        let wire = rig.connect()
        for word in capabilities { wire.send("REPLCONF", "capa", word) }
        wire.forget()
        wire.client.send(Array("PSYNC ? -1\r\n".utf8))
        return wire
    }

    /// A primary with data, and a replica whose connection broke when it had some bytes of its snapshot.
    private func interruption(_ rig: Rig, bytes: Int) throws -> (ticket: String, received: [UInt8]) {
        for number in 0..<200 { rig.test.run("SET", "key:\(number)", String(repeating: "v", count: 50)) }
        let wire = replica(rig)
        rig.turns()
        wire.read(200)
        while !wire.text.contains("$") || !wire.text.components(after: "$").contains("\r\n") { wire.read(20) }
        let line = try #require(wire.text.split(separator: "\r\n").first)
        let ticket = String(try #require(line.split(separator: " ").last))
        #expect(ticket.utf8.count == 40 && line.split(separator: " ").count == 4)
        let head = wire.text.components(after: "$").split(separator: "\r\n", maxSplits: 1)[0]
        let start = line.utf8.count + 2 + 1 + head.utf8.count + 2
        while wire.received.count < start + bytes, !wire.read(start + bytes - wire.received.count).isEmpty {}
        rig.node.remove(wire.session)
        return (ticket, Array(wire.received.dropFirst(start).prefix(bytes)))
    }

    /// What the snapshot of another replica looks like, which was not interrupted.
    private func rest(_ rig: Rig, _ ticket: String, _ count: Int) -> Wire {
        let wire = rig.connect()
        wire.send("REPLCONF", "capa", "eof", "capa", "psync2", "capa", "apus-resume")
        wire.forget()
        wire.send("REPLCONF", "apus-resume", ticket, "\(count)")
        rig.turns()
        wire.read()
        return wire
    }

    private let answer = Array("+RESUME\r\n".utf8)

    @Test(arguments: ["yes", "no"]) func theRestComesOverAnotherConnection(isDiskless: String) throws {
        for count in [0, 1, 300, 2000, 100_000] {
            let rig = try Rig("repl-diskless-sync \(isDiskless)\nrdbcompression no")
            let (ticket, received) = try interruption(rig, bytes: count)
            rig.test.run("SET", "later", "1")
            let have = isDiskless == "yes" ? received.count : min(received.count, rig.disk.files["/d/dump.rdb"]!.count)
            let wire = rest(rig, ticket, have)
            #expect(Array(wire.received.prefix(answer.count)) == answer)
            var whole = received.prefix(have) + wire.received.dropFirst(answer.count)
            #expect(whole.prefix(5) == Array("REDIS".utf8)[...])
            if isDiskless == "yes" {
                // The journal waits for the acknowledgement.
                wire.forget()
                wire.send("REPLCONF", "ACK", "0")
                whole += wire.received
            }
            let text = String(decoding: whole, as: UTF8.self)
            #expect(text.contains("key:199") && text.hasSuffix("$3\r\nSET\r\n$5\r\nlater\r\n$1\r\n1\r\n"))
            #expect(rig.replication.figures.resumedSyncs == 1 && rig.replication.figures.fullSyncs == 1)
            #expect(rig.primary.interruptions.isEmpty && rig.primary.transfer == nil)
        }
    }

    @Test func itIsNotLostInTheSocketsOfBothEnds() throws {
        let rig = try Rig("rdbcompression no")
        let (ticket, received) = try interruption(rig, bytes: 100_000)
        let have = received.count / 3
        let wire = rest(rig, ticket, have)
        #expect(received.prefix(have) + wire.received.dropFirst(answer.count) == received[...])
    }

    @Test func whoIsStillThereIsReplaced() throws {
        let rig = try Rig("rdbcompression no")
        rig.test.run("SET", "k", "1")
        let old = replica(rig)
        rig.turns()
        old.read()
        let ticket = try #require(old.link?.delivery?.ticket)
        let wire = rest(rig, ticket, 10)
        #expect(old.session.isClosed && wire.text.hasPrefix("+RESUME\r\n"))
        #expect(rig.primary.links.count == 1 && rig.primary.interruptions.isEmpty)
    }

    @Test func whatIsNotKnownIsRefused() throws {
        let rig = try Rig()
        let (ticket, received) = try interruption(rig, bytes: 300)
        let wire = rig.connect()
        let refusal = "-ERR The snapshot cannot be gone on with.\r\n"
        let other = String(repeating: "0", count: 40)
        #expect(wire.send("REPLCONF", "apus-resume", other, "1") == refusal)
        #expect(wire.send("REPLCONF", "apus-resume", ticket, "-1") == refusal)
        #expect(wire.send("REPLCONF", "apus-resume", ticket, "x") == "-ERR value is not an integer or out of range\r\n")
        #expect(wire.send("REPLCONF", "apus-resume", ticket).hasPrefix("-ERR"))
        // More than was sent cannot be had; and that was the last chance.
        #expect(wire.send("REPLCONF", "apus-resume", ticket, "\(Int.max)") == refusal)
        #expect(wire.send("REPLCONF", "apus-resume", ticket, "\(received.count)") == refusal)
        #expect(wire.send("PSYNC", "?", "-1").hasPrefix("+FULLRESYNC"))
    }

    @Test func whoDoesNotAskForItGetsTheLineAsItWas() throws {
        let rig = try Rig()
        let wire = replica(rig, capabilities: ["eof", "psync2"])
        rig.turns()
        wire.read()
        #expect(wire.text.hasPrefix("+FULLRESYNC \(rig.node.history.id) 0\r\n$EOF:"))
        rig.node.remove(wire.session)
        #expect(rig.primary.interruptions.isEmpty && rig.primary.transfer == nil)
    }

    @Test func nobodyIsWaitedForTooLong() throws {
        let rig = try Rig("repl-timeout 20")
        let (ticket, _) = try interruption(rig, bytes: 300)
        rig.advance(seconds: 19)
        #expect(rig.primary.interruptions.count == 1)
        rig.advance(seconds: 3)
        #expect(rig.primary.interruptions.isEmpty && rig.primary.transfer == nil)
        #expect(rest(rig, ticket, 300).text.hasPrefix("-ERR"))
    }

    @Test func nobodyIsWaitedForWhereTooMuchIsWritten() throws {
        let rig = try Rig("client-output-buffer-limit replica 100kb 0 0\nrepl-backlog-size 16kb")
        _ = try interruption(rig, bytes: 300)
        rig.test.run("SET", "large", String(repeating: "x", count: 90_000))
        rig.advance(seconds: 2)
        #expect(rig.primary.interruptions.count == 1)
        rig.test.run("SET", "large", String(repeating: "x", count: 20_000))
        rig.advance(seconds: 2)
        #expect(rig.primary.interruptions.isEmpty)
    }

    @Test func othersDoNotWaitLongForWhoIsGone() throws {
        let rig = try Rig("rdbcompression no")
        // More than the walk leaves lying about.
        for number in 0..<30 { rig.test.run("SET", "large:\(number)", String(repeating: "x", count: 1 << 20)) }
        let first = replica(rig)
        rig.turn()
        first.read(1000)
        rig.node.remove(first.session)
        #expect(rig.primary.isWalking && rig.primary.interruptions.count == 1)
        let second = replica(rig)
        rig.advance(seconds: 3)
        #expect(second.read().isEmpty || !second.text.contains("FULLRESYNC"))
        rig.advance(seconds: 5)
        second.read()
        #expect(second.text.contains("+FULLRESYNC") && rig.primary.interruptions.isEmpty)
    }

    @Test func anotherHistoryIsNotGoneOnWith() throws {
        for change in [["REPLICAOF", "127.0.0.1", "1"], ["DEBUG", "CHANGE-REPL-ID"]] {
            let rig = try Rig("enable-debug-command yes")
            let (ticket, _) = try interruption(rig, bytes: 300)
            rig.test.client.send(Array((change.joined(separator: " ") + "\r\n").utf8))
            if change[0] == "REPLICAOF" { rig.test.run("REPLICAOF", "NO", "ONE") }
            #expect(rest(rig, ticket, 300).text.hasPrefix("-ERR"))
        }
    }

    @Test func theJournalIsKeptFromTheCutOn() throws {
        let rig = try Rig("repl-backlog-size 16kb\nrdbcompression no")
        let (ticket, received) = try interruption(rig, bytes: 300)
        for _ in 0..<20 { rig.test.run("SET", "large", String(repeating: "x", count: 9_000)) }
        rig.advance(seconds: 2)
        let wire = rest(rig, ticket, received.count)
        wire.forget()
        wire.send("REPLCONF", "ACK", "0")
        #expect(wire.received.count > 20 * 9_000)
    }
}
