/// Something that has happened, as the log told it.
public struct LoggedEvent: Equatable, Sendable {
    /// Rises by one from event to event.
    public let id: Int
    /// Milliseconds since 1970.
    public let time: Int64
    /// The port of the node; nil where it concerns the process.
    public let node: Int?
    /// Whether somebody should look at it.
    public let isWarning: Bool
    /// What.
    public let text: String
}

/// The last things that have happened, so many at most.
public struct EventRing: Sendable {
    private var kept: [LoggedEvent] = []
    /// Where the oldest one is, as soon as there are as many as may be.
    private var oldest = 0
    private var nextID = 1
    private let capacity: Int
    /// Bytes that are kept of a text.
    private static let longestText = 512

    /// An empty one.
    public init(capacity: Int) { self.capacity = capacity }

    /// Adds an event; the oldest goes where there are too many.
    /// - Parameter time: milliseconds since 1970.
    public mutating func append(_ text: String, isWarning: Bool, node: Int?, time: Int64) {
        let short = String(decoding: text.utf8.prefix(EventRing.longestText), as: UTF8.self)
        let event = LoggedEvent(id: nextID, time: time, node: node, isWarning: isWarning, text: short)
        nextID += 1
        if kept.count < capacity { return kept.append(event) }
        kept[oldest] = event
        oldest = (oldest + 1) % capacity
    }

    /// The newest first.
    public var events: [LoggedEvent] { (kept[oldest...] + kept[..<oldest]).reversed() }
}
