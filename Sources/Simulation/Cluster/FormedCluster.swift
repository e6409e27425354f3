import Gossip
import Primitives

/// A cluster as it is once it has been made: the files that its nodes start from.
struct FormedCluster {
    private let base: NodesFile
    let names: [NodeName]

    /// - Parameters:
    ///   - primaries: for each node the one that it replicates; nil for a primary. The slots are spread over these.
    init(_ primaries: [Int?], _ address: (Int) -> NodeAddress, random: inout RandomSource) {
        var names: [NodeName] = []
        for _ in primaries { names.append(NodeName(random: &random)) }
        var shards: [NodeName] = []
        for _ in primaries { shards.append(NodeName(random: &random)) }
        let leading = primaries.indices.filter { primaries[$0] == nil }
        var file = NodesFile()
        for (number, primary) in primaries.enumerated() {
            var node = NodesFile.Node(names[number], primary == nil ? .primary : .replica, address(number))
            let order = leading.firstIndex(of: primary ?? number)!
            node.shard = shards[primary ?? number]
            node.primary = primary.map { names[$0] }
            node.configEpoch = UInt64(order + 1)
            node.pongReceivedAt = BusWorld.epoch
            if primary == nil { node.slots = FormedCluster.slots(order, of: leading.count) }
            file.nodes.append(node)
        }
        file.currentEpoch = UInt64(leading.count)
        (base, self.names) = (file, names)
    }

    static func slots(_ part: Int, of count: Int) -> SlotSet {
        SlotSet(part * hashSlotCount / count..<(part + 1) * hashSlotCount / count)
    }

    /// The file of a node.
    func file(_ number: Int) -> NodesFile {
        var file = base
        file.nodes[number].flags.insert(.myself)
        return file
    }
}
