import Glibc
import Harness
import Testing

extension ProcessTests {
    /// Apus as the primary of real replicas: copies are equal, whatever happens to the link.
    @Suite(.serialized) struct PrimaryTests {
        private static let lines = ["repl-diskless-sync-delay 0", "repl-ping-replica-period 1"]

        /// A real replica of a server.
        private func withReplica<Result>(
            of primary: ServerProcess, _ lines: [String] = [], _ body: (ServerProcess, Connection) throws -> Result
        ) throws -> Result {
            try withServer(.oracle, ["replicaof 127.0.0.1 \(primary.port)"] + lines) { replica in
                let connection = try replica.connect()
                #expect(try eventually { try field("master_link_status", connection) == "up" })
                return try body(replica, connection)
            }
        }

        private func field(_ name: String, _ connection: Connection, _ section: String = "replication") throws
            -> String?
        {
            let text = try connection.run("INFO", section).text ?? ""
            let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(name):") }
            return line.map { String($0.dropFirst(name.utf8.count + 1)) }
        }

        /// Waits until a replica has everything, and compares.
        private func expectEqual(
            _ primary: Connection, _ replica: Connection, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            #expect(
                try eventually {
                    try field("master_repl_offset", primary) == field("master_repl_offset", replica)
                        && primary.run("DEBUG", "DIGEST") == replica.run("DEBUG", "DIGEST")
                }, sourceLocation: sourceLocation)
        }

        /// Changes of all kinds, some of which are another command where they are replayed.
        private func change(_ connection: Connection, _ random: inout SeededRandom, count: Int) throws {
            var commands: [[Bytes]] = []
            for index in 0..<count {
                let key = "k\(Int.random(in: 0..<200, using: &random))"
                let value = String(repeating: "v", count: Int.random(in: 0..<300, using: &random))
                let words: [[String]] = [
                    ["SET", "s\(key)", value], ["SET", "s\(key)", value, "PX", "50"], ["APPEND", "s\(key)", value],
                    ["INCRBYFLOAT", "f\(key)", "0.1"], ["LPUSH", "l\(key)", value, "x"], ["RPOP", "l\(key)"],
                    ["SADD", "t\(key)", "a\(index)", "b\(index)"], ["SPOP", "t\(key)"],
                    ["HSET", "h\(key)", "f\(index)", value],
                    ["HINCRBYFLOAT", "h\(key)", "n", "1.5"], ["ZADD", "z\(key)", "\(index)", "m\(index)"],
                    ["ZPOPMIN", "z\(key)"], ["XADD", "x\(key)", "*", "f", value], ["EXPIRE", "s\(key)", "100"],
                    ["DEL", "s\(key)"], ["SELECT", "\(index % 3)"], ["PFADD", "p\(key)", "e\(index)"],
                    [
                        "EVAL", "redis.call('INCR', KEYS[1]) redis.call('LPUSH', KEYS[2], ARGV[1])", "2", "n\(key)",
                        "l\(key)", "e",
                    ],
                    ["MULTI"], ["GEOADD", "g\(key)", "13.3", "38.1", "p\(index)"], ["SETBIT", "b\(key)", "77", "1"],
                ]
                let chosen = words[Int.random(in: 0..<words.count, using: &random)]
                commands.append(chosen.map { Bytes($0.utf8) })
                if chosen == ["MULTI"] {
                    commands += [["SET", "m1", value], ["SELECT", "1"], ["SET", "m2", value], ["EXEC"]].map {
                        $0.map { Bytes($0.utf8) }
                    }
                }
            }
            _ = try connection.pipeline(commands)
            try connection.run("SELECT", "0")
        }

        @Test(arguments: [["repl-diskless-sync yes"], ["repl-diskless-sync no"]])
        func aRealReplicaHasAllData(_ lines: [String]) throws {
            var random = SeededRandom(seed: 7)
            try withServer(.apus, PrimaryTests.lines + lines) { server in
                let primary = try server.connect()
                try change(primary, &random, count: 5000)
                try primary.run(
                    "FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return 1 end)")
                try withReplica(of: server) { _, replica in
                    for _ in 0..<5 { try change(primary, &random, count: 1000) }
                    pause(milliseconds: 60)
                    try expectEqual(primary, replica)
                    let functions = try primary.run("FUNCTION", "DUMP")
                    #expect(try eventually { try replica.run("FUNCTION", "LIST") == primary.run("FUNCTION", "LIST") })
                    #expect(functions.text != "")
                    expect(try primary.run("SET", "last", "1"), is: .ok)
                    expect(try primary.run("WAIT", "1", "10000"), is: .integer(1))
                    expect(try replica.run("GET", "last"), is: .text("1"))
                    expect(try field("connected_slaves", primary), is: "1")
                }
            }
        }

        @Test func aBrokenLinkGoesOnWhereItWas() throws {
            var random = SeededRandom(seed: 8)
            try withServer(.apus, PrimaryTests.lines + ["repl-backlog-size 10mb"]) { server in
                let primary = try server.connect()
                try withReplica(of: server) { _, replica in
                    for round in 1...5 {
                        try change(primary, &random, count: 500)
                        try primary.run("CLIENT", "KILL", "TYPE", "replica")
                        try change(primary, &random, count: 500)
                        #expect(
                            try eventually { try field("sync_partial_ok", primary, "stats") == "\(round)" })
                    }
                    pause(milliseconds: 60)
                    try expectEqual(primary, replica)
                    expect(try field("sync_full", primary, "stats"), is: "1")
                }
            }
        }

        @Test func afterARestartTheReplicaGoesOn() throws {
            var random = SeededRandom(seed: 9)
            let (directory, port) = (try TemporaryDirectory(), try freePort())
            let lines = PrimaryTests.lines + ["dir \(directory.path)", "save 3600 1000000"]
            let first = try ServerProcess(.apus, port: port, lines)
            defer { first.stop() }
            #expect(eventually { (try? first.connect()) != nil })
            try withReplica(of: first) { _, replica in
                try change(try first.connect(), &random, count: 1000)
                #expect(first.stop() == .exited(0))
                let second = try ServerProcess(.apus, port: port, lines)
                defer { second.stop() }
                #expect(eventually { (try? second.connect().run("PING")) == .simple("PONG") })
                let primary = try second.connect()
                try change(primary, &random, count: 100)
                #expect(try eventually { try field("master_link_status", replica) == "up" })
                pause(milliseconds: 60)
                try expectEqual(primary, replica)
                expect(try field("sync_full", primary, "stats"), is: "0")
                expect(try field("sync_partial_ok", primary, "stats"), is: "1")
            }
        }

        @Test func aReplicaThatStopsIsDroppedAndComesBack() throws {
            let limit = "client-output-buffer-limit replica 4mb 0 0"
            try withServer(.apus, PrimaryTests.lines + [limit]) { server in
                let primary = try server.connect()
                try withReplica(of: server) { process, replica in
                    process.child.signal(SIGSTOP)
                    let value = String(repeating: "v", count: 1 << 20)
                    #expect(
                        try eventually {
                            try primary.run("SET", "k", value)
                            return try field("connected_slaves", primary) == "0"
                        })
                    process.child.signal(SIGCONT)
                    #expect(try eventually { try field("connected_slaves", primary) == "1" })
                    try expectEqual(primary, replica)
                }
            }
        }

        /// The primary's end of TLS, with a replica that is not its own kind.
        @Test func aRealReplicaOverTLS() throws {
            let certificates = try TestCertificates()
            let files = [
                "tls-cert-file \(certificates.certificate("server"))", "tls-key-file \(certificates.key("server"))",
                "tls-ca-cert-file \(certificates.authority)", "tls-replication yes",
            ]
            let port = try freePort()
            try withServer(.apus, PrimaryTests.lines + files + ["tls-port \(port)"]) { server in
                let primary = try server.connect()
                try primary.run("DEBUG", "POPULATE", "2000", "key", "5000")
                try withServer(.oracle, ["replicaof 127.0.0.1 \(port)"] + files) { process in
                    let replica = try process.connect()
                    #expect(try eventually { try field("master_link_status", replica) == "up" })
                    try primary.run("SET", "large", String(repeating: "v", count: 3 << 20))
                    try expectEqual(primary, replica)
                    try primary.run("CLIENT", "KILL", "TYPE", "replica")
                    try primary.run("INCR", "n")
                    try expectEqual(primary, replica)
                    #expect(try field("sync_full", primary, "stats") == "1")
                }
            }
        }

        @Test func theToolTakesSnapshotsAndFollows() throws {
            try withServer(.apus, PrimaryTests.lines) { server in
                let (primary, directory) = (try server.connect(), try TemporaryDirectory())
                try primary.run("SET", "k", "v")
                try primary.run(
                    "FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return 1 end)")
                let port = "\(server.port)"
                _ = try runProgram("redis-cli", ["-p", port, "--rdb", directory.file("dump.rdb")])
                try withServer(.oracle, ["dir \(directory.path)"]) { copy in
                    let copied = try copy.connect()
                    expect(try copied.run("DEBUG", "DIGEST"), is: try primary.run("DEBUG", "DIGEST"))
                }
                _ = try runProgram("redis-cli", ["-p", port, "--functions-rdb", directory.file("dump.rdb")])
                try withServer(.oracle, ["dir \(directory.path)"]) { copy in
                    let copied = try copy.connect()
                    expect(try copied.run("DBSIZE"), is: .integer(0))
                    expect(try copied.run("FUNCTION", "LIST"), is: try primary.run("FUNCTION", "LIST"))
                }
            }
        }

        @Test func theEndWaitsForTheReplica() throws {
            try withServer(.apus, PrimaryTests.lines) { server in
                let primary = try server.connect()
                try withReplica(of: server) { process, replica in
                    process.child.signal(SIGSTOP)
                    for index in 0..<100 { try primary.run("SET", "k\(index)", "v") }
                    server.child.signal(SIGTERM)
                    #expect(eventually { server.log.contains("Waiting for replicas before shutting down") })
                    expect(try primary.run("GET", "k1"), is: .text("v"))
                    process.child.signal(SIGCONT)
                    #expect(server.child.wait() == .exited(0))
                    #expect(server.logs("1 of 1 replicas are in sync"))
                    expect(try replica.run("DBSIZE"), is: .integer(100))
                }
            }
        }
    }
}
