import Glibc
import Harness
import Testing

extension ProcessTests {
    /// Files that go from one process to another.
    @Suite(.serialized) struct SnapshotTests {
        /// Keys of all types, small and large.
        private static func fill(_ connection: Connection) throws {
            for number in 0..<500 { try connection.run("SET", "string:\(number)", "value \(number * number)") }
            try connection.run("SET", "number", "-123456")
            try connection.run("SET", "large", Bytes(repeating: 0x61, count: 300_000))
            try connection.run("SET", "expiring", "1", "PX", "10000000")
            for (size, name) in [(3, "small"), (2000, "large")] {
                for number in 0..<size {
                    try connection.run("RPUSH", "list:\(name)", "element \(number)")
                    try connection.run("SADD", "set:\(name)", "member \(number)")
                    try connection.run("SADD", "integers:\(name)", "\(number * 7)")
                    try connection.run("ZADD", "sorted:\(name)", "\(number).5", "member \(number)")
                    try connection.run("HSET", "hash:\(name)", "field \(number)", "value \(number)")
                    try connection.run("XADD", "stream:\(name)", "\(number + 1)-1", "field", "value \(number)")
                }
            }
            try connection.run("XGROUP", "CREATE", "stream:small", "group", "0")
            try connection.run("XREADGROUP", "GROUP", "group", "me", "COUNT", "2", "STREAMS", "stream:small", ">")
            // Seen, and never active.
            try connection.run("XREADGROUP", "GROUP", "group", "other", "STREAMS", "stream:small", "0")
            try connection.run("SELECT", "5")
            try connection.run("SET", "elsewhere", "1")
            try connection.run("SELECT", "0")
        }

        private func digest(_ connection: Connection) throws -> Reply { try connection.run("DEBUG", "DIGEST") }

        /// What a server shows that starts with this file.
        private func digest(of file: Bytes, loadedBy product: Product) throws -> Reply {
            let directory = try TemporaryDirectory()
            try directory.write(file, to: "dump.rdb")
            return try withServer(product, ["dir \(directory.path)"]) { server in
                let connection = try server.connect()
                #expect(eventually { (try? connection.run("DBSIZE"))?.errorText == nil })
                return try digest(connection)
            }
        }

        private func file(savedBy product: Product) throws -> (file: Bytes, digest: Reply) {
            try withServer(product) { server in
                let connection = try server.connect()
                try SnapshotTests.fill(connection)
                try #expect(connection.run("SAVE") == .ok)
                return (contentOfFile(server.directory.file("dump.rdb")), try digest(connection))
            }
        }

        @Test(arguments: [Product.apus, .oracle], [Product.apus, .oracle])
        func filesGoBothWays(from writer: Product, to reader: Product) throws {
            let saved = try file(savedBy: writer)
            try #expect(digest(of: saved.file, loadedBy: reader) == saved.digest)
        }

        @Test func aSnapshotInTheBackgroundHoldsTheCut() throws {
            try withServer { server in
                let connection = try server.connect()
                try connection.run("DEBUG", "POPULATE", "20000")
                try SnapshotTests.fill(connection)
                let wanted = try digest(connection)
                try connection.run("BGSAVE")
                for number in 0..<5000 { try connection.run("SET", "key:\(number)", "new") }
                try connection.run("FLUSHALL")
                #expect(eventually { server.log.contains("Background saving terminated with success") })
                let file = contentOfFile(server.directory.file("dump.rdb"))
                try #expect(digest(of: file, loadedBy: .oracle) == wanted)
            }
        }

        @Test(arguments: [SIGTERM, SIGINT]) func whatWasWrittenIsThereAfterTheEnd(_ signal: Int32) throws {
            let directory = try TemporaryDirectory()
            let lines = ["dir \(directory.path)", "save 3600 1"]
            try withServer(.apus, lines) { server in
                try server.connect().run("SET", "k", "v")
                server.child.signal(signal)
                #expect(server.child.wait() == .exited(0))
                #expect(server.logs("DB saved on disk"))
            }
            try withServer(.apus, lines) { server in
                #expect(server.logs("DB loaded from disk"))
                let connection = try server.connect()
                try #expect(connection.run("GET", "k") == .text("v"))
                try connection.run("SET", "k", "lost")
                try connection.send(encodedRequest("SHUTDOWN", "NOSAVE"))
                #expect(server.child.wait() == .exited(0))
            }
            try withServer(.apus, lines) { try #expect($0.connect().run("GET", "k") == .text("v")) }
        }

        @Test func aDirectoryWithoutRightsStopsWritesAndNotReads() throws {
            try withServer(.apus, ["save 3600 1"]) { server in
                let connection = try server.connect()
                try connection.run("SET", "k", "v")
                try connection.run("CONFIG", "SET", "dbfilename", "dump.rdb")
                // A directory stands where the file is to go.
                mkdir(server.directory.file("dump.rdb"), 0o755)
                try #expect(connection.run("SAVE").errorText != nil)
                try #expect(connection.run("SET", "k", "w").errorText?.hasPrefix("MISCONF") == true)
                try #expect(connection.run("GET", "k") == .text("v"))
                try connection.send(encodedRequest("SHUTDOWN"))
                try #expect(connection.receive().errorText == "ERR Errors trying to SHUTDOWN. Check logs.")
                rmdir(server.directory.file("dump.rdb"))
                try #expect(connection.run("SAVE") == .ok)
                try #expect(connection.run("SET", "k", "w") == .ok)
            }
        }

        @Test func aDamagedFileIsNotLoaded() throws {
            var file = try file(savedBy: .apus).file
            file[file.count / 2] ^= 0x40
            let directory = try TemporaryDirectory()
            let path = try directory.write(file, to: "dump.rdb")
            let server = try ServerProcess(.apus, port: try freePort(), ["dir \(directory.path)"])
            #expect(server.child.wait() == .exited(1))
            #expect(server.logs("Fatal error loading the DB"))
            #expect(contentOfFile(path) == file)
        }

        private func check(_ path: String, _ directory: TemporaryDirectory) throws -> ChildProcess {
            unlink(directory.file("log"))
            return try ChildProcess(
                Product.apus.program, ["check-rdb", path], directory: directory.path, outputPath: directory.file("log"))
        }

        @Test func filesAreChecked() throws {
            var file = try file(savedBy: .oracle).file
            let directory = try TemporaryDirectory()
            let path = try directory.write(file, to: "dump.rdb")
            let good = try check(path, directory)
            #expect(good.wait() == .exited(0))
            #expect(good.output.contains("RDB looks OK!"))
            #expect(good.output.contains("[info] 516 keys read"))
            file.removeLast(20)
            try directory.write(file, to: "dump.rdb")
            let bad = try check(path, directory)
            #expect(bad.wait() == .exited(1))
            #expect(bad.output.contains("--- RDB ERROR DETECTED ---"))
        }
    }
}
