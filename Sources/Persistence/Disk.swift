/// What a machine wants done to files, in order; whoever drives it owns the threads and the descriptors.
public enum DiskAction: Equatable, Sendable {
    /// Makes a file, or empties the one that is there, and opens it under a number for what follows.
    case create(file: Int, path: String)
    /// Opens a file at its end.
    case open(file: Int, path: String)
    case append(file: Int, bytes: [UInt8])
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
