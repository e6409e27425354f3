import Primitives
import Storage

// An end that waits for replicas: writes are held back until all have everything, or the time for it is over.
//
//     SHUTDOWN, a signal ─▶ waiting ─ all have it, or time is up ─▶ finish
//                              └──── SHUTDOWN ABORT ─▶ as if nothing had been

/// An end that waits for replicas.
struct PendingShutdown {
    /// Monotonic milliseconds.
    let deadline: Int64
    /// What ends the node.
    let finish: () -> Void
    /// The client that has asked for it, if it is one.
    var session: Session?
    var ticket: UInt64?
}

extension Node {
    /// Whether the end of the node waits for replicas.
    public var isShutdownPending: Bool { pendingShutdown != nil }

    /// Lets replicas have what they miss before the node ends. Returns false where nobody misses anything, or nobody is
    /// waited for.
    /// - Parameter finish: what ends it.
    public func awaitReplicas(finish: @escaping () -> Void) -> Bool {
        let seconds = settings.shutdownTimeout
        guard seconds > 0, !isReplica, let replication, replication.lag.behind > 0 else { return false }
        log(.notice, "Waiting for replicas before shutting down.")
        pendingShutdown = PendingShutdown(deadline: monotonic + Int64(seconds) * 1000, finish: finish)
        pauseCommands(Int64(seconds) * 1000 + Node.shutdownPauseMargin, .writes)
        replication.requestAcknowledgements()
        return true
    }

    /// By how many milliseconds the pause of writes outlasts the waiting.
    private static let shutdownPauseMargin: Int64 = 60_000

    /// Ends the node if it has waited long enough.
    func continueShutdown() {
        guard let pending = pendingShutdown, let lag = replication?.lag else { return }
        guard lag.behind == 0 || monotonic >= pending.deadline else { return }
        pendingShutdown = nil
        log(
            lag.behind == 0 ? .notice : .warning,
            "\(lag.all - lag.behind) of \(lag.all) replicas are in sync when shutting down.")
        pending.finish()
    }

    /// Goes on as if nobody had wanted to end. Returns whether anybody had.
    func abortShutdown() -> Bool {
        guard let pending = pendingShutdown else { return false }
        pendingShutdown = nil
        endPause()
        log(.notice, "Shutdown manually aborted.")
        if let session = pending.session, session.waiter?.ticket == pending.ticket { timeOut(session) }
        return true
    }
}
