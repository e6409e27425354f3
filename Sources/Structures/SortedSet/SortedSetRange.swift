import Primitives

/// Scores from one bound to another; each belongs to the range or not.
public struct ScoreRange {
    /// The least score.
    public var minimum: Double
    /// The greatest score.
    public var maximum: Double
    /// Whether the least score itself is left out.
    public var excludesMinimum: Bool
    /// Whether the greatest score itself is left out.
    public var excludesMaximum: Bool

    /// A range; both bounds belong to it unless said otherwise.
    public init(
        _ minimum: Double, _ maximum: Double, excludesMinimum: Bool = false, excludesMaximum: Bool = false
    ) {
        self.minimum = minimum
        self.maximum = maximum
        self.excludesMinimum = excludesMinimum
        self.excludesMaximum = excludesMaximum
    }

    @inline(__always)
    func isBelow(_ score: Double) -> Bool { excludesMinimum ? score <= minimum : score < minimum }

    @inline(__always)
    func isAbove(_ score: Double) -> Bool { excludesMaximum ? score >= maximum : score > maximum }
}

/// Members from one bound to another, by their bytes.
public struct MemberRange {
    /// One end of a range of members.
    public enum Bound {
        /// Before all members.
        case first
        /// After all members.
        case last
        /// At a member that belongs to the range.
        case including(Bytes)
        /// At a member that does not.
        case excluding(Bytes)
    }

    /// Where it begins.
    public var minimum: Bound
    /// Where it ends.
    public var maximum: Bound

    /// A range.
    public init(_ minimum: Bound, _ maximum: Bound) {
        self.minimum = minimum
        self.maximum = maximum
    }

    func isBelow(_ member: Bytes) -> Bool {
        switch minimum {
        case .first: false
        case .last: true
        case .including(let bound): member < bound
        case .excluding(let bound): !(bound < member)
        }
    }

    func isAbove(_ member: Bytes) -> Bool {
        switch maximum {
        case .first: true
        case .last: false
        case .including(let bound): bound < member
        case .excluding(let bound): !(member < bound)
        }
    }
}

extension SortedSetValue {
    /// The ranks of the members whose scores are in a range.
    public func ranks(_ range: ScoreRange) -> Range<Int> {
        guard let root else {
            return packed.ranks(isBelow: { range.isBelow($0.score) }, isAbove: { range.isAbove($0.score) })
        }
        return root.pointee.order.ranks(range)
    }

    /// The ranks of the members that are in a range by their bytes; all members must have the same score, else nobody knows
    /// what is in the range.
    public func ranks(_ range: MemberRange) -> Range<Int> {
        guard let root else {
            return packed.ranks(
                isBelow: { $0.withMember { range.isBelow($0.member) } },
                isAbove: { $0.withMember { range.isAbove($0.member) } })
        }
        let order = root.pointee.order
        let start = order.rank { range.isBelow($0.member) }
        return start..<max(start, order.rank { !range.isAbove($0.member) })
    }
}

extension OrderTree {
    fileprivate func ranks(_ range: ScoreRange) -> Range<Int> {
        let (low, high) = (ScoreKey.key(range.minimum), ScoreKey.key(range.maximum))
        let start = range.excludesMinimum ? rank(afterLast: low) : rank(ofFirst: low)
        let end = range.excludesMaximum ? rank(ofFirst: high) : rank(afterLast: high)
        return start..<max(start, end)
    }
}
