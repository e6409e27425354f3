import Primitives
import Testing

@testable import RESP

@Suite struct EndOfReplyTests {
    /// Every kind of reply, some within others.
    private static let replies = [
        "+OK\r\n", "+\r\n", "-ERR no\r\n", ":-12\r\n", "$5\r\nab\r\nc\r\n", "$0\r\n\r\n", "$-1\r\n", "*-1\r\n",
        "*0\r\n",
        "_\r\n", "#t\r\n", ",1.5\r\n", "(123456789012345678901234567890\r\n", "=8\r\ntxt:a\r\nb\r\n", "!3\r\nERR\r\n",
        "*3\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n+x\r\n", "%2\r\n+a\r\n:1\r\n+b\r\n~1\r\n:2\r\n", ">2\r\n+a\r\n*0\r\n",
        "|1\r\n+ttl\r\n:5\r\n$1\r\nv\r\n",
    ]

    @Test func eachReplyEndsWhereTheNextBegins() {
        let text = EndOfReplyTests.replies.joined()
        Bytes.with(text) { bytes in
            var position = 0
            for reply in EndOfReplyTests.replies {
                let end = bytes.endOfReply(at: position)
                #expect(end == position + reply.utf8.count, "\(reply)")
                position = end ?? bytes.count
            }
            #expect(position == bytes.count)
        }
    }

    @Test func whatIsNotWholeHasNoEnd() {
        for reply in EndOfReplyTests.replies {
            for count in 0..<reply.utf8.count {
                Array(reply.utf8.prefix(count)).withBytes { #expect($0.endOfReply(at: 0) == nil, "\(reply), \(count)") }
            }
        }
    }
}
