import Commands
import Primitives
import RESP
import Settings
import Storage

/// DUMP and RESTORE: values as bytes, from server to server.
let dumpCommands: [Command] = [
    Command(
        "dump", .generic, since: "2.6.0", arity: 2, [.readonly], [.keyspace], keys: [.key(1, [.readOnly, .access])],
        syntax: "key", complexity: "O(N) with N bytes of the value.",
        summary: "Writes a key's value as bytes that RESTORE understands, here and elsewhere.",
        tips: ["nondeterministic_output"], run: dump),
    restoreCommand("restore", .generic, since: "2.6.0", []),
    restoreCommand("restore-asking", .server, since: "3.0.0", .asking),
]

private func restoreCommand(_ name: String, _ group: CommandGroup, since: String, _ flags: CommandFlags) -> Command {
    Command(
        name, group, since: since, arity: -4, [.write, .denyoom, flags], [.keyspace, .dangerous],
        keys: [.key(1, [.overwrite, .update])],
        syntax: "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
        complexity: "O(N) with N bytes of the value; O(N*log(N)) for a sorted set.",
        summary: "Makes a key with a value that DUMP has written.", run: restore)
}

private func dump(_ call: inout Call) throws(CommandError) {
    guard let entry = call.read(call.key(1)) else { return call.reply.null() }
    entry.withPayload(compresses: call.node.settings.rdbcompression) { call.reply.bulk($0) }
}

extension Entry {
    /// Shows `body` the value as bytes that RESTORE understands, here and in the reference.
    public func withPayload<Result>(compresses: Bool, _ body: (Bytes) -> Result) -> Result {
        var value = ValueWriter(self)
        var writer = RDBWriter(compresses ? .now : .none)
        writer.type(value.type)
        _ = value.write(to: &writer)
        Footer.write(version: value.neededVersion, to: &writer)
        return body(writer.bytes)
    }
}

// MARK: Restoring

private struct RestoreOptions {
    var replaces = false
    var isAbsolute = false
    var idleSeconds: Int64?
    var frequency: UInt8?

    init(_ call: Call) throws(CommandError) {
        var options = call.options(from: 4)
        while !options.isAtEnd {
            if options.take("replace") {
                replaces = true
            } else if options.take("absttl") {
                isAbsolute = true
            } else if frequency == nil, let seconds = try options.integer(after: "idletime") {
                guard seconds >= 0 else { throw .message("ERR Invalid IDLETIME value, must be >= 0") }
                idleSeconds = seconds
            } else if idleSeconds == nil, let number = try options.integer(after: "freq") {
                frequency = UInt8(exactly: number)
                if frequency == nil { throw .message("ERR Invalid FREQ value, must be >= 0 and <= 255") }
            } else {
                throw .syntax
            }
        }
    }

    /// The clock of access that was asked for; nil for that of a new entry.
    func clock(_ keyspace: Keyspace) -> UInt32? {
        idleSeconds.flatMap { keyspace.clock(idleSeconds: $0) } ?? frequency.flatMap { keyspace.clock(frequency: $0) }
    }
}

private func restore(_ call: inout Call) throws(CommandError) {
    let options = try RestoreOptions(call)
    let key = call.key(1)
    if !options.replaces, call.keyspace.live(key, call.database) != nil {
        throw .message("BUSYKEY Target key name already exists.")
    }
    let expiry = try restoredExpiry(call, options)
    let value = try restoredValue(call)
    if let expiry, expiry <= call.keyspace.now {
        value.free()
        removeReplaced(key, &call)
    } else {
        call.keyspace.restore(
            key, value, call.database, expiry: expiry, clock: options.clock(call.keyspace), event: .restore)
        if let expiry, !options.isAbsolute { recordRestored(&call, expiry) }
    }
    call.reply.ok()
}

/// When the key is going to expire, in milliseconds since 1970; nil for never.
private func restoredExpiry(_ call: Call, _ options: RestoreOptions) throws(CommandError) -> Int64? {
    let time = try call.integer(2)
    guard time >= 0 else { throw .message("ERR Invalid TTL value, must be >= 0") }
    if time == 0 || options.isAbsolute { return time == 0 ? nil : time }
    let (expiry, isTooLate) = time.addingReportingOverflow(call.keyspace.now)
    if isTooLate { throw .notPositiveExpiry(command: call.name) }
    return expiry
}

private func restoredValue(_ call: Call) throws(CommandError) -> LooseValue {
    let newerToo = call.node.settings.rdbVersionCheck == .relaxed
    let footer = Footer.contents(
        of: call.arguments[3], newerToo: newerToo, checksSum: !call.node.skipsChecksums)
    guard let (contents, version) = footer else {
        throw .message("ERR DUMP payload version or checksum are wrong")
    }
    var reader = RDBReader(contents)
    do throws(RDBError) {
        guard let type = RDBType(rawValue: try reader.byte()) else { throw reader.error("an unknown type") }
        let value = try reader.value(type, call.keyspace.limits, isValkey: version == RDBVersion.valkey)
        if reader.isAtEnd { return value }
        value.free()
        throw reader.error("something follows the value")
    } catch {
        throw .message("ERR Bad data format")
    }
}

/// A value whose time has passed takes the place of another only to go at once.
private func removeReplaced(_ key: Key, _ call: inout Call) {
    guard call.keyspace.live(key, call.database) != nil else { return call.recordNothing() }
    call.keyspace.remove(key, call.database)
    call.recordRemoval(key.bytes)
}

/// Records the command with the time as it is now known: replayed later, it gives the same.
private func recordRestored(_ call: inout Call, _ expiry: Int64) {
    let arguments = call.arguments
    call.recordEffect(arguments.count + 1) { effect in
        for index in 0..<arguments.count { index == 2 ? effect.append(expiry) : effect.append(arguments[index]) }
        effect.append("ABSTTL")
    }
}
