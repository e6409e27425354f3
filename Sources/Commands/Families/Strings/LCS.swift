import Primitives
import RESP
import Storage
import Structures

let subsequenceCommands: [Command] = [
    Command(
        "lcs", .string, since: "7.0.0", arity: -3, [.readonly],
        keys: [KeySpecification(.index(1), .range(last: 1, step: 1, limit: 0), [.readOnly, .access])],
        syntax: "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]",
        complexity: "O(N*M) with N and M being the lengths of the two strings.",
        summary: "Finds the longest subsequence that the strings of two keys have in common.", run: lcs)
]

private struct SubsequenceOptions {
    var isLengthWanted = false
    var areRunsWanted = false
    var shortestRun: Int64 = 0
    var areRunLengthsWanted = false

    init(_ reader: ArgumentReader) throws(CommandError) {
        var reader = reader
        while !reader.isAtEnd {
            if reader.take("idx") {
                areRunsWanted = true
            } else if reader.take("len") {
                isLengthWanted = true
            } else if reader.take("withmatchlen") {
                areRunLengthsWanted = true
            } else if let length = try reader.integer(after: "minmatchlen") {
                shortestRun = max(0, length)
            } else {
                throw .syntax
            }
        }
        if areRunsWanted, isLengthWanted {
            throw .message("ERR If you want both the length and indexes, please just use IDX.")
        }
    }
}

private func lcs(_ call: inout Call) throws(CommandError) {
    let first = call.read(call.key(1))
    let second = call.read(call.key(2))
    if first?.isString == false || second?.isString == false {
        throw .message("ERR The specified keys must contain string values")
    }
    let options = try SubsequenceOptions(call.options(from: 3))
    try requireMemory(call, first?.stringCount ?? 0, second?.stringCount ?? 0)
    withText(first) { first in withText(second) { second in reply(call, options, first, second) } }
}

private func withText(_ entry: Entry?, _ body: (Bytes) -> Void) {
    if let entry { entry.withString(body) } else { body(.empty) }
}

/// Refuses what the reference has no memory for: it keeps four bytes for each pair of positions.
private func requireMemory(_ call: Call, _ first: Int, _ second: Int) throws(CommandError) {
    if max(first, second) >= Int(UInt32.max) - 1 { throw .message("ERR String too long for LCS") }
    let (cells, overflowed) = (first + 1).multipliedReportingOverflow(by: second + 1)
    if overflowed || cells > call.node.limits.longestBulk / 4 {
        throw .message("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
    }
}

private func reply(_ call: Call, _ options: SubsequenceOptions, _ first: Bytes, _ second: Bytes) {
    let found = CommonSubsequence(first, second, keepsPath: !options.isLengthWanted)
    if options.isLengthWanted {
        call.reply.integer(found.count)
    } else if options.areRunsWanted {
        replyRuns(call, options, found)
    } else {
        found.bytes.withBytes { call.reply.bulk($0) }
    }
}

private func replyRuns(_ call: Call, _ options: SubsequenceOptions, _ found: CommonSubsequence) {
    call.reply.map(2)
    call.reply.bulk(Bytes("matches"))
    call.reply.deferredArray { reply in
        var count = 0
        found.forEachRun { run in
            guard run.count >= options.shortestRun else { return }
            count += 1
            reply.array(options.areRunLengthsWanted ? 3 : 2)
            reply.interval(from: run.left, count: run.count)
            reply.interval(from: run.right, count: run.count)
            if options.areRunLengthsWanted { reply.integer(run.count) }
        }
        return count
    }
    call.reply.bulk(Bytes("len"))
    call.reply.integer(found.count)
}

extension ReplyWriter {
    /// The first and the last of some indices.
    fileprivate mutating func interval(from start: Int, count: Int) {
        array(2)
        integer(start)
        integer(start + count - 1)
    }
}
