import Gossip
import Primitives
import RESP
import Storage
import Testing

@testable import Clustering
@testable import Commands

/// CLUSTER MIGRATION: nodes that take slots from others.
struct SlotRequestTests {
    /// A cluster of nodes of which the first has all slots and some keys.
    private func rig(_ count: Int = 2) -> MigrationRig {
        let rig = MigrationRig(count: count)
        for number in 0..<300 { rig.nodes[0].run("SET", "k:\(number)", "\(number)") }
        return rig
    }

    private func run(_ rig: MigrationRig, _ index: Int, _ line: String) -> Reply {
        rig.nodes[index].run(["CLUSTER", "MIGRATION"] + line.split(separator: " ").map(String.init))
    }

    /// Has a node take slots. Returns the id of that.
    private func take(_ rig: MigrationRig, _ range: ClosedRange<Int> = 0...16383) -> String {
        run(rig, 1, "IMPORT \(range.lowerBound) \(range.upperBound)").text
    }

    /// The fields of a task as a node tells them.
    private func status(_ rig: MigrationRig, _ index: Int, _ id: String) -> [String: Reply] {
        guard case .array(let tasks) = run(rig, index, "STATUS ID \(id)"), case .array(let fields)? = tasks.first else {
            return [:]
        }
        return Dictionary(
            uniqueKeysWithValues: stride(from: 0, to: fields.count, by: 2).map { (fields[$0].text, fields[$0 + 1]) })
    }

    private func state(_ rig: MigrationRig, _ index: Int, _ id: String) -> String {
        status(rig, index, id)["state"]?.text ?? ""
    }

    private func expectNoTrace(_ rig: MigrationRig, sourceLocation: SourceLocation = #_sourceLocation) {
        for node in rig.nodes {
            #expect(node.node.keyspace.hiddenSlots == nil, sourceLocation: sourceLocation)
            #expect(!node.node.keyspace.journal.isRead, sourceLocation: sourceLocation)
        }
    }

    @Test func aNodeTakesSlots() {
        let rig = rig()
        let keys = rig.nodes[0].run("DEBUG", "DIGEST")
        let id = take(rig)
        #expect(id.count == 40)
        #expect(rig.turn { rig.authorities[1].claims.count == 1 })
        rig.authorities[0].adopt()
        #expect(rig.turn { state(rig, 0, id) == "completed" && state(rig, 1, id) == "completed" })
        #expect(rig.nodes[1].run("DEBUG", "DIGEST") == keys)
        let (given, taken) = (status(rig, 0, id), status(rig, 1, id))
        for (index, fields) in [given, taken].enumerated() {
            #expect(fields["slots"]?.text == "0-16383" && fields["last_error"]?.text == "")
            #expect(fields["source"]?.text == rig.name(0).text && fields["dest"]?.text == rig.name(1).text)
            #expect(fields["retries"] == .integer(0) && fields.count == 12)
            guard case .integer(let created)? = fields["create_time"], case .integer(let ended)? = fields["end_time"],
                case .integer(let started)? = fields["start_time"]
            else { return #expect(Bool(false)) }
            #expect(created > 0 && created <= started && started <= ended, "\(index) \(fields)")
        }
        #expect(given["operation"]?.text == "migrate" && taken["operation"]?.text == "import")
        rig.turn()
        expectNoTrace(rig)
        #expect(rig.wires.isEmpty)
    }

    /// The words of Redis for how far it is; fields of CLUSTER INFO count it.
    @Test func itCanBeSeenHowFarItIs() {
        let rig = rig()
        var seen: [Set<String>] = [[], []]
        let id = take(rig)
        _ = rig.turn {
            for index in 0...1 { seen[index].insert(state(rig, index, id)) }
            #expect(rig.migrations[1].activeTasks == 1 || rig.authorities[1].claims.count == 1)
            return rig.authorities[1].claims.count == 1
        }
        rig.authorities[0].adopt()
        for _ in 0..<200 { rig.turn() }
        #expect(seen[1].isSuperset(of: ["syncslots-reply", "accumulate-buffer", "streaming-buffer"]))
        #expect(seen[0].isSuperset(of: ["send-bulk-and-stream", "send-stream", "handoff"]))
        #expect(rig.migrations.map(\.activeTasks) == [0, 0])
    }

    @Test func whatCannotBe() {
        let rig = MigrationRig(count: 3, slots: SlotSet(0...99))
        _ = try? rig.authorities[2].perform(.takeOver(SlotSet(200...299), after: 0))
        rig.authorities[1].adopt()
        func expect(_ line: String, _ error: String, sourceLocation: SourceLocation = #_sourceLocation) {
            #expect(run(rig, 1, line) == .error("ERR " + error), sourceLocation: sourceLocation)
        }
        let arity = "wrong number of arguments for 'cluster|migration' command"
        for line in ["IMPORT 1", "IMPORT 1 2 3", "STATUS", "STATUS ID", "STATUS ALL 1", "CANCEL ID", "CANCEL ID 1 2"] {
            expect(line, arity)
        }
        for line in ["IMPORT 17000 18000", "IMPORT 1 18000", "IMPORT -1 0", "IMPORT sd sd"] {
            expect(line, "Invalid or out of range slot")
        }
        expect("IMPORT 20 10", "Start slot number 20 is greater than end slot number 10")
        expect("IMPORT 10 20 20 30", "Slot 20 specified multiple times")
        expect("IMPORT 100 100", "slot has no owner: 100")
        expect("IMPORT 99 99 200 200", "slots belong to different source nodes")
        for line in ["CANCEL 1", "STATUS 1", "START 1"] { expect(line, "unknown argument") }
        #expect(
            run(rig, 0, "IMPORT 5 5") == .error("ERR this node is already the owner of the slot range"))
        rig.authorities[1].isMovedByHand.importing = true
        expect("IMPORT 1 2", "all slot states must be STABLE to start a slot migration task.")
        rig.authorities[1].isMovedByHand.importing = false
        rig.isCut = true
        #expect(run(rig, 1, "IMPORT 10 20").text.count == 40)
        expect("IMPORT 1 5 20 30", "overlapping import exists for slot range: 20-30")
        rig.nodes[1].node.isReplica = true
        expect("IMPORT 1 2", "slot migration not allowed on replica.")
        #expect(run(rig, 1, "STATUS ID \(rig.name(0))") == .array([]))
        #expect(run(rig, 1, "CANCEL ID never") == .integer(0))
    }

    /// It does not end by itself: whatever was in the way may go.
    @Test func itIsTriedAgain() {
        let rig = rig()
        rig.onConnect = { false }
        let id = take(rig)
        #expect(rig.turn { state(rig, 1, id) == "failed" })
        #expect(status(rig, 1, id)["last_error"]?.text == "Connection lost to source: broken")
        rig.onConnect = { true }
        rig.authorities[0].isMovedByHand.migrating = true
        #expect(rig.turn { status(rig, 1, id)["last_error"]?.text == "ERR Slots are being manually migrated" })
        rig.authorities[0].isMovedByHand.migrating = false
        #expect(rig.turn { rig.authorities[1].claims.count == 1 })
        rig.authorities[0].adopt()
        #expect(rig.turn { state(rig, 1, id) == "completed" && state(rig, 0, id) == "completed" })
        #expect(status(rig, 1, id)["retries"] == .integer(2))
        expectNoTrace(rig)
    }

    /// What was sent by an attempt that has failed is not there twice.
    @Test func aBrokenConnectionIsNotTheEnd() {
        let rig = rig()
        let id = take(rig)
        #expect(rig.turn { state(rig, 1, id) == "streaming-buffer" })
        while let wire = rig.wires.first { wire.breakOff() }
        #expect(rig.turn { rig.authorities[1].claims.count == 1 })
        rig.authorities[0].adopt()
        #expect(rig.turn { state(rig, 1, id) == "completed" })
        #expect(status(rig, 1, id)["retries"] == .integer(1))
        #expect(rig.nodes[1].run("DBSIZE") == .integer(300))
        guard case .array(let all) = run(rig, 1, "STATUS ALL") else { return #expect(Bool(false)) }
        #expect(all.count == 1)
    }

    /// A source that has agreed is asked every second whether it still means to, and may have changed its mind.
    @Test func aSourceThatDoesNotBeginIsAskedAgain() {
        let rig = rig()
        let id = take(rig)
        #expect(rig.turn { state(rig, 1, id) == "ready-to-stream" })
        // The source cannot reach the target.
        rig.onConnect = { false }
        rig.wires.last?.breakOff()
        rig.onConnect = { true }
        #expect(rig.turn { state(rig, 1, id) == "failed" })
        #expect(rig.turn { rig.authorities[1].claims.count == 1 })
    }

    @Test(arguments: ["none", "connecting", "ready-to-stream", "streaming-buffer"])
    func whatIsCancelledLeavesNothing(state wanted: String) {
        let rig = rig()
        rig.onConnect = { wanted != "none" }
        let id = take(rig)
        if wanted != "none" { #expect(rig.turn { state(rig, 1, id) == wanted }) }
        #expect(run(rig, 1, "CANCEL ID \(id)") == .integer(1))
        #expect(run(rig, 1, "CANCEL ID \(id)") == .integer(0))
        rig.onConnect = { true }
        for _ in 0..<3000 { rig.turn() }
        #expect(state(rig, 1, id) == "canceled" && status(rig, 1, id)["last_error"]?.text == "Cancelled")
        #expect(rig.authorities[1].claims.isEmpty && rig.nodes[1].node.keyspace.isEmpty)
        #expect(rig.nodes[0].run("DBSIZE") == .integer(300))
        expectNoTrace(rig)
        // It can be asked for anew.
        let other = take(rig)
        #expect(other != id && rig.turn { rig.authorities[1].claims.count == 1 })
    }

    /// Cancelled at the source it goes on, as with Redis; all of them at once.
    @Test func theSourceCancelsOneAttempt() {
        let rig = rig(3)
        let id = take(rig, 0...999)
        let other = run(rig, 2, "IMPORT 1000 1999").text
        #expect(rig.turn { state(rig, 1, id) == "accumulate-buffer" && !state(rig, 0, other).isEmpty })
        #expect(run(rig, 0, "CANCEL ALL") == .integer(2))
        #expect(state(rig, 0, id) == "canceled" && state(rig, 0, other) == "canceled")
        #expect(rig.turn { rig.authorities[1].claims.count == 1 && rig.authorities[2].claims.count == 1 })
        #expect(status(rig, 1, id)["retries"] == .integer(1))
    }

    @Test func aNodeThatIsAReplicaNowTakesNothing() {
        let rig = rig()
        rig.isCut = true
        let id = take(rig)
        rig.nodes[1].node.isReplica = true
        for _ in 0..<200 { rig.turn() }
        #expect(state(rig, 1, id) == "canceled")
        #expect(status(rig, 1, id)["last_error"]?.text == "This node is not a primary any more")
    }

    /// Slots that have come by another way need not be asked for any more.
    @Test func slotsThatHaveComeAreNotAskedFor() throws {
        let rig = rig()
        rig.onConnect = { false }
        let id = take(rig)
        _ = try rig.authorities[1].perform(.takeOver(SlotSet(0..<hashSlotCount), after: 0))
        #expect(rig.turn { state(rig, 1, id) == "canceled" })
        #expect(status(rig, 1, id)["last_error"]?.text == "The slots are this node's already")
    }

    /// Migrations that the source began are shown too, and of what is over not more than is wanted.
    @Test func allMigrationsAreShown() {
        let rig = rig()
        rig.nodes[0].run("CONFIG", "SET", "cluster-slot-migration-max-archived-tasks", "2")
        for first in [0, 10, 20] {
            let claims = rig.authorities[1].claims.count
            rig.nodes[0].run("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", "\(first)", "\(first)", "NODE", rig.name(1).text)
            #expect(rig.turn { rig.authorities[1].claims.count > claims })
            rig.authorities[0].adopt()
            for _ in 0..<2000 { rig.turn() }
        }
        func slots(_ index: Int) -> [String] {
            guard case .array(let tasks) = run(rig, index, "STATUS ALL") else { return [] }
            return tasks.compactMap { if case .array(let fields) = $0 { fields[3].text } else { nil } }
        }
        #expect(slots(0) == ["20-20", "10-10"])
        #expect(slots(1) == ["20-20", "10-10", "0-0"])
    }

    /// Words that no source or target would say.
    @Test func badRequestsOfOtherNodes() {
        let rig = rig()
        func ask(_ words: String) -> Reply {
            rig.nodes[0].run(["CLUSTER", "SYNCSLOTS", "REQUEST"] + words.split(separator: " ").map(String.init))
        }
        let (own, other) = (rig.name(0).text, rig.name(1).text)
        #expect(ask("TASK x") == .error("ERR syntax error"))
        #expect(ask("TASK \(own) NAME \(own) TARGET \(other)") == .error("ERR syntax error"))
        #expect(
            ask("TASK \(own) NAME \(own) TARGET \(own) SLOTSRANGE 0 1")
                == .error("ERR Target node can not be this node"))
        #expect(
            ask("TASK \(own) NAME \(own) TARGET zzz SLOTSRANGE 0 1") == .error("ERR Invalid node name"))
        // What nobody waits for is refused by the target; the second word for the same says what has become of it.
        let words = "TASK \(own) NAME \(own) TARGET \(other) SLOTSRANGE 0 1"
        rig.onConnect = { false }
        #expect(ask(words) == .simple("OK"))
        #expect(ask(words) == .simple("OK"))
        for _ in 0..<10 { rig.turn() }
        #expect(ask(words) == .error("ERR The migration is over: failed Connection lost to target: broken"))
    }
}
