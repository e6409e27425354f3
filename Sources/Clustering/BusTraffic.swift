import Gossip

/// Bytes of the bus's messages that have gone and come.
public struct BusTraffic: Sendable {
    /// Bytes one way: of all messages, of those that clients have published, and of modules'.
    public struct Amounts: Equatable, Sendable {
        /// Bytes of all messages.
        public private(set) var all = 0
        /// Bytes of what was published, and of what modules say.
        public private(set) var (published, ofModules) = (0, 0)

        mutating func add(_ message: BusMessage, _ bytes: Int) {
            all += bytes
            switch message.body {
            case .publish: published += bytes
            case .module: ofModules += bytes
            case .ping, .pong, .meet, .fail, .update, .voteRequest, .vote, .manualFailover: break
            }
        }
    }

    /// What has gone, and what has come.
    public private(set) var (sent, received) = (Amounts(), Amounts())

    /// None yet.
    public init() {}

    /// A message goes.
    public mutating func send(_ message: BusMessage) { sent.add(message, message.encodedLength) }

    /// A message of so many bytes has come.
    public mutating func receive(_ message: BusMessage, _ bytes: Int) { received.add(message, bytes) }
}
