import CHiredis
import Glibc
import Harness
import Testing

/// hiredis, the C client under many others.
extension ProcessTests {
    @Suite(.serialized) struct HiredisTests {
        @Test func formatsCommands() throws {
            try withHiredis { client in
                try #expect(client.format("SET %s %d", "n", 41) == .status("OK"))
                try #expect(client.format("INCR %s", "n") == .integer(42))
                try #expect(client.format("GET %s", "n") == .string(Bytes("42".utf8)))
                expect(try client.format("GET missing"), is: .null)
                try #expect(client.format("MGET n missing") == .array([.string(Bytes("42".utf8)), .null]))
                let unknown = HiredisReply.error("ERR unknown command 'NOSUCH', with args beginning with: ")
                expect(try client.format("NOSUCH"), is: unknown)
            }
        }

        @Test func argumentsAreBinarySafe() throws {
            try withHiredis { client in
                let all = Bytes((0...255).map { UInt8($0) })
                try #expect(client.run([Bytes("SET".utf8), all, all + all]) == .status("OK"))
                try #expect(client.run([Bytes("GET".utf8), all]) == .string(all + all))
                try #expect(client.run([Bytes("SET".utf8), [], []]) == .status("OK"))
                try #expect(client.run([Bytes("GET".utf8), []]) == .string([]))
            }
        }

        @Test func pipelines() throws {
            try withHiredis { client in
                for _ in 0..<10_000 { client.append([Bytes("INCR".utf8), Bytes("n".utf8)]) }
                for number in 1...10_000 { try #expect(client.nextReply() == .integer(Int64(number))) }
            }
        }

        @Test func bigValues() throws {
            try withHiredis { client in
                let value = Bytes(repeating: 0xA5, count: 16 << 20)
                try #expect(client.run([Bytes("SET".utf8), Bytes("big".utf8), value]) == .status("OK"))
                guard case .string(let back) = try client.run([Bytes("GET".utf8), Bytes("big".utf8)]) else {
                    Issue.record("GET gave no string")
                    return
                }
                let same = back.count == value.count && memcmp(back, value, value.count) == 0
                #expect(same)
            }
        }

        @Test func transactions() throws {
            try withHiredis { client in
                try #expect(client.format("MULTI") == .status("OK"))
                try #expect(client.format("SET k v") == .status("QUEUED"))
                try #expect(client.format("GET k") == .status("QUEUED"))
                try #expect(client.format("EXEC") == .array([.status("OK"), .string(Bytes("v".utf8))]))
            }
        }

        /// RESP3 came with hiredis 1.0. An older one goes on after HELLO 2, and takes the map that greets in RESP3 for
        /// the protocol error that it is to it.
        @Test func greets() throws {
            try withHiredis { client in
                guard case .array(let fields) = try client.format("HELLO 2") else {
                    Issue.record("HELLO 2 gave no array")
                    return
                }
                #expect(fields.prefix(2) == [.string(Bytes("server".utf8)), .string(Bytes("redis".utf8))])
                #expect(fields.count == 14)
                if hiredis_major_version() < 1 {
                    #expect(throws: HiredisError.failed("Protocol error, got \"%\" as reply type byte")) {
                        try client.format("HELLO 3")
                    }
                } else {
                    guard case .array(let map) = try client.format("HELLO 3") else {
                        Issue.record("HELLO 3 gave no map")
                        return
                    }
                    #expect(map.count == 14)
                }
            }
        }

        @Test func manyConnections() throws {
            try withServer { server in
                let clients = try (0..<200).map { _ in try Hiredis(port: server.port) }
                for (index, client) in clients.enumerated() {
                    try #expect(client.format("INCR n") == .integer(Int64(index + 1)))
                }
            }
        }

        @Test func reconnects() throws {
            try withServer { server in
                let client = try Hiredis(port: server.port)
                try #expect(client.format("SET k v") == .status("OK"))
                try #expect(client.format("CLIENT KILL TYPE normal SKIPME no") == .integer(1))
                #expect(throws: HiredisError.self) { try client.format("GET k") }
                try client.reconnect()
                try #expect(client.format("GET k") == .string(Bytes("v".utf8)))
            }
        }

        @Test func connectsToAUnixSocket() throws {
            let directory = try TemporaryDirectory()
            let path = directory.file("server.sock")
            try withServer(.apus, ["unixsocket \(path)"]) { _ in
                try #expect(Hiredis(unixSocket: path).format("PING") == .status("PONG"))
            }
        }
    }
}

private func withHiredis(_ body: (Hiredis) throws -> Void) throws {
    try withServer { server in try body(try Hiredis(port: server.port)) }
}
