import Primitives
import RESP
import Settings
import Storage
import Testing

@testable import Commands

/// CLIENT TRACKING: who is told what, and when.
@Suite struct TrackingTests {
    private let node = TestNode()

    /// A client of RESP3 that keeps copies.
    private func tracker(_ options: String...) -> TestClient {
        let client = node.connect()
        client.run("HELLO", "3")
        #expect(client.run(["CLIENT", "TRACKING", "ON"] + options) == .simple("OK"))
        return client
    }

    private func invalidated(_ keys: String...) -> Reply {
        .push([.text("invalidate"), .array(keys.map { .text($0) })])
    }

    private let flushed = Reply.push([.text("invalidate"), .null])

    /// What a client has been told since it was last asked, at the end of a turn.
    private func told(_ client: TestClient) -> [Reply] {
        node.resume()
        return client.replies()
    }

    // MARK: Keys that were read

    @Test func whoHasReadAKeyIsToldOnce() {
        let (one, two) = (tracker(), tracker())
        one.run("GET", "k")
        two.run("MGET", "k", "l")
        node.run("SET", "k", "1")
        node.run("SET", "k", "2")
        #expect(told(one) == [invalidated("k")])
        #expect(told(two) == [invalidated("k")])
        one.run("GET", "k")
        node.run("MSET", "k", "3", "l", "3")
        #expect(told(one) == [invalidated("k")])
        #expect(told(two) == [invalidated("l")])
    }

    @Test func writingIsNotReading() {
        let one = tracker()
        one.run("SET", "k", "1")
        one.run("GETDEL", "k")
        node.run("SET", "k", "2")
        #expect(told(one) == [])
    }

    @Test func aKeyIsTheSameInAllDatabases() {
        let one = tracker()
        one.run("GET", "k")
        node.run("SELECT", "3")
        node.run("SET", "k", "1")
        #expect(told(one) == [invalidated("k")])
    }

    @Test func ownChangesAreToldAfterTheReply() {
        let one = tracker()
        one.send("GET k\r\nSET k 1\r\nGET k\r\n")
        #expect(one.replies() == [.null, .simple("OK"), invalidated("k"), .text("1")])
    }

    @Test func ownChangesAreLeftOutWithNoloop() {
        let one = tracker("NOLOOP")
        one.send("GET k\r\nSET k 1\r\nGET k\r\n")
        #expect(one.replies() == [.null, .simple("OK"), .text("1")])
        node.run("SET", "k", "2")
        #expect(told(one) == [invalidated("k")])
    }

    @Test func whatHasExpiredIsToldOfToItsReaders() {
        let one = tracker("NOLOOP")
        node.run("SET", "k", "1", "PX", "10")
        node.run("HSET", "h", "f", "v")
        node.run("HPEXPIRE", "h", "10", "FIELDS", "1", "f")
        one.run("GET", "k")
        one.run("HGET", "h", "f")
        node.node.isActiveExpiryOn = false
        node.advance(milliseconds: 20)
        // It is its own reading that removes them, and yet it is told.
        one.send("EXISTS k h\r\n")
        #expect(one.replies() == [.integer(0), invalidated("k"), invalidated("h")])
    }

    @Test func keysThatTheWalkRemovesAreToldOf() {
        let one = tracker()
        node.run("SET", "k", "1", "PX", "10")
        one.run("GET", "k")
        node.advance(milliseconds: 2000)
        #expect(told(one) == [invalidated("k")])
    }

    @Test func aFlushConcernsEverybody() {
        let all = [tracker(), tracker("BCAST"), tracker("OPTIN", "NOLOOP"), tracker("OPTOUT")]
        for command in ["FLUSHALL", "FLUSHDB", "FLUSHDB"] {
            node.run("SET", "other", "1")
            all[1].run("PING")
            node.run(command)
            node.run(command)
            for client in all { #expect(told(client) == [flushed, flushed], "\(command)") }
        }
        #expect(node.field("tracking_total_keys") == "0")
        all[0].send("FLUSHALL\r\n")
        #expect(all[0].replies() == [.simple("OK"), flushed])
        node.run("SWAPDB", "0", "1")
        #expect(told(all[0]) == [flushed])
    }

    // MARK: Transactions

    @Test func aTransactionIsRepliedToBeforeItsChangesAreTold() {
        let one = tracker()
        one.send("GET k\r\nMULTI\r\nSET k 1\r\nGET k\r\nEXEC\r\nGET l\r\n")
        #expect(
            one.replies().suffix(3) == [.array([.simple("OK"), .text("1")]), invalidated("k"), .null])
        node.run("SET", "k", "2")
        // The transaction has read k again after it changed it.
        #expect(told(one) == [invalidated("k")])
    }

    @Test func whatATransactionReadsIsNoted() {
        let one = tracker()
        one.send("MULTI\r\nGET k\r\nMGET l m\r\nEXEC\r\n")
        _ = one.replies()
        node.run("MSET", "k", "1", "m", "2")
        #expect(told(one) == [invalidated("k"), invalidated("m")])
    }

    // MARK: On demand

    @Test func onlyWhatIsAskedForIsNoted() {
        let one = tracker("OPTIN")
        one.send("GET a\r\nCLIENT CACHING YES\r\nGET b\r\nGET c\r\n")
        one.send("CLIENT CACHING YES\r\nMULTI\r\nGET d\r\nGET e\r\nEXEC\r\nGET f\r\n")
        one.send("CLIENT CACHING YES\r\nNONSENSE\r\nGET g\r\n")
        _ = one.replies()
        for key in ["a", "b", "c", "d", "e", "f", "g"] { node.run("SET", key, "1") }
        #expect(told(one) == [invalidated("b"), invalidated("d"), invalidated("e")])
    }

    @Test func whatIsDeclinedIsNotNoted() {
        let one = tracker("OPTOUT")
        one.send("GET a\r\nCLIENT CACHING NO\r\nGET b\r\nGET c\r\n")
        _ = one.replies()
        for key in ["a", "b", "c"] { node.run("SET", key, "1") }
        #expect(told(one) == [invalidated("a"), invalidated("c")])
    }

    // MARK: Prefixes

    @Test func changesUnderAPrefixAreToldOnceATurn() {
        let one = tracker("BCAST", "PREFIX", "user:", "PREFIX", "object:")
        let everything = tracker("BCAST")
        node.client.send("SET user:2 a\r\nSET object:1 b\r\nSET other c\r\nSET user:1 d\r\nSET user:2 e\r\n")
        #expect(one.replies() == [])
        #expect(told(one) == [invalidated("user:1", "user:2"), invalidated("object:1")])
        #expect(told(everything) == [invalidated("object:1", "other", "user:1", "user:2")])
        #expect(told(one) == [])
        #expect(node.field("tracking_total_prefixes") == "3")
    }

    @Test func whatIsCollectedIsToldBeforeTheNextCommand() {
        let one = tracker("BCAST")
        one.run("GET", "k")
        node.run("SET", "k", "1")
        one.send("SET l 1\r\nGET k\r\nGET l\r\n")
        #expect(
            one.replies() == [invalidated("k"), .simple("OK"), invalidated("l"), .text("1"), .text("1")])
    }

    @Test func whoWaitsIsToldBeforeItIsServed() {
        let one = tracker("BCAST")
        one.send("BLPOP l 0\r\n")
        node.run("RPUSH", "l", "a")
        #expect(told(one) == [invalidated("l"), .array([.text("l"), .text("a")]), invalidated("l")])
    }

    @Test func ownChangesUnderAPrefixAreLeftOutWithNoloop() {
        let one = tracker("BCAST", "NOLOOP")
        one.send("SET a 1\r\nSET b 1\r\nSET c 1\r\n")
        #expect(told(one) == [.simple("OK"), .simple("OK"), .simple("OK")])
        // Of what another has changed as well, it is told, whoever came first.
        one.send("MULTI\r\nSET a 1\r\nSET b 1\r\nEXEC\r\n")
        node.run("SET", "a", "2")
        #expect(told(one).last == invalidated("a"))
    }

    // MARK: Redirection

    @Test func anotherClientIsTold() {
        let (one, other) = (node.connect(), node.connect())
        other.run("HELLO", "3")
        let number = "\(other.session.id)"
        #expect(one.run("CLIENT", "TRACKING", "ON", "REDIRECT", number) == .simple("OK"))
        #expect(one.run("CLIENT", "GETREDIR") == .integer(Int64(other.session.id)))
        one.run("GET", "k")
        node.run("SET", "k", "1")
        #expect(told(other) == [invalidated("k")])
        #expect(told(one) == [])
    }

    @Test func aListenerOfRESP2GetsMessages() {
        let (one, other) = (node.connect(), node.connect())
        one.run("CLIENT", "TRACKING", "ON", "REDIRECT", "\(other.session.id)")
        one.run("GET", "k")
        node.run("SET", "k", "1")
        #expect(told(other) == [], "it does not listen")
        other.session.attention.insert(.subscribed)
        one.run("GET", "k")
        node.run("SET", "k", "1")
        node.run("FLUSHALL")
        let channel = Reply.text("__redis__:invalidate")
        #expect(
            told(other) == [
                .array([.text("message"), channel, .array([.text("k")])]), .array([.text("message"), channel, .null]),
            ])
    }

    @Test func aBrokenRedirectionIsTold() {
        let (one, other) = (tracker(), node.connect())
        one.run("CLIENT", "TRACKING", "ON", "REDIRECT", "\(other.session.id)")
        one.run("GET", "k")
        node.node.remove(other.session)
        node.run("SET", "k", "1")
        #expect(told(one) == [.push([.text("tracking-redir-broken"), .integer(Int64(other.session.id))])])
        #expect(node.node.flags(of: one.session) == "tR")
        one.run("CLIENT", "TRACKING", "ON")
        #expect(node.node.flags(of: one.session) == "t")
    }

    @Test func whoDoesNotReadIsCut() {
        node.run("CONFIG", "SET", "client-output-buffer-limit", "normal 1000 0 0")
        let one = tracker()
        one.run(["MGET"] + (0..<200).map { "key:\($0)" })
        for number in 0..<200 { node.run("SET", "key:\(number)", "1") }
        #expect(one.session.isClosed)
    }

    // MARK: The end

    @Test func nothingStaysOfWhoHasGone() {
        let (one, two, three) = (tracker(), tracker("BCAST", "PREFIX", "p"), tracker())
        one.run("GET", "k")
        three.run("GET", "k")
        three.run("GET", "l")
        #expect(node.field("tracking_clients") == "3" && node.field("tracking_total_items") == "3")
        node.node.remove(two.session)
        node.node.remove(three.session)
        #expect(node.field("tracking_clients") == "1" && node.field("tracking_total_prefixes") == "0")
        node.advance(milliseconds: 100)
        #expect(node.field("tracking_total_items") == "1" && node.field("tracking_total_keys") == "1")
        one.run("RESET")
        #expect(node.node.flags(of: one.session) == "N")
        #expect(node.field("tracking_clients") == "0" && node.field("tracking_total_keys") == "0")
        #expect(node.node.keyspace.observers.isEmpty)
    }

    @Test func switchedOffItIsSilent() {
        let one = tracker("BCAST")
        node.run("SET", "k", "1")
        _ = told(one)
        one.run("CLIENT", "TRACKING", "OFF")
        node.run("SET", "k", "1")
        #expect(told(one) == [])
        #expect(node.node.keyspace.observers.isEmpty)
    }

    // MARK: Bounds

    @Test func theTableIsBounded() {
        node.run("CONFIG", "SET", "tracking-table-max-keys", "10")
        let one = tracker()
        for number in 0..<30 { one.send("GET key:\(number)\r\n") }
        let pushes = one.replies().filter { $0 != .null }
        #expect(pushes.count == 20 && node.field("tracking_total_keys") == "10")
        // Whatever is not noted any more was told of.
        let forgotten = Set(pushes.map { "\($0)" })
        for number in 0..<30 { node.run("SET", "key:\(number)", "1") }
        let rest = Set(told(one).map { "\($0)" })
        #expect(rest.count == 10 && forgotten.isDisjoint(with: rest))
    }

    @Test func aSmallerBoundHoldsSoon() {
        let one = tracker()
        one.run(["MGET"] + (0..<1000).map { "key:\($0)" })
        node.run("CONFIG", "SET", "tracking-table-max-keys", "100")
        node.advance(milliseconds: 100)
        #expect(node.field("tracking_total_keys") == "100")
        #expect(told(one).count == 900)
        node.run("CONFIG", "SET", "tracking-table-max-keys", "0")
        one.run(["MGET"] + (0..<1000).map { "key:\($0)" })
        #expect(node.field("tracking_total_keys") == "1000")
    }

    // MARK: What is shown

    @Test func clientsAreShownWithWhatTheyWant() {
        let one = tracker("BCAST", "NOLOOP", "PREFIX", "b", "PREFIX", "a")
        #expect(node.node.line(of: one.session).contains("flags=tB "))
        #expect(node.node.line(of: one.session).contains("redir=0 "))
        #expect(node.node.line(of: node.client.session).contains("redir=-1 "))
        let pairs: [Reply.Pair] = [
            .init(.text("flags"), .set(["on", "bcast", "noloop"].map { .text($0) })),
            .init(.text("redirect"), .integer(0)), .init(.text("prefixes"), .array([.text("a"), .text("b")])),
        ]
        #expect(one.run("CLIENT", "TRACKINGINFO") == .map(pairs))
    }
}
