import Commands
import Gossip
import Primitives
import Storage

/// One migration of slots to this node, under way: the machine, and the session that the source speaks through.
final class SlotImportRun {
    private unowned let owner: SlotMigrations
    private(set) var machine: SlotImport
    /// Nil when the connection has ended.
    private(set) var session: Session?
    var record: SlotJobRecord
    /// When the source was told that all is there, in monotonic milliseconds.
    private(set) var readyAt: Int64 = 0
    /// How often writes have rested for it.
    private(set) var pauses = 0
    private let bytesBefore: Int

    init(_ owner: SlotMigrations, _ job: SlotJob, _ session: Session) {
        (self.owner, self.session, machine) = (owner, session, SlotImport(job))
        bytesBefore = session.receivedBytes
        record = SlotJobRecord(job, isExport: false, state: machine.word, now: owner.node.keyspace.now)
    }

    var job: SlotJob { machine.job }

    /// Hands an event to the machine. Returns what the source is answered, an error with `-`; nil for nothing.
    func receive(_ event: SlotImport.Event) -> String? {
        let before = machine.state
        if case .paused = event { pauses += 1 }
        var answer: String?
        for action in machine.receive(event) { answer = carryOut(action) ?? answer }
        let now = owner.node.keyspace.now
        if machine.state != before { record.updatedAt = now }
        if machine.state == .ready, before != .ready { readyAt = owner.now }
        (record.state, record.acknowledgedAt) = (machine.word, now)
        record.bytes = session.map { $0.receivedBytes - bytesBefore } ?? record.bytes
        return answer
    }

    private func carryOut(_ action: SlotImport.Action) -> String? {
        switch action {
        case .reply(let text): return text
        case .takeOver(let epoch): return takeOver(after: epoch)
        case .remove(let message):
            conclude(message)
            owner.remove(self)
            return "-ERR \(message)"
        }
    }

    private func takeOver(after epoch: UInt64) -> String? {
        if let reason = owner.takeOver(self, after: epoch) { return receive(.failed(reason)) }
        conclude("")
        return receive(.tookOver)
    }

    private func conclude(_ message: String) {
        (record.message, record.isOver) = (message, true)
        record.updatedAt = owner.node.keyspace.now
    }

    /// What was taken was not claimed.
    func miss() {
        _ = receive(.missed)
        conclude("The slots were not claimed")
    }

    /// The connection has ended. What was taken stays taken.
    func didEnd() {
        session = nil
        _ = receive(.failed("Connection lost to source"))
    }

    /// Ends it from this end, with a word to the source.
    func giveUp(_ reason: String) {
        let session = session
        guard let text = receive(.failed(reason)), let session else { return }
        owner.node.end(session, saying: String(text.dropFirst()))
    }
}
