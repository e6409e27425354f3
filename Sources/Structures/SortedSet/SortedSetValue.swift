import Primitives

/// A sorted set: members, each with a score, in the order of scores, and of bytes where scores are equal.
///
///     packed   member score member score …       in order; a score is an integer element, or its shortest text
///     large    order: OrderTree by score         ranks and ranges
///              index: HashTree by member         the score of a member
///
/// Elements are told by their rank: ranges of scores and of bytes are turned into ranges of ranks first.
public struct SortedSetValue: CollectionValue {
    /// The packed form; without meaning where there is a root.
    public internal(set) var packed: Packed
    /// The large form.
    public internal(set) var root: UnsafeMutablePointer<SortedSetRoot>?

    /// A packed sorted set.
    @inline(__always)
    public init(packed: Packed) {
        self.packed = packed
        root = nil
    }

    /// A large sorted set.
    @inline(__always)
    public init(root: UnsafeMutablePointer<SortedSetRoot>) {
        packed = Packed(viewing: .empty)
        self.root = root
    }

    /// An empty sorted set that belongs to nobody yet.
    public init() { self.init(packed: Packed()) }

    /// The number of members.
    public var count: Int { root?.pointee.order.count ?? packed.scoredCount }

    /// Whether there is no member.
    public var isEmpty: Bool { root.map { $0.pointee.order.count == 0 } ?? (packed.count == 0) }

    /// The reference's name for the form it is kept in.
    public var encodingName: StaticString { root == nil ? "listpack" : "skiplist" }
}

/// What a large sorted set is made of.
public struct SortedSetRoot: CollectionRoot {
    var order: OrderTree
    /// Members with their scores.
    public internal(set) var index: HashTree

    /// As `HashTree.forecast`.
    public func forecast(_ member: Bytes) -> HashForecast? { index.forecast(member) }

    init(order: OrderTree, index: HashTree) {
        self.order = order
        self.index = index
    }

    /// Bytes of both trees.
    public var bytes: Int { order.bytes + index.bytes }
    /// The same members once more, without copying them.
    public func shared() -> SortedSetRoot { SortedSetRoot(order: order.shared(), index: index.shared()) }
    /// Frees both trees.
    public mutating func free() {
        order.free()
        index.free()
    }
}

/// A member and its score.
public struct ScoredMember {
    /// The member's bytes: a view that is valid while the sorted set is not changed.
    public let member: Bytes
    /// The score.
    public let score: Double

    /// A member with a score.
    @inlinable @inline(__always)
    public init(member: Bytes, score: Double) {
        self.member = member
        self.score = score
    }
}

/// Scores as keys of an `OrderTree`: numbers whose unsigned order is that of the scores. Zero has one key; that it is
/// negative is a mark beside it.
enum ScoreKey {
    @inline(__always)
    static func key(_ score: Double) -> UInt64 {
        // Adding zero makes a negative zero positive.
        let bits = (score + 0).bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }

    @inline(__always)
    static func element(_ score: Double, _ member: Bytes) -> OrderElement {
        OrderElement(key: key(score), member: member, isMarked: score == 0 && score.sign == .minus)
    }

    @inline(__always)
    static func score(_ element: OrderElement) -> Double {
        if element.isMarked { return -0.0 }
        let key = element.key
        return Double(bitPattern: key >> 63 == 0 ? ~key : key & ~(1 << 63))
    }
}

// MARK: Looking up

extension SortedSetValue {
    /// The score of a member; nil where it is none.
    @inline(__always)
    public func score(of member: Bytes) -> Double? {
        if let root { return root.pointee.score(of: member) }
        return packed.find(Element(member)).found?.score
    }

    /// The rank and the score of a member; nil where it is none.
    public func place(of member: Bytes) -> (rank: Int, score: Double)? {
        guard let root else { return packed.find(Element(member)).found.map { ($0.rank, $0.score) } }
        guard let score = root.pointee.score(of: member) else { return nil }
        return (root.pointee.order.rank(of: ScoreKey.key(score), member), score)
    }

    /// Calls `body` with the member of a rank, 0 ..< count, and its score.
    public func withMember<Result>(at rank: Int, _ body: (ScoredMember) -> Result) -> Result {
        guard let root else { return packed.scored(at: rank).withMember(body) }
        guard let element = root.pointee.order.element(at: rank) else { preconditionFailure("no such rank") }
        return body(ScoredMember(element))
    }

    /// Calls `body` with the members of a range of ranks, in order, or from the last to the first.
    public func forEach(in ranks: Range<Int>, reversed: Bool = false, _ body: (ScoredMember) -> Void) {
        if let root {
            if reversed { return root.pointee.order.forEachReversed(in: ranks) { body(ScoredMember($0)) } }
            root.pointee.order.forEach(in: ranks) { body(ScoredMember($0)) }
        } else if reversed {
            packed.forEachScoredReversed(in: ranks, body)
        } else {
            packed.forEachScored(in: ranks, body)
        }
    }

    /// Calls `body` with all members in order.
    public func forEach(_ body: (ScoredMember) -> Void) { forEach(in: 0..<count, body) }

    /// Calls `body` with members in an order that lasts: at least `minimum` of them from a cursor on. Returns the cursor to
    /// go on from, 0 at the end; with the guarantees of `SCAN`.
    public func scan(from cursor: UInt64, minimum: Int, _ body: (ScoredMember) -> Void) -> UInt64 {
        guard let root else {
            forEach(body)
            return 0
        }
        return root.pointee.index.scan(from: cursor, minimum: minimum) { body(ScoredMember($0)) }
    }
}

extension ScoredMember {
    @inline(__always)
    init(_ element: OrderElement) { self.init(member: element.member, score: ScoreKey.score(element)) }

    @inline(__always)
    init(_ record: HashRecord) { self.init(member: record.member, score: record.score) }
}

extension HashRecord {
    /// The score that is the payload in the index of a sorted set.
    @inline(__always)
    var score: Double { Double(bitPattern: payload.base.loadUnaligned(as: UInt64.self)) }
}

extension SortedSetRoot {
    @inline(__always)
    func score(of member: Bytes) -> Double? { index.find(member)?.score }
}
