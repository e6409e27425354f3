import Glibc
import Harness
import Testing

extension ProcessTests {
    @Suite(.serialized) struct AppendOnlyTests {
        /// Starts a server in a directory that outlives it.
        @discardableResult
        private func serve<Result>(
            _ product: Product, in directory: TemporaryDirectory, _ lines: [String] = [],
            _ body: (ServerProcess, Connection) throws -> Result
        ) throws -> Result {
            try withServer(product, ["dir \(directory.path)", "appendonly yes"] + lines) { server in
                try body(server, try server.connect())
            }
        }

        /// Every type, small and large, in two databases.
        private func fill(_ connection: Connection) throws {
            for database in [0, 3] {
                try connection.run("SELECT", "\(database)")
                try connection.run("SET", "text", "some\r\ntext", "PX", "10000000")
                try connection.run("INCRBY", "number", "-17")
                for (prefix, count) in [("small", 4), ("large", 600)] {
                    var requests: [[Bytes]] = []
                    for index in 0..<count {
                        requests += [
                            ["RPUSH", "\(prefix)list", "e\(index)"], ["SADD", "\(prefix)set", "m\(index)"],
                            ["ZADD", "\(prefix)zset", "\(index).25", "m\(index)"],
                            ["HSET", "\(prefix)hash", "f\(index)", "v\(index)"],
                            ["XADD", "\(prefix)stream", "\(index + 1)-0", "f", "v\(index)"],
                        ].map { $0.map { Bytes($0.utf8) } }
                    }
                    _ = try connection.pipeline(requests)
                }
                try connection.run("SPOP", "smallset")
                try connection.run("MULTI")
                try connection.run("INCR", "number")
                try connection.run("LPOP", "smalllist")
                try connection.run("EXEC")
            }
        }

        private func awaitRewrite(_ connection: Connection) {
            #expect(
                eventually {
                    (try? connection.run("INFO", "persistence").text?.contains("aof_rewrites:1\r\n")) == true
                })
        }

        private func digest(_ connection: Connection) throws -> Reply { try connection.run("DEBUG", "DIGEST") }

        private func lines(_ directory: TemporaryDirectory) -> [String] {
            textOfFile(directory.file("appendonlydir/appendonly.aof.manifest")).split(separator: "\n").map(String.init)
        }

        @Test(arguments: ["always", "everysec", "no"]) func aRestartKeepsEverything(_ synchronization: String) throws {
            let directory = try TemporaryDirectory()
            let policy = ["appendfsync \(synchronization)"]
            let before = try serve(.apus, in: directory, policy) { _, connection in
                try fill(connection)
                return try digest(connection)
            }
            for _ in 0..<2 {
                try serve(.apus, in: directory, policy) { server, connection in
                    let after = try digest(connection)
                    #expect(after == before)
                    #expect(server.logs("DB loaded from append only file"))
                }
            }
            #expect(
                lines(directory) == [
                    "file appendonly.aof.1.base.rdb seq 1 type b", "file appendonly.aof.1.incr.aof seq 1 type i",
                ])
        }

        @Test func aKilledServerHasEverythingItAnswered() throws {
            let directory = try TemporaryDirectory()
            for round in 1...10 {
                try serve(.apus, in: directory, ["appendfsync always"]) { server, connection in
                    #expect(try connection.run("GET", "rounds").text == (round == 1 ? nil : "\(round - 1)"))
                    for _ in 0..<20 { try connection.run("INCR", "count") }
                    if round % 3 == 0 { try connection.run("BGREWRITEAOF") }
                    try connection.run("SET", "rounds", "\(round)")
                    server.child.kill()
                }
            }
            try serve(.apus, in: directory) { _, connection in
                let value = try connection.run("GET", "count")
                #expect(value == .text("200"))
            }
        }

        /// Sets how large files of a server may become, in bytes.
        private func limitFiles(of server: ServerProcess, to size: String) throws {
            let result = try runProgram("prlimit", ["--pid", "\(server.child.pid)", "--fsize=\(size):unlimited"])
            #expect(result.status == .exited(0), "\(result.output)")
        }

        @Test func whenTheDiskIsFullWhoeverWaitsIsToldAndItMendsItself() throws {
            let directory = try TemporaryDirectory()
            try serve(.apus, in: directory, ["appendfsync always"]) { server, connection in
                #expect(try connection.run("SET", "a", "1") == .ok)
                try limitFiles(of: server, to: "200")
                let unknown = try connection.run("SET", "b", String(repeating: "x", count: 1000)).errorText ?? ""
                #expect(unknown.hasPrefix("UNKNOWNOUTCOME ") && unknown.hasSuffix("File too large"))
                let refused = try connection.run("SET", "c", "1").errorText
                #expect(refused == "MISCONF Errors writing to the AOF file: File too large")
                #expect(try connection.run("STRLEN", "b") == .integer(1000))
                #expect(try connection.run("INFO", "persistence").text?.contains("aof_last_write_status:err") == true)
                try limitFiles(of: server, to: "unlimited")
                #expect(eventually { (try? connection.run("SET", "c", "1")) == .ok })
                server.child.kill()
            }
            try serve(.apus, in: directory) { _, connection in
                let (values, length) = (try connection.run("MGET", "a", "c"), try connection.run("STRLEN", "b"))
                #expect(values.elements == [.text("1"), .text("1")] && length == .integer(1000))
            }
        }

        @Test func whoeverSendsNothingMoreStillGetsItsReplies() throws {
            let directory = try TemporaryDirectory()
            try serve(.apus, in: directory, ["appendfsync always"]) { server, _ in
                for _ in 0..<20 {
                    let connection = try server.connect()
                    try connection.send(text: "INCR a\r\nINCR a\r\n")
                    connection.endWriting()
                    let (first, second) = (try connection.receive(), try connection.receive())
                    #expect(first.text != nil || second.text != nil || first != second)
                    #expect(connection.isClosed())
                }
            }
        }

        @Test func itIsNotTurnedOnWhereItCannotBegin() throws {
            for product in [Product.apus, .oracle] {
                let directory = try TemporaryDirectory()
                try directory.write("no directory", to: "appendonlydir")
                try withServer(product, ["dir \(directory.path)"]) { server in
                    let connection = try server.connect()
                    let error = try connection.run("CONFIG", "SET", "appendonly", "yes").errorText
                    #expect(
                        error == "ERR CONFIG SET failed (possibly related to argument 'appendonly') - "
                            + "Unable to turn on AOF. Check server logs.", "\(product)")
                    #expect(try connection.run("CONFIG", "GET", "appendonly").elements?.last == .text("no"))
                }
            }
        }

        @Test(arguments: [("yes", "rdb"), ("no", "aof")]) func aRewriteReplacesTheFiles(
            preamble: String, suffix: String
        ) throws {
            let directory = try TemporaryDirectory()
            let before = try serve(.apus, in: directory, ["aof-use-rdb-preamble \(preamble)"]) { _, connection in
                try fill(connection)
                #expect(
                    try connection.run("BGREWRITEAOF").text == "Background append only file rewriting started")
                try connection.run("SELECT", "3")
                try connection.run("SET", "later", "1")
                awaitRewrite(connection)
                let wanted = [
                    "file appendonly.aof.2.base.\(suffix) seq 2 type b", "file appendonly.aof.2.incr.aof seq 2 type i",
                ]
                #expect(eventually { lines(directory) == wanted })
                return try digest(connection)
            }
            #expect(access(directory.file("appendonlydir/appendonly.aof.1.base.\(suffix)"), F_OK) != 0)
            try serve(.apus, in: directory) { _, connection in
                let after = try digest(connection)
                #expect(after == before)
            }
        }

        @Test func itIsTurnedOnAndOff() throws {
            let directory = try TemporaryDirectory()
            let before = try withServer(.apus, ["dir \(directory.path)"]) { server in
                let connection = try server.connect()
                try fill(connection)
                #expect(try connection.run("WAITAOF", "1", "0", "10").errorText != nil)
                #expect(try connection.run("CONFIG", "SET", "appendonly", "yes") == .ok)
                try connection.run("SET", "later", "1")
                #expect(try connection.run("WAITAOF", "1", "0", "0").elements?.first == .integer(1))
                let digest = try digest(connection)
                #expect(try connection.run("CONFIG", "SET", "appendonly", "no") == .ok)
                try connection.run("SET", "unknown", "1")
                return digest
            }
            try serve(.apus, in: directory) { _, connection in
                let after = try digest(connection)
                #expect(after == before)
            }
        }

        @Test func aTornTailIsCutOffAndADamagedMiddleRefused() throws {
            let directory = try TemporaryDirectory()
            try serve(.apus, in: directory) { _, connection in
                for index in 0..<10 { try connection.run("SET", "k\(index)", "v") }
            }
            let name = "appendonlydir/appendonly.aof.1.incr.aof"
            let whole = contentOfFile(directory.file(name))
            try directory.write(whole + Bytes("*3\r\n$3\r\nSET\r\n$1".utf8), to: name)
            try serve(.apus, in: directory) { server, connection in
                let size = try connection.run("DBSIZE")
                #expect(size == .integer(10))
                #expect(server.logs("Truncating it from \(whole.count + 15) to \(whole.count) bytes"))
            }
            #expect(contentOfFile(directory.file(name)) == whole)
            var damaged = whole
            damaged[50] = 0x21
            try directory.write(damaged, to: name)
            do {
                try serve(.apus, in: directory) { _, _ in }
                Issue.record("a damaged file was loaded")
            } catch {
                #expect("\(error)".contains("Bad file format") && "\(error)".contains("at offset"))
            }
        }

        // MARK: Beside the reference

        @Test func theReferenceLoadsWhatWasWritten() throws {
            let directory = try TemporaryDirectory()
            let before = try serve(.apus, in: directory) { _, connection in
                try fill(connection)
                try connection.run("BGREWRITEAOF")
                #expect(eventually { lines(directory).contains("file appendonly.aof.2.base.rdb seq 2 type b") })
                try connection.run("SELECT", "3")
                try connection.run("SET", "later", "1")
                awaitRewrite(connection)
                return try digest(connection)
            }
            try serve(.oracle, in: directory) { _, connection in
                let after = try digest(connection)
                #expect(after == before)
                try connection.run("SET", "from", "there")
            }
            try serve(.apus, in: directory) { _, connection in
                let value = try connection.run("GET", "from")
                #expect(value == .text("there"))
            }
        }

        @Test(arguments: [("no", "aof"), ("yes", "rdb")])
        func whatTheReferenceHasWrittenIsLoaded(_ preamble: String, _ ending: String) throws {
            let directory = try TemporaryDirectory()
            let lines = ["aof-use-rdb-preamble \(preamble)", "aof-timestamp-enabled yes"]
            let before = try serve(.oracle, in: directory, lines) { _, connection in
                try fill(connection)
                try connection.run("BGREWRITEAOF")
                #expect(
                    eventually {
                        self.lines(directory).contains("file appendonly.aof.2.base.\(ending) seq 2 type b")
                    })
                try connection.run("SELECT", "3")
                try connection.run("SET", "later", "1")
                return try digest(connection)
            }
            try serve(.apus, in: directory) { _, connection in
                let after = try digest(connection)
                #expect(after == before)
            }
        }

        @Test func theSingleFileOfAnOldVersionIsTakenOver() throws {
            let directory = try TemporaryDirectory()
            try directory.write("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n", to: "appendonly.aof")
            for _ in 0..<2 {
                try serve(.apus, in: directory) { _, connection in
                    let value = try connection.run("GET", "a")
                    #expect(value == .text("b"))
                }
            }
            #expect(
                lines(directory) == [
                    "file appendonly.aof seq 1 type b", "file appendonly.aof.1.incr.aof seq 1 type i",
                ])
            #expect(access(directory.file("appendonly.aof"), F_OK) != 0)
        }

        @Test(arguments: [Product.apus, .oracle]) func thereIsOneSnapshotAtATime(_ product: Product) throws {
            let directory = try TemporaryDirectory()
            try serve(product, in: directory) { server, connection in
                func shows(_ line: String) throws -> Bool {
                    try connection.run("INFO", "persistence").text?.contains(line + "\r\n") == true
                }
                for key in ["a", "b", "c"] { try connection.run("SET", key, "1") }
                try connection.run("CONFIG", "SET", "rdb-key-save-delay", "10000000")
                try #expect(connection.run("BGREWRITEAOF").text == "Background append only file rewriting started")
                try #expect(
                    connection.run("BGREWRITEAOF").errorText
                        == "ERR Background append only file rewriting already in progress")
                try #expect(
                    connection.run("BGSAVE").errorText
                        == "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in "
                        + "order to schedule a BGSAVE whenever possible.")
                try #expect(connection.run("BGSAVE", "SCHEDULE").text == "Background saving scheduled")
                try #expect(shows("aof_rewrite_in_progress:1"))
                try #expect(shows("rdb_bgsave_in_progress:0"))
                try connection.run("CONFIG", "SET", "rdb-key-save-delay", "0")
                try #expect(connection.run("SAVE") == .ok)
                server.child.kill()
            }
            try withServer(product, ["dir \(directory.path)", "rdb-key-save-delay 10000000"]) { server in
                let connection = try server.connect()
                try connection.run("SET", "a", "1")
                try #expect(connection.run("BGSAVE").text == "Background saving started")
                try #expect(connection.run("BGREWRITEAOF").text == "Background append only file rewriting scheduled")
                try #expect(connection.run("SAVE").errorText == "ERR Background save already in progress")
                try #expect(
                    connection.run("INFO", "persistence").text?.contains("aof_rewrite_scheduled:1\r\n") == true)
                server.child.kill()
            }
        }

        @Test(arguments: [Product.apus, .oracle]) func inATransactionARewriteIsForLater(_ product: Product) throws {
            let directory = try TemporaryDirectory()
            try serve(product, in: directory) { _, connection in
                for command in [["MULTI"], ["SET", "a", "1"], ["BGREWRITEAOF"], ["BGREWRITEAOF"], ["SET", "b", "1"]] {
                    try connection.run(command.map { Bytes($0.utf8) })
                }
                let scheduled = Reply.simple("Background append only file rewriting scheduled")
                expect(try connection.run("EXEC"), is: .array([.ok, scheduled, scheduled, .ok]))
                #expect(eventually { lines(directory).first == "file appendonly.aof.2.base.rdb seq 2 type b" })
            }
            let values = try serve(.apus, in: directory) { try $1.run("MGET", "a", "b") }
            #expect(values == .array([.text("1"), .text("1")]))
        }

        @Test(arguments: [Product.apus, .oracle]) func aBaseIsWrittenThoughTheLogIsOff(_ product: Product) throws {
            let directory = try TemporaryDirectory()
            let started = Reply.simple("Background append only file rewriting started")
            for sequence in 1...2 {
                try withServer(product, ["dir \(directory.path)"]) { server in
                    let connection = try server.connect()
                    try connection.run("SET", "a", "\(sequence)")
                    expect(try connection.run("BGREWRITEAOF"), is: started)
                    let base = "file appendonly.aof.\(sequence).base.rdb seq \(sequence) type b"
                    #expect(eventually { lines(directory).first == base })
                    #expect(try connection.run("INFO", "persistence").text?.contains("aof_enabled:0\r\n") == true)
                    let former = directory.file("appendonlydir/appendonly.aof.\(sequence - 1).base.rdb")
                    #expect(eventually { access(former, F_OK) != 0 })
                }
            }
            let value = try serve(.apus, in: directory) { try $1.run("GET", "a") }
            #expect(value == .text("2"))
        }

        @Test(arguments: [Product.apus, .oracle]) func withoutADirectoryThereIsNoBase(_ product: Product) throws {
            try withServer(product) { server in
                try server.directory.write("no directory", to: "appendonlydir")
                let connection = try server.connect()
                let refusal =
                    "ERR Can't execute an AOF background rewriting. Please check the server logs for more information."
                expect(try connection.run("BGREWRITEAOF"), is: .error(refusal))
                unlink(server.directory.file("appendonlydir"))
                #expect(try connection.run("BGREWRITEAOF").errorText == nil)
            }
        }

        @Test func whatIsReadAgainIsWrittenOn() throws {
            let directory = try TemporaryDirectory()
            let lines = ["appendfsync always"]
            try serve(.apus, in: directory, lines) { server, connection in
                let commands = [
                    ["SET", "a", "1"], ["DEBUG", "RELOAD"], ["INCR", "a"], ["DEBUG", "LOADAOF"], ["INCR", "a"],
                    ["MULTI"], ["INCR", "a"], ["EXEC"], ["DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE"],
                    ["GET", "a"],
                    ["DEBUG", "LOADAOF"], ["GET", "a"],
                ]
                let replies = try connection.pipeline(commands.map { $0.map { Bytes($0.utf8) } })
                #expect(
                    replies == [
                        .ok, .ok, .integer(2), .ok, .integer(3), .ok, .simple("QUEUED"), .array([.integer(4)]), .ok,
                        .text("1"), .ok, .text("4"),
                    ])
                server.child.kill()
            }
            let value = try serve(.apus, in: directory, lines) { try $1.run("GET", "a") }
            #expect(value == .text("4"))
        }

        @Test func whoeverWaitsForTheLogIsToldThatItIsOff() throws {
            try withServer(.apus, ["appendonly yes"]) { server in
                let (waiting, other) = (try server.connect(), try server.connect())
                try waiting.send(encodedRequest("WAITAOF", "1", "1", "0"))
                #expect(
                    try eventually { try other.run("INFO", "clients").text?.contains("blocked_clients:1") == true })
                expect(try other.run("CONFIG", "SET", "appendonly", "no"), is: .ok)
                #expect(
                    try waiting.receive().errorText
                        == "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
            }
        }

        // MARK: Checks

        @Test func aCheckSpeaksAsTheReference() throws {
            let directory = try TemporaryDirectory()
            let good = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n"
            let torn = good + "*3\r\n$3\r\nSET\r\n$1\r\nc\r\n$5\r\nab"
            for (name, text) in [("good", good), ("torn", torn), ("times", "#TS:1000\r\n\(good)#TS:2000\r\n\(good)")] {
                try directory.write(text, to: name)
            }
            func check(_ program: String, _ arguments: [String], answer: String = "") throws -> ProgramResult {
                try runProgram(program, arguments, input: Bytes(answer.utf8))
            }
            let apus = Product.apus.program
            for name in ["good", "times"] {
                let ours = try check(apus, ["check-aof", directory.file(name)])
                let theirs = try check("redis-check-aof", [directory.file(name)])
                #expect(ours.status == theirs.status)
                #expect(ours.output == theirs.output)
            }
            let refused = try check(apus, ["check-aof", directory.file("torn")])
            #expect(refused.status == .exited(1))
            #expect(refused.output.contains("0x              4a: Expected to read 7 bytes, got 2 bytes"))
            #expect(
                try check(apus, ["check-aof", "--fix", directory.file("torn")], answer: "n\n").status == .exited(1))
            #expect(textOfFile(directory.file("torn")) == torn)
            #expect(
                try check(apus, ["check-aof", "--fix", directory.file("torn")], answer: "y\n").status == .exited(0))
            #expect(textOfFile(directory.file("torn")) == good)
            let cut = try check(apus, ["check-aof", "--truncate-to-timestamp", "1500", directory.file("times")])
            #expect(cut.status == .exited(0))
            #expect(textOfFile(directory.file("times")) == "#TS:1000\r\n\(good)")
            #expect(try check(apus, ["check-aof"]).status == .exited(1))
        }

        @Test func aCheckGoesThroughAWholeLog() throws {
            let directory = try TemporaryDirectory()
            try serve(.apus, in: directory) { _, connection in try connection.run("SET", "a", "b") }
            let result = try runProgram(
                Product.apus.program, ["check-aof", directory.file("appendonlydir/appendonly.aof.manifest")])
            #expect(result.status == .exited(0))
            #expect(result.output.hasPrefix("Start checking Multi Part AOF\n"))
            #expect(result.output.hasSuffix("All AOF files and manifest are valid\n"))
        }
    }
}
