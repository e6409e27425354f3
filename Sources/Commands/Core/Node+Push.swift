import Primitives
import RESP

// What a client is sent that it has not asked for just now: a message, an invalidation.
//
// 1. A client's own reply comes before the push that it causes: while a command that pushes runs, what goes to its own
//    client is held until its reply, or that of the transaction, is complete.
// 2. A push is sent to a client that is not answered, too (CLIENT REPLY); the mute reply under way is then cut first.
// 3. A client that does not read is cut by the output limit of its class.

extension Node {
    /// Sends a client something by another's doing.
    func push(to session: Session, _ write: (inout ReplyWriter) -> Void) {
        guard !session.isClosing else { return }
        if session === answering { return hold(session, write) }
        session.writePush(write)
        didPush(session)
    }

    /// As `push`, where a push was written once for many: the bytes of a push of RESP2.
    @inline(__always)
    func push(_ frame: Bytes, to session: Session) {
        guard !session.isClosing else { return }
        if _slowPath(session === answering || session.mutedFrom != nil) {
            return push(to: session) { $0.push(copying: frame) }
        }
        session.output.pointee.push(copying: frame)
        didPush(session)
    }

    /// Ends the session if too much waits for it; otherwise the driver sends what waits.
    @inline(__always)
    private func didPush(_ session: Session) {
        session.noteMemory()
        if _slowPath(session.waitingOutputCount > limits.leastOutputLimit) {
            checkOutputLimit(session)
            if session.isClosed { return }
        }
        if session.hasPushes { return }
        session.hasPushes = true
        if pushed.isEmpty { act(.deliver) }
        pushed.append(session)
    }

    /// The sessions that were sent something by others' doing, each once, for the driver; then there are none.
    public func drainPushed(_ body: (Session) -> Void) {
        for session in pushed {
            session.hasPushes = false
            session.dependsOnData = true
            body(session)
        }
        pushed.removeAll(keepingCapacity: true)
    }

    // MARK: A client that causes its own pushes

    /// Runs what may push to anybody, as part of a command of `session`.
    func whileAnswering<Result>(_ session: Session, _ body: () -> Result) -> Result {
        let outer = answering
        answering = session.caller ?? session
        defer { answering = outer }
        return body()
    }

    private func hold(_ session: Session, _ write: (inout ReplyWriter) -> Void) {
        heldPushes.version = session.writer.version
        write(&heldPushes)
        heldFor = session
        keyspace.hasAftermath = true
    }

    /// Sends what was held for the client whose reply is now complete.
    func releaseHeldPushes() {
        guard answering == nil, let session = heldFor else { return }
        heldFor = nil
        push(to: session) { $0.raw(heldPushes.bytes) }
        heldPushes.removeAll()
    }
}

extension Session {
    /// Writes a push into the output; a reply under way that will not be sent goes first.
    func writePush(_ write: (inout ReplyWriter) -> Void) {
        if let start = mutedFrom { writer.truncate(to: start) }
        write(&writer)
        if mutedFrom != nil { mutedFrom = writer.count }
    }
}
