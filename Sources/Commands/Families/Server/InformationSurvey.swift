import Primitives
import Settings
import Storage

/// A node as INFO sees it: what several fields are made of is worked out once.
final class Survey {
    let node: Node
    var settings: Settings { node.settings }
    var keyspace: Keyspace { node.keyspace }
    var statistics: NodeStatistics { node.statistics }

    init(_ node: Node) { self.node = node }

    // MARK: Memory

    private(set) lazy var usedBytes = node.usedBytes
    private(set) lazy var clientBytes = node.clientBytes
    private(set) lazy var replication = node.replication?.figures ?? ReplicationFigures()
    private var trackingBytes: Int { node.trackers.table.byteCount }
    private(set) lazy var residentBytes = node.environment.residentBytes
    private(set) lazy var processMemory = node.environment.memory
    /// What is in use in small blocks and in blocks of the C library, as that tells itself.
    private(set) lazy var allocatedBytes =
        keyspace.account == nil ? max(usedBytes, ownBytes) : ownBytes
    private var ownBytes: Int { keyspace.smallBytes + processMemory.allocated }
    /// What was obtained from the system for both.
    private(set) lazy var activeBytes = max(
        allocatedBytes, keyspace.sum(\.reservedBytes) + processMemory.obtained)
    private(set) lazy var peakBytes = max(usedBytes, statistics.peakMemory)
    var peakSeconds: Int { Int((usedBytes < peakBytes ? statistics.peakMemoryAt : keyspace.now) / 1000) }
    /// What is in use beside keys and values: what the empty node took, tables as far as they have grown since, clients,
    /// what is known of their copies, the log's buffer, scripts.
    private(set) lazy var overheadBytes = min(
        usedBytes,
        node.memory.startupBytes + grownTableBytes + clientBytes + trackingBytes + log.pendingBytes + scriptBytes)
    private var grownTableBytes: Int { max(0, keyspace.tableBytes - Database.emptyTableBytes) }
    var scriptBytes: Int { scripts.interpreterBytes + scripts.scriptBytes + scripts.libraryBytes }
    var datasetBytes: Int { usedBytes - overheadBytes }
    /// For how long more has been in use than may be.
    var exceededMilliseconds: Int {
        node.memory.exceededSince.map { Int(microseconds(node.clock.ticks &- $0)) / 1000 } ?? 0
    }

    private(set) lazy var log = node.appendOnlyLog?.figures ?? AppendOnlyFigures()
    /// The loading under way, of whichever file.
    private(set) lazy var loading = saving.loading ?? log.loading ?? replication.primary?.loading
    private(set) lazy var scripts = node.scripts?.figures ?? ScriptFigures()

    // MARK: Clients

    /// The most that a client has of something; what clients had that are gone is forgotten.
    func longest(_ size: KeyPath<Session, Int>) -> Int { node.sessions.values.map { $0[keyPath: size] }.max() ?? 0 }

    var pausedActions: String {
        guard node.isPauseOn else { return "none" }
        return node.pause.scope == .everything ? "all" : "write"
    }
    var pauseMilliseconds: Int { node.pause.until > 0 ? Int(max(0, node.pause.until - node.monotonic)) : 0 }

    // MARK: Time

    private(set) lazy var cpuSeconds = node.environment.cpuSeconds
    private(set) lazy var threadCPUSeconds = node.environment.threadCPUSeconds
    private(set) lazy var rates = node.rates.perSecond
    var uptimeSeconds: Int64 { max(0, keyspace.now - node.startedAt) / 1000 }

    func microseconds(_ ticks: UInt64) -> Double { Double(ticks) * node.tick / 1000 }

    var loopMicroseconds: Int { Int(microseconds(statistics.eventLoopTicks)) }
    /// Of late.
    var meanLoopMicroseconds: Int {
        rates.cycles < 1 ? 0 : Int(rates.loopTicks / rates.cycles * node.tick / 1000)
    }
    var commandMicroseconds: Int {
        Int(microseconds(node.commands.descriptions.indices.reduce(0) { $0 &+ node.commandStatistics[$1].ticks }))
    }

    // MARK: Commands and errors

    var commandLines: [(name: String, value: String)] {
        node.commands.fullNames.enumerated().compactMap { index, name in
            let record = node.commandStatistics[index]
            guard record.calls > 0 || record.rejected > 0 || record.failed > 0 else { return nil }
            return ("cmdstat_\(name)", line(record) + slowFigures(index))
        }
    }

    private func line(_ record: CommandStatistics) -> String {
        let total = microseconds(record.ticks)
        let each = record.calls == 0 ? 0 : total / Double(record.calls)
        return """
            calls=\(record.calls),usec=\(Int(total)),usec_per_call=\(Survey.decimal(each, 2)),\
            rejected_calls=\(record.rejected),failed_calls=\(record.failed)
            """
    }

    /// What the slow log has taken up of a command; nothing where that is nothing.
    private func slowFigures(_ index: Int) -> String {
        guard let slow = node.slowCommands[index] else { return "" }
        return """
            ,slowlog_count=\(slow.count),slowlog_time_ms_sum=\(Survey.decimal(Double(slow.microseconds) / 1000, 2)),\
            slowlog_time_ms_max=\(Survey.decimal(Double(slow.worst) / 1000, 2))
            """
    }

    var errorLines: [(name: String, value: String)] {
        node.errorCounts.sorted { $0.key < $1.key }.map { ("errorstat_\($0.key)", "count=\($0.value)") }
    }

    var latencyLines: [(name: String, value: String)] {
        guard settings.latencyTracking else { return [] }
        let percentiles = settings.latencyTrackingInfoPercentiles
        return node.commands.fullNames.enumerated().compactMap { index, name in
            guard let histogram = node.commandStatistics[index].histogram else { return nil }
            let values = percentiles.map { percent in
                let value = microseconds(histogram.percentile(percent))
                return "p\(NumberText.text(percent))=\(Survey.decimal(value, 3))"
            }
            return ("latency_percentiles_usec_\(name)", values.joined(separator: ","))
        }
    }

    // MARK: Keys

    var databaseLines: [(name: String, value: String)] {
        (0..<keyspace.databaseCount).compactMap { index in
            let count = keyspace.visibleCount(index)
            guard let database = keyspace.existing(index), count > 0 else { return nil }
            let hashes = database.expiringHashCount
            let expiring = keyspace.visibleExpiringCount(index)
            let line = "keys=\(count),expires=\(expiring),avg_ttl=\(averageLife(database))"
            return ("db\(index)", hashes > 0 ? "\(line),subexpiry=\(hashes),keys_with_volatile_items=\(hashes)" : line)
        }
    }

    /// The mean time to live in milliseconds, estimated from some entries.
    private func averageLife(_ database: Database) -> Int64 {
        guard database.expiringCount > 0 else { return 0 }
        var sum: Int64 = 0
        var seen: Int64 = 0
        sample(database) { entry in
            guard let time = entry.expiry else { return }
            sum += max(0, min(time - keyspace.now, 1 << 50))
            seen += 1
        }
        return seen == 0 ? 0 : sum / seen
    }

    /// Looks at a few hundred entries, from a slot on that differs from time to time.
    private func sample(_ database: Database, _ body: (Entry) -> Void) {
        var random = RandomSource(seed: UInt64(bitPattern: keyspace.now))
        let first = Int.random(in: 0..<hashSlotCount, using: &random)
        var rest = 512
        let count: (Entry) -> Void = { entry in
            rest -= 1
            body(entry)
        }
        _ = database.scan(from: .slot(first), minimum: rest, count)
        if first > 0, rest > 0 { _ = database.scan(from: .start, minimum: rest, lastSlot: first - 1, count) }
    }
}

extension Session {
    var outputCapacity: Int { writer.capacity }
}

// MARK: Text

extension Survey {
    /// A number with so many digits behind the point.
    static func decimal(_ value: Double, _ digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64(exactly: (value.magnitude * Double(scale)).rounded()) ?? .max
        let fraction = String(scaled % Int64(scale))
        let padded = String(repeating: "0", count: digits - fraction.utf8.count) + fraction
        return "\(value < 0 && scaled > 0 ? "-" : "")\(scaled / Int64(scale)).\(padded)"
    }

    /// A number of bytes for people: `1.50M`.
    static func human(_ bytes: Int) -> String {
        if bytes < 1024 { return "\(bytes)B" }
        var value = Double(bytes) / 1024
        var units = Array("KMGTPE")
        while value >= 1024, units.count > 1 {
            value /= 1024
            units.removeFirst()
        }
        return "\(decimal(value, 2))\(units[0])"
    }

    static func percent(_ part: Int, of whole: Int) -> String {
        whole == 0 ? "0.00%" : "\(decimal(Double(part) * 100 / Double(whole), 2))%"
    }

    static func ratio(_ value: Int, to base: Int) -> String {
        base == 0 ? "0.00" : decimal(Double(value) / Double(base), 2)
    }
}
