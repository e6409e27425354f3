import Primitives
import Testing

@testable import RESP

@Suite struct HostileReplyTests {
    private func parse(_ text: String) throws -> Reply? {
        var parser = ReplyParser()
        Array(text.utf8).withBytes { parser.append($0) }
        return try parser.next()
    }

    @Test(arguments: ["?1\r\n", "%9223372036854775807\r\n", "*2147483648\r\n", "x\r\n"])
    func whatIsNoReplyIsRefused(text: String) { #expect(throws: ReplyError.self) { try parse(text) } }

    @Test func hugeCountsWaitAndTakeNoMemory() throws {
        #expect(try parse("$9223372036854775807\r\nabc") == nil)
        #expect(try parse("*2147483647\r\n:1\r\n") == nil)
    }
}
