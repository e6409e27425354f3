import ArgumentParser

/// Brings a cluster in order: moves that were begun are finished, slots without an owner get one, and nothing stays open.
struct Fix: ToolCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finishes moves that were begun, and gives every slot one owner.")

    @OptionGroup var seed: SeedArgument

    @Flag(
        name: [.customLong("search-multiple-owners"), .customLong("cluster-search-multiple-owners")],
        help: "Accepted for redis-cli's sake: slots with several owners are always looked for.")
    var searchesOwners = false

    @Flag(
        name: [
            .customLong("fix-with-unreachable-masters"), .customLong("with-unreachable-masters"),
            .customLong("cluster-fix-with-unreachable-masters"),
        ],
        help: "Slots of primaries that cannot be reached get other owners; their keys are lost.")
    var withUnreachable = false

    @OptionGroup var moving: MoveOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let seed = try seed.parsed()
        try SlotMover.awaitOthers(tool, seed)
        let view = try tool.view(of: seed)
        try refuseUnreachable(view)
        let steps = view.fixes(of: try problems(tool, view))
        let plan = Fix.plan(steps)
        if let end = try tool.settle(plan, change) {
            guard plan.isEmpty else { return end }
            return try judge(tool, seed, end)
        }
        try FixRun(tool, view, moving.keyOptions(tool.settings)).carryOut(steps)
        if view.silent.isEmpty || withUnreachable { try tool.awaitAgreement(of: seed, change.wait) }
        return try judge(tool, seed, tool.carriedOut(plan))
    }

    /// A primary that is only out of reach comes back with its keys.
    private func refuseUnreachable(_ view: ClusterView) throws(AdminFailure) {
        let lost = view.silent.filter { $0.record.isPrimary && !$0.record.slots.isEmpty }
        guard let first = lost.first, !withUnreachable, !view.problems.isEmpty else { return }
        throw AdminFailure(
            "The primary \(short(first.record.id)) with \(counted(first.record.slots.count, "slot")) cannot be reached. "
                + "With --fix-with-unreachable-masters its slots get other owners, and its keys are lost.", .findings)
    }

    private func problems(_ tool: Tool, _ view: ClusterView) throws(AdminFailure) -> [SlotProblem] {
        var problems = view.problems
        for node in view.primaries {
            let counts = try tool.keyCounts(node, problems.map(\.slot))
            for (index, count) in counts.enumerated() where count > 0 { problems[index].keys[node.id] = count }
        }
        return problems
    }

    /// What is said when the work is done: whether the cluster is right now.
    private func judge(_ tool: Tool, _ seed: NodeAddress, _ report: Report) throws(AdminFailure) -> Report {
        let view = try tool.view(of: seed)
        let findings = view.findings()
        tool.console.say(Check.lines(view, findings))
        var report = report
        report.outcome = findings.contains(where: \.isError) ? .findings : .done
        report.members.append(.init("findings", .array(findings.map(\.json))))
        return report
    }

    static func plan(_ steps: [FixStep]) -> Plan {
        let groups = FixGroup.groups(steps)
        return Plan(
            lines: groups.map(\.text), json: ["steps": .array(groups.map(\.json))], isEmpty: steps.isEmpty,
            emptyText: "No slot needs to be fixed.")
    }
}

/// Carries out what fixes slots.
struct FixRun {
    private let tool: Tool
    private let view: ClusterView
    private let mover: SlotMover
    private let finisher: SlotMover

    init(_ tool: Tool, _ view: ClusterView, _ options: KeyMoveOptions) {
        (self.tool, self.view) = (tool, view)
        mover = SlotMover(tool, view, options, isByKey: true)
        // While a slot is on its way, a key is served by the source for as long as it is there: so the source's is newer.
        var replacing = options
        replacing.replaces = true
        finisher = SlotMover(tool, view, replacing, isByKey: true)
    }

    func carryOut(_ steps: [FixStep]) throws(AdminFailure) {
        let progress = Progress(tool.console, "Fixing", total: steps.count, unit: "slots")
        defer { progress.end() }
        var done = 0
        try assign(steps)
        for step in steps {
            try Interruption.check()
            switch step.work {
            case .finish(let source):
                try finisher.move(step.slot, from: source, to: step.owner)
                try close(step, except: [source, step.owner])
            case .gather(_, let sources):
                for source in sources { try mover.move(step.slot, from: source, to: step.owner, handsOver: false) }
                try close(step, except: [], and: sources)
            }
            done += 1
            progress.update(done)
        }
    }

    /// Slots that have no owner, or several, get theirs, all of a node at once. Its new epoch tells the others that it is
    /// right.
    private func assign(_ steps: [FixStep]) throws(AdminFailure) {
        let assigned = steps.filter { if case .gather(true, _) = $0.work { true } else { false } }
        for (owner, steps) in Dictionary(grouping: assigned, by: \.owner).sorted(by: { $0.key < $1.key }) {
            guard let node = view[owner] else { continue }
            let slots = steps.map { "\($0.slot)" }.filter { !node.slots.contains(Int($0) ?? -1) }
            // What it believes of an owner that is gone stands in the way; and what it has open too.
            _ = try tool.pipeline(node.address, steps.map { ["CLUSTER", "SETSLOT", "\($0.slot)", "STABLE"] })
            _ = try tool.pipeline(node.address, slots.map { ["CLUSTER", "DELSLOTS", $0] })
            if !slots.isEmpty {
                let reply = try tool.call(node.address, (["CLUSTER", "ADDSLOTS"] + slots).map { Array($0.utf8) })
                if let error = reply.errorText { throw AdminFailure("\(node.address): ADDSLOTS: \(error)") }
            }
            try tool.demand(node.address, "CLUSTER", "BUMPEPOCH")
            try release(steps, except: owner)
        }
    }

    /// Others that say to own such slots give them up.
    private func release(_ steps: [FixStep], except owner: String) throws(AdminFailure) {
        for node in view.primaries where node.id != owner {
            let claimed = Set(node.slots)
            let slots = steps.map(\.slot).filter(claimed.contains).map { "\($0)" }
            guard !slots.isEmpty else { continue }
            _ = try tool.call(node.address, (["CLUSTER", "DELSLOTS"] + slots).map { Array($0.utf8) })
        }
    }

    private func close(_ step: FixStep, except: [String], and more: [String] = []) throws(AdminFailure) {
        for id in Set(step.closes + more).subtracting(except).sorted() {
            guard let node = view[id] else { continue }
            try tool.demand(node.address, "CLUSTER", "SETSLOT", "\(step.slot)", "STABLE")
        }
    }
}
