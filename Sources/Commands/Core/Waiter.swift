import Primitives
import RESP
import Storage

/// A key of a database that somebody waits for.
struct WaitKey: Hashable {
    let database: Int
    let bytes: [UInt8]
}

/// What keeps a client waiting.
struct WaitCondition {
    /// The keys, in the order of the command; none where only time ends the waiting.
    var keys: [WaitKey] = []
    /// The command is run again when one of them holds a value of this type.
    var type: ValueType?
    /// The command is run again when one of them is touched, whatever it holds then, even if it is gone.
    var wakesOnRemoval = false
    /// Whether it waits for something of the cluster, and not of the data: it goes on waiting when the node becomes a replica,
    /// and what it is answered depends on nothing.
    var concernsCluster = false

    func isWoken(by type: ValueType?) -> Bool { wakesOnRemoval || type != nil && type == self.type }
}

/// A client that waits, with the command that it waits in.
final class Waiter {
    unowned let session: Session
    let request: StoredRequest
    let condition: WaitCondition
    /// Rises from waiter to waiter: who came earlier is served earlier.
    let ticket: UInt64
    /// Monotonic milliseconds; nil for ever.
    let deadline: Int64?
    /// Writes the reply for when the time is over.
    let onTimeout: (inout ReplyWriter) -> Void
    /// How long the command has run so far.
    var ticks: UInt64 = 0
    /// Its place among the deadlines.
    var deadlinePlace = 0

    init(
        _ session: Session, _ request: StoredRequest, _ condition: WaitCondition, ticket: UInt64, deadline: Int64?,
        onTimeout: @escaping (inout ReplyWriter) -> Void
    ) {
        self.session = session
        self.request = request
        self.condition = condition
        self.ticket = ticket
        self.deadline = deadline
        self.onTimeout = onTimeout
    }

    deinit { request.free() }
}
