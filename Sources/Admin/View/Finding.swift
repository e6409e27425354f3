import Primitives

/// Something that is not as it should be in a cluster, or soon will not be.
enum Finding: Equatable, Sendable {
    /// Nodes see different owners: groups of nodes that agree with each other.
    case disagreement([[String]])
    /// A slot stands open for a move that was begun and not finished.
    case open(slot: Int, node: String, Direction, other: String)
    /// Slots that no node that was asked owns.
    case uncovered([Int])
    /// Several nodes say to own a slot.
    case severalOwners(slot: Int, [String])
    /// A node that others know could not be asked.
    case silent(String, address: String, reason: String)
    /// Others take a node for gone that could be asked.
    case suspected(String, by: [String])
    /// A move of whole slots goes on.
    case moving(SlotJob)
    /// A replica stands on its primary's host although there are others.
    case sameHost(replica: String, primary: String)
    /// Nodes that answer nothing, since they take the cluster for down.
    case notServing([String])
    /// A replica's link is down.
    case linkDown(replica: String, primary: String)

    enum Direction: String, Equatable, Sendable { case migrating, importing }

    /// Whether the cluster is not right; the others are worth knowing.
    var isError: Bool {
        switch self {
        case .disagreement, .open, .uncovered, .severalOwners, .silent, .suspected: true
        case .moving, .sameHost, .notServing, .linkDown: false
        }
    }

    var kind: String {
        switch self {
        case .disagreement: "disagreement"
        case .open: "open-slot"
        case .uncovered: "uncovered-slots"
        case .severalOwners: "several-owners"
        case .silent: "unreachable"
        case .suspected: "suspected"
        case .moving: "moving"
        case .sameHost: "same-host"
        case .notServing: "not-serving"
        case .linkDown: "link-down"
        }
    }

    var text: String {
        switch self {
        case .disagreement(let groups):
            "Nodes don't agree about configuration: "
                + groups.map { $0.map(short).joined(separator: " ") }.joined(separator: " | ")
        case .open(let slot, let node, let direction, let other):
            "The node \(short(node)) has slot \(slot) in \(direction.rawValue) state "
                + "(\(direction == .migrating ? "to" : "from") \(short(other)))"
        case .uncovered(let slots):
            "Not all 16384 slots are covered by nodes: \(counted(slots.count, "slot")) missing: "
                + slots.slotText(atMost: 20)
        case .severalOwners(let slot, let owners):
            "The slot \(slot) has several owners: \(owners.map(short).joined(separator: ", "))"
        case .silent(let id, let address, let reason): "The node \(short(id)) at \(address) cannot be asked: \(reason)"
        case .suspected(let id, let by):
            "The node \(short(id)) is taken for failed by \(by.map(short).joined(separator: ", "))"
        case .moving(let job):
            "Slots \(job.ranges) are on their way from \(short(job.source)) to \(short(job.target)) (\(job.state))"
        case .sameHost(let replica, let primary):
            "The replica \(short(replica)) is on the host of its primary \(short(primary))"
        case .notServing(let nodes):
            "Nodes take the cluster for down, and serve nothing: \(nodes.map(short).joined(separator: ", "))"
        case .linkDown(let replica, let primary):
            "The link of the replica \(short(replica)) to its primary \(short(primary)) is down"
        }
    }

    var json: JSON {
        var members: [JSON.Member] = [
            .init("kind", .text(kind)), .init("error", .boolean(isError)), .init("text", .text(text)),
        ]
        switch self {
        case .open(let slot, let node, _, _):
            members += [.init("slot", .integer(slot)), .init("node", .text(node))]
        case .uncovered(let slots): members.append(.init("slots", .text(slots.slotText())))
        case .severalOwners(let slot, let owners):
            members += [.init("slot", .integer(slot)), .init("nodes", .texts(owners))]
        case .silent(let id, _, _), .suspected(let id, _): members.append(.init("node", .text(id)))
        case .moving(let job): members.append(.init("job", job.json))
        case .sameHost(let id, _), .linkDown(let id, _): members.append(.init("node", .text(id)))
        case .notServing(let nodes): members.append(.init("nodes", .texts(nodes)))
        case .disagreement(let groups): members.append(.init("groups", .array(groups.map { .texts($0) })))
        }
        return .object(members)
    }
}

extension ClusterView {
    /// All that is not as it should be.
    /// - Parameter searchesOwners: whether to look for slots with several owners one by one.
    func findings(searchesOwners: Bool = true) -> [Finding] {
        disagreements + openSlots + coverage(searchesOwners) + unreachable + moving + silentNodes + placement
    }

    private var silentNodes: [Finding] {
        let nodes = nodes.filter { !$0.isServing }
        return nodes.isEmpty ? [] : [.notServing(nodes.map(\.id))]
    }

    private var disagreements: [Finding] {
        let groups = Dictionary(grouping: nodes, by: ClusterView.layout)
        guard groups.count > 1 else { return [] }
        return [.disagreement(groups.values.map { $0.map(\.id).sorted() }.sorted { $0[0] < $1[0] })]
    }

    /// A slot stays noted as open on replicas too; only primaries count.
    private var openSlots: [Finding] {
        primaries.flatMap { node in
            node.own.migrating.sorted { $0.key < $1.key }.map {
                Finding.open(slot: $0.key, node: node.id, .migrating, other: $0.value)
            }
                + node.own.importing.sorted { $0.key < $1.key }.map {
                    Finding.open(slot: $0.key, node: node.id, .importing, other: $0.value)
                }
        }
    }

    private func coverage(_ searchesOwners: Bool) -> [Finding] {
        let claims = claims
        let uncovered = (0..<slotCount).filter { claims[$0].isEmpty }
        let several = (0..<slotCount).filter { searchesOwners && claims[$0].count > 1 }
        return (uncovered.isEmpty ? [] : [.uncovered(uncovered)])
            + several.map { .severalOwners(slot: $0, claims[$0]) }
    }

    private var unreachable: [Finding] {
        let suspected = nodes.compactMap { node -> Finding? in
            let by = nodes.filter { $0.others.contains { $0.id == node.id && $0.hasFailed } }.map(\.id)
            return by.isEmpty ? nil : .suspected(node.id, by: by)
        }
        return silent.map {
            .silent($0.record.id, address: $0.record.address.map { "\($0)" } ?? "?", reason: $0.reason)
        } + suspected
    }

    private var moving: [Finding] {
        nodes.flatMap { node in node.jobs.filter { $0.isUnderWay && $0.isExport }.map { .moving($0) } }
    }

    private var placement: [Finding] {
        let hosts = Set(nodes.map(\.address.host))
        return nodes.flatMap { replica -> [Finding] in
            guard let id = replica.own.primary, let primary = self[id] else { return [] }
            let shared = hosts.count > 1 && primary.address.host == replica.address.host
            return (shared ? [.sameHost(replica: replica.id, primary: id)] : [])
                + (replica.isLinkUp ? [] : [.linkDown(replica: replica.id, primary: id)])
        }
    }
}
