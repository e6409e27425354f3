/// A connection of the bus.
public struct LinkID: Hashable, Sendable {
    /// Never used twice. Those that the machine opens are even, those that come to it odd.
    public let number: UInt64
    /// The connection with a number.
    public init(_ number: UInt64) { self.number = number }
}

/// What happens to the machine.
public enum BusEvent: Sendable {
    /// Time has passed; ten times a second.
    case tick
    /// Somebody has opened a connection to this node: from an IP address, to one of this machine's (empty where unknown).
    case accepted(LinkID, from: String, localHost: String = "")
    /// A connection that the machine wanted stands. With the IP address of this end.
    case connected(LinkID, localHost: String)
    /// A connection has ended, or could not be opened.
    case ended(LinkID)
    case received(LinkID, BusMessage)
    /// A message has come that is lost on purpose (DEBUG DROP-CLUSTER-PACKET-FILTER): it counts all the same.
    case lost(BusMessage)
    /// The node tells how it stands.
    case reported(NodeReport)
    /// Which nodes live in this process, this one among them, and would end together.
    case neighbours(Set<NodeName>)
    /// Directives have changed.
    case configured(BusConfiguration)
    /// A client of this node has published a message that others are to hear.
    case published(channel: [UInt8], message: [UInt8], isSharded: Bool)
}

/// What the machine wants done, in order.
public enum BusAction: Equatable, Sendable {
    case connect(LinkID, host: String, port: Int)
    case send(LinkID, BusMessage)
    case close(LinkID)
    /// `nodes.conf` is to be written anew; where it says so, what follows waits until the disk has it.
    case save(isDurable: Bool)
    case order(NodeOrder)
    case log(isWarning: Bool, String)
}

/// What the machine wants the node to do.
public enum NodeOrder: Equatable, Sendable {
    /// Replicate a primary.
    case follow(NodeName, host: String, port: Int)
    /// Replicate nobody.
    case lead
    /// Remove the keys of slots that others own now.
    case removeKeys(SlotSet)
    /// Let writes rest for a failover, for so many milliseconds at most, and report.
    case pauseWrites(milliseconds: Int64)
    /// Let writes go on.
    case resumeWrites
    /// Acknowledge in another way, and report with the number (`Succession`). What the node has is not to be given up for the
    /// history of a primary that leads in a term before `keeping`.
    case promise(PromiseState, keeping: UInt64, number: UInt64)
    /// What an order of the node has changed is on the disk, and so is all that was ordered before.
    case saved(number: UInt64)
    /// Hand a message of another node to subscribers.
    case publish(channel: [UInt8], message: [UInt8], isSharded: Bool)
}

/// How the node stands, for elections and for what others hear of it. Sent when it changes, at least ten times a second.
public struct NodeReport: Equatable, Sendable {
    /// How much of the history it has, in bytes: the replication offset.
    public var offset: Int64 = 0
    /// Whether the link to the primary is up.
    public var isLinkUp = false
    /// When the link to the primary was last heard from, or went down, in milliseconds; nil where there never was one.
    public var linkHeardAt: Int64?
    /// Whether writes rest for a failover.
    public var isPaused = false
    /// The term of the primary, as that one has told it over the link; nil where it has not.
    public var linkTerm: UInt64?
    /// The term of the primary, 0 for none, where it is too early a one to be followed; nil where it is not.
    public var refusedTerm: UInt64?
    /// The number of the last order to promise that was carried out.
    public var promiseNumber: UInt64 = 0
    /// Whether it loads its data.
    public var isLoading = false

    /// Nothing known.
    public init() {}
}
