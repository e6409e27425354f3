import RESP

/// What one node said of itself and of the others when it was asked.
struct NodeView: Equatable, Sendable {
    /// Where it was asked.
    var address: NodeAddress
    var own: NodeRecord
    /// The others as it sees them.
    var others: [NodeRecord] = []
    var keys = 0
    /// What it is: `apus 0.1`, `valkey 9.0.0`, `redis 7.0.15`.
    var product = ""
    /// The process that it runs in: nodes of one process share their fate.
    var process: String?
    /// Whether it moves slots as a whole.
    var movesWholeSlots = false
    /// Migrations of whole slots that it tells of.
    var jobs: [SlotJob] = []
    /// How far its history goes.
    var offset = 0
    var isLinkUp = true
    /// Whether it takes the cluster for whole, and so answers.
    var isServing = true

    var id: String { own.id }
    var isPrimary: Bool { own.isPrimary }
    var slots: [Int] { own.slots }
    var title: String { "\(address) (\(short(id))…)" }
}

/// The cluster as its nodes see it: all that the planners know.
struct ClusterView: Equatable, Sendable {
    var nodes: [NodeView]
    /// Those that could not be asked, as others tell of them, with the reason.
    var silent: [SilentNode] = []

    struct SilentNode: Equatable, Sendable {
        var record: NodeRecord
        var reason: String
    }

    var primaries: [NodeView] { nodes.filter(\.isPrimary) }
    /// Primaries with slots, in the order of their slots.
    var owners: [NodeView] {
        primaries.filter { !$0.slots.isEmpty }.sorted { ($0.slots.first ?? 0) < ($1.slots.first ?? 0) }
    }

    subscript(id: String) -> NodeView? { nodes.first { $0.id == id } }

    func replicas(of id: String) -> [NodeView] { nodes.filter { $0.own.primary == id } }

    /// Who says to own each slot: none, one, or several.
    var claims: [[String]] {
        var claims = [[String]](repeating: [], count: slotCount)
        for node in primaries { for slot in node.slots { claims[slot].append(node.id) } }
        return claims
    }

    /// How a node sees who owns what; equal for nodes that agree.
    static func layout(_ node: NodeView) -> String {
        ([node.own] + node.others).filter { $0.isPrimary && !$0.slots.isEmpty }
            .map { "\($0.id):\($0.slots.slotText())" }.sorted().joined(separator: " ")
    }

    /// Whether all that were asked see the same owners.
    var isAgreed: Bool { Set(nodes.map(ClusterView.layout)).count <= 1 }

    /// The node that a word means: a name, the beginning of one that is alone with it, or an address.
    func find(_ word: String) throws(AdminFailure) -> NodeView {
        let matches = nodes.filter { $0.id.hasPrefix(word.lowercased()) || "\($0.address)" == word }
        if let exact = nodes.first(where: { $0.id == word }) { return exact }
        guard let match = matches.first else { throw AdminFailure("The cluster has no node \(word).", .usage) }
        guard matches.count == 1 else {
            throw AdminFailure("\(word) may be \(matches.map(\.title).joined(separator: " or ")).", .usage)
        }
        return match
    }
}
