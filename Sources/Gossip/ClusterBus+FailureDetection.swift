import Primitives

/// Who does not answer, and who has failed.
///
///     well ──no answer for a node timeout──▶ suspected ──most primaries say so──▶ failed
///       ◀──────────── an answer ────────────────┘                                   │
///       ◀── an answer: at once without slots; with slots when nobody has taken them for two node timeouts ──┘
extension ClusterBus {
    /// How many primaries are most of them.
    var quorum: Int { tally.size / 2 + 1 }

    mutating func suspect(_ index: Int) {
        change(index) { $0.flags.insert(.suspected) }
        suspects.append(index)
        if table[me].isVoter { rumours = tally.size }
        pending.insert(.state)
        failIfMostSay(index)
    }

    mutating func clearSuspicion(_ index: Int) {
        change(index) { $0.flags.remove(.suspected) }
        suspects.removeAll { $0 == index }
        pending.insert([.save, .state])
    }

    // MARK: Reports

    /// A primary tells what it thinks of a member.
    mutating func hear(of index: Int, isDown: Bool, from reporter: Int) {
        if !isDown { return forgetReport(of: index, by: reporter) }
        // Of one that has failed nothing more is to be found out.
        guard !table[index].isFailed else { return }
        let report = FailureReport(reporter, at: now)
        let place = reportPlace(of: index, by: reporter)
        if place < table[index].reports.count, table[index].reports[place].reporter == report.reporter {
            table[index].reports[place] = report
        } else {
            table[index].reports.insert(report, at: place)
        }
        failIfMostSay(index)
    }

    mutating func forgetReport(of index: Int, by reporter: Int) {
        guard !table[index].reports.isEmpty else { return }
        let place = reportPlace(of: index, by: reporter)
        guard place < table[index].reports.count, table[index].reports[place].reporter == UInt32(reporter) else {
            return
        }
        table[index].reports.remove(at: place)
    }

    /// Where the report of a member is, or would be: they are in order.
    private func reportPlace(of index: Int, by reporter: Int) -> Int {
        var (low, high) = (0, table[index].reports.count)
        while low < high {
            let middle = (low + high) / 2
            if table[index].reports[middle].reporter < UInt32(reporter) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Reports count for two node timeouts.
    mutating func forgetOldReports(_ index: Int) {
        let oldest = FailureReport.tenths(now - nodeTimeout * 2)
        table[index].reports.removeAll { Int32(bitPattern: $0.tenths &- oldest) < 0 }
    }

    // MARK: Failures

    /// A member that does not answer here has failed when most primaries say so.
    private mutating func failIfMostSay(_ index: Int) {
        guard table[index].flags.contains(.suspected) else { return }
        let own = table[me].isVoter ? 1 : 0
        guard table[index].reports.count + own >= quorum else { return }
        forgetOldReports(index)
        guard table[index].reports.count + own >= quorum else { return }
        log("Marking node \(table[index].name) as failing (quorum reached).")
        markFailed(index)
        broadcast(.fail(table[index].name))
    }

    /// A member tells that another has failed.
    mutating func failureTold(of name: NodeName, by sender: Int) {
        guard let index = table.find(name), index != me, !table[index].isFailed else { return }
        log("FAIL message received from \(table[sender].name) about \(name)")
        markFailed(index, byItself: index == sender)
    }

    private mutating func markFailed(_ index: Int, byItself: Bool = false) {
        if table[index].flags.contains(.suspected) { suspects.removeAll { $0 == index } }
        change(index) {
            $0.flags.remove(.suspected)
            $0.flags.insert(.failed)
        }
        (table[index].failedAt, table[index].givesWay) = (now, byItself)
        table[index].reports = []
        pending.insert([.save, .state])
        if index == myPrimary { primaryFailed() }
        if table[me].isReplica { pending.insert(.failover) }
    }

    /// A member that had failed has answered.
    mutating func clearFailureIfPossible(_ index: Int) {
        let hasSlots = table[index].isPrimary && !table[index].slots.isEmpty
        if hasSlots, now - table[index].failedAt <= nodeTimeout * 2 { return }
        let reason = hasSlots ? "nobody is serving its slots after some time" : "is reachable again"
        log("Clear FAIL state for node \(table[index].name): \(reason).")
        clearFailure(index)
    }

    mutating func clearFailure(_ index: Int) {
        change(index) { $0.flags.remove(.failed) }
        pending.insert([.save, .state, .failover])
    }

    // MARK: Spreading

    /// New suspicions go at once to some primaries, since each has to hear of most others'. All of them are told within the
    /// next ticks, at a pace that a large cluster bears.
    mutating func spreadSuspicions() {
        guard rumours > 0 else { return }
        if suspects.isEmpty || !table[me].isVoter { return rumours = 0 }
        let first = Int.random(in: 0..<table.indices.count, using: &random)
        var told = 0
        for offset in table.indices where told < min(rumours, 8) {
            let index = (first + offset) % table.indices.count
            guard table[index].isConnected, table[index].isVoter, !table[index].isDown else { continue }
            ping(index)
            told += 1
        }
        rumours = told == 0 ? 0 : max(0, rumours - max(told, 8))
    }
}
