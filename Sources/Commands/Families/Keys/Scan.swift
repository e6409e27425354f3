import Primitives
import RESP
import Storage

let scanCommands: [Command] = [
    Command(
        "keys", .generic, since: "1.0.0", arity: 2, [.readonly], [.keyspace, .dangerous], syntax: "pattern",
        complexity: "O(N) with N keys in the database.", summary: "Lists all keys that match a pattern.",
        tips: ["request_policy:all_shards", "nondeterministic_output_order"], run: keys),
    Command(
        "scan", .generic, since: "2.8.0", arity: -2, [.readonly], [.keyspace],
        syntax: "cursor [MATCH pattern] [COUNT count] [TYPE type]",
        complexity: "O(1) for a call, O(N) for a whole walk over N keys.",
        summary: "Walks over the keys of the database in portions.",
        tips: ["nondeterministic_output", "request_policy:special", "response_policy:special"], run: scan),
    Command(
        "randomkey", .generic, since: "1.0.0", arity: 1, [.readonly], [.keyspace], complexity: "O(1)",
        summary: "Names a key at random.",
        tips: ["request_policy:all_shards", "response_policy:special", "nondeterministic_output"], run: randomkey),
]

private func keys(_ call: inout Call) throws(CommandError) {
    let pattern = call.arguments[1]
    let keyspace = call.keyspace
    let takesAll = Glob.matchesEverything(pattern)
    guard let database = keyspace.existing(call.database) else { return call.reply.array(0) }
    call.reply.deferredArray { reply in
        var found = 0
        database.forEach { entry in
            guard takesAll || Glob.matches(pattern, entry.key), !keyspace.isHidden(entry),
                !keyspace.isInHiddenSlot(entry)
            else { return }
            reply.bulk(entry.key)
            found += 1
        }
        return found
    }
}

private func randomkey(_ call: inout Call) throws(CommandError) {
    guard let entry = call.keyspace.randomEntry(call.database) else { return call.reply.null() }
    call.reply.bulk(entry.key)
}

private func scan(_ call: inout Call) throws(CommandError) {
    guard let cursor = ScanCursor(text: call.arguments[1]) else { throw .message("ERR invalid cursor") }
    let options = try ScanOptions(call.options(from: 2), takesType: true)
    call.scanKeys(from: cursor, options) { $0.bulk(Int64(bitPattern: $1?.rawValue ?? 0)) }
}

extension Call {
    /// Replies with a portion of the keys of the database from a place on, up to a slot, and with what `writeCursor` makes
    /// of where to go on; that is nowhere with nil.
    func scanKeys(
        from cursor: ScanCursor, lastSlot: Int = hashSlotCount - 1, _ options: ScanOptions,
        writeCursor: (inout ReplyWriter, ScanCursor?) -> Void
    ) {
        var found: [Entry] = []
        var expired: [[UInt8]] = []
        let database = keyspace.existing(database)
        let next = database?.scan(from: cursor, minimum: options.count, lastSlot: lastSlot) { entry in
            if keyspace.isInHiddenSlot(entry) { return }
            if keyspace.isHidden(entry) {
                expired.append(Array(entry.key))
            } else if options.matches(entry) {
                found.append(entry)
            }
        }
        reply.array(2)
        writeCursor(&reply, next)
        reply.array(found.count)
        for entry in found { reply.bulk(entry.key) }
        // The walk itself may not change the table; the entries that were found have been written by now.
        for bytes in expired { bytes.withBytes { _ = keyspace.live(keyspace.key($0), self.database) } }
    }
}

extension Keyspace {
    /// Whether an entry must not be seen because its time has come.
    func isHidden(_ entry: Entry) -> Bool { hasExpired(entry) && expiryMode != .ignore }
}

extension ScanCursor {
    /// A cursor as a client sends it; nil if it is no 64-bit number. The reference reads it with `strtoul`, which takes
    /// nothing for 0 and lets a sign stand before the digits.
    init?(text: Bytes) {
        if text.isEmpty {
            self = .start
            return
        }
        let isSigned = text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+")
        guard let magnitude = (isSigned ? text.dropFirst(1) : text).longUnsignedInteger else { return nil }
        self.init(rawValue: text[0] == UInt8(ascii: "-") ? 0 &- magnitude : magnitude)
    }
}

extension Bytes {
    /// As `unsignedInteger`, with any number of zeros before.
    fileprivate var longUnsignedInteger: UInt64? {
        var start = 0
        while start + 1 < count, self[start] == UInt8(ascii: "0") { start += 1 }
        return dropFirst(start).unsignedInteger
    }
}

/// What a walk over keys or elements shall show, and how much of it at once.
struct ScanOptions {
    /// Elements to be looked at in one call, at least.
    var count = 10
    /// nil for everything.
    var pattern: Bytes?
    var typeName: Bytes?
    /// The only slot to be looked at; nil for all.
    var slot: Int?
    /// Whether elements are shown with their values, or scores.
    var showsValues = true

    /// - Parameters:
    ///   - takesType: whether elements have types to choose from.
    ///   - hasValues: whether elements have values that need not be shown.
    ///   - hasScores: whether they have scores that need not be shown.
    ///   - takesSlot: whether there are slots to choose from.
    init(
        _ reader: ArgumentReader, takesType: Bool, hasValues: Bool = false, hasScores: Bool = false,
        takesSlot: Bool = false
    ) throws(CommandError) {
        var options = reader
        while !options.isAtEnd {
            if let number = try options.integer(after: "count") {
                guard number >= 1 else { throw .syntax }
                count = Int(number)
            } else if let pattern = try options.value(after: "match") {
                self.pattern = Glob.matchesEverything(pattern) ? nil : pattern
            } else if takesType, let name = try options.value(after: "type") {
                guard ValueType.allCases.contains(where: { name.equals(ignoringCase: $0.name) }) else {
                    throw .text("ERR unknown type name '\(name.echoed())'")
                }
                typeName = name
            } else if takesSlot, let number = try options.value(after: "slot") {
                slot = try slotNumber(number)
            } else if options.take("novalues") {
                guard hasValues else { throw .message("ERR NOVALUES option can only be used in HSCAN") }
                showsValues = false
            } else if options.take("noscores") {
                guard hasScores else { throw .message("ERR NOSCORES option can only be used in ZSCAN") }
                showsValues = false
            } else {
                throw .syntax
            }
        }
    }

    func matches(_ entry: Entry) -> Bool {
        if let typeName, !typeName.equals(ignoringCase: entry.type.name) { return false }
        return matches(entry.key)
    }

    func matches(_ name: Bytes) -> Bool {
        guard let pattern else { return true }
        return Glob.matches(pattern, name)
    }
}
