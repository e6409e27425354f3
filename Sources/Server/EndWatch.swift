import CShims
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// Ends the process at once where somebody insists on it: by SIGINT, while the node saves for the last time after a signal and
/// looks at nothing else.
///
///     node:   save ───────────────────────────▶ finish
///     thread: wait ─ SIGINT ─▶ file removed, exit
final class EndWatch: Sendable {
    private let signals: Int32
    private let path: String
    private let log: Log
    private let ending = WakeUp(isBlocking: false)

    /// - Parameters:
    ///   - signals: where signals are read.
    ///   - path: the file that an end would leave behind.
    init(signals: Int32, removing path: String, _ log: Log) {
        (self.signals, self.path, self.log) = (signals, path, log)
    }

    /// Watches while `body` runs.
    func watch<Result>(_ body: () -> Result) -> Result {
        guard let thread = HelperThread.start({ [self] in run() }) else { return body() }
        defer {
            ending.raise()
            pthread_join(thread, nil)
        }
        return body()
    }

    private func run() {
        var watched = [signals, ending.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            poll(&watched, 2, -1)
            if watched[1].revents != 0 { return }
            var information = signalfd_siginfo()
            guard read(signals, &information, MemoryLayout<signalfd_siginfo>.size) > 0 else { continue }
            if information.ssi_signo == UInt32(SIGINT) { end() }
        }
    }

    private func end() {
        log.write(.warning, "You insist... exiting now.")
        log.flush()
        unlink(path)
        _exit(1)
    }
}
