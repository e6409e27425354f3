import Primitives

/// Where another node is reached.
public struct PeerAddress: Hashable, Sendable {
    /// A name or an address.
    public var host: String
    /// Its port for clients.
    public var port: Int

    /// An address.
    public init(host: String, port: Int) { (self.host, self.port) = (host, port) }
}

/// A connection that this node has opened to another.
public protocol Peer: AnyObject {
    /// Who hears of what happens; nobody where it rests.
    var listener: (any PeerListener)? { get set }
    /// Whether it can still be spoken through, as far as is known; it may have ended while nobody listened.
    var isOpen: Bool { get }
    /// Sends bytes, as soon as the connection takes them.
    func send(_ bytes: [UInt8])
    /// Sends bytes, and leaves an empty buffer in their place: where there is one, one whose bytes have left before, so that
    /// the memory need not be obtained again.
    func send(exchanging bytes: inout [UInt8])
    /// Bytes that were given to be sent and have not left.
    var waitingBytes: Int { get }
    /// Ends the connection, of which nothing more is told.
    func close()
}

extension Peer {
    /// Sends bytes, and leaves a new buffer in their place.
    public func send(exchanging bytes: inout [UInt8]) {
        send(bytes)
        bytes = []
    }
}

/// Whoever speaks through a connection to another node.
public protocol PeerListener: AnyObject {
    /// The connection stands.
    func didConnect()
    /// Bytes have come; they are gone when this returns.
    func didReceive(_ bytes: Bytes)
    /// Some of what waited has left.
    func didSend()
    /// The connection has ended, or never stood.
    func didEnd(_ reason: String)
    /// Whether bytes may be read.
    var takesInput: Bool { get }
}

extension PeerListener {
    /// Always.
    public var takesInput: Bool { true }
}

/// What opens connections to other nodes.
public protocol PeerConnector: AnyObject {
    /// Opens a connection; how that went is told to the listener later.
    func connect(to address: PeerAddress, for listener: any PeerListener) -> any Peer
    /// Serves these connections alone, until something has happened or the time is over.
    func servePeers(milliseconds: Int)
}
