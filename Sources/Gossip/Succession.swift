/// How many copies of a shard's data there are, and how many have to have a write before its client hears of it.
public struct PromiseRule: Equatable, Sendable {
    /// Nodes of the shard, the primary among them; 0 where nothing is promised beyond an election.
    public var copies = 0
    /// How many of them have a write that was promised, the primary among them.
    public var acknowledgements = 0

    /// A rule.
    public init(copies: Int = 0, acknowledgements: Int = 0) {
        (self.copies, self.acknowledgements) = (copies, acknowledgements)
    }

    /// Whether promises hold through elections.
    public var isOn: Bool { copies > 0 && 1...copies ~= acknowledgements }
    /// So many nodes that one of them has every write that was promised.
    public var quorum: Int { copies - acknowledgements + 1 }
}

/// How far a copy has come in the history of its shard.
public struct HistoryPlace: Comparable, Hashable, Sendable {
    /// The term of the primary whose history it is.
    public var term: UInt64
    /// Bytes of it.
    public var offset: Int64

    /// A place.
    public init(term: UInt64, offset: Int64) { (self.term, self.offset) = (term, offset) }

    /// An older history is less, however long it is.
    public static func < (a: HistoryPlace, b: HistoryPlace) -> Bool { (a.term, a.offset) < (b.term, b.offset) }
}

/// Who may lead a shard, so that no write is lost that so many copies have acknowledged: a machine.
///
///     candidate: term + 1 ─ asks ─▶ members: acknowledge nothing of older terms from here on, durably; say how far they are
///                         ◀─ grants ─  a quorum, none further than the candidate ─▶ it may lead in this term
///
/// With N copies of which W have each promised write, any N − W + 1 of them contain one that has it. Source: the two phases of
/// Paxos (Lamport 2001), whose ballots the terms are.
///
/// A member that has started again may have lost what it has acknowledged: it does not count for the quorum before it has had
/// the history of a leader again. Where all N have granted, nobody can know more than the candidate.
///
/// 1. A member acknowledges the history of a primary only if that one's term is later than what it has promised, or if it
///    is the promised one itself.
/// 2. What is promised is on the disk before it is granted, and rises only.
/// 3. A term belongs to one candidate for each member that has granted it.
public struct Succession: Equatable, Sendable {
    /// A term, and whose it is.
    public struct Ballot: Hashable, Sendable {
        /// An epoch of the cluster.
        public var term: UInt64
        /// Who leads in it, or wants to.
        public var candidate: NodeName

        /// A ballot.
        public init(term: UInt64, candidate: NodeName) { (self.term, self.candidate) = (term, candidate) }
    }

    /// What became of a grant.
    public enum Verdict: Equatable, Sendable {
        /// More are needed, or it came too late.
        case waiting
        /// A quorum has granted, and nobody of it is further.
        case mayLead
        /// Somebody has more of the history, and should lead.
        case isBehind(NodeName)
    }

    /// How many copies, and how many acknowledgements.
    public var rule = PromiseRule()
    /// Of which ballot on acknowledgements are given; to be kept on the disk.
    public private(set) var promised: Ballot?
    /// The term of the primary whose history the data is; to be kept on the disk.
    public private(set) var dataTerm: UInt64
    /// What this node stands for, and who has granted it.
    private var campaign: Campaign?

    private struct Campaign: Equatable {
        let ballot: Ballot
        var grants: [NodeName: HistoryPlace] = [:]
        /// Those of them that have all that they have ever acknowledged.
        var whole: Set<NodeName> = []
    }

    /// From what the disk knows.
    public init(rule: PromiseRule = PromiseRule(), promised: Ballot? = nil, dataTerm: UInt64 = 0) {
        (self.rule, self.promised, self.dataTerm) = (rule, promised, dataTerm)
    }

    /// Whether acknowledgements may be given to a primary.
    public func mayAcknowledge(_ primary: Ballot) -> Bool {
        guard let promised else { return true }
        return primary.term > promised.term || primary == promised
    }

    // MARK: A member

    /// Whether a candidate can be granted a ballot; after this its promise is to be kept, on the disk and by the node, before
    /// it is told.
    public mutating func promise(_ ballot: Ballot) -> Bool {
        guard mayAcknowledge(ballot) else { return false }
        promised = ballot
        if let mine = campaign?.ballot, mine != ballot { campaign = nil }
        return true
    }

    /// The data is that of a primary's history from here on.
    public mutating func adopt(_ primary: Ballot) { dataTerm = max(dataTerm, primary.term) }

    /// The data is gone.
    public mutating func loseData() { dataTerm = 0 }

    // MARK: A candidate

    /// The ballot that this node stands for.
    public var ballot: Ballot? { campaign?.ballot }

    /// Stands in a term; the caller has promised it to itself.
    public mutating func stand(_ ballot: Ballot) { campaign = Campaign(ballot: ballot) }

    /// Stands no longer.
    public mutating func giveUp() { campaign = nil }

    /// A member has granted a ballot, this node itself too.
    /// - Parameter isWhole: whether it has all that it has ever acknowledged.
    public mutating func receive(
        grantOf ballot: Ballot, from member: NodeName, at place: HistoryPlace, isWhole: Bool = true
    ) -> Verdict {
        guard campaign?.ballot == ballot else { return .waiting }
        campaign?.grants[member] = place
        if isWhole { campaign?.whole.insert(member) }
        guard let grants = campaign?.grants, let own = grants[ballot.candidate] else { return .waiting }
        if let further = grants.filter({ $0.value > own }).max(by: { $0.value < $1.value }) {
            return .isBehind(further.key)
        }
        let count = campaign?.whole.count ?? 0
        return count >= rule.quorum || grants.count >= rule.copies ? .mayLead : .waiting
    }

    /// Has won: leads in the term of its ballot.
    public mutating func lead() {
        if let ballot = campaign?.ballot { dataTerm = max(dataTerm, ballot.term) }
        campaign = nil
    }
}
