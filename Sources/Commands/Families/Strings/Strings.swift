import Primitives
import RESP
import Storage

/// The commands of the group `string`.
let stringCommands: [Command] =
    singleStringCommands + conditionalStringCommands + multipleStringCommands + stringRangeCommands + counterCommands
    + boundedCounterCommands + subsequenceCommands

private let singleStringCommands: [Command] = [
    Command(
        "get", .string, since: "1.0.0", arity: 2, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key",
        complexity: "O(1)", summary: "Returns the string of a key.", run: get),
    Command(
        "set", .string, since: "1.0.0", arity: -3, [.write, .denyoom],
        keys: [.key(1, [.readWrite, .access, .update, .variableFlags])],
        syntax: """
            key value [NX|XX|IFEQ ifeq-value|IFNE ifne-value|IFDEQ ifdeq-digest|IFDNE ifdne-digest] [GET] \
            [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|KEEPTTL]
            """,
        complexity: "O(1)", summary: "Sets the string of a key, whatever it held, on a condition if there is one.",
        run: set),
    Command(
        "setnx", .string, since: "1.0.0", arity: 3, [.write, .denyoom, .fast], keys: [.key(1, [.overwrite, .insert])],
        syntax: "key value", complexity: "O(1)", summary: "Sets the string of a key that does not exist.",
        deprecated: .init(since: "2.6.12", replacement: "`SET` with the `NX` argument"), run: setnx),
    Command(
        "setex", .string, since: "2.0.0", arity: 4, [.write, .denyoom], keys: [.key(1, [.overwrite, .update])],
        syntax: "key seconds value", complexity: "O(1)",
        summary: "Sets the string of a key and when it expires, in seconds.",
        deprecated: .init(since: "2.6.12", replacement: "`SET` with the `EX` argument"), run: setex),
    Command(
        "psetex", .string, since: "2.6.0", arity: 4, [.write, .denyoom], keys: [.key(1, [.overwrite, .update])],
        syntax: "key milliseconds value", complexity: "O(1)",
        summary: "Sets the string of a key and when it expires, in milliseconds.",
        deprecated: .init(since: "2.6.12", replacement: "`SET` with the `PX` argument"), run: psetex),
    Command(
        "getset", .string, since: "1.0.0", arity: 3, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .access, .update])], syntax: "key value", complexity: "O(1)",
        summary: "Sets the string of a key and returns the one before.",
        deprecated: .init(since: "6.2.0", replacement: "`SET` with the `GET` argument"), run: getset),
    Command(
        "getdel", .string, since: "6.2.0", arity: 2, [.write, .fast], keys: [.key(1, [.readWrite, .access, .delete])],
        syntax: "key", complexity: "O(1)", summary: "Returns the string of a key and deletes the key.", run: getdel),
    Command(
        "getex", .string, since: "6.2.0", arity: -2, [.write, .fast], keys: [.key(1, [.readWrite, .access, .update])],
        syntax: """
            key [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|PERSIST]
            """,
        complexity: "O(1)", summary: "Returns the string of a key and sets, or takes away, when it expires.", run: getex
    ),
]

private func get(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.readString(call.key(1)) else { return call.reply.null() }
    call.reply.string(of: entry)
}

// MARK: SET

private func set(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count == 3 else { return try setWithOptions(&call) }
    call.set(call.key(1), StringValue(call.arguments[2]), expiry: .clear)
    call.reply.ok()
}

/// What follows `SET key value`.
private struct SetOptions {
    enum Condition {
        case none, isMissing, isPresent
        case value(ValueCondition)
    }

    var condition = Condition.none
    var returnsOldValue = false
    var expiry = ExpiryOption()

    init(_ reader: ArgumentReader) throws(CommandError) {
        var reader = reader
        while !reader.isAtEnd {
            if reader.take("get") {
                returnsOldValue = true
            } else if reader.take("keepttl") {
                try expiry.choose(.keep)
            } else if try !takeCondition(&reader), try !expiry.take(&reader) {
                throw .syntax
            }
        }
    }

    private mutating func takeCondition(_ reader: inout ArgumentReader) throws(CommandError) -> Bool {
        if reader.take("nx") {
            if case .none = condition { condition = .isMissing }
            guard case .isMissing = condition else { throw .syntax }
        } else if reader.take("xx") {
            if case .none = condition { condition = .isPresent }
            guard case .isPresent = condition else { throw .syntax }
        } else {
            guard let wanted = try ValueCondition.take(&reader) else { return false }
            guard case .none = condition else { throw .syntax }
            condition = .value(wanted)
        }
        return true
    }

    /// What the key holds now, as far as the options need to know.
    func current(_ call: Call, _ key: Key) throws(CommandError) -> Entry? {
        if returnsOldValue { return try call.readString(key) }
        switch condition {
        case .none: return nil
        case .isMissing, .isPresent: return call.keyspace.entry(key, call.database)
        case .value: return try call.string(key)
        }
    }

    func isMet(by entry: Entry?) -> Bool {
        switch condition {
        case .none: true
        case .isMissing: entry == nil
        case .isPresent: entry != nil
        case .value(let wanted): wanted.isMet(by: entry)
        }
    }
}

private func setWithOptions(_ call: inout Call) throws(CommandError) {
    let options = try SetOptions(call.options(from: 3))
    let expiry = try options.expiry.change(call, otherwise: .clear)
    let key = call.key(1)
    call.recordNothing()
    let entry = try options.current(call, key)
    let isMet = options.isMet(by: entry)
    if options.returnsOldValue {
        call.reply.string(of: entry)
    } else {
        isMet ? call.reply.ok() : call.reply.null()
    }
    if isMet { call.assign(key, StringValue(call.arguments[2]), expiry) }
}

private func setnx(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    let isMissing = call.keyspace.entry(key, call.database) == nil
    if isMissing { call.set(key, StringValue(call.arguments[2]), expiry: .clear) }
    call.reply.integer(isMissing ? 1 : 0)
}

private func setex(_ call: inout Call) throws(CommandError) { try setExpiring(&call, .seconds) }

private func psetex(_ call: inout Call) throws(CommandError) { try setExpiring(&call, .milliseconds) }

private func setExpiring(_ call: inout Call, _ unit: ExpiryOption.Choice) throws(CommandError) {
    let time = try call.expiryTime(call.arguments[2], unit)
    call.assign(call.key(1), StringValue(call.arguments[3]), .at(time))
    call.reply.ok()
}

// MARK: GET and more

private func getset(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    call.reply.string(of: try call.readString(key))
    call.assign(key, StringValue(call.arguments[2]), .clear)
}

private func getdel(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    call.recordNothing()
    let entry = try call.readString(key)
    call.reply.string(of: entry)
    if entry != nil { call.removeRecorded(key) }
}

private func getex(_ call: inout Call) throws(CommandError) {
    var options = call.options(from: 2)
    var expiry = ExpiryOption()
    while !options.isAtEnd {
        if options.take("persist") {
            try expiry.choose(.persist)
        } else if try !expiry.take(&options) {
            throw .syntax
        }
    }
    call.recordNothing()
    let key = call.key(1)
    guard let entry = try call.readString(key) else { return call.reply.null() }
    let change = try expiry.change(call, otherwise: .keep)
    call.reply.string(of: entry)
    changeExpiry(&call, key, entry, change)
}

private func changeExpiry(_ call: inout Call, _ key: Key, _ entry: Entry, _ change: ExpiryChange) {
    switch change {
    case .keep: return
    case .clear:
        guard entry.hasExpiry else { return }
        call.keyspace.setExpiry(key, nil, call.database)
        call.recordPersist(key.bytes)
    case .at(let time) where call.hasPassed(time): call.removeRecorded(key)
    case .at(let time):
        call.keyspace.setExpiry(key, time, call.database)
        call.recordExpiry(key.bytes, time)
    }
}

extension ReplyWriter {
    /// A bulk string of a string entry.
    @inline(__always)
    mutating func string(of entry: Entry) {
        if entry.encoding == .integer { bulk(entry.integer) } else { bulk(entry.text) }
    }

    /// A bulk string of a string entry, or a null.
    mutating func string(of entry: Entry?) {
        if let entry { string(of: entry) } else { null() }
    }
}
