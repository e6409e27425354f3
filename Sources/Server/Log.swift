import Logging
import Settings

/// The server's log: what its own code writes to. Lines go through swift-log to `LogWriter`.
struct Log: Sendable {
    private let writer: LogWriter
    private let logger: Logger

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

    /// Writes a line if its level is wanted.
    func write(_ level: LogLevel, _ text: String) { logger.log(level: Logger.Level(level), "\(text)") }

    /// Waits until all lines are written.
    func flush() { writer.flush() }

    /// As `flush`, at the end of the process.
    func finish() { writer.finish() }
}
