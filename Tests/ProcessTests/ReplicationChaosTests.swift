import Glibc
import Harness
import Testing

extension ProcessTests {
    /// Whatever happens to links and processes, all copies become equal. `APUS_REPLICATION_ROUNDS` or
    /// `APUS_REPLICATION_SECONDS` make it long, `APUS_REPLICATION_SEED` repeats one.
    @Suite(.serialized) struct ReplicationChaosTests {
        private static func setting(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

        @Test func allCopiesBecomeEqual() throws {
            let seed = Self.setting("APUS_REPLICATION_SEED") ?? Int(getpid())
            let rounds = Self.setting("APUS_REPLICATION_ROUNDS") ?? 25
            print("replication: APUS_REPLICATION_SEED=\(seed)")
            var fleet = try Fleet(seed: UInt64(seed))
            defer { fleet.stop() }
            let end = Self.setting("APUS_REPLICATION_SECONDS").map { monotonicMilliseconds() + $0 * 1000 }
            var round = 0
            while end.map({ monotonicMilliseconds() < $0 }) ?? (round < rounds) {
                try fleet.write(commands: 300)
                try fleet.disturb()
                if round % 5 == 4 { try fleet.expectEqual("seed \(seed), round \(round)") }
                round += 1
                if round % 1000 == 0 { print("replication: \(round) rounds") }
            }
            try fleet.expectEqual("seed \(seed), at the end")
            print("replication: \(round) rounds in all")
        }
    }
}

/// Some servers that hold the same data, or soon will.
private struct Fleet {
    private var members: [Member] = []
    private var primary = 0
    private var commands: RandomCommands
    private var random: SeededRandom

    /// A server whose process may come and go.
    private struct Member {
        let product: Product
        let directory: TemporaryDirectory
        var server: ServerProcess
        var connection: Connection
        var lines: [String]
    }

    init(seed: UInt64) throws {
        (commands, random) = (RandomCommands(seed: seed), SeededRandom(seed: seed &+ 1))
        for product in [Product.apus, .apus, .oracle, .apus] {
            let directory = try TemporaryDirectory()
            let lines = [
                "dir \(directory.path)", "repl-diskless-sync-delay 0", "repl-backlog-size 200000",
                product == .apus && members.count == 1 ? "repl-diskless-load swapdb" : "repl-diskless-load disabled",
                members.count == 3 ? "appendonly yes" : "appendonly no",
            ]
            let server = try ServerProcess(product, lines)
            members.append(
                Member(
                    product: product, directory: directory, server: server, connection: try server.connect(),
                    lines: lines))
        }
        try pointAll()
    }

    func stop() { for member in members { member.server.stop() } }

    private func pointAll() throws {
        for index in members.indices where index != primary { try point(index) }
    }

    private func point(_ index: Int) throws {
        let connection = try members[index].server.connect()
        try connection.run("REPLICAOF", "127.0.0.1", "\(members[primary].server.port)")
    }

    mutating func write(commands count: Int) throws {
        var batch: [[Bytes]] = []
        for _ in 0..<count { batch += commands.next().map { $0.map { Bytes($0.utf8) } } }
        _ = try members[primary].connection.pipeline(batch)
    }

    private mutating func anyReplica() -> Int {
        let others = members.indices.filter { $0 != primary }
        return others[Int(random.next() % UInt64(others.count))]
    }

    mutating func disturb() throws {
        switch random.next() % 10 {
        case 0, 1: try members[primary].connection.run("CLIENT", "KILL", "TYPE", "replica")
        case 2, 3: try members[anyReplica()].connection.run("CLIENT", "KILL", "TYPE", "master")
        case 4: try restart(anyReplica())
        case 5: try promote(anyReplica())
        case 6: try follow(anyReplica(), anyReplica())
        case 7: try breakSynchronisations()
        default: return
        }
    }

    /// Has all replicas begin anew, and breaks their links while they do.
    private mutating func breakSynchronisations() throws {
        let connection = members[primary].connection
        try connection.run("DEBUG", "CHANGE-REPL-ID")
        for _ in 0..<1 + random.next() % 4 {
            try connection.run("CLIENT", "KILL", "TYPE", "replica")
            pause(milliseconds: Int(random.next() % 50))
        }
    }

    private mutating func restart(_ index: Int) throws {
        members[index].server.child.kill()
        let (product, lines) = (members[index].product, members[index].lines)
        let server = try ServerProcess(
            product, lines + ["replicaof 127.0.0.1 \(members[primary].server.port)"])
        (members[index].server, members[index].connection) = (server, try server.connect())
        // Those who followed it do not find it any more.
        try pointAll()
    }

    /// Another takes over when it has everything; the old primary follows it.
    private mutating func promote(_ index: Int) throws {
        try point(index)
        try expectEqual("before a promotion")
        try members[index].connection.run("REPLICAOF", "NO", "ONE")
        primary = index
        members[index].connection = try members[index].server.connect()
        try pointAll()
    }

    /// A replica behind a replica.
    private func follow(_ index: Int, _ other: Int) throws {
        guard index != other else { return }
        // Nobody shall follow itself by way of others.
        try point(other)
        let connection = try members[index].server.connect()
        try connection.run("REPLICAOF", "127.0.0.1", "\(members[other].server.port)")
        for third in members.indices where ![index, other, primary].contains(third) { try point(third) }
    }

    func expectEqual(_ what: String) throws {
        let wanted = members[primary].server
        for member in members where member.server !== wanted {
            let isEqual = eventually {
                guard let own = try? digest(wanted) else { return false }
                return (try? digest(member.server)) == own
            }
            #expect(isEqual, "\(what): \(member.product) \(member.server.log.suffix(3000))")
        }
    }

    private func digest(_ server: ServerProcess) throws -> Reply {
        let connection = try server.connect()
        let digest = try connection.run("DEBUG", "DIGEST")
        if let error = digest.errorText { throw HarnessError.malformed(error) }
        return digest
    }
}
