import Glibc
import Harness
import Testing

extension ProcessTests {
    /// `apus cluster`, with clusters of whole processes.
    @Suite(.serialized) struct ClusterToolTests {
        /// Runs `apus cluster …`, which has to end like this.
        @discardableResult
        private func tool(
            _ arguments: [String], ends code: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation
        ) throws -> String {
            let result = try runProgram(Product.apus.program, ["cluster"] + arguments)
            #expect(
                result.status == .exited(code), "\(arguments): \(result.output)", sourceLocation: sourceLocation)
            return result.output
        }

        /// What a Python expression over the JSON of a command, named `j`, is.
        private func json(
            _ arguments: [String], _ expression: String, ends code: Int32 = 0,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws -> String {
            let text = try tool(arguments + ["--json"], ends: code, sourceLocation: sourceLocation)
            let script = "import json, sys; j = json.load(sys.stdin); print(\(expression))"
            let result = try runProgram("python3", ["-c", script], input: Bytes(text.utf8))
            #expect(result.status == .exited(0), "\(text)\n\(result.output)", sourceLocation: sourceLocation)
            return result.lines.joined(separator: "\n")
        }

        private func create(_ products: [Product]) throws -> TestCluster {
            let cluster = try TestCluster(products)
            try tool(["create"] + cluster.nodes.map(\.address) + ["--yes"])
            return cluster
        }

        private func slots(_ node: TestClusterNode, in cluster: TestCluster) throws -> Int {
            try Int(
                json(
                    ["info", cluster.nodes[0].address],
                    "[n['slot_count'] for n in j['nodes'] if n['address'] == '\(node.address)'][0]")) ?? -1
        }

        // MARK: The life of a cluster

        @Test func makingOne() throws {
            let cluster = try TestCluster(Array(repeating: .apus, count: 6))
            let words = ["create"] + cluster.nodes.map(\.address) + ["--cluster-replicas", "1"]
            // Nobody is there to be asked, and a plan alone changes nothing.
            #expect(try tool(words, ends: 3).contains("--yes"))
            #expect(try json(words + ["--dry-run"], "len(j['plan']['shards']), j['changed']") == "3 False")
            #expect(try tool(["check", cluster.nodes[0].address], ends: 1).contains("16384 slots missing"))
            #expect(try tool(words + ["--cluster-yes"]).contains("[OK] All 16384 slots covered."))
            try cluster.expectWhole()
            try cluster.expectReplicasUp()
            try #expect(cluster.primaries().count == 3)
            try cluster.fill(100)
            // Begun again it finds its own work, but nodes of another cluster are refused.
            try tool(words + ["--yes"])
            let stranger = try cluster.add()
            try tool(["create", stranger.address] + cluster.nodes[0...1].map(\.address) + ["--yes"], ends: 2)
            try cluster.expectFilled(100)
            #expect(
                try tool(["info", "127.0.0.1", "\(cluster.nodes[4].port)"]).contains("[OK] 100 keys in 3 masters."))
            let calls = try json(["call", cluster.nodes[0].address, "PING"], "[r['reply'] for r in j['replies']]")
            #expect(calls == "['PONG', 'PONG', 'PONG', 'PONG', 'PONG', 'PONG']")
            let masters = try tool(["call", cluster.nodes[0].address, "CLUSTER", "MYID", "--cluster-only-masters"])
            #expect(masters.split(separator: "\n").count == 4, "\(masters)")
            try tool(["call", cluster.nodes[0].address, "NOSUCH"], ends: 1)
            try tool(["set-timeout", cluster.nodes[0].address, "1600", "--yes"])
            for node in cluster.nodes.prefix(6) {
                try expect(node.run("CONFIG", "GET", "cluster-node-timeout").elements?.last, is: .text("1600"))
            }
            try failovers(cluster)
            try backup(cluster)
        }

        private func failovers(_ cluster: TestCluster) throws {
            let replica = try #require(try cluster.replicas(of: cluster.nodes[0]).first)
            #expect(try tool(["failover", cluster.nodes[0].address, "--dry-run"]).contains("\(replica.address) "))
            try tool(["failover", cluster.nodes[0].address, "--yes"])
            try cluster.expectPrimary(replica)
            try cluster.expectReplicasUp()
            try tool(["failover", replica.address, cluster.nodes[0].name(), "--yes"])
            try cluster.expectPrimary(cluster.nodes[0])
            try cluster.expectFilled(100)
        }

        private func backup(_ cluster: TestCluster) throws {
            let directory = try TemporaryDirectory()
            let path = directory.file("backup")
            let files = try json(["backup", cluster.nodes[1].address, path], "' '.join(f['file'] for f in j['files'])")
            let names = files.split(separator: " ").map(String.init)
            #expect(names.count == 3)
            var keys = 0
            for name in names {
                let data = textOfFile("\(path)/\(name)")
                #expect(data.hasPrefix("REDIS0"), "\(name)")
                let check = try runProgram(Product.apus.program, ["check-rdb", "\(path)/\(name)"])
                #expect(check.status == .exited(0), "\(check.output)")
                let count = check.lines.first { $0.contains("keys read") }?.split(separator: " ").compactMap { Int($0) }
                keys += count?.first ?? 0
            }
            #expect(keys == 100)
            let nodes = try runProgram("python3", ["-m", "json.tool", "\(path)/nodes.json"])
            #expect(nodes.status == .exited(0) && nodes.output.contains("slots_count"), "\(nodes.output)")
        }

        @Test func movingSlotsAndNodes() throws {
            let cluster = try create([.apus, .apus, .apus])
            let (seed, second) = (cluster.nodes[0].address, cluster.nodes[1])
            try cluster.fill(600)
            let reshard = [
                "reshard", seed, "--cluster-from", "all", "--cluster-to", try second.name(), "--cluster-slots", "1000",
            ]
            #expect(
                try json(reshard + ["--dry-run"], "[t['way'] for t in j['plan']['transfers']]")
                    == "['as a whole', 'as a whole']")
            #expect(try slots(second, in: cluster) == 5461)
            #expect(try json(reshard + ["--yes"], "j['moved']['slots']") == "1000")
            #expect(try slots(second, in: cluster) == 6461)
            try cluster.expectFilled(600)
            #expect(
                try tool(["rebalance", seed, "--by-key", "--cluster-pipeline", "10", "--yes"]).contains("key by key"))
            #expect(try [5461, 5462].contains(slots(second, in: cluster)))
            #expect(try tool(["rebalance", seed, "--yes"]).contains("There is nothing to do."))
            try cluster.expectFilled(600)
            // A new node, with a part of the slots.
            let fourth = try cluster.add()
            try tool(["add-node", fourth.address, seed, "--yes"])
            #expect(try slots(fourth, in: cluster) == 0)
            try tool(["rebalance", seed, "--yes"])
            #expect(try slots(fourth, in: cluster) == 0)
            try tool([
                "rebalance", seed, "--cluster-use-empty-masters", "--cluster-weight", "\(fourth.address)=0.5", "--yes",
            ])
            #expect(try abs(slots(fourth, in: cluster) - 16384 / 7) <= 1)
            try cluster.expectFilled(600)
            // It goes, and comes back at once as a replica.
            try tool(["del-node", seed, fourth.name(), "--yes"], ends: 2)
            try tool(["del-node", seed, fourth.name(), "--drain", "--yes"])
            try tool([
                "add-node", fourth.address, seed, "--cluster-slave", "--cluster-master-id", second.name(), "--yes",
            ])
            #expect(try cluster.replicas(of: second).map(\.port) == [fourth.port])
            try cluster.expectReplicasUp()
            try tool(["del-node", seed, fourth.name(), "--yes"])
            try cluster.expectFilled(600)
            try tool(["check", seed])
        }

        // MARK: What is broken

        @Test func fixing() throws {
            let cluster = try create([.apus, .apus, .oracle])
            let (seed, first, second, third) = (
                cluster.nodes[0].address, cluster.nodes[0], cluster.nodes[1], cluster.nodes[2]
            )
            try cluster.fill(500)
            // A slot half moved: keys at both ends.
            let slot = try #require(try first.run("CLUSTER", "KEYSLOT", "{key:3}").integer)
            let owner = try #require(
                try cluster.primaries().first { node in
                    try node.run("CLUSTER", "COUNTKEYSINSLOT", "\(slot)").integer != 0
                })
            let other = owner === second ? first : second
            let client = ClusterClient(cluster)
            for number in 0..<20 { try client.run("SET", "{key:3}:\(number)", "\(number)") }
            try other.run("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", owner.name())
            try owner.run("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", other.name())
            try expect(owner.run("MIGRATE", "127.0.0.1", "\(other.port)", "{key:3}:1", "0", "5000"), is: .ok)
            #expect(
                try json(["check", seed], "[f['kind'] for f in j['findings']]", ends: 1) == "['open-slot', 'open-slot']"
            )
            // Slots are not moved while the cluster is not right.
            try tool(["rebalance", seed, "--yes"], ends: 1)
            #expect(try tool(["fix", seed, "--dry-run"]).contains("was begun and not finished"))
            try tool(["fix", seed, "--yes"])
            try expect(other.run("CLUSTER", "COUNTKEYSINSLOT", "\(slot)"), is: .integer(21))
            // Slots that nobody owns any more, with keys and without.
            for node in cluster.nodes {
                for gone in [Int(slot), 0, 16383] { try node.run("CLUSTER", "DELSLOTS", "\(gone)") }
            }
            #expect(
                try json(
                    ["check", seed], "[f['slots'] for f in j['findings'] if f['kind'] == 'uncovered-slots']", ends: 1
                ).contains("\(slot)"))
            try tool(["fix", third.address, "--yes"])
            try cluster.expectWhole()
            for number in 0..<20 {
                try expect(ClusterClient(cluster).run("GET", "{key:3}:\(number)"), is: .text("\(number)"))
            }
            try cluster.expectFilled(500)
            #expect(try tool(["fix", seed, "--yes"]).contains("No slot needs to be fixed."))
        }

        @Test func aPrimaryThatIsLost() throws {
            let cluster = try create(Array(repeating: .apus, count: 4))
            let (seed, lost) = (cluster.nodes[0].address, cluster.nodes[3])
            let name = try lost.name()
            lost.kill()
            let isMissed = try eventually(withinMilliseconds: 30_000) {
                try cluster.living.allSatisfy { node in try node.view().contains { $0.name == name && $0.isFailed } }
            }
            #expect(isMissed, "\(cluster.description)")
            #expect(try json(["check", seed], "[f['kind'] for f in j['findings']]", ends: 1).contains("unreachable"))
            try tool(["fix", seed, "--yes"], ends: 1)
            try tool(["fix", seed, "--cluster-fix-with-unreachable-masters", "--yes"], ends: 1)
            try tool(["del-node", seed, name, "--yes"])
            try tool(["check", seed])
            #expect(try json(["info", seed], "sorted(n['slot_count'] for n in j['nodes'])") == "[5461, 5461, 5462]")
        }

        @Test func interrupted() throws {
            let cluster = try create([.apus, .apus, .apus])
            try cluster.fill(300)
            let (seed, target) = (cluster.nodes[0].address, cluster.nodes[1])
            let directory = try TemporaryDirectory()
            for (number, signal) in [SIGINT, SIGKILL].enumerated() {
                let before = try #require(try target.view().first(where: \.isMyself)).slots
                let child = try ChildProcess(
                    Product.apus.program,
                    ["cluster", "reshard", seed, "--to", target.name(), "--slots", "4000", "--by-key", "--yes"],
                    directory: directory.path, outputPath: directory.file("output-\(number)"))
                let hasBegun = try eventually(withinMilliseconds: 30_000) {
                    try target.view().contains { $0.isMyself && $0.slots != before }
                }
                #expect(hasBegun, "\(child.output)")
                child.signal(signal)
                #expect(child.wait() == (signal == SIGINT ? .exited(130) : .signalled(SIGKILL)), "\(child.output)")
                // After Ctrl-C no slot is open. After an end by force one may be.
                if signal == SIGINT {
                    let isAgreed = try eventually(withinMilliseconds: 20_000) {
                        try runProgram(Product.apus.program, ["cluster", "check", seed]).status == .exited(0)
                    }
                    #expect(isAgreed)
                } else {
                    try tool(["fix", seed, "--yes"])
                }
                try cluster.expectWhole()
                try cluster.expectFilled(300)
            }
        }

        // MARK: Others

        @Test func redisNodes() throws {
            let cluster = try create([.oracle, .oracle, .oracle])
            try cluster.fill(300)
            let (seed, second) = (cluster.nodes[0].address, cluster.nodes[1])
            try tool([
                "reshard", seed, "--from", second.address, "--to", cluster.nodes[2].address, "--slots", "50", "--yes",
            ])
            try tool(["rebalance", seed, "--threshold", "0", "--yes"])
            try tool(["check", seed])
            // Slots go to an Apus node and back.
            let apus = try cluster.add()
            try tool(["add-node", apus.address, seed, "--yes"])
            let there = ["reshard", seed, "--to", apus.address, "--slots", "300", "--yes"]
            #expect(try tool(there).contains("key by key"))
            #expect(try slots(apus, in: cluster) == 300)
            try cluster.expectFilled(300)
            try tool(["del-node", seed, apus.address, "--drain", "--yes"])
            try cluster.expectFilled(300)
            #expect(try json(["info", seed], "j['keys'], j['primaries']") == "300 3")
        }

        @Test func importing() throws {
            let cluster = try create([.apus, .apus, .apus])
            for node in cluster.nodes {
                try expect(node.run("CONFIG", "SET", "masterauth", "secret", "requirepass", "secret"), is: .ok)
            }
            let seed = cluster.nodes[0].address
            try withServer(.oracle, ["requirepass other"]) { source in
                let connection = try source.connect()
                try connection.run("AUTH", "other")
                for number in 0..<300 { try connection.run("SET", "key \(number)", "value") }
                try connection.run("RPUSH", "list", "a", "b")
                try connection.run("SET", "short", "x", "PX", "10000000")
                let words = [
                    "import", seed, "-a", "secret", "--cluster-from", "127.0.0.1:\(source.port)", "--cluster-from-pass",
                    "other",
                ]
                try tool(words + ["--yes", "--cluster-from-pass", "wrong"], ends: 2)
                #expect(try json(words + ["--cluster-copy", "--yes"], "j['imported'], j['already_there']") == "302 0")
                // Again: they are there.
                #expect(
                    try json(words + ["--cluster-copy", "--yes"], "j['imported'], j['already_there']", ends: 1)
                        == "0 302")
                #expect(try json(words + ["--cluster-replace", "--yes"], "j['imported']") == "302")
                try expect(connection.run("DBSIZE"), is: .integer(0))
                #expect(try tool(words + ["--yes"]).contains("There is nothing to do."))
            }
            #expect(try json(["info", seed, "--pass", "secret"], "j['keys']") == "302")
            // Without the password nothing is told, and keys go between nodes with it.
            #expect(try tool(["info", seed], ends: 2).contains("NOAUTH"))
            try tool([
                "reshard", seed, "-a", "secret", "--to", cluster.nodes[1].address, "--slots", "100", "--by-key",
                "--yes",
            ])
            try tool(["check", seed, "-a", "secret"])
        }

        @Test func encrypted() throws {
            let certificates = try TestCertificates()
            let port = try freePort()
            let settings = [
                "cluster-enabled yes", "cluster-port \(try freePort())", "tls-port \(port)",
                "tls-cert-file \(certificates.certificate("server"))", "tls-key-file \(certificates.key("server"))",
                "tls-ca-cert-file \(certificates.authority)", "tls-auth-clients no",
            ]
            try withServer(.apus, settings) { server in
                let words = ["info", "127.0.0.1:\(port)", "--tls"]
                let trusted = words + ["--cacert", certificates.authority]
                #expect(try json(trusted, "j['primaries']") == "1")
                try tool(words, ends: 64)
                try tool(["info", "127.0.0.1:\(server.port)", "--tls", "--cacert", certificates.authority], ends: 2)
            }
        }

        // MARK: The command line

        @Test func askingAtATerminal() throws {
            try withServer(.apus, ["cluster-enabled yes", "cluster-port \(try freePort())"]) { server in
                for (answer, code) in [("no\n", Int32(3)), ("yes\n", 0)] {
                    let (terminal, directory) = (try Terminal(), try TemporaryDirectory())
                    terminal.type(answer)
                    let child = try ChildProcess(
                        Product.apus.program, ["cluster", "set-timeout", "127.0.0.1:\(server.port)", "4000"],
                        directory: directory.path, inputPath: terminal.path, outputPath: directory.file("output"))
                    #expect(child.wait() == .exited(code), "\(child.output)")
                    #expect(child.output.contains("type 'yes' to accept"))
                }
                try expect(
                    server.connect().run("CONFIG", "GET", "cluster-node-timeout").elements?.last, is: .text("4000"))
                // Looks, one JSON value a line.
                let lines = try tool([
                    "watch", "127.0.0.1:\(server.port)", "--interval", "0.1", "--count", "2", "--json",
                ])
                #expect(lines.split(separator: "\n").count == 3, "\(lines)")
            }
        }

        @Test func wordsAndCompletion() throws {
            try tool(["nosuch"], ends: 64)
            try tool(["reshard", "127.0.0.1:1", "--to", "x", "--slots", "0"], ends: 64)
            try tool(["info", "127.0.0.1"], ends: 64)
            #expect(try tool(["info", "127.0.0.1:1"], ends: 2).contains("Connection refused"))
            #expect(try json(["info", "127.0.0.1:1"], "j['ok'], j['exit_code']", ends: 2) == "False 2")
            let help = try tool(["--help"])
            for word in [
                "create", "info", "check", "fix", "reshard", "rebalance", "add-node", "del-node", "failover", "import",
                "call", "backup", "set-timeout", "watch",
            ] {
                #expect(help.contains("  \(word)"), "\(word)")
            }
            for (shell, check) in [("bash", ["bash", "-n"]), ("zsh", []), ("fish", [])] {
                let script = try runProgram(Product.apus.program, ["--generate-completion-script", shell])
                #expect(script.status == .exited(0) && script.output.contains("rebalance"))
                guard let program = check.first else { continue }
                let parsed = try runProgram(program, Array(check.dropFirst()), input: Bytes(script.output.utf8))
                #expect(parsed.status == .exited(0), "\(parsed.output)")
            }
        }
    }
}
