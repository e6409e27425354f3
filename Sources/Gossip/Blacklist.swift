/// Nodes that were forgotten, and shall not come back by gossip for a while.
///
///     forgotten ─▶ away ─ its time is over, or ─▶ may be known
///                    └─── somebody has it met ──▶ may be known; news of the same forgetting means nothing
struct Blacklist: Sendable {
    private var ends: [NodeName: Int64] = [:]
    /// Until when those would be away that were met again before that: others tell of it yet.
    private var pardons: [NodeName: Int64] = [:]

    /// By so much the ends differ that nodes know of one forgetting: each is told in whole seconds, and late.
    private static let tolerance: Int64 = 1000
    private static let longest: Int64 = 86_400 * 365

    /// Keeps a node away for a while.
    mutating func insert(_ name: NodeName, seconds: Int64, now: Int64) {
        ends = ends.filter { $0.value > now }
        pardons = pardons.filter { $0.value > now }
        ends[name] = Blacklist.end(seconds, now)
        pardons[name] = nil
    }

    private static func end(_ seconds: Int64, _ now: Int64) -> Int64 { now + min(seconds, longest) * 1000 }

    /// Whether a node is kept away.
    func contains(_ name: NodeName, now: Int64) -> Bool {
        guard !ends.isEmpty, let end = ends[name] else { return false }
        return end > now
    }

    /// Somebody has the node met again.
    mutating func pardon(_ name: NodeName, now: Int64) {
        guard let end = ends.removeValue(forKey: name), end > now else { return }
        pardons[name] = end + Blacklist.tolerance
    }

    /// Whether news that a node was forgotten is of a time before it was met again.
    func isPardoned(_ name: NodeName, seconds: Int64, now: Int64) -> Bool {
        guard !pardons.isEmpty, let end = pardons[name] else { return false }
        return Blacklist.end(seconds, now) <= end
    }

    /// The clock was put forward by so much.
    mutating func shift(by milliseconds: Int64) {
        ends = ends.mapValues { $0 + milliseconds }
        pardons = pardons.mapValues { $0 + milliseconds }
    }

    /// Who is kept away, and for how many milliseconds yet.
    func remaining(now: Int64) -> [(name: NodeName, milliseconds: Int64)] {
        ends.filter { $0.value > now }.map { ($0.key, $0.value - now) }.sorted { $0.0 < $1.0 }
    }
}
