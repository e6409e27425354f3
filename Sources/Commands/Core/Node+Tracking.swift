import Primitives
import RESP
import Storage

// Clients that keep copies of keys, and are told when these may be out of date.
//
//     a tracking client reads ─▶ its keys are noted in the table
//     somebody writes ─▶ touches ─▶ in the table: whoever is noted is told at once, and forgotten
//                                └▶ under a prefix: collected, told at the end of the turn
//
// 1. Touches are told when their command has ended, before anybody who waits is served: what a client is told stands in
//    its stream before every later reply, since outputs only grow at their end.
// 2. What is collected for prefixes is told before a client that follows prefixes runs its next command.
// 3. A client's own reply, or that of its transaction, comes before what it is told because of it.

extension Node {
    /// Lets a client be told of changes; one that is told already keeps its prefixes.
    func startTracking(_ session: Session, _ tracking: Tracking) {
        var tracking = tracking
        let before = session.tracking?.prefixes ?? []
        let added = Set(tracking.prefixes).subtracting(before)
        for prefix in added { trackers.broadcasts.join(prefix, session.id) }
        tracking.prefixes = (before + added).sorted { $0.lexicographicallyPrecedes($1) }
        tracking.isCachingChosen = session.tracking?.isCachingChosen ?? false
        session.tracking = tracking
        session.attention.insert(.tracking)
        trackers.sessions[session.id] = session
        keyspace.wantsTouches = true
    }

    /// Tells a client of nothing any more; nothing that it wanted stays.
    func endTracking(_ session: Session) {
        guard let tracking = session.tracking else { return }
        for prefix in tracking.prefixes { trackers.broadcasts.leave(prefix, session.id) }
        session.tracking = nil
        session.attention.remove(.tracking)
        trackers.sessions[session.id] = nil
        trackers.isSweepDue = true
        guard trackers.sessions.isEmpty else { return }
        trackers.table.removeAll()
        keyspace.wantsTouches = false
    }

    // MARK: Noting

    /// Notes what a tracking client has read with a command that has just run, or has begun to wait.
    func noteReads(_ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>) {
        guard let tracking = session.tracking else { return }
        let flags = record.pointee.flags
        if tracking.notesReads, flags.contains(.readonly), !flags.contains(.pubsub) {
            noteKeys(session, arguments, record)
        }
        if tracking.isCachingChosen { endChoice(session, record) }
    }

    private func noteKeys(_ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>) {
        if record.pointee.hasOneKey {
            trackers.table.insert(arguments[Int(record.pointee.firstKey)], session.id)
        } else {
            for key in keysRead(arguments, record) { trackers.table.insert(arguments[key.index], session.id) }
        }
        limitTrackedKeys(most: 100 + arguments.count, during: session)
    }

    /// What a script reads is noted when its commands read it.
    private func keysRead(_ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>) -> [FoundKey] {
        let command = commands.descriptions[record.pointee.index]
        return command.group == .scripting ? [] : command.keys(in: arguments) ?? []
    }

    /// What CLIENT CACHING said is over after the next command, or the next transaction.
    private func endChoice(_ session: Session, _ record: UnsafeMutablePointer<CommandRecord>?) {
        if let record, commands.fullNames[commands.parents[record.pointee.index]] == "client" { return }
        if session.transaction == nil { session.tracking?.isCachingChosen = false }
    }

    /// The command that CLIENT CACHING meant was refused.
    func endChoice(_ session: Session) {
        if session.tracking != nil { endChoice(session, nil) }
    }

    /// Forgets keys while there are too many, up to `most`; their holders are told as if they had changed.
    private func limitTrackedKeys(most: Int, during session: Session? = nil) {
        guard limits.mostTrackedKeys > 0 else { return }
        var rest = most
        while trackers.table.count > limits.mostTrackedKeys, rest > 0,
            let forgotten = trackers.table.removeRandom(using: &keyspace.random)
        {
            tellHolders(forgotten.holders, forgotten.key, author: nil, during: session)
            rest -= 1
        }
    }

    /// Keeps the table small: within its limit, and without clients that have gone.
    func tidyTrackedKeys() {
        guard !trackers.sessions.isEmpty else { return }
        limitTrackedKeys(most: 10_000)
        if trackers.sweepIndex == 0, trackers.isSweepDue {
            trackers.isSweepDue = false
            trackers.sweepIndex = trackers.table.count
        }
        guard trackers.sweepIndex > 0 else { return }
        let sessions = trackers.sessions
        trackers.sweepIndex = trackers.table.sweep(below: trackers.sweepIndex, most: 10_000) { sessions[$0] != nil }
    }

    // MARK: Telling

    /// Tells of what was touched since this was last called.
    /// - Parameter author: whose command touched it.
    func tellTrackers(_ author: Session?) {
        guard keyspace.wantsTouches else { return }
        var isFlushTold = false
        while trackers.toldTouches < keyspace.touched.count {
            let touch = keyspace.touched[trackers.toldTouches]
            trackers.toldTouches += 1
            switch touch {
            case .key(let key, _): tellOfChange(key, author, during: author)
            case .expiry(let key): tellOfChange(key, nil, during: author)
            case .database:
                if !isFlushTold { tellOfFlush(author) }
                isFlushTold = true
            }
        }
    }

    private func tellOfChange(_ key: [UInt8], _ author: Session?, during session: Session?) {
        trackers.broadcasts.note(key, by: author.map { .client($0.id) } ?? .others)
        guard let holders = key.withBytes({ trackers.table.remove($0) }) else { return }
        tellHolders(holders, key, author: author, during: session)
    }

    private func tellHolders(_ holders: Holders, _ key: [UInt8], author: Session?, during session: Session?) {
        holders.forEach { number in
            guard let tracker = trackers.sessions[number], let tracking = tracker.tracking,
                tracking.scope != .prefixes, !(tracking.leavesOutOwnChanges && tracker === author)
            else { return }
            tell(tracker, .keys([key]), during: session)
        }
    }

    private func tellOfFlush(_ session: Session?) {
        trackers.table.removeAll()
        for tracker in trackers.sessions.values.sorted(by: { $0.id < $1.id }) {
            tell(tracker, .everything, during: session)
        }
    }

    /// Tells those who follow prefixes what has changed since they were last told.
    func tellOfPrefixes() {
        for group in trackers.broadcasts.take() {
            let everything = group.keys()
            for number in group.clients {
                guard let tracker = trackers.sessions[number], let tracking = tracker.tracking else { continue }
                let keys = tracking.leavesOutOwnChanges ? group.keys(except: number) : everything
                if !keys.isEmpty { tell(tracker, .keys(keys), during: nil) }
            }
        }
    }

    /// - Parameter session: the client whose command is running; its reply may not be complete.
    private func tell(_ tracker: Session, _ invalidation: Invalidation, during session: Session?) {
        guard let redirection = tracker.tracking?.redirection else { return }
        if redirection == 0 {
            hand(invalidation, to: tracker, isRedirected: false, during: session)
        } else if let target = sessions[redirection], !target.isClosing {
            hand(invalidation, to: target, isRedirected: true, during: session)
        } else {
            tracker.tracking?.isRedirectionBroken = true
            hand(.brokenRedirection(redirection), to: tracker, isRedirected: false, during: session)
        }
    }

    private func hand(_ invalidation: Invalidation, to receiver: Session, isRedirected: Bool, during session: Session?)
    {
        guard receiver === session, receiver.isDeniedBlocking else {
            return send(invalidation, to: receiver, isRedirected: isRedirected)
        }
        trackers.held.append(.init(receiver: receiver, invalidation: invalidation, isRedirected: isRedirected))
        keyspace.hasAftermath = true
    }

    /// Sends what was held for a client whose reply is now complete.
    func releaseHeldInvalidations() {
        if trackers.held.isEmpty { return }
        let held = trackers.held
        trackers.held.removeAll()
        for each in held { send(each.invalidation, to: each.receiver, isRedirected: each.isRedirected) }
    }

    /// A client of RESP2 can be told only in place of another, and only while it listens to channels.
    private func send(_ invalidation: Invalidation, to receiver: Session, isRedirected: Bool) {
        if receiver.writer.version == .resp3 {
            push(to: receiver) { $0.push(invalidation) }
        } else if isRedirected, receiver.attention.contains(.subscribed) {
            push(to: receiver) { $0.message(invalidation) }
        }
    }
}

extension ReplyWriter {
    fileprivate mutating func push(_ invalidation: Invalidation) {
        push(2)
        if case .brokenRedirection(let client) = invalidation {
            bulk(Bytes("tracking-redir-broken"))
            integer(Int64(client))
        } else {
            bulk(Bytes("invalidate"))
            keys(of: invalidation)
        }
    }

    fileprivate mutating func message(_ invalidation: Invalidation) {
        push(3)
        bulk(Bytes("message"))
        bulk(Bytes("__redis__:invalidate"))
        keys(of: invalidation)
    }

    private mutating func keys(of invalidation: Invalidation) {
        guard case .keys(let keys) = invalidation else { return null() }
        array(keys.count)
        for key in keys { key.withBytes { bulk($0) } }
    }
}
