import Primitives
import RESP
import Storage

// Clients that wait for a key.
//
//     body finds nothing ─▶ Call.block ─▶ Waiter in line for each key, and among the deadlines
//                                            │
//     a command or transaction ends ─▶ touches ─▶ the body is run again for whoever waits, in order:
//                                            │       blocks again ─▶ it stays where it is
//                                            └────── replies, or throws ─▶ it goes on
//
// 1. A client waits from `block` until `unblock` or `forgetWaiting`; exactly then it has a waiter.
// 2. While it waits, nothing of its input runs, so its database and its choices stay as they are.
// 3. What a served command touches is appended to the touches that are worked off: no recursion, and chains end.

extension Node {
    /// Lets the client of a command wait. One whose command was run again waits already, and keeps its place and its
    /// time.
    func block(
        _ call: Call, _ condition: WaitCondition, until deadline: Int64?, replacing replacements: [Int: [UInt8]],
        onTimeout: @escaping (inout ReplyWriter) -> Void
    ) {
        let session = call.session
        session.state = .blocked
        guard session.waiter == nil else { return }
        let waiter = Waiter(
            session, StoredRequest(call.record, call.arguments, replacing: replacements), condition,
            ticket: waiters.takeTicket(), deadline: deadline, onTimeout: onTimeout)
        session.waiter = waiter
        waiters.insert(waiter)
        for key in condition.keys { key.bytes.withBytes(keyspace.beginAwaiting) }
    }

    /// Ends a session's waiting with the reply that `write` writes.
    func unblock(_ session: Session, _ write: (inout ReplyWriter) -> Void) {
        guard session.isBlocked, let waiter = session.waiter else { return }
        let mark = session.writer.count
        let errors = statistics.errorReplies
        write(&session.writer)
        note(waiter, failed: statistics.errorReplies > errors)
        goOn(session, mark)
    }

    /// Ends a session's waiting as if its time were over.
    func timeOut(_ session: Session) {
        guard let waiter = session.waiter else { return }
        unblock(session, waiter.onTimeout)
    }

    /// Lets a session that has got its reply run what has arrived meanwhile.
    private func goOn(_ session: Session, _ mark: Int) {
        if session.waiter?.condition.concernsCluster != true { session.dependsOnData = true }
        forgetWaiting(session)
        mute(session, to: mark)
        session.lastActiveAt = keyspace.now / 1000
        if !session.isClosing { session.state = .ready }
        act(.resume(session))
    }

    /// Takes a session out of all lines.
    func forgetWaiting(_ session: Session) {
        guard let waiter = session.waiter else { return }
        session.waiter = nil
        waiters.remove(waiter)
        for key in waiter.condition.keys { key.bytes.withBytes(keyspace.endAwaiting) }
    }

    /// Ends the waiting of those whose time is over.
    func endBlocksInTime() {
        while let waiter = waiters.deadlines.due(at: monotonic) { timeOut(waiter.session) }
    }
}

// MARK: Serving

extension Node {
    /// Tries whoever waits for what was touched, until nothing touched is left.
    func serveWaiters() {
        guard !waiters.isServing, !waiters.touches.isEmpty else { return }
        waiters.isServing = true
        // How many touches there were when a key was tried: later it need not be tried for any of them.
        var tried: [WaitKey: Int] = [:]
        var index = 0
        while index < waiters.touches.count {
            for key in touchedKeys(waiters.touches[index]) where tried[key].map({ $0 <= index }) ?? true {
                tried[key] = waiters.touches.count
                serve(key)
                // Looking at the key may have made it expire.
                settleAftermath()
            }
            index += 1
        }
        waiters.touches.removeAll()
        waiters.isServing = false
    }

    /// The keys of a touch that somebody waits for.
    private func touchedKeys(_ touch: Touch) -> [WaitKey] {
        switch touch {
        case .database(let database): return waiters.keys(of: database)
        case .expiry: return []
        case .key(let bytes, let database):
            let key = WaitKey(database: database, bytes: bytes)
            return waiters.isAwaited(key) ? [key] : []
        }
    }

    /// Runs the commands of those who wait for a key, until it is gone or all have been tried.
    private func serve(_ key: WaitKey) {
        var ticket: UInt64 = 0
        var type = liveType(key)
        while type != nil || waiters.isRemovalAwaited(key), let waiter = waiters.next(key, after: ticket) {
            ticket = waiter.ticket
            guard waiter.condition.isWoken(by: type) else { continue }
            if isPaused(waiter.session, waiter.request.record)
                || waitsForMigration(waiter.session, waiter.request.arguments, waiter.request.record)
            {
                return waiters.heldTouches.append(.key(key.bytes, database: key.database))
            }
            tryAgain(waiter)
            type = liveType(key)
        }
    }

    private func liveType(_ key: WaitKey) -> ValueType? {
        key.bytes.withBytes { keyspace.live(keyspace.key($0), key.database)?.type }
    }

    /// Runs the command of a waiter; if it does not block again, its client goes on.
    private func tryAgain(_ waiter: Waiter) {
        let session = waiter.session
        if session.attention.contains(.tracking) { tellOfPrefixes() }
        // One that does not read what it is told is ended, and waits no more.
        guard session.waiter === waiter else { return }
        let mark = session.writer.count
        session.state = .ready
        session.mutedFrom = session.attention.contains(.muted) ? mark : nil
        let (arguments, record) = (waiter.request.arguments, waiter.request.record)
        if let reason = permission(for: session, arguments, record, in: .topLevel) {
            refuse(session, record, reason)
        } else {
            run(session, arguments, record, nil, from: clock.ticks, spent: waiter.ticks)
            if session.attention.contains(.tracking), session.waiter === waiter {
                noteReads(session, arguments, record)
            }
        }
        if session.isBlocked { session.mutedFrom = nil } else { goOn(session, mark) }
    }

    /// Lets touches count again that a pause has held up; they are looked at when the command under way has ended.
    func releaseHeldTouches() {
        guard !waiters.heldTouches.isEmpty else { return }
        waiters.touches += waiters.heldTouches
        waiters.heldTouches.removeAll()
        keyspace.hasAftermath = true
    }
}
