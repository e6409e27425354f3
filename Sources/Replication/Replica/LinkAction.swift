import Settings

/// What the link to the primary wants done.
public enum LinkAction: Equatable, Sendable {
    /// Open a connection to the primary.
    case connect
    /// End the connection.
    case disconnect
    case send([UInt8])
    case log(LogLevel, String)
    /// A snapshot begins.
    /// - Parameters:
    ///   - origin: what it is a snapshot of; nil where the primary does not say.
    ///   - byteCount: its length; nil where its end will tell.
    case beginSnapshot(SnapshotOrigin?, byteCount: Int?)
    /// A part of the snapshot, by its place in the bytes that came.
    case snapshot(Range<Int>)
    /// The snapshot has come as a whole and is to be loaded; its last `surplus` bytes are no part of it.
    case load(surplus: Int)
    /// The snapshot will not come to its end.
    case dropSnapshot
    /// The history goes on where the replica is, from now on under another name, if there is one.
    case resume(id: String?)
    /// A part of the stream, by its place in the bytes that came.
    case stream(Range<Int>)
    /// What has streamed does so no more.
    case lost
    /// The one who shall become primary has agreed, or not.
    case failoverAnswered(isAccepted: Bool)
}

/// What a replica says of itself, and how patient it is.
public struct LinkOptions: Equatable, Sendable {
    /// Who it logs in as; nil for the default user.
    public var user: String?
    /// Nil for no login.
    public var password: [UInt8]?
    /// The port at which it can be reached.
    public var port = 0
    /// The address at which it can be reached; nil for the one that it comes from.
    public var address: String?
    /// How long the primary may be silent, in milliseconds.
    public var timeout: Int64 = 60_000
    /// Whether the primary is asked for the term in which it leads (cluster).
    public var asksTerm = false
    /// The term that the data here is of: a primary that leads in an older one is not followed. 0 where that does not matter.
    public var keptTerm: UInt64 = 0
    /// The term that acknowledgements carry; nil for none.
    public var term: UInt64?

    /// Nothing to say.
    public init() {}
}

/// A place in a history: all up to `offset` is there.
public struct Resumption: Equatable, Sendable {
    /// 40 hexadecimal digits.
    public var id: String
    /// In bytes.
    public var offset: Int64

    /// A place.
    public init(id: String, offset: Int64) { (self.id, self.offset) = (id, offset) }
}

/// What a snapshot is one of: the history up to an offset.
public typealias SnapshotOrigin = Resumption
