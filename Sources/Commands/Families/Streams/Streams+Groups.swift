import Primitives
import RESP
import Storage
import Structures

let streamGroupCommands: [Command] = [
    Command(
        "xgroup", .stream, since: "5.0.0", summary: "Manages the consumer groups of streams.",
        subcommands: [
            Command(
                "create", .stream, since: "5.0.0", arity: -5, [.write, .denyoom],
                keys: [.key(2, [.readWrite, .insert])],
                syntax: "key group (id|$) [MKSTREAM] [ENTRIESREAD entries-read]", complexity: "O(1)",
                summary: "Makes a consumer group that reads on after an ID.", run: createGroup),
            Command(
                "createconsumer", .stream, since: "6.2.0", arity: 5, [.write, .denyoom],
                keys: [.key(2, [.readWrite, .insert])], syntax: "key group consumer", complexity: "O(1)",
                summary: "Makes a consumer of a group.", run: createConsumer),
            Command(
                "delconsumer", .stream, since: "5.0.0", arity: 5, [.write],
                keys: [.key(2, [.readWrite, .delete])], syntax: "key group consumer", complexity: "O(1)",
                summary: "Removes a consumer, and with it all that it has not acknowledged.", run: deleteConsumer),
            Command(
                "destroy", .stream, since: "5.0.0", arity: 4, [.write], keys: [.key(2, [.readWrite, .delete])],
                syntax: "key group", complexity: "O(N) with N entries that are not acknowledged.",
                summary: "Removes a consumer group.", run: destroyGroup),
            .help(for: "xgroup", .stream, since: "5.0.0"),
            Command(
                "setid", .stream, since: "5.0.0", arity: -5, [.write], keys: [.key(2, [.readWrite, .update])],
                syntax: "key group (id|$) [ENTRIESREAD entries-read]", complexity: "O(1)",
                summary: "Sets the ID after which a group reads on.", run: setGroupID),
        ])
]

/// The options of XGROUP CREATE and SETID.
private struct GroupOptions {
    var makesStream = false
    var entriesRead: Int64 = -1

    init(_ call: Call, takesMakingStream: Bool) throws(CommandError) {
        var reader = call.options(from: 5)
        while !reader.isAtEnd {
            if takesMakingStream, reader.take("mkstream") {
                makesStream = true
            } else if let count = try reader.integer(after: "entriesread") {
                if count < -1 { throw .message("ERR value for ENTRIESREAD must be positive or -1") }
                entriesRead = count
            } else {
                throw .wrongSubcommandArguments(call)
            }
        }
    }
}

extension CommandError {
    /// Options of a subcommand that it does not know.
    static func wrongSubcommandArguments(_ call: Call) -> CommandError {
        .text(
            """
            ERR unknown subcommand or wrong number of arguments for '\(call.arguments[1].echoed(128))'. Try \
            \(String(call.arguments[0]).uppercased()) HELP.
            """)
    }

    fileprivate static var streamMissing: CommandError {
        .message(
            """
            ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM \
            option to create an empty stream automatically.
            """)
    }

    static func noGroupOfKey(_ group: Bytes, _ key: Bytes) -> CommandError {
        .text("NOGROUP No such consumer group '\(group.echoed())' for key name '\(key.echoed())'")
    }
}

extension Call {
    /// The entry of the stream that a subcommand of XGROUP names.
    fileprivate func groupStream() throws(CommandError) -> Entry {
        guard let entry = try entry(key(2), of: StreamValue.self) else { throw .streamMissing }
        return entry
    }

    /// The place of the group that a subcommand of XGROUP names.
    fileprivate func existingGroup(_ entry: Entry) throws(CommandError) -> Int {
        guard let group = entry.view(as: StreamValue.self).group(named: arguments[3]) else {
            throw .noGroupOfKey(arguments[3], arguments[2])
        }
        return group
    }

    /// The ID from which a group reads on: `$` is the last one of the stream.
    fileprivate func groupID(_ entry: Entry?) throws(CommandError) -> StreamID {
        if arguments[4] == "$" { return entry?.view(as: StreamValue.self).lastID ?? .zero }
        return try StreamID(argument: arguments[4])
    }
}

private func createGroup(_ call: inout Call) throws(CommandError) {
    let options = try GroupOptions(call, takesMakingStream: true)
    let key = call.key(2)
    let entry = try call.entry(key, of: StreamValue.self)
    if entry == nil, !options.makesStream { throw .streamMissing }
    let id = try call.groupID(entry)
    let name = call.arguments[3]
    if let entry, entry.view(as: StreamValue.self).group(named: name) != nil {
        throw .message("BUSYGROUP Consumer Group name already exists")
    }
    if let entry {
        _ = call.editGroups(key, entry) {
            ($0.addGroup(name, lastDeliveredID: id, entriesRead: options.entriesRead), 1)
        }
        call.keyspace.notify(.xgroupCreate, key.bytes, call.database)
    } else {
        call.edit(key, nil, as: StreamValue.self, event: .xgroupCreate) {
            ($0.addGroup(name, lastDeliveredID: id, entriesRead: options.entriesRead), 1)
        }
    }
    call.reply.ok()
}

private func setGroupID(_ call: inout Call) throws(CommandError) {
    let options = try GroupOptions(call, takesMakingStream: false)
    let key = call.key(2)
    let entry = try call.groupStream()
    let group = try call.existingGroup(entry)
    let id = try call.groupID(entry)
    call.editGroups(key, entry) {
        ($0.setProgress(group, lastDeliveredID: id, entriesRead: options.entriesRead), 1)
    }
    call.keyspace.notify(.xgroupSetid, key.bytes, call.database)
    call.reply.ok()
}

private func destroyGroup(_ call: inout Call) throws(CommandError) {
    let key = call.key(2)
    let entry = try call.groupStream()
    guard let group = entry.view(as: StreamValue.self).group(named: call.arguments[3]) else {
        return call.reply.integer(0)
    }
    // Clients that wait for entries of the group are told.
    call.edit(key, entry, as: StreamValue.self, event: .xgroupDestroy) { ($0.removeGroup(group), 1) }
    call.reply.integer(1)
}

private func createConsumer(_ call: inout Call) throws(CommandError) {
    let key = call.key(2)
    let entry = try call.groupStream()
    let group = try call.existingGroup(entry)
    let name = call.arguments[4]
    if entry.view(as: StreamValue.self)[group: group].consumer(named: name) != nil { return call.reply.integer(0) }
    _ = call.editGroups(key, entry) { ($0.addConsumer(group, name, seenAt: call.keyspace.now), 1) }
    call.keyspace.notify(.xgroupCreateconsumer, key.bytes, call.database)
    call.reply.integer(1)
}

private func deleteConsumer(_ call: inout Call) throws(CommandError) {
    let key = call.key(2)
    let entry = try call.groupStream()
    let group = try call.existingGroup(entry)
    guard let number = entry.view(as: StreamValue.self)[group: group].consumer(named: call.arguments[4]) else {
        return call.reply.integer(0)
    }
    let pending = call.editGroups(key, entry) { stream in
        let pending = stream[group: group].consumer(number).pending.count
        stream.removeConsumer(group, number)
        return (pending, 1)
    }
    call.keyspace.notify(.xgroupDelconsumer, key.bytes, call.database)
    call.reply.integer(pending)
}
