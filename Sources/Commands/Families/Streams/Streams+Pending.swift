import Primitives
import RESP
import Storage
import Structures

let streamPendingCommands: [Command] = [
    Command(
        "xack", .stream, since: "5.0.0", arity: -4, [.write, .fast], keys: [.key(1, [.readWrite, .update])],
        syntax: "key group ID [ID ...]", complexity: "O(1) for each ID.",
        summary: "Tells a group that entries have been dealt with.", run: xack),
    Command(
        "xpending", .stream, since: "5.0.0", arity: -3, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key group [[IDLE min-idle-time] start end count [consumer]]",
        complexity: "O(N) with N entries that are looked at.",
        summary: "Lists what a group has not acknowledged, or sums it up.", tips: ["nondeterministic_output"],
        run: xpending),
]

private func xack(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    let arguments = call.arguments
    guard let entry = try call.entry(key, of: StreamValue.self),
        let group = entry.view(as: StreamValue.self).group(named: arguments[2])
    else { return call.reply.integer(0) }
    for index in 3..<arguments.count { _ = try StreamID(argument: arguments[index]) }
    let acknowledged = call.editGroups(key, entry) { stream in
        var acknowledged = 0
        for index in 3..<arguments.count {
            if let id = StreamID(arguments[index]), stream.removePending(group, id) { acknowledged += 1 }
        }
        return (acknowledged, acknowledged)
    }
    call.reply.integer(acknowledged)
}

// MARK: Looking

/// Which pending entries to list.
private struct PendingRange {
    var leastIdle: Int64 = 0
    let start: StreamID
    let end: StreamID
    let most: Int64
    var consumer: Bytes?

    init(_ call: Call) throws(CommandError) {
        guard (6...9).contains(call.arguments.count) else { throw .syntax }
        var reader = call.options(from: 3)
        if let idle = try reader.integer(after: "idle") {
            leastIdle = idle
            if call.arguments.count < 8 { throw .syntax }
        }
        guard reader.remaining >= 3 else { throw .syntax }
        let first = reader.position
        guard let count = call.arguments[first + 2].integer else { throw .notInteger }
        most = max(0, count)
        start = try StreamID(start: call.arguments[first])
        end = try StreamID(end: call.arguments[first + 1])
        if first + 3 < call.arguments.count { consumer = call.arguments[first + 3] }
    }
}

private func xpending(_ call: inout Call) throws(CommandError) {
    let range = call.arguments.count == 3 ? nil : try PendingRange(call)
    guard let stream = try call.read(call.key(1), as: StreamValue.self),
        let group = stream.group(named: call.arguments[2])
    else { throw .noGroup(call.arguments[1], call.arguments[2]) }
    guard let range else { return sumUp(call, stream[group: group]) }
    list(call, stream[group: group], range)
}

private func sumUp(_ call: Call, _ group: StreamGroup) {
    call.reply.array(4)
    call.reply.integer(group.pending.count)
    guard let first = group.pending.first, let last = group.pending.last else {
        call.reply.null()
        call.reply.null()
        return call.reply.nullArray()
    }
    call.reply.bulk(first.id)
    call.reply.bulk(last.id)
    call.reply.deferredArray { reply in
        var written = 0
        for number in group.consumerNumbers {
            let consumer = group.consumer(number)
            if consumer.pending.count == 0 { continue }
            reply.array(2)
            consumer.name.withBytes { reply.bulk($0) }
            reply.bulk(Int64(consumer.pending.count))
            written += 1
        }
        return written
    }
}

private func list(_ call: Call, _ group: StreamGroup, _ range: PendingRange) {
    var only: Int?
    if let name = range.consumer {
        only = group.consumer(named: name)
        if only == nil { return call.reply.array(0) }
    }
    let now = call.keyspace.now
    call.reply.deferredArray { reply in
        var written = 0
        func show(_ pending: PendingEntry) -> Bool {
            guard pending.id <= range.end, written < range.most else { return false }
            let idle = pending.consumer == nil ? -1 : max(0, now - pending.deliveredAt)
            if pending.consumer != nil, idle < range.leastIdle { return true }
            written += 1
            reply.pending(pending, group, idle: idle)
            return true
        }
        if let only {
            group.consumer(only).pending.forEach(from: range.start) { show(group.pending[$0]!) }
        } else {
            group.pending.forEach(from: range.start) { show($0) }
        }
        return written
    }
}

extension ReplyWriter {
    fileprivate mutating func pending(_ pending: PendingEntry, _ group: StreamGroup, idle: Int64) {
        array(4)
        bulk(pending.id)
        owner(of: pending, group)
        integer(idle)
        integer(pending.deliveries)
    }

    /// The name of the consumer that has a pending entry; empty where it was given back.
    mutating func owner(of pending: PendingEntry, _ group: StreamGroup) {
        guard let number = pending.consumer else { return bulk(Bytes.empty) }
        group.consumer(number).name.withBytes { bulk($0) }
    }
}
