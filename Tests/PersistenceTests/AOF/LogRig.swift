import Primitives
import Settings
import Storage
import Testing

@testable import Commands
@testable import Persistence

/// A node with a log on a simulated disk, whose actions are carried out one at a time when a test says so.
final class LogRig: JournalReader {
    let node = TestNode()
    let disk = SimulatedDisk()
    var writer: AOFWriter
    private(set) var events: [AOFEvent] = []
    private var queue: [DiskRequest] = []
    private var now: Int64 = 0
    /// The data set after each transaction, by the journal's offset then.
    private var history: [(offset: Int64, contents: [String])] = []
    /// What data sets are read into; to make a node takes longer than to empty one.
    private let copy: TestNode
    /// Called after each action of the disk.
    var didPerform: () -> Void = {}
    private var seconds: Int64 = 1_700_000_000

    /// Which lane of the disk is faster, if not the order of requests says so.
    private var random: RandomSource?

    init(
        _ synchronization: FileSynchronization = .always, timestamps: Bool = false, overtaking seed: UInt64? = nil,
        copy: TestNode = TestNode()
    ) {
        self.copy = copy
        random = seed.map { RandomSource(seed: $0) }
        var options = AOFOptions(directory: "log", prefix: "a")
        options.synchronization = synchronization
        options.hasTimestamps = timestamps
        options.hasRDBBase = false
        writer = AOFWriter(options, offset: 0)
        node.node.keyspace.journal.attach(self)
        note()
    }

    func read(_ bytes: Bytes, endingAt offset: Int64) {
        seconds += 1
        writer.receive(bytes, endingAt: offset, seconds: seconds)
    }

    /// Runs a command; the turn ends with it.
    func run(_ line: String) {
        node.run(line.split(separator: " ").map(String.init))
        note()
        writer.flush(now: now)
        collect()
    }

    private func note() {
        history.append((node.node.keyspace.journal.offset, LogRig.contents(of: node)))
    }

    /// All keys, with their strings.
    private static func contents(of node: TestNode) -> [String] {
        var contents: [String] = []
        for index in 0..<2 {
            node.node.keyspace.existing(index)?.forEach { entry in
                entry.withString { contents.append("\(index) \(String(entry.key)) \(String($0))") }
            }
        }
        return contents.sorted()
    }

    func tick(milliseconds: Int64 = 1000) {
        now += milliseconds
        writer.tick(now: now)
        collect()
    }

    private func collect() {
        queue += writer.takeRequests()
        events += writer.takeEvents()
    }

    func takeEvents() -> [AOFEvent] {
        defer { events = [] }
        return events
    }

    /// Actions that wait to be carried out.
    var waiting: [DiskAction] { queue.map(\.action) }

    /// Carries out at most so many actions.
    func perform(_ most: Int = .max) {
        var left = most
        while left > 0, !queue.isEmpty {
            let request = queue.remove(at: nextIndex())
            writer.receive(DiskResult(ticket: request.ticket, error: disk.perform(request.action)), now: now)
            collect()
            left -= 1
            didPerform()
        }
    }

    /// The first request, or the first of a lane that is faster.
    private func nextIndex() -> Int {
        guard random != nil else { return 0 }
        let lane: DiskLane = random!.next() % 2 == 0 ? .urgent : .patient
        return queue.firstIndex { $0.lane == lane } ?? 0
    }

    // MARK: Rewriting

    /// Begins a base of all that is there; what it holds is returned in pieces, as commands.
    @discardableResult
    func beginRewrite() -> [[UInt8]]? {
        guard writer.beginRewrite() else { return nil }
        node.node.keyspace.journal.selectAnew(self)
        collect()
        var pieces: [[UInt8]] = []
        for index in 0..<2 {
            pieces.append(log("SELECT \(index)"))
            node.node.keyspace.existing(index)?.forEach { entry in
                entry.withString { pieces.append(log("SET \(String(entry.key)) \(String($0))")) }
            }
        }
        return pieces
    }

    func give(_ piece: [UInt8]) {
        writer.receiveBase(DiskBytes(piece))
        collect()
    }

    func finishBase() {
        writer.finishBase()
        collect()
    }

    /// A whole rewrite, with everything carried out.
    func rewrite() {
        for piece in beginRewrite() ?? [] { give(piece) }
        finishBase()
        perform()
    }

    // MARK: Reopening

    /// Reads what is on a disk as a start does; the data set must be one that was there, no older than `promised`.
    func expectRecovery(from files: [String: [UInt8]], promised: Int64, _ remark: String) {
        guard recover(files, remark) else { return }
        let contents = LogRig.contents(of: copy)
        let found = history.last { $0.contents == contents }
        #expect(found != nil, "\(remark): a data set that never was")
        if let found { #expect(found.offset >= promised, "\(remark): older than what was promised") }
    }

    private func recover(_ files: [String: [UInt8]], _ remark: String) -> Bool {
        var findings = AOFFindings()
        findings.manifest = files["log/a.manifest"]
        for (path, content) in files { findings.sizes[String(path.dropFirst(4))] = content.count }
        copy.node.keyspace.flush(nil, later: false)
        do throws(AOFManifestError) {
            guard case .load(let manifest) = try AOFPlan(findings, prefix: "a") else { return true }
            var replay = AOFReplay(copy.node)
            let contents = manifest.replayed.map { files["log/\($0.name)"]! }
            for (index, content) in contents.enumerated() {
                let isLast = contents[(index + 1)...].allSatisfy(\.isEmpty)
                load(content, manifest.replayed[index].name, isLast: isLast, &replay, remark)
            }
            return true
        } catch {
            Issue.record("\(remark): \(error.report)")
            return false
        }
    }

    private func load(_ content: [UInt8], _ name: String, isLast: Bool, _ replay: inout AOFReplay, _ remark: String) {
        let progress = content.withBytes { bytes in
            replay.begin(bytes)
            return replay.advance { false }
        }
        switch progress {
        case .ended: break
        case .broken(let error):
            let remedy = AOFRemedy(
                error, in: name, size: content.count, isLast: isLast, cutsTornTails: true, longestDamage: 0)
            if case .refuse(let reason) = remedy { Issue.record("\(remark): \(reason)") }
        case .goesOn, .unknown: Issue.record("\(remark): \(progress)")
        }
        #expect(replay.failureCount == 0, "\(remark): \(replay.firstFailure)")
    }
}
