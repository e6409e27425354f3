/// Members in the order in which they came, each with the ticket by which it leaves.
///
///     tickets   3  5  6  9      rising
///     members   a  –  c  d      – has left
///
/// 1. A ticket is higher than those before it, so its place is found by halving.
/// 2. Who leaves leaves a gap; gaps are closed when they outnumber the members, so leaving takes logarithmic time.
struct Roster<Member> {
    private var tickets: [UInt64] = []
    private var members: [Member?] = []
    /// The number of members.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Adds a member under a ticket that is higher than all before it.
    mutating func append(_ member: Member, ticket: UInt64) {
        precondition(tickets.last.map { $0 < ticket } ?? true, "tickets rise")
        tickets.append(ticket)
        members.append(member)
        count += 1
    }

    /// Removes the member with a ticket, if there is one.
    mutating func remove(_ ticket: UInt64) {
        let place = place(of: ticket)
        guard place < tickets.count, tickets[place] == ticket, members[place] != nil else { return }
        members[place] = nil
        count -= 1
        if count < tickets.count / 2 { closeGaps() }
    }

    /// The member with a ticket, which is there.
    subscript(ticket: UInt64) -> Member {
        get { members[place(of: ticket)]! }
        _modify { yield &members[place(of: ticket)]! }
    }

    /// Shows all members in order.
    @inline(__always)
    func forEach(_ body: (Member) -> Void) {
        for case let member? in members { body(member) }
    }

    private mutating func closeGaps() {
        var kept = 0
        for place in tickets.indices where members[place] != nil {
            tickets[kept] = tickets[place]
            members[kept] = members[place]
            kept += 1
        }
        tickets.removeSubrange(kept...)
        members.removeSubrange(kept...)
    }

    private func place(of ticket: UInt64) -> Int {
        var (low, high) = (0, tickets.count)
        while low < high {
            let middle = (low + high) / 2
            if tickets[middle] < ticket { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
