import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The CPU time of a thread, which others may look at.
final class ThreadClock: Sendable {
    private static let nothing = Int32.max
    private let clock = Atomic<Int32>(nothing)

    /// Follows the thread that calls this.
    func follow() {
        var clock = clockid_t()
        if pthread_getcpuclockid(pthread_self(), &clock) == 0 { self.clock.store(clock, ordering: .releasing) }
    }

    /// Seconds; nil as long as it follows no thread.
    var seconds: Double? {
        let clock = self.clock.load(ordering: .acquiring)
        var time = timespec()
        guard clock != ThreadClock.nothing, clock_gettime(clock, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
