import Primitives
import RESP
import Testing

@testable import Commands
@testable import Scripting

/// Scripts where there is no memory left.
@Suite struct MemoryTests {
    private let node = TestNode.scripted()
    private static let refusal = "OOM command not allowed when used memory > 'maxmemory'."
    private static let undeclared = Reply.error(refusal)

    private func limit(_ bytes: String) { node.run("CONFIG", "SET", "maxmemory", bytes) }

    private func isRefused(_ reply: Reply) -> Bool {
        guard case .error(let text) = reply else { return false }
        return text.hasPrefix(MemoryTests.refusal)
    }

    @Test func commandsThatTakeMemoryAreRefused() {
        limit("1")
        #expect(isRefused(node.eval("return redis.call('SET', 'k', '1')")))
        #expect(node.eval("return redis.pcall('SET', 'k', '1').err") == .text(MemoryTests.refusal))
        #expect(node.eval("return redis.call('GET', 'k')") == .null)
        #expect(node.run("EVAL_RO", "return redis.call('GET', 'k')", "0") == .null)
    }

    @Test func aScriptThatHasWrittenGoesOn() {
        limit("1")
        let script = "redis.call('DEL', 'x') return redis.call('SET', 'k', '1')"
        #expect(node.eval(script) == .simple("OK"))
        #expect(node.run("GET", "k") == .text("1"))
    }

    @Test func whatWasEnoughAtTheBeginningIsEnough() {
        limit("\(node.node.usedBytes + 20_000)")
        let script = "for i = 1, 100 do redis.call('SET', 'k' .. i, string.rep('v', 1000)) end return 'done'"
        #expect(node.eval(script) == .text("done"))
        #expect(isRefused(node.eval("return redis.call('SET', 'k', '1')")))
    }

    @Test func whoDeclaresHimselfHasToAllowIt() {
        limit("1")
        let write = "\nreturn redis.call('SET', 'k', '1')"
        #expect(node.eval("#!lua" + write) == MemoryTests.undeclared)
        #expect(node.eval("#!lua flags=allow-stale" + write) == MemoryTests.undeclared)
        #expect(node.eval("#!lua flags=allow-oom" + write) == .simple("OK"))
        #expect(node.eval("#!lua flags=no-writes\nreturn redis.call('GET', 'k')") == .text("1"))
    }

    @Test func functionsToo() {
        let code = """
            #!lua name=l
            redis.register_function('f', function() return redis.call('SET', 'k', '1') end)
            redis.register_function{function_name='g', flags={'allow-oom'}, callback=function() return redis.call('SET', 'k', '1') end}
            redis.register_function{function_name='h', flags={'no-writes'}, callback=function() return redis.call('GET', 'k') end}
            """
        node.run("FUNCTION", "LOAD", code)
        limit("1")
        #expect(node.run("FCALL", "f", "0") == MemoryTests.undeclared)
        #expect(node.run("FCALL", "g", "0") == .simple("OK"))
        #expect(node.run("FCALL_RO", "h", "0") == .text("1"))
        #expect(isRefused(node.run("FUNCTION", "LOAD", "REPLACE", code)))
    }

    private func queued(_ script: String, on node: TestNode) -> Reply {
        node.run("CONFIG", "SET", "maxmemory", "0")
        node.run("MULTI")
        node.run("EVAL", script, "0")
        node.connect().run("CONFIG", "SET", "maxmemory", "1")
        return node.run("EXEC")
    }

    @Test func inATransactionTheyFailByThemselves() {
        guard case .array(let replies) = queued("return redis.call('SET', 'k', '1')", on: node) else {
            return #expect(Bool(false))
        }
        #expect(isRefused(replies[0]))
    }

    @Test(arguments: [false, true]) func aTransactionWithOneThatDeclaresItselfIsRefused(_ isFirst: Bool) {
        // What a script says of itself counts before the node has ever run one.
        let node = isFirst ? TestNode(families: allFamilies + scriptingFamilies) : node
        func queued(_ script: String) -> Reply { self.queued(script, on: node) }
        let refusal = Reply.error("EXECABORT Transaction discarded because of: \(MemoryTests.refusal)")
        #expect(queued("#!lua\nreturn 1") == refusal)
        #expect(queued("#!lua flags=allow-oom\nreturn 1") == .array([.integer(1)]))
    }
}
