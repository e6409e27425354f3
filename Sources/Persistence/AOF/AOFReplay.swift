import Commands
import Primitives
import RESP

/// Why a command of the log could not be replayed.
public struct AOFReplayError: Error, Equatable, Sendable {
    /// Where the command begins, in bytes.
    public let offset: Int
    /// What is wrong with it.
    public let reason: String
}

/// Carries out the commands of the log on a node, through a session that no client has.
///
///     var replay = AOFReplay(node)
///     replay.begin(bytes, from: 0)
///     while try !replay.advance(until: { … }) { answer others that we load }
public struct AOFReplay {
    /// How a file, or the rest of it, went.
    public enum Progress: Equatable, Sendable {
        /// There is more.
        case goesOn
        case ended
        /// It cannot be read on.
        case broken(AOFError)
        /// It holds something that this server does not know.
        case unknown(AOFReplayError)
    }

    /// Commands carried out.
    public private(set) var commandCount = 0
    /// Errors of commands: their first, and how many.
    public private(set) var (firstFailure, failureCount) = ("", 0)
    private let node: Node
    private let session: Session
    private var reader = AOFReader(.empty)

    /// A replay that begins in database 0.
    public init(_ node: Node) {
        self.node = node
        session = node.makeReplaySession()
    }

    /// How far it has come in the file, in bytes.
    public var position: Int { reader.position }

    /// Goes to a file's commands.
    /// - Parameter start: where they begin: behind an RDB preamble, or 0.
    public mutating func begin(_ bytes: Bytes, from start: Int = 0) { reader = AOFReader(bytes, from: start) }

    /// Carries out commands until there are no more, or about `most` bytes of them are done, or `isOver` says that others
    /// want something: never in the middle of a transaction.
    public mutating func advance(most: Int = .max, until isOver: () -> Bool = { false }) -> Progress {
        var count = 0
        let start = reader.position
        do throws(AOFError) {
            while let record = try reader.next() {
                if record == .command, let error = run() { return .unknown(error) }
                count += 1
                if reader.isInTransaction { continue }
                if reader.position - start >= most || count % 64 == 0 && isOver() { return .goesOn }
            }
            return .ended
        } catch {
            return .broken(error)
        }
    }

    private mutating func run() -> AOFReplayError? {
        let outcome = reader.withArguments { bytes, spans in
            spans.withUnsafeBufferPointer {
                node.replay(session, Arguments(base: bytes.base, spans: $0.baseAddress!, count: $0.count))
            }
        }
        commandCount += 1
        switch outcome {
        case .done: return nil
        case .failed(let text):
            if failureCount == 0 { firstFailure = text }
            failureCount += 1
            return nil
        case .unknown(let name):
            return AOFReplayError(offset: reader.commandStart, reason: "Unknown command '\(name)'")
        }
    }
}
