import RESP
import Settings
import Testing

@testable import Commands
@testable import Scripting

/// A script that runs for too long, on a clock that moves whenever somebody looks at it.
@Suite struct BusyTests {
    let node = TestNode.scripted()
    static let busy = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."

    init() {
        node.hands.nanosecondsPerLook = 10_000_000
        node.run("CONFIG", "SET", "busy-reply-threshold", "100")
    }

    /// Runs a request while another client's is busy; what further clients do meanwhile comes first.
    private func run(_ request: [String], whileBusy: @escaping (TestClient) -> Void) -> Reply {
        let other = node.connect()
        node.environment.whileBusy = {
            whileBusy(other)
            return true
        }
        return node.run(request)
    }

    @Test(arguments: [
        "while true do end", "while true do pcall(function() while true do end end) end",
        "while true do xpcall(function() while true do end end, function() while true do end end) end",
        "while true do pcall(coroutine.wrap(function() while true do end end)) end",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "while true do string.find(string.rep('a', 50), string.rep('a?', 50) .. string.rep('a', 51)) end",
        "while true do pcall(redis.call, 'get', 'x') end",
        "local t = setmetatable({}, {__index = function(t, k) return t[k .. 'x'] end}) while true do pcall(function() return t.x end) end",
    ])
    func othersAreAnsweredAndMayEndIt(_ script: String) {
        var replies: [Reply] = []
        let reply = run(["EVAL", script, "0"]) { other in
            if replies.isEmpty { replies = [other.run("GET", "k"), other.run("SCRIPT", "KILL")] }
        }
        #expect(replies == [.error(Self.busy), .simple("OK")])
        guard case .error(let text) = reply else { return #expect(Bool(false), "\(reply)") }
        #expect(text.hasPrefix("ERR Script killed by user with SCRIPT KILL. script: "))
        #expect(node.run("PING") == .simple("PONG"))
    }

    @Test func aScriptThatHasWrittenGoesOn() {
        var replies: [Reply] = []
        let script = "redis.call('set', 'k', 'v') for i = 1, 3000000 do end return redis.call('get', 'k')"
        let reply = run(["EVAL", script, "0"]) { other in
            if replies.isEmpty { replies = [other.run("FUNCTION", "KILL"), other.run("SCRIPT", "KILL")] }
        }
        #expect(reply == .text("v"))
        #expect(replies.count == 2)
        for case .error(let text) in replies { #expect(text.hasPrefix("UNKILLABLE ")) }
    }

    @Test func theEndOfTheProcessEndsIt() {
        node.environment.whileBusy = { false }
        #expect(node.failure("redis.call('set', 'k', 'v') while true do end") != nil)
    }

    @Test func whatFollowsInAPipelineAndInATransactionIsUndisturbed() {
        let other = node.connect()
        var killed = false
        node.environment.whileBusy = {
            // More requests than a batch holds, and a transaction, in the middle of the other client's batch.
            for _ in 0..<40 { other.run("PING") }
            other.run("MULTI")
            other.run("DISCARD")
            if !killed { killed = other.run("SCRIPT", "KILL") == .simple("OK") }
            return true
        }
        var bytes: [UInt8] = []
        for request in [
            ["SET", "a", "1"], ["MULTI"], ["INCR", "a"], ["EVAL", "while true do end", "0"], ["INCR", "a"], ["EXEC"],
            ["GET", "a"],
        ] { bytes += TestClient.request(request) }
        node.client.send(bytes)
        let replies = node.client.replies()
        #expect(replies.count == 7)
        #expect(replies.last == .text("3"))
        guard case .array(let results) = replies[5] else { return #expect(Bool(false), "\(replies[5])") }
        #expect(results.count == 3 && results[0] == .integer(2) && results[2] == .integer(3))
    }

    @Test func functionsHaveAKillOfTheirOwn() {
        node.run("FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('spin', function() while true do end end)")
        var replies: [Reply] = []
        let reply = run(["FCALL", "spin", "0"]) { other in
            if replies.isEmpty { replies = [other.run("SCRIPT", "KILL"), other.run("FUNCTION", "KILL")] }
        }
        #expect(replies.last == .simple("OK"))
        #expect(reply == .error("ERR Script killed by user with FUNCTION KILL. script: spin, on @user_function:2."))
    }

    @Test func codeOfALibraryMustEndSoon() {
        let reply = node.run("FUNCTION", "LOAD", "#!lua name=l\nwhile true do end")
        #expect(reply == .error("ERR Error registering functions: ERR FUNCTION LOAD timeout"))
        #expect(node.run("SCRIPT", "KILL") == .error("NOTBUSY No scripts in execution right now."))
    }
}
