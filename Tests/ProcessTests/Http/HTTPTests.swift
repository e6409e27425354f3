import Glibc
import Harness
import Testing

extension ProcessTests {
    /// The HTTP port of whole processes.
    @Suite(.serialized) struct HTTPTests {
        @Test func metrics() throws {
            try withHTTP { server, port in
                let client = try server.connect()
                try client.run("SET", "a", "1")
                try client.run("GET", "a")
                try client.run("GET", "b")
                let answer = try fetch("/metrics", port: port)
                #expect(answer.status == 200)
                #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
                let node = "node=\"\(server.port)\""
                #expect(answer.value("apus_up{\(node)} ") == 1)
                #expect(answer.value("apus_commands_total{\(node),cmd=\"get\"} ") == 2)
                #expect(answer.value("apus_keyspace_hits_total{\(node)} ") == 1)
                #expect(answer.value("apus_command_duration_seconds_bucket{\(node),cmd=\"get\",le=\"+Inf\"} ") == 2)
                #expect((answer.value("apus_memory_used_bytes{\(node)} ") ?? 0) > 262_144)
                #expect((answer.value("apus_process_resident_memory_bytes ") ?? 0) > 1_048_576)
                #expect((answer.value("apus_process_open_fds ") ?? 0) > 5)
                #expect(answer.value("apus_thread_cpu_seconds_total{thread=\"http\"} ") != nil)
            }
        }

        @Test func openMetrics() throws {
            try withHTTP { _, port in
                let answer = try fetch("/metrics", port: port, headers: ["Accept: application/openmetrics-text"])
                #expect(answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
                #expect(answer.body.hasSuffix("# EOF\n"))
            }
        }

        @Test func whatIsNotThere() throws {
            try withHTTP { _, port in
                try #expect(fetch("/nothing", port: port).status == 404)
                try #expect(fetch("/metrics", port: port, method: "POST").status == 405)
                let head = try fetch("/metrics", port: port, method: "HEAD")
                #expect(head.status == 200 && head.body.isEmpty)
            }
        }

        @Test func offByDefault() throws {
            try withServer { server in
                try #expect(
                    server.connect().run("CONFIG", "GET", "http-*")
                        == .array(["http-port", "0", "http-bind", "127.0.0.1"].map { .text($0) }))
            }
        }

        @Test func aPortThatIsTaken() throws {
            try withHTTP { server, port in
                let second = try ServerProcess(.apus, port: try freePort(), ["http-port \(port)"])
                #expect(second.child.wait() == .exited(1))
                #expect(second.log.contains("Failed listening on port \(port)"), "\(second.log)")
                try #expect(server.connect().run("PING") == .simple("PONG"))
            }
        }

        @Test func oneConnectionForManyScrapes() throws {
            try withHTTP { _, port in
                let connection = try Connection(port: port)
                for path in ["/health/live", "/health/ready", "/nothing", "/health/live"] {
                    try connection.send(text: "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                    let first = try answer(try connection.receiveBytes { $0.last == 0x0A && $0.count > 20 }.bytes)
                    #expect(first.status == (path == "/nothing" ? 404 : 200))
                }
            }
        }

        // MARK: Health

        @Test func aReplicaWithoutItsPrimary() throws {
            try withHTTP(["replica-serve-stale-data no"]) { server, port in
                try #expect(fetch("/health/ready", port: port).status == 200)
                try server.connect().run("REPLICAOF", "127.0.0.1", "\(try freePort())")
                let ready = try fetch("/health/ready", port: port)
                #expect(ready.status == 503 && ready.body.contains("link to the primary is down"), "\(ready.body)")
                try #expect(fetch("/health/live", port: port).status == 200)
                try server.connect().run("REPLICAOF", "NO", "ONE")
                try #expect(fetch("/health/ready", port: port).status == 200)
            }
        }

        @Test func whileDataIsLoaded() throws {
            try withHTTP { server, port in
                let client = try server.connect()
                try client.run("DEBUG", "POPULATE", "20000")
                try #expect(client.run("SAVE") == .ok)
                server.child.kill()
                let again = try ServerProcess(
                    .apus, port: server.port,
                    [
                        "http-port \(port)", "dir \(server.directory.path)", "key-load-delay 200",
                        "loading-process-events-interval-bytes 1024",
                    ])
                defer { again.stop() }
                var answers: [HTTPAnswer] = []
                let sawLoading = eventually {
                    guard let answer = try? fetch("/health/ready", port: port) else { return false }
                    answers.append(answer)
                    return answer.status == 503 && answer.body.contains("loading")
                }
                #expect(sawLoading, "\(answers)")
                try #expect(fetch("/health/live", port: port).status == 200)
                try #expect(fetch("/metrics", port: port).body.contains("apus_loading_total_bytes"))
                try Connection(port: server.port).run("CONFIG", "SET", "key-load-delay", "0")
                try #expect(
                    eventually(withinMilliseconds: 30_000) { try fetch("/health/ready", port: port).status == 200 })
            }
        }

        @Test func aClusterThatIsNotWhole() throws {
            try withHTTP(["cluster-enabled yes", "cluster-port \(try freePort())"]) { server, port in
                let ready = try fetch("/health/ready", port: port)
                #expect(ready.status == 503 && ready.body.contains("cluster is down"), "\(ready.body)")
                try #expect(server.connect().run("CLUSTER", "ADDSLOTSRANGE", "0", "16383") == .ok)
                try #expect(eventually { try fetch("/health/ready", port: port).status == 200 })
                let metrics = try fetch("/metrics", port: port)
                #expect(metrics.value("apus_cluster_slots_owned{node=\"\(server.port)\"} ") == 16384)
                #expect(metrics.value("apus_cluster_up{") == 1)
                #expect(metrics.value("apus_thread_cpu_seconds_total{thread=\"bus\"} ") != nil)
            }
        }

        @Test func aNodeThatIsBusy() throws {
            try withHTTP { server, port in
                let sleeper = try server.connect()
                try sleeper.send(text: "DEBUG SLEEP 3\r\n")
                let isSilent = try eventually { try fetch("/health/ready", port: port).status == 503 }
                #expect(isSilent)
                try #expect(fetch("/health/live", port: port).status == 200)
                try #expect(fetch("/metrics", port: port).status == 503)
                try #expect(sleeper.receive() == .ok)
                try #expect(eventually { try fetch("/metrics", port: port).status == 200 })
            }
        }

        @Test func severalNodesOfAProcess() throws {
            let base = try freeRun(of: 3)
            let port = try freePort()
            let server = try ServerProcess(
                .apus, port: base, ["cluster-enabled yes", "cores 3", "http-port \(port)"])
            defer { server.stop() }
            var text = ""
            let haveAnswered = eventually {
                guard let answer = try? fetch("/metrics", port: port) else { return false }
                text = answer.body
                return (0..<3).allSatisfy { answer.value("apus_up{node=\"\(base + $0)\"} ") == 1 }
            }
            #expect(haveAnswered, "\(text)\n\(server.log)")
            #expect(text.split(separator: "\n").count { $0 == "# TYPE apus_up gauge" } == 1)
        }

        /// The first of some consecutive ports on which, and on whose bus's, nobody listens.
        private func freeRun(of count: Int) throws -> Int {
            for _ in 0..<100 {
                let base = Int.random(in: 12_000..<20_000)
                let isFree = (0..<count).allSatisfy {
                    (try? Connection(port: base + $0)) == nil && (try? Connection(port: base + 10_000 + $0)) == nil
                }
                if isFree { return base }
            }
            throw HarnessError.timedOut("looking for free ports")
        }

        // MARK: Who may look

        @Test func rights() throws {
            try withHTTP(["requirepass secret", "user monitor on >watch +info", "user nobody on >none -@all"]) {
                _, port in
                try #expect(fetch("/health/ready", port: port).status == 200)
                let refused = try fetch("/metrics", port: port)
                #expect(refused.status == 401)
                #expect(refused.headers["www-authenticate"]?.hasPrefix("Basic ") == true)
                // default:secret, monitor:watch, nobody:none, monitor:secret
                let cases = [
                    ("ZGVmYXVsdDpzZWNyZXQ=", 200), ("bW9uaXRvcjp3YXRjaA==", 200), ("bm9ib2R5Om5vbmU=", 403),
                    ("bW9uaXRvcjpzZWNyZXQ=", 401),
                ]
                for (token, status) in cases {
                    let answer = try fetch("/metrics", port: port, headers: ["Authorization: Basic \(token)"])
                    #expect(answer.status == status, "\(token)")
                }
            }
        }

        // MARK: Whoever means harm

        @Test func hostileInput() throws {
            try withHTTP { server, port in
                let texts = [
                    "*1\r\n$4\r\nPING\r\n", "\u{0}\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n",
                    "GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 10_000),
                    "GET /" + String(repeating: "a", count: 100_000),
                    "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"
                        + String(repeating: "a", count: 50_000),
                ]
                for text in texts {
                    let connection = try Connection(port: port)
                    try? connection.send(text: text)
                    let answer = try? connection.receiveBytes()
                    #expect(answer?.closed != false, "\(text.prefix(40))")
                }
                try #expect(fetch("/metrics", port: port).status == 200)
                try #expect(server.connect().run("PING") == .simple("PONG"))
            }
        }

        @Test func manyConnections() throws {
            try withHTTP { _, port in
                // The first of them say nothing, and those beyond what is let in are turned away.
                var idle: [Connection] = []
                for _ in 0..<100 { if let connection = try? Connection(port: port) { idle.append(connection) } }
                let areTurnedAway = try eventually {
                    try idle.count { try $0.receiveBytes(withinMilliseconds: 1).closed } >= 30
                }
                #expect(areTurnedAway)
                idle = []
                #expect(eventually { (try? fetch("/health/live", port: port))?.status == 200 })
            }
        }
    }
}
