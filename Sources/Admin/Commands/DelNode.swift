import ArgumentParser

/// Takes a node out of a cluster.
struct DelNode: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "del-node", abstract: "Takes a node without slots, or one that is gone, out of the cluster.")

    @Argument(help: "Any node of the cluster: host:port.")
    var address: String

    @Argument(help: "The node that goes: a name or an address.")
    var node: String

    @Flag(help: "Move its slots to the others first.")
    var drain = false

    @OptionGroup var moving: MoveOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let seed = try SeedArgument.parse([address])
        try SlotMover.awaitOthers(tool, seed)
        let view = try tool.view(of: seed)
        if let lost = view.silent.first(where: {
            $0.record.id.hasPrefix(node) || "\($0.record.address.map { "\($0)" } ?? "")" == node
        }) {
            return try forget(tool, view, lost.record)
        }
        let leaving = try view.find(node)
        let transfers = try drained(leaving, view)
        let mover = SlotMover(tool, view, moving.keyOptions(tool.settings), isByKey: moving.byKey)
        let adoptions = adoptions(leaving, view)
        var plan = try mover.plan(transfers)
        plan.lines += adoptions.map { "\($0.0.title) becomes a replica of \($0.1.title), since its primary goes" }
        plan.lines.append("\(leaving.title) is forgotten by all and reset")
        plan.json = ["node": .text(leaving.id), "drain": plan.json]
        plan.isEmpty = false
        if let end = try tool.settle(plan, change) { return end }
        if !transfers.isEmpty {
            try mover.carryOut(transfers)
            try tool.awaitAgreement(of: seed, change.wait)
        }
        for (replica, primary) in adoptions { try tool.demand(replica.address, "CLUSTER", "REPLICATE", primary.id) }
        try takeOut(tool, view, leaving.id)
        // Under its old name it would be kept out for a minute, wherever it wanted to join again.
        try tool.demand(leaving.address, "CLUSTER", "RESET", "HARD")
        tool.console.say("[OK] \(leaving.title) is out of the cluster.")
        return tool.carriedOut(plan, [.init("moved", mover.json)])
    }

    /// Where its slots go.
    private func drained(_ leaving: NodeView, _ view: ClusterView) throws(AdminFailure) -> [SlotTransfer] {
        guard !leaving.slots.isEmpty else { return [] }
        guard drain else {
            throw AdminFailure(
                "\(leaving.title) owns \(counted(leaving.slots.count, "slot")): move them away first, or give --drain.")
        }
        let others = view.owners.filter { $0.id != leaving.id }
        guard !others.isEmpty else { throw AdminFailure("There is nobody else to own its slots.") }
        guard view.findings().filter(\.isError).isEmpty else {
            throw AdminFailure("The cluster is not right: run apus cluster fix first.", .findings)
        }
        // Each of the others gets what brings it nearest to an even share, and nothing moves between them.
        return DelNode.spread(leaving, over: others)
    }

    static func spread(_ leaving: NodeView, over others: [NodeView]) -> [SlotTransfer] {
        let parts = fillingShares(of: leaving.slots.count, on: others.map(\.slots.count))
        var rest = leaving.slots[...]
        return zip(others, parts).filter { $1 > 0 }.map { other, part in
            defer { rest = rest.dropFirst(part) }
            return SlotTransfer(
                source: leaving.id, target: other.id, slots: Array(rest.prefix(part)),
                reason: "the one goes, the other has \(counted(other.slots.count, "slot"))")
        }
    }

    /// Its replicas find other primaries, those that have the fewest.
    private func adoptions(_ leaving: NodeView, _ view: ClusterView) -> [(NodeView, NodeView)] {
        view.replicas(of: leaving.id).compactMap { replica in
            view.neediest(for: replica, except: leaving.id).map { (replica, $0) }
        }
    }

    /// A node that is gone is only forgotten.
    private func forget(_ tool: Tool, _ view: ClusterView, _ record: NodeRecord) throws(AdminFailure) -> Report {
        guard record.slots.isEmpty else {
            throw AdminFailure(
                "The node \(short(record.id)) is out of reach and owns slots: "
                    + "run apus cluster fix --fix-with-unreachable-masters first.")
        }
        let plan = Plan(
            lines: ["\(short(record.id))… is out of reach, and forgotten by all"],
            json: ["node": .text(record.id), "reachable": false])
        if let end = try tool.settle(plan, change) { return end }
        try takeOut(tool, view, record.id)
        tool.console.say("[OK] \(short(record.id))… is out of the cluster.")
        return tool.carriedOut(plan)
    }

    private func takeOut(_ tool: Tool, _ view: ClusterView, _ id: String) throws(AdminFailure) {
        for other in view.nodes where other.id != id {
            let reply = try tool.call(other.address, "CLUSTER", "FORGET", id)
            // Others' word of it may have been quicker.
            if let error = reply.errorText, !error.contains("Unknown node") {
                throw AdminFailure("\(other.address): CLUSTER FORGET: \(error)")
            }
        }
    }
}
