import Primitives

/// What is known of a slot that is not as it should be.
struct SlotProblem: Equatable, Sendable {
    var slot: Int
    /// Primaries that say to own it.
    var claims: [String] = []
    /// Primaries that have it open towards others, with their names.
    var migrating: [String: String] = [:]
    /// Primaries that have it open from others, with their names.
    var importing: [String: String] = [:]
    /// Keys of the slot by primary; those without any may be missing.
    var keys: [String: Int] = [:]
}

/// What is done to a slot so that one node owns it, has all its keys, and nobody has it open.
struct FixStep: Equatable, Sendable {
    enum Work: Equatable, Sendable {
        /// A move that was begun is carried on.
        case finish(source: String)
        /// The owner gets the slot if it has not said to own it alone, and keys that others have.
        case gather(assigns: Bool, from: [String])
    }

    var slot: Int
    var owner: String
    var work: Work
    /// Nodes that have it open.
    var closes: [String]
    var reason: String

    /// - Parameters:
    ///   - primaries: those that can be asked.
    ///   - fallback: who gets a slot that nobody has anything of.
    init(_ problem: SlotProblem, primaries: Set<String>, fallback: String) {
        slot = problem.slot
        closes = Set(problem.migrating.keys).union(problem.importing.keys).sorted()
        func count(_ id: String) -> Int { problem.keys[id] ?? 0 }
        if problem.claims.count == 1, let target = problem.migrating[problem.claims[0]], primaries.contains(target),
            target != problem.claims[0],
            problem.importing[target] != nil || count(target) > 0
        {
            (owner, work) = (target, .finish(source: problem.claims[0]))
            reason = "its move from \(short(problem.claims[0])) was begun and not finished"
            return
        }
        let holders = problem.keys.filter { $0.value > 0 }.keys.sorted { (count($1), $0) < (count($0), $1) }
        let claimants = problem.claims.sorted { (count($1), $0) < (count($0), $1) }
        let openers = problem.importing.keys.sorted() + problem.migrating.keys.sorted()
        let chosen = claimants.first ?? holders.first ?? openers.first ?? fallback
        owner = chosen
        let others = holders.filter { $0 != chosen }
        work = .gather(assigns: problem.claims != [chosen], from: others)
        reason = FixStep.reason(problem, chosen, holders: holders, others: others)
    }

    private static func reason(
        _ problem: SlotProblem, _ owner: String, holders: [String], others: [String]
    ) -> String {
        let keys = others.isEmpty ? "" : "; \(others.map(short).joined(separator: ", ")) has keys of it"
        switch problem.claims.count {
        case 0 where holders.isEmpty: return "nobody owns it, and nobody has keys of it"
        case 0: return "nobody owns it, and \(short(owner)) has \(others.isEmpty ? "its" : "most of its") keys" + keys
        case 1: return "\(short(owner)) owns it, and it is open for a move that does not go on" + keys
        default:
            return "\(problem.claims.map(short).joined(separator: ", ")) say to own it; the most keys decide" + keys
        }
    }
}

extension ClusterView {
    /// The slots that are not as they should be, without their keys.
    var problems: [SlotProblem] {
        let claims = claims
        var problems: [Int: SlotProblem] = [:]
        for slot in 0..<slotCount where claims[slot].count != 1 { problems[slot] = SlotProblem(slot: slot) }
        for node in primaries {
            for (slot, other) in node.own.migrating {
                problems[slot, default: SlotProblem(slot: slot)].migrating[node.id] = other
            }
            for (slot, other) in node.own.importing {
                problems[slot, default: SlotProblem(slot: slot)].importing[node.id] = other
            }
        }
        return problems.values.sorted { $0.slot < $1.slot }.map { problem in
            var problem = problem
            problem.claims = claims[problem.slot]
            return problem
        }
    }

    /// Steps for problems whose keys are known. Slots that nobody has anything of go to the primaries in runs, so that all
    /// come near an even share. An empty primary may be there for something else: it gets some only where nobody has any.
    func fixes(of problems: [SlotProblem]) -> [FixStep] {
        let names = Set(primaries.map(\.id))
        let takers = owners.isEmpty ? primaries : owners
        let orphans = problems.filter(\.isOrphan).map(\.slot)
        let parts = fillingShares(of: orphans.count, on: takers.map(\.slots.count))
        var fallbacks: [Int: String] = [:]
        var rest = orphans[...]
        for (taker, part) in zip(takers, parts) {
            for slot in rest.prefix(part) { fallbacks[slot] = taker.id }
            rest = rest.dropFirst(part)
        }
        return problems.map { FixStep($0, primaries: names, fallback: fallbacks[$0.slot] ?? "") }
    }
}

extension SlotProblem {
    /// Whether nobody has anything of it.
    var isOrphan: Bool {
        claims.isEmpty && migrating.isEmpty && importing.isEmpty && keys.values.allSatisfy { $0 == 0 }
    }
}

/// Steps that are alike but for their slots.
struct FixGroup: Equatable, Sendable {
    var step: FixStep
    var slots: [Int]

    /// In the order of their first slots.
    static func groups(_ steps: [FixStep]) -> [FixGroup] {
        var groups: [FixGroup] = []
        for step in steps {
            let place = groups.firstIndex {
                $0.step.owner == step.owner && $0.step.work == step.work && $0.step.closes == step.closes
                    && $0.step.reason == step.reason
            }
            if let place {
                groups[place].slots.append(step.slot)
            } else {
                groups.append(.init(step: step, slots: [step.slot]))
            }
        }
        return groups
    }

    var text: String {
        let what =
            switch step.work {
            case .finish(let source): "the move from \(short(source)) to \(short(step.owner)) is finished"
            case .gather(true, _): "\(short(step.owner)) becomes the owner"
            case .gather(false, _): "\(short(step.owner)) stays the owner, and the slot is closed"
            }
        return "slot \(slots.slotText(atMost: 8)): \(what), because \(step.reason)"
    }

    var json: JSON {
        var members: [JSON.Member] = [
            .init("slots", .text(slots.slotText())), .init("owner", .text(step.owner)),
            .init("reason", .text(step.reason)),
        ]
        switch step.work {
        case .finish(let source): members.append(.init("finish_from", .text(source)))
        case .gather(let assigns, let from):
            members += [.init("assign", .boolean(assigns)), .init("gather_from", .texts(from))]
        }
        return .object(members + [.init("close_on", .texts(step.closes))])
    }
}
