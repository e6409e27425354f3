import Primitives
import RESP
import Testing

@testable import Commands

/// The words of replies, to be read at a glance: `message ch hello`.
func words(_ replies: [Reply]) -> [String] { replies.map(words) }

private func words(_ reply: Reply) -> String {
    switch reply {
    case .array(let elements), .push(let elements): words(elements).joined(separator: " ")
    case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
    case .simple(let text), .error(let text): text
    case .integer(let value): "\(value)"
    case .null: "-"
    default: "?"
    }
}

@Suite struct MessageTests {
    private let node = TestNode()

    private func subscriber(_ command: String...) -> TestClient {
        let client = node.connect()
        client.run(command)
        return client
    }

    @Test func messagesGoToWhoeverListens() {
        let first = subscriber("SUBSCRIBE", "a", "b")
        let second = subscriber("SUBSCRIBE", "b")
        #expect(node.run("PUBLISH", "a", "1") == .integer(1))
        #expect(node.run("PUBLISH", "b", "2") == .integer(2))
        #expect(node.run("PUBLISH", "c", "3") == .integer(0))
        #expect(words(first.replies()) == ["message a 1", "message b 2"])
        #expect(words(second.replies()) == ["message b 2"])
        first.run("UNSUBSCRIBE", "b")
        #expect(node.run("PUBLISH", "b", "4") == .integer(1))
        #expect(words(first.replies()) == [])
        #expect(words(second.replies()) == ["message b 4"])
    }

    @Test func patternsComeAfterTheChannelInTheirOrder() {
        let client = node.connect()
        client.run("PSUBSCRIBE", "n*", "*s", "x*")
        client.run("SUBSCRIBE", "news")
        #expect(node.run("PUBLISH", "news", "hi") == .integer(3))
        #expect(words(client.replies()) == ["message news hi", "pmessage n* news hi", "pmessage *s news hi"])
        #expect(node.run("PUBSUB", "NUMPAT") == .integer(3))
        client.run("PUNSUBSCRIBE", "n*")
        #expect(node.run("PUBLISH", "news", "hi") == .integer(2))
    }

    @Test func shardChannelsAreApart() {
        let client = subscriber("SSUBSCRIBE", "s")
        #expect(node.run("PUBLISH", "s", "1") == .integer(0))
        #expect(node.run("SPUBLISH", "s", "2") == .integer(1))
        #expect(words(client.replies()) == ["smessage s 2"])
        #expect(node.run("PUBSUB", "SHARDCHANNELS") == .array([.text("s")]))
        #expect(
            node.run("PUBSUB", "SHARDNUMSUB", "s", "t") == .array([.text("s"), .integer(1), .text("t"), .integer(0)]))
        #expect(node.run("PUBSUB", "CHANNELS") == .array([]))
    }

    @Test func eachProtocolHasItsForm() {
        let (old, new) = (subscriber("SUBSCRIBE", "c"), node.connect())
        new.run("HELLO", "3")
        #expect(new.run("SUBSCRIBE", "c") == .push([.text("subscribe"), .text("c"), .integer(1)]))
        node.run("PUBLISH", "c", "m")
        #expect(old.replies() == [.array([.text("message"), .text("c"), .text("m")])])
        #expect(new.replies() == [.push([.text("message"), .text("c"), .text("m")])])
        #expect(new.run("UNSUBSCRIBE") == .push([.text("unsubscribe"), .text("c"), .integer(0)]))
        #expect(new.run("UNSUBSCRIBE") == .push([.text("unsubscribe"), .null, .integer(0)]))
    }

    @Test func unsubscribingFromAllKeepsTheOrder() {
        let client = node.connect()
        client.run("SUBSCRIBE", "z", "a", "m")
        client.run("PSUBSCRIBE", "p*")
        client.send(TestClient.request(["UNSUBSCRIBE"]))
        #expect(words(client.replies()) == ["unsubscribe z 3", "unsubscribe a 2", "unsubscribe m 1"])
        #expect(words([client.run("PUNSUBSCRIBE")]) == ["punsubscribe p* 0"])
    }

    @Test func everyMessageIsSeenInTheSameOrder() {
        let clients = (0..<50).map { _ in subscriber("SUBSCRIBE", "c") }
        let publishers = (0..<5).map { _ in node.connect() }
        for number in 0..<200 { publishers[number % 5].run("PUBLISH", "c", "\(number)") }
        let expected = (0..<200).map { "message c \($0)" }
        for client in clients { #expect(words(client.replies()) == expected) }
    }

    // MARK: Subscribed mode

    @Test func aSubscriberOfRESP2MaySayLittle() {
        let client = subscriber("SUBSCRIBE", "c")
        let refusal = "only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
        #expect(client.run("GET", "k") == .error("ERR Can't execute 'get': \(refusal)"))
        #expect(client.run("CLIENT", "ID") == .error("ERR Can't execute 'client|id': \(refusal)"))
        #expect(client.run("PUBLISH", "c", "m") == .error("ERR Can't execute 'publish': \(refusal)"))
        #expect(client.run("PING") == .array([.text("pong"), .text("")]))
        #expect(client.run("PING", "hi") == .array([.text("pong"), .text("hi")]))
        #expect(words([client.run("UNSUBSCRIBE", "c")]) == ["unsubscribe c 0"])
        #expect(client.run("PING") == .simple("PONG"))
        #expect(client.run("GET", "k") == .null)
    }

    @Test func aSubscriberOfRESP3MaySayEverything() {
        let client = node.connect()
        client.run("HELLO", "3")
        client.run("SUBSCRIBE", "c")
        #expect(client.run("SET", "k", "v") == .simple("OK"))
        #expect(client.run("PING") == .simple("PONG"))
        client.run("HELLO", "2")
        guard case .error = client.run("GET", "k") else { return #expect(Bool(false)) }
    }

    @Test func resettingEndsSubscriptions() {
        let client = subscriber("SUBSCRIBE", "c")
        client.run("PSUBSCRIBE", "*")
        client.run("SSUBSCRIBE", "c")
        #expect(client.run("RESET") == .simple("RESET"))
        #expect(client.run("GET", "k") == .null)
        #expect(node.run("PUBLISH", "c", "m") == .integer(0))
        #expect(node.run("SPUBLISH", "c", "m") == .integer(0))
        #expect(node.node.subscriptions.isEmpty)
    }

    @Test func whoLeavesIsForgotten() {
        let client = subscriber("SUBSCRIBE", "c", "d")
        client.run("PSUBSCRIBE", "*")
        node.node.remove(client.session)
        #expect(node.run("PUBLISH", "c", "m") == .integer(0))
        #expect(node.node.subscriptions.isEmpty)
    }

    @Test func whoIsKilledGetsNothingMore() {
        let client = subscriber("SUBSCRIBE", "c")
        #expect(node.run("CLIENT", "KILL", "TYPE", "pubsub") == .integer(1))
        #expect(node.run("PUBLISH", "c", "m") == .integer(0))
        #expect(words(client.replies()) == [])
    }

    // MARK: Own pushes

    @Test func theReplyComesBeforeTheMessageThatItCauses() {
        let client = node.connect()
        client.run("HELLO", "3")
        client.run("SUBSCRIBE", "c")
        client.send(TestClient.request(["PUBLISH", "c", "m"]))
        #expect(words(client.replies()) == ["1", "message c m"])
    }

    @Test func ownMessagesOfATransactionComeAfterIt() {
        let client = node.connect()
        client.run("HELLO", "3")
        client.run("SUBSCRIBE", "c")
        client.run("MULTI")
        client.run("PUBLISH", "c", "1")
        client.run("SET", "k", "v")
        client.run("PUBLISH", "c", "2")
        client.send(TestClient.request(["EXEC"]))
        #expect(words(client.replies()) == ["1 OK 1", "message c 1", "message c 2"])
    }

    @Test func muteClientsGetTheirMessages() {
        let client = node.connect()
        client.run("HELLO", "3")
        for mode in ["OFF", "SKIP"] {
            client.run("CLIENT", "REPLY", mode)
            client.send(TestClient.request(["SUBSCRIBE", "c"]))
            #expect(words(client.replies()) == ["subscribe c 1"])
            client.run("CLIENT", "REPLY", mode)
            client.send(TestClient.request(["PUBLISH", "c", "m"]))
            #expect(words(client.replies()) == ["message c m"])
            node.run("PUBLISH", "c", "n")
            #expect(words(client.replies()) == ["message c n"])
            client.run("CLIENT", "REPLY", "ON")
            client.run("UNSUBSCRIBE")
        }
    }

    @Test func aMuteClientHearsOfWhatWasServedToIt() {
        node.run("CONFIG", "SET", "notify-keyspace-events", "El")
        let client = node.connect()
        client.run("HELLO", "3")
        client.run("PSUBSCRIBE", "__keyevent*")
        client.run("CLIENT", "REPLY", "OFF")
        client.run("BLPOP", "q", "0")
        node.run("RPUSH", "q", "v")
        let heard = words(client.replies()).map { $0.split(separator: " ").dropFirst(2).joined(separator: " ") }
        #expect(heard == ["__keyevent@0__:rpush q", "__keyevent@0__:lpop q"])
    }

    @Test func subscribingInATransactionIsConfirmedAmongItsReplies() {
        node.run("MULTI")
        node.run("SUBSCRIBE", "c")
        node.run("SSUBSCRIBE", "s")
        #expect(
            words([node.run("EXEC")])
                == ["subscribe c 1 ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"])
        guard case .error = node.run("GET", "k") else { return #expect(Bool(false)) }
    }

    // MARK: Looking

    @Test func subscriptionsAreCounted() {
        let client = subscriber("SUBSCRIBE", "news", "nights", "x")
        client.run("PSUBSCRIBE", "*")
        _ = subscriber("SUBSCRIBE", "news")
        #expect(node.run("PUBSUB", "CHANNELS", "n*") == .array([.text("news"), .text("nights")]))
        #expect(
            node.run("PUBSUB", "NUMSUB", "news", "y") == .array([.text("news"), .integer(2), .text("y"), .integer(0)]))
        #expect(node.field("pubsub_clients") == "2")
        #expect(node.field("pubsub_channels") == "3")
        #expect(node.field("pubsub_patterns") == "1")
        #expect(node.field("pubsubshard_channels") == "0")
        let line = words([node.run("CLIENT", "LIST", "TYPE", "pubsub")])[0].split(separator: "\n")
        #expect(line.count == 2)
        #expect(line[0].contains(" flags=P ") && line[0].contains(" sub=3 psub=1 ssub=0 "))
    }

    // MARK: Limits

    @Test func aSlowSubscriberIsCutByItsOwnLimitAndHarmsNobody() {
        node.run("CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0 pubsub 100000 0 0")
        let (slow, quick) = (subscriber("SUBSCRIBE", "c"), subscriber("SUBSCRIBE", "c"))
        let message = String(repeating: "m", count: 10_000)
        for number in 0..<20 {
            #expect(node.run("PUBLISH", "c", message) == .integer(number < 10 ? 2 : 1))
            #expect(quick.replies().count == 1)
            #expect(slow.session.writer.count < 120_000)
        }
        #expect(slow.session.isClosed && !quick.session.isClosed)
        #expect(node.field("client_output_buffer_limit_disconnections") == "1")
    }

    @Test func theSoftLimitGivesTime() {
        node.run("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 1000 2")
        let slow = subscriber("SUBSCRIBE", "c")
        node.run("PUBLISH", "c", String(repeating: "m", count: 2000))
        node.advance(milliseconds: 1900)
        #expect(!slow.session.isClosed)
        node.advance(milliseconds: 200)
        #expect(slow.session.isClosed)
    }

    @Test func aSubscriberIsNotIdle() {
        node.run("CONFIG", "SET", "timeout", "5")
        let (silent, listening) = (node.connect(), subscriber("SUBSCRIBE", "c"))
        node.advance(milliseconds: 10_000)
        #expect(silent.session.isClosed && !listening.session.isClosed)
    }

    @Test func tenThousandListenToOneChannel() {
        let clients = (0..<10_000).map { _ in subscriber("SUBSCRIBE", "c") }
        #expect(node.run("PUBLISH", "c", "1") == .integer(10_000))
        for client in clients where client.session.id % 2 == 0 { node.node.remove(client.session) }
        #expect(node.run("PUBLISH", "c", "2") == .integer(5_000))
        var told: [UInt64] = []
        node.node.drainPushed { told.append($0.id) }
        #expect(told == clients.map(\.session.id))
        for client in clients where client.session.id % 2 == 1 {
            #expect(words(client.replies()) == ["message c 1", "message c 2"])
        }
        for client in clients.reversed() { node.node.remove(client.session) }
        #expect(node.node.subscriptions.isEmpty)
    }

    // MARK: Journal

    @Test func replicasHearMessages() {
        let reader = RecordingReader()
        node.run("PUBLISH", "c", "unheard")
        node.node.keyspace.journal.attach(reader)
        node.run("PUBLISH", "c", "m")
        node.run("spublish", "s", "m")
        let select = TestClient.request(["SELECT", "0"])
        #expect(
            reader.take() == select + TestClient.request(["PUBLISH", "c", "m"])
                + TestClient.request(["SPUBLISH", "s", "m"]))
        node.run("MULTI")
        node.run("PUBLISH", "c", "m")
        node.run("SET", "k", "v")
        node.run("EXEC")
        let parts = [["MULTI"], ["PUBLISH", "c", "m"], ["SET", "k", "v"], ["EXEC"]]
        #expect(reader.take() == parts.flatMap(TestClient.request))
        #expect(node.node.keyspace.changes == 1)
    }
}
