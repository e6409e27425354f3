import RESP
import Testing

@testable import Admin

@Suite struct SlotMoveTests {
    private let source = SlotMove.End(id: "s", address: NodeAddress(host: "h", port: 1))
    private let target = SlotMove.End(id: "t", address: NodeAddress(host: "h", port: 2))
    private let ok = Reply.simple("OK")

    private func text(_ order: MoveOrder) -> String {
        switch order {
        case .ask(let node, let words):
            "\(node): " + words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        case .askLater(let node, let words, _):
            "\(node), later: " + words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        case .done: "done"
        case .failed(let text): "failed: \(text)"
        }
    }

    /// All orders, with these replies.
    private func transcript(_ move: inout SlotMove, _ replies: [Reply]) -> [String] {
        var orders = [text(move.start())]
        for reply in replies { orders.append(text(move.receive(reply))) }
        return orders
    }

    @Test func aSlotWithKeys() {
        var move = SlotMove(
            slot: 7, source: source, target: target, others: ["x", "y"],
            options: KeyMoveOptions(pipeline: 2, timeoutMilliseconds: 9, replaces: true, authentication: ["AUTH", "p"]))
        let orders = transcript(
            &move,
            [ok, ok, .array([.text("a"), .text("b")]), ok, .array([.text("c")]), ok, .array([]), ok, ok, ok, ok])
        #expect(
            orders == [
                "t: CLUSTER SETSLOT 7 IMPORTING s", "s: CLUSTER SETSLOT 7 MIGRATING t",
                "s: CLUSTER GETKEYSINSLOT 7 2", "s: MIGRATE h 2  0 9 REPLACE AUTH p KEYS a b",
                "s: CLUSTER GETKEYSINSLOT 7 2", "s: MIGRATE h 2  0 9 REPLACE AUTH p KEYS c",
                "s: CLUSTER GETKEYSINSLOT 7 2", "t: CLUSTER SETSLOT 7 NODE t", "s: CLUSTER SETSLOT 7 NODE t",
                "x: CLUSTER SETSLOT 7 NODE t", "y: CLUSTER SETSLOT 7 NODE t", "done",
            ])
        #expect(move.keys == 3)
    }

    @Test func keysThatComeBack() {
        var move = SlotMove(slot: 7, source: source, target: target, handsOver: false)
        let orders = transcript(&move, [ok, .array([.text("a")]), ok, .array([])])
        #expect(
            orders == [
                "s: CLUSTER SETSLOT 7 IMPORTING t", "s: CLUSTER GETKEYSINSLOT 7 100",
                "s: MIGRATE h 2  0 60000 KEYS a", "s: CLUSTER GETKEYSINSLOT 7 100", "done",
            ])
    }

    @Test func whatGoesWrong() {
        let key = Reply.array([.text("a")])
        var refused = SlotMove(slot: 7, source: source, target: target)
        #expect(transcript(&refused, [.error("ERR no")]).last == "failed: Slot 7: ERR no")
        var busy = SlotMove(slot: 7, source: source, target: target)
        let orders = transcript(&busy, [ok, ok, key, .error("BUSYKEY Target key name already exists.")])
        #expect(orders.last?.contains("--replace") == true)
        var line = SlotMove(slot: 7, source: source, target: target)
        let broken = Reply.error("IOERR error or timeout reading to target instance")
        let tries = transcript(&line, [ok, ok, key, broken, broken, broken])
        #expect(tries.count { $0.contains("MIGRATE") } == SlotMove.attempts)
        #expect(tries.last?.hasPrefix("failed: Slot 7: IOERR") == true)
    }

    @Test func aTargetThatHasOnlyJustJoined() {
        var move = SlotMove(slot: 7, source: source, target: target)
        let down = Reply.error("ERR Target instance replied with error: CLUSTERDOWN The cluster is down")
        let orders = transcript(&move, [ok, ok, .array([.text("a")]), down, down, ok, .array([])])
        #expect(orders.count { $0 == "s, later: MIGRATE h 2  0 60000 KEYS a" } == 2)
        #expect(move.keys == 1)
    }

    @Test func goneMeanwhile() {
        var move = SlotMove(slot: 7, source: source, target: target)
        _ = transcript(&move, [ok, ok, .array([.text("a")]), .simple("NOKEY"), .array([]), ok, ok])
        #expect(move.keys == 0)
    }

    /// Begun again when the target has the slot already, it only tells the rest.
    @Test func begunAgain() {
        var move = SlotMove(slot: 7, source: source, target: target)
        let orders = transcript(&move, [.error("ERR I'm already the owner of hash slot 7"), ok, .array([]), ok, ok])
        #expect(orders.last == "done")
    }

    // MARK: As a whole

    private func job(_ name: String, _ state: String, target: String = "t") -> Reply {
        .array(
            [
                "name", name, "operation", "EXPORT", "slot_ranges", "0-1", "target_node", target, "state", state,
                "message", "why",
            ]
            .map { .text($0) })
    }

    @Test func asAWhole() {
        var move = WholeMove(source: "s", target: "t", slots: [0, 1, 5])
        #expect(text(move.start()) == "s: CLUSTER GETSLOTMIGRATIONS")
        #expect(
            text(move.receive(.array([job("old", "failed")]))) == "s: CLUSTER MIGRATESLOTS SLOTSRANGE 0 1 5 5 NODE t")
        #expect(text(move.receive(ok)) == "s: CLUSTER GETSLOTMIGRATIONS")
        #expect(text(move.receive(.array([job("old", "failed")]))) == "s, later: CLUSTER GETSLOTMIGRATIONS")
        let both = Reply.array([job("new", "snapshotting"), job("old", "failed")])
        #expect(text(move.receive(both)) == "s, later: CLUSTER GETSLOTMIGRATIONS")
        #expect(move.job?.name == "new")
        #expect(text(move.receive(.array([job("new", "success"), job("old", "failed")]))) == "done")
    }

    @Test func asAWholeThatFails() {
        var move = WholeMove(source: "s", target: "t", slots: [0])
        _ = move.start()
        _ = move.receive(.array([]))
        #expect(text(move.receive(.error("ERR no"))) == "failed: ERR no")
        var other = WholeMove(source: "s", target: "t", slots: [0])
        _ = other.start()
        _ = other.receive(.array([]))
        _ = other.receive(ok)
        #expect(text(other.receive(.array([job("new", "failed")]))) == "failed: failed: why")
    }
}

@Suite struct SnapshotReceiverTests {
    private let mark = String(repeating: "0123456789", count: 4)

    /// What comes out when the bytes come in pieces.
    private func take(_ bytes: [UInt8], _ size: Int) throws -> ([UInt8], Bool) {
        var receiver = SnapshotReceiver()
        var taken: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            taken += try receiver.receive(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(receiver.count == taken.count)
        return (taken, receiver.isWhole)
    }

    @Test func counted() throws {
        let bytes = Array("\n\n$10\r\n0123456789*1\r\n$4\r\nPING\r\n".utf8)
        for size in 1...bytes.count {
            let (taken, isWhole) = try take(bytes, size)
            #expect(taken == Array("0123456789".utf8) && isWhole)
        }
    }

    @Test func marked() throws {
        let body = "abc0123" + mark.dropLast() + "x"
        let bytes = Array("\n$EOF:\(mark)\r\n\(body)\(mark)\n".utf8)
        for size in 1...bytes.count {
            let (taken, isWhole) = try take(bytes, size)
            #expect(String(decoding: taken, as: UTF8.self) == body && isWhole, "\(size)")
        }
    }

    @Test func whatIsNoSnapshot() {
        #expect(throws: AdminFailure.self) { try take(Array("-ERR no\r\n".utf8), 3) }
        #expect(throws: AdminFailure.self) { try take(Array("$-1\r\n".utf8), 3) }
        #expect(throws: AdminFailure.self) { try take(Array(repeating: 0x41, count: 5000), 100) }
    }
}
