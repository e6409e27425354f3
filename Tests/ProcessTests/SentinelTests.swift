import Glibc
import Harness
import Testing

extension ProcessTests {
    /// A real redis-sentinel that looks after nodes of Apus.
    @Suite(.serialized) struct SentinelTests {
        private static func sentinel(_ primary: Int, in directory: TemporaryDirectory) throws -> (ChildProcess, Int) {
            let port = try freePort()
            // A machine that is busy for a second must not pass for a node that has died.
            let lines = [
                "port \(port)", "dir \(directory.path)", "sentinel monitor mine 127.0.0.1 \(primary) 1",
                "sentinel down-after-milliseconds mine 3000", "sentinel failover-timeout mine 6000",
            ]
            let path = try directory.write(lines.joined(separator: "\n") + "\n", to: "sentinel.conf")
            let child = try ChildProcess(
                "redis-sentinel", [path], directory: directory.path, outputPath: directory.file("sentinel.log"))
            return (child, port)
        }

        @Test func itReplacesAPrimaryThatHasDied() throws {
            let directory = try TemporaryDirectory()
            let first = try ServerProcess(.apus)
            try withServer(.apus, ["replicaof 127.0.0.1 \(first.port)"]) { second in
                let primary = try first.connect()
                let replica = Client(second, try second.connect())
                try primary.run("SET", "k", "v")
                #expect(eventually { (try? replica.run("GET", "k")) == .text("v") })
                let (sentinel, port) = try Self.sentinel(first.port, in: directory)
                defer { sentinel.terminate() }
                #expect(
                    eventually {
                        sentinel.output.contains("+slave slave 127.0.0.1:\(second.port)")
                    })
                first.child.kill()
                #expect(
                    eventually(withinMilliseconds: 60_000) { Self.role(of: second) == "master" },
                    "\(sentinel.output)")
                try #expect(second.connect().run("GET", "k") == .text("v"))
                #expect(eventually { textOfFile(second.directory.file("server.conf")).contains("replicaof") == false })
                let client = try Connection(port: port)
                let address = Reply.array([.text("127.0.0.1"), .text("\(second.port)")])
                #expect(eventually { (try? client.run("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mine")) == address })
                // Who comes back is made a replica, and so it stays.
                try Self.comesBack(on: first.port, behind: second, sentinel)
            }
        }

        /// By a new connection, since a sentinel ends those of clients when it changes a node's part.
        private static func role(of server: ServerProcess) -> String? {
            (try? server.connect()).flatMap { try? Client(server, $0).field("role") }
        }

        private static func comesBack(on port: Int, behind primary: ServerProcess, _ sentinel: ChildProcess) throws {
            let server = try ServerProcess(.apus, port: port)
            defer { server.stop() }
            #expect(eventually { (try? server.connect().run("PING")) == .simple("PONG") })
            let isReplica = eventually(withinMilliseconds: 120_000) {
                guard let client = try? Client(server, server.connect()) else { return false }
                return (try? client.field("master_link_status")) == "up"
            }
            #expect(isReplica, "\(server.log) \(sentinel.output)")
            try #expect(Client(server, server.connect()).run("GET", "k") == .text("v"))
            let configuration = textOfFile(server.directory.file("server.conf"))
            #expect(configuration.contains("replicaof 127.0.0.1 \(primary.port)"))
        }
    }
}
