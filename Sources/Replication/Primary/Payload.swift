import Persistence
import Primitives

/// The bytes of a snapshot on their way to replicas.
public protocol Payload: AnyObject {
    /// Shows `body` a run of bytes from a position on; an empty one where there are none yet.
    func withBytes<Result>(from position: Int, _ body: (Bytes) -> Result) -> Result
    /// Bytes in all; nil as long as that is not known.
    var byteCount: Int? { get }
    /// Whether its length was told before the first byte, so that something may follow it at once.
    var isAnnounced: Bool { get }
    /// Whether the bytes from a position on are there, or will be.
    func holds(_ position: Int) -> Bool
}

/// A snapshot that was written into a file.
public final class FilePayload: Payload {
    private let bytes: Bytes
    /// Whoever holds the file open.
    private let owner: AnyObject

    /// Bytes that stay where they are as long as their owner lives.
    public init(_ bytes: Bytes, owner: AnyObject) { (self.bytes, self.owner) = (bytes, owner) }

    /// The bytes from a position on.
    public func withBytes<Result>(from position: Int, _ body: (Bytes) -> Result) -> Result {
        body(bytes.dropFirst(position))
    }

    /// Bytes in all.
    public var byteCount: Int? { bytes.count }
    /// A file's length is known.
    public var isAnnounced: Bool { true }
    /// Whether a position lies in it.
    public func holds(_ position: Int) -> Bool { (0...bytes.count).contains(position) }
}

/// A snapshot that is written while it is sent; what all have been sent is let go.
final class PiecesPayload: Payload {
    private var pieces: [DiskBytes] = []
    /// The position of the first piece that is kept, and the one behind the last.
    private(set) var (start, end) = (0, 0)
    private(set) var byteCount: Int?

    /// Bytes that are kept.
    var keptBytes: Int { end - start }
    var isAnnounced: Bool { false }
    func holds(_ position: Int) -> Bool { (start...end).contains(position) }

    func append(_ bytes: DiskBytes) {
        guard bytes.count > 0 else { return }
        pieces.append(bytes)
        end += bytes.count
    }

    func finish() { byteCount = end }

    /// Lets pieces go that end before a position.
    func release(upTo position: Int) {
        var count = 0
        while count < pieces.count, start + pieces[count].count <= position {
            start += pieces[count].count
            count += 1
        }
        if count > 0 { pieces.removeFirst(count) }
    }

    func withBytes<Result>(from position: Int, _ body: (Bytes) -> Result) -> Result {
        precondition(position >= start, "bytes that were let go")
        var first = start
        for piece in pieces {
            if position < first + piece.count { return piece.withBytes { body($0.dropFirst(position - first)) } }
            first += piece.count
        }
        return body(.empty)
    }
}
