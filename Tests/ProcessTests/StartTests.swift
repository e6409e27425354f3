import Glibc
import Harness
import Testing

extension ProcessTests {
    @Suite(.serialized) struct StartTests {
        @Test func logsItsStart() throws {
            try withServer { server in
                #expect(eventually { server.log.contains("Ready to accept connections") })
                #expect(server.logs("Server initialized"))
                #expect(
                    server.log.contains(" PID: \(server.child.pid)") || server.log.contains("pid=\(server.child.pid)"))
            }
        }

        @Test func infoNamesTheProcessAndThePort() throws {
            try withServer { server in
                let information = try server.connect().run("INFO", "server").text ?? ""
                #expect(information.contains("process_id:\(server.child.pid)\r\n"))
                #expect(information.contains("tcp_port:\(server.port)\r\n"))
                #expect(information.contains("redis_version:7.2.4\r\n"))
                #expect(information.contains("apus_version:"))
            }
        }

        @Test func saysItsVersion() throws {
            let result = try runProgram(Product.apus.program, Product.apus.leadingArguments + ["--version"])
            #expect(result.status == .exited(0))
            #expect(result.output.hasPrefix("Redis server v=7.2.4 "))
        }

        @Test func startsUnderTheNameRedisServer() throws {
            let directory = try TemporaryDirectory()
            let link = directory.file("redis-server")
            try #require(symlink(Product.apus.program, link) == 0)
            try #expect(runProgram(link, ["--version"]).output.hasPrefix("Redis server v=7.2.4 "))
            let port = try freePort()
            let lines = ServerProcess.baseConfiguration(port: port, directory: directory.path)
            let path = try directory.write(lines.joined(separator: "\n") + "\n", to: "server.conf")
            let child = try ChildProcess(link, [path], directory: directory.path, outputPath: directory.file("log"))
            defer { child.terminate() }
            #expect(answersPing(port: port))
        }

        @Test func readsItsConfigurationFromStandardInput() throws {
            let directory = try TemporaryDirectory()
            let port = try freePort()
            let lines = ServerProcess.baseConfiguration(port: port, directory: directory.path) + ["maxclients 77"]
            let input = try directory.write(lines.joined(separator: "\n") + "\n", to: "input")
            let child = try ChildProcess(
                Product.apus.program, Product.apus.leadingArguments + ["-"], directory: directory.path,
                inputPath: input, outputPath: directory.file("log"))
            defer { child.terminate() }
            try #require(answersPing(port: port))
            try #expect(Connection(port: port).run("CONFIG", "GET", "maxclients")["maxclients"] == .text("77"))
        }

        @Test func optionsOnTheCommandLineComeAfterTheFile() throws {
            let port = try freePort()
            let server = try ServerProcess(
                .apus, port: try freePort(), ["timeout 10"],
                arguments: ["--port", String(port), "--timeout", "20", "--maxmemory-policy", "allkeys-lru"])
            defer { server.stop() }
            try #require(answersPing(port: port))
            let connection = try Connection(port: port)
            try #expect(connection.run("CONFIG", "GET", "port")["port"] == .text(String(port)))
            try #expect(connection.run("CONFIG", "GET", "timeout")["timeout"] == .text("20"))
            try #expect(connection.run("CONFIG", "GET", "maxmemory-policy")["maxmemory-policy"] == .text("allkeys-lru"))
        }

        @Test func anUnknownDirectiveEndsTheStart() throws {
            let server = try ServerProcess(.apus, port: try freePort(), ["no-such-directive 1"])
            defer { server.stop() }
            #expect(server.child.wait() == .exited(1))
            let line = textOfFile(server.directory.file("server.conf")).split(separator: "\n").count
            #expect(server.logs("FATAL CONFIG FILE ERROR"))
            let place = server.log.split(separator: "\n").filter {
                $0.contains("server.conf") && $0.contains("\(line)")
            }
            #expect(place.count == 1, "one line with the file and the line number in:\n\(server.log)")
        }

        @Test(arguments: [
            "port abc", "port 70000", "timeout -1", "maxmemory-policy none", "appendonly maybe", "maxclients",
        ])
        func aBadValueEndsTheStart(_ directive: String) throws {
            let server = try ServerProcess(.apus, port: try freePort(), [directive])
            defer { server.stop() }
            #expect(server.child.wait() == .exited(1))
            #expect(server.logs("FATAL CONFIG FILE ERROR"))
        }

        @Test(arguments: [
            ("dir /nowhere", "Can't chdir to '/nowhere': No such file or directory"),
            ("logfile /nowhere/log", "Can't open the log file: No such file or directory"),
            ("rename-command nosuch other", "No such command in rename-command: 'nosuch'"),
            ("rename-command get set", "Target command name already exists: 'set'"),
        ])
        func whatCannotBeCarriedOutEndsTheStart(_ directive: String, reason: String) throws {
            let server = try ServerProcess(.apus, port: try freePort(), [directive])
            defer { server.stop() }
            #expect(server.child.wait() == .exited(1))
            let line = textOfFile(server.directory.file("server.conf")).split(separator: "\n").count
            #expect(server.logs("server.conf:\(line): \(reason)\n"), "\(server.log)")
        }

        @Test func namesItsDirectoryInFull() throws {
            try withServer(.apus, ["dir /tmp/.."]) { server in
                try #expect(server.connect().run("CONFIG", "GET", "dir")["dir"] == .text("/"))
            }
            try withServer(.apus, ["enable-protected-configs yes"]) { server in
                expect(try server.connect().run("CONFIG", "SET", "dir", ".."), is: .ok)
                let parent = server.directory.path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
                try #expect(server.connect().run("CONFIG", "GET", "dir")["dir"] == .text(parent))
            }
        }

        @Test func startsWithEveryDirectiveInItsFile() throws {
            try withServer(.apus) { server in
                let connection = try server.connect()
                expect(try connection.run("DEBUG", "CONFIG-REWRITE-FORCE-ALL"), is: .ok)
                let text = textOfFile(server.directory.file("server.conf"))
                #expect(text.contains("\nhash-max-listpack-entries 512\n"))
                server.stop()
                let path = server.directory.file("server.conf")
                let child = try ChildProcess(
                    Product.apus.program, Product.apus.leadingArguments + [path], directory: server.directory.path,
                    outputPath: server.directory.file("second"))
                defer { child.terminate() }
                #expect(answersPing(port: server.port), "\(child.output)")
            }
        }

        @Test func aMissingConfigFileEndsTheStart() throws {
            let directory = try TemporaryDirectory()
            let path = directory.file("missing.conf")
            let result = try runProgram(Product.apus.program, Product.apus.leadingArguments + [path])
            #expect(result.status == .exited(1))
            #expect(result.output.contains("missing.conf"))
        }

        @Test func aPortThatIsTakenEndsTheStart() throws {
            try withServer { first in
                let second = try ServerProcess(.apus, port: first.port)
                defer { second.stop() }
                #expect(second.child.wait() == .exited(1))
                #expect(second.logs("Failed listening on port"))
                try #expect(first.connect().run("PING") == .simple("PONG"))
            }
        }

        @Test func goesToTheBackground() throws {
            let directory = try TemporaryDirectory()
            let port = try freePort()
            let lines = ServerProcess.baseConfiguration(port: port, directory: directory.path)
            let path = try directory.write(lines.joined(separator: "\n") + "\n", to: "server.conf")
            let pidFile = directory.file("server.pid")
            let options = ["--daemonize", "yes", "--pidfile", pidFile, "--logfile", directory.file("server.log")]
            let result = try runProgram(Product.apus.program, Product.apus.leadingArguments + [path] + options)
            #expect(result.status == .exited(0))
            try #require(eventually { !textOfFile(pidFile).isEmpty })
            let pid = try #require(pid_t(textOfFile(pidFile).filter(\.isNumber)))
            defer { kill(pid, SIGKILL) }
            #expect(answersPing(port: port))
            let information = try Connection(port: port).run("INFO", "server").text ?? ""
            #expect(information.contains("process_id:\(pid)\r\n"))
            kill(pid, SIGTERM)
            #expect(eventually { !isRunning(pid) })
            #expect(textOfFile(directory.file("server.log")).contains("Ready to accept connections"))
            #expect(eventually { access(pidFile, F_OK) != 0 }, "the pid file goes away at a clean end")
        }
    }
}

private func answersPing(port: Int) -> Bool {
    eventually { (try? Connection(port: port).run("PING")) == .simple("PONG") }
}

/// Whether a process that is no child of this one still runs; one that only waits to be reaped does not.
private func isRunning(_ pid: pid_t) -> Bool {
    let status = textOfFile("/proc/\(pid)/stat")
    return !status.isEmpty && !status.contains(") Z ")
}
