import Gossip
import Primitives

/// Who serves which slots, and who replicates whom: it follows from the nodes alone, so that each of them comes to the same.
///
///     hosts and processes take turns:  A1 B1 C1 A2 B2 C2 │ the first are primaries, the rest go to the shard with the fewest,
///                                                        │ on another host if that can be, in another process in any case
public struct FormingLayout: Equatable, Sendable {
    /// What one node does.
    public enum Part: Equatable, Sendable {
        /// It leads a shard, counted from 0, with its slots.
        case primary(shard: Int, SlotSet)
        /// It follows a primary.
        case replica(of: NodeName)
    }

    /// The primaries in the order of their slots.
    public private(set) var primaries: [FormingNode]
    /// The replicas, each with the index of its primary.
    public private(set) var replicas: [(node: FormingNode, shard: Int)] = []

    /// A layout of at least `plan.shards` nodes.
    public init(_ nodes: [FormingNode], _ plan: FormingPlan) {
        let order = FormingLayout.takeTurns(nodes.sorted { $0.name < $1.name })
        primaries = Array(order.prefix(plan.shards))
        for node in order.dropFirst(plan.shards) { place(node) }
        for index in replicas.indices where harm(replicas[index].node, replicas[index].shard) > 0 { improve(index) }
    }

    /// What a node does; nil where it has no part.
    public func part(of name: NodeName) -> Part? {
        if let shard = primaries.firstIndex(where: { $0.name == name }) {
            return .primary(shard: shard, FormingLayout.slots(shard, of: primaries.count))
        }
        return replicas.first { $0.node.name == name }.map { .replica(of: primaries[$0.shard].name) }
    }

    static func slots(_ shard: Int, of count: Int) -> SlotSet {
        SlotSet(shard * hashSlotCount / count..<(shard + 1) * hashSlotCount / count)
    }

    /// As the parts.
    public static func == (a: FormingLayout, b: FormingLayout) -> Bool {
        a.primaries == b.primaries && a.replicas.map(\.node) == b.replicas.map(\.node)
            && a.replicas.map(\.shard) == b.replicas.map(\.shard)
    }

    /// One of each host, then the next of each; likewise the processes of a host.
    private static func takeTurns(_ nodes: [FormingNode]) -> [FormingNode] {
        let hosts = groups(nodes) { $0.address.host }
        return deal(hosts.map { host in deal(groups(host) { "\($0.process)" }) })
    }

    private static func groups(_ nodes: [FormingNode], by key: (FormingNode) -> String) -> [[FormingNode]] {
        var order: [String] = []
        var found: [String: [FormingNode]] = [:]
        for node in nodes {
            if found[key(node)] == nil { order.append(key(node)) }
            found[key(node), default: []].append(node)
        }
        return order.compactMap { found[$0] }
    }

    private static func deal(_ piles: [[FormingNode]]) -> [FormingNode] {
        let height = piles.map(\.count).max() ?? 0
        return (0..<height).flatMap { place in piles.compactMap { place < $0.count ? $0[place] : nil } }
    }

    // MARK: Replicas

    private mutating func place(_ node: FormingNode) {
        var counts = Array(repeating: 0, count: primaries.count)
        for replica in replicas { counts[replica.shard] += 1 }
        guard let fewest = counts.min() else { return }
        let shards = counts.indices.filter { counts[$0] == fewest }
        if let shard = shards.min(by: { harm(node, $0) < harm(node, $1) }) { replicas.append((node, shard)) }
    }

    /// What a node and the primary of a shard would be lost by together: 2 by their process, 1 by their host.
    private func harm(_ node: FormingNode, _ shard: Int) -> Int {
        if node.process == primaries[shard].process { return 2 }
        return node.address.host == primaries[shard].address.host ? 1 : 0
    }

    /// Exchanges a replica with another one, if both together are better off.
    private mutating func improve(_ index: Int) {
        let own = replicas[index]
        func gain(_ other: (node: FormingNode, shard: Int)) -> Int {
            harm(own.node, own.shard) + harm(other.node, other.shard) - harm(own.node, other.shard)
                - harm(other.node, own.shard)
        }
        let gains = replicas.map(gain)
        guard let best = gains.indices.max(by: { gains[$0] < gains[$1] }), gains[best] > 0 else { return }
        (replicas[index].shard, replicas[best].shard) = (replicas[best].shard, own.shard)
    }
}
