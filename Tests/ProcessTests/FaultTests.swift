import Glibc
import Harness
import Testing

extension ProcessTests {
    /// Disks that fail under real files: writes are refused as configured, reads go on, and it ends by itself.
    @Suite(.serialized) struct FaultTests {
        /// Writes beyond the limit of file sizes fail; where the signal is not ignored, it ends a process.
        private static let limited = ["--ignore-signal=XFSZ"]
        /// Root may write everywhere only as long as it has its capabilities.
        private static let powerless = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
        private static let limit = 400_000

        /// More than fits under the limit, whatever a file does to it.
        private func fill(_ connection: Connection) throws {
            for number in 0..<200 { try connection.run("SET", "key:\(number)", Bytes(repeating: 0x61, count: 4096)) }
        }

        private func files(_ directory: TemporaryDirectory) -> [String] {
            ((try? runProgram("ls", [directory.path]))?.lines ?? []).filter { $0.contains(".rdb") }
        }

        private func hasFailed(_ connection: Connection) throws -> Bool {
            try eventually {
                let information = try connection.run("INFO", "persistence").text ?? ""
                return information.contains("rdb_last_bgsave_status:err")
                    && information.contains("rdb_bgsave_in_progress:0")
            }
        }

        // MARK: A full disk

        private static let asked: [[String]] = [
            ["SET", "k", "v"], ["PING"], ["PING", "hello"], ["GET", "small"], ["STRLEN", "key:1"], ["INCR", "n"],
            ["DEL", "small"], ["EXPIRE", "small", "100"], ["BLPOP", "none", "0.01"], ["PUBLISH", "channel", "message"],
            ["FLUSHALL"], ["XADD", "stream", "*", "f", "v"], ["GETEX", "small", "PERSIST"], ["PFCOUNT", "none"],
            ["EVAL", "return redis.call('GET', 'small')", "0"], ["EVAL", "return redis.call('SET', 'k', 'v')", "0"],
            ["EVAL", "return redis.pcall('SET', 'k', 'v')", "0"],
            ["EVAL", "#!lua\nreturn redis.call('SET', 'k', 'v')", "0"],
            ["EVAL", "#!lua flags=no-writes\nreturn redis.call('GET', 'small')", "0"],
            ["EVAL_RO", "return redis.call('GET', 'small')", "0"], ["SCRIPT", "LOAD", "return 1"],
            ["FUNCTION", "FLUSH"], ["MULTI"], ["SET", "k", "v"], ["EXEC"], ["MULTI"], ["GET", "small"], ["EXEC"],
            ["CONFIG", "SET", "stop-writes-on-bgsave-error", "no"], ["SET", "k", "v"], ["PING"],
            ["CONFIG", "SET", "stop-writes-on-bgsave-error", "yes"], ["SET", "k", "w"],
            ["CONFIG", "SET", "save", ""], ["SET", "k", "w"], ["CONFIG", "SET", "save", "3600 100000"],
            ["DEBUG", "RELOAD"], ["GET", "k"], ["SAVE"], ["SHUTDOWN"], ["SHUTDOWN", "SAVE"], ["DBSIZE"],
        ]

        /// What a server answers from the moment on at which its disk is full, until it has room again.
        private func answers(_ product: Product) throws -> [String] {
            let lines = ["save 3600 100000", "rdbcompression no"]
            return try withServer(product, lines, launcher: FaultTests.limited) { server in
                let connection = try server.connect()
                try connection.run("SET", "small", "value")
                expect(try connection.run("SAVE"), is: .ok)
                let file = contentOfFile(server.directory.file("dump.rdb"))
                try fill(connection)
                try server.child.limitFileSize(FaultTests.limit)
                try connection.run("BGSAVE")
                #expect(try hasFailed(connection))
                var answers = try FaultTests.asked.map { command in
                    "\(command) → \(try connection.run(command.map { Bytes($0.utf8) }))"
                }
                #expect(contentOfFile(server.directory.file("dump.rdb")) == file)
                #expect(files(server.directory) == ["dump.rdb"])
                try server.child.limitFileSize(nil)
                for command in [["SAVE"], ["SET", "k", "x"], ["DEBUG", "RELOAD"], ["GET", "k"], ["DBSIZE"]] {
                    answers.append("\(command) → \(try connection.run(command.map { Bytes($0.utf8) }))")
                }
                return answers
            }
        }

        @Test func aFullDiskIsToldAsTheReferenceTellsIt() throws {
            let (ours, theirs) = (try answers(.apus), try answers(.oracle))
            for (our, their) in zip(ours, theirs) { #expect(our == their) }
        }

        @Test func anEndIsForcedThoughTheDiskIsFull() throws {
            try withServer(.apus, ["save 3600 100000", "rdbcompression no"], launcher: FaultTests.limited) { server in
                let connection = try server.connect()
                expect(try connection.run("SAVE"), is: .ok)
                let file = contentOfFile(server.directory.file("dump.rdb"))
                try fill(connection)
                try server.child.limitFileSize(FaultTests.limit)
                server.child.signal(SIGTERM)
                #expect(eventually { server.log.contains("Errors trying to shut down the server. Check the logs") })
                expect(try connection.run("STRLEN", "key:7"), is: .integer(4096))
                try connection.send(encodedRequest("SHUTDOWN", "FORCE"))
                #expect(server.child.wait() == .exited(0))
                #expect(contentOfFile(server.directory.file("dump.rdb")) == file)
                #expect(files(server.directory) == ["dump.rdb"])
            }
        }

        @Test func aLogOnAFullDiskGoesOnByItself() throws {
            let directory = try TemporaryDirectory()
            let lines = ["dir \(directory.path)", "appendonly yes", "appendfsync everysec"]
            let digest = try withServer(.apus, lines, launcher: FaultTests.limited) { server in
                let connection = try server.connect()
                try server.child.limitFileSize(FaultTests.limit)
                try fill(connection)
                #expect(
                    try eventually {
                        try connection.run("SET", "k", "v").errorText
                            == "MISCONF Errors writing to the AOF file: File too large"
                    })
                expect(try connection.run("STRLEN", "key:1"), is: .integer(4096))
                try server.child.limitFileSize(nil)
                #expect(try eventually { try connection.run("SET", "k", "v") == .ok })
                let kept = try connection.run("WAITAOF", "1", "0", "20000")
                #expect(kept.elements?.first == .integer(1))
                defer { server.child.kill() }
                return try connection.run("DEBUG", "DIGEST")
            }
            try withServer(.apus, lines) { server in
                let connection = try server.connect()
                expect(try connection.run("DEBUG", "DIGEST"), is: digest)
            }
        }

        // MARK: Directories

        /// Makes the server unable to save, and able again; in between writes are refused, which ends without anybody's help.
        private func failsAndRecovers(
            _ server: ServerProcess, breaking: () throws -> Void, mending: () throws -> Void
        ) throws {
            let connection = try server.connect()
            try connection.run("SET", "k", "v")
            expect(try connection.run("SAVE"), is: .ok)
            try breaking()
            expect(try connection.run("SAVE"), is: .error("ERR"))
            #expect(try connection.run("SET", "k", "w").errorText?.hasPrefix("MISCONF Redis is configured") == true)
            expect(try connection.run("GET", "k"), is: .text("v"))
            try mending()
            #expect(try eventually { try connection.run("SET", "k", "w") == .ok })
        }

        @Test func aDirectoryWithoutRightsIsNoEnd() throws {
            let check = try runProgram("env", FaultTests.powerless + ["true"])
            guard check.status == .exited(0) else {
                return print("skipped, as capabilities cannot be given up here: \(check.output)")
            }
            // A change that is not saved lets the save point try again.
            try withServer(.apus, ["save 1 1"], launcher: FaultTests.powerless) { server in
                try failsAndRecovers(
                    server,
                    breaking: {
                        chmod(server.directory.path, 0o555)
                        try server.connect().run("SET", "other", "unsaved")
                    },
                    mending: { chmod(server.directory.path, 0o755) })
            }
        }

        @Test func aDirectoryThatIsGoneIsNoEnd() throws {
            let place = try TemporaryDirectory()
            let path = place.file("data")
            mkdir(path, 0o755)
            try withServer(.apus, ["dir \(path)", "save 1 1"]) { server in
                try failsAndRecovers(
                    server,
                    breaking: {
                        rename(path, place.file("elsewhere"))
                        try server.connect().run("SET", "other", "unsaved")
                    },
                    mending: { rename(place.file("elsewhere"), path) })
            }
        }

        @Test func aNameThatIsTakenLeavesNothingBehind() throws {
            try withServer(.apus, ["save 3600 1"]) { server in
                let connection = try server.connect()
                try connection.run("SET", "k", "v")
                mkdir(server.directory.file("dump.rdb"), 0o755)
                for command in ["SAVE", "BGSAVE"] {
                    try connection.run(command)
                    #expect(try hasFailed(connection))
                    #expect(files(server.directory) == ["dump.rdb"])
                }
                expect(try connection.run("DEBUG", "RELOAD"), is: .error("ERR"))
                expect(try connection.run("GET", "k"), is: .text("v"))
                rmdir(server.directory.file("dump.rdb"))
            }
        }
    }
}
