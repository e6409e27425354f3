/// What a connection of the bus looks like.
public struct LinkFigures: Equatable, Sendable {
    /// Since when it is there, in milliseconds since 1970.
    public let createdAt: Int64
    /// Whether it waits for input, and for room for output.
    public let (isReading, isWriting): (Bool, Bool)
    /// Bytes reserved for output, and bytes that wait to be sent.
    public let (reservedBytes, waitingBytes): (Int, Int)

    /// A connection.
    public init(createdAt: Int64, isReading: Bool, isWriting: Bool, reservedBytes: Int, waitingBytes: Int) {
        (self.createdAt, self.isReading, self.isWriting) = (createdAt, isReading, isWriting)
        (self.reservedBytes, self.waitingBytes) = (reservedBytes, waitingBytes)
    }
}
