import Logging
import Monitoring
import Primitives
import Settings

/// The server's log: what its own code writes to. Lines go through swift-log to `LogWriter`.
struct Log: Sendable {
    private let writer: LogWriter
    private let logger: Logger
    /// The last lines that somebody may want to see who looks at the page.
    private let ring = Locked(EventRing(capacity: 256))

    init(_ settings: Settings) { self.init(LogWriter(LogOptions(settings))) }

    init(_ writer: LogWriter) {
        self.writer = writer
        logger = Logger(label: "apus") { _ in ServerLogHandler(writer) }
    }

    /// Throws if the settings name a file that cannot be written to.
    static func check(_ settings: Settings) throws(SettingsError) {
        guard let reason = LogOptions.refusal(of: settings.logfile) else { return }
        throw settings.failure(of: "logfile", reason: reason)
    }

    /// From now on a helper thread writes, and loggers of libraries write here too; to be called once in a process.
    func start() {
        let writer = writer
        LoggingSystem.bootstrap({ ServerLogHandler(writer, $1) }, metadataProvider: nil)
        writer.start()
    }

    /// Follows settings that have changed.
    func adopt(_ settings: Settings) { writer.options = LogOptions(settings) }

    /// Says which part the node has from now on.
    func setReplica(_ isReplica: Bool) { writer.options.isReplica = isReplica }

    /// Writes a line if its level is wanted.
    /// - Parameter node: the port of the node that it concerns; nil for the process.
    func write(_ level: LogLevel, _ text: String, node: Int? = nil) {
        logger.log(level: Logger.Level(level), "\(text)")
        guard level.isWanted(at: .notice) else { return }
        ring.withLock {
            $0.append(text, isWarning: level == .warning, node: node, time: Clock.system.wallMilliseconds)
        }
    }

    /// The last lines of weight, the newest first.
    var events: [LoggedEvent] { ring.withLock { $0.events } }

    /// Waits until all lines are written.
    func flush() { writer.flush() }

    /// As `flush`, at the end of the process.
    func finish() { writer.finish() }
}
