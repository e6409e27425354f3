import Commands
import Encryption

/// A socket and the session it carries.
final class Connection {
    let descriptor: Int32
    let session: Session
    /// What the poller watches the socket for.
    var isReading = true
    var isWriting = false
    /// Whether it stands in the driver's list of connections with output.
    var isQueued = false
    /// Whether it stands in the driver's list of connections with output that has to wait until it is safe.
    var isHeld = false
    /// Whether nothing more comes from the peer, which gets the replies that it waits for before the end.
    var hasPeerEnded = false
    /// Whether it stands in the queue of those that were pushed something.
    var hasQueuedPushes = false
    /// Whether it carries the journal to a replica.
    var isReplica = false
    /// Encrypts and decrypts; nil where the socket carries plain bytes.
    let channel: SecureChannel?
    /// Whether the channel's handshake is under way.
    var isShakingHands: Bool

    init(descriptor: Int32, session: Session, channel: SecureChannel? = nil) {
        self.descriptor = descriptor
        self.session = session
        self.channel = channel
        isShakingHands = channel != nil
    }
}
