import ArgumentParser
import Primitives
import RESP

/// Runs a command on all nodes.
struct Call: ToolCommand {
    static let configuration = CommandConfiguration(abstract: "Runs a command on all nodes.")

    @Argument(help: "Any node of the cluster: host:port.")
    var address: String

    @Argument(
        parsing: .allUnrecognized, help: "The command with its arguments; behind -- they may look like options.")
    var words: [String]

    @Flag(name: [.customLong("only-masters"), .customLong("only-primaries"), .customLong("cluster-only-masters")])
    var onlyPrimaries = false

    @Flag(name: [.customLong("only-replicas"), .customLong("cluster-only-replicas")])
    var onlyReplicas = false

    @OptionGroup var common: CommonOptions

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let words = words.first == "--" ? Array(words.dropFirst()) : words
        let view = try tool.view(of: try SeedArgument.parse([address]))
        tool.console.say(">>> Calling \(words.joined(separator: " "))")
        var report = Report()
        var items: [JSON] = []
        for node in view.nodes where node.isPrimary ? !onlyReplicas : !onlyPrimaries {
            let (reply, hasFailed) = answer(tool, node, words)
            if hasFailed { report.outcome = .findings }
            items.append([
                "node": .text(node.id), "address": .text("\(node.address)"), "ok": .boolean(!hasFailed),
                "reply": reply.json,
            ])
            let lines = reply.lines
            tool.console.say(
                lines.count == 1 ? ["\(node.address): \(lines[0])"] : ["\(node.address):"] + lines)
        }
        for silent in view.silent { tool.console.warn("[ERR] " + silent.reason) }
        if !view.silent.isEmpty { report.outcome = .findings }
        report.members.append(.init("replies", .array(items)))
        return report
    }

    private func answer(_ tool: Tool, _ node: NodeView, _ words: [String]) -> (Reply, Bool) {
        do throws(AdminFailure) {
            let reply = try tool.call(node.address, words.map { Array($0.utf8) })
            return (reply, reply.errorText != nil)
        } catch {
            return (.error(error.text), true)
        }
    }
}
