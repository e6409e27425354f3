import Testing

@testable import Commands

@Suite struct RosterTests {
    private func members(_ roster: Roster<String>) -> [String] {
        var found: [String] = []
        roster.forEach { found.append($0) }
        return found
    }

    @Test func membersKeepTheirOrder() {
        var roster = Roster<String>()
        roster.append("a", ticket: 3)
        roster.append("b", ticket: 5)
        roster.append("c", ticket: 9)
        roster.remove(5)
        roster.append("d", ticket: 10)
        #expect(members(roster) == ["a", "c", "d"])
        #expect(roster.count == 3)
    }

    @Test func whoIsNotThereLeavesNothing() {
        var roster = Roster<String>()
        roster.append("a", ticket: 3)
        for ticket: UInt64 in [0, 2, 4] { roster.remove(ticket) }
        roster.remove(3)
        roster.remove(3)
        #expect(roster.isEmpty && roster.count == 0 && members(roster) == [])
    }

    @Test func membersAreChangedInPlace() {
        var roster = Roster<String>()
        for ticket: UInt64 in 1...4 { roster.append("m\(ticket)", ticket: ticket) }
        roster.remove(2)
        roster[3] += "!"
        #expect(roster[3] == "m3!")
        #expect(members(roster) == ["m1", "m3!", "m4"])
    }

    @Test func manyComeAndGo() {
        var roster = Roster<String>()
        var expected: [UInt64] = []
        for ticket: UInt64 in 1...2000 {
            roster.append("\(ticket)", ticket: ticket)
            expected.append(ticket)
            if ticket % 3 != 0 { roster.remove(expected.remove(at: Int(ticket * 7919) % expected.count)) }
            #expect(roster.count == expected.count)
        }
        #expect(members(roster) == expected.map { "\($0)" })
        for ticket in expected { roster.remove(ticket) }
        #expect(roster.isEmpty)
    }
}

@Suite struct SubscriptionsTests {
    private let node = TestNode()
    private var subscriptions = Subscriptions()

    private mutating func join(_ kind: SubscriptionKind, _ name: String, _ session: Session) -> Bool {
        subscriptions.join(kind, Array(name.utf8), session)
    }

    private mutating func leave(_ kind: SubscriptionKind, _ name: String, _ session: Session) -> Bool {
        subscriptions.leave(kind, Array(name.utf8), session)
    }

    /// The macro cannot see a change of what it looks at.
    private func expect(_ value: Bool, _ expected: Bool) { #expect(value == expected) }

    private func names(_ kind: SubscriptionKind) -> [String] {
        var found: [String] = []
        subscriptions[kind].forEach { found.append("\(String(decoding: $0.name, as: UTF8.self)):\($0.audience.count)") }
        return found
    }

    @Test mutating func channelsAreListedWhileSomebodyListens() {
        let (first, second) = (node.connect().session, node.connect().session)
        expect(join(.channel, "b", first), true)
        expect(join(.channel, "a", first), true)
        expect(join(.channel, "b", second), true)
        expect(join(.channel, "b", second), false)
        #expect(names(.channel) == ["b:2", "a:1"])
        expect(leave(.channel, "b", first), true)
        expect(leave(.channel, "b", first), false)
        #expect(names(.channel) == ["b:1", "a:1"])
        expect(leave(.channel, "b", second), true)
        expect(leave(.channel, "a", first), true)
        #expect(subscriptions.isEmpty && names(.channel) == [])
        #expect(first.subscriptions.isEmpty && second.subscriptions.isEmpty)
    }

    @Test mutating func kindsAreApart() {
        let session = node.connect().session
        for kind in SubscriptionKind.allCases { expect(join(kind, "x", session), true) }
        #expect(SubscriptionKind.allCases.map { subscriptions[$0].count } == [1, 1, 1])
        #expect(session.subscriptions.told(.channel) == 2)
        #expect(session.subscriptions.told(.pattern) == 2)
        #expect(session.subscriptions.told(.shardChannel) == 1)
        for kind in SubscriptionKind.allCases { expect(leave(kind, "x", session), true) }
    }
}
