import Clustering
import Gossip
import Primitives
import RESP
import Settings
import Testing

@testable import Commands

/// CLUSTER as clients and tools see it.
struct ClusterCommandTests {
    private func name(_ digit: Int) -> String { ClusterRig.name(digit) }

    @Test func aNodeAloneTakesSlots() throws {
        let rig = try ClusterRig()
        #expect(rig.line("GET a") == .error("CLUSTERDOWN Hash slot not served"))
        #expect(rig.line("CLUSTER ADDSLOTSRANGE 0 16383") == .simple("OK"))
        #expect(rig.line("CLUSTER ADDSLOTS 7") == .error("ERR Slot 7 is already busy"))
        #expect(rig.line("CLUSTER DELSLOTS 7 9") == .simple("OK"))
        #expect(rig.line("CLUSTER DELSLOTS 7") == .error("ERR Slot 7 is already unassigned"))
        let slots = rig.bus.access { $0.myself.slots.ranges }
        #expect(slots == [0...6, 8...8, 10...16_383])
        #expect(rig.line("CLUSTER FLUSHSLOTS") == .simple("OK"))
        #expect(rig.bus.access { $0.myself.slots.isEmpty })
    }

    /// Keys of a slot that nobody owns are taken responsibility for, unless the slot may have been given away.
    @Test func whatMayHaveBeenGivenAwayIsNotClaimedAtTheStart() throws {
        let grant = "apus-grant \(name(9)),\(name(1)),\(name(2)),2,100-16383"
        let rig = try ClusterRig("\(name(1)) 10.0.0.1:6379@16379 myself,master - 0 0 3 connected\nvars \(grant)")
        rig.test.node.slotMap = nil
        rig.line("SET a 1")
        rig.line("SET {3560}x 1")
        let slots = ["a", "{3560}x"].map { rig.line("CLUSTER KEYSLOT \($0)") }
        #expect(slots == [.integer(15_495), .integer(0)])
        rig.cluster.verifyLoadedKeys()
        let own = rig.bus.access { $0.myself.slots }
        #expect(own == SlotSet([0]) && rig.bus.access { $0.openGrants.count } == 1)
    }

    @Test func informationHasTheFieldsOfTheReferenceInItsOrder() throws {
        let rig = try ClusterRig(ClusterRig.file)
        let lines = rig.line("CLUSTER INFO").text.split(separator: "\r\n").map(String.init)
        let names = lines.map { $0.prefix { $0 != ":" } }
        #expect(
            names.prefix(9) == [
                "cluster_state", "cluster_slots_assigned", "cluster_slots_ok", "cluster_slots_pfail",
                "cluster_slots_fail", "cluster_known_nodes", "cluster_size", "cluster_current_epoch",
                "cluster_my_epoch",
            ])
        #expect(lines.contains("cluster_slots_assigned:16383"))
        #expect(lines.contains("cluster_known_nodes:5"))
        #expect(lines.contains("cluster_size:3"))
        #expect(lines.contains("cluster_my_epoch:3"))
        #expect(lines.contains("cluster_nodes_fail:1"))
        #expect(lines.contains("total_cluster_links_buffer_limit_exceeded:0"))
        for name in ["active_tasks", "active_trim_running", "stats_active_trim_started"] {
            #expect(lines.contains("cluster_slot_migration_\(name):0"))
        }
    }

    @Test func bytesOfTheBusAreCounted() throws {
        let rig = try ClusterRig(ClusterRig.file)
        let header = BusHeader(sender: rig.bus.access { $0.name }, flags: .primary)
        let messages = [
            BusMessage(header, .manualFailover),
            BusMessage(header, .publish(channel: [1, 2], message: [3], isSharded: false)),
        ]
        var traffic = BusTraffic()
        for message in messages { traffic.send(message) }
        traffic.receive(messages[1], 100)
        rig.bus.traffic = traffic
        let lines = Set(rig.line("CLUSTER INFO").text.split(separator: "\r\n").map(String.init))
        let (all, published) = (messages.reduce(0) { $0 + $1.encodedLength }, messages[1].encodedLength)
        #expect(
            lines.isSuperset(of: [
                "cluster_stats_bytes_sent:\(all)", "cluster_stats_pubsub_bytes_sent:\(published)",
                "cluster_stats_module_bytes_sent:0", "cluster_stats_bytes_received:100",
                "cluster_stats_pubsub_bytes_received:100", "cluster_stats_module_bytes_received:0",
            ]))
    }

    @Test func nodesAndReplicasAreLines() throws {
        let rig = try ClusterRig(ClusterRig.file)
        let lines = rig.line("CLUSTER NODES").text.split(separator: "\n")
        #expect(lines.count == 5)
        #expect(
            lines.first { $0.contains("myself") }.map(String.init)
                == "\(name(1)) 10.0.0.1:6379@16379,one.example myself,master - 0 0 3 connected 0-5460")
        #expect(lines.contains { $0.hasSuffix("disconnected 5461-10922 10924") })
        guard case .array(let replicas) = rig.run("CLUSTER", "REPLICAS", name(1)) else { return #expect(Bool(false)) }
        #expect(replicas.count == 1 && replicas[0].text.hasPrefix("\(name(4)) 10.0.0.4:6379@16379 slave \(name(1)) "))
        #expect(rig.run("CLUSTER", "SLAVES", name(1)) == .array(replicas))
        #expect(rig.run("CLUSTER", "REPLICAS", name(4)) == .error("ERR The specified node is not a master"))
        rig.test.client.session.writer.version = .resp3
        guard case .verbatim(let format, _) = rig.line("CLUSTER NODES") else { return #expect(Bool(false)) }
        #expect(format == "txt")
    }

    @Test func slotsAreRangesWithTheirNodes() throws {
        let rig = try ClusterRig(ClusterRig.file)
        func node(_ digit: Int, _ metadata: [Reply] = []) -> Reply {
            .array([.text("10.0.0.\(digit)"), .integer(6379), .text(name(digit)), .array(metadata)])
        }
        #expect(
            rig.line("CLUSTER SLOTS")
                == .array([
                    .array([.integer(0), .integer(5460), node(1, [.text("hostname"), .text("one.example")])]),
                    .array([.integer(5461), .integer(10_922), node(2)]),
                    .array([.integer(10_924), .integer(10_924), node(2)]),
                    .array([.integer(10_925), .integer(16_383), node(3)]),
                ]))
    }

    @Test func endpointsAreOfTheKindThatIsPreferred() throws {
        let rig = try ClusterRig(ClusterRig.file)
        func first() -> Reply {
            guard case .array(let rows) = rig.line("CLUSTER SLOTS"), case .array(let row) = rows[0],
                case .array(let node) = row[2]
            else { return .null }
            return .array([node[0], node[3]])
        }
        rig.line("CONFIG SET cluster-preferred-endpoint-type hostname")
        #expect(first() == .array([.text("one.example"), .array([.text("ip"), .text("10.0.0.1")])]))
        rig.line("CONFIG SET cluster-preferred-endpoint-type unknown-endpoint")
        let all: [Reply] = [.text("ip"), .text("10.0.0.1"), .text("hostname"), .text("one.example")]
        #expect(first() == .array([.null, .array(all)]))
    }

    @Test func clientsAreToldAddressesOfTheirOwn() throws {
        let own = "10.0.0.2:6379@16379,,client-tcp-port=9000,client-ipv6=2001:db8::2,client-ipv4=203.0.113.2"
        let rig = try ClusterRig(ClusterRig.file.replacing("10.0.0.2:6379@16379,", with: own))
        for (peer, host) in [("127.0.0.1:50000", "203.0.113.2"), ("[2001:db8::9]:50000", "2001:db8::2")] {
            let client = rig.test.connect(from: peer)
            guard case .array(let rows) = client.run("CLUSTER", "SLOTS"), case .array(let row) = rows[1],
                case .array(let shards) = client.run("CLUSTER", "SHARDS"), case .array(let shard) = shards[1],
                case .array(let nodes) = shard[3], case .array(let node) = nodes[0]
            else { return #expect(Bool(false)) }
            #expect(row[2] == .array([.text(host), .integer(9000), .text(name(2)), .array([])]))
            #expect(
                node[2...7] == [
                    .text("port"), .integer(9000), .text("ip"), .text(host), .text("endpoint"), .text(host),
                ])
            #expect(client.run("CLUSTER", "NODES").text.contains("\(name(2)) \(host):9000@16379 master"))
        }
    }

    @Test func shardsAreMaps() throws {
        let rig = try ClusterRig(ClusterRig.file)
        rig.test.client.session.writer.version = .resp3
        guard case .array(let shards) = rig.line("CLUSTER SHARDS"), case .map(let second) = shards[1] else {
            return #expect(Bool(false))
        }
        #expect(shards.count == 3)
        #expect(
            second[0].value == .array([.integer(5461), .integer(10_922), .integer(10_924), .integer(10_924)]))
        guard case .array(let nodes) = second[1].value, case .map(let replica) = nodes[1] else {
            return #expect(Bool(false))
        }
        #expect(
            replica.map(\.key) == [
                .text("id"), .text("port"), .text("ip"), .text("endpoint"), .text("role"),
                .text("replication-offset"), .text("health"),
            ])
        #expect(replica[0].value == .text(name(5)))
        #expect(replica[4].value == .text("replica"))
        #expect(replica[6].value == .text("fail"))
    }

    @Test func keysOfSlots() throws {
        let rig = try ClusterRig()
        rig.line("CLUSTER ADDSLOTSRANGE 0 16383")
        // Nobody turns the machine, so it has not found out that the cluster is whole.
        rig.test.node.slotMap = nil
        for key in ["b", "x{b}", "y{b}"] { rig.run("SET", key, "1") }
        #expect(rig.line("CLUSTER KEYSLOT x{b}y") == .integer(3300))
        #expect(rig.line("CLUSTER COUNTKEYSINSLOT 3300") == .integer(3))
        #expect(rig.line("CLUSTER COUNTKEYSINSLOT 3301") == .integer(0))
        #expect(rig.line("CLUSTER COUNTKEYSINSLOT 16384") == .error("ERR Invalid slot"))
        guard case .array(let some) = rig.line("CLUSTER GETKEYSINSLOT 3300 2") else { return #expect(Bool(false)) }
        #expect(some.count == 2)
        #expect(rig.line("CLUSTER GETKEYSINSLOT 3300 0") == .array([]))
        #expect(rig.line("CLUSTER GETKEYSINSLOT 3300 -1") == .error("ERR Invalid slot or number of keys"))
        #expect(rig.line("CLUSTER FLUSHSLOTS") == .error("ERR DB must be empty to perform CLUSTER FLUSHSLOTS."))
        #expect(rig.line("CLUSTER FLUSHSLOT 3300 SYNC") == .simple("OK"))
        #expect(rig.line("DBSIZE") == .integer(0))
    }

    @Test func slotsAreMovedByHand() throws {
        let rig = try ClusterRig(ClusterRig.file)
        rig.test.node.keyspace.now += 1
        #expect(rig.run("CLUSTER", "SETSLOT", "3300", "MIGRATING", name(2)) == .simple("OK"))
        #expect(rig.line("CLUSTER NODES").text.contains(" [3300->-\(name(2))]\n"))
        #expect(rig.run("CLUSTER", "SETSLOT", "3300", "STABLE") == .simple("OK"))
        #expect(!rig.line("CLUSTER NODES").text.contains("["))
        #expect(
            rig.run("CLUSTER", "SETSLOT", "6000", "MIGRATING", name(2))
                == .error("ERR I'm not the owner of hash slot 6000"))
        #expect(
            rig.run("CLUSTER", "SETSLOT", "3300", "IMPORTING", name(2))
                == .error("ERR I'm already the owner of hash slot 3300"))
        #expect(rig.run("CLUSTER", "SETSLOT", "6000", "IMPORTING", name(2)) == .simple("OK"))
        #expect(
            rig.run("CLUSTER", "SETSLOT", "3300", "MIGRATING", name(4)) == .error("ERR Target node is not a master"))
        #expect(
            rig.run("CLUSTER", "SETSLOT", "3300", "MIGRATING", name(9))
                == .error("ERR I don't know about node \(name(9))"))
        #expect(rig.line("CLUSTER SETSLOT 3300 NODE x") == .error("ERR Unknown node x"))
        rig.test.node.slotMap = nil
        rig.line("SET b 1")
        #expect(
            rig.run("CLUSTER", "SETSLOT", "3300", "NODE", name(2))
                == .error(
                    "ERR Can't assign hashslot 3300 to a different node while I still hold keys for this hash slot."))
        rig.test.node.slotMap = nil
        rig.line("DEL b")
        #expect(rig.run("CLUSTER", "SETSLOT", "3300", "NODE", name(2), "TIMEOUT", "10") == .simple("OK"))
        #expect(rig.bus.access { $0.owner(of: 3300)?.text } == name(2))
    }

    @Test func ordersThatMakeNoSense() throws {
        let rig = try ClusterRig(ClusterRig.file)
        let setSlot = "ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP"
        let cases: [(String, String)] = [
            ("CLUSTER MEET a b", "ERR Invalid base port specified: b"),
            ("CLUSTER MEET 10.0.0.9 1 b", "ERR Invalid bus port specified: b"),
            ("CLUSTER MEET a 1", "ERR Invalid node address specified: a:1"),
            ("CLUSTER MEET 1.2.3.4 99999", "ERR Invalid node address specified: 1.2.3.4:99999"),
            (
                "CLUSTER MEET a b c d",
                "ERR unknown subcommand or wrong number of arguments for 'MEET'. Try CLUSTER HELP."
            ),
            ("CLUSTER FAILOVER x", "ERR syntax error"),
            ("CLUSTER FAILOVER", "ERR You should send CLUSTER FAILOVER to a replica"),
            ("CLUSTER RESET x", "ERR syntax error"),
            ("CLUSTER SETSLOT 1 foo", setSlot),
            ("CLUSTER SETSLOT 1 STABLE x", setSlot),
            ("CLUSTER SETSLOT 99999 STABLE", "ERR Invalid or out of range slot"),
            ("CLUSTER ADDSLOTS 1 99999", "ERR Invalid or out of range slot"),
            ("CLUSTER ADDSLOTSRANGE 5 1", "ERR start slot number 5 is greater than end slot number 1"),
            ("CLUSTER ADDSLOTSRANGE 1 2 3", "ERR wrong number of arguments for 'cluster|addslotsrange' command"),
            ("CLUSTER ADDSLOTS 10923 10923", "ERR Slot 10923 specified multiple times"),
            ("CLUSTER DELSLOTS 1 1", "ERR Slot 1 specified multiple times"),
            ("CLUSTER SET-CONFIG-EPOCH -1", "ERR Invalid config epoch specified: -1"),
            (
                "CLUSTER SET-CONFIG-EPOCH 9",
                "ERR The user can assign a config epoch only when the node does not know any other node."
            ),
            ("CLUSTER FORGET x", "ERR Unknown node x"),
            ("CLUSTER FORGET \(name(1))", "ERR I tried hard but I can't forget myself..."),
            ("CLUSTER REPLICATE x", "ERR Unknown node x"),
            ("CLUSTER REPLICATE \(name(1))", "ERR Can't replicate myself"),
            ("CLUSTER REPLICATE \(name(4))", "ERR I can only replicate a master, not a replica."),
            (
                "CLUSTER REPLICATE \(name(2))",
                "ERR To set a master the node must be empty and without assigned slots."
            ),
            ("CLUSTER COUNT-FAILURE-REPORTS x", "ERR Unknown node x"),
            ("REPLICAOF localhost 1", "ERR REPLICAOF not allowed in cluster mode."),
            ("DEBUG CLUSTERLINK KILL x \(name(2))", "ERR Unknown direction x"),
            ("DEBUG CLUSTERLINK KILL ALL x", "ERR Unknown node x"),
            ("DEBUG CLUSTERLINK KILL ALL \(name(1))", "ERR Cannot free cluster link(s) to myself"),
        ]
        rig.test.node.settings.enableDebugCommand = .yes
        for (line, error) in cases { #expect(rig.line(line) == .error(error), "\(line)") }
    }

    @Test func epochsAndNames() throws {
        let rig = try ClusterRig()
        #expect(rig.line("CLUSTER MYID") == .text(rig.bus.access { $0.name.text }))
        #expect(rig.line("CLUSTER MYSHARDID") == .text(rig.bus.access { $0.myself.shard.text }))
        #expect(rig.line("CLUSTER BUMPEPOCH") == .simple("BUMPED 1"))
        #expect(rig.line("CLUSTER BUMPEPOCH") == .simple("STILL 1"))
        #expect(rig.line("CLUSTER SAVECONFIG") == .simple("OK"))
        let before = rig.line("CLUSTER MYID")
        #expect(rig.line("CLUSTER RESET HARD") == .simple("OK"))
        #expect(rig.line("CLUSTER MYID") != before)
        #expect(rig.line("CLUSTER SET-CONFIG-EPOCH 5") == .simple("OK"))
        #expect(rig.line("CLUSTER SET-CONFIG-EPOCH 5") == .error("ERR Node config epoch is already non-zero"))
    }

    @Test func aPrimaryWithKeysIsNotReset() throws {
        let rig = try ClusterRig()
        rig.test.node.slotMap = nil
        rig.line("SET b 1")
        let text = "ERR CLUSTER RESET can't be called with master nodes containing keys"
        #expect(rig.line("CLUSTER RESET") == .error(text))
    }

    @Test func aReplicaThatIsResetIsEmpty() throws {
        let rig = try ClusterRig(
            ClusterRig.file.replacing("myself,", with: "").replacing(
                "slave \(name(1))", with: "myself,slave \(name(1))"))
        rig.test.node.slotMap = nil
        rig.line("SET b 1")
        #expect(rig.line("CLUSTER SETSLOT 1 STABLE") == .error("ERR Please use SETSLOT only with masters."))
        #expect(rig.line("CLUSTER RESET") == .simple("OK"))
        #expect(rig.line("DBSIZE") == .integer(0))
        #expect(rig.bus.access { $0.myself.isPrimary && $0.members.count == 1 })
    }

    @Test func randomPingsAreStopped() throws {
        let rig = try ClusterRig(ClusterRig.file) { $0.enableDebugCommand = .yes }
        #expect(rig.line("DEBUG DISABLE-CLUSTER-RANDOM-PING 1") == .simple("OK"))
        #expect(rig.bus.access { !$0.pingsAtRandom })
        rig.line("DEBUG DISABLE-CLUSTER-RANDOM-PING 0")
        #expect(rig.bus.access { $0.pingsAtRandom })
    }

    @Test func connectionsOfTheBusAreShown() throws {
        let rig = try ClusterRig(ClusterRig.file)
        #expect(rig.line("CLUSTER LINKS") == .array([]))
        // The machine asks for connections as time goes by.
        rig.bus.access { bus in for _ in 0..<20 { bus.receive(.tick, now: 1_000_000) } }
        let outbound = rig.bus.access { $0.members.compactMap(\.outbound) }
        #expect(!outbound.isEmpty)
        let link = LinkFigures(createdAt: 5, isReading: true, isWriting: false, reservedBytes: 64, waitingBytes: 7)
        rig.bus.linkFigures = [outbound[0]: link]
        guard case .array(let links) = rig.line("CLUSTER LINKS"), case .array(let fields) = links[0] else {
            return #expect(Bool(false))
        }
        #expect(links.count == 1)
        #expect(
            stride(from: 0, to: fields.count, by: 2).map { fields[$0].text } == [
                "direction", "node", "create-time", "events", "send-buffer-allocated", "send-buffer-used",
            ])
        #expect(fields[1] == .text("to") && fields[7] == .text("r") && fields[11] == .integer(7))
        #expect(rig.line("INFO clients").text.contains("cluster_connections:1\r\n"))
    }

    @Test func messagesAreLostOnPurpose() throws {
        let rig = try ClusterRig(ClusterRig.file) { $0.enableDebugCommand = .yes }
        rig.line("DEBUG DROP-CLUSTER-PACKET-FILTER 3")
        rig.line("DEBUG CLOSE-CLUSTER-LINK-ON-PACKET-DROP 1")
        let filter = rig.bus.messageFilter
        let header = BusHeader(sender: rig.bus.access { $0.name }, flags: .primary)
        #expect(filter.drops(BusMessage(header, .fail(header.sender))) && filter.closesLink)
        #expect(!filter.drops(BusMessage(header, .vote)))
        rig.line("DEBUG DROP-CLUSTER-PACKET-FILTER -1")
        #expect(!rig.bus.messageFilter.drops(BusMessage(header, .fail(header.sender))))
    }

    @Test func statisticsOfSlots() throws {
        let rig = try ClusterRig(ClusterRig.file) { $0.clusterSlotStatsEnabled = true }
        guard case .array(let rows) = rig.line("CLUSTER SLOT-STATS SLOTSRANGE 5459 5462"),
            case .array(let row) = rows[0], case .array(let fields) = row[1]
        else { return #expect(Bool(false)) }
        #expect(rows.count == 2 && row[0] == .integer(5459))
        #expect(
            stride(from: 0, to: fields.count, by: 2).map { fields[$0].text } == [
                "key-count", "cpu-usec", "network-bytes-in", "network-bytes-out", "memory-bytes",
            ])
        let cases: [(String, String)] = [
            ("SLOTSRANGE 5 1", "ERR Start slot number 5 is greater than end slot number 1"),
            ("SLOTSRANGE 5 x", "ERR Invalid or out of range slot"),
            ("SLOTSRANGE 5 6 7", "ERR syntax error"),
            ("ORDERBY size", "ERR Unrecognized sort metric for ORDERBY."),
            (
                "ORDERBY key-count LIMIT 0",
                "ERR Limit has to lie in between 1 and 16384 (maximum number of slots)."
            ),
            ("ORDERBY key-count ASC DESC", "ERR Multiple filters of the same type are disallowed."),
            ("ORDERBY key-count x", "ERR syntax error"),
        ]
        for (line, error) in cases { #expect(rig.line("CLUSTER SLOT-STATS \(line)") == .error(error), "\(line)") }
    }

    @Test func slotsAreOrderedByWhatTheyHold() throws {
        let rig = try ClusterRig(ClusterRig.file)
        rig.test.node.slotMap = nil
        for key in ["b", "x{b}", "f"] { rig.run("SET", key, "1") }
        rig.test.node.slotMap = rig.bus.access { $0.slotMap() }
        func counts(_ line: String) -> [Reply] {
            guard case .array(let rows) = rig.line("CLUSTER SLOT-STATS \(line)") else { return [] }
            return rows
        }
        func row(_ slot: Int64, _ keys: Int64) -> Reply {
            .array([.integer(slot), .array([.text("key-count"), .integer(keys)])])
        }
        #expect(counts("ORDERBY key-count LIMIT 3") == [row(3300, 2), row(3168, 1), row(0, 0)])
        #expect(counts("ORDERBY key-count LIMIT 2 ASC") == [row(0, 0), row(1, 0)])
        #expect(counts("ORDERBY key-count").count == 5461)
        #expect(
            rig.line("CLUSTER SLOT-STATS ORDERBY cpu-usec") == .error("ERR Unrecognized sort metric for ORDERBY."))
    }

    @Test func withoutAClusterThereIsNone() throws {
        let rig = try ClusterRig { $0.clusterEnabled = false }
        let disabled = Reply.error("ERR This instance has cluster support disabled")
        for line in ["INFO", "NODES", "HELP", "KEYSLOT a", "ADDSLOTS 1", "RESET", "SLOT-STATS SLOTSRANGE 1 2"] {
            #expect(rig.line("CLUSTER \(line)") == disabled, "\(line)")
        }
    }

    @Test func helpListsAll() throws {
        let rig = try ClusterRig()
        guard case .array(let lines) = rig.line("CLUSTER HELP") else { return #expect(Bool(false)) }
        #expect(lines.contains(.simple("ADDSLOTS slot [slot ...]")))
    }
}
