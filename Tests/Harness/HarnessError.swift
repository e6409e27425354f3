import Glibc

/// What keeps the harness from going on. A test that does not expect one fails by it.
public enum HarnessError: Error, Equatable, CustomStringConvertible {
    /// The peer has closed the connection.
    case closed
    /// What was waited for did not come in time.
    case timedOut(String)
    /// The server sent bytes that are no reply.
    case malformed(String)
    /// A system call failed.
    case system(String, errno: Int32)
    /// A server ended, or did not listen, when it should have started; with what it wrote to its log.
    case notStarted(log: String)
    /// A sanitizer has found something in a server; with what it wrote to its log.
    case unsound(log: String)
    /// The text of a case or the grammar of a command is not what the harness reads.
    case unreadable(String)

    /// The error in one line, or several where there is a log.
    public var description: String {
        switch self {
        case .closed: "the connection was closed by the server"
        case .timedOut(let what): "timed out: \(what)"
        case .malformed(let what): "malformed reply: \(what)"
        case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
        case .notStarted(let log): "the server did not start; its log:\n\(log)"
        case .unsound(let log): "a sanitizer complains of the server:\n\(log)"
        case .unreadable(let what): "cannot be read: \(what)"
        }
    }

    static func last(_ call: String) -> HarnessError { .system(call, errno: errno) }
}
