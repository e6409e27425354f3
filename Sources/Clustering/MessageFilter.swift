import Gossip

/// Which messages of other nodes are lost on purpose, for tests of failures (DEBUG DROP-CLUSTER-PACKET-FILTER).
public struct MessageFilter: Equatable, Sendable {
    /// The number of the messages' kind on the wire; -1 for none, -2 for all.
    public var kind = -1
    /// Whether a connection is closed by which one has come.
    public var closesLink = false

    /// Loses none.
    public init() {}

    /// Whether a message is lost.
    public func drops(_ message: BusMessage) -> Bool { kind == -2 || kind >= 0 && kind == message.body.wireNumber }
}

extension BusMessage.Body {
    /// As the reference numbers them.
    fileprivate var wireNumber: Int {
        switch self {
        case .ping: 0
        case .pong: 1
        case .meet: 2
        case .fail: 3
        case .publish(_, _, let isSharded): isSharded ? 10 : 4
        case .voteRequest: 5
        case .vote: 6
        case .update: 7
        case .manualFailover: 8
        case .module: 9
        }
    }
}
