import Persistence
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A helper thread that carries actions on files out in order. Results wake the node's loop by `descriptor`.
final class DiskHelper: SnapshotDisk, Sendable {
    private let helper: Helper<DiskWork>
    /// What the loop watches: readable when there are results.
    var descriptor: Int32 { helper.descriptor }

    /// - Parameters:
    ///   - done: what is raised when there are results; several helpers may share it.
    ///   - account: where the thread counts its memory.
    ///   - isPatient: whether nobody waits for what it does.
    init(
        _ files: any FileLayer = SystemFiles(), waking done: WakeUp = WakeUp(isBlocking: false),
        account: MemoryAccount? = nil, isPatient: Bool = false
    ) {
        helper = Helper(waking: done, account: account, nice: isPatient ? HelperThread.niceOfSaving : nil) {
            DiskWork(hand: DiskHand(files))
        }
    }

    /// Hands actions in.
    func submit(_ requests: [DiskRequest]) { helper.submit(requests) }

    /// What has been carried out since it was last asked.
    func takeResults() -> [DiskResult] { helper.takeAnswers() }

    /// As `takeResults`, where somebody else has looked at `descriptor`.
    func collect() -> [DiskResult] { helper.collect() }

    /// Waits until there are results, so many milliseconds at most; with nil as long as it takes.
    func waitForResults(milliseconds: Int?) -> [DiskResult] { helper.waitForAnswers(milliseconds: milliseconds) }

    /// Lets what was handed in be done before the process ends: a file that was given up is gone then.
    func drain() { helper.drain(milliseconds: 2000) }

    func read(_ path: String) throws(DiskError) -> [UInt8] {
        guard let bytes = readBytes(path) else { throw DiskError(number: errno) }
        return bytes
    }

    func text(of error: Int32) -> String { String(cString: strerror(error)) }
}

/// Carries actions out, and takes the time.
private struct DiskWork: HelperWork {
    var hand: DiskHand

    mutating func carryOut(_ request: DiskRequest) -> DiskResult {
        let start = monotonicNanoseconds()
        let error = hand.carryOut(request.action)
        return DiskResult(ticket: request.ticket, error: error, nanoseconds: monotonicNanoseconds() - start)
    }

    /// Nobody waits for a write that is forced to the disk at once.
    func isAwaited(before next: DiskRequest) -> Bool {
        if case .synchronize = next.action { false } else { true }
    }

    private func monotonicNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
