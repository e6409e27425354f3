import ArgumentParser
import Primitives

/// Shows the cluster again and again, and what changes.
struct Watch: ToolCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the cluster again and again, and what changes in it; Ctrl-C ends it.")

    @OptionGroup var seed: SeedArgument

    @Option(help: "Seconds between two looks.")
    var interval = 1.0

    @Option(help: "How often to look; for ever unless said.")
    var count: Int?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard interval >= 0.1, interval <= 3600 else { throw ValidationError("--interval is 0.1 to 3600 seconds.") }
    }

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        var seeds = [try seed.parsed()]
        var last: ClusterView?
        var looks = 0
        Interruption.listen()
        while !Interruption.isWanted {
            let view = try look(tool, &seeds)
            show(tool, view, last)
            last = view
            looks += 1
            if let count, looks >= count { break }
            pause()
        }
        return Report(members: [.init("looks", .integer(looks))])
    }

    private func pause() {
        let end = Console.milliseconds + Int(interval * 1000)
        while Console.milliseconds < end, !Interruption.isWanted { Console.pause(milliseconds: 50) }
    }

    /// Any node that was there may be asked next time.
    private func look(_ tool: Tool, _ seeds: inout [NodeAddress]) throws(AdminFailure) -> ClusterView {
        var reason = AdminFailure("No node answers.")
        for seed in seeds {
            do throws(AdminFailure) {
                let view = try tool.view(of: seed)
                seeds = [seed] + view.nodes.map(\.address).filter { $0 != seed }
                return view
            } catch {
                reason = error
            }
        }
        throw reason
    }

    private func show(_ tool: Tool, _ view: ClusterView, _ last: ClusterView?) {
        let changes = last.map { view.changes(since: $0) } ?? []
        let findings = view.findings()
        if common.json {
            let members =
                Info.members(view) + [
                    .init("findings", .array(findings.map(\.json))), .init("changes", .texts(changes)),
                ]
            return tool.console.write(.object(members))
        }
        if tool.console.hasBar { tool.console.clear() }
        // Without a screen to draw on, only what changes is news.
        if tool.console.hasBar || last == nil { tool.console.say(Info.lines(view) + Check.lines(view, findings)) }
        tool.console.say(changes.map { "! " + $0 })
    }
}

extension ClusterView {
    /// What has happened between two looks.
    func changes(since last: ClusterView) -> [String] {
        var changes: [String] = []
        for node in nodes {
            guard let before = last[node.id] else {
                changes.append("\(node.title) is here")
                continue
            }
            if node.isPrimary != before.isPrimary {
                changes.append("\(node.title) is a \(node.isPrimary ? "primary" : "replica") now")
            } else if node.own.primary != before.own.primary, let primary = node.own.primary {
                changes.append("\(node.title) follows \(short(primary))… now")
            }
            if node.slots.count != before.slots.count, node.isPrimary == before.isPrimary {
                changes.append("\(node.title) owns \(node.slots.count) slots, \(before.slots.count) before")
            }
        }
        for node in last.nodes where self[node.id] == nil {
            let reason = silent.first { $0.record.id == node.id }?.reason
            changes.append("\(node.title) is gone" + (reason.map { ": \($0)" } ?? ""))
        }
        return changes
    }
}
