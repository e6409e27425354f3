import RESP
import Testing

@Suite struct TransactionTests {
    @Test func execRunsWhatWasQueued() {
        let node = TestNode()
        #expect(node.run("MULTI") == .simple("OK"))
        #expect(node.run("SET", "k", "1") == .simple("QUEUED"))
        #expect(node.run("INCR", "k") == .simple("QUEUED"))
        #expect(node.run("EXEC") == .array([.simple("OK"), .integer(2)]))
    }

    @Test func aWatchedKeyThatChangesAborts() {
        let node = TestNode()
        node.run("WATCH", "k")
        node.connect().run("SET", "k", "other")
        node.run("MULTI")
        node.run("SET", "k", "mine")
        #expect(node.run("EXEC") == .null)
        #expect(node.run("GET", "k") == .text("other"))
    }

    @Test func errorsAtQueueingAbort() {
        let node = TestNode()
        node.run("MULTI")
        #expect(node.run("GET") == .error("ERR wrong number of arguments for 'get' command"))
        #expect(node.run("EXEC") == .error("EXECABORT Transaction discarded because of previous errors."))
    }
}
