import Primitives

/// How the node acknowledges, and keeps, what was promised.
///
///     off                                                    nothing is promised beyond an election
///     unproven ─ a primary that has come back ──────▶ term   nobody follows it, who may have more of the history than it
///     withheld ─ a replica has a primary's history ─▶ term   acknowledgements carry the term
///     withheld ─ a primary has proved itself ───────▶ term   only acknowledgements that carry the term count
///     refused                                                a member of the shard knows nothing of terms
public enum PromiseState: Equatable, Sendable {
    case off
    case unproven
    case withheld
    case term(UInt64)
    case refused

    /// The term, if there is one.
    public var term: UInt64? {
        if case .term(let term) = self { return term }
        return nil
    }
}

/// What the bus does so that promises hold through elections.
struct Promises: Sendable {
    var succession = Succession()
    /// What the node was told last, and how many times it was told something.
    var told = PromiseState.off
    var toldKeeping: UInt64 = 0
    var toldNumber: UInt64 = 0
    /// Whether this primary leads in a term of its own.
    var isProven = false
    /// Whether this primary has come back, so that others may know more: it does not serve before it is proven.
    var mustProve = false
    /// A ballot that was promised and not granted yet, since the node acknowledges still; and whose it is, by index.
    var asked: (ballot: Succession.Ballot, candidate: Int)?
    /// When a quorum was asked first, and last.
    var (since, askedAt): (Int64, Int64) = (0, 0)
    /// The latest term that another member was promised, as that one has told.
    var otherTerm: UInt64 = 0
    /// Before this no proof is begun: others are about to lead, or have to.
    var provesFrom: Int64 = 0
    /// Whether the data is known to have all that this node has ever acknowledged: not after a start, before it has had the
    /// history of a primary that leads in a term.
    var isWhole = false
    /// Whether it has still to be seen what the node has loaded.
    var looksAtData = false
    /// Whether a quorum has granted.
    var mayLead = false
    /// What is told to a member with the next message to it, by index.
    var words: [Int: PingExtension] = [:]
}

/// Promises that hold through elections: `Succession`, carried by pings of members that know of terms.
///
/// 1. A primary promises only in a term that a quorum of its shard has granted it. One that has started again does not even
///    serve before that: what it has lost, others may have.
/// 2. A replica asks for votes only in an epoch that is a term granted to it.
/// 3. One that has started again is followed by nobody before that, or replicas would give what they have for what it has.
/// 4. Whoever has the history of a term does not give it up for that of a primary that leads in an older one, though it be the
///    winner of a later election: it objects, until the primary leads in a later term, or finds that others have more than it.
/// 5. Whoever grants a term has ceased to acknowledge older ones: the node has said so, and `nodes.conf` is on the disk.
extension ClusterBus {
    private var rule: PromiseRule { promises.succession.rule }

    /// Whether this primary may not serve, nor be followed, since others may know more than it.
    var awaitsProof: Bool { promises.mustProve && rule.isOn && table[me].isVoter }

    /// How the node stands that acknowledges nothing and counts nothing.
    private var silence: PromiseState { awaitsProof ? .unproven : .withheld }

    /// The next step; after each report and on each tick.
    mutating func stepSuccession() {
        guard rule.isOn else { return tell(.off) }
        lookAtData()
        answerCandidate()
        if table[me].isReplica { adoptHistory() } else { stepProof() }
        tell(promises.told)
    }

    /// A node that has loaded nothing has nothing of any term.
    private mutating func lookAtData() {
        guard promises.looksAtData, promises.told != .off, isHeeded else { return }
        promises.looksAtData = false
        if report.offset == 0 { promises.succession.loseData() }
    }

    /// How the node is to acknowledge from here on; also before it has carried out any order.
    public var promiseState: PromiseState { promises.told }

    /// A node that has just started knows from its first connection on that there are terms.
    mutating func beginPromises() { if rule.isOn { tell(silence) } }

    /// Has the node acknowledge in another way from here on.
    private mutating func tell(_ state: PromiseState) {
        let keeping = keptTerm
        guard promises.told != state || promises.toldKeeping != keeping else { return }
        (promises.told, promises.toldKeeping) = (state, keeping)
        promises.toldNumber += 1
        actions.append(.order(.promise(state, keeping: keeping, number: promises.toldNumber)))
    }

    /// The term before which no primary's history is worth this node's. Nothing was promised of a shard without slots.
    public var keptTerm: UInt64 {
        guard rule.isOn, table[myPrimary ?? me].isVoter || !openGrants.isEmpty else { return 0 }
        return promises.succession.dataTerm
    }

    /// Whether the node does as it was told last, and what it has reported since is so.
    private var isHeeded: Bool { report.promiseNumber >= promises.toldNumber && !report.isLoading }

    /// This node follows another primary, or none, from here on: what it acknowledged is over.
    mutating func endTerm(inShard isSameShard: Bool) {
        guard rule.isOn else { return }
        (promises.isProven, promises.mustProve) = (false, false)
        if !isSameShard { (promises.succession, promises.isWhole) = (Succession(rule: rule), false) }
        promises.succession.giveUp()
        tell(.withheld)
    }

    /// For so long whoever is not to lead leaves the others alone.
    private var patience: Int64 { max(1000, nodeTimeout) }

    // MARK: Members of the shard

    /// The indices of the others of this node's shard.
    private var companions: [Int] {
        let primary = myPrimary ?? me
        return (table[primary].replicas.map { Int($0) } + [primary]).filter { $0 != me }
    }

    /// How far this node is. A replica that has never had the history of its shard has nothing.
    private var place: HistoryPlace {
        let dataTerm = promises.succession.dataTerm
        let hasNothing = table[me].isReplica && dataTerm == 0
        return HistoryPlace(term: dataTerm, offset: hasNothing ? -1 : report.offset)
    }

    // MARK: A replica

    /// The link to the primary is up: what is acknowledged from here on is of its term.
    private mutating func adoptHistory() {
        if report.refusedTerm != nil, let primary = myPrimary { return object(to: primary) }
        guard isHeeded, report.isLinkUp, let term = report.linkTerm, term > 0, let primary = myPrimary,
            promises.succession.ballot == nil
        else { return }
        let ballot = Succession.Ballot(term: term, candidate: table[primary].name)
        guard promises.succession.mayAcknowledge(ballot) else {
            tell(.withheld)
            return object(to: primary)
        }
        if promises.succession.dataTerm < term {
            promises.succession.adopt(ballot)
            saveNow()
        }
        promises.isWhole = true
        tell(.term(term))
    }

    /// A primary that never hears of a later term which this node was promised, perhaps its own, or has the history of, leads
    /// in one that nobody acknowledges.
    private mutating func object(to primary: Int) {
        guard now - promises.askedAt >= patience else { return }
        promises.askedAt = now
        let (promised, dataTerm) = (promises.succession.promised, promises.succession.dataTerm)
        guard let promised, promised.term >= dataTerm else { return say(.promiseRefused(term: dataTerm), to: primary) }
        refuse(primary)
    }

    // MARK: A member that is asked

    /// A candidate wants this member to acknowledge nothing of older terms.
    mutating func promiseAsked(_ term: UInt64, by sender: Int) {
        guard rule.isOn, companions.contains(sender) else { return }
        let ballot = Succession.Ballot(term: term, candidate: table[sender].name)
        let isStanding = promises.succession.ballot != nil
        guard promises.succession.promise(ballot) else { return refuse(sender) }
        if table[me].isPrimary {
            (promises.isProven, promises.provesFrom) = (false, now + patience)
        } else if isStanding {
            election = .resting(until: now + patience)
        }
        promises.mayLead = false
        promises.asked = (ballot, sender)
        saveNow()
        tell(silence)
        answerCandidate()
    }

    /// Tells a member that another one was promised a later term.
    private mutating func refuse(_ index: Int) {
        guard let promised = promises.succession.promised, promised.candidate != table[index].name else { return }
        say(.promiseRefused(term: promised.term), to: index)
    }

    private mutating func answerCandidate() {
        guard let asked = promises.asked, isHeeded else { return }
        promises.asked = nil
        say(.promiseGranted(term: asked.ballot.term, place, isWhole: promises.isWhole), to: asked.candidate)
    }

    /// Says something to a member at once.
    private mutating func say(_ word: PingExtension, to index: Int) {
        promises.words[index] = word
        pong(to: index)
        promises.words[index] = nil
    }

    // MARK: A candidate

    /// Stands for a term that is ahead of all known; false where another was promised a later one.
    private mutating func campaign(for term: UInt64) -> Bool {
        let ballot = Succession.Ballot(term: term, candidate: name)
        guard promises.succession.promise(ballot) else { return false }
        promises.succession.stand(ballot)
        (promises.since, promises.askedAt, promises.mayLead) = (now, 0, false)
        saveNow()
        tell(silence)
        return true
    }

    /// Asks all who have not granted, every now and then; grants itself as soon as its node acknowledges nothing any more.
    private mutating func canvass(_ ballot: Succession.Ballot) {
        guard isHeeded else { return }
        receive(promises.succession.receive(grantOf: ballot, from: name, at: place, isWhole: promises.isWhole))
        guard promises.succession.ballot == ballot, !promises.mayLead, now - promises.askedAt >= 200 else { return }
        promises.askedAt = now
        for index in companions where table[index].knowsTerms { say(.promiseAsked(term: ballot.term), to: index) }
    }

    /// A member has granted a term.
    mutating func promiseGranted(_ term: UInt64, _ place: HistoryPlace, _ isWhole: Bool, by sender: Int) {
        guard let ballot = promises.succession.ballot, ballot.term == term else { return }
        let name = table[sender].name
        receive(promises.succession.receive(grantOf: ballot, from: name, at: place, isWhole: isWhole))
        pending.insert(.failover)
        if table[me].isPrimary { stepProof() }
    }

    /// A member has been promised a later term by somebody else: it is to be outbid.
    mutating func promiseRefused(_ term: UInt64, by sender: Int) {
        guard rule.isOn, companions.contains(sender) else { return }
        promises.otherTerm = max(promises.otherTerm, term)
        // Replicas that outbid each other at once would never end.
        guard table[me].isPrimary else { return }
        if let ballot = promises.succession.ballot, ballot.term <= term { promises.succession.giveUp() }
        if promises.isProven, promises.succession.dataTerm <= term {
            promises.isProven = false
            stepProof()
        }
    }

    /// A term that is later than all that this node knows of.
    private var nextTerm: UInt64 { max(currentEpoch, promises.succession.promised?.term ?? 0, promises.otherTerm) + 1 }

    private mutating func receive(_ verdict: Succession.Verdict) {
        switch verdict {
        case .waiting: return
        case .mayLead: promises.mayLead = true
        case .isBehind(let other):
            warn("\(other) has more of the history of this shard than this node.")
            promises.succession.giveUp()
            if table[me].isPrimary { return standBack() }
            election = .resting(until: now + patience)
            // Whoever has asked for it has to ask the other one.
            endManualFailover()
        }
    }

    // MARK: A primary

    /// Proves that nobody knows more, so that promises can be kept.
    private mutating func stepProof() {
        guard table[me].isVoter else { return tell(.withheld) }
        guard companions.allSatisfy({ table[$0].knowsTerms || table[$0].dataReceivedAt == 0 }) else {
            promises.isProven = false
            return tell(.refused)
        }
        if promises.isProven { return tell(.term(promises.succession.dataTerm)) }
        tell(silence)
        guard let ballot = promises.succession.ballot else { return beginProof() }
        canvass(ballot)
        if promises.mayLead { return endProof() }
        if now - promises.since > max(1000, nodeTimeout) { promises.succession.giveUp() }
    }

    private mutating func beginProof() {
        let reachable = companions.count { table[$0].isConnected && table[$0].knowsTerms }
        guard reachable + 1 >= rule.quorum, now >= promises.provesFrom, now - promises.since > 500 else { return }
        currentEpoch = nextTerm
        _ = campaign(for: currentEpoch)
    }

    private mutating func endProof() {
        promises.succession.lead()
        (promises.isProven, promises.mustProve, promises.mayLead, promises.isWhole) = (true, false, false, true)
        saveNow()
        tell(.term(promises.succession.dataTerm))
        pending.insert([.state, .map])
    }

    /// A replica has more: says of itself that it has failed, so that the replicas stand.
    private mutating func standBack() {
        promises.provesFrom = now + patience * 2
        broadcast(.fail(name))
    }

    // MARK: Elections

    /// Whether a replica may ask for votes, and in which epoch; nil as long as it has to wait for grants.
    mutating func electionEpoch(ahead: UInt64) -> UInt64? {
        guard rule.isOn else { return currentEpoch + 1 + ahead }
        guard let ballot = promises.succession.ballot, ballot.term > currentEpoch else {
            promises.succession.giveUp()
            let term = nextTerm + ahead
            if campaign(for: term), let ballot = promises.succession.ballot { canvass(ballot) }
            return promises.mayLead ? promises.succession.ballot?.term : nil
        }
        canvass(ballot)
        return promises.mayLead ? ballot.term : nil
    }

    /// An election is won: the shard's primary leads in the term that it was granted.
    mutating func leadInTerm() {
        guard rule.isOn, promises.succession.ballot != nil else { return }
        promises.succession.lead()
        (promises.isProven, promises.mayLead, promises.isWhole) = (true, false, true)
        saveNow()
        tell(.term(promises.succession.dataTerm))
    }

    // MARK: The configuration and the file

    mutating func adoptPromiseRule() {
        guard rule != configuration.promise else { return }
        promises.succession.rule = configuration.promise
        promises.isProven = false
        promises.succession.giveUp()
    }

    mutating func restorePromises(_ file: NodesFile) {
        promises.succession = Succession(
            rule: configuration.promise, promised: file.promised, dataTerm: file.dataTerm)
        promises.looksAtData = true
        // Whoever has had to do with a term has others of its shard, even if it has not written down who they are.
        let hasOthers = !table[me].replicas.isEmpty || file.promised != nil || file.dataTerm > 0
        promises.mustProve = table[me].isVoter && hasOthers
    }
}
