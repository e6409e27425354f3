import RESP
import Storage
import Testing

@testable import Commands

@Suite struct ExpiryTests {
    let node = TestNode()
    static let now: Int64 = 1_700_000_000_000

    @Test func aKeyExpiresInTime() {
        node.run("SET", "k", "v")
        #expect(node.run("PEXPIRE", "k", "20") == .integer(1))
        node.hands.advance(milliseconds: 19)
        #expect(node.run("GET", "k") == .text("v"))
        node.hands.advance(milliseconds: 1)
        #expect(node.run("GET", "k") == .null)
        #expect(node.run("TTL", "k") == .integer(-2))
    }

    @Test func expiredKeysGoInTheBackground() {
        for number in 0..<100 {
            node.run("SET", "k\(number)", "v")
            node.run("PEXPIRE", "k\(number)", "20")
        }
        node.advance(milliseconds: 30)
        #expect(node.run("DBSIZE") == .integer(0))
    }

    @Test func timesCanBeAskedInAllUnits() {
        node.run("SET", "k", "v")
        node.run("PEXPIRE", "k", "1500")
        #expect(node.run("PTTL", "k") == .integer(1500))
        #expect(node.run("TTL", "k") == .integer(2))
        #expect(node.run("PEXPIRETIME", "k") == .integer(ExpiryTests.now + 1500))
        #expect(node.run("EXPIRETIME", "k") == .integer(1_700_000_002))
        for command in ["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"] {
            #expect(node.run(command, "none") == .integer(-2))
            node.run("SET", "forever", "v")
            #expect(node.run(command, "forever") == .integer(-1))
        }
    }

    @Test func timesCanBeGivenInAllUnits() {
        node.run("SET", "k", "v")
        for (command, value) in [
            ("EXPIRE", "100"), ("PEXPIRE", "100000"), ("EXPIREAT", "1700000100"), ("PEXPIREAT", "1700000100000"),
        ] {
            node.run("PERSIST", "k")
            #expect(node.run(command, "k", value) == .integer(1))
            #expect(node.run("PTTL", "k") == .integer(100_000), "\(command)")
            #expect(node.run(command, "none", value) == .integer(0))
        }
    }

    @Test(arguments: ["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"]) func thePastRemovesTheKey(command: String) {
        for value in ["0", "-1", "-100000"] {
            node.run("SET", "k", "v")
            #expect(node.run(command, "k", value) == .integer(1))
            #expect(node.run("EXISTS", "k") == .integer(0))
            #expect(node.run("DBSIZE") == .integer(0))
        }
    }

    @Test func conditionsCompareWithWhatWasThere() {
        node.run("SET", "k", "v")
        let steps: [(arguments: [String], reply: Int64, left: Int64)] = [
            (["100", "XX"], 0, -1), (["100", "GT"], 0, -1), (["100", "LT"], 1, 100), (["50", "NX"], 0, 100),
            (["50", "GT"], 0, 100), (["100", "GT"], 0, 100), (["200", "gt"], 1, 200), (["300", "LT"], 0, 200),
            (["200", "lt"], 0, 200), (["150", "LT", "XX"], 1, 150), (["400", "XX", "GT"], 1, 400),
        ]
        for (arguments, reply, left) in steps {
            #expect(node.run(["EXPIRE", "k"] + arguments) == .integer(reply), "\(arguments)")
            #expect(node.run("TTL", "k") == .integer(left), "\(arguments)")
        }
        node.run("PERSIST", "k")
        #expect(node.run("EXPIRE", "k", "10", "NX") == .integer(1))
    }

    @Test func conditionsThatContradictAreRefused() {
        let none = Reply.error("ERR NX and XX, GT or LT options at the same time are not compatible")
        for other in ["XX", "GT", "LT"] { #expect(node.run("EXPIRE", "k", "10", "NX", other) == none) }
        #expect(
            node.run("EXPIRE", "k", "10", "GT", "LT")
                == .error("ERR GT and LT options at the same time are not compatible"))
        #expect(node.run("EXPIRE", "k", "10", "foo") == .error("ERR Unsupported option foo"))
        #expect(node.run("EXPIRE", "k", "x", "foo") == .error("ERR Unsupported option foo"))
        #expect(node.run("EXPIRE", "k", "x") == .error("ERR value is not an integer or out of range"))
    }

    @Test func timesThatNobodyCanWaitForAreRefused() {
        node.run("SET", "k", "v")
        for (command, value) in [
            ("EXPIRE", "9223372036854775807"), ("EXPIRE", "-9223372036854775808"), ("EXPIRE", "9223372036854775"),
            ("PEXPIRE", "9223372036854775807"), ("EXPIREAT", "9223372036854775807"),
        ] {
            let name = command.lowercased()
            #expect(node.run(command, "k", value) == .error("ERR invalid expire time in '\(name)' command"))
        }
        #expect(node.run("PEXPIREAT", "k", "9223372036854775807") == .integer(1))
        #expect(node.run("PEXPIRETIME", "k") == .integer(.max))
        #expect(node.run("EXPIRETIME", "k") == .integer(9_223_372_036_854_776))
        #expect(node.run("TTL", "k") == .integer((.max - ExpiryTests.now) / 1000 + 1))
        #expect(node.run("PEXPIREAT", "k", "-9223372036854775808") == .integer(1))
        #expect(node.run("EXISTS", "k") == .integer(0))
    }

    @Test func persistTakesTheExpiryAway() {
        node.run("SET", "k", "v")
        node.run("EXPIRE", "k", "10")
        #expect(node.run("PERSIST", "k") == .integer(1))
        #expect(node.run("PERSIST", "k") == .integer(0))
        #expect(node.run("PERSIST", "none") == .integer(0))
        node.advance(milliseconds: 20_000)
        #expect(node.run("GET", "k") == .text("v"))
    }

    @Test func whereNothingMayBeRemovedThePastIsKept() {
        node.run("SET", "k", "v")
        node.node.keyspace.expiryMode = .ignore
        node.run("PEXPIREAT", "k", "-5")
        #expect(node.run("TTL", "k") == .integer(0))
        #expect(node.run("PEXPIRETIME", "k") == .integer(0))
        node.node.keyspace.expiryMode = .hide
        #expect(node.run("TTL", "k") == .integer(-2))
        #expect(node.run("DBSIZE") == .integer(1))
    }
}
