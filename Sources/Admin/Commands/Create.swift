import ArgumentParser

/// Makes a cluster of empty nodes.
///
/// Begun again after an interruption it goes on: nodes that have the slots of the plan, and know only nodes of the plan, are
/// as good as empty ones.
struct Create: ToolCommand {
    static let configuration = CommandConfiguration(abstract: "Makes a cluster of empty nodes.")

    @Argument(help: "The nodes: host:port.")
    var addresses: [String]

    @Option(
        name: [.customLong("replicas"), .customLong("cluster-replicas")],
        help: "How many replicas each primary has.")
    var replicas = 0

    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let nodes = try look(tool)
        let shardCount = nodes.count / (replicas + 1)
        guard replicas >= 0, shardCount >= 3 else {
            throw AdminFailure(
                "A cluster has at least 3 primaries. With \(counted(max(0, replicas), "replica")) each that takes "
                    + "\(3 * (max(0, replicas) + 1)) nodes.", .usage)
        }
        let layout = Layout(
            nodes.map { .init(address: $0.address, process: $0.process) }, shardCount: shardCount)
        try check(nodes, layout)
        let plan = plan(layout)
        if let end = try tool.settle(plan, change) { return end }
        try build(tool, nodes, layout)
        let view = try tool.view(of: nodes[0].address)
        tool.console.say(Check.lines(view, view.findings()))
        return tool.carriedOut(plan, [.init("nodes", .array(view.nodes.map(Info.json)))])
    }

    private func look(_ tool: Tool) throws(AdminFailure) -> [NodeView] {
        var nodes: [NodeView] = []
        for word in addresses {
            var address = try SeedArgument.parse([word])
            address.host = try BlockingSocket.resolve(address.host)
            var node = try tool.look(address)
            node.address = address
            guard !nodes.contains(where: { $0.id == node.id }) else {
                throw AdminFailure("\(word) is given twice.", .usage)
            }
            nodes.append(node)
        }
        return nodes
    }

    /// Refuses nodes that have data or belong elsewhere.
    private func check(_ nodes: [NodeView], _ layout: Layout) throws(AdminFailure) {
        let names = Set(nodes.map(\.id))
        for node in nodes {
            let planned = layout.shards.first { $0.primary == node.address }.map { Array($0.slots) }
            let stranger = node.others.first { !names.contains($0.id) && !$0.isInHandshake }
            if let stranger {
                throw AdminFailure("\(node.address) belongs to a cluster already: it knows \(short(stranger.id)).")
            }
            if !node.slots.isEmpty, node.slots != planned { throw AdminFailure("\(node.address) owns slots already.") }
            if node.keys > 0, node.slots.isEmpty, node.own.primary == nil {
                throw AdminFailure("\(node.address) is not empty: it has \(counted(node.keys, "key")).")
            }
        }
    }

    private func plan(_ layout: Layout) -> Plan {
        var lines = [">>> \(counted(layout.shards.count, "primary").replacingSuffix("primarys", "primaries")):"]
        for shard in layout.shards {
            lines.append(
                "\(shard.primary) gets slots \(shard.slots.lowerBound)-\(shard.slots.upperBound)"
                    + (shard.replicas.isEmpty
                        ? "" : "; replicated by \(shard.replicas.map { "\($0)" }.joined(separator: ", "))"))
        }
        if !layout.shared.isEmpty {
            lines.append(
                "[WARNING] \(counted(layout.shared.count, "replica")) on the host of the primary: there are too few hosts."
            )
        }
        return Plan(lines: lines, json: ["shards": layout.json])
    }

    private func build(_ tool: Tool, _ nodes: [NodeView], _ layout: Layout) throws(AdminFailure) {
        for (number, node) in nodes.enumerated() where node.slots.isEmpty {
            // Epochs that differ from the start spare the nodes collisions. One that has an epoch keeps it.
            _ = try tool.call(node.address, "CLUSTER", "SET-CONFIG-EPOCH", "\(number + 1)")
            guard let shard = layout.shards.first(where: { $0.primary == node.address }) else { continue }
            let words = ["CLUSTER", "ADDSLOTS"] + shard.slots.map { "\($0)" }
            let reply = try tool.call(node.address, words.map { Array($0.utf8) })
            if let error = reply.errorText { throw AdminFailure("\(node.address): \(error)") }
        }
        try meet(tool, nodes)
        try replicate(tool, nodes, layout)
    }

    private func meet(_ tool: Tool, _ nodes: [NodeView]) throws(AdminFailure) {
        tool.console.say(">>> Nodes meet")
        for node in nodes.dropFirst() { try tool.meet(node, at: nodes[0].address) }
        try tool.wait(change.wait, for: "the nodes to know each other") { () throws(AdminFailure) in
            for node in nodes {
                let view = try tool.look(node.address)
                guard view.others.count == nodes.count - 1, !view.others.contains(where: { !$0.isKnown }) else {
                    return false
                }
            }
            return try tool.view(of: nodes[0].address).isAgreed
        }
    }

    private func replicate(_ tool: Tool, _ nodes: [NodeView], _ layout: Layout) throws(AdminFailure) {
        for shard in layout.shards {
            guard let primary = nodes.first(where: { $0.address == shard.primary }) else { continue }
            for replica in shard.replicas { try tool.demand(replica, "CLUSTER", "REPLICATE", primary.id) }
        }
        let count = layout.shards.reduce(0) { $0 + $1.replicas.count }
        try tool.wait(change.wait, for: "the cluster to be whole") { () throws(AdminFailure) in
            for node in nodes {
                let view = try tool.look(node.address)
                let replicas = ([view.own] + view.others).count { $0.primary != nil }
                guard replicas == count, view.isLinkUp, view.isServing else { return false }
            }
            return true
        }
    }
}

extension String {
    fileprivate func replacingSuffix(_ suffix: String, _ other: String) -> String {
        hasSuffix(suffix) ? dropLast(suffix.count) + other : self
    }
}

extension Tool {
    /// Introduces a node to the cluster of another.
    func meet(_ node: NodeView, at seed: NodeAddress) throws(AdminFailure) {
        let bus = node.own.busPort.map { ["\($0)"] } ?? []
        let words = ["CLUSTER", "MEET", try BlockingSocket.resolve(node.address.host), "\(node.address.port)"] + bus
        let reply = try call(seed, words.map { Array($0.utf8) })
        if let error = reply.errorText { throw AdminFailure("\(seed): CLUSTER MEET: \(error)") }
    }
}
