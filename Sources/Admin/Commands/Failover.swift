import ArgumentParser

/// Puts a replica in its primary's place.
struct FailoverCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "failover", abstract: "Puts a replica in its primary's place, without losing a write.")

    @Argument(help: "Any node of the cluster: host:port.")
    var address: String

    @Argument(help: "The replica that takes over, or the primary that is relieved by the best of its replicas.")
    var node: String?

    @Flag(help: "Without the primary's help, which may be gone; what it has not sent is lost.")
    var force = false

    @Flag(help: "Without asking the other primaries either, for when most are gone.")
    var takeover = false

    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let seed = try SeedArgument.parse([address])
        let view = try tool.view(of: seed)
        let chosen = try node.map { word throws(AdminFailure) in try view.find(word) } ?? view.nodes[0]
        let replica = chosen.isPrimary ? try best(of: view.replicas(of: chosen.id), chosen) : chosen
        let primary = replica.own.primary ?? ""
        let title = view[primary]?.title ?? "\(short(primary))… (out of reach)"
        let why = chosen.isPrimary ? ", since it has the most of its history" : ""
        let plan = Plan(
            lines: ["\(replica.title) takes over from \(title)\(why)"],
            json: ["replica": .text(replica.id), "primary": .text(primary)])
        if let end = try tool.settle(plan, change) { return end }
        try takeOver(tool, replica)
        tool.console.say("[OK] \(replica.title) is the primary now.")
        return tool.carriedOut(plan)
    }

    /// A failover that the primary's help is missing for ends by itself after five seconds: it is begun again.
    private func takeOver(_ tool: Tool, _ replica: NodeView) throws(AdminFailure) {
        let options = takeover ? ["TAKEOVER"] : force ? ["FORCE"] : []
        let order = (["CLUSTER", "FAILOVER"] + options).map { Array($0.utf8) }
        let reply = try tool.call(replica.address, order)
        if let error = reply.errorText { throw AdminFailure("\(replica.address): CLUSTER FAILOVER: \(error)") }
        var askedAt = Console.milliseconds
        try tool.wait(change.wait, for: "\(replica.address) to take over") { () throws(AdminFailure) in
            let view = try tool.view(of: replica.address)
            if view[replica.id]?.isPrimary == true { return view.isAgreed }
            if Console.milliseconds - askedAt > FailoverCommand.patienceMilliseconds {
                _ = try tool.call(replica.address, order)
                askedAt = Console.milliseconds
            }
            return false
        }
    }

    private static let patienceMilliseconds = 6000

    private func best(of replicas: [NodeView], _ primary: NodeView) throws(AdminFailure) -> NodeView {
        guard let best = replicas.filter(\.isLinkUp).max(by: { ($0.offset, $1.id) < ($1.offset, $0.id) }) else {
            throw AdminFailure("\(primary.title) has no replica whose link is up.")
        }
        return best
    }
}
