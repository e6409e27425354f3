import Primitives

/// Slots that go from one node to another.
struct SlotTransfer: Equatable, Sendable {
    var source: String
    var target: String
    /// Sorted.
    var slots: [Int]
    /// For people.
    var reason: String

    var json: JSON {
        [
            "from": .text(source), "to": .text(target), "slots": .text(slots.slotText()),
            "count": .integer(slots.count),
            "reason": .text(reason),
        ]
    }
}

/// A node that owns slots, as planners see it.
struct SlotOwner: Equatable, Sendable {
    var id: String
    var slots: [Int]
    /// How much it shall own beside others.
    var weight = 1.0
}

/// A whole divided in proportion, in whole numbers that sum up to it: the largest remainders are rounded up.
func shares(of whole: Int, by weights: [Double]) -> [Int] {
    let sum = weights.reduce(0, +)
    guard sum > 0 else { return weights.map { _ in 0 } }
    let exact = weights.map { Double(whole) * $0 / sum }
    var shares = exact.map { Int($0) }
    let order = exact.indices.sorted {
        (exact[$1] - Double(shares[$1]), $0) < (exact[$0] - Double(shares[$0]), $1)
    }
    for index in order.prefix(max(0, whole - shares.reduce(0, +))) { shares[index] += 1 }
    return shares
}

/// A number of slots divided among nodes that have some already, so that all come as near to an even share as they can
/// without giving any away.
func fillingShares(of count: Int, on loads: [Int]) -> [Int] {
    let goals = shares(of: loads.reduce(count, +), by: loads.map { _ in 1 })
    let wanted = zip(goals, loads).map { Double(max(0, $0 - $1)) }
    return shares(of: count, by: wanted.contains { $0 > 0 } ? wanted : loads.map { _ in 1 })
}

/// What `reshard` does: so many slots from some nodes to one, from each in proportion to what it has.
enum Reshard {
    static func plan(_ sources: [SlotOwner], to target: String, count: Int) -> [SlotTransfer] {
        let givers = sources.filter { $0.id != target && !$0.slots.isEmpty }
        let all = givers.reduce(0) { $0 + $1.slots.count }
        let parts = shares(of: min(count, all), by: givers.map { Double($0.slots.count) })
        return zip(givers, parts).filter { $0.1 > 0 }.map { giver, part in
            SlotTransfer(
                source: giver.id, target: target, slots: Array(giver.slots.prefix(part)),
                reason: "\(part) of its \(counted(giver.slots.count, "slot"))"
                    + (givers.count > 1 ? ", its share of \(min(count, all))" : ""))
        }
    }
}

/// What `rebalance` does: every node gets slots in proportion to its weight.
struct Rebalance: Equatable, Sendable {
    struct Part: Equatable, Sendable {
        var id: String
        var has: Int
        var shall: Int
    }

    var parts: [Part]
    var transfers: [SlotTransfer]

    /// - Parameter threshold: nothing moves while no node is further away from its share than so many per cent of it.
    init(_ owners: [SlotOwner], threshold: Double) {
        let all = owners.reduce(0) { $0 + $1.slots.count }
        let goals = shares(of: all, by: owners.map(\.weight))
        parts = zip(owners, goals).map { Part(id: $0.id, has: $0.slots.count, shall: $1) }
        let isOff = parts.contains { part in
            let difference = Double(abs(part.has - part.shall))
            return part.shall == 0 ? part.has > 0 : difference / Double(part.shall) * 100 > threshold
        }
        transfers = isOff && goals.reduce(0, +) == all ? Rebalance.transfers(owners, goals) : []
    }

    /// The largest surplus goes where most is missing, so there are as few pairs as the greedy way finds; a node gives the
    /// last of its slots, so that what it keeps stays one run.
    private static func transfers(_ owners: [SlotOwner], _ goals: [Int]) -> [SlotTransfer] {
        var left = owners.map(\.slots)
        var missing = zip(owners, goals).map { $1 - $0.slots.count }
        var transfers: [SlotTransfer] = []
        while let target = missing.indices.max(by: { (missing[$0], $1) < (missing[$1], $0) }), missing[target] > 0,
            let source = missing.indices.min(by: { (missing[$0], $0) < (missing[$1], $1) }), missing[source] < 0
        {
            let count = min(missing[target], -missing[source])
            transfers.append(
                SlotTransfer(
                    source: owners[source].id, target: owners[target].id, slots: Array(left[source].suffix(count)),
                    reason: "the one has \(counted(-missing[source], "slot")) more than its share, "
                        + "the other \(missing[target]) fewer"))
            left[source].removeLast(count)
            missing[source] += count
            missing[target] -= count
        }
        return transfers
    }
}
