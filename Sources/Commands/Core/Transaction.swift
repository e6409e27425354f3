import Primitives
import RESP

/// The commands between MULTI and EXEC.
final class Transaction {
    /// One command, with a copy of its arguments.
    typealias Queued = StoredRequest

    private(set) var commands: [Queued] = []
    /// Bytes of queued arguments.
    private(set) var byteCount = 0
    /// Whether a command was refused while queueing, so that EXEC will refuse all.
    var isRefused = false
    /// Whether EXEC is running them.
    var isRunning = false

    deinit { removeAll() }

    func append(_ record: UnsafeMutablePointer<CommandRecord>, _ arguments: Arguments) {
        let queued = Queued(record, arguments)
        byteCount += queued.byteCount
        commands.append(queued)
    }

    func removeAll() {
        for command in commands { command.free() }
        commands.removeAll()
        byteCount = 0
    }
}
