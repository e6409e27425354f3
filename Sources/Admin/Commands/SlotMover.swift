import Primitives
import RESP

/// Carries out transfers of slots with the machines that move them, and shows how far it is.
final class SlotMover {
    private let tool: Tool
    private let view: ClusterView
    private let options: KeyMoveOptions
    private let isByKey: Bool
    private var progress: Progress?
    private(set) var slotsMoved = 0
    private(set) var keysMoved = 0
    private var bytesMoved = 0

    /// Slots that one migration carries: so much is lost at most when it fails.
    private static let slotsPerJob = 1024

    init(_ tool: Tool, _ view: ClusterView, _ options: KeyMoveOptions, isByKey: Bool) {
        (self.tool, self.view, self.options, self.isByKey) = (tool, view, options, isByKey)
    }

    /// Whether slots go as a whole between two nodes.
    func movesWhole(_ transfer: SlotTransfer) -> Bool {
        !isByKey && view[transfer.source]?.movesWholeSlots == true && view[transfer.target]?.movesWholeSlots == true
    }

    /// What is going to be moved and why, with the number of keys.
    func plan(_ transfers: [SlotTransfer], lines: [String] = [], json: [JSON.Member] = []) throws(AdminFailure) -> Plan
    {
        var lines = lines
        var items: [JSON] = []
        for transfer in transfers {
            let keys = try tool.keyCounts(try node(transfer.source), transfer.slots).reduce(0, +)
            let way = movesWhole(transfer) ? "as a whole" : "key by key"
            lines.append(
                "\(try node(transfer.source).title) -> \(try node(transfer.target).title): "
                    + "\(counted(transfer.slots.count, "slot")) \(transfer.slots.slotText(atMost: 8)) with "
                    + "\(counted(keys, "key")), \(way): \(transfer.reason)")
            guard case .object(let members) = transfer.json else { continue }
            items.append(.object(members + [.init("keys", .integer(keys)), .init("way", .text(way))]))
        }
        return Plan(
            lines: lines, json: .object(json + [.init("transfers", .array(items))]), isEmpty: transfers.isEmpty)
    }

    func carryOut(_ transfers: [SlotTransfer]) throws(AdminFailure) {
        let total = transfers.reduce(0) { $0 + $1.slots.count }
        progress = Progress(tool.console, "Moving", total: total, unit: "slots")
        defer { progress?.end() }
        for transfer in transfers {
            if movesWhole(transfer) { try moveWhole(transfer) } else { try moveByKey(transfer) }
        }
    }

    var json: JSON { ["slots": .integer(slotsMoved), "keys": .integer(keysMoved)] }

    private func node(_ id: String) throws(AdminFailure) -> NodeView {
        guard let node = view[id] else { throw AdminFailure("The node \(id) is gone.") }
        return node
    }

    private func show(_ ahead: Int = 0, keys: Int = 0, bytes: Int = 0) {
        let size = bytesMoved + bytes
        progress?.update(
            slotsMoved + ahead, counted(keysMoved + keys, "key") + (size > 0 ? ", \(ProgressText.size(size))" : ""))
    }

    // MARK: As a whole

    private func moveWhole(_ transfer: SlotTransfer) throws(AdminFailure) {
        for start in stride(from: 0, to: transfer.slots.count, by: SlotMover.slotsPerJob) {
            try Interruption.check()
            let slots = Array(transfer.slots[start..<min(start + SlotMover.slotsPerJob, transfer.slots.count)])
            var move = WholeMove(source: transfer.source, target: transfer.target, slots: slots)
            var order = move.start()
            while let reply = try answer(order) {
                if let job = move.job { showWhole(job, slots.count) }
                order = move.receive(reply)
                if case .askLater = order, Interruption.isWanted { throw SlotMover.left(slots) }
            }
            slotsMoved += slots.count
            keysMoved += move.job?.keysSent ?? 0
            bytesMoved += move.job?.bytes ?? 0
            show()
        }
    }

    private func showWhole(_ job: SlotJob, _ count: Int) {
        let (sent, all) = (job.keysSent ?? 0, job.keysToSend ?? 0)
        show(all > 0 ? min(count, count * sent / all) : 0, keys: sent, bytes: job.bytes ?? 0)
    }

    private static func left(_ slots: [Int]) -> AdminFailure {
        AdminFailure(
            "Interrupted. The move of \(slots.slotText(atMost: 8)) goes on by itself; apus cluster check shows it.",
            .interrupted)
    }

    // MARK: Key by key

    private func moveByKey(_ transfer: SlotTransfer) throws(AdminFailure) {
        for slot in transfer.slots {
            try Interruption.check()
            try move(slot, from: transfer.source, to: transfer.target)
            slotsMoved += 1
            show()
        }
    }

    /// Moves one slot, also one whose move was begun.
    func move(_ slot: Int, from source: String, to target: String, handsOver: Bool = true) throws(AdminFailure) {
        let others = view.primaries.map(\.id).filter { $0 != source && $0 != target }
        var move = SlotMove(
            slot: slot, source: .init(id: source, address: try node(source).address),
            target: .init(id: target, address: try node(target).address), others: others, options: options,
            handsOver: handsOver)
        var order = move.start()
        while let reply = try answer(order) {
            order = move.receive(reply)
            show(keys: move.keys)
        }
        keysMoved += move.keys
    }

    /// Carries an order out; nil when the machine has done its work.
    private func answer(_ order: MoveOrder) throws(AdminFailure) -> Reply? {
        // MIGRATE may itself take as long as it was allowed to.
        let patience = options.timeoutMilliseconds + tool.settings.replyTimeoutMilliseconds
        switch order {
        case .ask(let id, let words): return try tool.call(try node(id).address, words, timeoutMilliseconds: patience)
        case .askLater(let id, let words, let milliseconds):
            Console.pause(milliseconds: milliseconds)
            return try tool.call(try node(id).address, words, timeoutMilliseconds: patience)
        case .done: return nil
        case .failed(let text): throw AdminFailure(text)
        }
    }

    // MARK: Before

    /// Waits until migrations that go on already are over, since they change who owns what.
    static func awaitOthers(_ tool: Tool, _ seed: NodeAddress) throws(AdminFailure) {
        var hasSaid = false
        while true {
            let jobs = try tool.view(of: seed).nodes.flatMap(\.jobs).filter { $0.isUnderWay && $0.isExport }
            if jobs.isEmpty { break }
            if !hasSaid { tool.console.say("Waiting for moves of \(counted(jobs.count, "range")) that go on already…") }
            hasSaid = true
            Console.pause(milliseconds: 200)
        }
        if hasSaid { try tool.awaitAgreement(of: seed, 60) }
    }
}
