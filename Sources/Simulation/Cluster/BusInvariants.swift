import Gossip
import Primitives

/// What must hold at every step of a simulated cluster.
///
/// 1. Of two nodes that ever accept writes of a slot in the same epoch of their claims, one is the other; but where somebody
///    takes epochs without asking the others (`isLawful` is false).
/// 2. A node votes once in an epoch, whatever it forgets with its process.
struct BusInvariants {
    /// A claim to slots of a node that accepted writes of them.
    private struct Claim {
        let name: NodeName
        var slots: SlotSet
    }

    /// What tells whether there can be anything new at a node.
    struct Mark: Equatable {
        var (mapVersion, epoch): (UInt64, UInt64) = (0, 0)
        var isUp = false
    }

    private struct Ballot: Hashable {
        let voter: NodeName
        let epoch: UInt64
    }

    let isLawful: Bool
    private var claims: [UInt64: [Claim]] = [:]
    private var ballots: [Ballot: Int] = [:]
    private var marks: [Mark]
    /// What has been broken first; nil as long as nothing is.
    private(set) var failure: String?
    /// How many epochs there were in which somebody accepted writes, and how many votes.
    var epochs: Int { claims.count }
    var votes: Int { ballots.count }

    init(_ count: Int, isLawful: Bool) {
        self.isLawful = isLawful
        marks = Array(repeating: Mark(), count: count)
    }

    /// Whether the node's claim is another than when it was last looked at; after something has happened there.
    mutating func look(_ process: BusProcess) -> Bool {
        let mark = process.mark
        if mark == marks[process.number] { return false }
        marks[process.number] = mark
        if process.acceptsWrites { claim(process.bus.myself) }
        return true
    }

    private mutating func claim(_ member: Member) {
        var known = claims[member.configEpoch] ?? []
        for other in known where other.name != member.name {
            guard isLawful, let slot = other.slots.first(alsoIn: member.slots) else { continue }
            fail("\(member.name) accepts writes of slot \(slot) in epoch \(member.configEpoch), as \(other.name) did")
        }
        if let index = known.firstIndex(where: { $0.name == member.name }) {
            if known[index].slots == member.slots { return }
            known[index].slots.formUnion(member.slots)
        } else {
            known.append(Claim(name: member.name, slots: member.slots))
        }
        claims[member.configEpoch] = known
    }

    /// A node gives its vote.
    mutating func vote(_ message: BusMessage, to candidate: Int) {
        let ballot = Ballot(voter: message.header.sender, epoch: message.header.currentEpoch)
        if ballots.updateValue(candidate, forKey: ballot) != nil {
            fail("\(ballot.voter) votes twice in epoch \(ballot.epoch)")
        }
    }

    private mutating func fail(_ text: String) { failure = failure ?? text }
}

extension SlotSet {
    /// The first slot that is in both; nil where there is none.
    fileprivate func first(alsoIn other: SlotSet) -> Int? {
        for (index, (a, b)) in zip(words, other.words).enumerated() where a & b != 0 {
            return index * 64 + (a & b).trailingZeroBitCount
        }
        return nil
    }
}
