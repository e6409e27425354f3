import Primitives
import RESP
import Storage
import Structures

/// The commands of the group `stream`.
let streamCommands: [Command] =
    streamEntryCommands + streamRangeCommands + streamReadCommands + streamGroupCommands + streamPendingCommands
    + streamClaimCommands + streamInformationCommands + streamReferenceCommands + streamReleaseCommands
    + streamProducerCommands

private let streamEntryCommands: [Command] = [
    Command(
        "xadd", .stream, since: "5.0.0", arity: -5, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .update])],
        syntax: """
            key [NOMKSTREAM] [KEEPREF|DELREF|ACKED] [IDMPAUTO pid|IDMP pid iid] \
            [(MAXLEN|MINID) [=|~] threshold [LIMIT count]] (*|id) (field value) [(field value) ...]
            """,
        complexity: "O(1), and O(N) for N entries that are trimmed.",
        summary: "Appends an entry to a stream and returns its ID.", tips: ["nondeterministic_output"], run: xadd),
    Command(
        "xtrim", .stream, since: "5.0.0", arity: -4, [.write], keys: [.key(1, [.readWrite, .delete])],
        syntax: "key (MAXLEN|MINID) [=|~] threshold [LIMIT count] [KEEPREF|DELREF|ACKED]",
        complexity: "O(N) with N entries that go.",
        summary: "Removes the oldest entries of a stream.", tips: ["nondeterministic_output"], run: xtrim),
    Command(
        "xdel", .stream, since: "5.0.0", arity: -3, [.write, .fast], keys: [.key(1, [.readWrite, .delete])],
        syntax: "key ID [ID ...]", complexity: "O(1) for each ID.",
        summary: "Deletes entries of a stream by their IDs.", run: xdel),
    Command(
        "xlen", .stream, since: "5.0.0", arity: 2, [.readonly, .fast], keys: [.key(1, .readOnly)],
        syntax: "key", complexity: "O(1)", summary: "Counts the entries of a stream.", run: xlen),
    Command(
        "xsetid", .stream, since: "5.0.0", arity: -3, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .update])],
        syntax: "key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]", complexity: "O(1)",
        summary: "Sets what a stream knows of its past: the last ID, what was added, what was deleted.",
        run: xsetid),
]

extension Call {
    /// The limits of blocks.
    var streamLimits: StreamLimits {
        StreamLimits(
            nodeEntries: limits.streamNodeMaxEntries, nodeBytes: limits.streamNodeMaxBytes,
            messageSeconds: limits.streamIdmpDuration, mostMessages: limits.streamIdmpMaxsize)
    }

    /// Lets `body` change what belongs to a stream's groups, of which neither transactions that watch the key nor clients that
    /// wait for entries want to know. `body` returns what the caller wants to know and how much has changed.
    func editGroups<Result>(
        _ key: Key, _ entry: Entry, _ body: (StreamValue) -> (result: Result, changes: Int)
    ) -> Result {
        let keyspace = self.keyspace
        let (stream, open) = keyspace.open(entry, database, as: StreamValue.self)
        let (result, changes) = body(stream)
        _ = keyspace.close(stream, open, key, database)
        keyspace.changes &+= changes
        return result
    }

    /// Names and values from an argument on.
    @inline(__always)
    func withFields<Result>(from start: Int, _ body: (StreamFields) -> Result) -> Result {
        let count = arguments.count - start
        return withUnsafeTemporaryAllocation(of: Bytes.self, capacity: count) { fields in
            for index in 0..<count { fields.initializeElement(at: index, to: arguments[start + index]) }
            return body(UnsafeBufferPointer(fields))
        }
    }
}

// MARK: Adding

private func xadd(_ call: inout Call) throws(CommandError) {
    let options = try StreamTrimOptions(call, takesID: true)
    let fieldStart = options.idIndex + 1
    guard fieldStart < call.arguments.count, (call.arguments.count - fieldStart) % 2 == 0 else {
        throw .wrongArity(command: "xadd")
    }
    let request = try StreamIDRequest(call.arguments[options.idIndex])
    if case .exact(.zero) = request { throw .message("ERR The ID specified in XADD must be greater than 0-0") }
    let key = call.key(1)
    let entry = try call.entry(key, of: StreamValue.self)
    if entry == nil, !options.makesStream { return call.reply.null() }
    let message = options.message.map { request in call.withFields(from: fieldStart) { request.message(with: $0) } }
    if let message, let entry, let known = call.knownEntry(entry, message) {
        call.editGroups(key, entry) { ($0.noteDuplicate(), 0) }
        return call.reply.bulk(known)
    }
    let id = try call.nextID(of: entry, request)
    try call.checkSize(from: fieldStart)
    let trimmed = call.edit(key, entry, as: StreamValue.self, event: .xadd) { stream in
        call.withFields(from: fieldStart) { stream.append(id, $0, call.streamLimits) }
        if let message {
            stream.remember(message, as: id, now: call.keyspace.now, call.streamLimits)
        }
        return (options.trim(stream), 1)
    }
    if trimmed > 0 { call.keyspace.notify(.xtrim, key.bytes, call.database) }
    call.recordAddition(options, request, id)
    // An entry that was trimmed at once cannot be spoken of.
    if let message, call.streamView(1)?.entry(id) != nil {
        call.recordMessage(call.arguments[1], message, id)
    }
    call.reply.bulk(id)
}

extension Call {
    /// The entry that a producer's message has already become.
    fileprivate func knownEntry(_ entry: Entry, _ message: StreamMessage) -> StreamID? {
        entry.view(as: StreamValue.self).entry(of: message, now: keyspace.now)
    }

    /// Sees to it that an entry can be kept.
    fileprivate func checkSize(from fieldStart: Int) throws(CommandError) {
        var size = 0
        for index in fieldStart..<arguments.count { size &+= arguments[index].count }
        if size > 1 << 30 { throw .message("ERR Elements are too large to be stored") }
    }

    /// The ID that an entry gets which is added now.
    fileprivate func nextID(of entry: Entry?, _ request: StreamIDRequest) throws(CommandError) -> StreamID {
        let last = entry?.view(as: StreamValue.self).lastID ?? .zero
        if last == .greatest {
            throw .message("ERR The stream has exhausted the last possible ID, unable to add more items")
        }
        guard let id = request.resolve(after: last, now: keyspace.now) else {
            throw .message("ERR The ID specified in XADD is equal or smaller than the target stream top item")
        }
        return id
    }

    /// The command with the ID that came out, trimming exactly what went.
    fileprivate mutating func recordAddition(_ options: StreamTrimOptions, _ request: StreamIDRequest, _ id: StreamID) {
        if case .exact = request, !options.isApproximate { return }
        let arguments = self.arguments
        let remains = options.isApproximate ? remainder(options) : nil
        let fieldStart = options.idIndex + 1
        let trimCount = options.trim == nil ? 0 : options.effectCount
        let fieldCount = arguments.count - fieldStart
        recordEffect(3 + trimCount + fieldCount) { effect in
            effect.append("XADD")
            effect.append(arguments[1])
            if let trim = remains ?? options.trim { effect.append(exactly: trim, options.references) }
            effect.append(id)
            for index in fieldStart..<arguments.count { effect.append(arguments[index]) }
        }
    }

    /// What an approximate trimming has left, as an exact one.
    fileprivate func remainder(_ options: StreamTrimOptions) -> StreamTrim? {
        guard let trim = options.trim, let stream = keyspace.live(key(1), database)?.view(as: StreamValue.self) else {
            return nil
        }
        if case .length = trim { return .length(stream.count) }
        if stream.count == 0 { return .length(0) }
        return .from(stream.firstID)
    }
}

extension StreamTrimOptions {
    /// The arguments that `append(exactly:)` makes.
    fileprivate var effectCount: Int { references == .keep ? 3 : 4 }
}

extension EffectArguments {
    fileprivate mutating func append(exactly trim: StreamTrim, _ references: StreamReferencePolicy) {
        switch references {
        case .keep: break
        case .delete: append("DELREF")
        case .onlyAcknowledged: append("ACKED")
        }
        switch trim {
        case .length(let length):
            append("MAXLEN")
            append("=")
            append(Int64(length))
        case .from(let id):
            append("MINID")
            append("=")
            append(id)
        }
    }
}

// MARK: Removing

private func xtrim(_ call: inout Call) throws(CommandError) {
    let options = try StreamTrimOptions(call, takesID: false)
    let key = call.key(1)
    guard let entry = try call.entry(key, of: StreamValue.self) else { return call.reply.integer(0) }
    let removed = call.edit(key, entry, as: StreamValue.self, event: .xtrim) { stream in
        let removed = options.trim(stream)
        return (removed, removed)
    }
    if removed > 0, options.isApproximate, let trim = call.remainder(options) {
        let key = call.arguments[1]
        call.recordEffect(2 + options.effectCount) { effect in
            effect.append("XTRIM")
            effect.append(key)
            effect.append(exactly: trim, options.references)
        }
    }
    call.reply.integer(removed)
}

private func xdel(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    guard let entry = try call.entry(key, of: StreamValue.self) else { return call.reply.integer(0) }
    let arguments = call.arguments
    for index in 2..<arguments.count { _ = try StreamID(argument: arguments[index]) }
    let deleted = call.edit(key, entry, as: StreamValue.self, event: .xdel) { stream in
        var deleted = 0
        for index in 2..<arguments.count {
            if let id = StreamID(arguments[index]), stream.delete(id) { deleted += 1 }
        }
        return (deleted, deleted)
    }
    call.reply.integer(deleted)
}

// MARK: The past

private func xlen(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.read(call.key(1), as: StreamValue.self)?.count ?? 0)
}

private struct StreamHistory {
    let lastID: StreamID
    var entriesAdded: Int64?
    var maxDeletedID: StreamID?

    init(_ call: Call) throws(CommandError) {
        lastID = try StreamID(argument: call.arguments[2])
        var options = call.options(from: 3)
        while !options.isAtEnd {
            if let added = try options.integer(after: "entriesadded") {
                if added < 0 { throw .message("ERR entries_added must be positive") }
                entriesAdded = added
            } else if let text = try options.value(after: "maxdeletedid") {
                let deleted = try StreamID(argument: text)
                if lastID < deleted {
                    throw .message(
                        "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
                }
                maxDeletedID = deleted == .zero ? nil : deleted
            } else {
                throw .syntax
            }
        }
    }

    func check(_ stream: StreamValue) throws(CommandError) {
        if lastID < stream.maxDeletedID {
            throw .message("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id")
        }
        guard let last = stream.lastEntry?.id else { return }
        if lastID < last {
            throw .message("ERR The ID specified in XSETID is smaller than the target stream top item")
        }
        if let entriesAdded, entriesAdded < Int64(stream.count) {
            throw .message("ERR The entries_added specified in XSETID is smaller than the target stream length")
        }
    }
}

private func xsetid(_ call: inout Call) throws(CommandError) {
    let history = try StreamHistory(call)
    let key = call.key(1)
    guard let entry = try call.entry(key, of: StreamValue.self) else { throw .noSuchKey }
    try history.check(entry.view(as: StreamValue.self))
    call.editGroups(key, entry) { stream in
        stream.setHistory(
            lastID: history.lastID, entriesAdded: history.entriesAdded.map { UInt64($0) },
            maxDeletedID: history.maxDeletedID)
        return ((), 1)
    }
    call.keyspace.notify(.xsetid, key.bytes, call.database)
    call.reply.ok()
}
