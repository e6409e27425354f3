import Primitives
import RESP
import Storage
import Structures

// XREADGROUP: what a group has not given to anybody yet, what others have kept for too long, or what a consumer has got
// before.

func xreadgroup(_ call: inout Call) throws(CommandError) {
    let options = try StreamReadOptions(call, isGroup: true)
    let groupIndex = options.groupIndex!
    for index in options.keys { try checkGroupRead(call, index, groupIndex, call.arguments[index + options.keyCount]) }
    let readers = options.keys.map { GroupReader(call, $0, options) }
    call.recordNothing()
    guard readers.contains(where: { $0.findsSomething }) else {
        for reader in readers { reader.meetConsumer(call) }
        guard options.blocks else { return call.reply.nullArray() }
        return call.block(on: options.keys, for: .stream, until: options.deadline, wakesOnRemoval: true) {
            $0.nullArray()
        }
    }
    var budget = options.budget(call.reply.count)
    let thisCall = call
    call.reply.streams { reply in
        readers.reduce(0) { $0 + ($1.read(thisCall, &reply, &budget) ? 1 : 0) }
    }
}

private func checkGroupRead(_ call: Call, _ index: Int, _ groupIndex: Int, _ id: Bytes) throws(CommandError) {
    let group = call.arguments[groupIndex]
    guard let stream = try call.read(call.key(index), as: StreamValue.self), stream.group(named: group) != nil else {
        throw .text(
            """
            NOGROUP No such key '\(call.arguments[index].echoed())' or consumer group '\(group.echoed())' in \
            XREADGROUP with GROUP option
            """)
    }
    if id == "$" || id == "+" {
        throw .text(
            """
            ERR The \(String(id)) ID is meaningless in the context of XREADGROUP: you want to read the history of this \
            consumer by specifying a proper ID, or use the > ID to get new messages. The \(String(id)) ID would just \
            return an empty result set.
            """)
    }
    if !(id == ">") { _ = try StreamID(argument: id) }
}

/// Reads one stream for a group.
private struct GroupReader {
    let index: Int
    let options: StreamReadOptions
    let group: Int
    /// Nil for new entries.
    let historyStart: StreamID?
    /// What is to be claimed, the oldest first.
    let claims: [PendingEntry]
    let findsSomething: Bool

    init(_ call: Call, _ index: Int, _ options: StreamReadOptions) {
        self.index = index
        self.options = options
        let stream = call.streamView(index)!
        let group = stream.group(named: call.arguments[options.groupIndex!])!
        self.group = group
        let id = call.arguments[index + options.keyCount]
        let start = id == ">" ? .greatest : StreamID(id)!
        historyStart = start == .greatest ? nil : start
        let idle = historyStart == nil ? options.claimIdle : nil
        claims = idle.map { stream.oldPending(group, idle: $0, now: call.keyspace.now) } ?? []
        let last = stream.lastEntry?.id ?? .zero
        findsSomething = historyStart != nil || !claims.isEmpty || last > stream[group: group].lastDeliveredID
    }

    private func edit(_ call: Call, _ body: (StreamValue, GroupConsumer) -> Int) {
        let key = call.key(index)
        guard let entry = call.keyspace.entry(key, call.database) else { return }
        call.editGroups(key, entry) { stream in
            let consumer = GroupConsumer(call, stream, group, call.arguments[options.groupIndex! + 1], key)
            return ((), body(stream, consumer) + (consumer.isNew ? 1 : 0))
        }
    }

    /// Makes the consumer where it is new.
    func meetConsumer(_ call: Call) {
        edit(call) { _, consumer in
            consumer.recordCreation(call, call.arguments[index])
            return 0
        }
    }

    /// Writes what there is for the consumer. Returns whether there is anything.
    func read(_ call: Call, _ reply: inout ReplyWriter, _ budget: inout StreamReadBudget) -> Bool {
        guard findsSomething, budget.isLeft else {
            meetConsumer(call)
            return false
        }
        let start = reply.count
        reply.streamKey(call.arguments[index])
        var written = 0
        edit(call) { stream, consumer in
            if let historyStart {
                consumer.recordCreation(call, call.arguments[index])
                writeHistory(call, &reply, stream, consumer, after: historyStart, &budget)
                written = 1
                return 0
            }
            written = writeNew(call, &reply, stream, consumer, &budget)
            return written > 0 ? 1 : 0
        }
        if written == 0 { reply.truncate(to: start) }
        return written > 0
    }

    // MARK: New entries, and those claimed

    private func writeNew(
        _ call: Call, _ reply: inout ReplyWriter, _ stream: StreamValue, _ consumer: GroupConsumer,
        _ budget: inout StreamReadBudget
    ) -> Int {
        var claimed = 0
        var delivered = 0
        if options.acknowledges { consumer.recordCreation(call, call.arguments[index]) }
        reply.deferredArray { reply in
            claimed = claim(call, &reply, stream, consumer, &budget)
            delivered = deliver(call, &reply, stream, consumer, most: options.most - claimed, &budget)
            return claimed + delivered
        }
        if claimed > 0 || delivered > 0 && !options.acknowledges {
            stream.touchConsumer(group, consumer.number, seenAt: call.keyspace.now, isActive: true)
        }
        if delivered > 0 { call.addProgressEffect(call.arguments[index], stream, group) }
        if claimed + delivered == 0, !options.acknowledges { consumer.recordCreation(call, call.arguments[index]) }
        return claimed + delivered
    }

    private func claim(
        _ call: Call, _ reply: inout ReplyWriter, _ stream: StreamValue, _ consumer: GroupConsumer,
        _ budget: inout StreamReadBudget
    ) -> Int {
        var claimed = 0
        let now = call.keyspace.now
        for old in claims where claimed < options.most && budget.isLeft {
            guard let entry = stream.entry(old.id) else { continue }
            let mark = reply.count
            reply.claimedEntry(entry, idle: max(0, now - old.deliveredAt), deliveries: old.deliveries)
            if !budget.admits(&reply, from: mark) { break }
            claimed += 1
            let deliveries = old.deliveries == .max ? .max : old.deliveries + 1
            keep(
                PendingEntry(id: old.id, deliveredAt: now, deliveries: deliveries, consumer: consumer.number), call,
                stream)
        }
        return claimed
    }

    private func deliver(
        _ call: Call, _ reply: inout ReplyWriter, _ stream: StreamValue, _ consumer: GroupConsumer, most: Int,
        _ budget: inout StreamReadBudget
    ) -> Int {
        guard let start = stream[group: group].lastDeliveredID.next else { return 0 }
        let now = call.keyspace.now
        var entries = stream.entries(from: start)
        var delivered = 0
        while delivered < most, budget.isLeft, let entry = entries.next() {
            let mark = reply.count
            if options.claimIdle == nil {
                reply.streamEntry(entry)
            } else {
                reply.claimedEntry(entry, idle: 0, deliveries: 0)
            }
            if !budget.admits(&reply, from: mark) { break }
            delivered += 1
            _ = stream.advance(group, to: entry.id)
            if options.acknowledges { continue }
            keep(PendingEntry(id: entry.id, deliveredAt: now, deliveries: 1, consumer: consumer.number), call, stream)
        }
        return delivered
    }

    private func keep(_ pending: PendingEntry, _ call: Call, _ stream: StreamValue) {
        stream.setPending(group, pending)
        call.addClaimEffect(call.arguments[index], stream, group, pending)
    }

    // MARK: What the consumer has already

    private func writeHistory(
        _ call: Call, _ reply: inout ReplyWriter, _ stream: StreamValue, _ consumer: GroupConsumer,
        after id: StreamID, _ budget: inout StreamReadBudget
    ) {
        let ids = stream[group: group].consumer(consumer.number).pending
        var written = 0
        reply.deferredArray { reply in
            guard let start = id.next else { return 0 }
            ids.forEach(from: start) { id in
                guard written < options.most, budget.isLeft else { return false }
                let mark = reply.count
                let entry = stream.entry(id)
                reply.historyEntry(id, entry)
                if !budget.admits(&reply, from: mark) { return false }
                written += 1
                if entry != nil { countDelivery(of: id, stream, now: call.keyspace.now) }
                return true
            }
            return written
        }
    }

    private func countDelivery(of id: StreamID, _ stream: StreamValue, now: Int64) {
        guard var pending = stream[group: group].pending[id] else { return }
        pending.deliveredAt = now
        pending.deliveries += pending.deliveries == .max ? 0 : 1
        stream.setPending(group, pending)
    }
}

extension StreamValue {
    /// What a group has had unacknowledged for so many milliseconds, or was given back, the oldest first.
    fileprivate func oldPending(_ group: Int, idle: Int64, now: Int64) -> [PendingEntry] {
        var found: [PendingEntry] = []
        self[group: group].pending.forEach { pending in
            if pending.consumer == nil || now - pending.deliveredAt >= idle, entry(pending.id) != nil {
                found.append(pending)
            }
            return true
        }
        return found.sorted { ($0.deliveredAt, $0.id) < ($1.deliveredAt, $1.id) }
    }
}

extension ReplyWriter {
    /// An entry with how long ago, and how often, it was delivered before.
    fileprivate mutating func claimedEntry(_ entry: StreamEntry, idle: Int64, deliveries: Int64) {
        array(4)
        bulk(entry.id)
        array(entry.fieldCount * 2)
        entry.forEachField { name, value in
            bulk(name)
            bulk(value)
        }
        bulk(idle)
        bulk(deliveries)
    }

    /// An entry that may have been deleted meanwhile.
    fileprivate mutating func historyEntry(_ id: StreamID, _ entry: StreamEntry?) {
        if let entry { return streamEntry(entry) }
        array(2)
        bulk(id)
        nullArray()
    }
}

/// A consumer that is there, or has just been made.
struct GroupConsumer {
    /// Its number in the group.
    let number: Int
    /// Whether it was not there before.
    let isNew: Bool
    private let groupName: [UInt8]
    private let name: Bytes

    /// The consumer with a name, which is noted to have been seen now.
    init(_ call: Call, _ stream: StreamValue, _ group: Int, _ name: Bytes, _ key: Key) {
        let found = stream[group: group].consumer(named: name)
        number = found ?? stream.addConsumer(group, name, seenAt: call.keyspace.now)
        isNew = found == nil
        self.name = name
        groupName = stream[group: group].name
        if isNew {
            call.keyspace.notify(.xgroupCreateconsumer, key.bytes, call.database)
        } else {
            stream.touchConsumer(group, number, seenAt: call.keyspace.now, isActive: false)
        }
    }

    /// Adds the effect of having made the consumer, where no other effect will.
    func recordCreation(_ call: Call, _ key: Bytes) {
        guard isNew else { return }
        call.keyspace.addEffect(database: call.database, argumentCount: 5) { effect in
            effect.append("XGROUP")
            effect.append("CREATECONSUMER")
            effect.append(key)
            groupName.withBytes { effect.append($0) }
            effect.append(name)
        }
    }
}

extension Call {
    /// Adds the effect that a consumer has a pending entry: XCLAIM with all its figures.
    func addClaimEffect(_ key: Bytes, _ stream: StreamValue, _ group: Int, _ pending: PendingEntry) {
        guard keyspace.needsEffects, let owner = pending.consumer else { return }
        let state = stream[group: group]
        keyspace.addEffect(database: database, argumentCount: 14) { effect in
            effect.append("XCLAIM")
            effect.append(key)
            state.name.withBytes { effect.append($0) }
            state.consumer(owner).name.withBytes { effect.append($0) }
            effect.append("0")
            effect.append(pending.id)
            effect.append("TIME")
            effect.append(pending.deliveredAt)
            effect.append("RETRYCOUNT")
            effect.append(pending.deliveries)
            effect.append("FORCE")
            effect.append("JUSTID")
            effect.append("LASTID")
            effect.append(state.lastDeliveredID)
        }
    }

    /// Adds the effect of a group's having read on.
    func addProgressEffect(_ key: Bytes, _ stream: StreamValue, _ group: Int) {
        guard keyspace.needsEffects else { return }
        let state = stream[group: group]
        keyspace.addEffect(database: database, argumentCount: 7) { effect in
            effect.append("XGROUP")
            effect.append("SETID")
            effect.append(key)
            state.name.withBytes { effect.append($0) }
            effect.append(state.lastDeliveredID)
            effect.append("ENTRIESREAD")
            effect.append(state.entriesRead)
        }
    }
}
