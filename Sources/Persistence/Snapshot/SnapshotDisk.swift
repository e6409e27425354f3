/// A disk whose actions are carried out in order, one after the other, by somebody else.
public protocol SnapshotDisk: AnyObject {
    /// Hands actions in; a result comes for each.
    func submit(_ requests: [DiskRequest])
    /// Waits until there are results, so many milliseconds at most, and takes them; with nil as long as it takes.
    func waitForResults(milliseconds: Int?) -> [DiskResult]
    /// The bytes of a file; throws the system's number of the error.
    func read(_ path: String) throws(DiskError) -> [UInt8]
    /// What the system says of an error.
    func text(of error: Int32) -> String
}

extension SnapshotDisk {
    /// Waits until there are results, and takes them.
    public func waitForResults() -> [DiskResult] { waitForResults(milliseconds: nil) }
}

/// The system's number of an error.
public struct DiskError: Error {
    /// As `errno` has it.
    public let number: Int32

    /// From a number.
    public init(number: Int32) { self.number = number }

    /// Whether there is no such file.
    public var isMissingFile: Bool { number == 2 }
}
