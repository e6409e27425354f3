import RESP

extension Node {
    /// Sends a client what it has not asked for just now: a message, an invalidation. A client that does not read is cut
    /// by its output limit.
    func push(to session: Session, _ write: (inout ReplyWriter) -> Void) {
        guard !session.isClosing else { return }
        write(&session.writer)
        checkOutputLimit(session)
        act(.resume(session))
    }
}
