import Persistence
import Primitives
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A helper thread that carries actions on files out in order. Results wake the node's loop by `descriptor`.
///
///     submit ─▶ inbox ─▶ thread: DiskHand ─▶ outbox ─▶ takeResults
final class DiskHelper: SnapshotDisk, Sendable {
    private let inbox = Mutex<[DiskRequest]>([])
    private let outbox = Mutex<[DiskResult]>([])
    /// That there is work, and that there are results.
    private let work = WakeUp(isBlocking: true)
    private let done = WakeUp(isBlocking: false)
    /// What the loop watches: readable when there are results.
    var descriptor: Int32 { done.descriptor }

    /// - Parameter account: where the thread counts its memory.
    init(_ files: any FileLayer = SystemFiles(), account: MemoryAccount? = nil) {
        let context = Unmanaged.passRetained(Context(helper: self, files: files, account: account)).toOpaque()
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                let context = Unmanaged<Context>.fromOpaque(context!).takeRetainedValue()
                context.account?.join()
                context.helper.run(DiskHand(context.files))
                return nil
            }, context)
        pthread_detach(thread)
    }

    private final class Context {
        let helper: DiskHelper
        let files: any FileLayer
        let account: MemoryAccount?

        init(helper: DiskHelper, files: any FileLayer, account: MemoryAccount?) {
            self.helper = helper
            self.files = files
            self.account = account
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
        return outbox.withLock { results in
            defer { results = [] }
            return results
        }
    }

    /// Waits until there are results.
    func waitForResults() -> [DiskResult] {
        while true {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            poll(&waiting, 1, -1)
            let results = takeResults()
            if !results.isEmpty { return results }
        }
    }

    private func run(_ hand: consuming DiskHand) {
        var hand = hand
        while true {
            work.take()
            let requests = inbox.withLock { requests in
                defer { requests = [] }
                return requests
            }
            for request in requests {
                let error = hand.carryOut(request.action)
                outbox.withLock { $0.append(DiskResult(ticket: request.ticket, error: error)) }
                done.raise()
            }
        }
    }

    func read(_ path: String) throws(DiskError) -> [UInt8] {
        guard let bytes = readBytes(path) else { throw DiskError(number: errno) }
        return bytes
    }

    func text(of error: Int32) -> String { String(cString: strerror(error)) }
}
