import Gossip
import Primitives
import RESP
import Storage
import Testing

@testable import Clustering
@testable import Commands

/// Slots that move between whole nodes, without sockets.
struct SlotMigrationTests {
    /// Keys of all types in slots of all kinds, large ones too.
    private func fill(_ node: TestNode) {
        for number in 0..<400 { node.run("SET", "string:\(number)", "value \(number)") }
        node.run("SET", "long", String(repeating: "x", count: 3_000_000))
        node.run("SET", "expiring", "1", "PX", "100000")
        for number in 0..<30 {
            node.run(["RPUSH", "list"] + (0..<100).map { "element \(number * 100 + $0)" })
            node.run(["SADD", "set"] + (0..<100).map { "member \(number * 100 + $0)" })
            node.run(
                ["ZADD", "sorted"] + (0..<100).flatMap { ["\(number * 100 + $0).5", "member \(number * 100 + $0)"] })
            node.run(["HSET", "hash"] + (0..<100).flatMap { ["field \(number * 100 + $0)", "value \($0)"] })
            node.run("XADD", "stream", "\(number + 1)-1", "field", "value \(number)")
        }
        node.run("XGROUP", "CREATE", "stream", "group", "5-1")
        node.run("HPEXPIRE", "hash", "100000", "FIELDS", "1", "field 7")
        node.run("SELECT", "3")
        node.run("SET", "elsewhere", "1")
        node.run("SELECT", "0")
    }

    private func migrate(_ rig: MigrationRig, _ range: ClosedRange<Int> = 0...16383) -> Reply {
        rig.nodes[0].run(
            "CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", "\(range.lowerBound)", "\(range.upperBound)", "NODE",
            rig.name(1).text)
    }

    private func digest(_ node: TestNode) -> Reply { node.run("DEBUG", "DIGEST") }

    /// What is left when nothing is: no key, nothing hidden, nothing held, nobody reading the journal, no walk.
    private func expectNoTrace(_ rig: MigrationRig, _ index: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        let keyspace = rig.nodes[index].node.keyspace
        #expect(keyspace.hiddenSlots == nil, sourceLocation: sourceLocation)
        #expect(keyspace.snapshot == nil, sourceLocation: sourceLocation)
        #expect(!keyspace.journal.isRead, sourceLocation: sourceLocation)
        #expect(!rig.nodes[index].node.attention.contains(.underWay), sourceLocation: sourceLocation)
    }

    private func state(_ rig: MigrationRig, _ index: Int) -> String { rig.records(index).first?.state ?? "" }

    /// The walk over nothing is over, and others may walk.
    @Test func slotsWithoutKeysGo() {
        let rig = MigrationRig()
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { rig.authorities[1].claims.count == 1 })
        rig.authorities[0].adopt()
        for _ in 0..<200 { rig.turn() }
        #expect(state(rig, 0) == "success")
        for index in 0...1 { expectNoTrace(rig, index) }
    }

    @Test func everythingGoes() {
        let rig = MigrationRig()
        fill(rig.nodes[0])
        let before = digest(rig.nodes[0])
        let journal = TestJournal()
        rig.nodes[0].node.keyspace.journal.attach(journal)
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { rig.authorities[1].orders.count == 1 })
        #expect(digest(rig.nodes[1]) == before)
        rig.authorities[0].adopt()
        #expect(rig.turn { state(rig, 0) == "success" && state(rig, 1) == "success" })
        #expect(rig.nodes[1].run("DBSIZE") == .integer(407))
        #expect(journal.takeCount(of: "KEPT") == 0)
        rig.nodes[0].node.keyspace.journal.detach(journal)
        for index in 0...1 { expectNoTrace(rig, index) }
        #expect(rig.wires.isEmpty)
    }

    @Test func onlyTheSlotsGo() {
        let rig = MigrationRig()
        fill(rig.nodes[0])
        let moved = (0..<400).filter { hashSlot(of: "string:\($0)") < 8000 }
        #expect(migrate(rig, 0...7999) == .simple("OK"))
        #expect(rig.turn { rig.authorities[1].orders.count == 1 })
        for number in 0..<400 {
            let isMoved = rig.nodes[1].run("EXISTS", "string:\(number)") == .integer(1)
            #expect(isMoved == moved.contains(number))
        }
    }

    /// Random writes go on all the while; what the source has done the target has too.
    @Test(arguments: 1...6) func writesGoOn(_ seed: Int) {
        let rig = MigrationRig()
        var random = RandomSource(seed: UInt64(seed))
        for number in 0..<2000 { rig.nodes[0].run("SET", "k:\(number % 300)", "\(number)") }
        fill(rig.nodes[0])
        #expect(migrate(rig, 0...16383) == .simple("OK"))
        let writer = rig.nodes[0].connect()
        var steps = 0
        while rig.authorities[1].orders.isEmpty, steps < 5000 {
            steps += 1
            for _ in 0..<20 where !writer.session.isHeld { write(writer, &random) }
            // In pieces, so that writes come in the middle of the walk.
            rig.nodes[0].node.beginTurn()
            var calls = 0
            rig.migrations[0].walk {
                calls += 1
                return calls > 2
            }
            if steps % 3 == 0 { rig.turn() } else { rig.migrations[0].endTurn() }
        }
        #expect(rig.authorities[1].claims == [SlotSet(0..<hashSlotCount)])
        #expect(digest(rig.nodes[1]) == digest(rig.nodes[0]))
        #expect(steps > 5)
    }

    private func write(_ client: TestClient, _ random: inout RandomSource) {
        let key = "k:\(random.next() % 300)"
        let other = "k:\(random.next() % 300)"
        switch random.next() % 16 {
        case 0: client.run("SET", key, "\(random.next())")
        case 1: client.run("DEL", key)
        case 2: client.run("APPEND", key, "more")
        case 3: client.run("COPY", key, other, "REPLACE")
        case 4: client.run("RENAME", key, other)
        case 5: client.run("SADD", "s:\(key)", "\(random.next() % 50)")
        case 6: client.run("SUNIONSTORE", "union", "set", "s:\(key)", "s:\(other)")
        case 7: client.run("ZADD", "sorted", "\(random.next() % 5000)", "member \(random.next() % 4000)")
        case 8: client.run("HSET", "hash", "field \(random.next() % 4000)", "\(random.next())")
        case 9: client.run("HDEL", "hash", "field \(random.next() % 4000)")
        case 10: client.run("LPUSH", "list", "\(random.next())")
        case 11: client.run("LMOVE", "list", "list:\(key)", "LEFT", "RIGHT")
        case 12: client.run("SETRANGE", "long", "\(random.next() % 3_000_000)", "yyyy")
        case 13:
            client.run("MULTI")
            client.run("INCR", "counter")
            client.run("SET", key, "in a transaction")
            client.run("DEL", other)
            client.run("EXEC")
        case 14:
            client.run("SELECT", "3")
            client.run("INCR", key)
            client.run("SELECT", "0")
        default: client.run("ZUNIONSTORE", "zunion", "1", "sorted")
        }
    }

    @Test func whatComesIsHidden() {
        let rig = MigrationRig()
        fill(rig.nodes[0])
        rig.nodes[1].run("SET", "own", "1")
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { rig.nodes[1].node.keyspace.hiddenSlots != nil })
        var sawKeys = false
        while rig.authorities[1].orders.isEmpty {
            let target = rig.nodes[1]
            #expect(target.run("DBSIZE") == .integer(0))
            #expect(target.run("KEYS", "*") == .array([]))
            #expect(target.run("RANDOMKEY") == .null)
            #expect(target.run("SCAN", "0", "COUNT", "10000") == .array([.text("0"), .array([])]))
            if target.node.keyspace.existing(0)?.count ?? 0 > 0 { sawKeys = true }
            rig.turn()
        }
        #expect(sawKeys)
        #expect(rig.nodes[1].run("DBSIZE") == .integer(407))
        #expect(rig.nodes[1].run("EXISTS", "own") == .integer(0))
    }

    @Test func hiddenKeysDoNotExpireHere() {
        let rig = MigrationRig()
        rig.nodes[0].run("SET", "k", "1", "PX", "50")
        rig.nodes[0].node.isActiveExpiryOn = false
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { rig.nodes[1].node.keyspace.existing(0)?.count == 1 })
        // The target's clock is ahead; the source makes the key live on.
        rig.nodes[1].advance(milliseconds: 5000)
        rig.nodes[0].run("PERSIST", "k")
        #expect(rig.turn { rig.authorities[1].orders.count == 1 })
        #expect(rig.nodes[1].run("TTL", "k") == .integer(-1))
    }

    @Test(arguments: [0, 3, 10, 25]) func aCancelledOneLeavesNoTrace(_ turns: Int) {
        let rig = MigrationRig()
        fill(rig.nodes[0])
        let before = digest(rig.nodes[0])
        #expect(migrate(rig) == .simple("OK"))
        rig.isCut = turns == 0
        for _ in 0..<turns where rig.authorities[1].orders.isEmpty { rig.turn() }
        guard rig.authorities[1].orders.isEmpty, !rig.nodes[0].node.underWay.grantedSlots.contains(0) else { return }
        #expect(rig.nodes[0].run("CLUSTER", "CANCELSLOTMIGRATIONS") == .simple("OK"))
        #expect(state(rig, 0) == "cancelled")
        rig.isCut = false
        for _ in 0..<500 { rig.turn() }
        #expect(digest(rig.nodes[0]) == before)
        #expect(rig.nodes[1].node.keyspace.isEmpty)
        for index in 0...1 { expectAllButWalks(rig, index) }
        #expect(["", "failed"].contains(state(rig, 1)))
        #expect(rig.nodes[0].run("CLUSTER", "CANCELSLOTMIGRATIONS") == .error("ERR No migrations ongoing"))
        // And it can begin anew.
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { rig.authorities[1].orders.count == 1 })
        #expect(digest(rig.nodes[1]) == before)
    }

    private func expectAllButWalks(_ rig: MigrationRig, _ index: Int) {
        // What leads walks that were given up to their end is not in the rig.
        let keyspace = rig.nodes[index].node.keyspace
        if let walk = keyspace.snapshot {
            #expect(walk.isAbandoned)
            while !walk.advance(until: { false }) {}
        }
        expectNoTrace(rig, index)
    }

    @Test(arguments: 1...40) func aBrokenConnectionLeavesNoTrace(_ turns: Int) {
        let rig = MigrationRig()
        fill(rig.nodes[0])
        let before = digest(rig.nodes[0])
        #expect(migrate(rig) == .simple("OK"))
        for _ in 0..<turns { rig.turn() }
        let wasGranted = !rig.nodes[0].node.underWay.grantedSlots.isEmpty
        for wire in rig.wires { wire.breakOff() }
        for _ in 0..<2000 { rig.turn() }
        if rig.authorities[1].orders.isEmpty {
            #expect(state(rig, 0) == "failed")
            #expect(digest(rig.nodes[0]) == before)
            #expect(rig.nodes[1].node.keyspace.isEmpty)
        } else {
            #expect(wasGranted || state(rig, 0) == "failover-granted")
            rig.authorities[0].adopt()
            #expect(rig.turn { state(rig, 0) == "success" })
            #expect(digest(rig.nodes[1]) == before)
        }
        for index in 0...1 { expectAllButWalks(rig, index) }
    }

    @Test func writersAreHeldAndGoOnElsewhere() {
        let rig = MigrationRig()
        rig.nodes[0].run("SET", "k", "1")
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { rig.authorities[1].orders.count == 1 })
        let (writer, reader) = (rig.nodes[0].connect(), rig.nodes[0].connect())
        #expect(writer.run("SET", "k", "2") == .null)
        #expect(reader.run("GET", "k") == .null)
        #expect(rig.nodes[0].run("PING") == .simple("PONG"))
        for _ in 0..<200 { rig.turn(milliseconds: 10_000) }
        #expect(writer.replies() == [])
        rig.authorities[0].adopt()
        rig.turn()
        rig.turn()
        // Here nobody sends them on; in a cluster they are answered MOVED.
        #expect(writer.replies() == [.simple("OK")])
    }

    @Test func aRefusedTakeoverGivesTheSlotsBack() {
        let rig = MigrationRig()
        rig.nodes[0].run("SET", "k", "1")
        rig.authorities[1].refusal = BusError("ERR no epoch")
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { state(rig, 0) == "failed" })
        #expect(rig.authorities[0].claims == [SlotSet(0..<hashSlotCount)])
        #expect(rig.nodes[0].run("GET", "k") == .text("1"))
        for _ in 0..<200 { rig.turn() }
        #expect(rig.nodes[1].node.keyspace.isEmpty)
        for index in 0...1 { expectNoTrace(rig, index) }
    }

    /// A target that was cut off may have lost its own slots, and a later epoch for what comes would be one for them too.
    @Test(arguments: [false, true]) func aTargetThatHasNotHeardTheOthersTakesNothing(isGranted: Bool) {
        let rig = MigrationRig()
        rig.nodes[0].run("SET", "k", "1")
        if !isGranted { rig.authorities[1].mayClaim = false }
        #expect(migrate(rig) == .simple("OK"))
        if isGranted {
            #expect(rig.turn { !rig.nodes[0].node.underWay.grantedSlots.isEmpty })
            rig.authorities[1].mayClaim = false
        }
        #expect(rig.turn { state(rig, 0) == "failed" })
        #expect(rig.records(0).first?.message.contains(SlotMigrations.mayNotClaim) == true)
        #expect(rig.authorities[1].claims.isEmpty)
        rig.authorities[1].mayClaim = true
        #expect(rig.turn { rig.nodes[0].node.underWay.grantedSlots.isEmpty })
        #expect(rig.nodes[0].run("GET", "k") == .text("1"))
    }

    @Test func aGrantThatCameTooLateIsRefused() {
        let rig = MigrationRig()
        rig.nodes[0].run("SET", "k", "1")
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { !rig.nodes[0].node.underWay.grantedSlots.isEmpty })
        rig.nodes[1].hands.advance(milliseconds: 20_000)
        #expect(rig.turn { state(rig, 0) == "failed" })
        #expect(rig.authorities[1].orders.isEmpty)
        #expect(rig.nodes[0].run("GET", "k") == .text("1"))
    }

    @Test func afterTheGrantASilentTargetIsAskedUntilItAnswers() {
        let rig = MigrationRig()
        rig.nodes[0].run("SET", "k", "1")
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { !rig.nodes[0].node.underWay.grantedSlots.isEmpty })
        // The grant is lost with the connection.
        rig.onConnect = { false }
        for wire in rig.wires { wire.breakOff() }
        for _ in 0..<300 { rig.turn(milliseconds: 100) }
        #expect(state(rig, 0) == "failover-granted")
        rig.onConnect = { true }
        #expect(rig.turn { state(rig, 0) == "failed" })
        #expect(rig.authorities[0].claims == [SlotSet(0..<hashSlotCount)])
        #expect(rig.nodes[0].run("GET", "k") == .text("1"))
    }

    /// What was taken is served as soon as the claim is on the disk: before that a crash would give it back.
    @Test func whatIsTakenIsServedWhenTheClaimIsOnTheDisk() {
        let rig = MigrationRig()
        rig.nodes[0].run("SET", "k", "1")
        rig.authorities[1].disk = 0
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { rig.authorities[1].claims.count == 1 })
        let reader = rig.nodes[1].connect()
        for _ in 0..<300 { rig.turn() }
        #expect(reader.run("GET", "k") == .null)
        rig.authorities[1].disk = nil
        for _ in 0..<5 { rig.turn() }
        #expect(reader.replies() == [.text("1")])
    }

    /// Who has taken its place may have claimed them, or nobody has.
    @Test func whatIsNotClaimedIsNoSuccess() {
        let rig = MigrationRig()
        rig.nodes[0].run("SET", "k", "1")
        // It waits for a replica that never comes.
        #expect(rig.nodes[1].run("CONFIG", "SET", "promise-replicas", "1") == .simple("OK"))
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { !rig.nodes[0].node.underWay.grantedSlots.isEmpty })
        #expect(rig.turn { state(rig, 1) == "success" })
        rig.nodes[1].node.isReplica = true
        #expect(rig.turn { state(rig, 1) == "failed" })
        #expect(rig.authorities[1].claims.isEmpty)
        // Nobody has the slots, as far as it knows when it leads again.
        rig.nodes[1].node.isReplica = false
        #expect(rig.migrations[1].outcome(of: rig.records(1)[0].job.name, SlotSet()) == "CANCELLED")
    }

    /// Without the record a source that starts again, or a replica in its place, would serve what it has given away.
    @Test func nothingIsGrantedBeforeItIsRecorded() {
        let rig = MigrationRig()
        rig.nodes[0].run("SET", "k", "1")
        rig.authorities[0].disk = 0
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { !rig.authorities[0].openGrants.isEmpty })
        for _ in 0..<500 { rig.turn() }
        #expect(rig.nodes[0].node.underWay.grantedSlots.isEmpty && rig.authorities[1].claims.isEmpty)
        // Nobody waits for that meanwhile.
        #expect(rig.nodes[0].run("SET", "k", "2") == .simple("OK"))
        rig.authorities[0].disk = nil
        #expect(rig.turn { rig.authorities[1].claims.count == 1 })
        rig.authorities[0].adopt()
        for _ in 0..<5 { rig.turn() }
        #expect(rig.authorities[0].openGrants.isEmpty)
        #expect(rig.nodes[1].run("GET", "k") == .text("2"))
    }

    /// A snapshot does not say what may have been given away; those who were told need not hear of it again and again.
    @Test func replicasThatComeLaterAreToldOfAGrantOnce() {
        let rig = MigrationRig()
        let node = rig.nodes[0].node
        rig.nodes[0].run("SET", "k", "1")
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { !node.underWay.grantedSlots.isEmpty })
        rig.isCut = true
        let (replicas, journal) = (TestReplicas(), TestJournal())
        node.replication = replicas
        node.keyspace.journal.attach(journal)
        for states in [[], ["wait_bgsave"], ["online"], ["online", "online"]] {
            replicas.figures.fullSyncs = states.count
            replicas.figures.replicas = states.map {
                var replica = ReplicaFigures()
                replica.state = $0
                return replica
            }
            for _ in 0..<10 { rig.turn(milliseconds: 100) }
            #expect(journal.takeCount(of: "EXPORTING") == 1)
        }
        // Whoever leads again has other replicas, though there may be as many.
        node.isReplica = true
        for _ in 0..<10 { rig.turn(milliseconds: 100) }
        #expect(journal.takeCount(of: "EXPORTING") == 0)
        node.isReplica = false
        for _ in 0..<10 { rig.turn(milliseconds: 100) }
        #expect(journal.takeCount(of: "EXPORTING") == 1)
    }

    @Test(arguments: [true, false]) func aSourceThatStartsAgainAsksWhatBecameOfItsGrant(wasTaken: Bool) {
        let rig = MigrationRig()
        rig.nodes[0].run("SET", "k", "1")
        #expect(migrate(rig) == .simple("OK"))
        #expect(rig.turn { !rig.nodes[0].node.underWay.grantedSlots.isEmpty })
        if wasTaken { #expect(rig.turn { rig.authorities[1].claims.count == 1 }) }
        for wire in rig.wires { wire.breakOff() }
        // Another process, in which nothing but the file tells of the grant.
        let grants = rig.authorities[0].openGrants
        let restarted = MigrationRig()
        restarted.nodes[0].run("SET", "k", "1")
        restarted.authorities[0].openGrants = grants
        let migrations = SlotMigrations(restarted.nodes[0].node, restarted.authorities[0])
        let journal = TestJournal()
        restarted.nodes[0].node.keyspace.journal.attach(journal)
        let client = restarted.nodes[0].connect()
        #expect(client.run("GET", "k") == .null)
        migrations.connector = rig
        for _ in 0..<50 {
            restarted.nodes[0].node.beginTurn()
            migrations.endTurn()
            rig.turn()
            restarted.nodes[0].resume()
            restarted.nodes[0].hands.advance(milliseconds: 100)
        }
        #expect(migrations.records.first?.state == (wasTaken ? "failover-granted" : "failed"))
        #expect(client.replies() == (wasTaken ? [] : [.text("1")]))
        #expect(restarted.authorities[0].openGrants.isEmpty == !wasTaken)
        // Replicas know then whose the slots are, before the bus says it.
        #expect(journal.takeCount(of: "KEPT") == (wasTaken ? 0 : 1))
    }

    @Test func aFlushEndsIt() {
        for flushed in 0...1 {
            let rig = MigrationRig()
            fill(rig.nodes[0])
            #expect(migrate(rig) == .simple("OK"))
            #expect(rig.turn { rig.nodes[1].node.keyspace.hiddenSlots != nil })
            rig.nodes[flushed].run("FLUSHALL")
            for _ in 0..<500 { rig.turn() }
            #expect(state(rig, 0) == "failed")
            #expect(rig.authorities[1].orders.isEmpty)
            #expect(rig.nodes[1].node.keyspace.isEmpty)
            #expect(rig.nodes[1].node.keyspace.hiddenSlots == nil)
        }
    }

    @Test func severalAtOnceTakeTurns() {
        let rig = MigrationRig(count: 3)
        fill(rig.nodes[0])
        let reply = rig.nodes[0].run(
            "CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", "0", "4999", "NODE", rig.name(1).text, "SLOTSRANGE", "5000",
            "9999",
            "NODE", rig.name(2).text)
        #expect(reply == .simple("OK"))
        #expect(rig.turn { rig.authorities[1].orders.count == 1 && rig.authorities[2].orders.count == 1 })
        rig.authorities[0].adopt()
        #expect(rig.turn { rig.records(0).allSatisfy { $0.state == "success" } })
        for number in 0..<400 {
            let slot = hashSlot(of: "string:\(number)")
            #expect((rig.nodes[1].run("EXISTS", "string:\(number)") == .integer(1)) == (slot < 5000))
            #expect(
                (rig.nodes[2].run("EXISTS", "string:\(number)") == .integer(1)) == (5000..<10000).contains(slot))
        }
    }

    @Test func badRequests() {
        let rig = MigrationRig(count: 2, slots: SlotSet(0...99))
        func run(_ words: String) -> Reply {
            rig.nodes[0].run(["CLUSTER", "MIGRATESLOTS"] + words.split(separator: " ").map { String($0) })
        }
        let (own, other) = (rig.name(0).text, rig.name(1).text)
        let unknown = String(repeating: "f", count: 40)
        #expect(run("INVALID 0 1") == .error("ERR syntax error"))
        #expect(run("SLOTSRANGE 0") == .error("ERR No end slot for final slot range"))
        #expect(run("SLOTSRANGE 16385 16388") == .error("ERR Invalid or out of range slot"))
        #expect(run("SLOTSRANGE a 0") == .error("ERR No slot ranges specified"))
        #expect(run("SLOTSRANGE 0 a") == .error("ERR Invalid or out of range slot"))
        #expect(run("SLOTSRANGE 1 0") == .error("ERR Start slot number 1 is greater than end slot number 0"))
        #expect(run("SLOTSRANGE 0 5 3 6") == .error("ERR Slot range 3-6 overlaps with previous range 0-5"))
        #expect(run("SLOTSRANGE 100 100") == .error("ERR Slot 100 has no node served"))
        #expect(run("SLOTSRANGE 0 0") == .error("ERR syntax error"))
        #expect(run("SLOTSRANGE 0 0 NODE") == .error("ERR syntax error"))
        #expect(run("SLOTSRANGE 0 0 NODE blah") == .error("ERR Invalid node name"))
        #expect(run("SLOTSRANGE 0 0 NODE \(unknown)") == .error("ERR Unknown node name"))
        #expect(run("SLOTSRANGE 0 0 NODE \(own)") == .error("ERR Target node can not be this node"))
        #expect(
            run("SLOTSRANGE 1 1 NODE \(other) SLOTSRANGE 0 2 NODE \(other)")
                == .error("ERR Slot ranges in migrations overlap"))
        rig.isCut = true
        #expect(run("SLOTSRANGE 1 3 NODE \(other)") == .simple("OK"))
        #expect(run("SLOTSRANGE 2 2 NODE \(other)") == .error("ERR I am already migrating slot 2"))
        rig.authorities[0].isMovedByHand.migrating = true
        #expect(run("SLOTSRANGE 5 5 NODE \(other)") == .error("ERR Slots are being manually migrated"))
    }

    /// What a primary was about to claim, and claims no more since it has started again without it.
    @Test(arguments: [true, false]) func aNodeThatIsPromotedRemovesWhatItsPrimaryHasNotTaken(isTaken: Bool) throws {
        let rig = MigrationRig(slots: SlotSet())
        let (target, slots) = (rig.nodes[1], SlotSet([hashSlot(of: "k")]))
        target.run("SET", "k", "1")
        target.node.isReplica = true
        rig.migrations[1].hear(claimOf: rig.name(0), 11, slots, by: rig.name(1))
        target.node.isReplica = false
        for _ in 0..<300 { rig.turn() }
        #expect(target.node.keyspace.existing(0)?.count == 1, "nobody knows whose it is")
        _ = try rig.authorities[isTaken ? 1 : 0].perform(.takeOver(slots, after: 0))
        rig.authorities[1].adopt()
        for _ in 0..<300 { rig.turn() }
        #expect(target.node.keyspace.isEmpty != isTaken && target.node.keyspace.hiddenSlots == nil)
    }

    @Test func aNodeThatIsPromotedRemovesWhatIsNotItsOwn() {
        let rig = MigrationRig()
        let target = rig.nodes[1]
        rig.migrations[1].adopt(rig.name(1), SlotSet([hashSlot(of: "k")]))
        target.run("SET", "k", "1")
        #expect(target.run("DBSIZE") == .integer(0))
        target.node.isReplica = true
        for _ in 0..<200 { rig.turn() }
        #expect(target.node.keyspace.existing(0)?.count == 1)
        target.node.isReplica = false
        for _ in 0..<300 { rig.turn() }
        #expect(target.node.keyspace.isEmpty)
        #expect(target.node.keyspace.hiddenSlots == nil)
    }
}

private func hashSlot(of key: String) -> Int { Array(key.utf8).withBytes { Primitives.hashSlot(of: $0) } }
