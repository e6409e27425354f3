import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// The log, in the reference's format: `pid:role date level text`. To a file, or to standard output.
final class Log {
    private let path: String
    var level: LogLevel

    init(_ settings: Settings) {
        path = settings.logfile
        level = settings.loglevel
    }

    /// Throws if the settings name a file that cannot be written to.
    static func check(_ settings: Settings) throws(SettingsError) {
        guard !settings.logfile.isEmpty else { return }
        let descriptor = open(settings.logfile, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw settings.failure(of: "logfile", reason: "Can't open the log file: \(systemError())")
        }
        close(descriptor)
    }

    private static let marks: [LogLevel: String] = [.debug: ".", .verbose: "-", .notice: "*", .warning: "#"]
    private static let ranks: [LogLevel] = [.debug, .verbose, .notice, .warning, .nothing]

    /// Writes a line if its level is wanted. The file is opened for each line, so that it can be moved away.
    func write(_ level: LogLevel, _ text: String) {
        guard let rank = Log.ranks.firstIndex(of: level), let wanted = Log.ranks.firstIndex(of: self.level),
            rank >= wanted
        else { return }
        var line = "\(getpid()):M \(Log.timestamp()) \(Log.marks[level] ?? "*") \(text)\n"
        let descriptor = path.isEmpty ? 1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return }
        line.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if descriptor > 2 { close(descriptor) }
    }

    private static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        localtime_r(&now.tv_sec, &parts)
        var text = [CChar](repeating: 0, count: 64)
        strftime(&text, text.count, "%d %b %Y %H:%M:%S", &parts)
        let milliseconds = now.tv_nsec / 1_000_000
        let padding = milliseconds < 10 ? "00" : milliseconds < 100 ? "0" : ""
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            + ".\(padding)\(milliseconds)"
    }
}
