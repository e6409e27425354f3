import Gossip
import Primitives
import Testing

@Suite struct SuccessionTests {
    private var names: [NodeName] {
        var random = RandomSource(seed: 7)
        return (0..<3).map { _ in NodeName(random: &random) }
    }
    private let rule = PromiseRule(copies: 3, acknowledgements: 2)

    @Test func aQuorumMeetsEveryAcknowledgedWrite() {
        for copies in 1...7 {
            for acknowledgements in 1...copies {
                let rule = PromiseRule(copies: copies, acknowledgements: acknowledgements)
                #expect(rule.isOn && rule.quorum + acknowledgements == copies + 1)
            }
        }
        #expect(!PromiseRule(copies: 3, acknowledgements: 4).isOn && !PromiseRule().isOn)
    }

    @Test func aCandidateLeadsWhenAQuorumHasGranted() {
        let names = names
        let ballot = Succession.Ballot(term: 5, candidate: names[0])
        var candidate = Succession(rule: rule)
        _ = candidate.promise(ballot)
        candidate.stand(ballot)
        let place = HistoryPlace(term: 1, offset: 100)
        let first = candidate.receive(grantOf: ballot, from: names[0], at: place)
        #expect(first == .waiting)
        let second = candidate.receive(grantOf: ballot, from: names[1], at: HistoryPlace(term: 1, offset: 90))
        #expect(second == .mayLead)
        candidate.lead()
        #expect(candidate.dataTerm == 5 && candidate.ballot == nil)
    }

    @Test func whoMayHaveLostWhatItAcknowledgedDoesNotCount() {
        let names = names
        let ballot = Succession.Ballot(term: 5, candidate: names[0])
        let place = HistoryPlace(term: 1, offset: 100)
        var candidate = Succession(rule: rule)
        candidate.stand(ballot)
        let own = candidate.receive(grantOf: ballot, from: names[0], at: place)
        let lost = candidate.receive(
            grantOf: ballot, from: names[1], at: HistoryPlace(term: 0, offset: -1), isWhole: false)
        #expect(own == .waiting && lost == .waiting)
        // All have granted: nobody can know more.
        let all = candidate.receive(
            grantOf: ballot, from: names[2], at: HistoryPlace(term: 1, offset: 90), isWhole: false)
        #expect(all == .mayLead)
        // What it has counts all the same.
        candidate.stand(ballot)
        _ = candidate.receive(grantOf: ballot, from: names[0], at: place)
        let verdict = candidate.receive(
            grantOf: ballot, from: names[1], at: HistoryPlace(term: 2, offset: 9), isWhole: false)
        #expect(verdict == .isBehind(names[1]))
    }

    @Test func whoeverIsBehindDoesNotLead() {
        let names = names
        let ballot = Succession.Ballot(term: 5, candidate: names[0])
        var candidate = Succession(rule: rule)
        candidate.stand(ballot)
        _ = candidate.receive(grantOf: ballot, from: names[0], at: HistoryPlace(term: 1, offset: 100))
        let verdict = candidate.receive(grantOf: ballot, from: names[2], at: HistoryPlace(term: 1, offset: 101))
        #expect(verdict == .isBehind(names[2]))
    }

    @Test func aLaterTermIsFurtherThanALongerHistory() {
        #expect(HistoryPlace(term: 1, offset: 900) < HistoryPlace(term: 2, offset: 10))
    }

    @Test func whatIsPromisedRisesOnly() {
        let names = names
        var member = Succession(rule: rule)
        let answers = [(5, 0), (5, 0), (5, 1), (4, 1), (6, 1)].map { term, candidate in
            member.promise(.init(term: term, candidate: names[candidate]))
        }
        #expect(answers == [true, true, false, false, true], "asked again it says the same; a term is one candidate's")
        #expect(!member.mayAcknowledge(.init(term: 5, candidate: names[0])))
        #expect(member.mayAcknowledge(.init(term: 6, candidate: names[1])))
        #expect(member.mayAcknowledge(.init(term: 7, candidate: names[2])))
    }

    @Test func whoeverPromisesAnotherALaterTermStandsNoLonger() {
        let names = names
        var candidate = Succession(rule: rule)
        candidate.stand(.init(term: 5, candidate: names[0]))
        _ = candidate.promise(.init(term: 6, candidate: names[1]))
        #expect(candidate.ballot == nil)
    }

    /// Copies that die, come back, lag and stand for election, all at once: whatever a client was promised is in the history
    /// of every later leader.
    @Test(arguments: 0..<60 as Range<UInt64>) func noPromisedWriteIsLost(seed: UInt64) {
        var shard = Shard(seed: seed)
        for _ in 0..<2000 { shard.step() }
        #expect(shard.loss == nil)
    }
}

/// A shard whose members are copies of a list of writes; messages are lost and late.
private struct Shard {
    struct Copy {
        var succession: Succession
        var writes: [Int] = []
        /// The primary that it follows, or itself; nil for none.
        var primary: Succession.Ballot?
        var place: HistoryPlace { HistoryPlace(term: succession.dataTerm, offset: Int64(writes.count)) }
    }
    enum Message {
        case ask(Succession.Ballot, to: Int)
        case grant(Succession.Ballot, from: Int, HistoryPlace)
        case copy([Int], Succession.Ballot, to: Int)
        case acknowledge(Int, Succession.Ballot, from: Int)
    }

    let names: [NodeName]
    let rule: PromiseRule
    var copies: [Copy]
    var random: RandomSource
    var term: UInt64 = 1
    var messages: [Message] = []
    /// Who has acknowledged how much of a primary's writes.
    var acknowledged: [Succession.Ballot: [Int: Int]] = [:]
    var promised: Set<Int> = []
    var nextWrite = 0
    var loss: Int?

    init(seed: UInt64) {
        random = RandomSource(seed: seed)
        let count = Int.random(in: 2...5, using: &random)
        rule = PromiseRule(copies: count, acknowledgements: Int.random(in: 2...count, using: &random))
        var random = random
        names = (0..<count).map { _ in NodeName(random: &random) }
        copies = (0..<count).map { [rule] _ in Copy(succession: Succession(rule: rule)) }
    }

    mutating func step() {
        let number = Int.random(in: copies.indices, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0: stand(number)
        case 1...5: write(number)
        case 6: copies[number].succession.giveUp()
        default: deliver()
        }
    }

    private mutating func stand(_ number: Int) {
        term += 1
        let ballot = Succession.Ballot(term: term, candidate: names[number])
        guard copies[number].succession.promise(ballot) else { return }
        copies[number].succession.stand(ballot)
        copies[number].primary = nil
        messages += copies.indices.map { .ask(ballot, to: $0) }
    }

    private mutating func write(_ number: Int) {
        guard let ballot = copies[number].primary, ballot.candidate == names[number],
            copies[number].succession.mayAcknowledge(ballot)
        else { return }
        nextWrite += 1
        copies[number].writes.append(nextWrite)
        acknowledged[ballot, default: [:]][number] = copies[number].writes.count
        for other in copies.indices where other != number {
            messages.append(.copy(copies[number].writes, ballot, to: other))
        }
    }

    private mutating func deliver() {
        guard let index = messages.indices.randomElement(using: &random) else { return }
        let message = messages.remove(at: index)
        if Int.random(in: 0..<6, using: &random) == 0 { return }
        switch message {
        case .ask(let ballot, let number): ask(ballot, number)
        case .grant(let ballot, let member, let place): grant(ballot, member, place)
        case .copy(let writes, let ballot, let number): copy(writes, ballot, number)
        case .acknowledge(let count, let ballot, let member): acknowledge(count, ballot, member)
        }
    }

    private mutating func ask(_ ballot: Succession.Ballot, _ number: Int) {
        guard copies[number].succession.promise(ballot) else { return }
        if names[number] != ballot.candidate { copies[number].primary = nil }
        messages.append(.grant(ballot, from: number, copies[number].place))
    }

    private mutating func grant(_ ballot: Succession.Ballot, _ member: Int, _ place: HistoryPlace) {
        guard let number = names.firstIndex(of: ballot.candidate) else { return }
        let verdict = copies[number].succession.receive(grantOf: ballot, from: names[member], at: place)
        guard verdict == .mayLead else { return }
        copies[number].succession.lead()
        copies[number].primary = ballot
        if let lost = promised.first(where: { !copies[number].writes.contains($0) }) { loss = lost }
    }

    private mutating func copy(_ writes: [Int], _ ballot: Succession.Ballot, _ number: Int) {
        guard copies[number].succession.mayAcknowledge(ballot) else { return }
        let isLater = ballot.term > copies[number].succession.dataTerm
        guard isLater || ballot.term == copies[number].succession.dataTerm && writes.count > copies[number].writes.count
        else { return }
        copies[number].succession.adopt(ballot)
        copies[number].primary = ballot
        copies[number].writes = writes
        messages.append(.acknowledge(writes.count, ballot, from: number))
    }

    private mutating func acknowledge(_ count: Int, _ ballot: Succession.Ballot, _ member: Int) {
        guard let number = names.firstIndex(of: ballot.candidate), copies[number].primary == ballot,
            copies[number].succession.mayAcknowledge(ballot)
        else { return }
        acknowledged[ballot, default: [:]][member] = max(acknowledged[ballot]?[member] ?? 0, count)
        let counts = (acknowledged[ballot] ?? [:]).values.sorted(by: >)
        guard counts.count >= rule.acknowledgements else { return }
        promised.formUnion(copies[number].writes.prefix(counts[rule.acknowledgements - 1]))
    }
}
