import Primitives
import RESP
import Storage

let boundedCounterCommands: [Command] = [
    Command(
        "increx", .string, since: "8.8.0", arity: -2, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .access, .update])],
        syntax: """
            key [BYFLOAT float|BYINT integer] [SATURATE] [LBOUND lowerbound] [UBOUND upperbound] \
            [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|PERSIST] [ENX]
            """,
        complexity: "O(1)",
        summary: "Adds to the number of a key within bounds, sets its expiry, and returns both numbers.",
        run: increx)
]

/// What follows `INCREX key`. No option may come twice.
private struct BoundedIncrement {
    var increment: Bytes?
    var isFloat = false
    var saturates = false
    var lowerBound: Bytes?
    var upperBound: Bytes?
    var expiry = ExpiryOption()
    /// Whether an expiry that is there stays.
    var keepsExpiry = false

    init(_ reader: ArgumentReader) throws(CommandError) {
        var reader = reader
        while !reader.isAtEnd {
            if try takeNumber(&reader) { continue }
            if try takeFlag(&reader) { continue }
            guard expiry.choice == nil, try expiry.take(&reader) else { throw .syntax }
        }
        if keepsExpiry, expiry.choice == .persist { throw .syntax }
        if keepsExpiry, !expiry.isTime { throw .message("ERR ENX flag requires an expiration") }
    }

    private mutating func takeNumber(_ reader: inout ArgumentReader) throws(CommandError) -> Bool {
        if increment == nil, reader.take("byint") {
            increment = try reader.next()
        } else if increment == nil, reader.take("byfloat") {
            increment = try reader.next()
            isFloat = true
        } else if lowerBound == nil, reader.take("lbound") {
            lowerBound = try reader.next()
        } else if upperBound == nil, reader.take("ubound") {
            upperBound = try reader.next()
        } else {
            return false
        }
        return true
    }

    private mutating func takeFlag(_ reader: inout ArgumentReader) throws(CommandError) -> Bool {
        if !saturates, reader.take("saturate") {
            saturates = true
        } else if !keepsExpiry, reader.take("enx") {
            keepsExpiry = true
        } else if expiry.choice == nil, reader.take("persist") {
            try expiry.choose(.persist)
        } else {
            return false
        }
        return true
    }

    /// What becomes of the expiry of a key with, or without, one.
    func change(_ call: Call, _ entry: Entry?, _ change: ExpiryChange) -> ExpiryChange {
        keepsExpiry && entry?.hasExpiry == true ? .keep : change
    }
}

private func increx(_ call: inout Call) throws(CommandError) {
    call.recordNothing()
    let options = try BoundedIncrement(call.options(from: 2))
    if options.isFloat { try increaseFloat(&call, options) } else { try increaseInteger(&call, options) }
}

/// Puts the new number in its place.
private func store(
    _ call: inout Call, _ entry: Entry?, _ value: StringValue, _ expiry: ExpiryChange, _ event: KeyspaceEvent
) {
    let hadExpiry = entry?.hasExpiry == true
    call.assign(call.key(1), value, expiry, event: event)
    if hadExpiry, case .clear = expiry { call.keyspace.notify(.persist, call.arguments[1], call.database) }
}

// MARK: Integers

private func increaseInteger(_ call: inout Call, _ options: BoundedIncrement) throws(CommandError) {
    let increment = try integer(options.increment, "Increment") ?? 1
    let lower = try integer(options.lowerBound, "LBOUND") ?? .min
    let upper = try integer(options.upperBound, "UBOUND") ?? .max
    if lower > upper { throw .message("ERR LBOUND can't be greater than UBOUND") }
    let change = try options.expiry.change(call, otherwise: .keep)
    let entry = try call.string(call.key(1))
    let old = try entry?.integerValue() ?? 0
    let sum = bounded(old, increment, lower, upper)
    guard sum.isWithin || options.saturates else { return replyIntegers(call, old, 0) }
    store(&call, entry, .integer(sum.value), options.change(call, entry, change), .incrby)
    replyIntegers(call, sum.value, sum.value.subtractingSaturated(old))
}

private func integer(_ text: Bytes?, _ name: String) throws(CommandError) -> Int64? {
    guard let text else { return nil }
    guard let integer = text.integer else { throw .text("ERR \(name) is not an integer or out of range") }
    return integer
}

/// The sum, or the bound that it is beyond.
private func bounded(_ old: Int64, _ increment: Int64, _ lower: Int64, _ upper: Int64) -> (value: Int64, isWithin: Bool)
{
    let (sum, carried) = old.addingReportingOverflow(increment)
    if carried ? increment > 0 : sum > upper { return (upper, false) }
    return carried || sum < lower ? (lower, false) : (sum, true)
}

private func replyIntegers(_ call: Call, _ value: Int64, _ added: Int64) {
    call.reply.array(2)
    call.reply.integer(value)
    call.reply.integer(added)
}

extension Int64 {
    fileprivate func subtractingSaturated(_ other: Int64) -> Int64 {
        let (difference, overflowed) = subtractingReportingOverflow(other)
        return overflowed ? (other < 0 ? .max : .min) : difference
    }
}

// MARK: Floating-point numbers

private func increaseFloat(_ call: inout Call, _ options: BoundedIncrement) throws(CommandError) {
    let increment = try decimal(options.increment, "Increment") ?? DecimalText()
    let lower = try decimal(options.lowerBound, "LBOUND")
    let upper = try decimal(options.upperBound, "UBOUND")
    if let lower, let upper, lower > upper { throw .message("ERR LBOUND can't be greater than UBOUND") }
    let change = try options.expiry.change(call, otherwise: .keep)
    let entry = try call.string(call.key(1))
    var old = DecimalText()
    guard old.add(entry, Bytes("0")) == .done else { throw .notFloat }
    let sum = bounded(old, increment, lower, upper)
    guard let value = sum.value, sum.isWithin || options.saturates else { return replyFloats(call, old, DecimalText()) }
    value.withBytes { store(&call, entry, .bytes($0), options.change(call, entry, change), .incrbyfloat) }
    replyFloats(call, value, value.adding(old.negated) ?? DecimalText())
}

private func decimal(_ text: Bytes?, _ name: String) throws(CommandError) -> DecimalText? {
    guard let text else { return nil }
    var value = DecimalText()
    guard value.add(text, Bytes("0")) == .done else { throw .text("ERR \(name) is not a valid float") }
    return value
}

/// The sum, or the bound that it is beyond; nil where that is infinite.
private func bounded(
    _ old: DecimalText, _ increment: DecimalText, _ lower: DecimalText?, _ upper: DecimalText?
) -> (value: DecimalText?, isWithin: Bool) {
    guard let sum = old.adding(increment) else { return (increment.isNegative ? lower : upper, false) }
    if let upper, sum > upper { return (upper, false) }
    if let lower, lower > sum { return (lower, false) }
    return (sum, true)
}

private func replyFloats(_ call: Call, _ value: DecimalText, _ added: DecimalText) {
    call.reply.array(2)
    replyFloat(call, value)
    replyFloat(call, added)
}

/// A double in RESP3, with all digits; a bulk string in RESP2.
private func replyFloat(_ call: Call, _ value: DecimalText) {
    value.withBytes { text in
        guard call.reply.version == .resp3 else { return call.reply.bulk(text) }
        call.reply.raw(",")
        call.reply.raw(text)
        call.reply.raw("\r\n")
    }
}

extension DecimalText {
    /// The sum; nil where it is infinite.
    fileprivate func adding(_ other: DecimalText) -> DecimalText? {
        var sum = DecimalText()
        let outcome = withBytes { left in other.withBytes { right in sum.add(left, right) } }
        return outcome == .done ? sum : nil
    }

    fileprivate static func > (left: DecimalText, right: DecimalText) -> Bool {
        right.adding(left.negated)?.isNegative ?? false
    }
}
