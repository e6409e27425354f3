import Primitives
import RESP
import Settings
import Storage
import Testing

@testable import Commands
@testable import Scripting

/// What a script does, it does for the client that has called it.
@Suite struct CallerTests {
    private let node = TestNode.scripted()

    private func replies(_ client: TestClient, to arguments: String...) -> [Reply] {
        client.send(TestClient.request(arguments))
        node.resume()
        return client.replies()
    }

    private func caller(_ options: String...) -> TestClient {
        let client = node.connect()
        client.run("HELLO", "3")
        client.run(["CLIENT", "TRACKING", "ON"] + options)
        return client
    }

    private func invalidated(_ key: String) -> Reply { .push([.text("invalidate"), .array([.text(key)])]) }

    @Test func itMayDoWhatItsCallerMay() {
        node.run("ACL", "SETUSER", "bob", "on", "nopass", "~own:*", "&*", "+eval", "+get", "+@connection")
        let bob = node.connect()
        bob.run("AUTH", "bob", "x")
        #expect(bob.run("EVAL", "return redis.call('GET', 'own:k')", "0") == .null)
        for script in ["return redis.call('SET', 'own:k', '1')", "return redis.call('GET', 'k')"] {
            guard case .error(let text) = bob.run("EVAL", script, "0") else { return #expect(Bool(false), "\(script)") }
            #expect(text.contains("ACL failure in script"), "\(text)")
        }
        #expect(bob.run("EVAL", "return redis.acl_check_cmd('SET', 'own:k', '1')", "0") == .null)
        #expect(bob.run("EVAL", "return redis.acl_check_cmd('GET', 'own:k')", "0") == .integer(1))
        #expect(node.eval("return redis.call('SET', 'k', '1')") == .simple("OK"))
    }

    @Test func rightsDoNotOutlastTheCall() {
        node.run("ACL", "SETUSER", "bob", "on", "nopass", "~*", "+eval", "+@connection")
        let bob = node.connect()
        bob.run("AUTH", "bob", "x")
        bob.run("EVAL", "return 1", "0")
        #expect(node.eval("return redis.call('INCR', 'k')") == .integer(1))
        node.eval("return 1")
        guard case .error = bob.run("EVAL", "return redis.call('INCR', 'k')", "0") else {
            return #expect(Bool(false), "bob may not run INCR")
        }
    }

    @Test func keysThatItReadsAreNotedForItsCaller() {
        let reader = caller()
        #expect(replies(reader, to: "EVAL", "return redis.call('GET', 'k')", "0") == [.null])
        node.run("SET", "k", "1")
        node.resume()
        #expect(reader.replies() == [invalidated("k")])
    }

    @Test func whatItChangesIsToldToItsCallerAfterTheReply() {
        let reader = caller()
        let script = "redis.call('GET', 'k') redis.call('SET', 'k', '1') return 'done'"
        #expect(replies(reader, to: "EVAL", script, "0") == [.text("done"), invalidated("k")])
    }

    @Test func ownChangesAreLeftOutWhereTheCallerWantsIt() {
        let (quiet, other) = (caller("NOLOOP"), caller())
        quiet.run("GET", "k")
        other.run("GET", "k")
        #expect(replies(quiet, to: "EVAL", "return redis.call('INCR', 'k')", "0") == [.integer(1)])
        #expect(other.replies() == [invalidated("k")])
    }

    @Test func whatItPublishesReachesItsCallerAfterTheReply() {
        let client = node.connect()
        client.run("HELLO", "3")
        client.run("SUBSCRIBE", "news")
        let message = Reply.push([.text("message"), .text("news"), .text("hello")])
        let script = "redis.call('PUBLISH', 'news', 'hello') return 'done'"
        #expect(replies(client, to: "EVAL", script, "0") == [.text("done"), message])
        client.run("MULTI")
        client.run("EVAL", script, "0")
        #expect(replies(client, to: "EXEC") == [.array([.text("done")]), message])
    }

    @Test func eventsOfItsChangesAreTold() {
        node.run("CONFIG", "SET", "notify-keyspace-events", "K$")
        let listener = node.connect()
        listener.run("SUBSCRIBE", "__keyspace@0__:k")
        node.eval("return redis.call('SET', 'k', '1')")
        node.resume()
        #expect(
            listener.replies() == [.array([.text("message"), .text("__keyspace@0__:k"), .text("set")])])
    }

    @Test func whoWaitsIsServedWhenItHasEnded() {
        let waiter = node.connect()
        waiter.run("BLPOP", "l", "0")
        node.eval("redis.call('RPUSH', 'l', 'a') redis.call('LPUSH', 'l', 'b') return 1")
        node.resume()
        #expect(waiter.replies() == [.array([.text("l"), .text("b")])])
    }
}
