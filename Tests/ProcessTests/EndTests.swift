import Glibc
import Harness
import Testing

extension ProcessTests {
    @Suite(.serialized) struct EndTests {
        @Test(arguments: [SIGTERM, SIGINT]) func endsCleanlyBySignal(_ signal: Int32) throws {
            try withServer { server in
                let connection = try server.connect()
                try connection.run("SET", "k", "v")
                server.child.signal(signal)
                #expect(server.child.wait() == .exited(0))
                #expect(server.logs("ready to exit, bye bye"))
                #expect(connection.isClosed())
            }
        }

        @Test(arguments: [
            ["SHUTDOWN"], ["SHUTDOWN", "NOSAVE"], ["SHUTDOWN", "NOW"], ["shutdown", "nosave", "force"],
        ])
        func endsCleanlyByCommand(_ command: [String]) throws {
            try withServer { server in
                let connection = try server.connect()
                try connection.send(encodedRequest(command.map { Bytes($0.utf8) }))
                #expect(connection.isClosed())
                #expect(server.child.wait() == .exited(0))
                #expect(server.logs("ready to exit, bye bye"))
            }
        }

        @Test func endsWhileAClientDoesNotRead() throws {
            try withServer { server in
                let connection = try server.connect()
                try connection.run("SET", "big", Bytes(repeating: 0x78, count: 1 << 20))
                let requests = Bytes((0..<100).map { _ in encodedRequest("GET", "big") }.joined())
                _ = try connection.sendWithoutReading(requests, patienceMilliseconds: 100)
                server.child.signal(SIGTERM)
                #expect(server.child.wait() == .exited(0))
            }
        }

        @Test func aPortIsFreeAgainAfterTheEnd() throws {
            let first = try ServerProcess(.apus)
            _ = try first.connect().run("PING")
            first.stop()
            let second = try ServerProcess(.apus, port: first.port)
            defer { second.stop() }
            #expect(eventually { (try? second.connect().run("PING")) == .simple("PONG") })
        }
    }
}
