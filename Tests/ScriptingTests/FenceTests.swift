import Primitives
import RESP
import Storage
import Testing

@testable import Commands
@testable import Scripting

/// Replies of scripts wait until the journal is safe up to what they tell of.
@Suite struct FenceTests {
    private let fenced = FencedNode(TestNode.scripted())
    private var node: TestNode { fenced.test }
    private var other: TestClient { fenced.other }
    private var offset: Int64 { fenced.offset }

    private func leaving(_ client: TestClient) -> String { fenced.leaving(client) }

    private func send(_ client: TestClient, _ words: String...) { client.send(TestClient.request(words)) }

    @Test func whatAScriptWritesIsAnsweredWhenAllOfItIsSafe() {
        send(node.client, "EVAL", "redis.call('SET', 'a', '1') redis.call('SET', 'b', '1') return 'done'", "0")
        #expect(leaving(node.client) == "")
        node.node.becomeSafe(offset - 1)
        #expect(leaving(node.client) == "")
        node.node.becomeSafe(offset)
        #expect(leaving(node.client) == "$4\r\ndone\r\n")
    }

    @Test(arguments: [
        ["EVAL", "return redis.call('GET', 'a')", "0"], ["EVAL_RO", "return redis.call('GET', 'a')", "0"],
        ["EVAL", "#!lua flags=no-writes\nreturn redis.call('GET', 'a')", "0"], ["FCALL_RO", "read", "0"],
    ])
    func whatAScriptReadsWaitsForWhoeverHasWrittenIt(_ request: [String]) {
        let code = """
            #!lua name=library
            redis.register_function{function_name='read', callback=function() return redis.call('GET', 'a') end,
                flags={'no-writes'}}
            """
        send(node.client, "FUNCTION", "LOAD", code)
        node.node.becomeSafe(offset)
        #expect(leaving(node.client) == "$7\r\nlibrary\r\n")
        send(node.client, "SET", "a", "1")
        other.send(TestClient.request(request))
        #expect(leaving(other) == "")
        node.node.becomeSafe(offset)
        #expect(leaving(other) == "$1\r\n1\r\n")
    }

    @Test func aLibraryIsToldOfWhenItIsSafe() {
        send(node.client, "FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return 1 end)")
        #expect(leaving(node.client) == "")
        node.node.becomeSafe(offset)
        #expect(leaving(node.client) == "$1\r\nl\r\n")
    }

    @Test func messagesOfAScriptWaitForWhatItHasWritten() {
        send(other, "SUBSCRIBE", "news")
        #expect(leaving(other) != "")
        send(node.client, "EVAL", "redis.call('PUBLISH', 'news', 'x') return redis.call('SET', 'a', '1')", "0")
        #expect(leaving(other) == "" && leaving(node.client) == "")
        node.node.becomeSafe(offset)
        #expect(leaving(other) == "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n")
        #expect(leaving(node.client) == "+OK\r\n")
    }

    @Test func nobodyKnowsWhatBecameOfABrokenPromise() {
        send(node.client, "EVAL", "return {redis.call('SET', 'a', '1'), 'x'}", "0")
        node.node.breakPromise("no disk")
        #expect(leaving(node.client) == "-UNKNOWNOUTCOME no disk\r\n")
    }
}
