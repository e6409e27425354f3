import Commands
import Persistence
import Primitives
import Settings
import Storage

/// The append-only file of a simulated node: the machine that the server has, with a disk that is none.
final class SimulatedLog: JournalReader, AppendOnlyLog {
    private unowned let node: Node
    private let disk: MemoryDisk
    private var writer: AOFWriter
    private var isAttached = false
    private var base: SnapshotStream?
    private var isScheduled = false

    init(_ node: Node, _ disk: MemoryDisk) {
        (self.node, self.disk) = (node, disk)
        writer = SimulatedLog.makeWriter(node)
        node.appendOnlyLog = self
    }

    private static func makeWriter(_ node: Node) -> AOFWriter {
        let settings = node.settings
        var options = AOFOptions(directory: settings.appenddirname, prefix: settings.appendfilename)
        options.hasRDBBase = settings.aofUseRdbPreamble
        options.synchronization = settings.appendfsync
        return AOFWriter(options, offset: node.keyspace.journal.offset)
    }

    // MARK: The journal

    func read(_ bytes: Bytes, endingAt offset: Int64) {
        writer.receive(bytes, endingAt: offset, seconds: node.keyspace.now / 1000)
    }

    func readControl(_ bytes: Bytes, endingAt offset: Int64) { writer.skip(to: offset) }

    private func attach() {
        guard !isAttached else { return }
        writer = SimulatedLog.makeWriter(node)
        node.keyspace.journal.attach(self)
        isAttached = true
    }

    // MARK: The start

    /// Loads what the last process has left. Returns whether the log is on.
    func start() -> Bool {
        guard node.settings.appendonly else { return false }
        var findings = AOFFindings()
        findings.manifest = disk.files[writer.options.manifestPath]
        let prefix = "\(writer.options.directory)/"
        for (path, content) in disk.files where path.hasPrefix(prefix) {
            findings.sizes[String(path.dropFirst(prefix.count))] = content.count
        }
        do throws(AOFManifestError) {
            switch try AOFPlan(findings, prefix: writer.options.prefix) {
            case .none: goOn(createBase(), [0])
            case .upgrade: preconditionFailure("nobody has written a log of an old version")
            case .load(let manifest): goOn(manifest, load(manifest))
            }
        } catch {
            preconditionFailure("a manifest of the simulation is damaged: \(error.report)")
        }
        return true
    }

    private func createBase() -> AOFManifest {
        var manifest = AOFManifest()
        let base = manifest.nextBase(writer.options.prefix, isRDB: writer.options.hasRDBBase)
        disk.files[writer.options.path(base.name)] = writer.options.hasRDBBase ? AOFPreamble.empty : []
        manifest.base = base
        return manifest
    }

    /// Loads the files; their sizes.
    private func load(_ manifest: AOFManifest) -> [Int] {
        node.beginLoading()
        defer { node.endLoading() }
        var replay = AOFReplay(node)
        for (index, file) in manifest.replayed.enumerated() {
            let isLast = index == manifest.replayed.count - 1
            load(file, &replay, isLast: isLast)
        }
        return manifest.replayed.map { disk.files[writer.options.path($0.name)]?.count ?? 0 }
    }

    private func load(_ file: AOFFile, _ replay: inout AOFReplay, isLast: Bool) {
        let content = disk.files[writer.options.path(file.name)] ?? []
        content.withBytes { bytes in
            replay.begin(bytes, from: preamble(of: bytes, file))
            switch replay.advance() {
            case .goesOn: preconditionFailure("a file of the log was not read to its end")
            case .ended: return
            case .unknown(let error): preconditionFailure("\(file.name): \(error.reason)")
            case .broken(let error): mend(file, error, size: bytes.count, isLast: isLast)
            }
        }
    }

    /// Loads the snapshot with which a file begins; where its commands begin.
    private func preamble(of bytes: Bytes, _ file: AOFFile) -> Int {
        guard AOFReader.hasPreamble(bytes) else { return 0 }
        do throws(RDBError) {
            return try AOFPreamble.load(bytes, into: node.keyspace)
        } catch {
            preconditionFailure("\(file.name) is damaged at \(error.offset): \(error.reason)")
        }
    }

    private func mend(_ file: AOFFile, _ error: AOFError, size: Int, isLast: Bool) {
        let remedy = AOFRemedy(
            error, in: file.name, size: size, isLast: isLast, cutsTornTails: true, longestDamage: 0)
        guard case .cut(let valid) = remedy else { preconditionFailure("\(file.name): \(error.reason)") }
        let path = writer.options.path(file.name)
        disk.files[path] = Array((disk.files[path] ?? []).prefix(valid))
    }

    private func goOn(_ loaded: AOFManifest, _ sizes: [Int]) {
        var manifest = loaded
        attach()
        if manifest.increments.isEmpty {
            let increment = manifest.nextIncrement(writer.options.prefix)
            manifest.increments.append(increment)
            disk.files[writer.options.path(increment.name)] = []
            for action in manifest.placing(writer.options) { _ = disk.carryOut(action) }
        }
        writer.open(manifest, sizes: (sizes.first ?? 0, sizes.reduce(0, +)), cut: nil)
        writer.removeHistory()
        settle()
    }

    // MARK: Turns

    func endTurn() {
        guard isAttached else { return }
        writer.flush(now: node.monotonic)
        pump()
    }

    func tick() {
        guard isAttached else { return }
        writer.tick(now: node.monotonic)
        pump()
        if isScheduled, !writer.isRewriting { beginRewrite() }
    }

    private func pump() {
        disk.submit(writer.takeRequests())
        for event in writer.takeEvents() {
            switch event {
            case .synchronized, .recovered, .rewritten: continue
            case .failed(let error): preconditionFailure("the log's disk failed with \(error)")
            case .rewriteFailed:
                base?.walk.abandon()
                base = nil
            }
        }
    }

    /// Takes what the disk has done.
    func takeResults() {
        for result in disk.results() { writer.receive(result, now: node.monotonic) }
        pump()
    }

    private func settle() {
        while true {
            writer.flush(now: node.monotonic)
            pump()
            if writer.isIdle { return }
            takeResults()
        }
    }

    // MARK: Bases

    private func beginRewrite() {
        if (node.saving as? Snapshots)?.isUnderWay == true || node.replication?.isWalking == true {
            isScheduled = true
            return
        }
        guard writer.beginRewrite() else { return }
        isScheduled = false
        node.keyspace.journal.selectAnew(self)
        let form: SnapshotForm =
            writer.options.hasRDBBase ? .file(SnapshotOptions(node, libraries: [], isBase: true)) : .commands([])
        base = SnapshotStream(node.keyspace, form, packing: nil)
        pump()
    }

    /// Goes on with the base.
    func advance(until isOver: () -> Bool) {
        guard let base else { return }
        if !base.walk.isAbandoned { return base.advance(into: self, until: isOver) }
        // Somebody had to take a snapshot at once.
        isScheduled = true
        writer.abandonRewrite()
        pump()
    }

    func holdBack() { base?.holdBack(into: self) }

    // MARK: What the node wants

    var figures: AppendOnlyFigures {
        var figures = AppendOnlyFigures()
        figures.isOn = node.settings.appendonly
        figures.isRewriting = writer.isRewriting
        figures.isScheduled = isScheduled
        return figures
    }

    var waitingBytes: Int { writer.pendingCount }

    func requestRewrite(later: Bool) throws(CommandError) -> RewriteAnswer {
        guard isAttached, !writer.isRewriting else { throw .message("ERR No base can be begun.") }
        isScheduled = true
        if !later { beginRewrite() }
        return isScheduled ? .scheduled : .started
    }

    func reload() throws(CommandError) { throw .message("ERR The simulation does not load a log again.") }

    func close() {
        guard isAttached else { return }
        writer.close()
        settle()
        node.keyspace.journal.detach(self)
        (isAttached, isScheduled) = (false, false)
    }

    func beginAnew() {
        guard node.settings.appendonly, !isAttached else { return }
        attach()
        if let content = disk.files[writer.options.manifestPath], let manifest = try? AOFManifest(content) {
            writer.follow(manifest)
        }
        beginRewrite()
    }
}

extension SimulatedLog: SnapshotTarget {
    func take(_ bytes: DiskBytes, isLast: Bool) {
        writer.receiveBase(bytes)
        if isLast {
            writer.finishBase()
            base = nil
        }
        pump()
    }

    var backlog: Int { writer.baseBacklog }

    func waitForBacklog(milliseconds: Int?) { takeResults() }
}
