import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// What of the settings the log follows.
struct LogOptions: Equatable {
    struct System: Equatable {
        var facility: SyslogFacility
        var identity: String
    }

    var level = LogLevel.notice
    var format = LogFormat.legacy
    var timestamp = LogTimestampFormat.legacy
    /// Whether the node follows a primary.
    var isReplica = false
    /// Empty for standard output.
    var path = ""
    /// Set if the system log gets the lines too.
    var system: System?
}

extension LogOptions {
    init(_ settings: Settings) {
        level = settings.loglevel
        format = settings.logFormat
        timestamp = settings.logTimestampFormat
        path = settings.logfile
        isReplica = settings.replicaof != nil
        guard settings.syslogEnabled else { return }
        system = System(facility: settings.syslogFacility, identity: settings.syslogIdent)
    }

    /// Why a file cannot be written to; nil if it can, or if there is none.
    static func refusal(of path: String) -> String? {
        guard !path.isEmpty else { return nil }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return "Can't open the log file: \(systemError())" }
        close(descriptor)
        return nil
    }
}
