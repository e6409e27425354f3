import ArgumentParser
import Primitives

/// Sets how long a node may be silent before others suspect it.
struct SetTimeout: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-timeout", abstract: "Sets the node timeout of all nodes, and in their configuration files.")

    @Argument(help: "Any node of the cluster: host:port.")
    var address: String

    @Argument(help: "The node timeout in milliseconds, at least 100.")
    var milliseconds: Int

    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard milliseconds >= 100 else { throw ValidationError("The timeout is at least 100 milliseconds.") }
    }

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let view = try tool.view(of: try SeedArgument.parse([address]))
        let plan = Plan(
            lines: view.nodes.map { "\($0.title): cluster-node-timeout becomes \(milliseconds)" },
            json: ["milliseconds": .integer(milliseconds), "nodes": .texts(view.nodes.map(\.id))])
        if let end = try tool.settle(plan, change) { return end }
        var report = tool.carriedOut(plan)
        for node in view.nodes {
            try tool.demand(node.address, "CONFIG", "SET", "cluster-node-timeout", "\(milliseconds)")
            let reply = try tool.call(node.address, "CONFIG", "REWRITE")
            guard let error = reply.errorText else { continue }
            report.outcome = .findings
            tool.console.warn("[WARNING] \(node.address) has not written its configuration file: \(error)")
        }
        for silent in view.silent {
            report.outcome = .findings
            tool.console.warn("[ERR] " + silent.reason)
        }
        tool.console.say("[OK] \(view.nodes.count) nodes have the timeout.")
        return report
    }
}
