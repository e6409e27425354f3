import Harness
import Testing

extension ProcessTests {
    @Suite(.serialized) struct LimitTests {
        @Test func tooManyClients() throws {
            try withServer(.apus, ["maxclients 3"]) { server in
                let clients = try (0..<3).map { _ in try server.connect() }
                for client in clients { try #expect(client.run("PING") == .simple("PONG")) }
                let received = try server.connect().receiveBytes()
                #expect(received.closed)
                #expect(received.bytes == Bytes("-ERR max number of clients reached\r\n".utf8))
                expect(try clients[0].run("QUIT"), is: .ok)
                #expect(eventually { (try? server.connect().run("PING")) == .simple("PONG") })
            }
        }

        @Test func closesIdleClients() throws {
            try withServer(.apus, ["timeout 1"]) { server in
                let idle = try server.connect()
                try #expect(idle.run("PING") == .simple("PONG"))
                #expect(idle.isClosed(withinMilliseconds: 20_000))
            }
        }

        @Test func closesNobodyWithoutATimeout() throws {
            try withServer { server in
                let idle = try server.connect()
                try idle.run("PING")
                #expect(!idle.isClosed(withinMilliseconds: 1_500))
                try #expect(idle.run("PING") == .simple("PONG"))
            }
        }

        @Test func endsAClientWhoseOutputGrowsTooLarge() throws {
            try withServer(.apus, ["client-output-buffer-limit normal 8mb 0 0"]) { server in
                let greedy = try server.connect()
                try greedy.run("SET", "big", Bytes(repeating: 0x78, count: 1 << 20))
                let requests = Bytes((0..<200).map { _ in encodedRequest("GET", "big") }.joined())
                _ = try greedy.sendWithoutReading(requests, patienceMilliseconds: 100)
                let other = try server.connect()
                try #expect(eventually { try clientCount(other) == 1 })
                #expect(greedy.isClosed())
                try #expect(other.run("STRLEN", "big") == .integer(1 << 20))
            }
        }

        @Test func endsAClientWhoseQueryGrowsTooLarge() throws {
            try withServer(.apus, ["client-query-buffer-limit 1mb"]) { server in
                let greedy = try server.connect()
                let request = Bytes("*2\r\n$4\r\nECHO\r\n$8000000\r\n".utf8) + Bytes(repeating: 0x78, count: 4_000_000)
                // The server may close before it has read all of it.
                try? greedy.send(request)
                #expect(greedy.isClosed())
                try #expect(server.connect().run("PING") == .simple("PONG"))
            }
        }

        @Test func refusesStringsOverTheLimit() throws {
            try withServer(.apus, ["proto-max-bulk-len 1mb"]) { server in
                let connection = try server.connect()
                try connection.send(text: "*2\r\n$4\r\nECHO\r\n$1048577\r\n")
                let received = try connection.receiveBytes()
                #expect(received.bytes == Bytes("-ERR Protocol error: invalid bulk length\r\n".utf8))
                #expect(received.closed)
                let other = try server.connect()
                let tooLong = Reply.error("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
                expect(try other.run("SETRANGE", "k", 1_048_576, "x"), is: tooLong)
                try #expect(other.run("SETRANGE", "k", 1_048_575, "x") == .integer(1_048_576))
                expect(try other.run("APPEND", "k", "x"), is: tooLong)
            }
        }

        @Test func aMillionKeysEndInOneSecond() throws {
            try withConnection { connection in
                let end = String(unixMilliseconds() + 8_000)
                let count = 1_000_000
                let chunk = 20_000
                for start in stride(from: 0, to: count, by: chunk) {
                    try connection.send(expiringKeys(start..<(start + chunk), end: end))
                    for _ in 0..<chunk { expect(try connection.receive(), is: .ok) }
                }
                var isEmpty = false
                // Each turn of the loop asks for an answer, so a server that stands still is seen.
                for _ in 0..<600 where !isEmpty {
                    try #expect(connection.run("PING") == .simple("PONG"))
                    isEmpty = try connection.run("DBSIZE") == .integer(0)
                    pause(milliseconds: 50)
                }
                #expect(isEmpty)
                let expired = try infoField("expired_keys", connection)
                #expect(expired > 0)
            }
        }
    }
}

private func clientCount(_ connection: Connection) throws -> Int {
    try connection.run("CLIENT", "LIST").text?.split(separator: "\n").count ?? 0
}

private func infoField(_ name: String, _ connection: Connection) throws -> Int {
    let text = try connection.run("INFO").text ?? ""
    let line = text.split { $0.isNewline }.first { $0.hasPrefix(name + ":") }
    return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? -1
}

/// SET of each key, to end at this time. The requests differ in seven digits only, so one is written and then copied.
private func expiringKeys(_ numbers: Range<Int>, end: String) -> Bytes {
    var template = encodedRequest("SET", "k0000000", "v", "PXAT", end)
    let digits = template.firstIndex(of: UInt8(ascii: "k"))! + 1
    var request = Bytes()
    for number in numbers {
        var rest = number
        for place in (0..<7).reversed() {
            template[digits + place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        request += template
    }
    return request
}
