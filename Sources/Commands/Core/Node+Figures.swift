import Primitives
import Storage

// What is shown of a node elsewhere than to its clients. It is worked out on the node's thread, so it looks at nothing that
// grows with the data.

extension Node {
    /// How the node stands.
    public var health: NodeHealth {
        var health = NodeHealth()
        health.port = identity.port
        (health.isLoading, health.isLoadingBeside) = (isLoading, isLoadingBeside)
        (health.isReplica, health.isLinkUp) = (isReplica, isLinkUp)
        health.isEnding = isShutdownPending
        health.servesStaleData = settings.replicaServeStaleData
        if isClustered { health.isClusterUp = slotMap?.isUp ?? false }
        return health
    }

    /// All figures of the node as they are now.
    public func figures() -> NodeFigures {
        let survey = Survey(self)
        var figures = NodeFigures()
        figures.health = health
        (figures.takenAt, figures.startedAt, figures.runID) = (clock.wallMilliseconds, startedAt, runID)
        (figures.statistics, figures.keyspace) = (statistics, keyspace.statistics)
        (figures.replication, figures.journalOffset) = (survey.replication, keyspace.journal.offset)
        (figures.saving, figures.changesSinceSave) = (survey.saving, keyspace.changesSinceSave)
        (figures.log, figures.scripts) = (survey.log, survey.scripts)
        if let cluster { figures.cluster = cluster.figures }
        figures.memory = memoryFigures(survey)
        figures.clients = clientCounts(survey)
        figures.commands = commandFigures
        figures.errors = errorCounts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        figures.databases = databaseFigures
        addTimes(to: &figures, survey)
        addCounts(to: &figures)
        return figures
    }

    private func addTimes(to figures: inout NodeFigures, _ survey: Survey) {
        figures.loopSeconds = seconds(statistics.eventLoopTicks)
        figures.timerSeconds = seconds(statistics.timerTicks)
        figures.longestTurnSeconds = seconds(statistics.longestLoopTicks)
        figures.commandSeconds = figures.commands.reduce(0) { $0 + $1.seconds }
        figures.expirySeconds = Double(keyspace.statistics.expireCycleMicroseconds) / 1_000_000
        (figures.threadSystemSeconds, figures.threadUserSeconds) = survey.threadCPUSeconds
    }

    private func addCounts(to figures: inout NodeFigures) {
        figures.channels = subscriptions[.channel].count
        figures.patterns = subscriptions[.pattern].count
        figures.shardChannels = subscriptions[.shardChannel].count
        figures.trackedKeys = trackers.table.count
        (figures.slowLogLength, figures.pendingDisposals) = (slowLog.count, environment.pendingDisposals)
    }

    private func memoryFigures(_ survey: Survey) -> NodeMemory {
        var figures = NodeMemory()
        (figures.used, figures.peak) = (survey.usedBytes, survey.peakBytes)
        (figures.startup, figures.limit) = (memory.startupBytes, settings.maxmemory)
        (figures.dataset, figures.overhead) = (survey.datasetBytes, survey.overheadBytes)
        (figures.clients, figures.scripts) = (survey.clientBytes, survey.scriptBytes)
        figures.backlog = survey.replication.backlog?.memory ?? 0
        (figures.replicationBuffers, figures.logBuffer) = (survey.replication.bufferBytes, survey.log.pendingBytes)
        (figures.uncounted, figures.policy) = (uncountedBytes, settings.maxmemoryPolicy.rawValue)
        return figures
    }

    private func clientCounts(_ survey: Survey) -> ClientCounts {
        var counts = ClientCounts()
        counts.connected = sessions.count - survey.replicaSessions.count
        (counts.blocked, counts.tracking) = (waiters.count, trackers.sessions.count)
        counts.listening = sessions.values.count { $0.attention.contains(.subscribed) }
        counts.limit = settings.maxclients
        return counts
    }

    private var databaseFigures: [DatabaseFigures] {
        (0..<keyspace.databaseCount).compactMap { index in
            let keys = keyspace.visibleCount(index)
            guard keys > 0 else { return nil }
            var figures = DatabaseFigures()
            (figures.index, figures.keys, figures.expiring) = (index, keys, keyspace.visibleExpiringCount(index))
            return figures
        }
    }

    // MARK: Commands

    private var commandFigures: [CommandFigures] {
        let bounds = NodeFigures.latencyBounds.map { UInt64((Double($0) * 1000 / tick).rounded(.up)) }
        return commands.fullNames.enumerated().compactMap { index, name in
            let record = commandStatistics[index]
            guard record.calls > 0 || record.rejected > 0 || record.failed > 0 else { return nil }
            var figures = CommandFigures()
            (figures.name, figures.seconds) = (name, seconds(record.ticks))
            (figures.calls, figures.rejected, figures.failed) = (record.calls, record.rejected, record.failed)
            if let histogram = record.histogram {
                figures.latency = (histogram.counts(upTo: bounds), histogram.total)
            }
            return figures
        }
    }

    private func seconds(_ ticks: UInt64) -> Double { Double(ticks) * tick / 1_000_000_000 }

    // MARK: Details

    /// What the page shows beside figures, as far as its reader may see it.
    public func details(for reader: Reader) -> NodeDetails {
        var details = NodeDetails()
        if reader.mayRun("slowlog|get") { details.slowCommands = slowLog.latest(Node.shownCommands).map(shown) }
        if reader.mayRun("client|list") { details.clients = shownClients }
        lookAtKeys()
        let search = hotKeys?.isActive == true ? hotKeys : keyWatch?.last ?? keyWatch?.tracking
        if reader.mayRun("hotkeys|get"), let search { details.hotKeys = shown(search) }
        if reader.mayRun("memory|usage") { details.bigKeys = keyWatch?.biggest }
        return details
    }

    private static let (shownCommands, mostShownClients) = (32, 64)

    private func shown(_ record: SlowLog.Record) -> NodeDetails.SlowCommand {
        NodeDetails.SlowCommand(
            id: record.id, time: record.time, microseconds: record.magnitude, arguments: record.arguments,
            client: record.client)
    }

    private var shownClients: [NodeDetails.Client] {
        let latest = sessions.values.sorted { ($0.lastActiveAt, $0.id) > ($1.lastActiveAt, $1.id) }
        return latest.prefix(Node.mostShownClients).map(shown)
    }

    private func shown(_ session: Session) -> NodeDetails.Client {
        let now = keyspace.now / 1000
        return NodeDetails.Client(
            id: session.id, age: now - session.connectedAt, idle: now - session.lastActiveAt,
            database: session.database, address: session.peerAddress,
            name: String(decoding: session.name, as: UTF8.self), user: session.userName, flags: flags(of: session),
            command: session.lastCommand >= 0 ? commands.fullNames[session.lastCommand] : "",
            memory: session.memoryBytes, received: session.bytesIn, sent: session.bytesOut,
            commands: session.commandCount)
    }

    private func shown(_ tracking: HotKeyTracking) -> (byTime: [NodeDetails.HotKey], byTraffic: [NodeDetails.HotKey]) {
        (
            tracking.slowest.map { NodeDetails.HotKey(key: $0.key, cost: Int(seconds($0.weight) * 1_000_000)) },
            tracking.busiest.map { NodeDetails.HotKey(key: $0.key, cost: Int(clamping: $0.weight)) }
        )
    }
}
