import RESP
import Testing

@testable import Commands

@Suite struct StringRangeTests {
    let node = TestNode()

    @Test func append() {
        #expect(node.run("APPEND", "k", "ab") == .integer(2))
        #expect(node.stringEncoding("k") == "embstr")
        #expect(node.run("APPEND", "k", "cd") == .integer(4))
        #expect(node.stringEncoding("k") == "raw")
        #expect(node.run("GET", "k") == .text("abcd"))
        #expect(node.run("APPEND", "k", "") == .integer(4))
        #expect(node.run("APPEND", "n", "1") == .integer(1))
        #expect(node.stringEncoding("n") == "int")
        #expect(node.run("APPEND", "n", "2") == .integer(2))
        #expect(node.run("INCR", "n") == .integer(13))
        #expect(node.stringEncoding("n") == "int")
    }

    @Test func appendingKeepsTheExpiry() {
        node.run("SET", "k", "a", "EX", "10")
        node.run("APPEND", "k", "b")
        #expect(node.timeToLive("k") == 10_000)
    }

    @Test func appendsThatMoveTheString() {
        var expected = ""
        for index in 0..<300 {
            let part = String(repeating: Character(UnicodeScalar(UInt8(97 + index % 26))), count: index % 50)
            expected += part
            #expect(node.run("APPEND", "k", part) == .integer(Int64(expected.utf8.count)))
        }
        #expect(node.run("GET", "k") == .text(expected))
    }

    @Test func length() {
        #expect(node.run("STRLEN", "missing") == .integer(0))
        for value in ["", "a", "-12", "9223372036854775807", "-9223372036854775808"] {
            node.run("SET", "k", value)
            #expect(node.run("STRLEN", "k") == .integer(Int64(value.utf8.count)))
        }
    }

    @Test func overwrite() {
        #expect(node.run("SETRANGE", "k", "2", "ab") == .integer(4))
        #expect(node.run("GET", "k") == .text("\0\0ab"))
        #expect(node.run("SETRANGE", "k", "1", "xyz123") == .integer(7))
        #expect(node.run("GET", "k") == .text("\0xyz123"))
        #expect(node.run("SETRANGE", "k", "0", "A") == .integer(7))
        node.run("SET", "n", "1234")
        #expect(node.run("SETRANGE", "n", "1", "9") == .integer(4))
        #expect(node.run("GET", "n") == .text("1934"))
        #expect(node.stringEncoding("n") == "raw")
        #expect(node.run("SETRANGE", "n", "1000", "z") == .integer(1001))
    }

    @Test func overwritingWithNothingChangesNothing() {
        #expect(node.run("SETRANGE", "k", "5", "") == .integer(0))
        #expect(node.run("GET", "k") == .null)
        node.run("SET", "n", "12")
        #expect(node.run("SETRANGE", "n", "0", "") == .integer(2))
        #expect(node.stringEncoding("n") == "int")
        #expect(node.changes(of: "SETRANGE", "n", "0", "") == 0)
    }

    @Test func stringsThatWouldBeTooLong() {
        let tooLong = Reply.error("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
        #expect(node.run("SETRANGE", "k", "-1", "a") == .error("ERR offset is out of range"))
        #expect(node.run("SETRANGE", "k", "x", "a") == .error("ERR value is not an integer or out of range"))
        for offset in ["536870912", "9223372036854775807"] {
            #expect(node.run("SETRANGE", "k", offset, "a") == tooLong)
        }
        node.node.limits.longestBulk = 10
        node.run("SET", "k", "12345678")
        #expect(node.run("APPEND", "k", "abc") == tooLong)
        #expect(node.run("APPEND", "k", "ab") == .integer(10))
    }

    @Test(arguments: [
        ("0", "3", "Hell"), ("0", "-1", "Hello World"), ("-4", "-1", "orld"), ("5", "3", ""), ("5", "5000", " World"),
        ("-5000", "10000", "Hello World"), ("0", "-100", "H"), ("1", "-100", ""), ("-1", "-100", ""),
        ("-100", "-99", "H"),
        ("-100", "-101", ""), ("11", "12", ""), ("-9223372036854775808", "9223372036854775807", "Hello World"),
    ])
    func part(start: String, end: String, expected: String) {
        node.run("SET", "k", "Hello World")
        #expect(node.run("GETRANGE", "k", start, end) == .text(expected))
        #expect(node.run("SUBSTR", "k", start, end) == .text(expected))
    }

    @Test func partsOfNumbersAndOfNothing() {
        node.run("SET", "n", "-1234")
        #expect(node.run("GETRANGE", "n", "0", "2") == .text("-12"))
        #expect(node.run("GETRANGE", "missing", "0", "-1") == .text(""))
        #expect(node.run("GETRANGE", "missing", "x", "1") == .error("ERR value is not an integer or out of range"))
        node.run("SET", "e", "")
        #expect(node.run("GETRANGE", "e", "0", "-1") == .text(""))
    }

    @Test func effectsAreTheCommands() {
        let effects = StringEffects(node)
        #expect(effects.of("APPEND", "k", "a") == ["APPEND k a"])
        #expect(effects.of("SETRANGE", "k", "1", "b") == ["SETRANGE k 1 b"])
        #expect(effects.of("SETRANGE", "k", "1", "") == [])
    }
}

@Suite struct StringSubsequenceTests {
    let node = TestNode()

    init() { node.run("MSET", "a", "ohmytext", "b", "mynewtext") }

    @Test func theSubsequenceAndItsLength() {
        #expect(node.run("LCS", "a", "b") == .text("mytext"))
        #expect(node.run("LCS", "a", "b", "LEN") == .integer(6))
        #expect(node.run("LCS", "a", "missing") == .text(""))
        #expect(node.run("LCS", "missing", "a", "LEN") == .integer(0))
        #expect(node.run("LCS", "a", "a") == .text("ohmytext"))
        node.run("MSET", "m", "123", "n", "213")
        #expect(node.run("LCS", "m", "n", "LEN") == .integer(2))
    }

    private func interval(_ first: Int64, _ last: Int64) -> Reply { .array([.integer(first), .integer(last)]) }

    @Test func whereTheMatchesAre() {
        #expect(
            node.run("LCS", "a", "b", "IDX")
                == .array([
                    .text("matches"),
                    .array([.array([interval(4, 7), interval(5, 8)]), .array([interval(2, 3), interval(0, 1)])]),
                    .text("len"), .integer(6),
                ]))
        #expect(
            node.run("LCS", "a", "b", "IDX", "MINMATCHLEN", "4", "WITHMATCHLEN")
                == .array([
                    .text("matches"), .array([.array([interval(4, 7), interval(5, 8), .integer(4)])]), .text("len"),
                    .integer(6),
                ]))
        #expect(
            node.run("LCS", "a", "missing", "IDX") == .array([.text("matches"), .array([]), .text("len"), .integer(0)]))
    }

    @Test func mistakes() {
        let both = Reply.error("ERR If you want both the length and indexes, please just use IDX.")
        #expect(node.run("LCS", "a", "b", "LEN", "IDX") == both)
        #expect(node.run("LCS", "a", "b", "FOO") == .error("ERR syntax error"))
        #expect(node.run("LCS", "a", "b", "MINMATCHLEN") == .error("ERR syntax error"))
        #expect(
            node.run("LCS", "a", "b", "MINMATCHLEN", "x") == .error("ERR value is not an integer or out of range"))
        #expect(node.run("LCS", "a") == .error("ERR wrong number of arguments for 'lcs' command"))
    }

    @Test func stringsThatAreTooLongTogether() {
        node.node.limits.longestBulk = 360
        #expect(node.run("LCS", "a", "b", "LEN") == .integer(6))
        node.node.limits.longestBulk = 359
        #expect(
            node.run("LCS", "a", "b")
                == .error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"))
    }
}
