import Primitives

/// What happens by the clock.
extension ClusterBus {
    var nodeTimeout: Int64 { configuration.nodeTimeoutMilliseconds }

    /// When the machine wants to be told the time again: a tick then, or a little later.
    public func nextTick(after now: Int64) -> Int64 {
        guard case .scheduled(let plan) = election else { return now + 100 }
        return min(now + 100, max(now + 1, plan.at))
    }

    mutating func tick() {
        noticeSleep()
        ticks += 1
        for index in table.indices where index != me && !table[index].isVacant {
            if keepLink(index) { watch(index) }
        }
        let interval = configuration.pingIntervalMilliseconds
        if ticks % Int(max(1, (interval == 0 ? 1000 : interval) / 100)) == 0, pingsAtRandom { pingOldest() }
        spreadSuspicions()
        tellWhomToFollow()
        checkManualFailoverTime()
        stepHandOver()
        stepSuccession()
        if !waived.isEmpty { claimWaived() }
        if table[me].isReplica { stepFailover() }
        if table[me].isReplica, ticks % 10 == 0 { considerMigration() }
        if !isUp { pending.insert(.state) }
    }

    /// Sees to it that there is a connection to a member. False where there is no member any more.
    private mutating func keepLink(_ index: Int) -> Bool {
        if table[index].flags.contains(.handshake), now - table[index].createdAt > max(nodeTimeout, 1000) {
            remove(index)
            return false
        }
        // One that has failed is tried once a second.
        let isDue = !table[index].isFailed || (ticks + index) % 10 == 0
        if table[index].outbound == 0, isDue, isLinked(index) { open(index) }
        return true
    }

    /// Looks after a member: pings it in time, connects anew where nothing is heard, suspects it in the end.
    private mutating func watch(_ index: Int) {
        guard table[index].flags.isDisjoint(with: [.noAddress, .handshake]) else { return }
        if table[index].pingSentAt == 0 {
            let isDue = now - table[index].pongReceivedAt > nodeTimeout / 2
            if isDue || isPingedForFailover(index) { ping(index) }
            return
        }
        let silence = now - max(table[index].dataReceivedAt, table[index].pingSentAt)
        if silence > nodeTimeout / 2, now - table[index].linkedAt > nodeTimeout, isLinked(index) {
            closeOutbound(index)
            open(index)
        }
        if silence > nodeTimeout, !table[index].isDown { suspect(index) }
        if isPingedForFailover(index) { ping(index) }
    }

    /// Pings, of a few members chosen by chance, the one that has been silent for longest.
    private mutating func pingOldest() {
        var oldest: Int?
        for _ in 0..<5 {
            let index = randomIndex()
            guard index != me, !table[index].isVacant, table[index].isConnected, table[index].pingSentAt == 0,
                !table[index].flags.contains(.handshake)
            else { continue }
            if oldest.map({ table[$0].pongReceivedAt > table[index].pongReceivedAt }) ?? true { oldest = index }
        }
        if let oldest { ping(oldest) }
    }
}
