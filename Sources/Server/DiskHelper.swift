import Persistence
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A helper thread that carries actions on files out in order. Results wake the node's loop by `descriptor`.
///
///     submit ─▶ inbox ─▶ thread: DiskHand ─▶ outbox ─▶ takeResults
final class DiskHelper: SnapshotDisk, Sendable {
    private let inbox = Locked<[DiskRequest]>([])
    private let outbox = Locked<[DiskResult]>([])
    /// That there is work, and that there are results.
    private let work = WakeUp(isBlocking: true)
    private let done: WakeUp
    /// What the loop watches: readable when there are results.
    var descriptor: Int32 { done.descriptor }

    /// - Parameters:
    ///   - done: what is raised when there are results; several helpers may share it.
    ///   - account: where the thread counts its memory.
    ///   - isPatient: whether nobody waits for what it does.
    init(
        _ files: any FileLayer = SystemFiles(), waking done: WakeUp = WakeUp(isBlocking: false),
        account: MemoryAccount? = nil, isPatient: Bool = false
    ) {
        self.done = done
        let context = Unmanaged.passRetained(
            Context(helper: self, files: files, account: account, isPatient: isPatient)
        ).toOpaque()
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                let context = Unmanaged<Context>.fromOpaque(context!).takeRetainedValue()
                context.account?.join()
                if context.isPatient { HelperThread.yieldToNode(nice: HelperThread.niceOfSaving) }
                context.helper.run(DiskHand(context.files))
                return nil
            }, context)
        pthread_detach(thread)
    }

    private final class Context {
        let helper: DiskHelper
        let files: any FileLayer
        let account: MemoryAccount?
        let isPatient: Bool

        init(helper: DiskHelper, files: any FileLayer, account: MemoryAccount?, isPatient: Bool) {
            (self.helper, self.files, self.account, self.isPatient) = (helper, files, account, isPatient)
        }
    }

    /// Hands actions in.
    func submit(_ requests: [DiskRequest]) {
        inbox.withLock { $0 += requests }
        work.raise()
    }

    /// What has been carried out since it was last asked.
    func takeResults() -> [DiskResult] {
        done.take()
        return collect()
    }

    /// As `takeResults`, where somebody else has looked at `descriptor`.
    func collect() -> [DiskResult] {
        outbox.withLock { results in
            defer { results = [] }
            return results
        }
    }

    /// Waits until there are results, so many milliseconds at most; with nil as long as it takes.
    func waitForResults(milliseconds: Int?) -> [DiskResult] {
        done.wait(milliseconds: milliseconds, for: takeResults)
    }

    private func run(_ hand: consuming DiskHand) {
        var hand = hand
        while true {
            work.take()
            var requests = Array(takeRequests().reversed())
            // What is done is let go of at once: it can be as much as the snapshot may have under way.
            while let request = requests.popLast() {
                let start = monotonicNanoseconds()
                let error = hand.carryOut(request.action)
                let time = monotonicNanoseconds() - start
                let result = DiskResult(ticket: request.ticket, error: error, nanoseconds: time)
                outbox.withLock { $0.append(result) }
                // Nobody waits for a write that is forced to the disk at once.
                if case .synchronize? = requests.last?.action { continue }
                done.raise()
            }
        }
    }

    private func takeRequests() -> [DiskRequest] {
        inbox.withLock { requests in
            defer { requests = [] }
            return requests
        }
    }

    private func monotonicNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    func read(_ path: String) throws(DiskError) -> [UInt8] {
        guard let bytes = readBytes(path) else { throw DiskError(number: errno) }
        return bytes
    }

    func text(of error: Int32) -> String { String(cString: strerror(error)) }
}
