import Primitives
import RESP
import Storage
import Structures

// Commands on single places of a list, on ranges, and those that search.

let placeCommands: [Command] = [
    Command(
        "llen", .list, since: "1.0.0", arity: 2, [.readonly, .fast], keys: [.key(1, .readOnly)], syntax: "key",
        complexity: "O(1)", summary: "Returns the number of elements of a list.", run: llen),
    Command(
        "lindex", .list, since: "1.0.0", arity: 3, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key index", complexity: "O(log N) with N elements in the list.",
        summary: "Returns the element at an index; negative ones count from the tail.", run: lindex),
    Command(
        "lset", .list, since: "1.0.0", arity: 4, [.write, .denyoom], keys: [.key(1, [.readWrite, .update])],
        syntax: "key index element", complexity: "O(log N) with N elements in the list.",
        summary: "Puts an element in the place of the one at an index.", run: lset),
    Command(
        "linsert", .list, since: "2.2.0", arity: 5, [.write, .denyoom], keys: [.key(1, [.readWrite, .insert])],
        syntax: "key (BEFORE|AFTER) pivot element", complexity: "O(N) with N elements before the pivot.",
        summary: "Puts an element before or behind the first one that equals another.", run: linsert),
]

let rangeCommands: [Command] = [
    Command(
        "lrange", .list, since: "1.0.0", arity: 4, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key start stop", complexity: "O(log N + M) with N elements in the list and M in the range.",
        summary: "Returns the elements from one index to another, both included.", run: lrange),
    Command(
        "ltrim", .list, since: "1.0.0", arity: 4, [.write], keys: [.key(1, [.readWrite, .delete])],
        syntax: "key start stop", complexity: "O(N) with N elements removed, whole pages of them at a time.",
        summary: "Removes all elements but those from one index to another, both included.", run: ltrim),
]

let searchCommands: [Command] = [
    Command(
        "lpos", .list, since: "6.0.6", arity: -3, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
        complexity: "O(N) with N elements looked at.",
        summary: "Returns the index of an element that equals another, or several indices.", run: lpos),
    Command(
        "lrem", .list, since: "1.0.0", arity: 4, [.write], keys: [.key(1, [.readWrite, .delete])],
        syntax: "key count element", complexity: "O(N) with N elements in the list.",
        summary: "Removes elements that equal another: the first ones, the last ones with a negative count, or all.",
        run: lrem),
]

// MARK: Places

private func llen(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.read(call.key(1), as: ListValue.self)?.count ?? 0)
}

/// The index that an argument names in a list of `count` elements; negative before the first one.
private func place(_ index: Int64, count: Int) -> Int { index < 0 ? Int(index) + count : Int(index) }

private func lindex(_ call: inout Call) throws(CommandError) {
    guard let list = try call.read(call.key(1), as: ListValue.self) else { return call.reply.null() }
    let index = place(try call.integer(2), count: list.count)
    if list.withElement(at: index, { call.reply.bulk($0) }) == nil { call.reply.null() }
}

private func lset(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    guard let entry = try call.entry(key, of: ListValue.self) else { throw .noSuchKey }
    let count = entry.view(as: ListValue.self).count
    let index = place(try call.integer(2), count: count)
    guard index >= 0, index < count else { throw .indexOutOfRange }
    let limits = call.limits
    call.edit(key, entry, as: ListValue.self, event: .lset) { list in
        list.replace(at: index, with: call.arguments[3], limits)
        return ((), 1)
    }
    call.reply.ok()
}

private func linsert(_ call: inout Call) throws(CommandError) {
    var options = call.options(from: 2)
    let isAfter = options.take("after")
    guard isAfter || options.take("before") else { throw .syntax }
    let key = call.key(1)
    guard let entry = try call.entry(key, of: ListValue.self) else { return call.reply.integer(0) }
    guard let pivot = entry.view(as: ListValue.self).firstIndex(of: Element(call.arguments[3])) else {
        return call.reply.integer(-1)
    }
    let limits = call.limits
    let length = call.edit(key, entry, as: ListValue.self, event: .linsert) { list in
        list.insert(call.arguments[4], at: pivot + (isAfter ? 1 : 0), limits)
        return (list.count, 1)
    }
    call.reply.integer(length)
}

extension ListValue {
    fileprivate func firstIndex(of element: Element) -> Int? {
        var found: Int?
        forEachMatch(of: element) { index in
            found = index
            return false
        }
        return found
    }
}

// MARK: Ranges

/// The indices from one argument to another, as they are in a list of `count` elements.
private func range(_ start: Int64, _ stop: Int64, count: Int) -> Range<Int> {
    let lower = max(0, place(start, count: count))
    let upper = min(count - 1, place(stop, count: count))
    return lower > upper ? 0..<0 : lower..<upper + 1
}

private func lrange(_ call: inout Call) throws(CommandError) {
    let start = try call.integer(2)
    let stop = try call.integer(3)
    guard let list = try call.read(call.key(1), as: ListValue.self) else { return call.reply.array(0) }
    let range = range(start, stop, count: list.count)
    call.reply.array(range.count)
    call.reply.elements(of: list, from: range.lowerBound, range.count)
}

private func ltrim(_ call: inout Call) throws(CommandError) {
    let start = try call.integer(2)
    let stop = try call.integer(3)
    let key = call.key(1)
    let entry = try call.entry(key, of: ListValue.self)
    call.reply.ok()
    guard let entry else { return }
    let count = entry.view(as: ListValue.self).count
    let kept = range(start, stop, count: count)
    if kept.isEmpty { return call.removeList(key, count, event: .ltrim) }
    // A trim that removes nothing is told of all the same, but has no effect.
    if kept.count == count { return call.keyspace.didChangeCollection(key, call.database, .ltrim, count: 0) }
    let limits = call.limits
    call.edit(key, entry, as: ListValue.self, event: .ltrim) { list in
        list.remove(count - kept.upperBound, at: .tail, limits)
        list.remove(kept.lowerBound, at: .head, limits)
        return ((), count - kept.count)
    }
}

// MARK: Searching

private struct PositionOptions {
    var rank: Int64 = 1
    var count: Int64?
    var most: Int64 = 0

    init(_ reader: ArgumentReader) throws(CommandError) {
        var reader = reader
        while !reader.isAtEnd {
            if let text = try reader.value(after: "rank") {
                rank = try text.symmetricInteger
                if rank == 0 { throw .zeroRank }
            } else if let text = try reader.value(after: "count") {
                count = try text.nonNegative(or: "ERR COUNT can't be negative")
            } else if let text = try reader.value(after: "maxlen") {
                most = try text.nonNegative(or: "ERR MAXLEN can't be negative")
            } else {
                throw .syntax
            }
        }
    }

    /// How many matches are wanted.
    var wanted: Int64 { count == 0 ? .max : count ?? 1 }
}

private func lpos(_ call: inout Call) throws(CommandError) {
    let options = try PositionOptions(call.options(from: 3))
    guard let list = try call.read(call.key(1), as: ListValue.self) else {
        return options.count == nil ? call.reply.null() : call.reply.array(0)
    }
    let element = Element(call.arguments[2])
    if options.count != nil {
        call.reply.deferredArray { reply in
            var found = 0
            list.forEachPosition(of: element, options) { index in
                reply.integer(index)
                found += 1
            }
            return found
        }
    } else {
        var found: Int?
        list.forEachPosition(of: element, options) { found = $0 }
        if let found { call.reply.integer(found) } else { call.reply.null() }
    }
}

extension ListValue {
    /// Shows `body` the indices that LPOS returns.
    fileprivate func forEachPosition(of element: Element, _ options: PositionOptions, _ body: (Int) -> Void) {
        var skipped = options.rank.magnitude - 1
        var wanted = options.wanted
        let most = options.most == 0 ? Int.max : Int(options.most)
        forEachMatch(of: element, from: options.rank > 0 ? .head : .tail, most: most) { index in
            if skipped > 0 {
                skipped -= 1
                return true
            }
            body(index)
            wanted -= 1
            return wanted > 0
        }
    }
}

private func lrem(_ call: inout Call) throws(CommandError) {
    let number = try call.arguments[2].symmetricInteger
    let key = call.key(1)
    guard let entry = try call.entry(key, of: ListValue.self) else { return call.reply.integer(0) }
    let most = number == 0 ? Int.max : Int(number.magnitude)
    let limits = call.limits
    let removed = call.edit(key, entry, as: ListValue.self, event: .lrem) { list in
        let removed = list.removeMatches(of: call.arguments[3], from: number < 0 ? .tail : .head, most: most, limits)
        return (removed, removed)
    }
    call.reply.integer(removed)
}

extension Bytes {
    /// An integer that has an opposite.
    fileprivate var symmetricInteger: Int64 {
        get throws(CommandError) {
            guard let value = integer else { throw .notInteger }
            guard value > .min else { throw .withoutOpposite }
            return value
        }
    }

    fileprivate func nonNegative(or error: StaticString) throws(CommandError) -> Int64 {
        guard let value = integer, value >= 0 else { throw .message(error) }
        return value
    }
}

extension CommandError {
    fileprivate static var zeroRank: CommandError {
        .message(
            """
            ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start \
            from the end of the list
            """)
    }

    fileprivate static var withoutOpposite: CommandError {
        .message("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
    }
}
