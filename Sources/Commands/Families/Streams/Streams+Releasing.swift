import Primitives
import RESP
import Storage
import Structures

let streamReleaseCommands: [Command] = [
    Command(
        "xnack", .stream, since: "8.8.0", arity: -7, [.write, .fast], keys: [.key(1, [.readWrite, .update])],
        syntax: "key group (SILENT|FAIL|FATAL) IDS numids id [id ...] [RETRYCOUNT count] [FORCE]",
        complexity: "O(1) for each ID.",
        summary: "Gives entries back to a group, so that others can have them at once.", run: xnack)
]

/// What XNACK is told.
private struct ReleaseOptions {
    enum Mode {
        /// The delivery does not count.
        case silent
        /// It does.
        case fail
        /// The entry is not to be tried again.
        case fatal
    }

    let mode: Mode
    let ids: [StreamID]
    var deliveries: Int64?
    var isForced = false

    init(_ reader: ArgumentReader) throws(CommandError) {
        var reader = reader
        mode = try ReleaseOptions.mode(&reader)
        guard let ids = try reader.streamIDs() else { throw .syntax }
        self.ids = ids
        while !reader.isAtEnd {
            if let count = try reader.integer(after: "retrycount") {
                if count < 0 { throw .message("ERR Invalid RETRYCOUNT option argument for XNACK") }
                deliveries = count
            } else if reader.take("force") {
                isForced = true
            } else {
                throw .syntax
            }
        }
    }

    private static func mode(_ reader: inout ArgumentReader) throws(CommandError) -> Mode {
        if reader.take("silent") { return .silent }
        if reader.take("fail") { return .fail }
        guard reader.take("fatal") else { throw .syntax }
        return .fatal
    }

    /// The count of deliveries that an entry has from here on.
    func count(after old: Int64) -> Int64 {
        if let deliveries { return deliveries }
        switch mode {
        case .silent: return max(0, old - 1)
        case .fail: return old
        case .fatal: return .max
        }
    }
}

private func xnack(_ call: inout Call) throws(CommandError) {
    let options = try ReleaseOptions(call.options(from: 3))
    let key = call.key(1)
    guard let entry = try call.entry(key, of: StreamValue.self),
        let group = entry.view(as: StreamValue.self).group(named: call.arguments[2])
    else { throw .noGroup(call.arguments[1], call.arguments[2]) }
    let released = call.editGroups(key, entry) { stream in
        var released = 0
        for id in options.ids {
            let old = stream[group: group].pending[id]?.deliveries
            if old == nil, !options.isForced || stream.entry(id) == nil { continue }
            // Nobody has it, and it was delivered as long ago as can be.
            stream.setPending(
                group, PendingEntry(id: id, deliveredAt: 0, deliveries: options.count(after: old ?? 0), consumer: nil))
            released += 1
        }
        return (released, released)
    }
    call.reply.integer(released)
}
