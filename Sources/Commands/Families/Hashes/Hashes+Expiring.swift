import Primitives
import RESP
import Storage
import Structures

// Commands that get or set fields and do something about their expiry, or existence, at once.

private let times = "EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds"

let expiringFieldCommands: [Command] = [
    Command(
        "hgetdel", .hash, since: "8.0.0", arity: -5, [.write, .fast],
        keys: [.key(1, [.readWrite, .access, .delete])], syntax: "key FIELDS numfields field [field ...]",
        complexity: "O(N) with N fields.", summary: "Returns the values of fields of a hash and removes them.",
        run: hgetdel),
    Command(
        "hgetex", .hash, since: "8.0.0", arity: -5, [.write, .fast], keys: [.key(1, [.readWrite, .access])],
        syntax: "key [\(times)|PERSIST] FIELDS numfields field [field ...]", complexity: "O(N) with N fields.",
        summary: "Returns the values of fields of a hash and sets, or takes away, when they expire.", run: hgetex),
    Command(
        "hsetex", .hash, since: "8.0.0", arity: -6, [.write, .denyoom, .fast], keys: [.key(1, [.readWrite, .insert])],
        syntax: """
            key [NX|XX] [FNX|FXX] [\(times)|KEEPTTL] FIELDS numfields field value [field value ...]
            """,
        complexity: "O(N) with N fields.",
        summary: "Sets fields of a hash, on a condition if there is one, and when they expire.", run: hsetex),
]

// MARK: HGETDEL

private func hgetdel(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.entry(key, of: HashValue.self)
    let fields = try call.fields(from: 2)
    guard let entry else { return call.reply.nulls(fields.count) }
    let changed = call.changeFields(key, entry, fields, event: .hdel) { hash, field, reply in
        reply.value(of: hash.find(field))
        return hash.remove(field)
    }
    call.recordFields(changed, .removal)
}

extension ReplyWriter {
    /// An array of nulls, for fields of a hash that is not there.
    fileprivate mutating func nulls(_ count: Int) {
        array(count)
        for _ in 0..<count { null() }
    }
}

// MARK: HGETEX

/// What becomes of the expiry of fields that are read.
private enum ReadersWish {
    case none, persistence
    case time(Int64)

    /// The wish that stands at `position`, and where the next argument is.
    init(_ call: Call, at position: inout Int) throws(CommandError) {
        let word = call.arguments[position]
        if word.equals(ignoringCase: "persist") {
            position += 1
            self = .persistence
        } else if let unit = ExpiryOption.Choice(word: word), position + 1 < call.arguments.count {
            self = .time(try call.fieldExpiryTime(call.arguments[position + 1], unit))
            position += 2
        } else {
            self = .none
        }
    }
}

private func hgetex(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.entry(key, of: HashValue.self)
    var position = 2
    let wish = try ReadersWish(call, at: &position)
    let fields = try call.fields(from: position)
    guard let entry else { return call.reply.nulls(fields.count) }
    switch wish {
    case .none: showFields(call, entry, fields)
    case .persistence: persistFields(&call, key, entry, fields)
    case .time(let time): setExpiry(&call, key, entry, fields, time)
    }
}

private func showFields(_ call: Call, _ entry: Entry, _ fields: Range<Int>) {
    let hash = entry.view(as: HashValue.self)
    call.reply.array(fields.count)
    for index in fields { call.reply.value(of: hash.find(call.arguments[index])) }
}

private func persistFields(_ call: inout Call, _ key: Key, _ entry: Entry, _ fields: Range<Int>) {
    let changed = call.changeFields(key, entry, fields, event: .hpersist) { hash, field, reply in
        let found = hash.find(field)
        reply.value(of: found)
        guard found?.expiry != nil else { return false }
        hash.setExpiry(field, nil, call.limits)
        return true
    }
    call.recordFields(changed, .persistence)
}

private func setExpiry(_ call: inout Call, _ key: Key, _ entry: Entry, _ fields: Range<Int>, _ time: Int64) {
    let removes = call.hasPassed(time)
    let changed = call.changeFields(key, entry, fields, event: removes ? .hdel : .hexpire) { hash, field, reply in
        let found = hash.find(field)
        reply.value(of: found)
        guard found != nil else { return false }
        if removes { hash.remove(field) } else { hash.setExpiry(field, time, call.limits) }
        return true
    }
    call.recordFields(changed, removes ? .removal : .time(time))
}

extension ExpiryOption.Choice {
    /// The unit of time that a word names; nil for any other.
    fileprivate init?(word: Bytes) {
        if word.equals(ignoringCase: "ex") {
            self = .seconds
        } else if word.equals(ignoringCase: "px") {
            self = .milliseconds
        } else if word.equals(ignoringCase: "exat") {
            self = .unixSeconds
        } else if word.equals(ignoringCase: "pxat") {
            self = .unixMilliseconds
        } else {
            return nil
        }
    }
}

// MARK: HSETEX

/// What stands between the key and the fields.
private struct FieldSetOptions {
    enum Existence { case any, missing, present }

    /// Of the key.
    var key = Existence.any
    /// Of all fields.
    var fields = Existence.any
    var expiry = ExpiryChange.clear
    private var hasExpiry = false
    /// The index of the first field.
    private(set) var first = 0

    init(_ call: Call) throws(CommandError) {
        var reader = call.options(from: 2)
        while !reader.take("fields") {
            guard !reader.isAtEnd else {
                throw .message("ERR Mandatory argument FIELDS is missing or not at the right position")
            }
            if try !takeExistence(&reader), try !takeExpiry(&reader, call) {
                throw .text("ERR unknown argument: \(try reader.next().echoed())")
            }
        }
        first = reader.position + 1
        try FieldSetOptions.checkCount(&reader, call)
    }

    private static func checkCount(_ reader: inout ArgumentReader, _ call: Call) throws(CommandError) {
        guard !reader.isAtEnd else { throw .wrongArity(command: call.name) }
        guard let count = try reader.next().integer, count > 0 else { throw .message("ERR invalid number of fields") }
        guard reader.remaining % 2 == 0, count == reader.remaining / 2 else { throw .wrongArity(command: call.name) }
    }

    private mutating func takeExistence(_ reader: inout ArgumentReader) throws(CommandError) -> Bool {
        if reader.take("fnx") {
            try FieldSetOptions.choose(.missing, &fields, "ERR Only one of FXX or FNX arguments can be specified")
        } else if reader.take("fxx") {
            try FieldSetOptions.choose(.present, &fields, "ERR Only one of FXX or FNX arguments can be specified")
        } else if reader.take("nx") {
            try FieldSetOptions.choose(.missing, &key, "ERR Only one of NX or XX arguments can be specified")
        } else if reader.take("xx") {
            try FieldSetOptions.choose(.present, &key, "ERR Only one of NX or XX arguments can be specified")
        } else {
            return false
        }
        return true
    }

    private static func choose(
        _ wanted: Existence, _ existence: inout Existence, _ refusal: StaticString
    ) throws(CommandError) {
        guard existence == .any else { throw .message(refusal) }
        existence = wanted
    }

    private mutating func takeExpiry(_ reader: inout ArgumentReader, _ call: Call) throws(CommandError) -> Bool {
        let word = call.arguments[reader.position]
        let unit = ExpiryOption.Choice(word: word)
        guard unit != nil || word.equals(ignoringCase: "keepttl") else { return false }
        guard !hasExpiry else {
            throw .message("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified")
        }
        hasExpiry = true
        _ = try reader.next()
        guard let unit else {
            expiry = .keep
            return true
        }
        guard !reader.isAtEnd else { throw .message("ERR missing expire time") }
        expiry = .at(try call.fieldExpiryTime(try reader.next(), unit))
        return true
    }

    func allow(_ call: Call, _ entry: Entry?) -> Bool {
        switch key {
        case .any: break
        case .missing: if entry != nil { return false }
        case .present: if entry == nil { return false }
        }
        guard fields != .any else { return true }
        let hash = entry?.view(as: HashValue.self)
        for index in stride(from: first, to: call.arguments.count, by: 2) {
            if (hash?.find(call.arguments[index]) != nil) != (fields == .present) { return false }
        }
        return true
    }
}

private func hsetex(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.entry(key, of: HashValue.self)
    let options = try FieldSetOptions(call)
    guard options.allow(call, entry) else { return call.reply.integer(0) }
    if case .at(let time) = options.expiry, call.hasPassed(time) {
        setPassing(&call, key, entry, from: options.first)
    } else {
        setFields(call, key, entry, options)
        recordFields(&call, options)
    }
    call.reply.integer(1)
}

private func setFields(_ call: Call, _ key: Key, _ entry: Entry?, _ options: FieldSetOptions) {
    let arguments = call.arguments
    let limits = call.limits
    var keepsExpiry = false
    if case .keep = options.expiry { keepsExpiry = true }
    call.editHash(key, entry, event: .hset) { hash in
        for index in stride(from: options.first, to: arguments.count, by: 2) {
            hash.set(arguments[index], arguments[index + 1], keepsExpiry: keepsExpiry, limits)
            if case .at(let time) = options.expiry { hash.setExpiry(arguments[index], time, limits) }
        }
        return ((), (arguments.count - options.first) / 2)
    }
    let fields = stride(from: options.first, to: arguments.count, by: 2)
    call.nameFields(.hset, fields)
    guard case .at = options.expiry else { return }
    call.keyspace.notify(.hexpire, key.bytes, call.database)
    call.nameFields(.hexpire, fields)
}

/// Fields whose time has come as soon as they are set are not there afterwards. The events are those of setting and
/// removing.
private func setPassing(_ call: inout Call, _ key: Key, _ entry: Entry?, from first: Int) {
    let arguments = call.arguments
    call.recordNothing()
    let indices = stride(from: first, to: arguments.count, by: 2)
    call.keyspace.notify(.hset, key.bytes, call.database)
    call.nameFields(.hset, indices)
    guard let entry else {
        call.keyspace.notify(.hdel, key.bytes, call.database)
        call.nameFields(.hdel, indices)
        return call.keyspace.notify(.del, key.bytes, call.database)
    }
    let changed = call.editHash(key, entry, event: .hdel) { hash in
        let changed = indices.filter { hash.remove(arguments[$0]) }
        return (changed, changed.count)
    }
    if changed.isEmpty { call.keyspace.notify(.hdel, key.bytes, call.database) }
    call.nameFields(.hdel, indices)
    call.recordFields(changed, .removal)
}

/// Records `HSET`, or `HSETEX` with a time or KEEPTTL.
private func recordFields(_ call: inout Call, _ options: FieldSetOptions) {
    let arguments = call.arguments
    let count = arguments.count - options.first
    let more =
        switch options.expiry {
        case .clear: 0
        case .keep: 3
        case .at: 4
        }
    call.recordEffect(2 + more + count) { effect in
        effect.append(more == 0 ? "HSET" : "HSETEX")
        effect.append(arguments[1])
        switch options.expiry {
        case .clear: break
        case .keep: effect.append("KEEPTTL")
        case .at(let time):
            effect.append("PXAT")
            effect.append(time)
        }
        if more > 0 {
            effect.append("FIELDS")
            effect.append(Int64(count / 2))
        }
        for index in options.first..<arguments.count { effect.append(arguments[index]) }
    }
}
