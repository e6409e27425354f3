import Harness
import Testing

/// Commands and options that are newer than the redis-server beside which everything else is tested.
extension ProcessTests {
    @Suite(.serialized) struct NewerCommandTests {
        @Test func setIfEqual() throws {
            try expect([
                ("SET k v IFEQ v", .nullBulk),
                ("EXISTS k", .integer(0)),
                ("SET k v", .ok),
                ("SET k w IFEQ x", .nullBulk),
                ("GET k", .text("v")),
                ("SET k w IFEQ v", .ok),
                ("GET k", .text("w")),
                ("SET k x IFEQ w GET", .text("w")),
                ("SET k y IFEQ nothing GET", .text("x")),
                ("GET k", .text("x")),
                ("SET missing y IFEQ x GET", .nullBulk),
                ("SET k 1 ifeq x EX 100", .ok),
                ("SET k 2 IFEQ 1 KEEPTTL", .ok),
                ("PERSIST k", .integer(1)),
                ("SET k v IFEQ 2 NX", .error("ERR syntax error")),
                ("SET k v XX IFEQ 2", .error("ERR syntax error")),
                ("SET k v IFEQ", .error("ERR syntax error")),
                ("GET k", .text("2")),
            ])
        }

        @Test func setIfNotEqual() throws {
            try expect([
                ("SET k v", .ok),
                ("SET k w IFNE v", .nullBulk),
                ("GET k", .text("v")),
                ("SET k w IFNE x", .ok),
                ("GET k", .text("w")),
                ("SET missing v IFNE x", .ok),
                ("SET k v IFNE x IFEQ w", .error("ERR syntax error")),
            ])
        }

        @Test func deleteIfEqual() throws {
            try expect([
                ("DELIFEQ k v", .integer(0)),
                ("SET k v", .ok),
                ("DELIFEQ k w", .integer(0)),
                ("DELIFEQ k v", .integer(1)),
                ("EXISTS k", .integer(0)),
                ("SET n 123", .ok),
                ("DELIFEQ n 0123", .integer(0)),
                ("DELIFEQ n 123", .integer(1)),
                ("DELIFEQ k", .error("ERR wrong number of arguments for 'delifeq' command")),
                ("DELIFEQ k v w", .error("ERR wrong number of arguments for 'delifeq' command")),
            ])
        }

        @Test func deleteWithACondition() throws {
            try expect([
                ("DELEX k", .integer(0)),
                ("SET k v", .ok),
                ("DELEX k", .integer(1)),
                ("SET k v", .ok),
                ("DELEX k IFEQ w", .integer(0)),
                ("DELEX k IFNE v", .integer(0)),
                ("EXISTS k", .integer(1)),
                ("DELEX k IFNE w", .integer(1)),
                ("SET k v", .ok),
                ("DELEX k ifeq v", .integer(1)),
                ("DELEX k IFEQ v", .integer(0)),
                ("EXISTS k", .integer(0)),
            ])
        }

        @Test func deleteByDigest() throws {
            try withConnection { connection in
                try connection.run("SET", "k", "v")
                let digest = try #require(try connection.run("DIGEST", "k").text)
                #expect(digest.count == 16 && digest.allSatisfy(\.isHexDigit))
                try #expect(connection.run("DELEX", "k", "IFDNE", digest) == .integer(0))
                try #expect(connection.run("DELEX", "k", "IFDEQ", "0000000000000000") == .integer(0))
                expect(try connection.run("SET", "k", "w", "IFDEQ", "0000000000000000"), is: .nullBulk)
                expect(try connection.run("SET", "k", "v", "IFDEQ", digest), is: .ok)
                try #expect(connection.run("DELEX", "k", "IFDEQ", digest) == .integer(1))
                expect(try connection.run("DIGEST", "k"), is: .nullBulk)
            }
        }

        /// The digest is XXH3 with 64 bits; the empty string's is known from its specification.
        @Test func digestOfTheEmptyString() throws {
            try expect([("SET k ''", .ok), ("DIGEST k", .text("2d06800538d394c2"))])
        }

        @Test func setSeveralWithExpiry() throws {
            try expect([
                ("MSETEX 2 a 1 b 2", .integer(1)),
                ("MGET a b", .array([.text("1"), .text("2")])),
                ("TTL a", .integer(-1)),
                ("MSETEX 2 a 3 c 4 NX", .integer(0)),
                ("EXISTS c", .integer(0)),
                ("MSETEX 2 a 3 c 4 XX", .integer(0)),
                ("GET a", .text("1")),
                ("MSETEX 2 a 3 b 4 XX EX 1000", .integer(1)),
                ("PERSIST a", .integer(1)),
                ("MSETEX 2 c 5 d 6 NX PX 1000000", .integer(1)),
                ("MSETEX 1 c 7 KEEPTTL", .integer(1)),
                ("PERSIST c", .integer(1)),
                ("MSETEX 1 c 8 EXAT 4102444800", .integer(1)),
                ("EXPIRETIME c", .integer(4_102_444_800)),
                ("MSETEX 1 c 8 PXAT 4102444800001", .integer(1)),
                ("PEXPIRETIME c", .integer(4_102_444_800_001)),
            ])
        }

        @Test(arguments: [
            "MSETEX 0 a 1", "MSETEX -1 a 1", "MSETEX x a 1", "MSETEX 2 a 1", "MSETEX 1 a 1 FOO", "MSETEX 1 a 1 NX XX",
            "MSETEX 1 a 1 EX 0", "MSETEX 1 a 1 EX", "MSETEX 1 a 1 EX 1 PX 1", "MSETEX 9223372036854775807 a 1",
            "MSETEX 1 a",
        ])
        func setSeveralWithMistakes(_ command: String) throws {
            try withConnection { connection in
                try connection.send(text: command + "\r\n")
                expect(try connection.receive().errorText?.hasPrefix("ERR "), is: true)
                try #expect(connection.run("DBSIZE") == .integer(0))
            }
        }

        @Test func clientCapabilitiesAndLibrary() throws {
            try withConnection { connection in
                expect(try connection.run("CLIENT", "CAPA", "redirect"), is: .ok)
                expect(try connection.run("CLIENT", "CAPA", "unheard-of", "redirect"), is: .ok)
                expect(try connection.run("CLIENT", "CAPA").errorText?.hasPrefix("ERR "), is: true)
                expect(try connection.run("CLIENT", "SETINFO", "LIB-NAME", "tests"), is: .ok)
                expect(try connection.run("CLIENT", "SETINFO", "lib-ver", "1.2.3"), is: .ok)
                let information = try connection.run("CLIENT", "INFO").text ?? ""
                #expect(information.contains(" lib-name=tests lib-ver=1.2.3"))
                try #expect(connection.run("CLIENT", "SETINFO", "LIB-NAME", "two words").errorText != nil)
                try #expect(connection.run("CLIENT", "SETINFO", "FOO", "x").errorText != nil)
                expect(try connection.run("CLIENT", "NO-TOUCH", "ON"), is: .ok)
                expect(try connection.run("CLIENT", "NO-TOUCH", "off"), is: .ok)
                try #expect(connection.run("CLIENT", "NO-TOUCH", "FOO") == .error("ERR syntax error"))
            }
        }

        @Test func killsClientsByAge() throws {
            try withServer { server in
                let young = try server.connect()
                let connection = try server.connect()
                try young.run("PING")
                try #expect(connection.run("CLIENT", "KILL", "MAXAGE", 100_000) == .integer(0))
                try #expect(young.run("PING") == .simple("PONG"))
                expect(try connection.run("CLIENT", "KILL", "MAXAGE", "abc").errorText?.hasPrefix("ERR "), is: true)
                expect(try connection.run("CLIENT", "KILL", "MAXAGE", 0).errorText?.hasPrefix("ERR "), is: true)
            }
        }

        @Test func whatLaterVersionsRefuseOrAllow() throws {
            try expect([
                ("SET k foobar", .ok),
                ("BITCOUNT k 1", .integer(22)),
                ("BITCOUNT k -2", .integer(7)),
                ("SCAN 0 TYPE nosuchtype", .error("ERR unknown type name 'nosuchtype'")),
            ])
        }
    }
}

/// Sends each command inline on one connection to one server, and holds its reply against the one beside it.
private func expect(_ script: [(command: String, reply: Reply)]) throws {
    try withConnection { connection in
        for step in script {
            try connection.send(text: step.command + "\r\n")
            let reply = try connection.receive()
            #expect(reply == step.reply, "\(step.command)")
        }
    }
}
