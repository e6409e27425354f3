import Primitives

/// Votes for replicas. A vote is on the disk before it is sent.
extension ClusterBus {
    mutating func voteAsked(by candidate: Int, _ header: BusHeader) {
        guard table[me].isVoter, table[candidate].isConnected else { return }
        guard let primary = primaryIndex(candidate), table[candidate].isReplica else { return }
        if let reason = objection(to: candidate, of: primary, header) {
            return log("Failover auth denied to \(table[candidate].name): \(reason)")
        }
        lastVoteEpoch = header.currentEpoch
        noteVote(for: candidate, of: primary)
        log("Failover auth granted to \(table[candidate].name) for epoch \(lastVoteEpoch)")
        saveNow()
        send(.vote, to: candidate)
    }

    /// A replica that was voted for is left alone by others for so long.
    private var votePatience: Int64 { min(nodeTimeout * 2, 2000) }

    /// Notes whose vote it was. Further votes for the same replica do not bind for longer, or two voters who are bound to
    /// different replicas would remain so.
    private mutating func noteVote(for candidate: Int, of primary: Int) {
        let isBound = table[primary].votedFor == Int32(candidate) && now - table[primary].votedAt < votePatience
        if !isBound { table[primary].votedAt = now }
        table[primary].votedFor = Int32(candidate)
    }

    /// Why a replica does not get this node's vote; nil where it does.
    private func objection(to candidate: Int, of primary: Int, _ header: BusHeader) -> String? {
        if header.currentEpoch < currentEpoch {
            return "reqEpoch (\(header.currentEpoch)) < curEpoch(\(currentEpoch))"
        }
        if lastVoteEpoch >= header.currentEpoch { return "already voted for epoch \(lastVoteEpoch)" }
        let isReplaced = table[primary].isFailed || primary == me && givesWay
        guard isReplaced || header.isForced else { return "its master is up" }
        let patience = votePatience - (now - table[primary].votedAt)
        if patience > 0, !header.isForced, table[primary].votedFor != Int32(candidate) {
            return "can't vote about this master before \(patience) milliseconds"
        }
        return ownsLater(header) ? "a slot of it has an owner of a later epoch" : nil
    }

    /// Whether a slot that the header claims belongs to somebody by a later epoch.
    private func ownsLater(_ header: BusHeader) -> Bool {
        var isOwned = false
        header.slots.forEach { slot in
            guard !isOwned, let holder = ownerIndex(slot), !unclaimed.contains(slot) else { return }
            isOwned = table[holder].configEpoch > header.configEpoch
        }
        return isOwned
    }
}
