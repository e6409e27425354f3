import Primitives
import Settings

/// What the link to a primary needs of the world: a connection, and a place for the snapshot that comes.
///
/// What happens at the connection is told to the `Replica`: `didConnect`, `receive`, `didEnd`.
public protocol PrimaryConnector: AnyObject {
    /// Opens a connection; how that went is told later.
    func connect(to primary: PrimaryAddress)
    /// Ends the connection, of which nothing more is told.
    func disconnect()
    /// Sends bytes, as soon as the connection takes them.
    func send(_ bytes: [UInt8])
    /// Rests and goes on reading.
    func setReading(_ isReading: Bool)
    /// Makes a place for a snapshot.
    /// - Parameter isHidden: whether nobody wants to find it as a file.
    /// - Throws: why that cannot be.
    func createSnapshot(isHidden: Bool) throws(SnapshotPlaceError)
    /// Adds bytes to it.
    func appendToSnapshot(_ bytes: Bytes) throws(SnapshotPlaceError)
    /// All bytes of it but the last `surplus`; they stay in their place until it is kept or dropped.
    func openSnapshot(without surplus: Int) throws(SnapshotPlaceError) -> Bytes
    /// Keeps it as the snapshot of the data set, unless it is hidden.
    func keepSnapshot()
    /// Leaves no trace of it.
    func dropSnapshot()
    /// Where the connection comes from and goes to, as CLIENT LIST shows it.
    var endpoints: (peer: String, local: String, descriptor: Int32) { get }
}

/// Why a snapshot cannot be put anywhere.
public struct SnapshotPlaceError: Error, Equatable {
    /// As the system says it.
    public let reason: String

    /// With a reason.
    public init(_ reason: String) { self.reason = reason }
}
