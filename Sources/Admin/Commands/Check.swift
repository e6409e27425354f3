import ArgumentParser

/// Looks for what is not right.
struct Check: ToolCommand {
    static let configuration = CommandConfiguration(
        abstract: "Looks whether the cluster is right; exit code 1 if it is not.")

    @OptionGroup var seed: SeedArgument

    @Flag(
        name: [.customLong("search-multiple-owners"), .customLong("cluster-search-multiple-owners")],
        help: "Accepted for redis-cli's sake: slots with several owners are always looked for.")
    var searchesOwners = false

    @OptionGroup var common: CommonOptions

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let view = try tool.view(of: try seed.parsed())
        let findings = view.findings()
        tool.console.say(Info.lines(view) + Check.nodeLines(view) + Check.lines(view, findings))
        return Report(
            outcome: findings.contains(where: \.isError) ? .findings : .done,
            members: Info.members(view) + [.init("findings", .array(findings.map(\.json)))])
    }

    static func nodeLines(_ view: ClusterView) -> [String] {
        view.nodes.flatMap { node -> [String] in
            let role = node.isPrimary ? "M" : "S"
            let slots =
                node.slots.isEmpty ? "" : "   slots:\(node.slots.slotText(atMost: 8)) (\(node.slots.count) slots)"
            let primary = node.own.primary.map { "   replicates \($0)" } ?? ""
            return ["\(role): \(node.id) \(node.address)"] + [slots, primary].filter { !$0.isEmpty }
        }
    }

    /// What was found, in redis-cli's words where it has them.
    static func lines(_ view: ClusterView, _ findings: [Finding]) -> [String] {
        let agree = view.isAgreed ? ["[OK] All nodes agree about slots configuration."] : []
        let isCovered = !findings.contains { if case .uncovered = $0 { true } else { false } }
        return agree + findings.map { ($0.isError ? "[ERR] " : "[WARNING] ") + $0.text }
            + (isCovered ? ["[OK] All 16384 slots covered."] : [])
    }
}
