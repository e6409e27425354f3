import Glibc
import Harness
import Testing

extension ProcessTests {
    /// Links that break in the middle of a full synchronisation.
    @Suite(.serialized) struct ResumptionTests {
        private typealias Support = ReplicaTests

        /// A pair whose replica does not read, and whose primary has given the system as much of a snapshot as that takes.
        private func withHalfASnapshot(
            of product: Product, to other: Product, _ settings: [String] = [],
            _ body: (Client, Client, Support) throws -> Void
        ) throws {
            let settings = ["repl-diskless-sync-delay 1", "rdbcompression no", "repl-timeout 30"] + settings
            try withServer(product, settings) { first in
                let primary = Client(first, try first.connect())
                try primary.run("DEBUG", "POPULATE", "1000", "key", "60000")
                try withServer(other, ["repl-timeout 30"]) { second in
                    let replica = Client(second, try second.connect())
                    try replica.run("REPLICAOF", "127.0.0.1", "\(first.port)")
                    try #expect(eventually { try primary.field("slave0").contains("state=wait_bgsave") })
                    second.child.signal(SIGSTOP)
                    try awaitFullSockets(primary)
                    try body(primary, replica, Support())
                }
            }
        }

        private func awaitFullSockets(_ primary: Client) throws {
            var sent = -1
            let isStuck = try eventually {
                let now = try Int(primary.field("total_net_repl_output_bytes", in: "stats")) ?? 0
                defer { sent = now }
                if now != sent || now < 1000 { pause(milliseconds: 200) }
                return now == sent && now > 1000
            }
            #expect(isStuck)
        }

        private func goOn(_ primary: Client, _ replica: Client, _ support: Support) throws {
            replica.server.child.signal(SIGCONT)
            try support.expectUp(replica)
            try support.expectSame(primary, replica)
            try #expect(replica.run("DBSIZE") == primary.run("DBSIZE"))
        }

        @Test(arguments: ["yes", "no"]) func itGoesOn(diskless: String) throws {
            try withHalfASnapshot(of: .apus, to: .apus, ["repl-diskless-sync \(diskless)"]) {
                primary, replica, support in
                for number in 0..<200 { try primary.run("SET", "key:\(number)", "changed") }
                try primary.run("CLIENT", "KILL", "TYPE", "replica")
                try #expect(eventually { try primary.field("connected_slaves") == "0" })
                try primary.run("RENAME", "key:500", "renamed")
                try primary.run("MULTI")
                try primary.run("SELECT", "4")
                try primary.run("SET", "elsewhere", "1")
                try primary.run("SELECT", "0")
                try primary.run("EXEC")
                try goOn(primary, replica, support)
                try #expect(primary.field("sync_full", in: "stats") == "1")
                try #expect(primary.field("apus_sync_resumed", in: "stats") == "1")
                #expect(replica.server.logs("The snapshot goes on"))
                // The stream flows as it does after any snapshot.
                try primary.run("FLUSHALL")
                try primary.run("SET", "after", "1")
                try support.expectSame(primary, replica)
            }
        }

        @Test func itGoesOnOverTLS() throws {
            let certificates = try TestCertificates()
            let port = try freePort()
            let files = [
                "tls-cert-file \(certificates.certificate("server"))", "tls-key-file \(certificates.key("server"))",
                "tls-ca-cert-file \(certificates.authority)", "tls-replication yes",
            ]
            let settings = ["repl-diskless-sync-delay 1", "rdbcompression no", "tls-port \(port)"] + files
            try withServer(.apus, settings) { first in
                let primary = Client(first, try first.connect())
                try primary.run("DEBUG", "POPULATE", "1000", "key", "60000")
                try withServer(.apus, files) { second in
                    let replica = Client(second, try second.connect())
                    try replica.run("REPLICAOF", "127.0.0.1", "\(port)")
                    try #expect(eventually { try primary.field("slave0").contains("state=wait_bgsave") })
                    second.child.signal(SIGSTOP)
                    try awaitFullSockets(primary)
                    try primary.run("CLIENT", "KILL", "TYPE", "replica")
                    try goOn(primary, replica, Support())
                    try #expect(primary.field("apus_sync_resumed", in: "stats") == "1")
                }
            }
        }

        @Test(arguments: [(Product.apus, Product.oracle), (.oracle, .apus)])
        func whereOneIsNotApusItBeginsAnew(_ product: Product, _ other: Product) throws {
            try withHalfASnapshot(of: product, to: other) { primary, replica, support in
                try primary.run("CLIENT", "KILL", "TYPE", "replica")
                try primary.run("SET", "k", "1")
                try goOn(primary, replica, support)
                try #expect(primary.field("sync_full", in: "stats") == "2")
            }
        }

        /// Another server has taken the primary's place while the link was down.
        @Test(arguments: [Product.apus, .oracle]) func whoDoesNotKnowOfItSendsAll(_ product: Product) throws {
            try withHalfASnapshot(of: .apus, to: .apus) { primary, replica, support in
                primary.server.child.kill()
                let server = try ServerProcess(product, port: primary.server.port, ["repl-diskless-sync-delay 0"])
                defer { server.stop() }
                #expect(eventually { (try? server.connect().run("PING")) == .simple("PONG") })
                let fresh = Client(server, try server.connect())
                try fresh.run("SET", "k", "1")
                try goOn(fresh, replica, support)
                #expect(replica.server.logs("The MASTER does not go on with its snapshot"))
            }
        }
    }
}
