import Primitives
import RESP
import Storage

/// Commands on all keys of hash slots. There are slots without a cluster too.
let slotCommands: [Command] = [
    Command(
        "trimslots", .server, since: "8.4.0", arity: -5, [.write], [.keyspace, .dangerous],
        syntax: "RANGES numranges startslot endslot [startslot endslot ...]",
        complexity: "O(N) with N keys in the slots, in all databases.",
        summary: "Removes all keys of some hash slots, from every database.", run: trimSlots),
    Command(
        "sflush", .server, since: "8.0.0", arity: -3, [.write], [.keyspace, .dangerous],
        syntax: "start end [start end ...] [ASYNC|SYNC]", complexity: "O(N) with N keys in the slots.",
        summary: "Removes all keys of some hash slots from the database.", run: flushSlots),
]

private func trimSlots(_ call: inout Call) throws(CommandError) {
    guard call.arguments[1].equals(ignoringCase: "ranges") else { throw .message("ERR missing ranges argument") }
    let pairs = (call.arguments.count - 3).quotientAndRemainder(dividingBy: 2)
    guard pairs.remainder == 0, call.arguments[2].integer == Int64(pairs.quotient) else {
        throw .message("ERR invalid number of ranges")
    }
    let ranges = try slotRanges(call.arguments, 3..<call.arguments.count)
    for range in ranges { call.keyspace.removeKeys(inSlots: range, nil) }
    call.recordNothing()
    call.reply.ok()
}

/// The keys go at once, as the memory of a slot is not its own: ASYNC says that the client does not mind when.
private func flushSlots(_ call: inout Call) throws(CommandError) {
    var end = call.arguments.count
    let last = call.arguments[end - 1]
    if last.equals(ignoringCase: "async") || last.equals(ignoringCase: "sync") { end -= 1 }
    guard end >= 3, end % 2 == 1 else { throw .wrongArity(command: call.name) }
    let ranges = try slotRanges(call.arguments, 1..<end)
    for range in ranges { call.keyspace.removeKeys(inSlots: range, call.database) }
    call.recordNothing()
    writeSlotRanges(ranges, to: &call.reply)
}

private func writeSlotRanges(_ ranges: [ClosedRange<Int>], to reply: inout ReplyWriter) {
    reply.array(ranges.count)
    for range in ranges {
        reply.array(2)
        reply.integer(range.lowerBound)
        reply.integer(range.upperBound)
    }
}

// MARK: Reading slots

/// The slot that an argument names.
func slotNumber(_ bytes: Bytes) throws(CommandError) -> Int {
    guard let number = bytes.integer, number >= 0, number < hashSlotCount else {
        throw .message("ERR Invalid or out of range slot")
    }
    return Int(number)
}

/// The ranges that pairs of arguments name, in order; those that meet are one.
private func slotRanges(_ arguments: Arguments, _ indices: Range<Int>) throws(CommandError) -> [ClosedRange<Int>] {
    var ranges: [ClosedRange<Int>] = []
    for index in stride(from: indices.lowerBound, to: indices.upperBound, by: 2) {
        let start = try slotNumber(arguments[index])
        let end = try slotNumber(arguments[index + 1])
        guard start <= end else {
            throw .text("ERR start slot number \(start) is greater than end slot number \(end)")
        }
        ranges.append(start...end)
    }
    ranges.sort { $0.lowerBound < $1.lowerBound }
    for (range, next) in zip(ranges, ranges.dropFirst()) where next.lowerBound <= range.upperBound {
        throw .text("ERR Slot \(next.lowerBound) specified multiple times")
    }
    return joinedSlotRanges(ranges)
}

/// Ranges in order, without overlap, as few as they can be said with.
func joinedSlotRanges(_ ranges: [ClosedRange<Int>]) -> [ClosedRange<Int>] {
    var joined: [ClosedRange<Int>] = []
    for range in ranges {
        if let last = joined.last, last.upperBound + 1 == range.lowerBound {
            joined[joined.count - 1] = last.lowerBound...range.upperBound
        } else {
            joined.append(range)
        }
    }
    return joined
}
