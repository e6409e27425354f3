import Gossip

/// What CLUSTER MIGRATION STATUS tells of slots that go or come, whoever has asked for it.
struct SlotTask {
    let id: NodeName
    let slots: SlotSet
    let source, target: NodeName
    let isExport: Bool
    let state: String
    let lastError: String
    let retries: Int
    /// Milliseconds since 1970; -1 for not yet.
    let createdAt, startedAt, endedAt: Int64
    /// For how long writes rested at the end, in milliseconds.
    let pauseMilliseconds: Int64
}

// Requests for slots of other nodes.

extension SlotMigrations {
    /// Begins to request slots. All was looked at. Returns what the request is known by.
    func request(_ slots: SlotSet, from source: NodeName) -> NodeName {
        let run = SlotRequestRun(self, slots, from: source)
        requests.append(run)
        node.log(.notice, "Request \(run.machine.id) for slots \(slots.rangesText) of \(source)")
        run.look()
        return run.machine.id
    }

    /// Whether slots are requested, or come, among which some of these are.
    func isImporting(_ slots: SlotSet) -> Bool {
        requests.contains { !$0.machine.isOver && $0.machine.slots.overlaps(slots) }
            || imports.contains { !$0.machine.isOver && $0.job.slots.overlaps(slots) }
    }

    /// Where slots would come from, as the map is now.
    func origin(of slots: SlotSet) -> SlotRequest.Origin {
        if authority.isMovedByHand.importing || authority.isMovedByHand.migrating {
            return .nowhere(SlotMigrations.mustBeStable)
        }
        var owners = Set<NodeName>()
        for slot in slots.slots {
            guard let owner = authority.owner(of: slot) else { return .nowhere("slot has no owner: \(slot)") }
            owners.insert(owner)
        }
        guard let owner = owners.first, owners.count == 1 else {
            return .nowhere("slots belong to different source nodes")
        }
        return owner == authority.ownName ? .here : .node(owner)
    }

    /// Why slots are not requested while some are moved key by key.
    private static let mustBeStable = "all slot states must be STABLE to start a slot migration task."

    /// Does what is due for requests; what is over goes when there are too many.
    func lookAtRequests() {
        for run in requests {
            if node.isReplica { run.receive(.cancelled("This node is not a primary any more")) } else { run.look() }
        }
        let over = requests.count { $0.machine.isOver } - node.settings.clusterSlotMigrationMaxArchivedTasks
        for _ in 0..<max(over, 0) {
            if let oldest = requests.firstIndex(where: \.machine.isOver) { requests.remove(at: oldest) }
        }
    }

    /// Whether an attempt of a request is over for this node: what comes for it comes too late.
    func isLate(_ name: NodeName) -> Bool {
        requests.contains { $0.machine.name == name && !$0.machine.expectsSlots }
    }

    /// Slots begin to come that may have been requested. Returns the request; nil where there is none.
    func didBegin(_ name: NodeName) -> NodeName? {
        let run = requests.first { $0.machine.name == name }
        run?.receive(.begun)
        return run?.machine.id
    }

    /// How an import that was begun has ended; nil as long as it goes on.
    func end(ofImport name: NodeName, _ slots: SlotSet) -> SlotRequest.Event? {
        if isTaking(name) { return nil }
        guard let record = importRecord(name) else {
            return authority.owner(of: slots) == authority.ownName ? .taken : .failed("It was not taken")
        }
        guard record.isOver else { return nil }
        return record.state == "success" ? .taken : .failed(record.message)
    }

    private func importRecord(_ name: NodeName) -> SlotJobRecord? {
        records.first { $0.job.name == name && !$0.isExport }
    }

    /// What has become of a request of a target, to be told to it.
    enum Answer {
        case unknown
        case underWay
        case over(String)
    }

    /// What has become of an attempt that a target has asked for.
    func answer(to name: NodeName) -> Answer {
        guard let record = records.first(where: { $0.job.name == name && $0.isExport }) else { return .unknown }
        return record.isOver ? .over("The migration is over: \(record.state) \(record.message)") : .underWay
    }

    /// Ends what is known by an id, or all, as far as it can be ended. Returns how much that was.
    func cancelTasks(_ id: NodeName?) -> Int {
        func isMeant(_ other: NodeName) -> Bool { id == nil || id == other }
        lookAtRequests()
        let goes = exports.filter {
            isMeant($0.record.task ?? $0.job.name) && !$0.machine.isOver && !$0.machine.isGranted
        }
        for run in goes { run.receive(.cancelled) }
        let wanted = requests.filter { isMeant($0.machine.id) && !$0.machine.isOver && !isTaking($0.machine.name) }
        for run in wanted { run.receive(.cancelled("Cancelled")) }
        let comes = imports.filter { !$0.machine.isOver && isMeant($0.record.task ?? $0.job.name) }
        for run in comes { run.giveUp("Cancelled by the target") }
        return goes.count + wanted.count + comes.count { $0.record.task == nil }
    }

    /// How many migrations are under way or requested.
    var activeTasks: Int { tasks.count { $0.endedAt < 0 } }

    /// What is shown: what is under way, then what is over, the newest first.
    var tasks: [SlotTask] {
        let others = records.filter { $0.isExport || $0.task == nil }
        let all = requests.map(task) + others.map(task)
        let past = all.filter { $0.endedAt >= 0 }.sorted { $0.createdAt > $1.createdAt }
        return all.filter { $0.endedAt < 0 } + past.prefix(node.settings.clusterSlotMigrationMaxArchivedTasks)
    }

    private func task(_ run: SlotRequestRun) -> SlotTask {
        let machine = run.machine
        var state = machine.word
        if machine.state == .importing, let record = importRecord(machine.name) {
            state = record.state == "success" ? "takeover" : SlotTask.state(record.state)
        }
        return SlotTask(
            id: machine.id, slots: machine.slots, source: machine.source, target: machine.target, isExport: false,
            state: state, lastError: machine.lastError, retries: machine.retries, createdAt: run.createdAt,
            startedAt: run.startedAt, endedAt: run.endedAt, pauseMilliseconds: 0)
    }

    private func task(_ record: SlotJobRecord) -> SlotTask {
        SlotTask(
            id: record.task ?? record.job.name, slots: record.job.slots, source: record.job.source,
            target: record.job.target, isExport: record.isExport, state: SlotTask.state(record.state),
            lastError: record.message, retries: 0, createdAt: record.createdAt, startedAt: record.createdAt,
            endedAt: record.isOver ? record.updatedAt : -1,
            pauseMilliseconds: record.isOver ? record.pauseMilliseconds : 0)
    }
}

extension SlotTask {
    /// The word of CLUSTER MIGRATION for one of GETSLOTMIGRATIONS.
    fileprivate static func state(_ word: String) -> String { states[word] ?? word }

    private static let states = [
        "waiting-to-start": "none", "read-establish-response": "handshake-reply",
        "waiting-to-snapshot": "wait-bgsave-start", "snapshotting": "send-bulk-and-stream",
        "waiting-to-pause": "send-stream", "failover-paused": "handoff-prep", "failover-granted": "handoff",
        "receiving-snapshot": "accumulate-buffer", "waiting-for-paused": "streaming-buffer",
        "failover-requested": "wait-stream-eof", "success": "completed", "cancelled": "canceled",
    ]
}
