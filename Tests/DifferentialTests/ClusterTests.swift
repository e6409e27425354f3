import Harness
import Testing

extension DifferentialTests {
    /// CLUSTER, and what a cluster means for other commands, on two nodes that are each alone in theirs. Names and ports are
    /// left out of the comparison.
    @Test(arguments: [2, 3]) func nodesOfClusters(version: Int) throws {
        let oracle = try ClusterSide(.oracle, version)
        defer { oracle.server.stop() }
        let apus = try ClusterSide(.apus, version)
        defer { apus.server.stop() }
        for line in beforeSlots {
            try #expect(apus.run(line) == oracle.run(line), "\(line)")
        }
        for side in [oracle, apus] {
            _ = try side.run("CLUSTER ADDSLOTSRANGE 0 9999 10001 16000")
            let isUp = try eventually {
                try side.run("CLUSTER ADDSLOTSRANGE 10000 10000 16001 16383").contains("busy")
                    && side.run("CLUSTER INFO").contains("cluster_state:ok")
            }
            #expect(isUp)
        }
        for line in afterSlots {
            try #expect(apus.run(line) == oracle.run(line), "\(line)")
        }
    }
}

private let beforeSlots = [
    "CLUSTER NODES", "CLUSTER SLOTS", "CLUSTER SHARDS", "CLUSTER LINKS", "CLUSTER INFO", "CLUSTER MYID", "GET a",
    "MGET a b",
    "EVAL return 1 0", "EVAL return 1 1 a", "CLUSTER COUNTKEYSINSLOT 1", "SPUBLISH a m", "SSUBSCRIBE a",
    "CLUSTER BUMPEPOCH", "CLUSTER BUMPEPOCH", "CLUSTER SET-CONFIG-EPOCH 1", "INFO cluster", "CLUSTER SETSLOT 1 STABLE",
    "CLUSTER SETSLOT 1 MIGRATING 0123456789012345678901234567890123456789",
]

/// Not among them: `DEBUG CLUSTERLINK KILL ALL <me>`, at which the reference's version crashes.
private let afterSlots = [
    "CLUSTER NODES", "CLUSTER SLOTS", "CLUSTER SHARDS", "CLUSTER LINKS", "CLUSTER INFO", "SET b 1", "SET x{b} 2",
    "MGET b x{b}", "MGET b f", "DEL b f", "MULTI", "SET b 1", "SET f 2", "EXEC", "MULTI", "SET b 1", "EXEC", "SELECT 0",
    "SELECT 1", "SWAPDB 0 1", "MOVE b 1", "COPY b x{b} DB 0 REPLACE", "COPY b x{b} DB 1",
    "COPY b x{b} DB 16", "REPLICAOF localhost 1",
    "ROLE",
    "SLAVEOF NO ONE", "READONLY", "GET b", "READWRITE", "ASKING", "GET b", "CLUSTER KEYSLOT x{b}",
    "CLUSTER COUNTKEYSINSLOT 3300", "CLUSTER COUNTKEYSINSLOT 16384", "CLUSTER COUNTKEYSINSLOT x",
    "CLUSTER GETKEYSINSLOT 3168 5", "CLUSTER GETKEYSINSLOT 3300 0", "CLUSTER GETKEYSINSLOT 3300 -1",
    "CLUSTER ADDSLOTS 1", "CLUSTER ADDSLOTS x", "CLUSTER ADDSLOTSRANGE 1 2 3", "CLUSTER ADDSLOTSRANGE 9 2",
    "CLUSTER DELSLOTS 1 1", "CLUSTER DELSLOTS 16384", "CLUSTER DELSLOTSRANGE 2 1", "CLUSTER FLUSHSLOTS",
    "CLUSTER RESET",
    "CLUSTER RESET x", "CLUSTER RESET SOFT x", "CLUSTER FAILOVER", "CLUSTER FAILOVER x", "CLUSTER FAILOVER FORCE",
    "CLUSTER FAILOVER FORCE x", "CLUSTER REPLICATE x", "CLUSTER REPLICAS x", "CLUSTER SLAVES x",
    "CLUSTER REPLICAS <me>",
    "CLUSTER REPLICATE <me>", "CLUSTER FORGET x", "CLUSTER FORGET <me>", "CLUSTER COUNT-FAILURE-REPORTS x",
    "CLUSTER COUNT-FAILURE-REPORTS <me>", "CLUSTER SETSLOT 3300 STABLE", "CLUSTER SETSLOT 3300 STABLE x",
    "CLUSTER SETSLOT 3300 foo", "CLUSTER SETSLOT x STABLE", "CLUSTER SETSLOT 3300", "CLUSTER SETSLOT 3300 NODE x",
    "CLUSTER SETSLOT 3300 NODE <me>", "CLUSTER SETSLOT 3300 MIGRATING x", "CLUSTER SETSLOT 3300 MIGRATING <me>",
    "CLUSTER SETSLOT 3300 IMPORTING <me>", "CLUSTER SETSLOT 3300 IMPORTING x", "CLUSTER MEET a 1",
    "CLUSTER MEET 1.2.3.4 99999", "CLUSTER MEET 1.2.3.4 7000 99999", "CLUSTER MEET a", "CLUSTER MEET a b c d",
    "CLUSTER SAVECONFIG", "CLUSTER NOSUCH", "CLUSTER", "CLUSTER SET-CONFIG-EPOCH x", "CLUSTER SET-CONFIG-EPOCH -1",
    "CLUSTER SET-CONFIG-EPOCH 5", "DEBUG CLUSTERLINK KILL ALL x", "SORT b BY w_*",
    "RPUSH f 1", "SORT f GET w_*", "SORT f BY nosort", "EVAL return redis.call('get','b') 0",
    "EVAL return{redis.call('get','b'),redis.call('llen','f')} 0",
    "EVAL #!lua\u{a}return{redis.call('get','b'),redis.call('llen','f')} 0",
    "EVAL #!lua\u{a}return{redis.call('llen','f')} 1 b", "EVAL #!lua\u{20}flags=no-cluster\u{a}return{1} 0",
    "SPUBLISH a m", "SSUBSCRIBE a b", "SSUBSCRIBE a", "SUNSUBSCRIBE a", "PUBLISH a m", "CLIENT NO-EVICT on",
    "FLUSHALL", "CLUSTER FLUSHSLOTS", "CLUSTER SLOTS", "GET b", "CLUSTER RESET HARD",
]

/// A node that is alone in its cluster, with one connection.
private final class ClusterSide {
    let server: ServerProcess
    private let connection: Connection
    private let name: String

    init(_ product: Product, _ version: Int) throws {
        server = try ServerProcess(product, ["cluster-enabled yes", "cluster-port \(try freePort())"])
        connection = try server.connect()
        if version == 3 { try connection.run("HELLO", 3) }
        name = try connection.run("CLUSTER", "MYID").text ?? ""
    }

    /// The reply to a command, without what is this side's own. A line feed in a word stands for one between words.
    func run(_ line: String) throws -> String {
        let words = line.split(separator: " ").map { $0.replacing("<me>", with: name) }
        let text = render(try connection.run(words.map { Bytes($0.utf8) }))
        return text.replacing(name, with: "<me>").replacing("\(server.port)", with: "<port>")
            .replacing(/@\d+/, with: "@<port>")
    }

    private func render(_ reply: Reply) -> String {
        switch reply {
        case .bulk(let bytes): "$" + known(bytes)
        case .verbatim(let format, let bytes): "=\(format):" + known(bytes)
        case .array(let elements): "[" + elements.map(render).joined(separator: " ") + "]"
        case .map(let entries):
            "{" + entries.map { render($0.key) + ": " + render($0.value) }.joined(separator: ", ") + "}"
        case .error(let text): "-" + known(text).prefix { $0 != "," && $0 != "(" }
        case .simple, .integer, .double, .boolean, .bigNumber, .set, .push, .attribute, .null, .nullBulk, .nullArray:
            "\(reply)"
        }
    }

    /// An error without what later versions of the reference have added to it.
    private func known(_ error: String) -> String {
        error.replacing(" when keys formed by the pattern may be in different slots", with: "")
            .replacing("same slot previously accessed.", with: "same slot")
    }

    /// Text without the fields of CLUSTER INFO that the reference's version does not have, and without the size of a cluster
    /// without slots, which is 1 there until the node first looks.
    private func known(_ bytes: Bytes) -> String {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        var unlike = [
            "cluster_nodes_", "cluster_voting_nodes_", "cluster_stats_bytes_", "cluster_stats_pubsub_bytes_",
            "cluster_stats_module_bytes_", "cluster_slot_migration_",
        ]
        if lines.contains("cluster_slots_assigned:0") { unlike.append("cluster_size:") }
        return lines.filter { line in !unlike.contains { line.hasPrefix($0) } }.joined(separator: "|")
    }
}
