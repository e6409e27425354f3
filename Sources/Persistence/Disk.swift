import Primitives

/// What a machine wants done to files, in order; whoever drives it owns the threads and the descriptors.
public enum DiskAction: Equatable, Sendable {
    /// Makes a file, or empties the one that is there, and opens it under a number for what follows. A large one is written
    /// past the system's cache where that is possible; all of it is there only after `synchronize`.
    case create(file: Int, path: String, isLarge: Bool = false)
    /// Opens a file at its end.
    case open(file: Int, path: String)
    case append(file: Int, bytes: DiskBytes)
    /// Makes sure that all of it is on the disk.
    case synchronize(file: Int)
    /// Begins to have written what was appended since the last time, and waits for what was appended before that.
    case writeOut(file: Int)
    case truncate(file: Int, size: Int)
    case close(file: Int)
    case rename(from: String, to: String)
    case remove(path: String)
    /// Makes sure that names in a directory are on the disk.
    case synchronizeDirectory(path: String)
}

/// What is carried out in order; actions of different lanes may overtake each other.
public enum DiskLane: Sendable {
    /// What somebody waits for.
    case urgent
    /// What may take long, and must keep nothing else waiting.
    case patient
}

/// An action with the number by which its end is told.
public struct DiskRequest: Equatable, Sendable {
    /// The number.
    public let ticket: Int
    /// The action.
    public let action: DiskAction
    /// With what it is carried out in order.
    public let lane: DiskLane

    /// An action under a number.
    public init(ticket: Int, action: DiskAction, lane: DiskLane = .urgent) {
        self.ticket = ticket
        self.action = action
        self.lane = lane
    }
}

/// How an action ended.
public struct DiskResult: Equatable, Sendable {
    /// The number of the request.
    public let ticket: Int
    /// 0, or the system's number of the error.
    public let error: Int32
    /// How long it took.
    public let nanoseconds: Int64

    /// The end of a request.
    public init(ticket: Int, error: Int32, nanoseconds: Int64 = 0) {
        self.ticket = ticket
        self.error = error
        self.nanoseconds = nanoseconds
    }
}

/// Bytes on their way into a file, which nobody copies: an array, or a piece of a snapshot.
public struct DiskBytes: Sendable {
    private enum Holder {
        case array([UInt8])
        case piece(SnapshotPiece)
    }

    private let holder: Holder

    /// The bytes of an array.
    public init(_ bytes: [UInt8]) { holder = .array(bytes) }

    init(_ piece: SnapshotPiece) { holder = .piece(piece) }

    /// How many there are.
    public var count: Int {
        switch holder {
        case .array(let bytes): bytes.count
        case .piece(let piece): piece.count
        }
    }

    /// Calls `body` with a view of them.
    public func withBytes<Result>(_ body: (Bytes) throws -> Result) rethrows -> Result {
        switch holder {
        case .array(let bytes): try bytes.withBytes(body)
        case .piece(let piece): try withExtendedLifetime(piece) { try body(piece.bytes) }
        }
    }

    /// A copy of them.
    public var array: [UInt8] { withBytes { Array($0.buffer) } }
}

extension DiskBytes: Equatable {
    /// Whether both have the same bytes.
    public static func == (left: DiskBytes, right: DiskBytes) -> Bool {
        left.withBytes { left in right.withBytes { left == $0 } }
    }
}

extension DiskBytes: ExpressibleByArrayLiteral {
    /// The bytes that are listed.
    public init(arrayLiteral bytes: UInt8...) { self.init(bytes) }
}
