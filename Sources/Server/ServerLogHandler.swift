import Logging
import Settings

/// Where messages of swift-log go, this server's and those of the libraries it uses. The directive `loglevel` bounds what
/// any logger may write.
struct ServerLogHandler: LogHandler {
    private let writer: LogWriter
    private var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(_ writer: LogWriter, _ metadataProvider: Logger.MetadataProvider? = nil) {
        self.writer = writer
        self.metadataProvider = metadataProvider
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? Logger.Level(writer.options.level) }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        writer.append(LogLevel(event.level), event.message.description, fields(event))
    }

    /// What is known beside the message, by name; what the message brings counts most.
    private func fields(_ event: LogEvent) -> [(name: String, value: String)] {
        var all = metadata
        if let metadataProvider { all.merge(metadataProvider.get()) { $1 } }
        if let metadata = event.metadata { all.merge(metadata) { $1 } }
        return all.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }
    }
}

extension Logger.Level {
    /// The level of swift-log that stands for a level of the reference.
    init(_ level: LogLevel) {
        switch level {
        case .debug: self = .debug
        case .verbose: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .nothing: self = .critical
        }
    }
}

extension LogLevel {
    /// The level of the reference that stands for a level of swift-log.
    init(_ level: Logger.Level) {
        switch level {
        case .trace, .debug: self = .debug
        case .info: self = .verbose
        case .notice: self = .notice
        case .warning, .error, .critical: self = .warning
        }
    }
}
