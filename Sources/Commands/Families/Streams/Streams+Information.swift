import Primitives
import RESP
import Storage
import Structures

let streamInformationCommands: [Command] = [
    Command(
        "xinfo", .stream, since: "5.0.0", summary: "Tells about streams, their groups and consumers.",
        subcommands: [
            Command(
                "consumers", .stream, since: "5.0.0", arity: 4, [.readonly], keys: [.key(2, [.readOnly, .access])],
                syntax: "key group", complexity: "O(1)", summary: "Lists the consumers of a group.",
                tips: ["nondeterministic_output"], run: consumers),
            Command(
                "groups", .stream, since: "5.0.0", arity: 3, [.readonly], keys: [.key(2, [.readOnly, .access])],
                syntax: "key", complexity: "O(1)", summary: "Lists the groups of a stream.", run: groups),
            .help(for: "xinfo", .stream, since: "5.0.0"),
            Command(
                "stream", .stream, since: "5.0.0", arity: -3, [.readonly], keys: [.key(2, [.readOnly, .access])],
                syntax: "key [FULL [COUNT count]]", complexity: "O(1)",
                summary: "Tells about a stream; in full, also its entries, groups and consumers.", run: stream),
        ])
]

extension Call {
    fileprivate func informationStream() throws(CommandError) -> StreamValue {
        guard let stream = try read(key(2), as: StreamValue.self) else { throw .noSuchKey }
        return stream
    }
}

extension ReplyWriter {
    fileprivate mutating func field(_ name: StaticString, _ number: Int64) {
        bulk(Bytes(name))
        integer(number)
    }

    fileprivate mutating func field(_ name: StaticString, _ id: StreamID) {
        bulk(Bytes(name))
        bulk(id)
    }

    fileprivate mutating func field(_ name: StaticString, _ text: [UInt8]) {
        bulk(Bytes(name))
        text.withBytes { bulk($0) }
    }

    /// A number that may be unknown.
    fileprivate mutating func field(_ name: StaticString, known number: Int64?) {
        bulk(Bytes(name))
        if let number { integer(number) } else { null() }
    }

    fileprivate mutating func field(_ name: StaticString, _ entry: StreamEntry?) {
        bulk(Bytes(name))
        if let entry { streamEntry(entry) } else { null() }
    }
}

// MARK: The stream

private func stream(_ call: inout Call) throws(CommandError) {
    var isFull = false
    var most: Int64 = 10
    if call.arguments.count > 3 {
        var reader = call.options(from: 3)
        guard reader.take("full") else { throw .wrongSubcommandArguments(call) }
        isFull = true
        if !reader.isAtEnd {
            guard reader.remaining == 2, let count = try reader.integer(after: "count") else {
                throw .wrongSubcommandArguments(call)
            }
            most = count < 0 ? 10 : count == 0 ? .max : count
        }
    }
    let stream = try call.informationStream()
    isFull ? writeFull(&call.reply, stream, most: Int(most)) : writeShort(&call.reply, stream)
}

private func writeCommon(_ reply: inout ReplyWriter, _ stream: StreamValue) {
    reply.field("length", Int64(stream.count))
    reply.field("radix-tree-keys", Int64(stream.blockCount))
    reply.field("radix-tree-nodes", Int64(stream.radixNodeCount))
    reply.field("last-generated-id", stream.lastID)
    reply.field("max-deleted-entry-id", stream.maxDeletedID)
    reply.field("entries-added", Int64(bitPattern: stream.entriesAdded))
    reply.field("recorded-first-entry-id", stream.firstID)
    guard let producers = stream.producers else { return }
    reply.field("idmp-duration", Int64(producers.durationSeconds))
    reply.field("idmp-maxsize", Int64(producers.mostMessages))
    reply.field("pids-tracked", Int64(producers.producerCount))
    reply.field("iids-tracked", Int64(producers.messageCount))
    reply.field("iids-added", producers.added)
    reply.field("iids-duplicates", producers.duplicates)
}

/// The fields that only a stream with producers has.
private func producerFieldCount(_ stream: StreamValue) -> Int { stream.producers == nil ? 0 : 6 }

private func writeShort(_ reply: inout ReplyWriter, _ stream: StreamValue) {
    reply.map(10 + producerFieldCount(stream))
    writeCommon(&reply, stream)
    reply.field("groups", Int64(stream.groupCount))
    reply.field("first-entry", stream.firstEntry)
    reply.field("last-entry", stream.lastEntry)
}

private func writeFull(_ reply: inout ReplyWriter, _ stream: StreamValue, most: Int) {
    reply.map(9 + producerFieldCount(stream))
    writeCommon(&reply, stream)
    reply.bulk("entries")
    var entries = stream.entries()
    reply.streamEntries(&entries, most: most)
    reply.bulk("groups")
    reply.array(stream.groupCount)
    for index in 0..<stream.groupCount { writeFullGroup(&reply, stream, index, most: most) }
}

private func writeFullGroup(_ reply: inout ReplyWriter, _ stream: StreamValue, _ index: Int, most: Int) {
    let group = stream[group: index]
    reply.map(7)
    reply.field("name", group.name)
    reply.field("last-delivered-id", group.lastDeliveredID)
    writeProgress(&reply, stream, index)
    reply.field("pel-count", Int64(group.pending.count))
    reply.bulk("pending")
    reply.array(min(most, group.pending.count))
    var written = 0
    group.pending.forEach { pending in
        guard written < most else { return false }
        written += 1
        reply.array(4)
        reply.bulk(pending.id)
        reply.owner(of: pending, group)
        reply.integer(pending.deliveredAt)
        reply.integer(pending.deliveries)
        return true
    }
    reply.bulk("consumers")
    reply.array(group.consumerCount)
    for number in group.consumerNumbers { writeFullConsumer(&reply, group, group.consumer(number), most: most) }
}

private func writeProgress(_ reply: inout ReplyWriter, _ stream: StreamValue, _ index: Int) {
    let read = stream[group: index].entriesRead
    reply.field("entries-read", known: read < 0 ? nil : read)
    reply.field("lag", known: stream.lag(index))
}

private func writeFullConsumer(
    _ reply: inout ReplyWriter, _ group: StreamGroup, _ consumer: StreamConsumer, most: Int
) {
    reply.map(5)
    reply.field("name", consumer.name)
    reply.field("seen-time", consumer.seenAt)
    reply.field("active-time", consumer.activeAt)
    reply.field("pel-count", Int64(consumer.pending.count))
    reply.bulk("pending")
    reply.array(min(most, consumer.pending.count))
    var written = 0
    consumer.pending.forEach { id in
        guard written < most, let pending = group.pending[id] else { return false }
        written += 1
        reply.array(3)
        reply.bulk(id)
        reply.integer(pending.deliveredAt)
        reply.integer(pending.deliveries)
        return true
    }
}

// MARK: Groups and consumers

private func groups(_ call: inout Call) throws(CommandError) {
    let stream = try call.informationStream()
    call.reply.array(stream.groupCount)
    for index in 0..<stream.groupCount {
        let group = stream[group: index]
        call.reply.map(6)
        call.reply.field("name", group.name)
        call.reply.field("consumers", Int64(group.consumerCount))
        call.reply.field("pending", Int64(group.pending.count))
        call.reply.field("last-delivered-id", group.lastDeliveredID)
        writeProgress(&call.reply, stream, index)
    }
}

private func consumers(_ call: inout Call) throws(CommandError) {
    let stream = try call.informationStream()
    guard let index = stream.group(named: call.arguments[3]) else {
        throw .noGroupOfKey(call.arguments[3], call.arguments[2])
    }
    let group = stream[group: index]
    let now = call.keyspace.now
    call.reply.array(group.consumerCount)
    for number in group.consumerNumbers {
        let consumer = group.consumer(number)
        call.reply.map(4)
        call.reply.field("name", consumer.name)
        call.reply.field("pending", Int64(consumer.pending.count))
        call.reply.field("idle", max(0, now - consumer.seenAt))
        call.reply.field("inactive", consumer.activeAt < 0 ? -1 : max(0, now - consumer.activeAt))
    }
}
