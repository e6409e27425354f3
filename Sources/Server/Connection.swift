import Commands

/// A socket and the session it carries.
final class Connection {
    let descriptor: Int32
    let session: Session
    /// What the poller watches the socket for.
    var isReading = true
    var isWriting = false
    /// Whether it stands in the driver's list of connections with output.
    var isQueued = false

    init(descriptor: Int32, session: Session) {
        self.descriptor = descriptor
        self.session = session
    }
}
