import Glibc
import Harness
import Testing

extension ProcessTests {
    /// `apus benchmark`: that it sends what it says, and counts what comes back. Its figures are nobody's bar here.
    @Suite(.serialized) struct BenchmarkToolTests {
        /// What a Python expression over the JSON of a run, named `j`, is.
        private func json(_ arguments: [String], _ expression: String) throws -> String {
            let run = try runProgram(Product.apus.program, ["benchmark", "--json"] + arguments)
            #expect(run.status == .exited(0), "\(run.output)")
            let script = "import json, sys; j = json.load(sys.stdin); r = j['runs'][0]['result']; print(\(expression))"
            let result = try runProgram("python3", ["-c", script], input: Bytes(run.output.utf8))
            #expect(result.status == .exited(0), "\(run.output)\n\(result.output)")
            return result.lines.joined(separator: "\n")
        }

        @Test func oneNode() throws {
            try withServer(.apus) { server in
                let address = "127.0.0.1:\(server.port)"
                let connection = try server.connect()
                // Every key once, no more.
                let fill = [
                    address, "-t", "set", "-n", "500", "-r", "500", "--distribution", "sequential", "--warm-up", "0",
                    "-c", "5",
                ]
                #expect(try json(fill, "r['requests'] >= 500, r['errors']") == "True {}")
                let areThere = try eventually { try connection.run("DBSIZE") == .integer(500) }
                #expect(areThere)
                try expect(connection.run("STRLEN", "key:000000000499"), is: .integer(16))
                let mix = [
                    address, "--mix", "get=3,set=1", "-P", "8", "--seconds", "0.3", "--threads", "2", "--distribution",
                    "zipf", "-3",
                ]
                #expect(
                    try json(
                        mix,
                        "r['requests'] > 0, r['latency_microseconds']['p50'] <= r['latency_microseconds']['p99.9'] <= r['latency_microseconds']['max']"
                    ) == "True True")
                let own = [address, "--seconds", "0.2", "--warm-up", "0", "--", "LPUSH", "mine:__key__", "__data__"]
                #expect(try json(own, "j['runs'][0]['name'] + str(r['errors'])") == "LPUSH mine:__key__ __data__{}")
                let refused = try json([address, "--seconds", "0.2", "--", "INCR", "key:__key__"], "list(r['errors'])")
                #expect(refused == "['ERR']")
                // An open loop sends as many as are due: 200 a second for half a second.
                let open = try json(
                    [address, "-t", "ping", "--rate", "200", "--seconds", "0.5", "--warm-up", "0"], "r['requests']")
                #expect(open == "100")
                let ratios = try json(
                    [address, "-t", "get", "--seconds", "0.1", "--compare", address, "--fill", "-r", "100"],
                    "sorted(j['runs'][0]['ratios'])")
                #expect(ratios == "['p50', 'p99', 'p99.9', 'throughput']")
            }
        }

        @Test func encrypted() throws {
            let (certificates, port) = (try TestCertificates(), try freePort())
            let settings = [
                "tls-port \(port)", "tls-cert-file \(certificates.certificate("server"))",
                "tls-key-file \(certificates.key("server"))", "tls-ca-cert-file \(certificates.authority)",
                "tls-auth-clients no",
            ]
            try withServer(.apus, settings) { server in
                let words = [
                    "127.0.0.1:\(port)", "-t", "set", "-n", "1000", "-r", "50", "-c", "4", "-P", "4", "--threads", "2",
                    "--tls",
                ]
                let trusted = words + ["--cacert", certificates.authority]
                #expect(try json(trusted, "r['requests'] >= 1000, r['errors']") == "True {}")
                try expect(server.connect().run("DBSIZE"), is: .integer(50))
                #expect(try runProgram(Product.apus.program, ["benchmark"] + words).status != .exited(0))
            }
        }

        @Test func aClusterAndWhoSaysNo() throws {
            let cluster = try TestCluster([.apus, .apus, .apus])
            try cluster.create(replicas: 0)
            let address = cluster.nodes[1].address
            let routed = try json(
                [address, "--cluster", "-t", "set", "-n", "2000", "-P", "4", "-r", "1000"], "r['errors']")
            #expect(routed == "{}")
            for node in cluster.nodes { try #expect(node.run("DBSIZE").integer ?? 0 > 100) }
            let blind = try json([address, "-t", "set", "--seconds", "0.2"], "list(r['errors'])")
            #expect(blind == "['MOVED']")
            for wrong in [["nowhere"], ["127.0.0.1:1", "-t", "nosuch"], ["127.0.0.1:1", "--rate", "0"]] {
                #expect(try runProgram(Product.apus.program, ["benchmark"] + wrong).status == .exited(64), "\(wrong)")
            }
            #expect(try runProgram(Product.apus.program, ["benchmark", "127.0.0.1:1"]).status == .exited(2))
        }
    }
}
