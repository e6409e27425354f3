import Glibc
import Harness
import Testing

/// The command line client and the benchmark that come with Redis.
extension ProcessTests {
    @Suite(.serialized) struct RedisCommandLineTests {
        @Test func singleCommands() throws {
            try withServer { server in
                expect(try cli(server, ["PING"]).output, is: "PONG\n")
                expect(try cli(server, ["SET", "k", "two words"]).output, is: "OK\n")
                expect(try cli(server, ["--no-raw", "GET", "k"]).output, is: "\"two words\"\n")
                expect(try cli(server, ["--no-raw", "GET", "missing"]).output, is: "(nil)\n")
                expect(try cli(server, ["--no-raw", "DEL", "k"]).output, is: "(integer) 1\n")
                try #expect(cli(server, ["-e", "NOSUCH"]).status == .exited(1))
                expect(try cli(server, ["-r", "5", "INCR", "n"]).lines, is: ["1", "2", "3", "4", "5"])
            }
        }

        @Test func protocolThree() throws {
            try withServer { server in
                expect(try cli(server, ["-3", "PING"]).output, is: "PONG\n")
                try #expect(
                    cli(server, ["-3", "--no-raw", "CONFIG", "GET", "timeout"]).output.contains(
                        "1# \"timeout\" => \"0\""))
                expect(try cli(server, ["--json", "CONFIG", "GET", "timeout"]).output, is: "{\"timeout\":\"0\"}\n")
            }
        }

        @Test func databases() throws {
            try withServer { server in
                _ = try cli(server, ["-n", "3", "SET", "k", "three"])
                expect(try cli(server, ["GET", "k"]).output, is: "\n")
                expect(try cli(server, ["-n", "3", "GET", "k"]).output, is: "three\n")
                try #expect(cli(server, ["INFO", "keyspace"]).output.contains("db3:keys=1,expires=0,"))
            }
        }

        @Test func theLastArgumentFromStandardInput() throws {
            try withServer { server in
                let value = Bytes((0..<10_000).map { UInt8(truncatingIfNeeded: $0) })
                expect(try cli(server, ["-x", "SET", "k"], input: value).output, is: "OK\n")
                try #expect(server.connect().run("GET", "k") == .bulk(value))
            }
        }

        @Test func commandsFromStandardInput() throws {
            try withServer { server in
                let script = Bytes("SET a 1\nINCR a\nECHO \"x y\"\n".utf8)
                expect(try cli(server, [], input: script).lines, is: ["OK", "2", "x y"])
            }
        }

        @Test func massInsertion() throws {
            try withServer { server in
                let requests = Bytes((0..<20_000).map { encodedRequest("SET", "key:\($0)", "value:\($0)") }.joined())
                let result = try cli(server, ["--pipe"], input: requests)
                #expect(result.status == .exited(0))
                #expect(result.output.contains("errors: 0, replies: 20000"))
                try #expect(server.connect().run("DBSIZE") == .integer(20_000))
            }
        }

        @Test func scanning() throws {
            try withServer { server in
                try server.connect().run("DEBUG", "POPULATE", 5_000)
                let all = try cli(server, ["--scan"])
                #expect(Set(all.lines) == Set((0..<5_000).map { "key:\($0)" }))
                let some = try cli(server, ["--scan", "--pattern", "key:12??"])
                #expect(Set(some.lines) == Set((1_200..<1_300).map { "key:\($0)" }))
            }
        }

        @Test func findsBigKeys() throws {
            try withServer { server in
                let connection = try server.connect()
                try connection.run("DEBUG", "POPULATE", 1_000)
                try connection.run("SET", "large", Bytes(repeating: 0x78, count: 100_000))
                let bigKeys = try cli(server, ["--bigkeys"])
                #expect(bigKeys.status == .exited(0))
                #expect(bigKeys.output.contains("Sampled 1001 keys in the keyspace!"))
                #expect(bigKeys.output.contains("Biggest string found '\"large\"' has 100000 bytes"))
                let memoryKeys = try cli(server, ["--memkeys"])
                #expect(memoryKeys.status == .exited(0))
                #expect(memoryKeys.output.contains("Biggest string found '\"large\"' has "))
            }
        }

        @Test func statistics() throws {
            try withServer { server in
                try server.connect().run("DEBUG", "POPULATE", 123)
                let directory = try TemporaryDirectory()
                let child = try ChildProcess(
                    "redis-cli", ["-p", String(server.port), "--stat", "-i", "0.05"], directory: directory.path,
                    outputPath: directory.file("output"))
                defer { child.kill() }
                let rows = { child.output.split(separator: "\n").filter { $0.hasPrefix("123 ") } }
                #expect(eventually { rows().count >= 3 }, "\(child.output)")
            }
        }

        @Test func latency() throws {
            try withServer { server in
                let result = try cli(server, ["--latency", "-i", "0.2", "--raw"])
                #expect(result.status == .exited(0))
                #expect(result.output.split(separator: " ").count == 4)
            }
        }

        @Test func latencyAsHistoryAndAsSpectrum() throws {
            try withServer { server in
                try watching(server, ["--latency-history", "-i", "0.1"]) { output in
                    output.split(whereSeparator: \.isNewline).count { $0.contains(" samples) -- 0.") } >= 2
                }
                try watching(server, ["--latency-dist", "-i", "0.1"]) { output in
                    output.contains("\u{1B}[48;5;")
                }
            }
        }

        @Test func latencyOfTheSystemNeedsNoServer() throws {
            let result = try runProgram("redis-cli", ["-p", "1", "--intrinsic-latency", "1"])
            #expect(result.status == .exited(0))
            #expect(result.output.contains(" total runs (avg latency: "))
        }

        @Test func findsHotKeys() throws {
            try withServer(.apus, ["maxmemory-policy allkeys-lfu"]) { server in
                let connection = try server.connect()
                try connection.run("DEBUG", "POPULATE", 100)
                for _ in 0..<200 { try connection.run("GET", "key:7") }
                let result = try cli(server, ["--hotkeys"])
                #expect(result.status == .exited(0))
                #expect(result.output.contains("Sampled 100 keys in the keyspace!"))
                let hot = result.lines.first { $0.hasPrefix("hot key found with counter: ") }
                #expect(hot?.contains("key:7") == true, "\(result.output)")
            }
            try withServer { server in
                try server.connect().run("SET", "k", "v")
                try #expect(cli(server, ["--hotkeys"]).output.contains("An LFU maxmemory policy is not selected"))
            }
        }

        @Test func simulatesACache() throws {
            try withServer { server in
                try watching(server, ["--lru-test", "1000"]) { $0.contains("Gets/sec | Hits: ") }
            }
        }

        @Test func outputForOtherPrograms() throws {
            try withServer { server in
                try server.connect().run("RPUSH", "l", "a", "b \"c\"", "3")
                expect(
                    try cli(server, ["--csv", "LRANGE", "l", "0", "-1"]).output, is: "\"a\",\"b \\\"c\\\"\",\"3\"\n")
                expect(
                    try cli(server, ["--json", "LRANGE", "l", "0", "-1"]).output, is: "[\"a\",\"b \\\"c\\\"\",\"3\"]\n")
                expect(try cli(server, ["-d", "|", "LRANGE", "l", "0", "-1"]).output, is: "a|b \"c\"|3\n")
                expect(try cli(server, ["-3", "--no-raw", "ZADD", "z", "1", "m"]).output, is: "(integer) 1\n")
                expect(try cli(server, ["-3", "--no-raw", "ZSCORE", "z", "m"]).output, is: "(double) 1\n")
            }
        }

        @Test func anArgumentFromStandardInput() throws {
            try withServer { server in
                expect(
                    try cli(server, ["-X", "TAG", "MSET", "a", "TAG", "b", "2"], input: Bytes("one".utf8)).output,
                    is: "OK\n")
                expect(try cli(server, ["MGET", "a", "b"]).lines, is: ["one", "2"])
            }
        }

        @Test func repeatsWithPauses() throws {
            try withServer { server in
                expect(try cli(server, ["-r", "3", "-i", "0.01", "INCR", "n"]).lines, is: ["1", "2", "3"])
            }
        }

        @Test func scansBigKeysOfEveryType() throws {
            try withServer { server in
                let connection = try server.connect()
                for line in [
                    "RPUSH list a b", "SADD set a b c", "HSET hash f v", "ZADD zset 1 a", "XADD stream * f v",
                    "SET string four",
                ] {
                    try connection.run(line.split(separator: " ").map { Bytes($0.utf8) })
                }
                for mode in ["--bigkeys", "--memkeys"] {
                    let output = try cli(server, [mode]).output
                    for type in ["list", "set", "hash", "zset", "stream", "string"] {
                        #expect(output.contains("\(type) found '\"\(type)\"' has "), "\(output)")
                    }
                }
                expect(
                    try cli(server, ["--scan", "--quoted-pattern", #""s\x65t""#]).lines, is: ["set"])
            }
        }

        @Test func monitorShowsWhatOthersDo() throws {
            try withServer { server in
                try watching(server, ["MONITOR"]) { output in
                    _ = try? server.connect().run("SET", "k", "v\n")
                    return output.contains(#""SET" "k" "v\n""#)
                }
            }
        }

        @Test func helpComesFromTheServer() throws {
            try withServer { server in
                let get = try cli(server, ["help", "GET"]).output
                #expect(get.contains("GET") && get.contains("key") && get.contains("since:") && get.contains("1.0.0"))
                try #expect(cli(server, ["help", "@string"]).output.contains("APPEND"))
            }
        }

        /// The prompt of redis-cli on a terminal, with help from COMMAND DOCS: `MSETEX` is younger than redis-cli's own.
        @Test func helpAtThePrompt() throws {
            try withServer { server in
                let terminal = try Terminal()
                let child = try ChildProcess(
                    "env", ["TERM=dumb", "redis-cli", "-p", String(server.port)], directory: "/tmp",
                    inputPath: terminal.path, outputPath: terminal.path)
                defer { child.kill() }
                terminal.type("help msetex\n")
                #expect(
                    eventually { terminal.text.contains("since:") && terminal.text.contains("8.4.0") },
                    "\(terminal.text)")
                terminal.type("help @string\n")
                #expect(eventually { terminal.text.contains("SETRANGE") })
                terminal.type("SET k v\nGET k\n")
                #expect(eventually { terminal.text.contains("\"v\"") })
                terminal.type("quit\n")
                #expect(child.wait() == .exited(0))
            }
        }

        @Test func informationHasTheFieldsThatToolsRead() throws {
            try withServer { server in
                let lines = try cli(server, ["INFO"]).lines
                let names = Set(lines.compactMap { $0.split(separator: ":").first.map(String.init) })
                let missing = fieldsThatToolsRead.filter { !names.contains($0) }
                #expect(missing.isEmpty)
                #expect(lines.contains("# Server"))
            }
        }

        @Test func scriptsFromAFile() throws {
            try withServer { server in
                let path = try server.directory.write(
                    "return {KEYS[1], ARGV[1], redis.call('PING')}\n", to: "script.lua")
                let result = try cli(server, ["--eval", path, "key", ",", "argument"])
                #expect(result.lines == ["key", "argument", "PONG"])
            }
        }

        @Test func aBusyScriptCanBeKilled() throws {
            try withServer(.apus, ["busy-reply-threshold 10"]) { server in
                let busy = try server.connect()
                try busy.send(text: "EVAL 'while true do end' 0\r\n")
                #expect(eventually { (try? cli(server, ["GET", "k"]).output.hasPrefix("BUSY ")) == true })
                #expect(try cli(server, ["SCRIPT", "KILL"]).lines == ["OK"])
                guard case .error(let text) = try busy.receive() else { return #expect(Bool(false), "no error") }
                #expect(text.contains("Script killed by user"))
                #expect(try cli(server, ["GET", "k"]).status == .exited(0))
            }
        }

        @Test func clientList() throws {
            try withServer { server in
                let other = try server.connect()
                try other.run("CLIENT", "SETNAME", "other")
                let lines = try cli(server, ["CLIENT", "LIST"]).lines
                #expect(lines.count == 2)
                #expect(lines.contains { $0.contains(" name=other ") && $0.contains(" cmd=client|setname ") })
                #expect(lines.contains { $0.contains(" cmd=client|list ") })
            }
        }

        @Test(arguments: [
            ["-P", "16"], ["-P", "1", "-c", "10"], ["-P", "16", "-3"], ["-P", "4", "-r", "1000"], ["--threads", "2"],
        ])
        func benchmark(_ options: [String]) throws {
            try withServer { server in
                let arguments = ["-p", String(server.port), "-t", "ping,set,get,incr,mset", "-n", "20000", "-q"]
                let result = try runProgram("redis-benchmark", arguments + options)
                #expect(result.status == .exited(0))
                #expect(!result.output.contains("Error"), "\(result.output)")
                for name in ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"] {
                    #expect(result.output.contains("\(name): "), "\(name) in \(result.output)")
                }
                try #expect(server.connect().run("PING") == .simple("PONG"))
            }
        }
    }
}

private let fieldsThatToolsRead = [
    "redis_version", "redis_mode", "os", "arch_bits", "process_id", "run_id", "tcp_port", "uptime_in_seconds", "hz",
    "connected_clients", "blocked_clients", "maxclients", "used_memory", "used_memory_human", "used_memory_rss",
    "used_memory_peak", "maxmemory", "maxmemory_policy", "mem_fragmentation_ratio", "loading",
    "rdb_changes_since_last_save", "rdb_bgsave_in_progress", "rdb_last_save_time", "aof_enabled",
    "total_connections_received", "total_commands_processed", "instantaneous_ops_per_sec", "total_net_input_bytes",
    "total_net_output_bytes", "rejected_connections", "expired_keys", "evicted_keys", "keyspace_hits",
    "keyspace_misses", "total_error_replies", "role", "connected_slaves", "master_replid", "master_repl_offset",
    "used_cpu_sys", "used_cpu_user", "cluster_enabled",
]

private func cli(_ server: ServerProcess, _ arguments: [String], input: Bytes = []) throws -> ProgramResult {
    try runProgram("redis-cli", ["-p", String(server.port)] + arguments, input: input)
}

/// Runs a mode of redis-cli that does not end by itself on a terminal, until what it shows is as it should be.
private func watching(
    _ server: ServerProcess, _ arguments: [String], isDone: (String) -> Bool
) throws {
    let terminal = try Terminal()
    let child = try ChildProcess(
        "redis-cli", ["-p", String(server.port)] + arguments, directory: "/tmp", outputPath: terminal.path)
    defer { child.kill() }
    #expect(eventually { isDone(terminal.text) }, "\(arguments): \(terminal.text)")
}
