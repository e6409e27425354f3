import CShims
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// What concerns the process as a whole: becoming a daemon, limits, the pid file.
enum Process {
    static func daemonize() -> Int32 { apus_daemonize() }

    /// Where the process was begun; to be asked for before it goes elsewhere.
    static let startDirectory = workingDirectory()

    /// Descriptors that are needed beside those of clients.
    static let reservedDescriptors = 32

    /// Sets what must be set before sockets are opened.
    static func prepare(_ settings: Settings, _ log: Log) {
        signal(SIGPIPE, SIG_IGN)
        // A file that may not grow is an error of the write that would make it grow.
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        // A write beyond the limit of file sizes then fails as one on a full disk does.
        signal(SIGXFSZ, SIG_IGN)
        // Before the first thread starts, since threads inherit the mask: the loop reads these signals from a descriptor.
        var ending = endingSignals
        pthread_sigmask(SIG_BLOCK, &ending, nil)
        if settings.disableThp, apus_disable_huge_pages() != 0 {
            log.write(.notice, "Huge pages cannot be left out: \(systemError())")
        }
        raiseDescriptorLimit(settings.maxclients + reservedDescriptors, log)
    }

    /// The signals that end the process in order.
    static var endingSignals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        return signals
    }

    /// Raises the number of descriptors the process may have open; a failure is logged.
    static func raiseDescriptorLimit(_ wanted: Int, _ log: Log) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(wanted)
        else { return }
        let before = limit.rlim_cur
        limit.rlim_cur = rlim_t(wanted)
        limit.rlim_max = max(limit.rlim_max, limit.rlim_cur)
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 { return }
        log.write(
            .warning, "You requested \(wanted) open files but the limit of \(before) cannot be raised: \(systemError())"
        )
    }

    /// Where the process writes its number: what the settings name, or the usual place for a daemon.
    static func pidFile(_ settings: Settings) -> String? {
        settings.pidfile.isEmpty ? (settings.daemonize ? "/var/run/redis.pid" : nil) : settings.pidfile
    }

    static func writePIDFile(_ settings: Settings, _ log: Log) {
        guard let path = pidFile(settings) else { return }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return log.write(.warning, "Failed to write PID file \(path): \(systemError())") }
        var text = "\(getpid())\n"
        text.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }
}
