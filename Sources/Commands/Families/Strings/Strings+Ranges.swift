import Primitives
import RESP
import Storage

let stringRangeCommands: [Command] = [
    Command(
        "append", .string, since: "2.0.0", arity: 3, [.write, .denyoom, .fast], keys: [.key(1, [.readWrite, .insert])],
        syntax: "key value",
        complexity: "O(1), amortized, since room is doubled, where the appended part is short.",
        summary: "Appends to the string of a key and returns the new length.", run: append),
    Command(
        "strlen", .string, since: "2.2.0", arity: 2, [.readonly, .fast], keys: [.key(1, .readOnly)], syntax: "key",
        complexity: "O(1)", summary: "Returns the length of the string of a key.", run: strlen),
    Command(
        "setrange", .string, since: "2.2.0", arity: 4, [.write, .denyoom], keys: [.key(1, [.readWrite, .update])],
        syntax: "key offset value", complexity: "O(1) for a short value, O(M) for one of length M.",
        summary: "Overwrites a part of the string of a key, which grows where that is needed.", run: setrange),
    Command(
        "getrange", .string, since: "2.4.0", arity: 4, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key start end", complexity: "O(N) with N being the length of the part.",
        summary: "Returns a part of the string of a key.", run: getrange),
    Command(
        "substr", .string, since: "1.0.0", arity: 4, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key start end", complexity: "O(N) with N being the length of the part.",
        summary: "Returns a part of the string of a key.", deprecated: .init(since: "2.0.0", replacement: "`GETRANGE`"),
        run: getrange),
]

private func append(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    let addition = call.arguments[2]
    guard let entry = try call.string(key) else {
        call.set(key, StringValue(addition), expiry: .clear, event: .append)
        return call.reply.integer(addition.count)
    }
    let oldCount = entry.stringCount
    let count = try call.length(oldCount, plus: addition.count)
    call.keyspace.edit(key, count: count, call.database, event: .append) { bytes in
        addition.buffer.copyBytes(to: bytes, at: oldCount)
    }
    call.reply.integer(count)
}

private func strlen(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.readString(call.key(1))?.stringCount ?? 0)
}

private func setrange(_ call: inout Call) throws(CommandError) {
    let offset = try call.integer(2)
    if offset < 0 { throw .message("ERR offset is out of range") }
    let key = call.key(1)
    let part = call.arguments[3]
    let oldCount = try call.string(key)?.stringCount ?? 0
    if part.isEmpty { return call.reply.integer(oldCount) }
    let count = max(oldCount, try call.length(Int(offset), plus: part.count))
    call.keyspace.edit(key, count: count, call.database, event: .setrange) { bytes in
        part.buffer.copyBytes(to: bytes, at: Int(offset))
    }
    call.reply.integer(count)
}

private func getrange(_ call: inout Call) throws(CommandError) {
    let start = try call.integer(2)
    let end = try call.integer(3)
    guard let entry = try call.readString(call.key(1)) else { return call.reply.bulk(Bytes.empty) }
    if isEmptyRange(start, end) { return call.reply.bulk(Bytes.empty) }
    entry.withString { text in
        call.reply.bulk(text[indices(from: start, through: end, of: text.count)])
    }
}

/// Whether a range ends before it begins, both counted from the end. It would be the first element where both lie
/// before that; the reference looks at this first, except in BITPOS.
func isEmptyRange(_ start: Int64, _ end: Int64) -> Bool { start < 0 && end < 0 && start > end }

/// The indices from `start` through `end`, both from the end where they are negative, that lie among `count` elements.
func indices(from start: Int64, through end: Int64, of count: Int) -> Range<Int> {
    let first = start < 0 ? max(0, start + Int64(count)) : start
    let last = min(end < 0 ? max(0, end + Int64(count)) : end, Int64(count) - 1)
    return first <= last ? Int(first)..<Int(last) + 1 : 0..<0
}

extension Call {
    /// The sum of two lengths; an error where no string may be that long.
    func length(_ count: Int, plus addition: Int) throws(CommandError) -> Int {
        let (sum, overflowed) = count.addingReportingOverflow(addition)
        if overflowed || sum > node.limits.longestBulk { throw .stringTooLong }
        return sum
    }
}

extension UnsafeRawBufferPointer {
    /// Copies all bytes to where `target` has room for them.
    fileprivate func copyBytes(to target: UnsafeMutableRawBufferPointer, at offset: Int) {
        UnsafeMutableRawBufferPointer(rebasing: target[offset..<offset + count]).copyMemory(from: self)
    }
}
