import Primitives

/// How a new cluster is laid out: which nodes are primaries, with which slots, and who replicates whom.
///
/// 1. Every slot belongs to exactly one shard; the sizes differ by one at most.
/// 2. The nodes of a host, and among them those of a process, stand next to each other and are dealt to the shards in
///    turn. So each host's nodes are spread over the shards as evenly as can be, and a replica shares its primary's host
///    only where the host has more nodes than there are shards.
/// 3. Of each shard, the node whose host has the fewest primaries becomes primary.
struct Layout: Equatable, Sendable {
    struct Candidate: Equatable, Sendable {
        var address: NodeAddress
        /// Nodes of one process share their fate.
        var process: String?
    }

    struct Shard: Equatable, Sendable {
        var slots: ClosedRange<Int>
        var primary: NodeAddress
        var replicas: [NodeAddress]
    }

    var shards: [Shard]
    /// Replicas on their primary's host.
    var shared: [NodeAddress]

    /// - Parameter shardCount: how many primaries; `candidates` are at least as many.
    init(_ candidates: [Candidate], shardCount: Int) {
        var groups = [[Int]](repeating: [], count: shardCount)
        for (place, index) in Layout.dealt(candidates).enumerated() { groups[place % shardCount].append(index) }
        groups.sort { $0.min()! < $1.min()! }
        let leads = Layout.leads(of: groups.map { $0.sorted() }, candidates)
        let slots = Layout.evenSlots(shardCount)
        shards = zip(groups, leads).enumerated().map { number, group in
            let replicas = group.0.sorted().filter { $0 != group.1 }.map { candidates[$0].address }
            return Shard(slots: slots[number], primary: candidates[group.1].address, replicas: replicas)
        }
        shared = shards.flatMap { shard in shard.replicas.filter { $0.host == shard.primary.host } }
    }

    /// The slots of so many shards.
    static func evenSlots(_ count: Int) -> [ClosedRange<Int>] {
        (0..<count).map { $0 * slotCount / count...($0 + 1) * slotCount / count - 1 }
    }

    /// Nodes in the order in which they are dealt: by host, the largest first, and by process in it.
    private static func dealt(_ candidates: [Candidate]) -> [Int] {
        func runs(_ indices: [Int], by key: (Int) -> String) -> [[Int]] {
            let groups = Dictionary(grouping: indices, by: key).values
            return groups.sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
        }
        let hosts = runs(Array(candidates.indices)) { candidates[$0].address.host }
        return hosts.flatMap { host in runs(host) { candidates[$0].process ?? "\($0)" }.flatMap(\.self) }
    }

    /// One node of each group, so that no host has more primaries than it must.
    private static func leads(of groups: [[Int]], _ candidates: [Candidate]) -> [Int] {
        var leads = groups.map { $0[0] }
        func host(_ index: Int) -> String { candidates[index].address.host }
        func load(_ name: String) -> Int { leads.count { host($0) == name } }
        // A chain of shards each of which hands its lead to the next host ends at one with two primaries fewer.
        func chain(from start: String) -> [(group: Int, to: Int)]? {
            var ways: [String: [(group: Int, to: Int)]] = [start: []]
            var waiting = [start]
            while !waiting.isEmpty {
                let current = waiting.removeFirst()
                if load(current) <= load(start) - 2 { return ways[current] }
                for (number, group) in groups.enumerated() where host(leads[number]) == current {
                    for member in group where ways[host(member)] == nil {
                        ways[host(member)] = ways[current]! + [(number, member)]
                        waiting.append(host(member))
                    }
                }
            }
            return nil
        }
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for name in Set(leads.map(host)).sorted() {
                guard let steps = chain(from: name) else { continue }
                for step in steps { leads[step.group] = step.to }
                hasChanged = true
            }
        }
        return leads
    }

    var json: JSON {
        .array(
            shards.map { shard in
                [
                    "slots": .text("\(shard.slots.lowerBound)-\(shard.slots.upperBound)"),
                    "primary": .text("\(shard.primary)"), "replicas": .texts(shard.replicas.map { "\($0)" }),
                ]
            })
    }
}
