import Commands
import Testing

@testable import Replication

/// Who may go on from where it is, and who begins anew.
@Suite struct ResynchronisationTests {
    private let own = String(repeating: "a", count: 40)
    private let second = String(repeating: "b", count: 40)

    private var history: ReplicationHistory {
        var history = ReplicationHistory(id: own)
        (history.secondID, history.secondOffset) = (second, 51)
        return history
    }

    private func answer(_ id: String, _ offset: Int64, window: ClosedRange<Int64>? = 20...100)
        -> ResynchronisationAnswer
    {
        ResynchronisationAnswer(ResynchronisationRequest(id: id, offset: offset), history, window: window)
    }

    @Test func whoeverHasAllUpToWhereTheBacklogBeginsGoesOn() {
        #expect(answer(own, 21) == .partial(from: 20))
        #expect(answer(own, 101) == .partial(from: 100))
        #expect(answer(own.uppercased(), 60) == .partial(from: 59))
    }

    @Test func whatIsNotKeptAndWhatIsNotYetThereCannotBeSent() {
        #expect(answer(own, 20) == .outOfBacklog)
        #expect(answer(own, 102) == .outOfBacklog)
        #expect(answer(own, .min) == .outOfBacklog)
        #expect(answer(own, 60, window: nil) == .outOfBacklog)
    }

    @Test func theSecondHistoryCountsUpToWhereThisOneBegan() {
        #expect(answer(second, 51) == .partial(from: 50))
        #expect(answer(second, 52) == .beyondSecond(limit: 51))
    }

    @Test func otherHistoriesAreRefused() {
        #expect(answer(String(repeating: "c", count: 40), 60) == .otherHistory)
        #expect(answer(ReplicationHistory.noID, 0) == .otherHistory)
        #expect(answer("?", -1) == .unknownReplica)
        let fresh = ResynchronisationAnswer(
            ResynchronisationRequest(id: ReplicationHistory.noID, offset: -1), ReplicationHistory(id: own),
            window: 0...9)
        #expect(fresh == .otherHistory)
    }
}
