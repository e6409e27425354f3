import Primitives
import RESP
import Storage
import Structures

let streamProducerCommands: [Command] = [
    Command(
        "xcfgset", .stream, since: "8.6.0", arity: -2, [.write, .fast], keys: [.key(1, [.readWrite, .update])],
        syntax: "key [IDMP-DURATION idmp-duration] [IDMP-MAXSIZE idmp-maxsize]", complexity: "O(1)",
        summary: "Sets for how long a stream knows messages that producers may send again, and how many.",
        run: xcfgset),
    Command(
        "xidmprecord", .stream, since: "8.6.2", arity: 5, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .update])], syntax: "key pid iid stream-id", complexity: "O(1)",
        summary: "Notes that a producer's message became an entry; for what is replayed.", run: xidmprecord),
]

/// A producer's message, as XADD names it.
struct StreamMessageRequest {
    /// The producer's name.
    private let producer: [UInt8]
    /// The message's ID; nil for one that is made from the fields.
    private let id: [UInt8]?

    /// Reads `IDMP pid iid` or `IDMPAUTO pid`; nil if neither is next.
    init?(_ reader: inout ArgumentReader) throws(CommandError) {
        if let producer = try reader.value(after: "idmpauto") {
            self.producer = Array(producer)
            id = nil
        } else if reader.remaining >= 3, reader.take("idmp") {
            producer = Array(try reader.next())
            id = Array(try reader.next())
        } else {
            return nil
        }
        guard !producer.isEmpty, id?.isEmpty != true else {
            throw .message("ERR IDMP requires a producer ID and an idempotent ID that are not empty")
        }
    }

    /// The message; one without an ID gets the same for the same names and values in the same order.
    func message(with fields: StreamFields) -> StreamMessage {
        if let id { return StreamMessage(producer: producer, id: id) }
        var digest = SHA1()
        for field in fields {
            withUnsafeBytes(of: field.count.littleEndian) { digest.update(Bytes($0)) }
            digest.update(field)
        }
        return StreamMessage(producer: producer, id: digest.finish())
    }
}

extension Call {
    /// Adds the effect that a message became an entry.
    mutating func recordMessage(_ key: Bytes, _ message: StreamMessage, _ id: StreamID) {
        recordEffect(5) { effect in
            effect.append("XIDMPRECORD")
            effect.append(key)
            message.producer.withBytes { effect.append($0) }
            message.id.withBytes { effect.append($0) }
            effect.append(id)
        }
    }
}

private func xcfgset(_ call: inout Call) throws(CommandError) {
    var duration: Int64?
    var most: Int64?
    var reader = call.options(from: 2)
    while !reader.isAtEnd {
        if let seconds = try reader.integer(after: "idmp-duration") {
            guard (1...86400).contains(seconds) else { throw .message("ERR invalid duration") }
            duration = seconds
        } else if let count = try reader.integer(after: "idmp-maxsize") {
            guard (1...10000).contains(count) else { throw .message("ERR invalid maxsize") }
            most = count
        } else {
            throw .syntax
        }
    }
    if duration == nil, most == nil { throw .syntax }
    let key = call.key(1)
    guard let entry = try call.entry(key, of: StreamValue.self) else { throw .noSuchKey }
    call.editGroups(key, entry) { stream in
        stream.configureProducers(
            seconds: duration.map { Int($0) }, mostMessages: most.map { Int($0) }, call.streamLimits)
        return ((), 1)
    }
    call.reply.ok()
}

private func xidmprecord(_ call: inout Call) throws(CommandError) {
    let id = try StreamID(argument: call.arguments[4])
    let message = StreamMessage(producer: Array(call.arguments[2]), id: Array(call.arguments[3]))
    if message.producer.isEmpty || message.id.isEmpty {
        throw .message("ERR IDMP requires a producer ID and an idempotent ID that are not empty")
    }
    let key = call.key(1)
    guard let entry = try call.entry(key, of: StreamValue.self) else { throw .noSuchKey }
    let stream = entry.view(as: StreamValue.self)
    if let known = stream.entry(of: message, now: call.keyspace.now) {
        guard known == id else { throw .message("ERR the idempotent ID belongs to another entry of the stream") }
        return call.reply.ok()
    }
    if stream.entry(id) == nil { throw .message("ERR no such entry in the stream") }
    call.editGroups(key, entry) { stream in
        stream.remember(message, as: id, now: call.keyspace.now, call.streamLimits)
        return ((), 1)
    }
    call.reply.ok()
}
