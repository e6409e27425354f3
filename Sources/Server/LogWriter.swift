import CShims
import Primitives
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// Writes the log on a thread of its own, so that a disk, a pipe or a terminal that takes nothing holds nobody up.
///
///     any thread ─ append ─▶ waiting lines (at most 4 MiB) ─▶ helper thread ─▶ file │ standard output │ system log
///
/// 1. Lines are written in the order in which they were appended.
/// 2. Lines for which there is no room are counted, and a line tells of them when there is room again.
/// 3. The file is opened for each batch of lines: one that was moved away or removed is replaced by a new one.
/// 4. Before `start`, and after `finish`, whoever appends also writes.
final class LogWriter: Sendable {
    fileprivate struct State {
        var options: LogOptions
        var waiting: [Entry] = []
        var waitingBytes = 0
        var lostLines = 0
        var isStarted = false
        var isWriting = false
    }

    fileprivate struct Entry {
        /// Where the line belongs: as the options were when it was appended.
        let path: String
        let line: [UInt8]
        let datagram: [UInt8]?
    }

    private let state: Locked<State>
    private let systemLog: Locked<SystemLog>
    /// A counter of the kernel's that the helper waits for.
    private let wakeUp: Int32

    fileprivate static let mostWaitingBytes = 4 << 20

    init(_ options: LogOptions, systemLogPath: String = SystemLog.usualPath) {
        state = Locked(State(options: options))
        systemLog = Locked(SystemLog(path: systemLogPath))
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC))
        precondition(wakeUp >= 0, "no counter for the log: \(systemError())")
    }

    deinit { close(wakeUp) }

    /// What is written from now on, and how.
    var options: LogOptions {
        get { state.withLock { $0.options } }
        set { state.withLock { $0.options = newValue } }
    }

    /// Starts the helper thread, once. Signals must have been blocked before.
    func start() {
        guard HelperThread.startDetached({ [self] in work() }) else { return }
        state.withLock { $0.isStarted = true }
    }

    /// Adds a line, if its level is wanted.
    func append(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)] = []) {
        let options = self.options
        guard level.isWanted(at: options.level) else { return }
        let line = LogLine(
            processID: getpid(), isReplica: options.isReplica, time: .now, level: level, message: message,
            fields: fields)
        let entry = Entry(
            path: options.path, line: Array(line.text(options.format, options.timestamp).utf8),
            datagram: options.system.map { line.datagram($0.facility, $0.identity) })
        let (mustWake, mustWrite) = state.withLock { $0.take(entry) }
        if mustWrite { write([entry]) }
        if mustWake { wake() }
    }

    /// Waits until everything appended has been written, for at most five seconds.
    func flush() {
        for _ in 0..<5000 {
            if state.withLock({ $0.waiting.isEmpty && !$0.isWriting }) { return }
            usleep(1000)
        }
    }

    /// As `flush`; from then on lines are written by whoever appends them.
    func finish() {
        flush()
        state.withLock { $0.isStarted = false }
    }
}

extension LogWriter.State {
    /// Queues a line; what is to be done next.
    fileprivate mutating func take(_ entry: LogWriter.Entry) -> (mustWake: Bool, mustWrite: Bool) {
        guard isStarted else { return (false, true) }
        guard waitingBytes + entry.line.count <= LogWriter.mostWaitingBytes else {
            lostLines += 1
            return (false, false)
        }
        waiting.append(entry)
        waitingBytes += entry.line.count
        return (waiting.count == 1, false)
    }

    /// All that waits, and how many lines were lost after it.
    fileprivate mutating func takeAll() -> (entries: [LogWriter.Entry], lostLines: Int) {
        defer {
            waiting = []
            waitingBytes = 0
            lostLines = 0
            isWriting = true
        }
        return (waiting, lostLines)
    }
}

// MARK: The helper thread

extension LogWriter {
    private func wake() {
        var one: UInt64 = 1
        _ = Glibc.write(wakeUp, &one, MemoryLayout<UInt64>.size)
    }

    private func work() {
        var count: UInt64 = 0
        while true {
            guard read(wakeUp, &count, MemoryLayout<UInt64>.size) > 0 else { continue }
            let (entries, lostLines) = state.withLock { $0.takeAll() }
            write(entries)
            state.withLock { $0.isWriting = false }
            if lostLines > 0 { append(.warning, "\(lostLines) lines of the log were lost: it was written too slowly.") }
        }
    }

    /// Writes lines, those for the same file together.
    private func write(_ entries: [Entry]) {
        var rest = entries[...]
        while let path = rest.first?.path {
            let group = rest.prefix { $0.path == path }
            LogWriter.write(group.flatMap(\.line), to: path)
            rest = rest.dropFirst(group.count)
        }
        let datagrams = entries.compactMap(\.datagram)
        if !datagrams.isEmpty { systemLog.withLock { log in for datagram in datagrams { log.send(datagram) } } }
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        let descriptor = path.isEmpty ? 1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            rest = rest.dropFirst(count)
        }
        if !path.isEmpty { close(descriptor) }
    }
}
