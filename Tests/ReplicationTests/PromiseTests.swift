import Primitives
import RESP
import Settings
import Testing

@testable import Commands
@testable import Replication

/// Replies that wait until replicas have what they tell of.
@Suite struct PromiseTests {
    /// A primary with so many replicas, which have everything.
    private func rig(_ configuration: String = "", replicas: Int = 2) throws -> (Rig, [Wire]) {
        let rig = try Rig(configuration)
        let wires = (0..<replicas).map { _ in rig.connect() }
        for wire in wires {
            wire.send("REPLCONF", "capa", "eof")
            wire.send("PSYNC", "?", "-1")
            rig.turns()
            wire.read()
            acknowledge(wire)
        }
        return (rig, wires)
    }

    private func acknowledge(_ wire: Wire) {
        wire.send("REPLCONF", "ACK", "\(wire.rig.node.keyspace.journal.offset)")
    }

    /// What of a client's output may leave.
    private func leaving(_ rig: Rig, _ client: TestClient) -> String {
        let count = rig.node.releasableOutput(client.session)
        let text = String(client.session.waitingOutput[0..<count])
        client.session.didSend(count)
        return text
    }

    private let late = "-UNKNOWNOUTCOME It is not known whether"

    @Test func aReplyWaitsForSoManyReplicas() throws {
        let (rig, wires) = try rig()
        let (client, other) = (rig.test.connect(), rig.test.connect())
        client.send("CLIENT PROMISE REPLICAS 2\r\n")
        #expect(leaving(rig, client) == "+OK\r\n")
        client.send("SET k 1\r\n")
        #expect(leaving(rig, client).isEmpty)
        // Whoever has asked for nothing waits for nothing.
        other.send("SET k 2\r\n")
        #expect(leaving(rig, other) == "+OK\r\n")
        rig.turn()
        #expect(wires[0].read().contains("GETACK"))
        acknowledge(wires[0])
        #expect(leaving(rig, client).isEmpty)
        acknowledge(wires[1])
        #expect(leaving(rig, client) == "+OK\r\n")
    }

    /// What replicas are sent is no reply, and waits for nothing.
    @Test func aPrimaryThatFollowsTellsClientsAndNotReplicas() throws {
        let (rig, wires) = try rig()
        let client = rig.test.connect()
        client.send("CLIENT PROMISE REPLICAS 2\r\n")
        #expect(leaving(rig, client) == "+OK\r\n")
        client.send("SET k 1\r\n")
        rig.turn()
        rig.replication.replica.follow(PrimaryAddress(host: "10.0.0.9", port: 7000))
        #expect(leaving(rig, client).hasPrefix(late))
        let sent = wires.map { $0.read() }
        #expect(sent.allSatisfy { !$0.contains("UNKNOWNOUTCOME") })
    }

    /// Whoever follows a primary takes over what it has, which may be less than it had.
    @Test func aPrimaryThatHasToProveItselfIsFollowedByNobody() throws {
        let rig = try Rig()
        rig.replication.adopt(.unproven, keeping: 0)
        let wire = rig.connect()
        let answer = wire.send("REPLCONF", "apus-term", "?")
        #expect(answer.hasPrefix("+0 "))
        let refusals = [wire.send("PSYNC", "?", "-1"), wire.send("SYNC")]
        #expect(refusals.allSatisfy { $0.hasPrefix("-NOMASTERLINK ") })
        rig.replication.adopt(.term(7), keeping: 0)
        let other = rig.connect()
        let term = other.send("REPLCONF", "apus-term", "?")
        #expect(term == "+7 \(rig.node.keyspace.journal.offset)\r\n")
        other.send("REPLCONF", "capa", "eof")
        other.send("PSYNC", "?", "-1")
        rig.turns()
        other.read()
        acknowledge(other)
        #expect(other.link?.state == .online)
    }

    /// A replica that has the history of a term follows it all the same.
    @Test func aPrimaryThatPromisesNothingTellsNoTerm() throws {
        let rig = try Rig()
        rig.replication.adopt(.refused, keeping: 0)
        let answer = rig.connect().send("REPLCONF", "apus-term", "?")
        #expect(answer == "-ERR Nothing is promised here\r\n")
    }

    @Test func whoeverTellsNoTermAnyMoreDoesNotCount() throws {
        let (rig, _) = try rig(replicas: 0)
        rig.replication.adopt(.term(7), keeping: 0)
        let (client, wire) = (rig.test.connect(), rig.connect())
        wire.send("REPLCONF", "capa", "eof")
        wire.send("PSYNC", "?", "-1")
        rig.turns()
        wire.read()
        acknowledge(wire)
        func acknowledgeIn(_ term: String) {
            wire.send("REPLCONF", "ACK", "\(rig.node.keyspace.journal.offset)", "APUS-TERM", term)
        }
        client.send("CLIENT PROMISE REPLICAS 1\r\n")
        acknowledgeIn("7")
        #expect(leaving(rig, client) == "+OK\r\n")
        client.send("SET k 1\r\n")
        rig.turns()
        acknowledge(wire)
        #expect(leaving(rig, client).isEmpty)
        acknowledgeIn("6")
        #expect(leaving(rig, client).isEmpty)
        acknowledgeIn("7")
        #expect(leaving(rig, client) == "+OK\r\n")
    }

    /// What it has may all be of older terms, and less of them than others have.
    @Test func aReplicaHasNothingOfATermBeforeItHasWhatWasThereWhenTheTermBegan() throws {
        let (rig, _) = try rig(replicas: 1)
        rig.replication.adopt(.withheld, keeping: 0)
        let replica = rig.replication.replica
        replica.follow(PrimaryAddress(host: "10.0.0.9", port: 7000))
        replica.didConnect()
        let offset = rig.node.keyspace.journal.offset
        let ping = "*1\r\n$4\r\nPING\r\n"
        func hear(_ text: String) { Array(text.utf8).withBytes { replica.receive($0) } }
        hear("+PONG\r\n+OK\r\n+OK\r\n+7 \(offset + Int64(2 * ping.utf8.count))\r\n+CONTINUE\r\n")
        #expect(rig.node.isLinkUp && replica.primaryTerm == nil)
        hear(ping)
        #expect(replica.primaryTerm == nil)
        hear(ping)
        #expect(replica.primaryTerm == 7)
    }

    @Test func aReadWaitsForWhatItHasSeen() throws {
        let (rig, wires) = try rig()
        let (client, other) = (rig.test.connect(), rig.test.connect())
        client.send("CLIENT PROMISE MAJORITY 3\r\n")
        #expect(leaving(rig, client) == "+OK\r\n")
        other.send("SET k 2\r\n")
        client.send("GET k\r\n")
        #expect(leaving(rig, client).isEmpty)
        acknowledge(wires[1])
        #expect(leaving(rig, client) == "$1\r\n2\r\n")
        // Bytes without data do not have to be acknowledged.
        rig.node.keyspace.journal.appendControl(Bytes("*1\r\n$4\r\nPING\r\n"))
        client.send("GET k\r\n")
        #expect(leaving(rig, client) == "$1\r\n2\r\n")
    }

    @Test func whatComesTooLateIsUnknown() throws {
        let (rig, wires) = try rig(replicas: 1)
        let client = rig.test.connect()
        client.send("CLIENT PROMISE REPLICAS 1 TIMEOUT 300\r\n")
        #expect(leaving(rig, client) == "+OK\r\n")
        client.send("SET k 1\r\nGET k\r\nPING\r\n")
        #expect(leaving(rig, client).isEmpty)
        rig.test.advance(milliseconds: 200)
        #expect(leaving(rig, client).isEmpty)
        rig.test.advance(milliseconds: 200)
        let text = leaving(rig, client)
        #expect(text.split(whereSeparator: \.isNewline).count { $0.hasPrefix(late) } == 3, "\(text)")
        acknowledge(wires[0])
        client.send("GET k\r\n")
        #expect(leaving(rig, client) == "$1\r\n1\r\n")
    }

    @Test func withoutReplicasNothingIsPromised() throws {
        let (rig, _) = try rig("promise-replicas 1\npromise-timeout 100", replicas: 0)
        let client = rig.test.connect()
        client.send("SET k 1\r\n")
        #expect(leaving(rig, client).isEmpty)
        rig.test.advance(milliseconds: 200)
        #expect(leaving(rig, client).hasPrefix(late))
        client.send("PING\r\n")
        #expect(leaving(rig, client) == "+PONG\r\n")
        client.send("CLIENT PROMISE NONE\r\nSET k 1\r\n")
        #expect(leaving(rig, client) == "+OK\r\n+OK\r\n")
    }

    @Test func whoHadAllBeforeDoesNotHaveWhatIsNotWritten() throws {
        let (rig, wires) = try rig("promise-replicas 1\nrepl-backlog-ttl 1", replicas: 1)
        rig.test.run("SET", "k", "1")
        acknowledge(wires[0])
        rig.node.remove(wires[0].session)
        rig.advance(seconds: 4)
        #expect(!rig.node.keyspace.journal.isRead)
        let client = rig.test.connect()
        client.send("SET k 2\r\n")
        #expect(leaving(rig, client).isEmpty)
    }

    @Test func theConfigurationPromisesAMajority() throws {
        let (rig, wires) = try rig("promise-majority-of 5", replicas: 3)
        let client = rig.test.connect()
        client.send("SET k 1\r\n")
        acknowledge(wires[0])
        #expect(leaving(rig, client).isEmpty)
        acknowledge(wires[2])
        #expect(leaving(rig, client) == "+OK\r\n")
    }

    @Test func whatIsAskedForHasToMakeSense() throws {
        let rig = try Rig()
        for words in [
            ["REPLICAS", "0"], ["REPLICAS", "x"], ["MAJORITY", "1"], ["REPLICAS", "1", "TIMEOUT", "0"], ["SOMETHING"],
            ["NONE", "1"], ["REPLICAS"], ["REPLICAS", "1", "TIMEOUT"],
        ] {
            guard case .error = rig.test.run(["CLIENT", "PROMISE"] + words) else {
                Issue.record("\(words) was taken")
                continue
            }
        }
    }
}
