import Primitives
import RESP
import Storage

/// A pause of commands (CLIENT PAUSE).
struct Pause {
    enum Scope {
        case writes
        case everything
    }

    var scope = Scope.writes
    /// Monotonic milliseconds; 0 for no pause.
    var until: Int64 = 0
    /// Whether writes are held back since a replica is to take over, for as long as that takes.
    var isForFailover = false
}

// Clients that wait: for a pause to end, for a time to come.

extension Node {
    /// Holds commands back until `milliseconds` from now; of two pauses the longer and the wider wins.
    func pauseCommands(_ milliseconds: Int64, _ scope: Pause.Scope) {
        let until = monotonic &+ milliseconds
        let wasPaused = isPauseOn
        pause.scope = wasPaused && pause.scope == .everything ? .everything : scope
        pause.until = max(pause.until, until)
        attention.insert(.paused)
        keyspace.expiryMode = .hide
    }

    /// Whether commands are held back.
    public var isPauseOn: Bool { pause.until > 0 || pause.isForFailover }

    /// Whether a handover to a replica is under way, so that the journal has to stand still.
    public var isHandingOver: Bool { pause.isForFailover }

    /// Holds writes back until a handover to a replica has ended.
    public func pauseForFailover() {
        if pause.until == 0 { pause.scope = .writes }
        pause.isForFailover = true
        attention.insert(.paused)
        keyspace.expiryMode = .hide
    }

    /// The handover has ended.
    public func endPauseForFailover() {
        guard pause.isForFailover else { return }
        pause.isForFailover = false
        if pause.until == 0 { resumePaused() }
    }

    /// Lets all go on.
    func endPause() {
        guard pause.until > 0 else { return }
        pause.until = 0
        if pause.isForFailover { pause.scope = .writes } else { resumePaused() }
    }

    private func resumePaused() {
        attention.remove(.paused)
        keyspace.expiryMode = ordinaryExpiryMode
        for session in sessions.values where session.state == .postponed {
            session.state = .ready
            act(.resume(session))
        }
        releaseHeldTouches()
    }

    /// Whether a command has to wait for the end of a pause.
    func isPaused(_ session: Session, _ record: UnsafeMutablePointer<CommandRecord>) -> Bool {
        guard isPauseOn, session.userName != "(superuser)", !session.isReplica else { return false }
        let flags = record.pointee.flags
        if pause.scope == .everything { return commands.fullNames[record.pointee.index] != "client|unpause" }
        if let transaction = session.transaction, commands.fullNames[record.pointee.index] == "exec" {
            return transaction.commands.contains { $0.record.pointee.flags.contains(.write) }
        }
        return flags.contains(.write) || flags.contains(.mayReplicate)
    }

    func postpone(_ session: Session) { session.state = .postponed }
}

// MARK: Time

extension Node {
    /// Does what is due; the driver calls it at least `hz` times a second.
    public func tickTimers() {
        if pause.until > 0, pause.until <= monotonic { endPause() }
        if pendingShutdown != nil { continueShutdown() }
        if fence.awaitsReplicas { breakLatePromises() }
        endBlocksInTime()
        settleAftermath()
        endHotKeysInTime()
        endKeyWatchInTime()
        tidyTrackedKeys()
        rates.sample(monotonic, statistics, replication?.traffic ?? (0, 0))
        notePeakMemory()
        endIdleSessions()
        releaseIdleMemory()
        checkOutputLimits()
    }

    func notePeakMemory() {
        let used = usedBytes
        guard used > statistics.peakMemory else { return }
        statistics.peakMemory = used
        statistics.peakMemoryAt = keyspace.now
    }

    /// Once a second, takes back the buffers of clients that have been silent for two.
    private func releaseIdleMemory() {
        let now = keyspace.now / 1000
        guard now > lastMemoryRelease else { return }
        lastMemoryRelease = now
        for session in sessions.values where now - session.lastActiveAt >= 2 { session.releaseIdleMemory() }
    }

    private func endIdleSessions() {
        let limit = limits.idleSeconds
        guard limit > 0 else { return }
        let now = keyspace.now / 1000
        for session in sessions.values
        where !session.isBlocked && !session.isPrimary
            && session.attention.isDisjoint(with: [.monitor, .subscribed, .replicaLink])
        {
            guard now - session.lastActiveAt > limit else { continue }
            log(.verbose, "Closing idle client")
            close(session, afterReply: false)
        }
    }

    /// Ends sessions whose output has been over its limit for too long.
    private func checkOutputLimits() {
        guard limits.normalOutput != HotSettings.OutputLimit() || !subscriptions.isEmpty else { return }
        for session in sessions.values { checkOutputLimit(session) }
    }

    /// The limit of a session's class.
    func outputLimit(of session: Session) -> HotSettings.OutputLimit {
        session.attention.contains(.subscribed) ? limits.subscriberOutput : limits.normalOutput
    }

    /// Ends a session whose waiting output is over its limit. The driver calls it when a write did not take everything.
    public func checkOutputLimit(_ session: Session) {
        let limit = outputLimit(of: session)
        let waiting = session.waitingOutputCount
        guard !session.isClosed else { return }
        if limit.soft > 0, waiting > limit.soft {
            session.softLimitSince = session.softLimitSince ?? monotonic
        } else {
            session.softLimitSince = nil
        }
        let isSoftOver = session.softLimitSince.map { monotonic - $0 >= Int64(limit.softSeconds) * 1000 } ?? false
        guard limit.hard > 0 && waiting > limit.hard || isSoftOver else { return }
        statistics.outputLimitDisconnections += 1
        log(
            .warning,
            "Client id=\(session.id) addr=\(session.peerAddress) scheduled to be closed ASAP for overcoming of output buffer limits."
        )
        close(session, afterReply: false)
    }

    /// Removes expired keys for a short while. Returns in how many milliseconds it wants to go on.
    ///
    /// Calm, every key that expires is looked at once a second. Where many have expired, slices of half a millisecond
    /// follow each other with pauses for the others, so that expiry takes at most a fifth of the time, and more with a
    /// higher `active-expire-effort`.
    public func removeExpiredKeys() -> Int64 {
        guard isActiveExpiryOn, monotonic >= nextExpiryRound else { return max(0, nextExpiryRound - monotonic) }
        let start = clock.ticks
        let budget = UInt64(500_000 / tick)
        let pace = keyspace.removeExpired { clock.ticks &- start > budget }
        settleAftermath()
        let microseconds = Int(Double(clock.ticks &- start) * tick / 1000)
        keyspace.statistics.expireCycleMicroseconds += microseconds
        latency.record("expire-cycle", milliseconds: Int64(microseconds) / 1000, now: keyspace.now / 1000)
        if clock.ticks &- start > budget { keyspace.statistics.expireCyclesCutShort += 1 }
        let rest: Int64 = pace == .calm ? 100 : limits.expireEffort > 5 ? 1 : 2
        nextExpiryRound = monotonic + rest
        return rest
    }
}

// MARK: What the driver reports

extension Node {
    /// When the driver has to call `tickTimers` at the latest because a waiting, or the pause, may end then (monotonic
    /// milliseconds); nil for none.
    public var nextDeadline: Int64? {
        let earliest = min(waiters.deadlines.earliest, pause.until > 0 ? pause.until : .max)
        return earliest == .max ? nil : earliest
    }

    /// Counts a read from a socket.
    public func noteRead(_ count: Int) {
        statistics.readsProcessed &+= 1
        if count > 0 { statistics.netInputBytes &+= count }
    }

    /// Counts a write to a socket.
    public func noteWrite(_ count: Int) {
        statistics.writesProcessed &+= 1
        statistics.netOutputBytes &+= count
    }

    /// Counts a connection that was turned away.
    public func noteRejection() {
        statistics.connectionsReceived += 1
        statistics.connectionsRejected += 1
    }

    /// Notes for how many microseconds a snapshot has held the node up at once: its thread was busy, or it waited for the disk.
    public func noteSnapshot(slice: Int = 0, wait: Int = 0) {
        statistics.longestSnapshotSlice = max(statistics.longestSnapshotSlice, slice)
        statistics.longestSnapshotWait = max(statistics.longestSnapshotWait, wait)
    }

    /// Counts a turn of the driver's loop.
    public func noteTurn(ticks: UInt64) {
        statistics.eventLoopCycles &+= 1
        statistics.eventLoopTicks &+= ticks
        statistics.longestLoopTicks = max(statistics.longestLoopTicks, ticks)
        if statistics.readsProcessed != lastTurn.reads { statistics.eventLoopCyclesWithClients &+= 1 }
        let commands = statistics.commandsProcessed &- lastTurn.commands
        statistics.mostCommandsInCycle = max(statistics.mostCommandsInCycle, commands)
        lastTurn = (statistics.readsProcessed, statistics.commandsProcessed)
    }

    /// Counts what timers took.
    public func noteTimers(ticks: UInt64) { statistics.timerTicks &+= ticks }
}
