import Glibc
import Harness
import Testing

extension ProcessTests {
    /// The process begins anew on request: in order, or as after a crash. The reference does so only where it was started by
    /// its whole path.
    @Suite(.serialized) struct RestartTests {
        /// Has a server begin anew, and waits until it answers.
        private func restart(_ server: ServerProcess, _ words: String...) throws -> Connection {
            let connection = try server.connect()
            let before = try name(connection)
            try connection.send(encodedRequest((["DEBUG"] + words).map { Bytes($0.utf8) }))
            #expect(connection.isClosed())
            #expect(
                eventually {
                    guard let now = try? name(server.connect()) else { return false }
                    return now != before
                })
            return try server.connect()
        }

        /// The process and the run of it.
        private func name(_ connection: Connection) throws -> String {
            let lines = try connection.run("INFO", "server").text?.split(separator: "\r\n") ?? []
            guard !lines.isEmpty else { throw HarnessError.malformed("no information") }
            return lines.filter { $0.hasPrefix("process_id:") || $0.hasPrefix("run_id:") }.joined(separator: " ")
        }

        @Test func inOrderNothingIsLost() throws {
            try withServer(.apus, ["save 3600 1000000"]) { server in
                let connection = try server.connect()
                try connection.run("SET", "k", "v")
                try connection.run("CONFIG", "SET", "hz", "17")
                let after = try restart(server, "RESTART", "50")
                expect(try after.run("GET", "k"), is: .text("v"))
                expect(try after.run("CONFIG", "GET", "hz"), is: .array([.text("hz"), .text("17")]))
                #expect(try name(after).hasPrefix("process_id:\(server.child.pid) "))
            }
        }

        @Test func aCrashKeepsWhatWasPromised() throws {
            try withServer(.apus, ["save 3600 1000000"]) { server in
                try server.connect().run("SET", "k", "lost")
                let after = try restart(server, "CRASH-AND-RECOVER")
                expect(try after.run("GET", "k"), is: .nullBulk)
            }
            try withServer(.apus, ["appendonly yes", "appendfsync always"]) { server in
                for round in 1...3 {
                    try server.connect().run("SET", "k", "\(round)")
                    let after = try restart(server, "CRASH-AND-RECOVER", "10")
                    expect(try after.run("GET", "k"), is: .text("\(round)"))
                }
            }
        }

        @Test func itIsRefused() throws {
            try withServer(.apus, ["save 3600 1000000"]) { server in
                let connection = try server.connect()
                let noNumber = Reply.error("ERR value is not an integer or out of range")
                expect(try connection.run("DEBUG", "RESTART", "x"), is: noNumber)
                expect(try connection.run("DEBUG", "CRASH-AND-RECOVER", "1.5"), is: noNumber)
                // What cannot be saved would be lost.
                mkdir(server.directory.file("dump.rdb"), 0o755)
                expect(
                    try connection.run("DEBUG", "RESTART"),
                    is: .error("ERR failed to restart the server. Check server logs."))
                #expect(eventually { server.log.contains("Can't restart: error preparing for shutdown") })
                rmdir(server.directory.file("dump.rdb"))
            }
        }
    }
}
