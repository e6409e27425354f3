import Glibc
import Harness
import Testing

/// The log of a whole server: where it goes, in which form, and what changes while it runs.
extension ProcessTests {
    @Suite(.serialized) struct LogFileTests {
        @Test func aFileThatWasMovedAwayIsReplaced() throws {
            let directory = try TemporaryDirectory()
            let (path, moved) = (directory.file("log"), directory.file("log.1"))
            try withServer(.apus, ["logfile \(path)"]) { server in
                let connection = try server.connect()
                #expect(server.log.isEmpty, "nothing goes to standard output: \(server.log)")
                #expect(textOfFile(path).contains(" * Ready to accept connections"))
                try connection.run("DEBUG", "LOG", "before")
                #expect(eventually { textOfFile(path).hasSuffix("DEBUG LOG: before\n") })
                try #require(rename(path, moved) == 0)
                try connection.run("DEBUG", "LOG", "after")
                #expect(eventually { textOfFile(path).hasSuffix("DEBUG LOG: after\n") })
                #expect(!textOfFile(moved).contains("after") && !textOfFile(path).contains("before"))
            }
            #expect(textOfFile(path).contains("ready to exit, bye bye"), "the last line is written too")
        }

        @Test func levelFormAndFileChangeAtRunTime() throws {
            let directory = try TemporaryDirectory()
            let path = directory.file("log")
            try withServer(.apus, ["enable-protected-configs local"]) { server in
                let connection = try server.connect()
                expect(
                    try connection.run("CONFIG", "SET", "log-format", "json", "log-timestamp-format", "iso8601"),
                    is: .ok)
                try connection.run("DEBUG", "LOG", "one \"two\"\nthree")
                let wanted = #""level":"warning","message":"DEBUG LOG: one \"two\"\nthree"}"#
                #expect(eventually { server.log.contains(wanted) }, "\(server.log)")
                expect(try connection.run("CONFIG", "SET", "log-format", "logfmt"), is: .ok)
                try connection.run("DEBUG", "LOG", "four")
                #expect(eventually { server.log.hasSuffix("level=warning message=\"DEBUG LOG: four\"\n") })
                expect(try connection.run("CONFIG", "SET", "logfile", path, "log-format", "legacy"), is: .ok)
                expect(try connection.run("CONFIG", "SET", "loglevel", "nothing"), is: .ok)
                try connection.run("DEBUG", "LOG", "unwritten")
                expect(try connection.run("CONFIG", "SET", "loglevel", "debug"), is: .ok)
                try connection.run("DEBUG", "LOG", "five")
                #expect(eventually { textOfFile(path).hasSuffix(" # DEBUG LOG: five\n") })
                #expect(!textOfFile(path).contains("unwritten") && !server.log.contains("five"))
                let refusal = try connection.run("CONFIG", "SET", "logfile", "/nowhere/log").errorText ?? ""
                #expect(refusal.contains("Can't open the log file: No such file or directory"))
            }
        }

        @Test func onlyWhoMayChangesTheFile() throws {
            try withConnection { connection in
                let refusal = try connection.run("CONFIG", "SET", "logfile", "/tmp/x").errorText ?? ""
                #expect(refusal.contains("can't set protected config"))
            }
        }

        @Test func whatAClientSendsCannotForgeALine() throws {
            try withServer { server in
                try server.connect().run("DEBUG", "LOG", Bytes("a\n1:M 01 Jan 1970 * forged\u{1B}[2J\r\n".utf8))
                #expect(eventually { server.log.contains("forged") })
                #expect(server.log.split(whereSeparator: \.isNewline).allSatisfy { !$0.hasPrefix("1:M") })
                #expect(!server.log.contains("\u{1B}"))
            }
        }

        @Test func aTerminalThatTakesNothingHoldsNobodyUp() throws {
            let directory = try TemporaryDirectory()
            let pipe = directory.file("pipe")
            try #require(mkfifo(pipe, 0o600) == 0)
            let reader = open(pipe, O_RDWR | O_NONBLOCK)
            defer { close(reader) }
            let port = try freePort()
            let lines = ServerProcess.baseConfiguration(port: port, directory: directory.path)
            let path = try directory.write(lines.joined(separator: "\n") + "\n", to: "server.conf")
            let child = try ChildProcess(
                Product.apus.program, Product.apus.leadingArguments + [path], directory: directory.path,
                outputPath: pipe)
            defer { child.kill() }
            try #require(eventually { (try? Connection(port: port).run("PING")) == .simple("PONG") })
            let connection = try Connection(port: port)
            // Far more than a pipe holds, and nobody reads it.
            let text = String(repeating: "x", count: 4000)
            for _ in 0..<2000 { try connection.run("DEBUG", "LOG", text) }
            expect(try connection.run("PING"), is: .simple("PONG"))
        }
    }
}
