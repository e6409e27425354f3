import Primitives

/// Members with scores and no order yet: what a union of sorted sets is gathered in.
public struct ScoreTable {
    private var index: HashTree
    private var longest = 0

    /// No members.
    public init(_ limits: CollectionLimits) { index = HashTree(.fixed(8), hash: limits.hash) }

    /// Gives a member a score: `combine` of that which it has and the new one, if it is there already.
    public mutating func add(_ member: Bytes, _ score: Double, _ combine: (Double, Double) -> Double) {
        var place = index.locate(member)
        guard place.isFound else {
            longest = max(longest, member.count)
            index.insert(member, at: &place, payloadSize: 8, flag: false).storeBytes(
                of: score.bitPattern, as: UInt64.self)
            return
        }
        let combined = combine(index.record(at: place).score, score)
        index.payload(at: &place).storeBytes(of: combined.bitPattern, as: UInt64.self)
    }

    /// The sorted set of all members; the table is used up.
    public consuming func sorted(_ limits: CollectionLimits) -> SortedSetValue {
        if index.count <= limits.zsetMaxListpackEntries, longest <= limits.zsetMaxListpackValue {
            var value = SortedSetValue()
            index.forEach { value.packed.insert($0.member, score: $0.score) }
            index.free()
            return value
        }
        var order = OrderTree()
        index.forEach { order.insert(ScoreKey.element($0.score, $0.member)) }
        return SortedSetValue(SortedSetRoot(order: order, index: index))
    }
}

extension SortedSetValue {
    /// A large sorted set.
    init(_ large: consuming SortedSetRoot) {
        self.init(root: .allocate(capacity: 1))
        root!.initialize(to: large)
    }
}
