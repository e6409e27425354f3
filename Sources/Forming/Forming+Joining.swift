import Gossip
import Primitives

// Nodes that come to a cluster that is there, and members that have moved.

extension Forming {
    // MARK: Coming

    /// There is a cluster: this node joins it.
    mutating func beginJoining(_ members: [FormingStatement]) {
        // A cluster that is being formed knows itself in a moment.
        if members.contains(where: { $0.stage == .executed }) { return }
        guard areOneCluster(members) else {
            return log("The sources name nodes of several clusters: this node joins none of them.", isWarning: true)
        }
        record.stage = .joining
        store()
        for member in members.prefix(Forming.greeted) { meet(member.name) }
    }

    /// How many members a newcomer asks to take it in.
    private static let greeted = 3

    /// Whether members know owners of slots in common, directly or through others.
    private func areOneCluster(_ members: [FormingStatement]) -> Bool {
        var known = Set(members[0].owners)
        var rest = members.filter { !$0.owners.isEmpty }
        if known.isEmpty, let first = rest.first { known = Set(first.owners) }
        while let index = rest.firstIndex(where: { !known.isDisjoint(with: $0.owners) }) {
            known.formUnion(rest.remove(at: index).owners)
        }
        return rest.isEmpty
    }

    /// Has itself taken in, and then becomes the replica of the shard that has the fewest.
    mutating func join() {
        guard let myself = standing.myself else { return }
        if myself.isReplica || !myself.slots.isEmpty { return settle() }
        guard standing.isMember else { return joinOnceMore() }
        heal()
        let since = joinedAt ?? now
        joinedAt = since
        guard now - since >= Forming.listening, let choice = shardToJoin(myself) else { return }
        log("This node becomes a replica of \(choice), whose shard has the fewest.")
        actions.append(.perform(.replicate(choice)))
    }

    private mutating func joinOnceMore() {
        guard standing.isAlone else { return }
        let members = view.statements.filter(\.isMember)
        if members.isEmpty {
            record.stage = .free
            return store()
        }
        for member in members.prefix(Forming.greeted) { meet(member.name) }
    }

    /// It was in a cluster before it was started, and has been taken out of it since.
    mutating func joinAgain() {
        record.number += 1
        (record.stage, record.attempt, record.electorate) = (.free, nil, [])
        store()
    }

    mutating func settle() {
        // The electorate is kept for one who loses what it has not forced to its disk.
        record.stage = .settled
        actions.append(.perform(.save))
        store()
        log("This node is in its cluster.")
    }

    /// Newcomers choose one after the other, in the order of their names: so each knows what those before it have chosen.
    private func shardToJoin(_ myself: Member) -> NodeName? {
        let owners = standing.owners
        guard owners.reduce(0, { $0 + $1.slots.count }) == hashSlotCount else { return nil }
        var counts: [NodeName: Int] = [:]
        for member in standing.known { if let primary = member.primary { counts[primary, default: 0] += 1 } }
        let newcomers = standing.known.filter { $0.isPrimary && $0.slots.isEmpty && !$0.flags.contains(.failed) }
        for newcomer in newcomers.sorted(by: { $0.name < $1.name }) {
            guard let choice = choice(newcomer, owners, counts) else { continue }
            if newcomer.name == myself.name { return choice }
            counts[choice, default: 0] += 1
        }
        return nil
    }

    /// The primary with the fewest replicas, on another host where it can be; never one of the same process.
    private func choice(_ newcomer: Member, _ owners: [Member], _ counts: [NodeName: Int]) -> NodeName? {
        let home = processOf(newcomer.name)
        let possible = owners.filter { home == nil || processOf($0.name) != home }
        func rank(_ owner: Member) -> (Int, Int, NodeName) {
            (counts[owner.name] ?? 0, owner.address.host == newcomer.address.host ? 1 : 0, owner.name)
        }
        return possible.min { rank($0) < rank($1) }?.name
    }

    private func processOf(_ name: NodeName) -> UInt64? {
        name == standing.name ? process : view[name]?.process
    }

    // MARK: The own part

    /// Takes the part that the layout gives it, and meets the others as soon as they have taken theirs.
    mutating func takePart() {
        let layout = FormingLayout(record.electorate, plan)
        guard let myself = standing.myself, let part = layout.part(of: standing.name) else { return settle() }
        // An epoch is taken by one that knows nobody yet: the others are met in the next round.
        if case .primary(let shard, let slots) = part, myself.isPrimary, myself.slots.isEmpty {
            claim(shard, slots, myself)
            if standing.members.count == 1 { return }
        }
        heal()
        for node in record.electorate where hasTakenPart(node.name) { meet(node.name) }
        let isComplete = record.electorate.allSatisfy { isKnown($0.name) }
        let isIdle = myself.isPrimary && myself.slots.isEmpty
        switch part {
        case .replica(let primary) where isIdle: replicate(primary, isComplete: isComplete)
        case .primary where isIdle && isComplete: joinAsReplica()
        case .primary, .replica: if isComplete { settle() }
        }
    }

    /// If others have been given its slots meanwhile, it joins as one who comes late.
    private mutating func joinAsReplica() {
        (record.stage, record.electorate) = (.joining, [])
        store()
    }

    private func hasTakenPart(_ name: NodeName) -> Bool {
        guard let statement = view[name], statement.attempt == record.attempt else { return false }
        return statement.stage == .executed || statement.stage == .settled
    }

    private func isKnown(_ name: NodeName) -> Bool { standing.known.contains { $0.name == name } }

    /// Epochs differ from the beginning, so that nobody has to settle which of two claims of the same epoch holds.
    private mutating func claim(_ shard: Int, _ slots: SlotSet, _ myself: Member) {
        if standing.members.count == 1, myself.configEpoch == 0 {
            actions.append(.perform(.setConfigEpoch(UInt64(shard + 1))))
        }
        actions.append(.perform(.addSlots(slots)))
        log("This node is the primary of shard \(shard + 1) of \(plan.shards), with \(slots.count) slots.")
    }

    private mutating func replicate(_ primary: NodeName, isComplete: Bool) {
        guard let member = standing.known.first(where: { $0.name == primary }) else { return }
        if member.isPrimary, !member.slots.isEmpty { return actions.append(.perform(.replicate(primary))) }
        // It is somebody's replica by now: the shard that has the fewest will do.
        guard isComplete, member.isReplica, let myself = standing.myself, let choice = shardToJoin(myself) else {
            return
        }
        actions.append(.perform(.replicate(choice)))
    }

    // MARK: Moving

    /// Members that are not reached, and live elsewhere now, are met there. Strangers are met by newcomers only, and by one who
    /// has forgotten its cluster, which knows it still.
    mutating func heal() {
        if standing.known.count == 1 {
            for statement in view.statements where statement.isMember && isFellow(statement) { meet(statement.name) }
        }
        for member in standing.known where member.name != standing.name && !member.isConnected { meet(member.name) }
    }

    /// Whether a node is of this one's cluster: it says so, or both have had a part in the same layout.
    private func isFellow(_ other: FormingStatement) -> Bool {
        other.knowsAsker || record.electorate.contains { $0.name == other.name } && hasTakenPart(other.name)
    }

    /// Meets a node where it is, if that is news.
    private mutating func meet(_ name: NodeName) {
        guard let (address, statement) = view.others[name] else { return }
        if let member = standing.known.first(where: { $0.name == name }) {
            let isThere = member.address.host == address.host && member.address.port == address.port
            if member.isConnected || isThere && !member.flags.contains(.noAddress) { return }
        }
        if let last = metAt[name], now - last < Forming.meetingInterval { return }
        metAt[name] = now
        actions.append(.perform(.meet(host: address.host, port: address.port, busPort: statement.busPort)))
    }
}
