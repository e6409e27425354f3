import Primitives
import RESP
import Storage
import Structures

let streamRangeCommands: [Command] = [
    Command(
        "xrange", .stream, since: "5.0.0", arity: -4, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key start end [COUNT count]", complexity: "O(N) with N entries returned.",
        summary: "Lists the entries of a stream within a range of IDs.", run: xrange),
    Command(
        "xrevrange", .stream, since: "5.0.0", arity: -4, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key end start [COUNT count]", complexity: "O(N) with N entries returned.",
        summary: "Lists the entries of a stream within a range of IDs, the last one first.", run: xrevrange),
]

private func xrange(_ call: inout Call) throws(CommandError) {
    let start = try StreamID(start: call.arguments[2])
    try listRange(&call, start, try StreamID(end: call.arguments[3]), isReversed: false)
}

private func xrevrange(_ call: inout Call) throws(CommandError) {
    let start = try StreamID(start: call.arguments[3])
    try listRange(&call, start, try StreamID(end: call.arguments[2]), isReversed: true)
}

private func listRange(
    _ call: inout Call, _ start: StreamID, _ end: StreamID, isReversed: Bool
) throws(CommandError) {
    var options = call.options(from: 4)
    var count = Int64.max
    while !options.isAtEnd {
        guard let given = try options.integer(after: "count") else { throw .syntax }
        count = max(0, given)
    }
    guard let stream = try call.read(call.key(1), as: StreamValue.self) else { return call.reply.array(0) }
    if count == 0 { return call.reply.nullArray() }
    var entries = stream.entries(from: start, through: end, isReversed: isReversed)
    call.reply.streamEntries(&entries, most: Int(count))
}

extension ReplyWriter {
    /// The entries of a walk, as an array of unknown length.
    @discardableResult
    mutating func streamEntries(_ entries: inout StreamIterator, most: Int) -> Int {
        var written = 0
        deferredArray { reply in
            while written < most, let entry = entries.next() {
                reply.streamEntry(entry)
                written += 1
            }
            return written
        }
        return written
    }
}
