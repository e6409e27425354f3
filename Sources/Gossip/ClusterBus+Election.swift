import Primitives

/// A replica's way to the place of its primary that has failed.
///
///     none ─▶ scheduled ─▶ asking ─▶ (most votes) primary
///                ▲            │
///                ├─ another election has passed this one by
///                └─ resting ◀─┘ no majority in time
enum Election: Sendable {
    case none
    case scheduled(ElectionPlan)
    case asking(Ballot)
    case resting(until: Int64)
}

/// When a replica is to stand.
struct ElectionPlan: Sendable {
    /// When it may stand at the earliest.
    var earliest: Int64
    /// When it stands, since others come first.
    var at: Int64
    /// How many replicas of the shard have more of the history.
    var rank: Int
    /// How many other shards that have failed come first.
    var shardRank: Int
}

/// Votes that are asked for.
struct Ballot: Sendable {
    var epoch: UInt64
    var since: Int64
    var askedAt: Int64
    /// How many votes are needed: a majority as of the beginning. Whoever forgets voters meanwhile must not win by that, since
    /// others may not have forgotten them.
    var quorum: Int
    /// How often it has been asked.
    var rounds = 1
    /// What the votes are for.
    var slots: SlotSet
    /// Who has voted for this node, by index.
    var voters: Set<Int> = []
}

/// Elections. Of the reference's rules, those that keep them safe hold to the letter, since votes come from real nodes too: one
/// vote in an epoch, from primaries that own slots. The delays are other ones:
///
/// - The replica with the most of the history stands at once when it knows the offsets of all others since the failure; the
///   others wait for the fixed delay and for their rank.
/// - When many shards fail at once, they stand in the order of their primaries' names, each with an epoch that is ahead by its
///   place, so that no two ask for votes in one epoch. As soon as one is elected all places move up.
/// - A request that was not answered is sent again in the same epoch; one that another election has passed by begins anew at
///   once, and not after four node timeouts.
extension ClusterBus {
    /// So long replicas wait for what others know, and for the news of a failure to have reached all voters.
    private var fixedDelay: Int64 { min(500, nodeTimeout / 30) }
    /// How long votes are waited for.
    private var ballotTime: Int64 { max(nodeTimeout * 2, 2000) }
    private static let delayOfRank: Int64 = 500
    private static let delayOfShard: Int64 = 20

    /// The next step of a failover: by hand, or since the primary has failed.
    mutating func stepFailover() {
        pending.remove(.failover)
        stepManualFailover()
        guard let primary = primaryToReplace else { return standDown() }
        switch election {
        case .none: schedule(primary)
        case .scheduled(let plan): proceed(plan, primary)
        case .asking(let ballot): proceed(ballot, primary)
        case .resting(let until): if now >= until { schedule(primary) }
        }
    }

    /// There is nobody whose place this node should take.
    private mutating func standDown() {
        election = .none
        if table[me].isReplica { promises.succession.giveUp() }
    }

    /// The primary whose place this node may and should take.
    private var primaryToReplace: Int? {
        guard table[me].isReplica, let primary = myPrimary, !table[primary].slots.isEmpty, !report.isLoading else {
            return nil
        }
        if isReadyByHand { return primary }
        guard table[primary].isFailed, !configuration.replicaNeverFailsOver, isRecent else { return nil }
        return primary
    }

    /// Whether the data is young enough to take over with it.
    private var isRecent: Bool {
        guard configuration.replicaValidityFactor > 0 else { return true }
        // What it has is newer than what the primary has.
        if report.refusedTerm != nil { return true }
        guard let heardAt = report.linkHeardAt else { return false }
        let age = now - heardAt
        // That the primary was found to have failed took a node timeout.
        let counted = age > nodeTimeout ? age - nodeTimeout : age
        let (tolerated, isHuge) = nodeTimeout.multipliedReportingOverflow(by: configuration.replicaValidityFactor)
        return isHuge || counted <= configuration.replicationPingMilliseconds + tolerated
    }

    /// The primary of this node has failed: the replicas of the shard tell each other how much they have.
    mutating func primaryFailed() {
        guard let primary = myPrimary else { return }
        for replica in table[primary].replicas.map({ Int($0) }) where replica != me { ping(replica) }
        pending.insert(.failover)
    }

    // MARK: Waiting

    private mutating func schedule(_ primary: Int, isAgain: Bool = false) {
        let jitter = isAgain ? Int64.random(in: 0...max(1, fixedDelay), using: &random) : 0
        let earliest = isReadyByHand ? now : now + fixedDelay + jitter
        let plan = ElectionPlan(earliest: earliest, at: earliest, rank: 0, shardRank: 0)
        if !isReadyByHand {
            log(
                "Start of election delayed for \(earliest - now) milliseconds (rank #\(rank), offset \(report.offset))."
            )
        }
        proceed(plan, primary)
    }

    private mutating func proceed(_ old: ElectionPlan, _ primary: Int) {
        var plan = old
        if isReadyByHand {
            plan.at = now
        } else {
            (plan.rank, plan.shardRank) = (rank, shardRank(of: primary))
            let isFirst = plan.rank == 0 && plan.shardRank == 0 && knowsOffsets(since: table[primary].failedAt, primary)
            plan.at =
                isFirst
                ? now
                : plan.earliest + Int64(plan.rank) * ClusterBus.delayOfRank
                    + Int64(plan.shardRank) * ClusterBus.delayOfShard
        }
        election = .scheduled(plan)
        if now >= plan.at, let epoch = electionEpoch(ahead: UInt64(plan.shardRank)) { stand(primary, in: epoch) }
    }

    /// How many replicas of the shard come before this one: those that have more of the history; of equals, by name.
    private var rank: Int {
        guard let primary = myPrimary else { return 0 }
        return table[primary].replicas.count {
            let (index, own) = (Int($0), report.offset)
            guard index != me, table[index].flags.isDisjoint(with: [.suspected, .failed, .noFailover]) else {
                return false
            }
            return table[index].offset > own || table[index].offset == own && table[index].name < name
        }
    }

    /// Whether every other replica of the shard that is well has told its offset since then.
    private func knowsOffsets(since: Int64, _ primary: Int) -> Bool {
        table[primary].replicas.allSatisfy {
            let index = Int($0)
            return index == me || table[index].isDown || table[index].offsetAt >= since
        }
    }

    /// How many shards come before this one among those that can be saved and have failed, or are about to.
    private func shardRank(of primary: Int) -> Int {
        let own = table[primary].name
        return table.indices.count {
            table[$0].isDown && table[$0].isVoter && table[$0].name < own
                && table[$0].replicas.contains { !table[Int($0)].isDown }
        }
    }

    // MARK: Asking

    private mutating func stand(_ primary: Int, in epoch: UInt64) {
        currentEpoch = epoch
        // Who stands has voted: whoever wins would vote once more for its shard in the same epoch, and two could win it.
        lastVoteEpoch = epoch
        let ballot = Ballot(
            epoch: currentEpoch, since: now, askedAt: now, quorum: quorum, slots: inheritance(of: primary))
        election = .asking(ballot)
        warn("Starting a failover election for epoch \(currentEpoch).")
        saveNow()
        ask(ballot, primary)
    }

    private mutating func ask(_ ballot: Ballot, _ primary: Int) {
        var header = header()
        (header.isForced, header.slots) = (isReadyByHand, ballot.slots)
        let isNews = ballot.rounds == 1 && table[primary].isFailed
        for index in table.indices where table[index].isConnected && table[index].isVoter {
            guard !ballot.voters.contains(index) else { continue }
            // Nobody votes who has not heard of the failure yet. The primary itself votes where it is replaced by hand, or
            // gives way: two primaries are no majority without it.
            if isNews, index != primary { send(.fail(table[primary].name), to: index, under: header) }
            send(.voteRequest, to: index, under: header)
        }
    }

    private mutating func proceed(_ ballot: Ballot, _ primary: Int) {
        if ballot.voters.count >= max(quorum, ballot.quorum) {
            // Nobody has voted for what has been added since, which may be somebody's.
            var added = inheritance(of: primary)
            added.subtract(ballot.slots)
            return added.isEmpty ? win(ballot) : schedule(primary, isAgain: true)
        }
        let waited = now - ballot.askedAt
        if currentEpoch > ballot.epoch {
            if waited > max(100, fixedDelay) { schedule(primary, isAgain: true) }
        } else if now - ballot.since > ballotTime {
            election = .resting(until: ballot.since + ballotTime * 2)
        } else if waited >= max(100, fixedDelay) << Int64(min(ballot.rounds - 1, 8)) {
            var ballot = ballot
            ballot.askedAt = now
            ballot.rounds += 1
            election = .asking(ballot)
            ask(ballot, primary)
        }
    }

    /// A primary has voted for this node.
    mutating func voteGiven(by voter: Int, _ header: BusHeader) {
        guard case .asking(var ballot) = election, table[voter].isVoter, header.currentEpoch == ballot.epoch else {
            return
        }
        ballot.voters.insert(voter)
        election = .asking(ballot)
        pending.insert(.failover)
    }

    /// A voter is forgotten: its vote is not another member's who comes to its place.
    mutating func withdrawVote(of voter: Int) {
        guard case .asking(var ballot) = election, ballot.voters.remove(voter) != nil else { return }
        election = .asking(ballot)
    }

    private mutating func win(_ ballot: Ballot) {
        warn("Failover election won: I'm the new master.")
        tellOfVotes(ballot)
        table[me].configEpoch = max(table[me].configEpoch, ballot.epoch)
        electedEpoch = table[me].configEpoch
        takePlaceOfPrimary()
        leadInTerm()
    }

    /// Says in whose place, why, and by whose votes.
    private mutating func tellOfVotes(_ ballot: Ballot) {
        guard let primary = myPrimary else { return }
        let reason = isReadyByHand ? "as a user has ordered" : "since it does not answer most primaries"
        let voters = ballot.voters.map(title).sorted().joined(separator: ", ")
        log("Failover of \(title(primary)), \(reason), in epoch \(ballot.epoch) by the votes of \(voters)")
    }

    /// A node as people find it: its name and where it is.
    func title(_ index: Int) -> String {
        let peer = table[index]
        return "\(peer.name) (\(peer.host):\(peer.port != 0 ? peer.port : peer.tlsPort))"
    }

    /// The slots that come with the place of a primary: what goes with its epoch, by which the votes are given. Of what it has let
    /// go in that epoch all other claims are later, and voters know of them. What it had let go before may be another's by an
    /// older one.
    private func inheritance(of primary: Int) -> SlotSet {
        var slots = table[primary].slots
        slots.subtract(forsaken)
        return ungrantedSlots(slots)
    }

    /// Becomes the primary of the shard, with the slots of the old one, and tells everybody.
    mutating func takePlaceOfPrimary() {
        guard let old = myPrimary else { return }
        let slots = inheritance(of: old)
        becomePrimary(me)
        slots.forEach { assign($0, to: me) }
        table[me].slots = slots.count == table[me].slots.count ? slots : table[me].slots
        (election, followed) = (.none, nil)
        actions.append(.order(.lead))
        removeKeysLostByPrimary()
        endManualFailover()
        updateState()
        saveNow()
        broadcastPong()
    }
}
