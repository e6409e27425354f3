import Primitives
import Testing

@testable import RESP

/// What a writer makes of `body` in a version of the protocol.
private func written(_ version: ProtocolVersion, _ body: (inout ReplyWriter) -> Void) -> String {
    var writer = ReplyWriter()
    writer.version = version
    body(&writer)
    return String(writer.bytes)
}

private func expect(
    _ second: String, _ third: String, at location: SourceLocation = #_sourceLocation,
    _ body: (inout ReplyWriter) -> Void
) {
    #expect(written(.resp2, body) == second, sourceLocation: location)
    #expect(written(.resp3, body) == third, sourceLocation: location)
}

@Suite struct ReplyWriterTests {
    @Test func whatBothVersionsShare() {
        expect("+OK\r\n", "+OK\r\n") { $0.ok() }
        expect("+hi\r\n", "+hi\r\n") { $0.simple("hi") }
        expect(":-7\r\n", ":-7\r\n") { $0.integer(-7) }
        expect(":-9223372036854775808\r\n", ":-9223372036854775808\r\n") { $0.integer(Int64.min) }
        expect("$2\r\nhi\r\n", "$2\r\nhi\r\n") { $0.bulk("hi") }
        expect("$0\r\n\r\n", "$0\r\n\r\n") { $0.bulk("") }
        expect("$2\r\n42\r\n", "$2\r\n42\r\n") { $0.bulk(Int64(42)) }
        expect("*3\r\n", "*3\r\n") { $0.array(3) }
    }

    @Test func whatTheyDifferIn() {
        expect("$-1\r\n", "_\r\n") { $0.null() }
        expect("*-1\r\n", "_\r\n") { $0.nullArray() }
        expect("*4\r\n", "%2\r\n") { $0.map(2) }
        expect("*2\r\n", "~2\r\n") { $0.set(2) }
        expect("*2\r\n", ">2\r\n") { $0.push(2) }
        expect(":1\r\n", "#t\r\n") { $0.boolean(true) }
        expect(":0\r\n", "#f\r\n") { $0.boolean(false) }
        expect("$3\r\n1.5\r\n", ",1.5\r\n") { $0.double(1.5) }
        expect("$3\r\ninf\r\n", ",inf\r\n") { $0.double(.infinity) }
        expect("$2\r\n10\r\n", "(10\r\n") { $0.bigNumber("10") }
        expect("$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n") { $0.verbatim("hi") }
    }

    @Test func anErrorIsOneLine() {
        expect("-ERR a  b\r\n", "-ERR a  b\r\n") { $0.error("ERR a\r\nb") }
    }

    @Test func deferredCountsAreKnownAtTheEnd() {
        expect("*2\r\n:1\r\n:2\r\n", "*2\r\n:1\r\n:2\r\n") { writer in
            writer.deferredArray {
                $0.integer(1)
                $0.integer(2)
                return 2
            }
        }
        expect("*2\r\n:1\r\n:2\r\n", "%1\r\n:1\r\n:2\r\n") { writer in
            writer.deferredMap {
                $0.integer(1)
                $0.integer(2)
                return 1
            }
        }
        expect("*0\r\n", "~0\r\n") { $0.deferredSet { _ in 0 } }
    }

    @Test func outputGrowsAndShrinks() {
        var writer = ReplyWriter()
        let long = String(repeating: "x", count: 200_000)
        writer.bulk(long)
        #expect(String(writer.bytes) == "$200000\r\n\(long)\r\n")
        writer.removeFirst(9)
        #expect(writer.count == 200_002)
        writer.truncate(to: 3)
        #expect(String(writer.bytes) == "xxx")
        writer.removeAll()
        #expect(writer.count == 0)
        #expect(writer.count == 0 && writer.capacity >= 200_000)
        writer.releaseRoom()
        #expect(writer.capacity == ReplyWriter.restingCapacity)
    }
}

@Suite struct ReplyParserTests {
    private let wire =
        "+OK\r\n-ERR no\r\n:-5\r\n$2\r\nhi\r\n$-1\r\n*-1\r\n_\r\n#t\r\n,1.5\r\n(123\r\n=6\r\ntxt:hi\r\n!6\r\nERR no\r\n"
        + "*2\r\n:1\r\n*1\r\n$0\r\n\r\n%1\r\n+a\r\n:1\r\n~1\r\n+x\r\n>2\r\n+m\r\n+n\r\n|1\r\n+ttl\r\n:9\r\n:7\r\n"
    private let replies: [Reply] = [
        .simple("OK"), .error("ERR no"), .integer(-5), .text("hi"), .null, .null, .null, .boolean(true), .double("1.5"),
        .bigNumber("123"), .verbatim(format: "txt", text: "hi"), .error("ERR no"),
        .array([.integer(1), .array([.text("")])]),
        .map([.init(.simple("a"), .integer(1))]), .set([.simple("x")]), .push([.simple("m"), .simple("n")]),
        .attributed([.init(.simple("ttl"), .integer(9))], .integer(7)),
    ]

    private func parse(_ pieces: [[UInt8]]) throws -> [Reply] {
        var parser = ReplyParser()
        var found: [Reply] = []
        for piece in pieces {
            piece.withBytes { parser.append($0) }
            while let reply = try parser.next() { found.append(reply) }
        }
        return found
    }

    @Test func everyTypeIsRead() throws { #expect(try parse([Array(wire.utf8)]) == replies) }

    @Test func itMakesNoDifferenceWhereTheBytesAreSplit() throws {
        let bytes = Array(wire.utf8)
        for split in 0...bytes.count {
            #expect(try parse([Array(bytes[..<split]), Array(bytes[split...])]) == replies, "split at \(split)")
        }
    }

    @Test(arguments: ["\r\n", ":x\r\n", "$x\r\n", String(repeating: "*1\r\n", count: 200)])
    func whatIsNoReplyIsRefused(text: String) {
        #expect(throws: ReplyError.self) { try parse([Array(text.utf8)]) }
    }

    /// What a writer writes, a parser reads.
    @Test(arguments: [ProtocolVersion.resp2, .resp3])
    func writerAndParserAgree(version: ProtocolVersion) throws {
        let text = written(version) { writer in
            writer.map(1)
            writer.bulk("k")
            writer.set(1)
            writer.double(0.1)
        }
        let expected: Reply =
            version == .resp3
            ? .map([.init(.text("k"), .set([.double("0.1")]))]) : .array([.text("k"), .array([.text("0.1")])])
        #expect(try parse([Array(text.utf8)]) == [expected])
    }
}
