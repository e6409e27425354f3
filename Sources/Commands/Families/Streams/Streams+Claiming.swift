import Primitives
import RESP
import Storage
import Structures

let streamClaimCommands: [Command] = [
    Command(
        "xclaim", .stream, since: "5.0.0", arity: -6, [.write, .fast], keys: [.key(1, [.readWrite, .update])],
        syntax: """
            key group consumer min-idle-time ID [ID ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count] \
            [FORCE] [JUSTID] [LASTID lastid]
            """,
        complexity: "O(log N) for each ID, with N entries that are not acknowledged.",
        summary: "Gives entries that others have not acknowledged to a consumer.", tips: ["nondeterministic_output"],
        run: xclaim),
    Command(
        "xautoclaim", .stream, since: "6.2.0", arity: -6, [.write, .fast], keys: [.key(1, [.readWrite, .delete])],
        syntax: "key group consumer min-idle-time start [COUNT count] [JUSTID]",
        complexity: "O(1) for a small count.",
        summary: "Gives entries that others have not acknowledged for long to a consumer.",
        tips: ["nondeterministic_output"], run: xautoclaim),
]

/// One who claims pending entries.
private struct Claim {
    let call: Call
    let stream: StreamValue
    let group: Int
    let consumer: GroupConsumer
    let leastIdle: Int64
    /// When the entries shall have been delivered.
    var time: Int64
    var deliveries: Int64?
    var onlyIDs: Bool

    /// Takes an entry of the stream. Returns whether it was to be had.
    func take(_ id: StreamID, isForced: Bool = false) -> Bool {
        let now = call.keyspace.now
        guard var pending = stream[group: group].pending[id] ?? (isForced ? fresh(id) : nil) else { return false }
        if pending.consumer != nil, leastIdle > 0, now - pending.deliveredAt < leastIdle { return false }
        pending.deliveredAt = time
        pending.consumer = consumer.number
        if let deliveries {
            pending.deliveries = deliveries
        } else if !onlyIDs, pending.deliveries < .max {
            pending.deliveries += 1
        }
        stream.setPending(group, pending)
        stream.touchConsumer(group, consumer.number, seenAt: now, isActive: true)
        call.addClaimEffect(call.arguments[1], stream, group, pending)
        return true
    }

    private func fresh(_ id: StreamID) -> PendingEntry {
        PendingEntry(id: id, deliveredAt: time, deliveries: 1, consumer: nil)
    }

    /// Forgets a pending entry that has been deleted from the stream. Returns whether there was one.
    func forget(_ id: StreamID) -> Bool {
        guard let pending = stream[group: group].pending[id] else { return false }
        call.addForgetEffect(call.arguments[1], stream, group, pending)
        return stream.removePending(group, id)
    }

    func write(_ id: StreamID, _ entry: StreamEntry, _ reply: inout ReplyWriter) {
        onlyIDs ? reply.bulk(id) : reply.streamEntry(entry)
    }
}

extension Call {
    /// Adds the effect that a pending entry is no more, as the stream has not got it any longer.
    func addForgetEffect(_ key: Bytes, _ stream: StreamValue, _ group: Int, _ pending: PendingEntry) {
        if pending.consumer != nil { return addClaimEffect(key, stream, group, pending) }
        let name = stream[group: group].name
        keyspace.addEffect(database: database, argumentCount: 4) { effect in
            effect.append("XACK")
            effect.append(key)
            name.withBytes { effect.append($0) }
            effect.append(pending.id)
        }
    }

    /// The entry and the group that a command's first arguments name.
    fileprivate func claimedGroup() throws(CommandError) -> (entry: Entry, group: Int) {
        guard let entry = try entry(key(1), of: StreamValue.self),
            let group = entry.view(as: StreamValue.self).group(named: arguments[2])
        else { throw .noGroup(arguments[1], arguments[2]) }
        return (entry, group)
    }
}

// MARK: By IDs

private struct ClaimOptions {
    let leastIdle: Int64
    let ids: Range<Int>
    var time: Int64
    var deliveries: Int64?
    var isForced = false
    var onlyIDs = false
    var lastID: StreamID?

    init(_ call: Call) throws(CommandError) {
        guard let idle = call.arguments[4].integer else {
            throw .message("ERR Invalid min-idle-time argument for XCLAIM")
        }
        leastIdle = max(0, idle)
        time = call.keyspace.now
        var end = 5
        while end < call.arguments.count, StreamID(call.arguments[end]) != nil { end += 1 }
        ids = 5..<end
        var reader = call.options(from: end)
        while !reader.isAtEnd { try readOption(&reader, now: call.keyspace.now) }
    }

    private mutating func readOption(_ reader: inout ArgumentReader, now: Int64) throws(CommandError) {
        if reader.take("force") {
            isForced = true
        } else if reader.take("justid") {
            onlyIDs = true
        } else if let text = try reader.value(after: "idle") {
            guard let idle = text.integer else { throw .message("ERR Invalid IDLE option argument for XCLAIM") }
            set(time: now.subtractingReportingOverflow(idle).partialValue, now: now)
        } else if let text = try reader.value(after: "time") {
            guard let time = text.integer else { throw .message("ERR Invalid TIME option argument for XCLAIM") }
            set(time: time, now: now)
        } else if let text = try reader.value(after: "retrycount") {
            guard let count = text.integer else {
                throw .message("ERR Invalid RETRYCOUNT option argument for XCLAIM")
            }
            deliveries = count >= 0 ? count : nil
        } else if let text = try reader.value(after: "lastid") {
            lastID = try StreamID(argument: text)
        } else {
            throw .text("ERR Unrecognized XCLAIM option '\(try reader.next().echoed())'")
        }
    }

    private mutating func set(time: Int64, now: Int64) { self.time = time < 0 || time > now ? now : time }
}

private func xclaim(_ call: inout Call) throws(CommandError) {
    let (entry, group) = try call.claimedGroup()
    let options = try ClaimOptions(call)
    let key = call.key(1)
    call.recordNothing()
    let thisCall = call
    call.editGroups(key, entry) { stream in
        let hasMoved = moveOn(stream, group, options.lastID)
        let claim = Claim(
            call: thisCall, stream: stream, group: group,
            consumer: GroupConsumer(thisCall, stream, group, thisCall.arguments[3], key), leastIdle: options.leastIdle,
            time: options.time, deliveries: options.deliveries, onlyIDs: options.onlyIDs)
        let (taken, forgotten) = claim.take(options, &thisCall.reply)
        if taken == 0 {
            claim.consumer.recordCreation(thisCall, key.bytes)
            if hasMoved { thisCall.addProgressEffect(key.bytes, stream, group) }
        }
        return ((), taken + forgotten + (claim.consumer.isNew ? 1 : 0) + (hasMoved ? 1 : 0))
    }
}

/// Sets the last delivered ID of a group if it is higher. Returns whether it is.
private func moveOn(_ stream: StreamValue, _ group: Int, _ id: StreamID?) -> Bool {
    guard let id, id > stream[group: group].lastDeliveredID else { return false }
    stream.setProgress(group, lastDeliveredID: id, entriesRead: stream[group: group].entriesRead)
    return true
}

extension Claim {
    /// Takes the entries that XCLAIM names and writes those that were to be had.
    fileprivate func take(_ options: ClaimOptions, _ reply: inout ReplyWriter) -> (taken: Int, forgotten: Int) {
        var taken = 0
        var forgotten = 0
        reply.deferredArray { reply in
            for index in options.ids {
                let id = StreamID(call.arguments[index]) ?? .zero
                if let entry = stream.entry(id) {
                    guard take(id, isForced: options.isForced) else { continue }
                    write(id, entry, &reply)
                    taken += 1
                } else if forget(id) {
                    forgotten += 1
                }
            }
            return taken
        }
        return (taken, forgotten)
    }
}

// MARK: By age

private struct AutomaticClaimOptions {
    let leastIdle: Int64
    let start: StreamID
    var most: Int64 = 100
    var onlyIDs = false

    init(_ call: Call) throws(CommandError) {
        guard let idle = call.arguments[4].integer else {
            throw .message("ERR Invalid min-idle-time argument for XAUTOCLAIM")
        }
        leastIdle = max(0, idle)
        start = try StreamID(start: call.arguments[5])
        var reader = call.options(from: 6)
        while !reader.isAtEnd {
            if reader.take("justid") {
                onlyIDs = true
            } else if let text = try reader.value(after: "count") {
                guard let count = text.integer, count >= 1, count <= Int64.max / 16 else {
                    throw .message("ERR COUNT must be > 0")
                }
                most = count
            } else {
                throw .syntax
            }
        }
    }
}

private func xautoclaim(_ call: inout Call) throws(CommandError) {
    let options = try AutomaticClaimOptions(call)
    let (entry, group) = try call.claimedGroup()
    let key = call.key(1)
    call.recordNothing()
    let thisCall = call
    call.editGroups(key, entry) { stream in
        let claim = Claim(
            call: thisCall, stream: stream, group: group,
            consumer: GroupConsumer(thisCall, stream, group, thisCall.arguments[3], key), leastIdle: options.leastIdle,
            time: thisCall.keyspace.now, onlyIDs: options.onlyIDs)
        let (taken, forgotten) = claim.takeOld(options, &thisCall.reply)
        if taken == 0 { claim.consumer.recordCreation(thisCall, key.bytes) }
        return ((), taken + forgotten + (claim.consumer.isNew ? 1 : 0))
    }
}

extension Claim {
    /// Looks at ten times as many pending entries as are wanted, takes those that are old enough, and writes the reply:
    /// where to go on, what was taken, what is gone from the stream. Returns how many of both there were.
    fileprivate func takeOld(
        _ options: AutomaticClaimOptions, _ reply: inout ReplyWriter
    ) -> (taken: Int, forgotten: Int) {
        let (candidates, next) = self.candidates(options)
        var deleted: [StreamID] = []
        var taken = 0
        reply.array(3)
        reply.bulk(next)
        reply.deferredArray { reply in
            for id in candidates {
                if let entry = stream.entry(id) {
                    guard take(id) else { continue }
                    write(id, entry, &reply)
                    taken += 1
                } else if forget(id) {
                    deleted.append(id)
                }
            }
            return taken
        }
        reply.array(deleted.count)
        for id in deleted { reply.bulk(id) }
        return (taken, deleted.count)
    }

    /// The pending entries that will be taken or forgotten, and the one where the next call begins.
    private func candidates(_ options: AutomaticClaimOptions) -> (ids: [StreamID], next: StreamID) {
        let now = call.keyspace.now
        var attempts = options.most.multipliedReportingOverflow(by: 10).partialValue
        var ids: [StreamID] = []
        var next = StreamID.zero
        stream[group: group].pending.forEach(from: options.start) { pending in
            guard attempts > 0, ids.count < options.most else {
                next = pending.id
                return false
            }
            attempts -= 1
            let isOld = pending.consumer == nil || now - pending.deliveredAt >= leastIdle
            if isOld || stream.entry(pending.id) == nil { ids.append(pending.id) }
            return true
        }
        return (ids, next)
    }
}
