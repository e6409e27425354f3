import RESP
import Testing

@testable import Commands

@Suite struct SessionInlineTests {
    /// Lines are decoded in place, so a line that is put back must not be decoded twice.
    @Test func aQuotedLineThatIsHeldBackKeepsItsWords() {
        let node = TestNode()
        let client = node.connect()
        node.run("CLIENT", "PAUSE", "100", "WRITE")
        client.send("SET k \"a b\"\nSET j \"c \\\"d\"\n")
        node.advance(milliseconds: 101)
        #expect(client.replies() == [.simple("OK"), .simple("OK")])
        #expect(node.run("GET", "k") == .text("a b"))
        #expect(node.run("GET", "j") == .text("c \"d"))
    }
}
