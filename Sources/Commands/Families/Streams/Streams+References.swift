import Primitives
import RESP
import Storage
import Structures

let streamReferenceCommands: [Command] = [
    Command(
        "xdelex", .stream, since: "8.2.0", arity: -5, [.write, .fast], keys: [.key(1, [.readWrite, .delete])],
        syntax: "key [KEEPREF|DELREF|ACKED] IDS numids id [id ...]", complexity: "O(1) for each ID.",
        summary: "Deletes entries of a stream, with a choice of what becomes of groups' references to them.",
        run: xdelex),
    Command(
        "xackdel", .stream, since: "8.2.0", arity: -6, [.write, .fast],
        keys: [.key(1, [.readWrite, .update, .delete])],
        syntax: "key group [KEEPREF|DELREF|ACKED] IDS numids id [id ...]", complexity: "O(1) for each ID.",
        summary: "Tells a group that entries have been dealt with, and deletes them from the stream.", run: xackdel),
]

extension ArgumentReader {
    /// Reads `KEEPREF`, `DELREF` or `ACKED`; nil if none of them is next.
    mutating func referencePolicy() -> StreamReferencePolicy? {
        if take("keepref") { return .keep }
        if take("delref") { return .delete }
        return take("acked") ? .onlyAcknowledged : nil
    }

    /// Reads `IDS numids id …`; nil if `IDS` is not next.
    mutating func streamIDs() throws(CommandError) -> [StreamID]? {
        guard take("ids") else { return nil }
        guard let count = try next().integer, count > 0 else {
            throw .message("ERR Number of IDs must be a positive integer")
        }
        guard count <= remaining else {
            throw .message("ERR The `numids` parameter must match the number of arguments")
        }
        var ids: [StreamID] = []
        for _ in 0..<count { ids.append(try StreamID(argument: try next())) }
        return ids
    }
}

/// Which entries to delete, and how.
private struct DeletionOptions {
    var policy = StreamReferencePolicy.keep
    var ids: [StreamID] = []

    init(_ reader: ArgumentReader) throws(CommandError) {
        var reader = reader
        var isPolicyGiven = false
        while !reader.isAtEnd {
            if ids.isEmpty, let given = try reader.streamIDs() {
                ids = given
            } else if !isPolicyGiven, let given = reader.referencePolicy() {
                policy = given
                isPolicyGiven = true
            } else {
                throw .syntax
            }
        }
        if ids.isEmpty { throw .syntax }
    }
}

/// What became of an entry, as the number on the wire.
private enum DeletionOutcome: Int {
    case missing = -1
    case deleted = 1
    case stillReferenced = 2
}

extension Call {
    /// Lets `body` deal with the IDs one after the other, and replies with what became of each.
    fileprivate mutating func delete(
        _ key: Key, _ entry: Entry, _ ids: [StreamID],
        _ body: (StreamValue, StreamID) -> (outcome: DeletionOutcome, changes: Int)
    ) {
        var outcomes: [DeletionOutcome] = []
        let isDeletion = editGroups(key, entry) { stream in
            var changes = 0
            let before = stream.count
            for id in ids {
                let result = body(stream, id)
                outcomes.append(result.outcome)
                changes += result.changes
            }
            return (stream.count < before, changes)
        }
        if isDeletion {
            keyspace.changes &-= 1
            keyspace.didChangeCollection(key, database, .xdel)
        }
        reply(outcomes)
    }

    fileprivate func reply(_ outcomes: [DeletionOutcome]) {
        reply.array(outcomes.count)
        for outcome in outcomes { reply.integer(outcome.rawValue) }
    }
}

private func xdelex(_ call: inout Call) throws(CommandError) {
    let options = try DeletionOptions(call.options(from: 2))
    let key = call.key(1)
    guard let entry = try call.entry(key, of: StreamValue.self) else {
        return call.reply(options.ids.map { _ in .missing })
    }
    call.delete(key, entry, options.ids) { stream, id in
        let removed = options.policy == .delete ? stream.removeReferences(id) : 0
        guard stream.entry(id) != nil else { return (.missing, removed) }
        if options.policy == .onlyAcknowledged, stream.groupCount == 0 || stream.isReferenced(id) {
            return (.stillReferenced, 0)
        }
        _ = stream.delete(id)
        return (.deleted, removed + 1)
    }
}

private func xackdel(_ call: inout Call) throws(CommandError) {
    let options = try DeletionOptions(call.options(from: 3))
    let key = call.key(1)
    guard let entry = try call.entry(key, of: StreamValue.self),
        let group = entry.view(as: StreamValue.self).group(named: call.arguments[2])
    else { return call.reply(options.ids.map { _ in .missing }) }
    call.delete(key, entry, options.ids) { stream, id in
        guard stream.removePending(group, id) else {
            return (.missing, options.policy == .delete ? stream.removeReferences(id) : 0)
        }
        if options.policy == .delete { stream.removeReferences(id) }
        if options.policy == .onlyAcknowledged, stream.isReferenced(id) { return (.stillReferenced, 1) }
        _ = stream.delete(id)
        return (.deleted, 1)
    }
}
