import CShims
import Primitives

/// When a score is set, and how.
public struct ScoreConditions: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// From bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Only of members that are not there yet.
    public static let isNew = ScoreConditions(rawValue: 1 << 0)
    /// Only of members that are there.
    public static let isThere = ScoreConditions(rawValue: 1 << 1)
    /// Of members that are there, only if the new score is greater.
    public static let isGreater = ScoreConditions(rawValue: 1 << 2)
    /// Of members that are there, only if the new score is less.
    public static let isLess = ScoreConditions(rawValue: 1 << 3)
    /// The score is added to that which the member has, 0 for a new one.
    public static let increments = ScoreConditions(rawValue: 1 << 4)

    /// Whether a member's score may change so.
    @inline(__always)
    fileprivate func allow(_ old: Double, _ new: Double) -> Bool {
        if isEmpty { return true }
        return !(contains(.isNew) || contains(.isGreater) && new <= old || contains(.isLess) && new >= old)
    }
}

/// What setting a score has come to.
public enum ScoreOutcome: Equatable, Sendable {
    /// There is a new member, with this score.
    case added(Double)
    /// The member has got this score, which is another than before.
    case updated(Double)
    /// The member has this score already.
    case same(Double)
    /// The conditions did not allow it.
    case refused
    /// The sum is not a number; nothing was changed.
    case notANumber
}

extension SortedSetValue {
    /// An empty sorted set that belongs to nobody yet and will get so many members, so that it is large from the beginning
    /// if it will be.
    public init(expecting count: Int, _ limits: CollectionLimits) {
        self.init()
        if count > limits.zsetMaxListpackEntries { enlarge(limits.hash) }
    }

    /// Gives a member a score.
    public mutating func add(
        _ member: Bytes, _ score: Double, _ conditions: ScoreConditions = [], _ limits: CollectionLimits
    ) -> ScoreOutcome {
        if let root { return root.pointee.add(member, score, conditions) }
        let (found, count) = packed.find(Element(member))
        if let found { return update(found, member, score, conditions) }
        if conditions.contains(.isThere) { return .refused }
        if count >= limits.zsetMaxListpackEntries || member.count > limits.zsetMaxListpackValue {
            enlarge(limits.hash)
            return root!.pointee.add(member, score, conditions)
        }
        packed.insert(member, score: score)
        return .added(score)
    }

    private mutating func update(
        _ found: PackedScore, _ member: Bytes, _ score: Double, _ conditions: ScoreConditions
    ) -> ScoreOutcome {
        let new = conditions.contains(.increments) ? found.score + score : score
        if conditions.contains(.isNew) { return .refused }
        if new.isNaN { return .notANumber }
        guard conditions.allow(found.score, new) else { return .refused }
        if new == found.score { return .same(new) }
        packed.remove(found)
        packed.insert(member, score: new)
        return .updated(new)
    }

    /// Removes a member. Returns whether it was there.
    public mutating func remove(_ member: Bytes) -> Bool {
        if let root { return root.pointee.remove(member) }
        guard let found = packed.find(Element(member)).found else { return false }
        packed.remove(found)
        return true
    }

    /// Removes the members of a range of ranks.
    public mutating func remove(in ranks: Range<Int>) {
        if let root { root.pointee.remove(in: ranks) } else if !ranks.isEmpty { packed.removeScored(in: ranks) }
    }

    /// Takes the large form.
    mutating func enlarge(_ hash: KeyHash) {
        var large = SortedSetRoot(order: OrderTree(), index: HashTree(.fixed(8), hash: hash))
        forEach { _ = large.add($0.member, $0.score, []) }
        packed.free()
        self = SortedSetValue(large)
    }
}

extension SortedSetRoot {
    mutating func add(_ member: Bytes, _ score: Double, _ conditions: ScoreConditions) -> ScoreOutcome {
        var place = index.locate(member)
        guard place.isFound else {
            if conditions.contains(.isThere) { return .refused }
            index.insert(member, at: &place, payloadSize: 8, flag: false).storeBytes(
                of: score.bitPattern, as: UInt64.self)
            order.insert(ScoreKey.element(score, member))
            return .added(score)
        }
        return update(&place, member, score, conditions)
    }

    @inline(__always)
    private mutating func update(
        _ place: inout HashPlace, _ member: Bytes, _ score: Double, _ conditions: ScoreConditions
    ) -> ScoreOutcome {
        if conditions.contains(.isNew) { return .refused }
        let old = index.record(at: place).score
        let new = conditions.contains(.increments) ? old + score : score
        if new.isNaN { return .notANumber }
        guard conditions.allow(old, new) else { return .refused }
        if new == old { return .same(new) }
        index.payload(at: &place).storeBytes(of: new.bitPattern, as: UInt64.self)
        order.remove(ScoreKey.key(old), member)
        order.insert(ScoreKey.element(new, member))
        return .updated(new)
    }

    mutating func remove(_ member: Bytes) -> Bool {
        var place = index.locate(member)
        guard place.isFound else { return false }
        let score = index.record(at: place).score
        index.remove(at: &place)
        order.remove(ScoreKey.key(score), member)
        return true
    }

    mutating func remove(in ranks: Range<Int>) {
        var index = self.index
        order.forEach(in: ranks) { _ = index.remove($0.member) }
        self.index = index
        order.remove(in: ranks)
        foreseeNext(ranks)
    }

    /// Whoever pops one member pops the next one soon: its page in the index is fetched meanwhile.
    private func foreseeNext(_ popped: Range<Int>) {
        let next = min(popped.lowerBound, order.count - 1)
        guard next >= 0, popped.lowerBound == 0 || next < popped.lowerBound else { return }
        order.forEach(in: next..<next + 1) { element in
            index.forecast(element.member)?.fetch(moving: true)
        }
    }
}
