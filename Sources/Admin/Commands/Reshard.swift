import ArgumentParser
import Primitives

/// Moves slots to one node.
struct ReshardCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "reshard", abstract: "Moves so many slots from some primaries to one.")

    @OptionGroup var seed: SeedArgument

    @Option(
        name: [.customLong("from"), .customLong("cluster-from")],
        help: "Who gives: names or addresses, separated by commas, or all.")
    var from = "all"

    @Option(name: [.customLong("to"), .customLong("cluster-to")], help: "Who gets: a name or an address.")
    var to: String

    @Option(name: [.customLong("slots"), .customLong("cluster-slots")], help: "How many slots.")
    var slots: Int

    @OptionGroup var moving: MoveOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...slotCount).contains(slots) else { throw ValidationError("--slots is 1 to 16384.") }
    }

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let seed = try seed.parsed()
        try SlotMover.awaitOthers(tool, seed)
        let view = try tool.soundView(of: seed)
        let target = try view.find(to)
        guard target.isPrimary else { throw AdminFailure("\(target.title) is a replica.", .usage) }
        let transfers = Reshard.plan(try sources(view), to: target.id, count: slots)
        return try tool.move(transfers, view, moving, change, seed)
    }

    private func sources(_ view: ClusterView) throws(AdminFailure) -> [SlotOwner] {
        if from == "all" { return view.owners.map { SlotOwner(id: $0.id, slots: $0.slots) } }
        var sources: [SlotOwner] = []
        for word in from.split(separator: ",") {
            let node = try view.find(String(word))
            guard node.isPrimary else { throw AdminFailure("\(node.title) is a replica.", .usage) }
            guard !sources.contains(where: { $0.id == node.id }) else { continue }
            sources.append(SlotOwner(id: node.id, slots: node.slots))
        }
        return sources
    }
}

extension Tool {
    /// Shows transfers, asks, carries them out, and waits until all nodes know.
    func move(
        _ transfers: [SlotTransfer], _ view: ClusterView, _ moving: MoveOptions, _ change: ChangeOptions,
        _ seed: NodeAddress, lines: [String] = [], json: [JSON.Member] = []
    ) throws(AdminFailure) -> Report {
        let mover = SlotMover(self, view, moving.keyOptions(settings), isByKey: moving.byKey)
        let plan = try mover.plan(transfers, lines: lines, json: json)
        if let end = try settle(plan, change) { return end }
        try mover.carryOut(transfers)
        try awaitAgreement(of: seed, change.wait)
        console.say("[OK] Moved \(counted(mover.slotsMoved, "slot")) with \(counted(mover.keysMoved, "key")).")
        return carriedOut(plan, [.init("moved", mover.json)])
    }
}
