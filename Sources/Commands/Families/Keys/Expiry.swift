import Primitives
import RESP
import Storage

private let conditions = "[NX|XX|GT|LT]"

let expiryCommands: [Command] = [
    Command(
        "expire", .generic, since: "1.0.0", arity: -3, [.write, .fast], [.keyspace],
        keys: [.key(1, [.readWrite, .update])], syntax: "key seconds \(conditions)", complexity: "O(1)",
        summary: "Lets a key expire after a number of seconds.", run: expire),
    Command(
        "pexpire", .generic, since: "2.6.0", arity: -3, [.write, .fast], [.keyspace],
        keys: [.key(1, [.readWrite, .update])], syntax: "key milliseconds \(conditions)", complexity: "O(1)",
        summary: "Lets a key expire after a number of milliseconds.", run: pexpire),
    Command(
        "expireat", .generic, since: "1.2.0", arity: -3, [.write, .fast], [.keyspace],
        keys: [.key(1, [.readWrite, .update])], syntax: "key unix-time-seconds \(conditions)", complexity: "O(1)",
        summary: "Lets a key expire at a time in seconds since 1970.", run: expireat),
    Command(
        "pexpireat", .generic, since: "2.6.0", arity: -3, [.write, .fast], [.keyspace],
        keys: [.key(1, [.readWrite, .update])], syntax: "key unix-time-milliseconds \(conditions)", complexity: "O(1)",
        summary: "Lets a key expire at a time in milliseconds since 1970.", run: pexpireat),
    Command(
        "ttl", .generic, since: "1.0.0", arity: 2, [.readonly, .fast], [.keyspace],
        keys: [.key(1, [.readOnly, .access])], syntax: "key", complexity: "O(1)",
        summary: "Tells in how many seconds a key expires: -1 for never, -2 where there is no such key.",
        tips: ["nondeterministic_output"], run: ttl),
    Command(
        "pttl", .generic, since: "2.6.0", arity: 2, [.readonly, .fast], [.keyspace],
        keys: [.key(1, [.readOnly, .access])], syntax: "key", complexity: "O(1)",
        summary: "Tells in how many milliseconds a key expires: -1 for never, -2 where there is no such key.",
        tips: ["nondeterministic_output"], run: pttl),
    Command(
        "expiretime", .generic, since: "7.0.0", arity: 2, [.readonly, .fast], [.keyspace],
        keys: [.key(1, [.readOnly, .access])], syntax: "key", complexity: "O(1)",
        summary: "Tells when a key expires, in seconds since 1970: -1 for never, -2 where there is no such key.",
        run: expiretime),
    Command(
        "pexpiretime", .generic, since: "7.0.0", arity: 2, [.readonly, .fast], [.keyspace],
        keys: [.key(1, [.readOnly, .access])], syntax: "key", complexity: "O(1)",
        summary: "Tells when a key expires, in milliseconds since 1970: -1 for never, -2 where there is no such key.",
        run: pexpiretime),
    Command(
        "persist", .generic, since: "2.2.0", arity: 2, [.write, .fast], [.keyspace],
        keys: [.key(1, [.readWrite, .update])], syntax: "key", complexity: "O(1)",
        summary: "Lets a key live on without an expiry.", run: persist),
]

private func expire(_ call: inout Call) throws(CommandError) {
    try setExpiry(&call, unit: 1000, from: call.keyspace.now)
}

private func pexpire(_ call: inout Call) throws(CommandError) { try setExpiry(&call, unit: 1, from: call.keyspace.now) }

private func expireat(_ call: inout Call) throws(CommandError) { try setExpiry(&call, unit: 1000, from: 0) }

private func pexpireat(_ call: inout Call) throws(CommandError) { try setExpiry(&call, unit: 1, from: 0) }

/// - Parameters:
///   - unit: milliseconds of one unit of the argument.
///   - base: what the argument counts from.
private func setExpiry(_ call: inout Call, unit: Int64, from base: Int64) throws(CommandError) {
    let condition = try ExpiryCondition(call.options(from: 3))
    let time = try expiryTime(call, unit: unit, from: base)
    let key = call.key(1)
    guard let entry = call.keyspace.entry(key, call.database), condition.allows(time, instead: entry.expiry) else {
        return call.reply.integer(0)
    }
    if time <= call.keyspace.now, call.keyspace.expiryMode == .remove {
        call.keyspace.remove(key, call.database)
        call.recordRemoval(key.bytes)
    } else {
        call.keyspace.setExpiry(key, time, call.database)
        call.recordExpiry(key.bytes, time)
    }
    call.reply.integer(1)
}

private func expiryTime(_ call: Call, unit: Int64, from base: Int64) throws(CommandError) -> Int64 {
    let (scaled, overflowed) = try call.integer(2).multipliedReportingOverflow(by: unit)
    let (time, carried) = scaled.addingReportingOverflow(base)
    if overflowed || carried { throw .notPositiveExpiry(command: call.name) }
    return time
}

/// Under which circumstances a new expiry takes the place of an old one.
struct ExpiryCondition: OptionSet {
    let rawValue: UInt8
    /// There was none.
    static let none = ExpiryCondition(rawValue: 1)
    /// There was one.
    static let some = ExpiryCondition(rawValue: 2)
    /// It is later; none counts as never.
    static let later = ExpiryCondition(rawValue: 4)
    /// It is earlier.
    static let earlier = ExpiryCondition(rawValue: 8)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ reader: ArgumentReader) throws(CommandError) {
        var options = reader
        self = []
        while !options.isAtEnd { insert(try ExpiryCondition.next(&options)) }
        if contains(.none), self != .none {
            throw .message("ERR NX and XX, GT or LT options at the same time are not compatible")
        }
        if isSuperset(of: [.later, .earlier]) {
            throw .message("ERR GT and LT options at the same time are not compatible")
        }
    }

    private static func next(_ options: inout ArgumentReader) throws(CommandError) -> ExpiryCondition {
        if options.take("nx") { return .none }
        if options.take("xx") { return .some }
        if options.take("gt") { return .later }
        if options.take("lt") { return .earlier }
        throw .text("ERR Unsupported option \(try options.next().echoed())")
    }

    /// Whether `time` may take the place of `old`.
    func allows(_ time: Int64, instead old: Int64?) -> Bool {
        if contains(.none), old != nil { return false }
        if contains(.some), old == nil { return false }
        if contains(.later), time <= old ?? .max { return false }
        if contains(.earlier), let old, time >= old { return false }
        return true
    }
}

// MARK: Asking

private func ttl(_ call: inout Call) throws(CommandError) {
    answerExpiry(call) { seconds($0 &- call.keyspace.now) }
}

private func pttl(_ call: inout Call) throws(CommandError) { answerExpiry(call) { $0 &- call.keyspace.now } }

private func expiretime(_ call: inout Call) throws(CommandError) { answerExpiry(call, seconds) }

private func pexpiretime(_ call: inout Call) throws(CommandError) { answerExpiry(call) { $0 } }

/// Rounded to the nearest second.
private func seconds(_ milliseconds: Int64) -> Int64 { milliseconds / 1000 + (milliseconds % 1000 >= 500 ? 1 : 0) }

private func answerExpiry(_ call: Call, _ value: (Int64) -> Int64) {
    guard let entry = call.readQuietly(call.key(1)) else { return call.reply.integer(-2) }
    guard let time = entry.expiry else { return call.reply.integer(-1) }
    call.reply.integer(max(0, value(time)))
}

private func persist(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    guard let entry = call.keyspace.entry(key, call.database), entry.hasExpiry else { return call.reply.integer(0) }
    call.keyspace.setExpiry(key, nil, call.database)
    call.reply.integer(1)
}
