import Harness
import Testing

extension DifferentialTests {
    @Test func rawBytes() throws {
        try withServerPair { pair in
            for raw in rawCases {
                let expected = try outcome(of: raw, on: pair.oracle.server)
                let got = try outcome(of: raw, on: pair.apus.server)
                #expect(got == expected, "\(raw.name): \(quoted(raw.bytes))")
            }
        }
    }

    @Test func rawBytesWithoutAuthentication() throws {
        try withServerPair { pair in
            for side in pair.sides { _ = try side.administer("CONFIG", "SET", "requirepass", "secret") }
            for raw in unauthenticatedCases {
                let expected = try outcome(of: raw, on: pair.oracle.server, password: "secret")
                let got = try outcome(of: raw, on: pair.apus.server, password: "secret")
                #expect(got == expected, "\(raw.name): \(quoted(raw.bytes))")
            }
        }
    }
}

private let rawCases: [RawCase] = inlineCases + multibulkCases + bulkCases + otherCases

private let inlineCases = [
    RawCase("an inline command", "PING\r\n"),
    RawCase("an inline command that ends in LF alone", "PING\n"),
    RawCase("an inline command with arguments", "SET inline value\r\nGET inline\r\n"),
    RawCase("blanks around an inline command", "   PING   \r\n"),
    RawCase("tabs between inline arguments", "ECHO\thello\r\n"),
    RawCase("an empty line", "\r\n"),
    RawCase("an empty line that ends in LF alone", "\n"),
    RawCase("many empty lines", "\r\n\r\n\n\r\n   \r\n"),
    RawCase("double quotes", "ECHO \"hello world\"\r\n"),
    RawCase("escapes in double quotes", #"ECHO "\n\r\t\b\a\x41\xff\"\\\q""# + "\r\n"),
    RawCase("a wrong hexadecimal escape", #"ECHO "\xZZ\x4""# + "\r\n"),
    RawCase("single quotes", "ECHO 'hello world'\r\n"),
    RawCase("escapes in single quotes", #"ECHO 'it\'s \n \x41 \\'"# + "\r\n"),
    RawCase("an empty argument in double quotes", "ECHO \"\"\r\n"),
    RawCase("an empty argument in single quotes", "ECHO ''\r\n"),
    RawCase("the empty command", "\"\"\r\n"),
    RawCase("quotes inside a word", "ECHO a\"b c\"\r\n"),
    RawCase("text behind closing double quotes", "ECHO \"a\"b\r\n"),
    RawCase("text behind closing single quotes", "ECHO 'a'b\r\n"),
    RawCase("double quotes that do not close", "ECHO \"hello\r\n"),
    RawCase("single quotes that do not close", "ECHO 'hello\r\n"),
    RawCase("an escape before the end", "ECHO \"hello\\\r\n"),
    RawCase("a quote that closes on the next line", "ECHO \"hello\r\nworld\"\r\n"),
    RawCase("an unknown inline command", "nosuch a b\r\n"),
    RawCase("wrong arity inline", "GET\r\n"),
    RawCase("bytes above 127 inline", Bytes("ECHO ".utf8) + [0xC3, 0xA9, 0xFF] + Bytes("\r\n".utf8)),
    RawCase("CR inside a line", "ECHO a\rb\r\n"),
    RawCase("two CRs at the end", "ECHO a\r\r\n"),
    RawCase("an incomplete line", "PIN", followedByPing: false),
    RawCase("a line of 60000 bytes", "ECHO " + String(repeating: "x", count: 60_000) + "\r\n"),
    RawCase(
        "no newline within 64 KiB", Bytes(repeating: UInt8(ascii: "x"), count: 70_000), followedByPing: false),
    RawCase("exactly 64 KiB without newline", Bytes(repeating: 0x78, count: 65_536), followedByPing: false),
    RawCase("an HTTP POST", "POST / HTTP/1.1\r\n\r\n"),
    RawCase("an HTTP post in small letters", "post / HTTP/1.1\r\n\r\n"),
    RawCase("an HTTP Host line", "Host: example.org\r\n"),
    RawCase("an HTTP GET with a Host line", "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"),
    RawCase("POST as a bulk string", "*1\r\n$4\r\nPOST\r\n"),
    RawCase("an inline command between two requests", "*1\r\n$4\r\nPING\r\nPING\r\n*1\r\n$4\r\nPING\r\n"),
]

private let multibulkCases = [
    RawCase("an empty request", "*0\r\n"),
    RawCase("a null request", "*-1\r\n"),
    RawCase("a count of -10", "*-10\r\n"),
    RawCase("a count that is no number", "*abc\r\n"),
    RawCase("no count", "*\r\n"),
    RawCase("a count with a blank", "* 1\r\n$4\r\nPING\r\n"),
    RawCase("a count with a plus", "*+1\r\n$4\r\nPING\r\n"),
    RawCase("a count with a leading zero", "*01\r\n$4\r\nPING\r\n"),
    RawCase("a count of 2^31", "*2147483648\r\n"),
    RawCase("a count of 2^63", "*9223372036854775808\r\n"),
    RawCase("a count of 2^31-1", "*2147483647\r\n", followedByPing: false),
    RawCase("a count of a million and nothing more", "*1000000\r\n$4\r\nPING\r\n", followedByPing: false),
    RawCase("a count that ends in LF alone", "*1\n$4\r\nPING\r\n", followedByPing: false),
    RawCase("a count line without an end", "*1", followedByPing: false),
    RawCase(
        "a count line of more than 64 KiB", "*" + String(repeating: "1", count: 70_000), followedByPing: false),
    RawCase("a request within nothing", "*1\r\n*1\r\n$4\r\nPING\r\n"),
]

private let bulkCases = [
    RawCase("no dollar", "*1\r\nPING\r\n"),
    RawCase("a colon for a dollar", "*2\r\n$4\r\nECHO\r\n:1\r\n"),
    RawCase("a byte above 127 for a dollar", Bytes("*1\r\n".utf8) + [0xFF] + Bytes("4\r\nPING\r\n".utf8)),
    RawCase("a newline for a dollar", "*1\r\n\r\n"),
    RawCase("a negative length", "*1\r\n$-1\r\n"),
    RawCase("a length that is no number", "*1\r\n$abc\r\n"),
    RawCase("no length", "*1\r\n$\r\n"),
    RawCase("a length with a blank", "*1\r\n$ 4\r\nPING\r\n"),
    RawCase("a length with a plus", "*1\r\n$+4\r\nPING\r\n"),
    RawCase("a length with a leading zero", "*1\r\n$04\r\nPING\r\n"),
    RawCase("a length above 512 MiB", "*1\r\n$536870913\r\n"),
    RawCase("a length of 2^63", "*1\r\n$9223372036854775808\r\n"),
    RawCase("a length of 512 MiB", "*2\r\n$3\r\nGET\r\n$536870912\r\nabc", followedByPing: false),
    RawCase("an empty command name", "*1\r\n$0\r\n\r\n"),
    RawCase("an empty argument", "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n"),
    RawCase("two other bytes behind a bulk string", "*2\r\n$4\r\nECHO\r\n$2\r\nabXY"),
    RawCase("a bulk string that goes on", "*2\r\n$4\r\nECHO\r\n$2\r\nabcdef\r\n"),
    RawCase(
        "a length line of more than 64 KiB", "*1\r\n$" + String(repeating: "1", count: 70_000), followedByPing: false),
    RawCase("a bulk string without an end", "*2\r\n$4\r\nECHO\r\n$10\r\nabc", followedByPing: false),
    RawCase("zero bytes in an argument", Bytes("*2\r\n$4\r\nECHO\r\n$3\r\n".utf8) + [0, 0, 0] + Bytes("\r\n".utf8)),
]

private let otherCases = [
    RawCase("an error after good commands", "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$1\r\na\r\n*abc\r\n"),
    RawCase("good commands after an error", "*1\r\nPING\r\n*1\r\n$4\r\nPING\r\n"),
    RawCase("QUIT and more", "*1\r\n$4\r\nQUIT\r\n*1\r\n$4\r\nPING\r\n"),
    RawCase("an unknown command and more", "*1\r\n$3\r\nFOO\r\n*1\r\n$4\r\nPING\r\n"),
    RawCase("CR and LF in an unknown command", "*1\r\n$4\r\nA\r\nB\r\n"),
    RawCase("CR and LF in an argument of an unknown command", "*2\r\n$3\r\nFOO\r\n$4\r\na\r\nb\r\n"),
    RawCase("RESP3 types in a request", "*1\r\n=8\r\ntxt:PING\r\n"),
    RawCase("an error inside a transaction", "MULTI\r\nSET k v\r\n*1\r\nPING\r\n"),
]

private let unauthenticatedCases = [
    RawCase("ten arguments", "*10\r\n" + String(repeating: "$1\r\na\r\n", count: 10)),
    RawCase("eleven arguments", "*11\r\n" + String(repeating: "$1\r\na\r\n", count: 11)),
    RawCase("a bulk string of 16384 bytes", "*1\r\n$16384\r\n" + String(repeating: "a", count: 16_384) + "\r\n"),
    RawCase("a bulk string of 16385 bytes", "*1\r\n$16385\r\n"),
    RawCase("a command", "*1\r\n$4\r\nPING\r\n"),
    RawCase("an inline command", "GET k\r\n"),
    RawCase("an unknown command", "nosuch\r\n"),
    RawCase("wrong arity", "GET\r\n"),
    RawCase("a transaction", "MULTI\r\nPING\r\nEXEC\r\n"),
    RawCase("a password inline", "AUTH secret\r\n*11\r\n" + String(repeating: "$1\r\na\r\n", count: 11)),
    RawCase("QUIT", "QUIT\r\n"),
    RawCase("RESET", "RESET\r\n"),
]
