import Primitives
import RESP
import Storage
import Structures

private let conditions = "[NX|XX|GT|LT] FIELDS numfields field [field ...]"

let fieldExpiryCommands: [Command] = [
    Command(
        "hexpire", .hash, since: "7.4.0", arity: -6, [.write, .fast], keys: [.key(1, [.readWrite, .update])],
        syntax: "key seconds \(conditions)", complexity: "O(N) with N fields.",
        summary: "Lets fields of a hash expire after a number of seconds.", run: hexpire),
    Command(
        "hpexpire", .hash, since: "7.4.0", arity: -6, [.write, .fast], keys: [.key(1, [.readWrite, .update])],
        syntax: "key milliseconds \(conditions)", complexity: "O(N) with N fields.",
        summary: "Lets fields of a hash expire after a number of milliseconds.", run: hpexpire),
    Command(
        "hexpireat", .hash, since: "7.4.0", arity: -6, [.write, .fast], keys: [.key(1, [.readWrite, .update])],
        syntax: "key unix-time-seconds \(conditions)", complexity: "O(N) with N fields.",
        summary: "Lets fields of a hash expire at a time in seconds since 1970.", run: hexpireat),
    Command(
        "hpexpireat", .hash, since: "7.4.0", arity: -6, [.write, .fast], keys: [.key(1, [.readWrite, .update])],
        syntax: "key unix-time-milliseconds \(conditions)", complexity: "O(N) with N fields.",
        summary: "Lets fields of a hash expire at a time in milliseconds since 1970.", run: hpexpireat),
    Command(
        "hpersist", .hash, since: "7.4.0", arity: -5, [.write, .fast], keys: [.key(1, [.readWrite, .update])],
        syntax: "key FIELDS numfields field [field ...]", complexity: "O(N) with N fields.",
        summary: "Lets fields of a hash live on without an expiry.", run: hpersist),
    Command(
        "httl", .hash, since: "7.4.0", arity: -5, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key FIELDS numfields field [field ...]", complexity: "O(N) with N fields.",
        summary: "Tells in how many seconds fields expire: -1 for never, -2 where there is no such field.", run: httl),
    Command(
        "hpttl", .hash, since: "7.4.0", arity: -5, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key FIELDS numfields field [field ...]", complexity: "O(N) with N fields.",
        summary: "Tells in how many milliseconds fields expire: -1 for never, -2 where there is no such field.",
        run: hpttl),
    Command(
        "hexpiretime", .hash, since: "7.4.0", arity: -5, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key FIELDS numfields field [field ...]", complexity: "O(N) with N fields.",
        summary: "Tells when fields expire, in seconds since 1970: -1 for never, -2 where there is no such field.",
        run: hexpiretime),
    Command(
        "hpexpiretime", .hash, since: "7.4.0", arity: -5, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key FIELDS numfields field [field ...]", complexity: "O(N) with N fields.",
        summary: "Tells when fields expire, in milliseconds since 1970: -1 for never, -2 where there is no such field.",
        run: hpexpiretime),
]

// MARK: Setting

private func hexpire(_ call: inout Call) throws(CommandError) { try setExpiry(&call, .seconds) }

private func hpexpire(_ call: inout Call) throws(CommandError) { try setExpiry(&call, .milliseconds) }

private func hexpireat(_ call: inout Call) throws(CommandError) { try setExpiry(&call, .unixSeconds) }

private func hpexpireat(_ call: inout Call) throws(CommandError) { try setExpiry(&call, .unixMilliseconds) }

private func setExpiry(_ call: inout Call, _ unit: ExpiryOption.Choice) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.entry(key, of: HashValue.self)
    let time = try call.fieldExpiryTime(call.arguments[2], unit)
    let condition = ExpiryCondition(word: call.arguments[3])
    let fields = try call.fields(
        from: condition == nil ? 3 : 4, orElse: "ERR Parameter `numFields` should be greater than 0")
    guard let entry else { return call.reply.missingFields(fields.count) }
    let removes = call.hasPassed(time)
    let changed = call.changeFields(key, entry, fields, event: removes ? .hdel : .hexpire) { hash, field, reply in
        guard let found = hash.find(field) else { return reply.refusal(-2) }
        guard (condition ?? []).allows(time, instead: found.expiry) else { return reply.refusal(0) }
        if removes { hash.remove(field) } else { hash.setExpiry(field, time, call.limits) }
        reply.integer(removes ? 2 : 1)
        return true
    }
    call.recordFields(changed, removes ? .removal : .time(time))
}

private func hpersist(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.entry(key, of: HashValue.self)
    let fields = try call.fields(from: 2)
    guard let entry else { return call.reply.missingFields(fields.count) }
    let changed = call.changeFields(key, entry, fields, event: .hpersist) { hash, field, reply in
        guard let found = hash.find(field) else { return reply.refusal(-2) }
        guard found.expiry != nil else { return reply.refusal(-1) }
        hash.setExpiry(field, nil, call.limits)
        reply.integer(1)
        return true
    }
    call.recordFields(changed, .persistence)
}

extension ReplyWriter {
    /// The code for a field that was not changed.
    fileprivate mutating func refusal(_ code: Int) -> Bool {
        integer(code)
        return false
    }

    /// What commands about the expiry of fields say of each field of a hash that is not there.
    fileprivate mutating func missingFields(_ count: Int) {
        array(count)
        for _ in 0..<count { integer(-2) }
    }
}

// MARK: Asking

private func httl(_ call: inout Call) throws(CommandError) {
    let now = call.keyspace.now
    try answerExpiries(call) { (max(0, $0 - now) + 999) / 1000 }
}

private func hpttl(_ call: inout Call) throws(CommandError) {
    let now = call.keyspace.now
    try answerExpiries(call) { max(0, $0 - now) }
}

private func hexpiretime(_ call: inout Call) throws(CommandError) { try answerExpiries(call) { ($0 + 999) / 1000 } }

private func hpexpiretime(_ call: inout Call) throws(CommandError) { try answerExpiries(call) { $0 } }

private func answerExpiries(_ call: Call, _ value: (Int64) -> Int64) throws(CommandError) {
    let hash = try call.readHash(call.key(1))
    let fields = try call.fields(from: 2)
    guard let hash else { return call.reply.missingFields(fields.count) }
    call.reply.array(fields.count)
    for index in fields {
        guard let field = hash.find(call.arguments[index]) else {
            call.reply.integer(-2)
            continue
        }
        call.reply.integer(field.expiry.map(value) ?? -1)
    }
}

// MARK: Arguments

extension ExpiryCondition {
    /// The condition that a word names; nil for any other.
    init?(word: Bytes) {
        if word.equals(ignoringCase: "nx") {
            self = .none
        } else if word.equals(ignoringCase: "xx") {
            self = .some
        } else if word.equals(ignoringCase: "gt") {
            self = .later
        } else if word.equals(ignoringCase: "lt") {
            self = .earlier
        } else {
            return nil
        }
    }
}

extension Call {
    /// The latest time when a field can expire, in milliseconds since 1970.
    private static var latestFieldExpiry: Int64 { 1 << 46 - 1 }

    /// The time, in milliseconds since 1970, that the number of a command on fields means.
    func fieldExpiryTime(_ number: Bytes, _ unit: ExpiryOption.Choice) throws(CommandError) -> Int64 {
        guard let value = number.integer else { throw .notInteger }
        guard value >= 0 else { throw .message("ERR invalid expire time, must be >= 0") }
        let isInSeconds = unit == .seconds || unit == .unixSeconds
        let isRelative = unit == .seconds || unit == .milliseconds
        let (milliseconds, overflowed) = value.multipliedReportingOverflow(by: isInSeconds ? 1000 : 1)
        let (time, carried) = milliseconds.addingReportingOverflow(isRelative ? keyspace.now : 0)
        guard !overflowed, !carried, time <= Call.latestFieldExpiry else { throw .notPositiveExpiry(command: name) }
        return time
    }

    /// The indices of the fields that `FIELDS numfields` at `position` announces, up to the last argument.
    func fields(
        from position: Int, orElse refusal: StaticString = "ERR Number of fields must be a positive integer"
    ) throws(CommandError) -> Range<Int> {
        guard position + 1 < arguments.count, arguments[position].equals(ignoringCase: "fields") else {
            throw .message("ERR Mandatory argument FIELDS is missing or not at the right position")
        }
        guard let count = arguments[position + 1].integer, count > 0 else { throw .message(refusal) }
        guard count == arguments.count - position - 2 else {
            throw .message("ERR The `numfields` parameter must match the number of arguments")
        }
        return position + 2..<arguments.count
    }
}

// MARK: Changing

/// What the effect of a command on the expiry of fields says.
enum FieldEffect {
    case removal
    case time(Int64)
    case persistence
}

extension Call {
    /// Writes an array with what `change` says of each field, and lets it change the hash; it returns whether it has.
    /// Returns the indices of the fields that have changed.
    func changeFields(
        _ key: Key, _ entry: Entry, _ fields: Range<Int>, event: KeyspaceEvent,
        _ change: (inout HashValue, Bytes, inout ReplyWriter) -> Bool
    ) -> [Int] {
        reply.array(fields.count)
        let changed = editHash(key, entry, event: event) { hash in
            var changed: [Int] = []
            for index in fields where change(&hash, arguments[index], &reply) { changed.append(index) }
            return (changed, changed.count)
        }
        if !changed.isEmpty { nameFields(event, changed) }
        return changed
    }

    /// Records what became of the fields with these indices: `HDEL`, `HPEXPIREAT` or `HPERSIST`.
    mutating func recordFields(_ changed: [Int], _ kind: FieldEffect) {
        recordNothing()
        if changed.isEmpty { return }
        let arguments = self.arguments
        switch kind {
        case .removal:
            recordEffect(2 + changed.count) { effect in
                effect.append("HDEL")
                effect.append(arguments[1])
                for index in changed { effect.append(arguments[index]) }
            }
        case .time(let time): recordFields(changed, "HPEXPIREAT", time)
        case .persistence: recordFields(changed, "HPERSIST", nil)
        }
    }

    private mutating func recordFields(_ changed: [Int], _ name: StaticString, _ time: Int64?) {
        let arguments = self.arguments
        recordEffect((time == nil ? 4 : 5) + changed.count) { effect in
            effect.append(name)
            effect.append(arguments[1])
            if let time { effect.append(time) }
            effect.append("FIELDS")
            effect.append(Int64(changed.count))
            for index in changed { effect.append(arguments[index]) }
        }
    }
}
