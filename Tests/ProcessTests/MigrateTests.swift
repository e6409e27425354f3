import Glibc
import Harness
import Testing

extension ProcessTests {
    /// MIGRATE, from Apus and to it, with a real redis-server at the other end and with Apus at both.
    @Suite(.serialized) struct MigrateTests {
        static let ways: [(Product, Product)] = [(.apus, .apus), (.apus, .oracle), (.oracle, .apus)]

        private func withPair(
            _ products: (Product, Product), _ settings: [String] = [], _ body: (Client, Client) throws -> Void
        ) throws {
            try withServer(products.0) { first in
                try withServer(products.1, settings) { second in
                    try body(Client(first, try first.connect()), Client(second, try second.connect()))
                }
            }
        }

        private func migrate(_ from: Client, _ to: Client, _ rest: String...) throws -> Reply {
            try from.connection.run((["MIGRATE", "127.0.0.1", "\(to.server.port)"] + rest).map { Array($0.utf8) })
        }

        @Test(arguments: ways) func allTypesGo(_ way: (Product, Product)) throws {
            try withPair(way) { source, target in
                try ReplicaTests().fill(source)
                try source.run("SELECT", "5")
                try source.run("DEL", "elsewhere")
                try source.run("SELECT", "0")
                let digest = try source.run("DEBUG", "DIGEST")
                let keys = try #require(try source.run("KEYS", "*").elements).map(\.words)
                let reply = try source.connection.run(
                    (["MIGRATE", "127.0.0.1", "\(target.server.port)", "", "0", "5000", "KEYS"] + keys).map {
                        Array($0.utf8)
                    })
                expect(reply, is: .ok)
                try expect(source.run("DBSIZE"), is: .integer(0))
                try expect(target.run("DEBUG", "DIGEST"), is: digest)
                let left = try #require(try target.run("PTTL", "expiring").integer)
                #expect(left > 9_000_000 && left <= 10_000_000)
            }
        }

        @Test(arguments: ways) func whatTheTargetRefusesStays(_ way: (Product, Product)) throws {
            try withPair(way, ["requirepass secret", "databases 4"]) { source, target in
                try target.run("AUTH", "secret")
                for key in ["a", "b", "c"] { try source.run("SET", key, "1") }
                try target.run("SET", "b", "old")
                let refused = "ERR Target instance replied with error: "
                try expect(
                    migrate(source, target, "a", "0", "5000"),
                    is: .error(refused + "NOAUTH Authentication required."))
                try expect(
                    migrate(source, target, "a", "0", "5000", "AUTH", "bad"),
                    is: .error(refused + "WRONGPASS invalid username-password pair or user is disabled."))
                try expect(
                    migrate(source, target, "a", "9", "5000", "AUTH", "secret"),
                    is: .error(refused + "ERR DB index is out of range"))
                // The reference sends the key before it knows, which then comes into the database that was selected before.
                if way.0 == .apus { try expect(target.run("EXISTS", "a"), is: .integer(0)) }
                try target.run("DEL", "a")
                try expect(
                    migrate(source, target, "", "0", "5000", "AUTH", "secret", "KEYS", "a", "b", "c", "d"),
                    is: .error(refused + "BUSYKEY Target key name already exists."))
                try expect(source.run("KEYS", "*"), is: .array([.text("b")]))
                try expect(
                    migrate(source, target, "b", "0", "5000", "COPY", "REPLACE", "AUTH2", "default", "secret"),
                    is: .ok)
                try expect(source.run("GET", "b"), is: .text("1"))
                try expect(target.run("MGET", "a", "b", "c"), is: .array([.text("1"), .text("1"), .text("1")]))
            }
        }

        @Test(arguments: [Product.apus, .oracle]) func badRequests(_ product: Product) throws {
            try withServer(product) { server in
                let connection = try server.connect()
                func run(_ words: String) throws -> Reply {
                    try connection.run(
                        words.split(separator: " ").map { $0 == "''" ? [] : Array($0.utf8) })
                }
                let unused = try freePort()
                let port = server.port
                try connection.run("SET", "a", "1")
                try expect(run("MIGRATE 127.0.0.1 \(port) nokey 0 100"), is: .simple("NOKEY"))
                try expect(run("MIGRATE 127.0.0.1 \(port) '' 0 100 KEYS"), is: .simple("NOKEY"))
                let integer = Reply.error("ERR value is not an integer or out of range")
                try expect(run("MIGRATE 127.0.0.1 \(port) a x 100"), is: integer)
                try expect(run("MIGRATE 127.0.0.1 \(port) a 0 x"), is: integer)
                for bad in ["AUTH", "AUTH2 a", "FOO"] {
                    try expect(run("MIGRATE 127.0.0.1 \(port) a 0 100 \(bad)"), is: .error("ERR syntax error"))
                }
                try expect(
                    run("MIGRATE 127.0.0.1 \(port) a 0 100 KEYS a"),
                    is: .error(
                        "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"))
                let unreachable = Reply.error("IOERR error or timeout writing to target instance")
                try expect(run("MIGRATE 127.0.0.1 \(unused) a 0 2000"), is: unreachable)
                try expect(run("MIGRATE 127.0.0.1 nop a 0 2000"), is: unreachable)
                try expect(connection.run("GET", "a"), is: .text("1"))
            }
        }

        @Test(arguments: ways) func inTransactionsAndScripts(_ way: (Product, Product)) throws {
            try withPair(way) { source, target in
                for key in ["a", "b"] { try source.run("SET", key, "1") }
                try source.run("MULTI")
                _ = try migrate(source, target, "a", "0", "5000")
                try source.run("EXISTS", "a")
                try expect(source.run("EXEC"), is: .array([.ok, .integer(0)]))
                let script = "return redis.call('MIGRATE', '127.0.0.1', ARGV[1], KEYS[1], '0', '5000')"
                try expect(source.run("EVAL", script, "1", "b", "\(target.server.port)"), is: .ok)
                try expect(source.run("DBSIZE"), is: .integer(0))
                try expect(target.run("DBSIZE"), is: .integer(2))
            }
        }

        @Test func readersGoOnAndWritersWaitUntilTheTimeIsOver() throws {
            try withPair((.apus, .apus)) { source, target in
                try source.run("MSET", "a", "1", "b", "1")
                let (writer, reader) = (try source.server.connect(), try source.server.connect())
                target.server.child.signal(SIGSTOP)
                try source.connection.send(
                    encodedRequest(
                        ["MIGRATE", "127.0.0.1", "\(target.server.port)", "a", "0", "1500"].map { Array($0.utf8) }))
                #expect(
                    try eventually {
                        try reader.run("INFO", "clients").words.contains("blocked_clients:1")
                    })
                try writer.send(encodedRequest(["APPEND", "a", "2"].map { Array($0.utf8) }))
                try expect(reader.run("GET", "a"), is: .text("1"))
                try expect(reader.run("SET", "b", "2"), is: .ok)
                try expect(
                    source.connection.receive(), is: .error("IOERR error or timeout reading to target instance"))
                try expect(writer.receive(), is: .integer(2))
                target.server.child.signal(SIGCONT)
                // The key came there all the same, as with the reference; with REPLACE it comes anew.
                try expect(migrate(source, target, "a", "0", "5000", "REPLACE"), is: .ok)
                try expect(target.run("GET", "a"), is: .text("12"))
            }
        }

        @Test func connectionsAreKeptForAWhile() throws {
            try withPair((.apus, .apus)) { source, target in
                for number in 0..<5 {
                    try source.run("SET", "a", "1")
                    try expect(migrate(source, target, "a", "\(number)", "5000"), is: .ok)
                }
                expect(try source.field("migrate_cached_sockets", in: "stats"), is: "1")
                try expect(target.run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"), is: .integer(1))
                try source.run("SET", "a", "2")
                try expect(migrate(source, target, "a", "3", "5000", "REPLACE"), is: .ok)
                try target.run("SELECT", "3")
                try expect(target.run("GET", "a"), is: .text("2"))
            }
        }

        @Test func replicasHearThatKeysHaveGone() throws {
            try withServer(.oracle) { replica in
                try withPair((.apus, .apus)) { source, target in
                    let replica = Client(replica, try replica.connect())
                    try ReplicaTests().follow(source, replica)
                    try source.run("MSET", "a", "1", "b", "2", "c", "3")
                    try expect(migrate(source, target, "", "0", "5000", "KEYS", "a", "b"), is: .ok)
                    try ReplicaTests().expectSame(source, replica)
                    try expect(replica.run("KEYS", "*"), is: .array([.text("c")]))
                }
            }
        }
    }
}
