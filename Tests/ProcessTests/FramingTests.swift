import Glibc
import Harness
import Testing

extension ProcessTests {
    @Suite(.serialized) struct FramingTests {
        /// Requests with everything in them that can be cut: inline, empty, binary, long enough for two digits.
        private static let requests =
            encodedRequest("SET", "key", Bytes([0, 0x0D, 0x0A, 0xFF]) + Bytes("0123456789".utf8))
            + Bytes("GET key\r\n".utf8) + Bytes("\r\n*0\r\n".utf8) + encodedRequest("ECHO", "")
            + Bytes("ECHO \"a b\"\n".utf8) + encodedRequest("NOSUCH", "x") + encodedRequest("PING")

        private static let replies: [Reply] = [
            .ok, .bulk([0, 0x0D, 0x0A, 0xFF] + Bytes("0123456789".utf8)), .text(""), .text("a b"),
            .error("ERR unknown command 'NOSUCH', with args beginning with: 'x' "), .simple("PONG"),
        ]

        @Test func byteByByte() throws {
            try withConnection { connection in
                for byte in Self.requests { try connection.send([byte]) }
                for reply in Self.replies { expect(try connection.receive(), is: reply) }
            }
        }

        @Test func splitAtEveryPoint() throws {
            try withServer { server in
                let connection = try server.connect()
                for point in 1..<Self.requests.count {
                    try connection.send(Bytes(Self.requests[..<point]))
                    // Long enough for the first part to be read alone most of the time.
                    usleep(300)
                    try connection.send(Bytes(Self.requests[point...]))
                    for reply in Self.replies { expect(try connection.receive(), is: reply, "split at \(point)") }
                }
            }
        }

        @Test func aPipelineOfManyCommands() throws {
            try withConnection { connection in
                let count = 100_000
                let requests = Bytes((0..<count).map { _ in encodedRequest("INCR", "n") }.joined())
                try connection.send(requests)
                for number in 1...count { try #expect(connection.receive() == .integer(Int64(number))) }
            }
        }

        @Test func aValueOfAHundredMegabytes() throws {
            try withConnection { connection in
                connection.timeoutMilliseconds = 60_000
                var value = Bytes(repeating: 0x61, count: 100_000_000)
                for index in stride(from: 0, to: value.count, by: 4_099) { value[index] = UInt8(index & 0xFF) }
                expect(try connection.run("SET", "big", value), is: .ok)
                try #expect(connection.run("STRLEN", "big") == .integer(100_000_000))
                guard case .bulk(let back) = try connection.run("GET", "big") else {
                    Issue.record("GET gave no bulk string")
                    return
                }
                let same = back.count == value.count && memcmp(back, value, value.count) == 0
                #expect(same)
                try #expect(connection.run("DEL", "big") == .integer(1))
            }
        }

        @Test func aClientThatDoesNotReadHoldsNobodyUp() throws {
            try withServer { server in
                let lazy = try server.connect()
                let value = Bytes(repeating: 0x78, count: 1 << 20)
                try lazy.run("SET", "big", value)
                let requests = Bytes((0..<128).map { _ in encodedRequest("GET", "big") }.joined())
                try #expect(lazy.sendWithoutReading(requests, patienceMilliseconds: 1_000) == requests.count)
                let other = try server.connect()
                for number in 1...1_000 { try #expect(other.run("INCR", "n") == .integer(Int64(number))) }
                for _ in 0..<128 {
                    guard case .bulk(let back) = try lazy.receive() else {
                        Issue.record("GET gave no bulk string")
                        return
                    }
                    #expect(back.count == value.count)
                }
                try #expect(lazy.run("PING") == .simple("PONG"))
            }
        }

        @Test func aClientThatGoesAwayInTheMiddleOfARequest() throws {
            try withServer { server in
                for _ in 0..<50 {
                    let connection = try server.connect()
                    try connection.send(text: "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\nabc")
                }
                let connection = try server.connect()
                try #expect(connection.run("EXISTS", "k") == .integer(0))
                try #expect(eventually { try connection.run("CLIENT", "LIST").text?.split(separator: "\n").count == 1 })
            }
        }

        @Test func answersAreComplete() throws {
            try withConnection { connection in
                try connection.send(encodedRequest("PING") + encodedRequest("ECHO", "a") + encodedRequest("QUIT"))
                let received = try connection.receiveBytes()
                #expect(received.bytes == Bytes("+PONG\r\n$1\r\na\r\n+OK\r\n".utf8))
                #expect(received.closed)
            }
        }

        @Test func manyClientsAtOnce() throws {
            try withServer { server in
                let clients = try (0..<500).map { _ in try server.connect() }
                for client in clients { try client.send(encodedRequest("INCR", "n")) }
                var answers: Set<Int64> = []
                for client in clients { answers.insert(try #require(try client.receive().integer)) }
                #expect(answers == Set(1...500))
            }
        }
    }
}
