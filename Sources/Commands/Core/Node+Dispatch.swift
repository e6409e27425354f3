import Primitives
import RESP
import Storage

extension Node {
    /// Runs, queues or refuses one request.
    @inline(__always)
    func dispatch(
        _ session: Session, _ arguments: Arguments, _ found: UnsafeMutablePointer<CommandRecord>?, _ key: Key?
    ) {
        let mark = session.writer.count
        if let record = resolve(session, arguments, found) {
            let attention = session.attention.union(self.attention)
            let isPlain =
                attention.isEmpty
                ? !record.pointee.flags.contains(.protected)
                : attention == .clustered && isServed(record, key)
            if _fastPath(isPlain) {
                // One command begins where the one before it in the batch ended: reading the counter takes a while.
                run(session, arguments, record, key, from: commandEnd)
            } else {
                runAttentively(session, arguments, record, key, mark)
            }
        } else if !session.attention.isDisjoint(with: [.muted, .asking]) {
            beginSkipping(session)
            mute(session, to: mark)
            endAsking(session)
        }
    }

    /// The command or subcommand that a request means, if its number of arguments is right; otherwise an error is sent.
    @inline(__always)
    private func resolve(
        _ session: Session, _ arguments: Arguments, _ found: UnsafeMutablePointer<CommandRecord>?
    ) -> UnsafeMutablePointer<CommandRecord>? {
        guard var record = found else {
            refuseUnknown(session, arguments)
            return nil
        }
        if record.pointee.hasSubcommands, arguments.count >= 2 {
            guard let subcommand = commands.find(arguments[1], of: record.pointee.index) else {
                refuse(session, nil, CommandError.unknownSubcommand(arguments[1], of: arguments[0]).text)
                return nil
            }
            record = subcommand
        }
        let arity = Int(record.pointee.arity)
        if _slowPath(arity >= 0 ? arguments.count != arity : arguments.count < -arity) {
            refuse(session, record, CommandError.wrongArity(command: commands.fullNames[record.pointee.index]).text)
            return nil
        }
        return record
    }

    private func refuseUnknown(_ session: Session, _ arguments: Arguments) {
        if isHypertext(arguments) { refuseHypertext(session) } else { refuse(session, nil, unknownCommand(arguments)) }
    }

    /// Whether a browser is made to talk to the server: then the next line could be a command that an attacker chose.
    private func isHypertext(_ arguments: Arguments) -> Bool {
        arguments[0].equals(ignoringCase: "post") || arguments[0].equals(ignoringCase: "host:")
    }

    private func refuseHypertext(_ session: Session) {
        log(
            .warning,
            "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Apus. "
                + "Connection from \(session.peerAddress) aborted.")
        close(session, afterReply: false)
    }

    private func unknownCommand(_ arguments: Arguments) -> String {
        let name = arguments[0]
        var listed = ""
        for index in 1..<max(1, arguments.count) where listed.utf8.count < 128 {
            listed += "'\(arguments[index].echoed(128 - listed.utf8.count))' "
        }
        return "ERR unknown command '\(name.echoed(128))', with args beginning with: \(listed)"
    }

    /// Answers a request that does not run. It dirties the transaction under way; a refused EXEC ends it.
    /// - Parameter isElsewhere: whether it may run on another node, so that the client has to find the reason as it is.
    func refuse(
        _ session: Session, _ record: UnsafeMutablePointer<CommandRecord>?, _ reason: String,
        isElsewhere: Bool = false
    ) {
        var text = reason
        if let record {
            session.lastCommand = record.pointee.index
            commandStatistics[record.pointee.index].rejected += 1
            if isExec(record) {
                if !isElsewhere {
                    text =
                        "EXECABORT Transaction discarded because of: \(reason.hasPrefix("ERR ") ? String(reason.dropFirst(4)) : reason)"
                }
                endTransaction(session)
            }
        }
        session.writer.error(text)
        countError(text)
        session.transaction?.isRefused = true
        if session.attention.contains(.tracking) { endChoice(session) }
    }

    /// Has a session queue its commands from here on.
    func beginTransaction(_ session: Session) {
        session.transaction = restingTransaction ?? Transaction()
        restingTransaction = nil
        session.attention.insert(.transaction)
    }

    /// Forgets what a session has queued and what it watches.
    func endTransaction(_ session: Session) {
        if let transaction = session.transaction, transaction.isSmall {
            transaction.clear()
            restingTransaction = transaction
        }
        session.transaction = nil
        session.attention.remove(.transaction)
        keyspace.unwatch(session.watch)
    }

    /// Runs a command, measures it and hands its effects on.
    /// - Parameters:
    ///   - start: when it began, in ticks.
    ///   - spent: ticks that it took when it was run before, without a reply.
    @inline(__always)
    func run(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, _ key: Key?,
        from start: UInt64, spent: UInt64 = 0
    ) {
        let changes = keyspace.changes
        let errors = statistics.errorReplies
        var call = Call(node: self, session: session, arguments: arguments, record: record, firstKey: key)
        do throws(CommandError) {
            try record.pointee.run(&call)
        } catch {
            answer(session, error)
        }
        commandEnd = clock.ticks
        let elapsed = commandEnd &- start &+ spent
        session.lastCommand = record.pointee.index
        if _slowPath(session.isBlocked) {
            session.waiter?.ticks = elapsed
        } else {
            note(session, arguments, record, elapsed, failed: statistics.errorReplies > errors)
        }
        if keyspace.changes != changes { finishWrite(&call) }
        if _slowPath(keyspace.hasAftermath) { settleAftermath(session) }
    }

    /// Counts a command that has been answered.
    @inline(__always)
    private func note(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, _ elapsed: UInt64,
        failed: Bool
    ) {
        session.commandCount &+= 1
        statistics.commandsProcessed &+= 1
        commandStatistics[record.pointee.index].record(elapsed, failed: failed, histogram: limits.tracksLatency)
        if _slowPath(elapsed >= slowTicks) { noteSlow(session, arguments, record, elapsed) }
    }

    /// Counts the command of a client whose waiting ends without another run.
    func note(_ waiter: Waiter, failed: Bool) {
        note(waiter.session, waiter.request.arguments, waiter.request.record, waiter.ticks, failed: failed)
    }

    @inline(never)
    private func answer(_ session: Session, _ error: CommandError) {
        let text = error.text
        session.writer.error(text)
        countError(text)
    }

    /// What follows from a command that has changed something.
    @inline(__always)
    private func finishWrite(_ call: inout Call) {
        if memory.isLimited { lookAtGrowth() }
        guard keyspace.needsEffects else { return }
        if case .verbatim = call.effect { recordVerbatim(call) }
        guard call.session.transaction?.isRunning != true else { return }
        keyspace.commitEffects()
        call.session.writtenOffset = keyspace.journal.offset
    }

    private func recordVerbatim(_ call: Call) {
        guard call.record.pointee.flags.contains(.write) else { return }
        let arguments = call.arguments
        let name = commands.journalNames[call.record.pointee.index]
        keyspace.addEffect(database: call.database, argumentCount: arguments.count) { effect in
            effect.append(name)
            for index in 1..<max(1, arguments.count) { effect.append(arguments[index]) }
        }
    }

    /// Passes on what happened beside the command's own changes: events, touches, and effects of keys that had expired. In
    /// a transaction that is done at its end.
    @inline(never)
    private func settleAftermath(_ session: Session) {
        if session.transaction?.isRunning != true {
            settleAftermath(of: session)
        } else {
            tellTrackers(session.caller ?? session)
        }
    }

    /// As after a command of a session, or without one where something happened by itself.
    func settleAftermath(of session: Session? = nil) {
        guard keyspace.hasAftermath, !isBusy else { return }
        keyspace.commitEffects()
        releaseHeldPushes()
        releaseHeldInvalidations()
        tellEvents()
        tellTrackers(session)
        if waiters.keyCount > 0 { waiters.touches += keyspace.touched }
        keyspace.touched.removeAll(keepingCapacity: true)
        trackers.toldTouches = 0
        keyspace.hasAftermath = false
        serveWaiters()
    }

    /// Counts an error by its first word.
    func countError(_ text: String) {
        statistics.errorReplies += 1
        let code = String(text.prefix { $0 != " " && $0 != "\r" && $0 != "\n" })
        if errorCounts.count >= 128, errorCounts[code] == nil {
            errorCounts["ERRORSTATS_OVERFLOW", default: 0] += 1
        } else {
            errorCounts[code, default: 0] += 1
        }
    }
}

// MARK: Requests that do not simply run

extension Node {
    /// As `run`, where something has to be looked at first.
    @inline(never)
    func runAttentively(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, _ key: Key?,
        _ mark: Int
    ) {
        if attention.contains(.memory) { makeRoom() }
        if session.attention.contains(.importLink) { return runImported(session, arguments, record) }
        if session.attention.contains(.tracking) { tellOfPrefixes() }
        let mark = max(mark, session.writer.count)
        beginSkipping(session)
        session.mutedFrom = session.attention.contains(.muted) ? mark : nil
        if let refusal = rightsRefusal(session, arguments, record) {
            refuse(session, record, refusal)
        } else if let redirection = redirection(session, arguments, record) {
            refuse(session, record, text(of: redirection, for: session), isElsewhere: true)
        } else if let refusal = stateRefusal(session, record) {
            refuse(session, record, refusal)
        } else if isQueued(session, record) {
            session.lastCommand = record.pointee.index
            session.transaction?.append(record, arguments)
            session.writer.raw("+QUEUED\r\n")
        } else if isPaused(session, record) || waitsForMigration(session, arguments, record) {
            postpone(session)
            session.mutedFrom = nil
            return
        } else {
            runObserved(session, arguments, record, key)
            // The reply that is not to be sent comes later.
            if session.isBlocked {
                session.mutedFrom = nil
                return endAsking(session, after: record)
            }
        }
        mute(session, to: mark)
        endAsking(session, after: record)
    }

    /// As `run`, under the eyes of those who follow every command.
    @inline(never)
    func runObserved(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, _ key: Key?
    ) {
        let isMeasured = !attention.isDisjoint(with: [.hotKeys, .slotStatistics])
        let start = clock.ticks
        let (mark, written) = (session.writer.count, keyspace.journal.offset)
        run(session, arguments, record, key, from: start)
        if attention.contains(.monitored) { feedMonitors(session, arguments, record) }
        let reader = session.caller ?? session
        if reader.attention.contains(.tracking) { noteReads(reader, arguments, record) }
        guard isMeasured else { return }
        let replied = session.replyMode == .on ? session.writer.count - mark : 0
        let ticks = commandEnd &- start
        if attention.contains(.hotKeys) { measureKeys(arguments, record, ticks: ticks, replyBytes: replied) }
        if attention.contains(.slotStatistics) {
            let effects = Int(keyspace.journal.offset - written)
            countSlot(session, arguments, record, ticks: ticks, replyBytes: replied, effectBytes: effects)
        }
    }

    /// Why a command may not run; nil if it may. In the reference's order.
    func refusal(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>
    ) -> String? {
        rightsRefusal(session, arguments, record) ?? stateRefusal(session, record)
    }

    /// Why a client may not run a command; nil if it may.
    private func rightsRefusal(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>
    ) -> String? {
        let flags = record.pointee.flags
        if flags.contains(.protected), let reason = protectedRefusal(session, record) { return reason }
        if session.attention.contains(.restricted), !flags.contains(.noAuth) {
            return "NOAUTH Authentication required."
        }
        if session.transaction != nil, flags.contains(.noMulti) {
            return "ERR Command not allowed inside a transaction"
        }
        if session.attention.contains(.limited),
            let reason = permission(for: session, arguments, record, in: session.isScript ? .script : .topLevel)
        {
            return reason
        }
        return nil
    }

    /// Why the node does not run a command as it stands now; nil if it does.
    private func stateRefusal(_ session: Session, _ record: UnsafeMutablePointer<CommandRecord>) -> String? {
        let flags = record.pointee.flags
        if let reason = memoryRefusal(session, record) { return reason }
        if let reason = diskRefusal(session, record) { return reason }
        if attention.contains(.fewReplicas), isWrite(session, record) { return Node.notEnoughReplicas }
        if attention.contains(.noPromises), !flags.isDisjoint(with: [.write, .readonly]),
            let reason = promiseRefusal(session)
        {
            return reason
        }
        if let reason = readOnlyRefusal(session, record) { return reason }
        if session.attention.contains(.subscribed), session.writer.version == .resp2, !flags.contains(.subscribedMode) {
            return "ERR Can't execute '\(commands.fullNames[record.pointee.index])': only (P|S)SUBSCRIBE / "
                + "(P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
        }
        if let reason = staleRefusal(session, flags) { return reason }
        if attention.contains(.loading), let reason = loadingRefusal(flags) { return reason }
        if isBusy, !flags.contains(.allowBusy), !session.isScript { return busyText }
        if !session.attention.isDisjoint(with: [.monitor, .replicaLink]),
            !flags.isDisjoint(with: [.write, .readonly, .mayReplicate])
        {
            return "ERR Replica can't interact with the keyspace"
        }
        return nil
    }

    func isExec(_ record: UnsafeMutablePointer<CommandRecord>) -> Bool {
        record.pointee.flags.contains(.transactional) && commands.fullNames[record.pointee.index] == "exec"
    }

    private func isQueued(_ session: Session, _ record: UnsafeMutablePointer<CommandRecord>) -> Bool {
        guard let transaction = session.transaction, !transaction.isRunning else { return false }
        return !record.pointee.flags.contains(.transactional)
    }

    /// The command that begins is the one that CLIENT REPLY SKIP meant.
    private func beginSkipping(_ session: Session) {
        if session.replyMode == .skipNext { session.replyMode = .skipping }
    }

    /// Takes back a reply that is not to be sent; what was pushed meanwhile stays.
    func mute(_ session: Session, to mark: Int) {
        let mark = session.mutedFrom ?? mark
        session.mutedFrom = nil
        switch session.replyMode {
        case .on, .skipNext: return
        case .off: session.writer.truncate(to: mark)
        case .skipping:
            session.writer.truncate(to: mark)
            session.replyMode = .on
            session.attention.remove(.muted)
        }
    }
}

extension Bytes {
    /// What a client sent, for an error that repeats it: up to the first NUL and at most `most` bytes, a character for
    /// each byte, which `ReplyWriter.error` turns back into that byte.
    public func echoed(_ most: Int = .max) -> String {
        var text = ""
        for byte in buffer.prefix(most).prefix(while: { $0 != 0 }) { text.unicodeScalars.append(UnicodeScalar(byte)) }
        return text
    }
}
