import Commands
import Persistence
import Primitives
import Scripting
import Settings
import Storage

#if canImport(Glibc)
    import Glibc
#endif

/// The append-only file of a node: joins the journal, the machine that keeps the log, and the disk.
///
/// The disk's actions are carried out at once, on the node's thread, so that with `appendfsync always` what a turn has
/// written is on the disk before the turn's replies leave.
final class AppendOnlyFile: JournalReader, AppendOnlyLog {
    let node: Node
    let log: Log
    private var files = DiskHand(SystemFiles())
    var writer: AOFWriter
    /// Whether the journal is followed.
    private(set) var isAttached = false
    var counters = AppendOnlyFigures()
    /// The base that is being written, and who packs it.
    var base: SnapshotStream?
    let packing: any SnapshotPacking
    var rewriteStart: Int64 = 0
    /// The size that growth is measured by.
    private var referenceSize = 0
    /// No new base is begun before, in monotonic milliseconds.
    private var nextAttempt: Int64 = 0

    init(_ node: Node, _ log: Log, packing: any SnapshotPacking) {
        (self.node, self.log, self.packing) = (node, log, packing)
        writer = AOFWriter(AOFOptions(node.settings), offset: 0)
        node.appendOnlyLog = self
    }

    // MARK: The journal

    func read(_ bytes: Bytes, endingAt offset: Int64) {
        writer.receive(bytes, endingAt: offset, seconds: node.keyspace.now / 1000)
    }

    private func attach() {
        guard !isAttached else { return }
        writer = AOFWriter(AOFOptions(node.settings), offset: node.keyspace.journal.offset)
        node.keyspace.journal.attach(self)
        isAttached = true
    }

    private func detach() {
        node.keyspace.journal.detach(self)
        isAttached = false
        node.diskFaults.log = nil
    }

    // MARK: Turns

    /// Writes what the turn has changed. Returns whether its replies may leave: not where `always` was promised and could
    /// not be kept.
    func endTurn() -> Bool {
        guard isAttached else { return true }
        let couldWrite = writer.failure == nil
        writer.flush(now: node.monotonic)
        pump()
        return !couldWrite || writer.failure == nil || writer.options.synchronization != .always
    }

    /// Does what is due.
    func tick() {
        guard isAttached else { return }
        writer.tick(now: node.monotonic)
        pump()
        guard !writer.isRewriting, node.monotonic >= nextAttempt else { return }
        if !writer.isTrusted || counters.isScheduled || hasGrown { beginRewrite() }
    }

    /// Whether the log has grown so much that a new base is worth its while.
    private var hasGrown: Bool {
        let settings = node.settings
        let percentage = Int(settings.autoAofRewritePercentage)
        guard percentage > 0, writer.size > settings.autoAofRewriteMinSize else { return false }
        return (writer.size - referenceSize) * 100 / max(1, referenceSize) >= percentage
    }

    /// Carries out what the machine wants, until it wants nothing.
    func pump() {
        while true {
            let requests = writer.takeRequests()
            if requests.isEmpty { break }
            for request in requests {
                let error = files.carryOut(request.action)
                writer.receive(DiskResult(ticket: request.ticket, error: error), now: node.monotonic)
            }
        }
        for event in writer.takeEvents() { handle(event) }
    }

    private func handle(_ event: AOFEvent) {
        switch event {
        case .synchronized(let offset): node.didSynchronize(offset)
        case .failed(let error):
            let reason = String(cString: strerror(error))
            log.write(.warning, "Error writing to the AOF file: \(reason)")
            node.diskFaults.log = reason
            nextAttempt = node.monotonic + 1000
        case .recovered:
            node.diskFaults.log = nil
            log.write(.notice, "The AOF file is written on, behind a new base")
        case .rewritten: endRewrite()
        case .rewriteFailed(let error):
            endWalk()
            if error == 0 { return }
            counters.consecutiveFailures += 1
            nextAttempt = node.monotonic + waitingTime
            log.write(.warning, "Background AOF rewrite failed: \(String(cString: strerror(error)))")
        }
    }

    /// After three failures in a row, an increasing time passes before a base is begun that nobody has asked for; where
    /// nothing is written before there is a base, a second does.
    private var waitingTime: Int64 {
        guard writer.isTrusted else { return 1000 }
        let extra = counters.consecutiveFailures - 3
        return extra < 0 ? 1000 : 60_000 << Int64(min(extra, 6))
    }

    // MARK: Bases

    private func endRewrite() {
        counters.rewrites += 1
        counters.consecutiveFailures = 0
        counters.lastRewriteSeconds = Int((node.monotonic - rewriteStart) / 1000)
        referenceSize = writer.size
        log.write(.notice, "Background AOF rewrite finished successfully")
        if !node.settings.appendonly { close() }
    }

    func requestRewrite() throws(CommandError) -> RewriteAnswer {
        if writer.isRewriting {
            throw .message("ERR Background append only file rewriting already in progress")
        }
        attach()
        counters.isScheduled = true
        beginRewrite()
        return counters.isScheduled ? .scheduled : .started
    }

    var figures: AppendOnlyFigures {
        var figures = counters
        figures.isOn = node.settings.appendonly
        figures.isRewriting = writer.isRewriting
        figures.currentRewriteSeconds = writer.isRewriting ? Int((node.monotonic - rewriteStart) / 1000) : -1
        figures.walk = base?.figures(self)
        figures.isWriteFine = writer.failure == nil
        (figures.size, figures.baseSize) = (writer.size, referenceSize)
        figures.pendingBytes = writer.pendingCount
        figures.pendingSynchronizations = writer.synchronizationsUnderWay
        figures.delayedSynchronizations = writer.delayedSynchronizations
        figures.synchronizedOffset = writer.synchronizedOffset
        return figures
    }

    // MARK: On and off

    /// Follows settings that have changed: turned on, the log begins with a base.
    func adopt(_ changed: [String]) {
        writer.options = AOFOptions(node.settings)
        guard changed.contains("appendonly") else { return }
        if !node.settings.appendonly { return close() }
        guard !isAttached, makeDirectory() else { return }
        readNames()
        beginRewrite()
    }

    /// Numbers of files that are there already are not used again.
    private func readNames() {
        attach()
        guard let content = readBytes(writer.options.manifestPath), let manifest = try? AOFManifest(content) else {
            return
        }
        writer.follow(manifest)
    }

    /// Ends the log in order.
    func close() {
        guard isAttached else { return }
        writer.close()
        pump()
        detach()
    }

    private func makeDirectory() -> Bool {
        let path = writer.options.directory
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return true }
        log.write(.warning, "Can't open or create append-only dir \(path): \(systemError())")
        return false
    }
}

// MARK: The start

extension AppendOnlyFile {
    /// Loads the log, if it is on, and goes on writing it.
    func start() throws(StartError) {
        guard node.settings.appendonly else { return }
        guard makeDirectory() else {
            throw StartError(reason: "Can't open or create append-only dir \(writer.options.directory)")
        }
        switch try plan() {
        case .none:
            attach()
            beginRewrite()
            guard writer.isTrusted else { throw StartError(reason: "The append-only file cannot be begun") }
        case .upgrade(let manifest):
            log.write(.notice, "Migrating the old-style AOF into \(writer.options.directory)")
            try place(manifest)
            guard rename(writer.options.prefix, writer.options.path(writer.options.prefix)) == 0 else {
                throw StartError(reason: "Can't move the old-style AOF: \(systemError())")
            }
            try load(manifest)
        case .load(let manifest): try load(manifest)
        }
    }

    private func plan() throws(StartError) -> AOFPlan {
        var findings = AOFFindings()
        findings.manifest = readBytes(writer.options.manifestPath)
        findings.sizes = sizes(in: writer.options.directory)
        findings.hasSingleFile = access(writer.options.prefix, F_OK) == 0
        do throws(AOFManifestError) {
            return try AOFPlan(findings, prefix: writer.options.prefix)
        } catch {
            throw StartError(reason: "Fatal error in \(writer.options.manifestPath): \(error.report)")
        }
    }

    private func sizes(in directory: String) -> [String: Int] {
        guard let stream = opendir(directory) else { return [:] }
        defer { closedir(stream) }
        var sizes: [String: Int] = [:]
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var status = stat()
            if stat("\(directory)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                sizes[name] = Int(status.st_size)
            }
        }
        return sizes
    }

    /// Puts a manifest into its place before anything is written.
    private func place(_ manifest: AOFManifest) throws(StartError) {
        for action in manifest.placing(writer.options) {
            let error = files.carryOut(action)
            if error != 0 {
                throw StartError(reason: "The AOF manifest cannot be written: \(String(cString: strerror(error)))")
            }
        }
    }

    private func load(_ manifest: AOFManifest) throws(StartError) {
        let start = node.clock.monotonicMilliseconds
        node.keyspace.expiryMode = .ignore
        defer { node.keyspace.expiryMode = .remove }
        var replay = AOFReplay(node)
        var sizes = manifest.replayed.map { self.sizes(in: writer.options.directory)[$0.name] ?? 0 }
        var cut: Int?
        for (index, file) in manifest.replayed.enumerated() {
            let isLast = sizes[(index + 1)...].allSatisfy { $0 == 0 }
            cut = try load(file, isLast: isLast, &replay)
            if let cut { sizes[index] = cut }
        }
        if replay.failureCount > 0 {
            log.write(
                .warning, "\(replay.failureCount) commands of the AOF were refused, the first: \(replay.firstFailure)")
        }
        let seconds = Double(node.clock.monotonicMilliseconds - start) / 1000
        log.write(.notice, "DB loaded from append only file: \(seconds) seconds")
        try goOn(manifest, sizes)
    }

    /// Replays a file; returns the size to which it was cut, if it was.
    private func load(_ file: AOFFile, isLast: Bool, _ replay: inout AOFReplay) throws(StartError) -> Int? {
        guard let content = MappedFile.opening(writer.options.path(file.name)) else {
            throw StartError(reason: "Can't open the append log file \(file.name): \(systemError())")
        }
        let beginning = try loadPreamble(content.bytes, file.name)
        replay.begin(content.bytes, from: beginning)
        switch replay.advance(until: { false }) {
        case .goesOn, .ended: return nil
        case .unknown(let error):
            throw StartError(reason: "\(error.reason) reading the append only file \(file.name) at \(error.offset)")
        case .broken(let error): return try mend(file, error, content.bytes.count, isLast: isLast)
        }
    }

    private func loadPreamble(_ bytes: Bytes, _ name: String) throws(StartError) -> Int {
        guard AOFReader.hasPreamble(bytes) else { return 0 }
        do throws(RDBError) {
            return try AOFPreamble.load(bytes, into: node.keyspace) { [unowned node] (code) throws(RDBReason) in
                do throws(CommandError) { try node.load(library: code) } catch { throw RDBReason(error.text) }
            }
        } catch {
            throw StartError(reason: "Error reading the RDB preamble of \(name) at \(error.offset): \(error.reason)")
        }
    }

    private func mend(_ file: AOFFile, _ error: AOFError, _ size: Int, isLast: Bool) throws(StartError) -> Int {
        let remedy = AOFRemedy(
            error, in: file.name, size: size, isLast: isLast, cutsTornTails: node.settings.aofLoadTruncated,
            longestDamage: node.settings.aofLoadCorruptTailMaxSize)
        switch remedy {
        case .refuse(let reason): throw StartError(reason: reason)
        case .cut(let valid):
            log.write(
                .warning,
                "!!! Warning: short read while loading the AOF file \(file.name): \(error.reason) at \(error.offset). "
                    + "Truncating it from \(size) to \(valid) bytes")
            guard truncate(writer.options.path(file.name), valid) == 0 else {
                throw StartError(reason: "Error truncating the AOF file \(file.name): \(systemError())")
            }
            return valid
        }
    }

    /// Writes on behind what was loaded.
    private func goOn(_ loaded: AOFManifest, _ sizes: [Int]) throws(StartError) {
        var manifest = loaded
        attach()
        if manifest.increments.isEmpty {
            let increment = manifest.nextIncrement(writer.options.prefix)
            manifest.increments.append(increment)
            let error = files.carryOut(.create(file: -1, path: writer.options.path(increment.name)))
            if error != 0 {
                throw StartError(reason: "Can't create \(increment.name): \(String(cString: strerror(error)))")
            }
            _ = files.carryOut(.close(file: -1))
            try place(manifest)
        }
        let baseSize = manifest.base == nil ? 0 : sizes.first ?? 0
        writer.open(manifest, sizes: (baseSize, sizes.reduce(0, +)), cut: nil)
        referenceSize = writer.size
        if !node.settings.aofDisableAutoGc { writer.removeHistory() }
        pump()
        guard writer.isTrusted else { throw StartError(reason: "The append-only file cannot be written") }
    }
}

extension AOFOptions {
    init(_ settings: Settings) {
        self.init(directory: settings.appenddirname, prefix: settings.appendfilename)
        synchronization = settings.appendfsync
        hasTimestamps = settings.aofTimestampEnabled
        hasRDBBase = settings.aofUseRdbPreamble
        restsWhileRewriting = settings.noAppendfsyncOnRewrite
    }
}
