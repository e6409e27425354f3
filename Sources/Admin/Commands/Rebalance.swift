import ArgumentParser
import Primitives

/// Gives every primary its share of the slots.
struct RebalanceCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebalance", abstract: "Moves slots so that every primary has its share.")

    @OptionGroup var seed: SeedArgument

    @Option(
        name: [.customLong("weight"), .customLong("cluster-weight")], parsing: .upToNextOption,
        help: "How much a primary shall own beside others, 1 unless said: node=weight … .")
    var weights: [String] = []

    @Flag(
        name: [.customLong("use-empty-masters"), .customLong("use-empty"), .customLong("cluster-use-empty-masters")],
        help: "Primaries without slots get some too.")
    var usesEmpty = false

    @Option(
        name: [.customLong("threshold"), .customLong("cluster-threshold")],
        help: "Nothing moves while nobody is further away from its share than so many per cent.")
    var threshold = 2.0

    @OptionGroup var moving: MoveOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let seed = try seed.parsed()
        try SlotMover.awaitOthers(tool, seed)
        let view = try tool.soundView(of: seed)
        let weights = try parsedWeights(view)
        let owners = view.primaries.filter { usesEmpty || !$0.slots.isEmpty || (weights[$0.id] ?? 0) > 0 }
            .map { SlotOwner(id: $0.id, slots: $0.slots, weight: weights[$0.id] ?? 1) }
        guard owners.contains(where: { $0.weight > 0 }) else { throw AdminFailure("All weights are 0.", .usage) }
        let rebalance = Rebalance(owners, threshold: threshold)
        return try tool.move(
            rebalance.transfers, view, moving, change, seed, lines: lines(rebalance, view),
            json: [.init("shares", .array(rebalance.parts.map(RebalanceCommand.json)))])
    }

    private func parsedWeights(_ view: ClusterView) throws(AdminFailure) -> [String: Double] {
        var parsed: [String: Double] = [:]
        for word in weights.flatMap({ $0.split(separator: ",") }) {
            let parts = word.split(separator: "=")
            guard parts.count == 2, let weight = Double(parts[1]), weight >= 0, weight.isFinite else {
                throw AdminFailure("Not a weight: \(word). It is node=number.", .usage)
            }
            let node = try view.find(String(parts[0]))
            guard node.isPrimary else { throw AdminFailure("\(node.title) is a replica.", .usage) }
            parsed[node.id] = weight
        }
        return parsed
    }

    private func lines(_ rebalance: Rebalance, _ view: ClusterView) -> [String] {
        rebalance.parts.map { part in
            "\(view[part.id]?.title ?? part.id) has \(counted(part.has, "slot")), its share is \(part.shall)"
        }
    }

    private static func json(_ part: Rebalance.Part) -> JSON {
        ["id": .text(part.id), "has": .integer(part.has), "share": .integer(part.shall)]
    }
}
