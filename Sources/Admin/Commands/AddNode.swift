import ArgumentParser

/// Takes an empty node into a cluster.
struct AddNode: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-node", abstract: "Takes an empty node into the cluster, as a primary or a replica.")

    @Argument(help: "The new node: host:port.")
    var new: String

    @Argument(help: "Any node of the cluster: host:port.")
    var existing: String

    @Flag(
        name: [.customLong("replica"), .customLong("slave"), .customLong("cluster-slave")],
        help: "It becomes a replica, of the primary that has the fewest unless --master-id says which.")
    var isReplica = false

    @Option(
        name: [.customLong("master-id"), .customLong("primary"), .customLong("cluster-master-id")],
        help: "Whose replica it becomes.")
    var primary: String?

    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let seed = try SeedArgument.parse([existing])
        let view = try tool.soundView(of: seed)
        var address = try SeedArgument.parse([new])
        address.host = try BlockingSocket.resolve(address.host)
        let node = try tool.look(address)
        let isMember = view[node.id] != nil
        if !isMember { try check(node) }
        let target = try followed(view, node)
        if isMember, node.own.primary == target?.id {
            return try tool.settle(
                Plan(lines: [], json: [:], isEmpty: true, emptyText: "\(node.title) is there already."), change)!
        }
        let plan = plan(node, target, isMember: isMember)
        if let end = try tool.settle(plan, change) { return end }
        if !isMember { try join(tool, node, address, seed, view, copiesFunctions: target == nil) }
        if let target { try follow(tool, node, address, target, seed) }
        tool.console.say("[OK] New node added correctly.")
        return tool.carriedOut(plan, [.init("node", .text(node.id))])
    }

    private func check(_ node: NodeView) throws(AdminFailure) {
        guard node.others.isEmpty, node.slots.isEmpty else {
            throw AdminFailure("\(node.address) belongs to a cluster already.")
        }
        guard node.keys == 0 else {
            throw AdminFailure("\(node.address) is not empty: it has \(counted(node.keys, "key")).")
        }
    }

    /// The primary that it shall follow: of those with the fewest replicas one on another host.
    private func followed(_ view: ClusterView, _ node: NodeView) throws(AdminFailure) -> NodeView? {
        if let primary {
            let target = try view.find(primary)
            guard target.isPrimary else { throw AdminFailure("\(target.title) is a replica.", .usage) }
            return target
        }
        guard isReplica else { return nil }
        guard let target = view.neediest(for: node) else { throw AdminFailure("There is no primary with slots.") }
        return target
    }

    private func plan(_ node: NodeView, _ target: NodeView?, isMember: Bool) -> Plan {
        let what = target.map { "a replica of \($0.title)" } ?? "a primary without slots"
        let why = target != nil && primary == nil ? ", which has the fewest replicas" : ""
        return Plan(
            lines: ["\(node.title) \(isMember ? "becomes" : "joins as") \(what)\(why)"],
            json: [
                "node": .text(node.id), "address": .text("\(node.address)"),
                "replicates": target.map { .text($0.id) } ?? .null,
            ])
    }

    /// Every member is told: those that have just forgotten a node believe no others who tell of it.
    private func join(
        _ tool: Tool, _ node: NodeView, _ address: NodeAddress, _ seed: NodeAddress, _ view: ClusterView,
        copiesFunctions: Bool
    ) throws(AdminFailure) {
        if copiesFunctions { try copyFunctions(tool, from: seed, to: address) }
        var asked = node
        asked.address = address
        for member in view.nodes { try tool.meet(asked, at: member.address) }
        try tool.wait(change.wait, for: "the new node to be known to all and to serve") { () throws(AdminFailure) in
            let view = try tool.view(of: seed)
            return view[node.id]?.isServing == true && view.isAgreed
                && view.nodes.allSatisfy { member in
                    member.id == node.id || member.others.contains { $0.id == node.id && $0.isKnown }
                }
        }
    }

    /// Functions are in every primary. Nodes of before 7.0 have none.
    private func copyFunctions(_ tool: Tool, from seed: NodeAddress, to address: NodeAddress) throws(AdminFailure) {
        guard try !tool.call(seed, "FUNCTION", "LIST").elements.isEmpty,
            case .bulk(let payload) = try tool.call(seed, "FUNCTION", "DUMP")
        else { return }
        let reply = try tool.call(address, [Array("FUNCTION".utf8), Array("RESTORE".utf8), payload])
        if let error = reply.errorText, !error.contains("already exists") {
            throw AdminFailure("\(address): FUNCTION RESTORE: \(error)")
        }
    }

    private func follow(
        _ tool: Tool, _ node: NodeView, _ address: NodeAddress, _ target: NodeView, _ seed: NodeAddress
    ) throws(AdminFailure) {
        try tool.demand(address, "CLUSTER", "REPLICATE", target.id)
        try tool.wait(change.wait, for: "the new replica to be known to all") { () throws(AdminFailure) in
            let view = try tool.view(of: seed)
            return view.nodes.allSatisfy { member in
                ([member.own] + member.others).contains { $0.id == node.id && $0.primary == target.id }
            }
        }
    }
}

extension ClusterView {
    /// The primary with slots that has the fewest replicas; of several one on another host.
    func neediest(for node: NodeView, except excluded: String? = nil) -> NodeView? {
        owners.filter { $0.id != excluded && $0.id != node.id }.min {
            func need(_ primary: NodeView) -> (Int, Int, String) {
                let replicas = replicas(of: primary.id).count { $0.id != node.id }
                return (replicas, primary.address.host == node.address.host ? 1 : 0, primary.id)
            }
            return need($0) < need($1)
        }
    }
}
