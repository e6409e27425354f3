import Primitives
import Testing

@testable import RESP

@Suite struct RequestParserTests {
    private let pipeline =
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhe\r\no\r\n\r\n*0\r\nGET k\r\n*1\r\n$4\r\nPING\r\n*-1\r\nSET k \"a\\x41 b\"\n"
        + "*2\r\n$3\r\nGET\r\n$0\r\n\r\n"
    private let requests = [["SET", "k", "he\r\no"], ["GET", "k"], ["PING"], ["SET", "k", "aA b"], ["GET", ""]]

    @Test func aPipelineIsCutIntoRequests() {
        #expect(feed(pipeline) == Parsed(requests: requests))
    }

    @Test func itMakesNoDifferenceWhereTheBytesAreSplit() {
        let bytes = Array(pipeline.utf8)
        for split in 0...bytes.count {
            #expect(feed([Array(bytes[..<split]), Array(bytes[split...])]).requests == requests, "split at \(split)")
        }
    }

    @Test func bytesMayComeOneByOne() {
        #expect(feed(pipeline.utf8.map { [$0] }) == Parsed(requests: requests))
    }

    @Test func manyRequestsNeedMoreSpansThanThereAreAtFirst() {
        let words = (0..<500).map { "w\($0)" }
        let text = "*500\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        #expect(feed(text).requests == [words])
        #expect(feed(text.utf8.map { [$0] }).requests == [words])
    }

    @Test(arguments: [
        ("*2147483648\r\n", ProtocolError.invalidMultibulkLength),
        ("*9223372036854775808\r\n", .invalidMultibulkLength),
        ("*x\r\n", .invalidMultibulkLength),
        ("*\r\n", .invalidMultibulkLength),
        ("*01\r\n", .invalidMultibulkLength),
        ("*+1\r\n", .invalidMultibulkLength),
        ("* 1\r\n", .invalidMultibulkLength),
        ("*1\r\n$-1\r\n", .invalidBulkLength),
        ("*1\r\n$x\r\n", .invalidBulkLength),
        ("*1\r\n$\r\n", .invalidBulkLength),
        ("*1\r\n$536870913\r\n", .invalidBulkLength),
        ("*1\r\n$99999999999999999999\r\n", .invalidBulkLength),
        ("*1\r\n:3\r\n", .expectedDollar(got: UInt8(ascii: ":"))),
        ("*1\r\nPING\r\n", .expectedDollar(got: UInt8(ascii: "P"))),
        ("GET \"k\r\n", .unbalancedQuotes),
        ("GET 'k\r\n", .unbalancedQuotes),
        ("GET \"k\"x\r\n", .unbalancedQuotes),
        ("GET 'k'x\r\n", .unbalancedQuotes),
    ])
    func malformedInputIsRefused(text: String, error: ProtocolError) {
        #expect(feed(text).error == error)
        #expect(feed(text.utf8.map { [$0] }).error == error, "byte by byte")
    }

    @Test func headersHaveALimit() {
        let digits = String(repeating: "1", count: 70_000)
        #expect(feed("*" + digits).error == .tooBigMultibulkCount)
        #expect(feed("*1\r\n$" + digits).error == .tooBigBulkCount)
        #expect(feed(digits).error == .tooBigInlineRequest)
    }

    @Test func aLongLineIsTakenIfItsEndIsThere() {
        let long = String(repeating: "x", count: 70_000)
        #expect(feed("GET \(long)\n").requests == [["GET", long]])
    }

    @Test func aHugeCountTakesNoMemory() {
        let parsed = feed("*2147483647\r\n$1\r\na\r\n")
        #expect(parsed.error == nil)
        #expect(parsed.requests.isEmpty)
    }

    @Test func theLongestBulkIsASetting() {
        #expect(feed("*1\r\n$10\r\n", longestBulk: 9).error == .invalidBulkLength)
        #expect(feed("*1\r\n$9\r\n123456789\r\n", longestBulk: 9).requests == [["123456789"]])
    }

    @Test func whoHasNotAuthenticatedMaySayLittle() {
        #expect(feed("*11\r\n", restricted: true).error == .unauthenticatedMultibulkLength)
        #expect(feed("*10\r\n", restricted: true).error == nil)
        #expect(feed("*1\r\n$16385\r\n", restricted: true).error == .unauthenticatedBulkLength)
        #expect(feed("*1\r\n$16384\r\n", restricted: true).error == nil)
    }

    @Test func theTwoBytesAfterABulkAreNotLookedAt() {
        #expect(feed("*1\r\n$4\r\nPINGxy*1\r\n$4\r\nPING\r\n").requests == [["PING"], ["PING"]])
    }

    @Test func missingBytesTellHowMuchToRead() {
        var parser = RequestParser()
        var input = Array("*1\r\n$100\r\nabc".utf8)
        let count = input.count
        let outcome = input.withUnsafeMutableBytes { parser.next($0.baseAddress!, count: count) }
        #expect(outcome == .incomplete)
        #expect(parser.missingBytes(inputCount: count) == 99)
    }

    @Test func rewindingParsesAgain() {
        var parser = RequestParser()
        var input = Array("*1\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n".utf8)
        let count = input.count
        input.withUnsafeMutableBytes { bytes in
            #expect(parser.next(bytes.baseAddress!, count: count) == .request(count: 1))
            let second = parser.position
            #expect(parser.next(bytes.baseAddress!, count: count) == .request(count: 1))
            parser.rewind(to: second)
            #expect(parser.next(bytes.baseAddress!, count: count) == .request(count: 1))
            #expect(parser.spans[0].offset == second + 8)
        }
    }

    /// Random bytes, and pipelines with random damage: whatever comes out, it is the same for every way to split it.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func damagedInputMeansTheSameHoweverItIsSplit(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var bytes = Array(pipeline.utf8)
        for _ in 0..<Int(1 + random.next() % 4) {
            bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
        }
        let split = Int(random.next() % UInt64(bytes.count))
        let whole = feed([bytes])
        let halves = feed([Array(bytes[..<split]), Array(bytes[split...])])
        #expect(whole.requests == halves.requests)
        #expect(whole.error == halves.error)
    }
}

@Suite struct InlineTests {
    @Test(arguments: [
        ("PING\n", ["PING"]), ("PING\r\n", ["PING"]), ("  SET  k\tv  \r\n", ["SET", "k", "v"]),
        ("SET k \"\"\r\n", ["SET", "k", ""]), ("SET k ''\r\n", ["SET", "k", ""]),
        ("SET k \"a b\"\r\n", ["SET", "k", "a b"]), ("SET k 'a b'\r\n", ["SET", "k", "a b"]),
        (#"SET k "\n\r\t\b\a""# + "\n", ["SET", "k", "\n\r\t\u{8}\u{7}"]),
        (#"SET k "\x41\x4a\"\\\q""# + "\n", ["SET", "k", "AJ\"\\q"]),
        (#"SET k "\x4z""# + "\n", ["SET", "k", "x4z"]), (#"SET k 'it\'s \n'"# + "\n", ["SET", "k", #"it's \n"#]),
        (#"SET k a"b"c"# + "x\n", []), (#"SET k a"b""# + "\n", ["SET", "k", "ab"]),
    ])
    func wordsAreQuotedAsInAShell(line: String, words: [String]) {
        let parsed = feed(line)
        if words.isEmpty {
            #expect(parsed.error == .unbalancedQuotes)
        } else {
            #expect(parsed.requests == [words])
        }
    }

    @Test func emptyLinesAreIgnored() {
        #expect(feed("\r\n\n   \r\nPING\r\n").requests == [["PING"]])
    }
}
