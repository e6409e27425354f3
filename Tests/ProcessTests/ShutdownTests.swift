import Glibc
import Harness
import Testing

extension ProcessTests {
    /// Ends in the middle of something: what was promised is in the files, and nothing is there by halves.
    @Suite(.serialized) struct ShutdownTests {
        /// What a server finds that starts in a directory.
        private func found<Result>(
            in directory: TemporaryDirectory, _ lines: [String] = [], _ body: (Connection) throws -> Result
        ) throws -> Result {
            try withServer(.apus, ["dir \(directory.path)"] + lines) { try body(try $0.connect()) }
        }

        private func files(_ directory: TemporaryDirectory) throws -> [String] {
            try runProgram("ls", [directory.path]).lines
        }

        @Test func aTransactionThatIsNotCarriedOutIsNotSaved() throws {
            let directory = try TemporaryDirectory()
            try withServer(.apus, ["dir \(directory.path)", "save 3600 100"]) { server in
                let connection = try server.connect()
                for command in [["SET", "a", "1"], ["MULTI"], ["SET", "a", "2"], ["SET", "b", "2"]] {
                    try connection.run(command.map { Bytes($0.utf8) })
                }
                server.child.signal(SIGTERM)
                #expect(connection.isClosed())
                #expect(server.child.wait() == .exited(0))
            }
            let values = try found(in: directory) { try $0.run("MGET", "a", "b") }
            #expect(values == .array([.text("1"), .nullBulk]))
        }

        @Test func aBlockedClientDoesNotHoldItUp() throws {
            try withServer { server in
                let blocked = try server.connect()
                try blocked.send(encodedRequest("BLPOP", "list", "0"))
                let other = try server.connect()
                #expect(
                    try eventually {
                        try other.run("INFO", "clients").text?.contains("blocked_clients:1") == true
                    })
                server.child.signal(SIGTERM)
                #expect(blocked.isClosed())
                #expect(server.child.wait() == .exited(0))
            }
        }

        @Test(arguments: [[SIGTERM], [SIGTERM, SIGTERM], [SIGTERM, SIGINT, SIGTERM]])
        func aSnapshotUnderWayGivesWayToTheLast(_ signals: [Int32]) throws {
            let directory = try TemporaryDirectory()
            try withServer(.apus, ["dir \(directory.path)", "save 3600 1000000"]) { server in
                let connection = try server.connect()
                try connection.run("SAVE")
                try connection.run("DEBUG", "POPULATE", "100000", "key", "100")
                try connection.run("BGSAVE")
                expect(try connection.run("SET", "last", "1"), is: .ok)
                for signal in signals { server.child.signal(signal) }
                #expect(server.child.wait() == .exited(0))
            }
            #expect(try files(directory) == ["dump.rdb"])
            let size = try found(in: directory) { try $0.run("DBSIZE") }
            #expect(size == .integer(100_001))
        }

        @Test func withoutSavePointsASnapshotUnderWayIsGivenUp() throws {
            let directory = try TemporaryDirectory()
            try withServer(.apus, ["dir \(directory.path)"]) { server in
                let connection = try server.connect()
                try connection.run("SET", "old", "1")
                try connection.run("SAVE")
                try connection.run("DEBUG", "POPULATE", "100000", "key", "100")
                try connection.run("BGSAVE")
                server.child.signal(SIGTERM)
                #expect(server.child.wait() == .exited(0))
            }
            #expect(try files(directory) == ["dump.rdb"])
            let size = try found(in: directory) { try $0.run("DBSIZE") }
            #expect(size == .integer(1) || size == .integer(100_001))
        }

        @Test func whatWasAnsweredIsInTheLogAfterASignal() throws {
            let directory = try TemporaryDirectory()
            let lines = ["appendonly yes", "appendfsync no"]
            try withServer(.apus, ["dir \(directory.path)"] + lines) { server in
                let connection = try server.connect()
                let requests = (0..<5000).map { ["RPUSH", "list", "\($0)"].map { Bytes($0.utf8) } }
                _ = try connection.pipeline(requests)
                server.child.signal(SIGTERM)
                server.child.signal(SIGINT)
                #expect(server.child.wait() == .exited(0))
            }
            let count = try found(in: directory, lines) { try $0.run("LLEN", "list") }
            #expect(count == .integer(5000))
        }

        // MARK: Scripts

        /// Runs a script that others notice to be busy, and looks what is in the log after the end.
        private func end(
            during script: String, _ body: (ServerProcess, Connection) throws -> Void
        ) throws -> Reply {
            let directory = try TemporaryDirectory()
            let lines = ["appendonly yes", "busy-reply-threshold 50"]
            try withServer(.apus, ["dir \(directory.path)"] + lines) { server in
                let (running, other) = (try server.connect(), try server.connect())
                try running.send(encodedRequest("EVAL", script, "0"))
                #expect(try eventually { try other.run("PING").errorText?.hasPrefix("BUSY") == true })
                try body(server, other)
                #expect(server.child.wait() == .exited(0))
            }
            return try found(in: directory, lines) { try $0.run("MGET", "a", "b") }
        }

        @Test func aScriptThatHasWrittenComesToItsEnd() throws {
            let script = "redis.call('SET', 'a', '1') for i = 1, 100000000 do end redis.call('SET', 'b', '1')"
            let values = try end(during: script) { server, _ in
                server.child.signal(SIGTERM)
                server.child.signal(SIGTERM)
            }
            #expect(values == .array([.text("1"), .text("1")]))
        }

        @Test func aScriptThatHasNotWrittenEndsAtOnce() throws {
            let values = try end(during: "while true do end") { server, _ in server.child.signal(SIGTERM) }
            #expect(values == .array([.nullBulk, .nullBulk]))
        }

        @Test func ofAScriptThatIsEndedByForceTheLogHoldsNothing() throws {
            let script = "redis.call('SET', 'a', '1') while true do end"
            let values = try end(during: script) { _, other in
                expect(try other.run("SHUTDOWN"), is: .error(ShutdownTests.busy))
                try other.send(encodedRequest("SHUTDOWN", "NOSAVE"))
            }
            #expect(values == .array([.nullBulk, .nullBulk]))
        }

        private static let busy =
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."

        // MARK: How it is wanted

        @Test(arguments: [
            ("default", "3600 1000", true), ("default", "\"\"", false), ("save", "\"\"", true),
            ("nosave", "3600 1000", false), ("now", "3600 1000", true), ("nosave now force", "3600 1000", false),
        ])
        func aSignalSavesAsConfigured(_ manner: String, _ points: String, _ isSaved: Bool) throws {
            for (signal, name) in [(SIGTERM, "sigterm"), (SIGINT, "sigint")] {
                let directory = try TemporaryDirectory()
                let lines = ["dir \(directory.path)", "save \(points)", "shutdown-on-\(name) \(manner)"]
                try withServer(.apus, lines) { server in
                    try server.connect().run("SET", "k", "v")
                    server.child.signal(signal)
                    #expect(server.child.wait() == .exited(0))
                }
                #expect(try files(directory) == (isSaved ? ["dump.rdb"] : []))
            }
        }

        @Test func forceEndsItWhereSavingFails() throws {
            try withServer(.apus, ["save 3600 1", "shutdown-on-sigterm force"]) { server in
                mkdir(server.directory.file("dump.rdb"), 0o755)
                server.child.signal(SIGTERM)
                #expect(server.child.wait() == .exited(0))
            }
        }

        @Test(arguments: [Product.apus, .oracle]) func theFirstBaseOfALogHoldsTheEndUp(_ product: Product) throws {
            let directory = try TemporaryDirectory()
            try withServer(product, ["dir \(directory.path)", "rdb-key-save-delay 10000000"]) { server in
                let connection = try server.connect()
                try connection.run("MSET", "a", "1", "b", "2", "c", "3")
                expect(try connection.run("CONFIG", "SET", "appendonly", "yes"), is: .ok)
                for words in [["SHUTDOWN"], ["SHUTDOWN", "NOSAVE"]] {
                    let reply = try connection.run(words.map { Bytes($0.utf8) })
                    expect(reply, is: .error("ERR Errors trying to SHUTDOWN. Check logs."))
                }
                server.child.signal(SIGTERM)
                let complaint = "Errors trying to shut down the server. Check the logs for more information."
                #expect(
                    eventually {
                        server.log.split(separator: "\n").count { $0.hasSuffix("Writing initial AOF, can't exit.") }
                            == 3
                    })
                #expect(eventually { server.log.split(separator: "\n").count { $0.hasSuffix(complaint) } == 3 })
                expect(try connection.run("GET", "a"), is: .text("1"))
                try connection.send(encodedRequest("SHUTDOWN", "FORCE"))
                #expect(server.child.wait() == .exited(0))
                #expect(server.logs("Writing initial AOF. Exit anyway."))
            }
        }

        @Test(arguments: [Product.apus, .oracle]) func whoInsistsEndsItAtOnce(_ product: Product) throws {
            try withServer(product, ["save 3600 100000"]) { server in
                let connection = try server.connect()
                try connection.run("DEBUG", "POPULATE", "50")
                try connection.run("CONFIG", "SET", "rdb-key-save-delay", "10000000")
                server.child.signal(SIGINT)
                let path = server.directory.file("temp-\(server.child.pid).rdb")
                #expect(eventually { access(path, F_OK) == 0 })
                server.child.signal(SIGINT)
                #expect(server.child.wait() == .exited(1))
                #expect(server.logs("You insist... exiting now."))
                #expect(access(path, F_OK) != 0 && access(server.directory.file("dump.rdb"), F_OK) != 0)
            }
        }

        @Test func whatIsLoadedByHalvesIsNotSaved() throws {
            let directory = try TemporaryDirectory()
            try withServer(.apus, ["dir \(directory.path)"]) { server in
                let connection = try server.connect()
                try connection.run("DEBUG", "POPULATE", "1000")
                expect(try connection.run("SAVE"), is: .ok)
            }
            let file = contentOfFile(directory.file("dump.rdb"))
            let slow = ["save 1 1", "key-load-delay 2000", "loading-process-events-interval-bytes 1024"]
            for end in [["SHUTDOWN"], ["SHUTDOWN", "SAVE"], []] {
                let server = try ServerProcess(.apus, port: try freePort(), ["dir \(directory.path)"] + slow)
                #expect(eventually { (try? server.connect().run("GET", "k"))?.errorText?.hasPrefix("LOADING") == true })
                let connection = try server.connect()
                if end.isEmpty {
                    server.child.signal(SIGTERM)
                } else {
                    try connection.send(encodedRequest(end.map { Bytes($0.utf8) }))
                }
                #expect(server.child.wait() == .exited(0))
                #expect(contentOfFile(directory.file("dump.rdb")) == file)
            }
        }
    }
}
