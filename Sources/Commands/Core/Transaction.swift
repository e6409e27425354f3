import Primitives
import RESP

/// The commands between MULTI and EXEC.
final class Transaction {
    /// One command, with a copy of its arguments.
    struct Queued {
        let record: UnsafeMutablePointer<CommandRecord>
        let bytes: UnsafeMutableRawPointer
        let spans: UnsafeMutablePointer<ArgumentSpan>
        let count: Int

        var arguments: Arguments { Arguments(base: UnsafeRawPointer(bytes), spans: UnsafePointer(spans), count: count) }
    }

    private(set) var commands: [Queued] = []
    /// Bytes of queued arguments.
    private(set) var byteCount = 0
    /// Whether a command was refused while queueing, so that EXEC will refuse all.
    var isRefused = false
    /// Whether EXEC is running them.
    var isRunning = false

    deinit { removeAll() }

    func append(_ record: UnsafeMutablePointer<CommandRecord>, _ arguments: Arguments) {
        var total = 0
        for index in 0..<arguments.count { total += arguments[index].count }
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(1, total), alignment: 8)
        let spans = UnsafeMutablePointer<ArgumentSpan>.allocate(capacity: arguments.count)
        var offset = 0
        for index in 0..<arguments.count {
            let argument = arguments[index]
            (bytes + offset).copyMemory(from: argument.base, byteCount: argument.count)
            (spans + index).initialize(to: ArgumentSpan(offset: offset, count: argument.count))
            offset += argument.count
        }
        byteCount += total
        commands.append(Queued(record: record, bytes: bytes, spans: spans, count: arguments.count))
    }

    func removeAll() {
        for command in commands {
            command.bytes.deallocate()
            command.spans.deallocate()
        }
        commands.removeAll()
        byteCount = 0
    }
}
