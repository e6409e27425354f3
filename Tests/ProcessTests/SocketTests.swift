import Glibc
import Harness
import Testing

extension ProcessTests {
    @Suite(.serialized) struct SocketTests {
        @Test func listensOnAUnixSocket() throws {
            let directory = try TemporaryDirectory()
            let path = directory.file("server.sock")
            try withServer(.apus, ["unixsocket \(path)", "unixsocketperm 700"]) { server in
                let connection = try Connection(unixSocket: path)
                expect(try connection.run("SET", "k", "v"), is: .ok)
                try #expect(server.connect().run("GET", "k") == .text("v"))
                expect(try connection.run("CLIENT", "INFO").text?.contains("addr=\(path):0 "), is: true)
                let information = try connection.run("INFO", "server").text ?? ""
                #expect(information.contains("listener0:name=tcp,bind=127.0.0.1,port=\(server.port)\r\n"))
                #expect(information.contains("listener1:name=unix,bind=\(path)\r\n"))
                #expect(server.logs("Ready to accept connections tcp\n"))
                #expect(server.logs("Ready to accept connections unix\n"))
                var status = stat()
                try #require(stat(path, &status) == 0)
                #expect(status.st_mode & 0o777 == 0o700)
                server.stop()
                #expect(access(path, F_OK) != 0, "the socket goes away at a clean end")
            }
        }

        @Test func listensOnAUnixSocketAlone() throws {
            let directory = try TemporaryDirectory()
            let path = directory.file("server.sock")
            let server = try ServerProcess(.apus, port: 0, ["unixsocket \(path)"])
            defer { server.stop() }
            #expect(eventually { (try? Connection(unixSocket: path).run("PING")) == .simple("PONG") })
        }

        @Test(.enabled(if: hasIPv6Loopback(), "this machine has no address ::1"))
        func listensOnIPv6() throws {
            try withServer(.apus, ["bind 127.0.0.1 ::1"]) { server in
                let connection = try Connection(host: "::1", port: server.port)
                try #expect(connection.run("PING") == .simple("PONG"))
                expect(try connection.run("CLIENT", "INFO").text?.contains("laddr=[::1]:\(server.port) "), is: true)
                try #expect(server.connect().run("PING") == .simple("PONG"))
            }
        }

        @Test func listensOnSeveralAddresses() throws {
            try withServer(.apus, ["bind 127.0.0.1 127.0.0.2 -192.0.2.1"]) { server in
                try #expect(Connection(host: "127.0.0.2", port: server.port).run("PING") == .simple("PONG"))
                #expect(throws: HarnessError.self) { try Connection(host: "127.0.0.3", port: server.port) }
            }
        }

        @Test func takesOtherAddressesWhileItRuns() throws {
            try withServer(.apus, ["bind 127.0.0.1"]) { server in
                let connection = try server.connect()
                expect(try connection.run("CONFIG", "SET", "bind", "*"), is: .ok)
                try #expect(Connection(host: "127.0.0.3", port: server.port).run("PING") == .simple("PONG"))
                expect(try connection.run("CONFIG", "SET", "bind", "192.0.2.1").errorText != nil, is: true)
                try #expect(Connection(host: "127.0.0.3", port: server.port).run("PING") == .simple("PONG"))
                expect(try connection.run("CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2"), is: .ok)
                try #expect(Connection(host: "127.0.0.2", port: server.port).run("PING") == .simple("PONG"))
                #expect(throws: HarnessError.self) { try Connection(host: "127.0.0.3", port: server.port) }
            }
        }

        @Test func refusesAnAddressThatTheMachineDoesNotHave() throws {
            let server = try ServerProcess(.apus, port: try freePort(), ["bind 192.0.2.1"])
            defer { server.stop() }
            #expect(server.child.wait() == .exited(1))
        }

        @Test(.enabled(if: externalIPv4Address() != nil, "this machine has a loopback address only"))
        func protectsItselfFromStrangers() throws {
            let address = try #require(externalIPv4Address())
            try withServer(.apus, ["bind 127.0.0.1 \(address)", "protected-mode yes"]) { server in
                let received = try Connection(host: address, port: server.port).receiveBytes()
                #expect(received.closed)
                #expect(received.bytes.starts(with: Bytes("-DENIED ".utf8)))
                expect(try server.connect().run("CONFIG", "SET", "requirepass", "secret"), is: .ok)
                let stranger = try Connection(host: address, port: server.port)
                expect(try stranger.run("AUTH", "secret"), is: .ok)
            }
        }
    }
}
