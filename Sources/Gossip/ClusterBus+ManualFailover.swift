import Primitives

/// A failover that somebody has asked for while the primary is well.
///
///     replica: MFSTART ──▶ primary: lets writes rest, tells its offset ──▶ replica: has reached it, stands
enum ManualFailover: Sendable {
    case none
    case replica(Waiting)
    case primary(Helping)

    /// The replica's side.
    struct Waiting: Sendable {
        var endsAt: Int64
        /// How much the primary had when its writes began to rest.
        var primaryOffset: Int64?
        /// Nothing is missing: it stands.
        var isReady = false
    }

    /// The primary's side.
    struct Helping: Sendable {
        var endsAt: Int64
        /// The index of the replica.
        var replica: Int
    }
}

extension ClusterBus {
    /// Whether this node stands by hand.
    var isReadyByHand: Bool {
        guard case .replica(let state) = manualFailover else { return false }
        return state.isReady
    }

    /// Whether the offset that this node tells is that of writes that rest for a failover.
    var isPausedForFailover: Bool {
        guard case .primary = manualFailover else { return false }
        return report.isPaused
    }

    func isPingedForFailover(_ index: Int) -> Bool {
        guard case .primary(let state) = manualFailover else { return false }
        return state.replica == index
    }

    // MARK: The replica

    mutating func beginFailover(_ mode: FailoverMode) throws(BusError) {
        guard table[me].isReplica else { throw BusError("ERR You should send CLUSTER FAILOVER to a replica") }
        guard let primary = myPrimary else { throw BusError("ERR I'm a replica but my master is unknown to me") }
        if mode == .inOrder, table[primary].isFailed || !table[primary].isConnected {
            throw BusError("ERR Master is down or failed, please use CLUSTER FAILOVER FORCE")
        }
        endManualFailover()
        election = .none
        start(mode, primary)
    }

    private mutating func start(_ mode: FailoverMode, _ primary: Int) {
        let endsAt = now + configuration.manualFailoverTimeoutMilliseconds
        switch mode {
        case .inOrder:
            warn("Manual failover user request accepted.")
            manualFailover = .replica(.init(endsAt: endsAt))
            // One that has become the primary just now heeds nobody of whom it has not heard yet that he follows it.
            ping(primary)
            send(.manualFailover, to: primary)
        case .forced:
            warn("Forced failover user request accepted.")
            manualFailover = .replica(.init(endsAt: endsAt, isReady: true))
            pending.insert(.failover)
        case .takeover:
            warn("Taking over the master (user request).")
            bumpEpoch()
            takePlaceOfPrimary()
        }
    }

    /// Follows a primary that has taken the slots over. A failover in order that was asked for meanwhile goes on with that one.
    mutating func followSuccessor(_ primary: Int) {
        let waiting: ManualFailover.Waiting? = if case .replica(let state) = manualFailover { state } else { nil }
        let isInOrder = waiting.map { !$0.isReady || $0.primaryOffset != nil } ?? false
        follow(primary)
        guard let waiting, isInOrder, now < waiting.endsAt else { return }
        start(.inOrder, primary)
    }

    /// What a message says that a failover waits for.
    mutating func noteForFailover(_ header: BusHeader, of sender: Int) {
        switch manualFailover {
        case .replica(var state) where state.primaryOffset == nil && header.isPaused && sender == myPrimary:
            log("Received replication offset for paused master manual failover: \(header.offset)")
            state.primaryOffset = header.offset
            manualFailover = .replica(state)
            pending.insert(.failover)
        case .none, .replica, .primary: break
        }
        if case .scheduled = election, primaryIndex(sender) == myPrimary { pending.insert(.failover) }
        if case .waiting = handOver, primaryIndex(sender) == me { stepHandOver() }
    }

    mutating func stepManualFailover() {
        guard case .replica(var state) = manualFailover, !state.isReady, let offset = state.primaryOffset,
            report.offset >= offset
        else { return }
        log("All master replication stream processed, manual failover can start.")
        state.isReady = true
        manualFailover = .replica(state)
        election = .none
    }

    // MARK: The primary

    mutating func manualFailoverAsked(by replica: Int) {
        guard table[me].isPrimary, primaryIndex(replica) == me else { return }
        endManualFailover()
        let time = configuration.manualFailoverTimeoutMilliseconds
        manualFailover = .primary(.init(endsAt: now + time, replica: replica))
        report.isPaused = false  // that of an earlier failover counts no more
        warn("Manual failover requested by replica \(table[replica].name).")
        actions.append(.order(.pauseWrites(milliseconds: time * 2)))
        ping(replica)
    }

    /// The node tells how it stands.
    mutating func reported(_ report: NodeReport) {
        let wasPaused = self.report.isPaused
        self.report = report
        if case .primary(let state) = manualFailover, report.isPaused, !wasPaused { ping(state.replica) }
        if case .waiting = handOver { stepHandOver() }
        stepSuccession()
        if table[me].isReplica { pending.insert(.failover) }
    }

    // MARK: Ends

    mutating func checkManualFailoverTime() {
        switch manualFailover {
        case .none: return
        case .replica(let state): if now <= state.endsAt { return }
        case .primary(let state): if now <= state.endsAt { return }
        }
        warn("Manual failover timed out.")
        endManualFailover()
    }

    mutating func endManualFailover() {
        if case .primary = manualFailover { actions.append(.order(.resumeWrites)) }
        manualFailover = .none
    }
}
