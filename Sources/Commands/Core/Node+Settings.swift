import Primitives
import Settings
import Storage
import Structures

// What the node takes from its settings.

extension Node {
    /// Reads again what the hot path needs of the settings, after they were changed.
    func adoptSettings() {
        limits = HotSettings(settings)
        slowLog.capacity = settings.slowlogMaxLen
        slowLog.mostArguments = max(1, settings.slowlogEntryMaxArgc)
        slowLog.longestArgument = settings.slowlogEntryMaxStringLen
        largeRequestLog.capacity = settings.commandlogLargeRequestMaxLen
        largeReplyLog.capacity = settings.commandlogLargeReplyMaxLen
        latency.threshold = Int64(settings.latencyMonitorThreshold)
        slowTicks = slowThreshold()
        keyspace.frequencyRule = FrequencyRule(logFactor: settings.lfuLogFactor, decayMinutes: settings.lfuDecayTime)
        keyspace.evictionRule = settings.evictionRule
        keyspace.wantedEvents = settings.wantedEvents
        keyspace.wantFields(!settings.notifyKeyspaceEvents.isDisjoint(with: .anyFields))
        keyspace.limits = CollectionLimits(settings, after: keyspace.limits)
        access.adopt(settings)
        adoptPromises()
        adoptMemoryLimit()
        adoptClientMemoryLimit()
        adoptSlotStatistics()
        for session in sessions.values { adoptSettings(session) }
    }

    private func adoptSettings(_ session: Session) {
        session.parser.longestBulk = limits.longestBulk
        adoptAccess(session)
    }

    /// Throws where the `rename-command` lines of settings make no sense.
    public static func checkRenames(_ settings: Settings) throws(SettingsError) {
        let known = Set(allFamilies.joined().map(\.name))
        var taken = known
        for line in settings.renamedCommands {
            let words = line.texts.map { $0.lowercased() }
            guard taken.remove(words[0]) != nil else {
                throw .line(line.source, reason: "No such command in rename-command: '\(words[0])'")
            }
            if !words[1].isEmpty, !taken.insert(words[1]).inserted {
                throw .line(line.source, reason: "Target command name already exists: '\(words[1])'")
            }
        }
    }

    /// Ticks from which on a command is looked at by the slow log or the latency monitor.
    private func slowThreshold() -> UInt64 {
        var microseconds = Double.infinity
        if limits.slowMicroseconds >= 0 { microseconds = Double(limits.slowMicroseconds) }
        if latency.threshold > 0 { microseconds = min(microseconds, Double(latency.threshold) * 1000) }
        return UInt64(exactly: (microseconds * 1000 / tick).rounded(.down)) ?? .max
    }

    /// Why a protected command may not run; nil if it may.
    func protectedRefusal(_ session: Session, _ record: UnsafeMutablePointer<CommandRecord>) -> String? {
        switch commands.fullNames[commands.parents[record.pointee.index]] {
        case "debug": refusal("debug", settings.enableDebugCommand, session)
        case "module": refusal("module", settings.enableModuleCommand, session)
        default: nil
        }
    }

    private func refusal(_ command: String, _ permission: Permission, _ session: Session) -> String? {
        if permission.allows(isLocal: session.isLocal) { return nil }
        return """
            ERR \(command.uppercased()) command not allowed. If the enable-\(command)-command option is set to \
            "local", you can run it from a local connection, otherwise you need to set this option in the configuration \
            file, and then restart the server.
            """
    }
}

extension Session {
    /// Whether the client is on this machine.
    var isLocal: Bool {
        isUnixSocket || peerAddress.hasPrefix("127.0.0.1:") || peerAddress.hasPrefix("::1:")
            || peerAddress.hasPrefix("[::1]:")
    }
}

extension HotSettings {
    init(_ settings: Settings) {
        longestBulk = settings.protoMaxBulkLen
        longestInput = settings.clientQueryBufferLimit
        normalOutput = OutputLimit(settings.clientOutputBufferLimit.normal)
        subscriberOutput = OutputLimit(settings.clientOutputBufferLimit.subscriber)
        leastOutputLimit = min(normalOutput.least, subscriberOutput.least)
        idleSeconds = Int64(settings.timeout)
        expireEffort = settings.activeExpireEffort
        tracksLatency = settings.latencyTracking
        mostTrackedKeys = settings.trackingTableMaxKeys
        longestSparse = settings.hllSparseMaxBytes
        slowMicroseconds = Int64(settings.slowlogLogSlowerThan)
        promise.replicas = settings.promisedReplicas
        promise.timeout = Int64(settings.promiseTimeout)
        largeRequest = settings.commandlogRequestLargerThan < 0 ? .max : settings.commandlogRequestLargerThan
        largeReply = settings.commandlogReplyLargerThan < 0 ? .max : settings.commandlogReplyLargerThan
    }
}

extension HotSettings.OutputLimit {
    init(_ limit: OutputBufferLimit) {
        self.init(hard: limit.hard, soft: limit.soft, softSeconds: limit.softSeconds)
    }

    /// Bytes up to which neither limit is reached.
    fileprivate var least: Int { min(hard > 0 ? hard : .max, soft > 0 ? soft : .max) }
}

extension Settings {
    /// How many databases there are, which in a cluster is a directive of its own.
    public var databaseCount: Int { self.clusterEnabled ? self.clusterDatabases : self.databases }

    /// New names of commands by their old ones, in lower case; an empty one takes the command away.
    var commandNames: [String: String] {
        var names: [String: String] = [:]
        for line in renamedCommands {
            let words = line.texts.map { $0.lowercased() }
            // A command that was renamed before goes by its new name.
            let original = names.first { $0.value == words[0] }?.key ?? words[0]
            names[original] = words[1]
        }
        return names
    }

    /// Which keys go first where memory is short.
    fileprivate var evictionRule: EvictionRule? {
        let samples = self.maxmemorySamples
        return switch self.maxmemoryPolicy {
        case .noEviction: nil
        case .allKeysLRU: EvictionRule(.leastRecentlyUsed, onlyExpiring: false, samples: samples)
        case .volatileLRU: EvictionRule(.leastRecentlyUsed, onlyExpiring: true, samples: samples)
        case .allKeysLFU: EvictionRule(.leastFrequentlyUsed, onlyExpiring: false, samples: samples)
        case .volatileLFU: EvictionRule(.leastFrequentlyUsed, onlyExpiring: true, samples: samples)
        case .allKeysRandom: EvictionRule(.random, onlyExpiring: false)
        case .volatileRandom: EvictionRule(.random, onlyExpiring: true)
        case .allKeysS3FIFO: EvictionRule(.queues, onlyExpiring: false)
        case .volatileTTL: EvictionRule(.soonestExpiring, onlyExpiring: true, samples: samples)
        }
    }

    /// The event classes that somebody can hear of: none unless a kind of channel is chosen.
    fileprivate var wantedEvents: EventClass {
        let chosen = self.notifyKeyspaceEvents
        guard !chosen.isDisjoint(with: [.keySpace, .keyEvent, .anyFields]) else { return [] }
        var wanted: EventClass = []
        for (notification, event) in Settings.eventClasses where chosen.contains(notification) { wanted.insert(event) }
        return wanted
    }

    private static let eventClasses: [(NotificationClasses, EventClass)] = [
        (.generic, .generic), (.string, .string), (.list, .list), (.set, .set), (.hash, .hash),
        (.sortedSet, .sortedSet), (.expired, .expired), (.evicted, .evicted), (.stream, .stream),
        (.keyMiss, .keyMiss), (.newKey, .newKey), (.overwritten, .overwritten), (.typeChanged, .typeChanged),
    ]
}

extension CollectionLimits {
    /// The thresholds that the directives name.
    init(_ settings: Settings, after before: CollectionLimits) {
        self.init(hash: before.hash)
        hashesMayBeLonger =
            before.hashesMayBeLonger || settings.hashMaxListpackEntries < before.hashMaxListpackEntries
        listMaxListpackSize = settings.listMaxListpackSize
        hashMaxListpackEntries = settings.hashMaxListpackEntries
        hashMaxListpackValue = settings.hashMaxListpackValue
        setMaxIntsetEntries = settings.setMaxIntsetEntries
        setMaxListpackEntries = settings.setMaxListpackEntries
        setMaxListpackValue = settings.setMaxListpackValue
        zsetMaxListpackEntries = settings.zsetMaxListpackEntries
        zsetMaxListpackValue = settings.zsetMaxListpackValue
        streamNodeMaxBytes = settings.streamNodeMaxBytes
        streamNodeMaxEntries = settings.streamNodeMaxEntries
        streamIdmpDuration = settings.streamIdmpDuration
        streamIdmpMaxsize = settings.streamIdmpMaxsize
    }
}
