import Commands
import Gossip
import Persistence
import Primitives
import RESP
import Storage

/// One migration of slots away from this node, under way: the machine, its connection, the walk and the journal.
///
///     walk, journal ─▶ SlotStream ─▶ ┐
///     SlotExport ─ words ────────────┴▶ SlotConversation ─▶ target
///     SlotExport ◀─ answers ─────────── SlotConversation
final class SlotExportRun: SlotConversationListener, JournalReader {
    private unowned let owner: SlotMigrations
    private(set) var machine: SlotExport
    var record: SlotJobRecord
    private lazy var conversation = SlotConversation(self)
    private var stream: SlotStream?
    private(set) var wantsWalk = false
    /// The database that the journal's next effect is for, and what cuts the journal into commands.
    private var database = 0
    private var parser = RequestParser()
    private var pauseBegan: Int64 = 0
    /// What was recorded of the grant; nil before.
    private(set) var grant: SlotGrant?
    /// What has to be so before the grant counts as recorded: an order on the disk, and the journal at the replicas.
    private var recording: (order: UInt64, offset: Int64, since: Int64)?

    /// Bytes that may wait to be sent before the walk rests.
    private static let mostWaitingBytes = 4 << 20
    /// Bytes of keys that are sent together.
    private static let sentAtOnce = 64 << 10

    init(_ owner: SlotMigrations, _ job: SlotJob) {
        self.owner = owner
        machine = SlotExport(job, owner.patience, now: owner.now)
        record = SlotJobRecord(job, isExport: true, state: machine.word, now: owner.node.keyspace.now)
        parser.longestBulk = .max
    }

    /// What a process that has ended, or a primary that has failed, may have given away.
    init(_ owner: SlotMigrations, granted grant: SlotGrant) {
        let job = SlotJob(name: grant.name, slots: grant.slots, source: grant.source, target: grant.target)
        (self.owner, self.grant) = (owner, grant)
        machine = SlotExport(granted: job, now: owner.now)
        record = SlotJobRecord(job, isExport: true, state: machine.word, now: owner.node.keyspace.now)
        node.holdSlots { $0.grantedSlots.formUnion(job.slots) }
    }

    private var node: Node { owner.node }
    var job: SlotJob { machine.job }

    /// Hands an event to the machine and carries out what it wants.
    func receive(_ event: SlotExport.Event) {
        let before = machine.state
        let actions = machine.receive(event, now: owner.now)
        if machine.state != before { record.updatedAt = node.keyspace.now }
        record.state = machine.word
        for action in actions { carryOut(action) }
    }

    private func carryOut(_ action: SlotExport.Action) {
        switch action {
        case .connect: connect()
        case .say(let words): say(words)
        case .walk: wantsWalk = true
        case .record: beginRecording()
        case .pause: pause()
        case .resume: resume()
        case .grant: giveAway()
        case .reclaim: owner.reclaim(job)
        case .disconnect: conversation.close()
        case .end(let message): end(message)
        }
    }

    // MARK: The connection

    private func connect() {
        guard !machine.isGranted || owner.authority.mayClaim else {
            return receive(.ended("this node has to hear from the others first"))
        }
        guard let address = owner.address(of: owner.holder(of: job, since: grant?.epoch)),
            let connector = owner.connector
        else {
            return receive(.ended("its address is not known"))
        }
        conversation.open(connector, address, credentials: owner.credentials)
    }

    private func say(_ words: [String]) {
        send()
        conversation.say(words)
    }

    /// Sends what was written if it is much: each time the target is woken, which costs more than copying.
    private func sendMuch() {
        if let stream, stream.writtenBytes >= SlotExportRun.sentAtOnce { send() }
    }

    /// Sends what was written of keys and effects.
    private func send() {
        guard let stream, stream.writtenBytes > 0 else { return }
        record.bytes += stream.writtenBytes
        stream.handOver { conversation.send(exchanging: &$0) }
    }

    func didConnect() { receive(.connected) }

    func didAnswer(_ text: String) {
        record.acknowledgedAt = node.keyspace.now
        receive(.answered(text))
    }

    func didRefuse(_ text: String) {
        record.acknowledgedAt = node.keyspace.now
        receive(.refused(text))
    }

    func didEnd(_ reason: String) { receive(.ended(reason)) }

    // MARK: The walk

    /// Begins the walk, now that there is no other.
    func cut() {
        wantsWalk = false
        node.keyspace.journal.attach(self)
        let stream = SlotStream(node.keyspace, slots: job.slots.marks)
        self.stream = stream
        record.allKeys = stream.walk.keyCount
        // Where there is no key nobody goes on with the walk, which would keep all others waiting.
        if stream.isWalked { _ = stream.walk.advance { true } }
        receive(.cut)
    }

    /// Whether it holds the one walk that there can be.
    var isWalking: Bool { stream.map { !$0.isWalked } ?? false }

    /// Whether going on would do something.
    var isReadyToWalk: Bool { isWalking && conversation.waitingBytes < SlotExportRun.mostWaitingBytes }

    /// Walks on until time is up.
    func walk(until isOver: () -> Bool) {
        while isReadyToWalk, let stream {
            stream.advance(until: isOver)
            sendMuch()
            if isOver() { break }
        }
        record.keys = stream?.walk.savedCount ?? record.keys
    }

    /// Sends what the turn has brought, and looks at the time.
    func endTurn() {
        guard !machine.isOver else { return }
        if let stream {
            if stream.walk.isAbandoned { return receive(.broken("Another snapshot has taken the walk")) }
            if stream.isWalked, machine.state == .snapshotting { receive(.walked) }
        }
        if machine.state == .snapshotting { sendMuch() } else { send() }
        record.waitingBytes = conversation.waitingBytes + (stream?.waitingBytes ?? 0)
        if let most = owner.mostWaitingBytes, record.waitingBytes > most {
            return receive(.broken("The target is too slow: \(record.waitingBytes) bytes wait to be sent"))
        }
        if owner.now - machine.answeredAt > owner.longestSilence {
            receive(.broken("Timed out after too long without interaction"))
        }
        endRecording()
        receive(.tick(waitingBytes: record.waitingBytes))
    }

    // MARK: The journal

    func read(_ bytes: Bytes, endingAt offset: Int64) {
        guard stream != nil, machine.isStreaming else { return }
        parser.rewind(to: 0)
        var start = 0
        while case .request(let count) = parser.next(UnsafeMutableRawPointer(mutating: bytes.base), count: bytes.count)
        {
            let effect = Arguments(
                base: bytes.base, spans: UnsafePointer(parser.spans + parser.spanCount - count), count: count)
            take(effect, Bytes(base: bytes.base + start, count: parser.position - start))
            parser.forgetArguments(parser.spanCount)
            start = parser.position
        }
        parser.rewind(to: 0)
    }

    private func take(_ effect: Arguments, _ bytes: Bytes) {
        if effect[0].equals(ignoringCase: "select") {
            database = Int(effect[1].integer ?? 0)
            return
        }
        if effect[0].equals(ignoringCase: "flushall") || effect[0].equals(ignoringCase: "flushdb") {
            return owner.breakLater(self, "The data was flushed")
        }
        let keys = node.keys(ofEffect: effect).map { node.keyspace.key($0) }
        guard keys.contains(where: { job.slots.contains($0.slot) }) else { return }
        guard keys.allSatisfy({ job.slots.contains($0.slot) }) else {
            return owner.breakLater(self, "A script has changed keys of several slots at once")
        }
        stream?.append(bytes, database: database, keys: keys)
    }

    // MARK: The flip

    private func beginRecording() {
        let grant = SlotGrant(
            name: job.name, source: job.source, target: job.target, epoch: owner.epoch(of: job.target), slots: job.slots
        )
        self.grant = grant
        owner.tellReplicas(of: grant)
        guard let order = owner.record(.prepare(grant)) else { return }
        recording = (order, node.keyspace.journal.dataOffset, owner.now)
    }

    private func endRecording() {
        guard let recording, owner.authority.savedOrders >= recording.order,
            owner.haveReplicas(recording.offset, since: recording.since)
        else { return }
        self.recording = nil
        receive(.recorded)
    }

    private func pause() {
        pauseBegan = owner.now
        stream?.hold()
        node.holdSlots { $0.slots.formUnion(job.slots) }
    }

    private func resume() {
        stream?.release()
        node.holdSlots { $0.slots.subtract(job.slots) }
    }

    private func giveAway() {
        leaveStream()
        _ = owner.record(.give(job.name))
        node.holdSlots {
            $0.slots.subtract(job.slots)
            $0.grantedSlots.formUnion(job.slots)
        }
        // The target may not have heard of the epoch of the claim that is to end.
        say(["FAILOVER-GRANTED", "\(owner.authority.currentEpoch)"])
        node.log(.notice, "Slot migration \(job.name): ownership of \(job.slots.rangesText) is granted")
    }

    private func leaveStream() {
        guard let stream else { return }
        node.keyspace.journal.detach(self)
        if isWalking { stream.abandon() }
        self.stream = nil
    }

    private func end(_ message: String) {
        wantsWalk = false
        leaveStream()
        if pauseBegan > 0 { record.pauseMilliseconds = owner.now - pauseBegan }
        node.holdSlots {
            $0.slots.subtract(job.slots)
            $0.grantedSlots.subtract(job.slots)
        }
        if let grant { owner.settle(grant) }
        (record.message, record.isOver, record.waitingBytes) = (message, true, 0)
        record.updatedAt = node.keyspace.now
        node.log(
            message.isEmpty ? .notice : .warning,
            "Slot migration \(job.name): \(record.state) \(message)\(message.isEmpty ? "writes rested for " : "")"
                + (message.isEmpty ? "\(record.pauseMilliseconds) ms" : ""))
    }
}

extension SlotSet {
    /// As the storage takes them.
    var marks: SlotMarks { SlotMarks(words: words) }
}
