import ArgumentParser
import Primitives

/// Says what the cluster has.
struct Info: ToolCommand {
    static let configuration = CommandConfiguration(abstract: "Says what the cluster has: keys, slots, replicas.")

    @OptionGroup var seed: SeedArgument
    @OptionGroup var common: CommonOptions

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let view = try tool.view(of: try seed.parsed())
        tool.console.say(Info.lines(view))
        return Report(members: Info.members(view))
    }

    /// A line for each primary, and the sums, as redis-cli writes them.
    static func lines(_ view: ClusterView) -> [String] {
        let primaries = view.primaries
        let keys = primaries.reduce(0) { $0 + $1.keys }
        let slots = primaries.reduce(0) { $0 + $1.slots.count }
        let average = slots == 0 ? 0 : Double(keys * 100 / slots) / 100
        return primaries.map { node in
            let replicas = view.replicas(of: node.id).count
            return "\(node.address) (\(short(node.id))...) -> \(node.keys) keys | \(node.slots.count) slots | "
                + "\(replicas) replicas | \(node.product)"
        } + ["[OK] \(keys) keys in \(primaries.count) masters.", "\(average) keys per slot on average."]
    }

    static func members(_ view: ClusterView) -> [JSON.Member] {
        [
            .init("keys", .integer(view.primaries.reduce(0) { $0 + $1.keys })),
            .init("primaries", .integer(view.primaries.count)),
            .init("nodes", .array(view.nodes.map(json))),
            .init(
                "unreachable",
                .array(
                    view.silent.map {
                        [
                            "id": .text($0.record.id), "address": .text($0.record.address.map { "\($0)" } ?? ""),
                            "reason": .text($0.reason),
                        ]
                    })),
        ]
    }

    static func json(_ node: NodeView) -> JSON {
        [
            "id": .text(node.id), "address": .text("\(node.address)"), "role": node.isPrimary ? "primary" : "replica",
            "primary": node.own.primary.map { .text($0) } ?? .null, "product": .text(node.product),
            "slots": .text(node.slots.slotText()), "slot_count": .integer(node.slots.count),
            "keys": .integer(node.keys),
            "epoch": .integer(node.own.configEpoch), "offset": .integer(node.offset),
            "link_up": .boolean(node.isLinkUp),
        ]
    }
}
