import Primitives
import RESP
import Storage

// The limit of memory: what is counted, when keys go, and which commands are refused where none may.

extension Node {
    /// Bytes in use: blocks of the C library and small blocks of the heaps. Where the blocks are not counted, it is what is
    /// known of data and clients.
    public var usedBytes: Int {
        if keyspace.account == nil { return estimatedBytes }
        return countedBytes
    }

    @inline(__always)
    private var countedBytes: Int { (keyspace.account?.bytes ?? 0) &+ keyspace.smallBytes }

    private var estimatedBytes: Int { keyspace.liveBytes + trackers.table.byteCount + clientBytes }

    /// Bytes that all clients take.
    var clientBytes: Int { clientMemory?.total ?? sessions.values.reduce(0) { $0 + $1.memoryBytes } }

    /// Bytes of buffers that do not count: what waits to be written into the append-only file and into a snapshot, and what
    /// waits for replicas.
    var uncountedBytes: Int {
        guard keyspace.journal.isRead || keyspace.snapshot != nil else { return 0 }
        return (appendOnlyLog?.waitingBytes ?? 0) + (saving?.waitingBytes ?? 0) + (replication?.uncountedBytes ?? 0)
    }

    /// Has blocks of the C library counted in an account, which the node's thread has joined. What is in use now counts as
    /// what a node without data takes.
    public func count(in account: MemoryAccount?) {
        keyspace.account = account
        memory.ownBytes = MemoryAccount.threadBytes ?? MemoryWatch.nothing
        memory.startupBytes = usedBytes
    }

    /// Whether there was no room for the command that runs, so that what needs more is refused.
    public var isOutOfMemory: Bool { memory.isFull }

    // MARK: Looking

    /// Looks whether a write went over the limit. Of what is counted, only what the write can have changed is read.
    @inline(__always)
    func lookAtGrowth() {
        if memory.ownBytes.pointee &+ Int64(keyspace.smallBytes) > memory.mostOwnBytes { noteGrowth() }
    }

    /// Has the next command make room if more is in use than may be.
    @inline(never)
    private func noteGrowth() {
        guard let limit = memory.limit else { return }
        let used = usedBytes
        memory.mostOwnBytes = mostOwnBytes(used, limit)
        if used &- memory.uncountedBytes > limit { attention.insert(.memory) }
    }

    /// How much the node's thread may hold, in blocks and in the heaps, as long as the others hold what they do; where that
    /// is not known, each write has to look at everything.
    private func mostOwnBytes(_ used: Int, _ limit: Int) -> Int64 {
        guard memory.countsOwnBytes else { return .min }
        let others = Int64(used) &- memory.ownBytes.pointee &- Int64(keyspace.smallBytes)
        return Int64(limit) &+ Int64(memory.uncountedBytes) &- others
    }

    /// Bytes that have to go.
    private var excessBytes: Int {
        guard let limit = memory.limit else { return 0 }
        // What was handed over to be freed is as good as gone.
        return usedBytes - memory.uncountedBytes - environment.pendingDisposalBytes - limit
    }

    /// Whether keys may be removed: not while the data set has to stand still, nor in the middle of a script.
    private var mayEvict: Bool { !attention.contains(.loading) && !isPauseOn && !isBusy }

    // MARK: Making room

    /// Removes keys, if more memory is in use than may be, before a command runs.
    func makeRoom() {
        guard attention.contains(.memory), !isBusy else { return }
        memory.isFull = false
        memory.isEvicting = false
        guard mayEvict else { return }
        memory.uncountedBytes = uncountedBytes
        conclude(evict())
        settleAftermath()
    }

    private func conclude(_ outcome: EvictionOutcome) {
        memory.isFull = outcome == .full
        memory.isEvicting = outcome == .goesOn
        if outcome == .enough { attention.remove(.memory) } else { attention.insert(.memory) }
        noteExcess(outcome)
    }

    private func evict() -> EvictionOutcome {
        if excessBytes <= 0 { return .enough }
        guard keyspace.evictionRule != nil else { return .full }
        let start = clock.ticks
        let outcome = evict(from: start)
        noteLatency("eviction-cycle", since: start)
        return outcome
    }

    private func evict(from start: UInt64) -> EvictionOutcome {
        // Removing keys to make room is nobody's change.
        let changes = keyspace.changes
        defer { keyspace.changes = changes }
        var count = 0
        repeat {
            let began = latency.threshold > 0 ? clock.ticks : 0
            guard keyspace.evictKey() else { return .full }
            if latency.threshold > 0 { noteLatency("eviction-del", since: began) }
            keyspace.commitEffects()
            count += 1
            if count % 16 == 0, clock.ticks &- start > memory.longestEviction { return .goesOn }
        } while excessBytes > 0
        return .enough
    }

    private func noteLatency(_ event: String, since start: UInt64) {
        let milliseconds = Int64(Double(clock.ticks &- start) * tick / 1_000_000)
        latency.record(event, milliseconds: milliseconds, now: keyspace.now / 1000)
    }

    /// Counts the time for which more is in use than may be.
    private func noteExcess(_ outcome: EvictionOutcome) {
        if outcome != .enough {
            memory.exceededSince = memory.exceededSince ?? clock.ticks
        } else if let since = memory.exceededSince {
            statistics.exceededTicks &+= clock.ticks &- since
            memory.exceededSince = nil
        }
    }

    // MARK: Between commands

    /// Whether keys are being removed and more have to go, so that the driver shall not wait.
    public var isEvicting: Bool { memory.isEvicting }

    /// Looks at memory between the commands of a turn and the next: clients may have grown, and keys may have to go that
    /// there was no time for. The driver calls it once a turn.
    public func keepMemory() {
        if keyspace.account != nil { notePeakMemory() }
        if clientMemory != nil { evictClients() }
        guard memory.isLimited else { return }
        memory.uncountedBytes = uncountedBytes
        noteGrowth()
        if attention.contains(.memory), memory.isEvicting || !memory.isFull { makeRoom() }
    }

    /// Follows the limit of the settings. Where it is lower than what is in use, keys go at once.
    func adoptMemoryLimit() {
        memory.mostOwnBytes = .min
        let longest = MemoryWatch.longestEviction(tenacity: settings.maxmemoryEvictionTenacity) * 1000 / tick
        memory.adopt(limit: memoryLimit, longestEviction: UInt64(exactly: longest.rounded()) ?? .max)
        attention.remove(.memory)
        memory.isFull = false
        memory.isEvicting = false
        guard memory.isLimited else { return noteExcess(.enough) }
        attention.insert(.memory)
        memory.isEvicting = true
    }

    /// Warns whoever has just set a limit that is too low.
    func warnOfLowLimit() {
        guard let limit = memory.limit, usedBytes - uncountedBytes > limit else { return }
        log(
            .warning,
            "WARNING: the new maxmemory value set via CONFIG SET (\(limit)) is smaller than the current memory usage "
                + "(\(usedBytes - uncountedBytes)). This will result in key eviction and/or the inability to accept new "
                + "write commands depending on the maxmemory-policy.")
    }

    // MARK: Refusing

    /// Why a command may not run for lack of memory; nil if it may.
    func memoryRefusal(_ session: Session, _ record: UnsafeMutablePointer<CommandRecord>) -> String? {
        guard memory.isFull, needsMemory(session, record) else { return nil }
        return Node.outOfMemory
    }

    /// How a command is answered that needs memory where there is none.
    public static let outOfMemory = "OOM command not allowed when used memory > 'maxmemory'."

    /// Whether a command takes memory, by itself or by being queued or by what was queued for it.
    private func needsMemory(_ session: Session, _ record: UnsafeMutablePointer<CommandRecord>) -> Bool {
        let isGreedy = record.pointee.flags.contains(.denyoom)
        if session.isScript { return isGreedy && !session.mayExceedMemory }
        guard let transaction = session.transaction else { return isGreedy }
        switch commands.fullNames[record.pointee.index] {
        case "exec": return transaction.commands.contains { takesMemory($0, of: transaction) }
        case "discard", "quit", "reset": return false
        default: return true
        }
    }

    private func takesMemory(_ queued: Transaction.Queued, of transaction: Transaction) -> Bool {
        if queued.record.pointee.flags.contains(.denyoom) { return true }
        let description = commands.descriptions[queued.record.pointee.index]
        return description.takesMemory?(self, transaction.arguments(of: queued)) ?? false
    }
}
