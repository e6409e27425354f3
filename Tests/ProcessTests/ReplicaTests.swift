import Glibc
import Harness
import Testing

extension ProcessTests {
    /// Apus as a replica, of a real redis-server and of itself.
    @Suite(.serialized) struct ReplicaTests {
        static let both = [Product.oracle, .apus]

        // MARK: Full synchronisation

        @Test(arguments: both, ["disabled", "on-empty-db", "swapdb"])
        func aWholeCopy(of product: Product, _ load: String) throws {
            for diskless in ["yes", "no"] {
                let settings = ["repl-diskless-sync \(diskless)", "repl-diskless-sync-delay 0"]
                try withPair(product, settings, ["repl-diskless-load \(load)"]) { primary, replica in
                    try fill(primary)
                    try replica.run("SET", "old", "1")
                    try follow(primary, replica)
                    try expectSame(primary, replica)
                    try primary.run("SET", "after", "1")
                    try primary.run("FLUSHALL")
                    try primary.run("SET", "after", "2")
                    try expectSame(primary, replica)
                }
            }
        }

        @Test(arguments: both) func nothingIsLeftOfTheTransfer(_ product: Product) throws {
            try withPair(product, Self.fast) { primary, replica in
                try fill(primary)
                try follow(primary, replica)
                let files = try runProgram("ls", [replica.server.directory.path]).lines
                #expect(!files.contains { $0.hasPrefix("temp-") })
                #expect(files.contains("dump.rdb"))
            }
        }

        @Test(arguments: both) func functionsComeAlong(_ product: Product) throws {
            try withPair(product, Self.fast) { primary, replica in
                let code = "#!lua name=mine\nredis.register_function('f', function() return 1 end)"
                try primary.run("FUNCTION", "LOAD", code)
                try follow(primary, replica)
                try #expect(replica.run("FCALL_RO", "f", "0").errorText != "ERR Function not found")
                try primary.run("FUNCTION", "FLUSH")
                try expectCaughtUp(primary, replica)
                try #expect(replica.run("FUNCTION", "LIST") == .array([]))
            }
        }

        // MARK: The stream

        @Test(arguments: both) func whatCommandsDo(_ product: Product) throws {
            try withPair(product, Self.fast) { primary, replica in
                try follow(primary, replica)
                try fill(primary)
                try primary.run("SELECT", "3")
                try primary.run("MULTI")
                try primary.run("SET", "a", "1")
                try primary.run("INCR", "a")
                try primary.run("EXEC")
                try primary.run(
                    "EVAL", "for i = 1, 100 do redis.call('rpush', 'l', i) end redis.call('spop', 'none')", "0")
                try primary.run("SPOP", "set:large", "5")
                try primary.run("SET", "soon", "1", "EX", "1000")
                try expectSame(primary, replica)
                try #expect(replica.run("SELECT", "3") == .ok)
                try #expect(replica.run("GET", "a") == .text("2"))
            }
        }

        @Test(arguments: both) func clientsOfAReplicaHear(_ product: Product) throws {
            try withPair(product, Self.fast, ["notify-keyspace-events KEA"]) { primary, replica in
                try follow(primary, replica)
                let listener = try replica.server.connect()
                try listener.run("SUBSCRIBE", "__keyevent@0__:set")
                let reader = try replica.server.connect()
                try reader.send(text: "XREAD BLOCK 0 STREAMS s $\r\n")
                try #expect(eventually { try replica.field("blocked_clients", in: "clients") == "1" })
                try primary.run("SET", "k", "v")
                try primary.run("XADD", "s", "1-1", "f", "v")
                try #expect(listener.receive() == .array([.text("message"), .text("__keyevent@0__:set"), .text("k")]))
                try #expect(reader.receive().errorText == nil)
                try primary.run("PUBLISH", "__keyevent@0__:set", "said")
                try #expect(
                    listener.receive() == .array([.text("message"), .text("__keyevent@0__:set"), .text("said")]))
            }
        }

        @Test(arguments: both) func expiredKeysAreHiddenUntilThePrimarySaysSo(_ product: Product) throws {
            try withPair(product, Self.fast) { primary, replica in
                try follow(primary, replica)
                try primary.run("DEBUG", "SET-ACTIVE-EXPIRE", "0")
                try primary.run("SET", "k", "v", "PX", "50")
                try expectCaughtUp(primary, replica)
                try #expect(eventually { try replica.run("GET", "k") == .nullBulk })
                try #expect(replica.run("DBSIZE") == .integer(1))
                try primary.run("GET", "k")
                try expectCaughtUp(primary, replica)
                try #expect(replica.run("DBSIZE") == .integer(0))
            }
        }

        // MARK: What a replica refuses

        @Test(arguments: both) func itDoesNotLetClientsWrite(_ product: Product) throws {
            try withPair(product, Self.fast) { primary, replica in
                try follow(primary, replica)
                let refusal = Reply.error("READONLY You can't write against a read only replica.")
                try #expect(replica.run("SET", "k", "v") == refusal)
                try #expect(replica.run("GET", "k") == .nullBulk)
                try replica.run("MULTI")
                try #expect(replica.run("SET", "k", "v") == refusal)
                try #expect(replica.run("EXEC").errorText?.hasPrefix("EXECABORT") == true)
                try #expect(
                    replica.run("EVAL", "return redis.call('set','k','v')", "0").errorText?.hasPrefix("READONLY")
                        == true)
                try replica.run("CONFIG", "SET", "replica-read-only", "no")
                try #expect(replica.run("SET", "own", "v") == .ok)
                try primary.run("SET", "k", "v")
                try expectCaughtUp(primary, replica)
                try #expect(replica.run("GET", "own") == .text("v"))
            }
        }

        @Test func staleDataIsServedOnlyIfThatIsWanted() throws {
            try withServer(.apus, ["replicaof 127.0.0.1 1"]) { server in
                let connection = try server.connect()
                try #expect(connection.run("GET", "k") == .nullBulk)
                try connection.run("CONFIG", "SET", "replica-serve-stale-data", "no")
                let text = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."
                try #expect(connection.run("GET", "k") == .error(text))
                try #expect(connection.run("INFO").errorText == nil)
            }
        }

        @Test func aPasswordIsNeeded() throws {
            try withPair(.oracle, Self.fast) { primary, replica in
                try primary.run("CONFIG", "SET", "requirepass", "secret")
                try primary.run("ACL", "SETUSER", "copy", "on", ">other", "~*", "&*", "+@all")
                try replica.run("REPLICAOF", "127.0.0.1", "\(primary.server.port)")
                #expect(eventually { replica.server.log.contains("NOAUTH") })
                try replica.run("CONFIG", "SET", "masterauth", "secret")
                try expectUp(replica)
                try replica.run("REPLICAOF", "NO", "ONE")
                try replica.run("CONFIG", "SET", "masteruser", "copy", "masterauth", "other")
                try follow(primary, replica)
            }
        }

        // MARK: Partial resynchronisation

        @Test(arguments: both) func aBrokenLinkLosesNothing(_ product: Product) throws {
            try withPair(product, Self.fast) { primary, replica in
                try follow(primary, replica)
                for number in 0..<10 {
                    try primary.run("SET", "k", "\(number)")
                    try primary.run("CLIENT", "KILL", "TYPE", "replica")
                    try primary.run("INCR", "count")
                    try replica.run("CLIENT", "KILL", "TYPE", "master")
                }
                try expectSame(primary, replica)
                try #expect(primary.field("sync_full", in: "stats") == "1")
                try #expect(primary.field("sync_partial_ok", in: "stats") != "0")
            }
        }

        @Test(arguments: both) func aReplicaThatRestartsGoesOn(_ product: Product) throws {
            try withServer(product, Self.fast) { server in
                let primary = Client(server, try server.connect())
                let directory = try TemporaryDirectory()
                let lines = [
                    "dir \(directory.path)", "save 3600 1", "replicaof 127.0.0.1 \(server.port)",
                ]
                try withServer(.apus, lines) { server in
                    let replica = Client(server, try server.connect())
                    try fill(primary)
                    try primary.run("SELECT", "2")
                    try primary.run("SET", "k", "1")
                    try expectUp(replica)
                    try expectSame(primary, replica)
                }
                try primary.run("INCR", "k")
                try withServer(.apus, lines) { server in
                    let replica = Client(server, try server.connect())
                    try expectUp(replica)
                    try primary.run("INCR", "k")
                    try expectSame(primary, replica)
                }
                try #expect(primary.field("sync_full", in: "stats") == "1")
            }
        }

        // MARK: Changing parts

        @Test(arguments: both) func promotionKeepsTheHistory(_ product: Product) throws {
            try withPair(product, Self.fast) { primary, replica in
                try follow(primary, replica)
                try primary.run("SET", "k", "1")
                try expectCaughtUp(primary, replica)
                let id = try replica.field("master_replid")
                try #expect(replica.run("REPLICAOF", "NO", "ONE") == .ok)
                try #expect(replica.field("master_replid2") == id)
                try #expect(replica.field("role") == "master")
                try #expect(replica.run("SET", "k", "2") == .ok)
                // And the old primary follows, without a whole copy.
                try primary.run("REPLICAOF", "127.0.0.1", "\(replica.server.port)")
                try expectUp(primary)
                try expectSame(replica, primary)
                try #expect(replica.field("sync_full", in: "stats") == "0")
            }
        }

        @Test func whatIsShown() throws {
            try withPair(.oracle, Self.fast) { primary, replica in
                try follow(primary, replica)
                try primary.run("SET", "k", "1")
                try expectCaughtUp(primary, replica)
                let offset = try primary.field("master_repl_offset")
                try #expect(
                    replica.run("ROLE")
                        == .array([
                            .text("slave"), .text("127.0.0.1"), .integer(Int64(primary.server.port)),
                            .text("connected"),
                            .integer(Int64(offset)!),
                        ]))
                try #expect(replica.field("master_link_status") == "up")
                try #expect(replica.field("slave_read_only") == "1")
                try #expect(replica.run("CLIENT", "LIST", "TYPE", "master").words.contains("flags=M"))
                try #expect(replica.run("HELLO", "3").description.contains("replica"))
                try #expect(replica.run("CONFIG", "GET", "replicaof").description.contains("\(primary.server.port)"))
            }
        }

        @Test func blockedClientsAreSentAway() throws {
            try withServer { server in
                let blocked = try server.connect()
                try blocked.send(text: "BLPOP k 0\r\n")
                let client = Client(server, try server.connect())
                try #expect(eventually { try client.field("blocked_clients", in: "clients") == "1" })
                try client.run("REPLICAOF", "127.0.0.1", "1")
                try #expect(blocked.receive().errorText?.hasPrefix("UNBLOCKED") == true)
                #expect(blocked.isClosed())
            }
        }

        // MARK: Ways of loading

        /// A primary with another history, and a replica that has data which it shows meanwhile.
        @Test func oldDataIsServedUntilTheNewIsWhole() throws {
            try withPair(.oracle, Self.fast, ["repl-diskless-load swapdb"]) { primary, replica in
                try primary.run("DEBUG", "POPULATE", "20000")
                try primary.run("SET", "old", "1")
                try follow(primary, replica)
                try expectSame(primary, replica)
                try replica.run(
                    "CONFIG", "SET", "key-load-delay", "500", "loading-process-events-interval-bytes", "1024")
                try cutWithoutBacklog(primary)
                try primary.run("SET", "old", "2")
                try #expect(eventually { try replica.field("async_loading", in: "persistence") == "1" })
                try #expect(replica.run("GET", "old") == .text("1"))
                try #expect(replica.run("SAVE").errorText?.hasPrefix("LOADING") == true)
                try replica.run("CONFIG", "SET", "key-load-delay", "0")
                try expectUp(replica)
                try expectSame(primary, replica)
                try #expect(primary.field("sync_full", in: "stats") == "2")
            }
        }

        @Test func whoLoadsIntoItsPlaceSaysSo() throws {
            let own = ["key-load-delay 500", "loading-process-events-interval-bytes 1024"]
            try withPair(.oracle, Self.fast, own) { primary, replica in
                try primary.run("DEBUG", "POPULATE", "20000")
                try replica.run("REPLICAOF", "127.0.0.1", "\(primary.server.port)")
                try #expect(eventually { try replica.run("GET", "k").errorText?.hasPrefix("LOADING") == true })
                try #expect(replica.field("loading", in: "persistence") == "1")
                try #expect(replica.field("master_sync_in_progress") == "1")
                try replica.run("CONFIG", "SET", "key-load-delay", "0")
                try expectUp(replica)
                try expectSame(primary, replica)
            }
        }

        /// Has replicas come back to find that what they lack is not kept.
        private func cutWithoutBacklog(_ primary: Client) throws {
            try primary.run("CONFIG", "SET", "repl-backlog-size", "16384")
            try primary.run("MULTI")
            try primary.run("CLIENT", "KILL", "TYPE", "replica")
            try primary.run("SET", "large", Bytes(repeating: 0x61, count: 500_000))
            try primary.run("EXEC")
        }

        @Test func aDamagedSnapshotLeavesTheOldData() throws {
            try withServer(.apus, ["repl-diskless-load swapdb"]) { server in
                let replica = Client(server, try server.connect())
                try replica.run("SET", "k", "v")
                let listener = try Listening()
                try replica.run("REPLICAOF", "127.0.0.1", "\(listener.port)")
                let peer = try listener.accept()
                let id = String(repeating: "a", count: 40)
                try peer.send("+PONG\r\n+OK\r\n+OK\r\n+FULLRESYNC \(id) 7\r\n$20\r\nREDIS0011 and no more")
                #expect(eventually { server.log.contains("Failed trying to load the MASTER synchronization DB") })
                try #expect(replica.run("GET", "k") == .text("v"))
                try #expect(replica.field("master_link_status") == "down")
                let files = try runProgram("ls", [server.directory.path]).lines
                #expect(!files.contains { $0.hasPrefix("temp-") })
            }
        }

        // MARK: The append-only file

        @Test(arguments: both) func theLogOfAReplica(_ product: Product) throws {
            let directory = try TemporaryDirectory()
            let own = ["dir \(directory.path)", "appendonly yes", "appendfsync always"]
            try withServer(product, Self.fast) { server in
                let primary = Client(server, try server.connect())
                try withServer(.apus, own) { server in
                    let replica = Client(server, try server.connect())
                    try replica.run("SET", "before", "1")
                    try fill(primary)
                    try follow(primary, replica)
                    try primary.run("SELECT", "4")
                    try primary.run("SET", "k", "v")
                    try expectSame(primary, replica)
                    try #expect(eventually { try replica.field("aof_rewrite_in_progress", in: "persistence") == "0" })
                    try primary.run("SET", "k", "2")
                    try expectSame(primary, replica)
                }
                let wanted = try primary.run("DEBUG", "DIGEST")
                try withServer(.apus, own) { server in
                    let connection = try server.connect()
                    #expect(eventually { (try? connection.run("DEBUG", "DIGEST")) == wanted })
                }
            }
        }

        // MARK: TLS

        @Test(arguments: both) func overTLS(_ product: Product) throws {
            let certificates = try TestCertificates()
            let files = [
                "tls-cert-file \(certificates.certificate("server"))", "tls-key-file \(certificates.key("server"))",
                "tls-ca-cert-file \(certificates.authority)", "tls-replication yes",
            ]
            let port = try freePort()
            try withPair(product, Self.fast + files + ["tls-port \(port)"], files) { primary, replica in
                try fill(primary)
                try replica.run("REPLICAOF", "127.0.0.1", "\(port)")
                try expectUp(replica)
                try primary.run("SET", "large", Bytes(repeating: 0x62, count: 3_000_000))
                try expectSame(primary, replica)
                try primary.run("CLIENT", "KILL", "TYPE", "replica")
                try primary.run("INCR", "n")
                try expectSame(primary, replica)
                try #expect(primary.field("sync_full", in: "stats") == "1")
            }
        }

        // MARK: Looking in

        /// What monitors of a replica see of its primary's stream, with the pings between.
        private func monitored(_ product: Product) throws -> [String] {
            try withServer(.oracle, Self.fast) { first in
                let primary = Client(first, try first.connect())
                return try withServer(product) { second in
                    let replica = Client(second, try second.connect())
                    try follow(primary, replica)
                    let monitor = try second.connect()
                    try #expect(monitor.run("MONITOR") == .ok)
                    for words in [
                        ["CONFIG", "SET", "repl-ping-replica-period", "1"], ["SET", "a", "1"], ["SELECT", "3"],
                        ["MULTI"], ["INCR", "b"], ["SELECT", "0"], ["INCR", "b"], ["EXEC"], ["SPOP", "none"],
                        ["EVAL", "redis.call('set','x',1) redis.call('incr','x')", "0"], ["PUBLISH", "c", "m"],
                        ["SET", "last", "1"],
                    ] { try primary.connection.run(words.map(\.wireBytes)) }
                    var lines: [String] = []
                    while lines.count(where: { $0.contains("ping") }) < 2 || lines.last?.contains("ping") != true {
                        let line = try monitor.receive().words
                        let parts = line.split(separator: " ", maxSplits: 3).map(String.init)
                        if parts.count == 4 { lines.append("\(parts[1]) \(parts[3])") }
                    }
                    return lines.filter { !$0.contains("ping") } + [lines.last ?? ""]
                }
            }
        }

        @Test func monitorsSeeTheStream() throws {
            let (ours, theirs) = (try monitored(.apus), try monitored(.oracle))
            #expect(ours == theirs)
            #expect(ours.count > 8)
        }

        @Test func theTrafficIsShown() throws {
            try withPair(.apus, Self.fast) { primary, replica in
                try follow(primary, replica)
                let value = String(repeating: "v", count: 100_000)
                try #expect(
                    eventually {
                        try primary.run("SET", "k", value)
                        return try primary.field("instantaneous_output_repl_kbps", in: "stats") != "0.00"
                            && replica.field("instantaneous_input_repl_kbps", in: "stats") != "0.00"
                    })
                try primary.run("CONFIG", "RESETSTAT")
                try #expect(primary.field("sync_full", in: "stats") == "0")
                replica.server.child.signal(SIGSTOP)
                // What the sockets do not take waits for it, and is shown.
                try #expect(
                    eventually {
                        for _ in 0..<20 { try primary.run("SET", "k", value) }
                        let line = try primary.run("CLIENT", "LIST", "TYPE", "replica").words
                        let fields = line.split(separator: " ")
                        func number(_ name: String) -> Int {
                            fields.first { $0.hasPrefix("\(name)=") }.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
                        }
                        return number("omem") > 1 << 20 && number("tot-mem") > number("omem") && number("oll") > 1
                    })
                replica.server.child.signal(SIGCONT)
                try expectSame(primary, replica)
            }
        }

        @Test func theLogShowsThePart() throws {
            try withPair(.apus, Self.fast) { primary, replica in
                try follow(primary, replica)
                try replica.run("REPLICAOF", "NO", "ONE")
                func part(_ text: String) -> Substring? {
                    let line = replica.server.log.split(separator: "\n").last { $0.contains(text) }
                    return line?.split(separator: " ").first?.split(separator: ":").last
                }
                #expect(eventually { part("MASTER MODE enabled") == "M" })
                #expect(part("Finished with success") == "S" && part("Before turning into") == nil)
                #expect(part("Ready to accept") == "M" && part("Connecting to MASTER") == "S")
            }
        }

        @Test(arguments: both) func aPrimaryIsFoundByItsName(_ product: Product) throws {
            try withPair(product, Self.fast) { primary, replica in
                try replica.run("REPLICAOF", "localhost", "\(primary.server.port)")
                try expectUp(replica)
                try primary.run("CLIENT", "KILL", "TYPE", "replica")
                try primary.run("SET", "k", "1")
                try expectSame(primary, replica)
                try replica.run("REPLICAOF", "no.name.at.all.invalid", "1")
                try #expect(replica.run("PING") == .simple("PONG"))
                try #expect(replica.field("master_link_status") == "down")
            }
        }

        // MARK: Scripts

        /// What was written before a script is not kept from replicas by it.
        @Test(arguments: both) func aBusyPrimaryFeedsItsReplicas(_ product: Product) throws {
            try withPair(product, Self.fast + ["busy-reply-threshold 50"]) { primary, replica in
                try follow(primary, replica)
                let script = try primary.server.connect()
                try script.send(text: "SET before 1\r\nEVAL \"while true do end\" 0\r\n")
                #expect(try eventually { try replica.run("GET", "before") == .text("1") })
                let other = try primary.server.connect()
                try #expect(eventually { try other.run("GET", "k").errorText?.hasPrefix("BUSY") == true })
                try #expect(other.run("SCRIPT", "KILL") == .ok)
                try expectSame(primary, replica)
            }
        }

        // MARK: Handing over

        /// Both directions between Apus and a real server, and what is refused.
        @Test(arguments: [(Product.apus, Product.oracle), (.oracle, .apus)])
        func handingOverBetweenKinds(_ product: Product, _ other: Product) throws {
            try withServer(product, Self.fast) { first in
                let primary = Client(first, try first.connect())
                try withServer(other, Self.fast) { second in
                    let replica = Client(second, try second.connect())
                    try follow(primary, replica)
                    try primary.run("SET", "k", "1")
                    try #expect(
                        primary.run("FAILOVER", "TO", "127.0.0.1", "\(second.port)", "TIMEOUT", "20000") == .ok)
                    try #expect(eventually { try replica.field("role") == "master" })
                    try expectUp(primary)
                    try #expect(primary.field("master_failover_state") == "no-failover")
                    try #expect(replica.run("SET", "k", "2") == .ok)
                    try expectSame(replica, primary)
                    try #expect(replica.field("sync_full", in: "stats") == "0")
                    // And back again.
                    try #expect(eventually { try replica.field("slave0").contains("state=online") })
                    try #expect(replica.run("FAILOVER") == .ok)
                    try #expect(eventually { try primary.field("role") == "master" })
                    try expectUp(replica)
                    try expectSame(primary, replica)
                }
            }
        }

        @Test func theThirdWordOfPSYNC() throws {
            func answers(_ product: Product) throws -> [String] {
                try withPair(.oracle, Self.fast) { primary, _ in
                    try withServer(product, Self.fast) { server in
                        let replica = Client(server, try server.connect())
                        func ask(_ words: String...) throws -> String {
                            let reply = try server.connect().run(words.map(\.wireBytes))
                            return reply.errorText ?? String(reply.words.prefix(11))
                        }
                        let none = String(repeating: "0", count: 40)
                        var answers = [
                            try ask("PSYNC", none, "1", "FAILOVER"), try ask("PSYNC", none, "x", "FAILOVER"),
                        ]
                        try follow(primary, replica)
                        answers.append(try ask("PSYNC", none, "1", "FAILOVER"))
                        answers.append(try ask("PSYNC", "?", "-1", "failover"))
                        answers.append(try replica.field("role"))
                        // Whatever the word is, if it is another one.
                        answers.append(try ask("PSYNC", "?", "-1", "other"))
                        let id = try primary.field("master_replid")
                        answers.append(try ask("PSYNC", id.uppercased(), "1", "failover"))
                        answers.append(try replica.field("role"))
                        return answers
                    }
                }
            }
            let (ours, theirs) = (try answers(.apus), try answers(.oracle))
            #expect(ours == theirs)
        }

        @Test func handingOverToAReplica() throws {
            try withPair(.apus, Self.fast) { primary, replica in
                try follow(primary, replica)
                try primary.run("SET", "k", "1")
                try #expect(
                    primary.run("FAILOVER", "TO", "127.0.0.1", "\(replica.server.port)", "TIMEOUT", "20000") == .ok)
                try #expect(eventually { try replica.field("role") == "master" })
                try expectUp(primary)
                try #expect(replica.run("SET", "k", "2") == .ok)
                try expectSame(replica, primary)
                try #expect(primary.field("master_failover_state") == "no-failover")
                try #expect(replica.field("sync_full", in: "stats") == "0")
            }
        }

        @Test func chains() throws {
            for products in [[Product.oracle, .apus, .apus], [.apus, .apus, .oracle], [.oracle, .apus, .oracle]] {
                try withServer(products[0], Self.fast) { first in
                    let primary = Client(first, try first.connect())
                    try withServer(products[1], Self.fast) { second in
                        let middle = Client(second, try second.connect())
                        try withServer(products[2], Self.fast) { third in
                            let last = Client(third, try third.connect())
                            try fill(primary)
                            try follow(middle, last)
                            try follow(primary, middle)
                            try expectUp(last)
                            try primary.run("INCR", "n")
                            try expectSame(primary, middle)
                            try expectSame(primary, last)
                            try #expect(last.field("master_replid") == primary.field("master_replid"))
                            // The one in the middle is promoted, and the last one follows along.
                            try middle.run("REPLICAOF", "NO", "ONE")
                            try middle.run("INCR", "n")
                            try expectUp(last)
                            try expectSame(middle, last)
                        }
                    }
                }
            }
        }
    }
}
