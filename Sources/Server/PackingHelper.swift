import Persistence
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A helper thread that packs pieces of snapshots: compresses strings and adds checksums up, which would cost the node more
/// than all else that a snapshot takes. What is packed wakes the node's loop by `descriptor`.
///
///     submit ─▶ inbox ─▶ thread: SnapshotPacker ─▶ outbox ─▶ takePacked
final class PackingHelper: SnapshotPacking, Sendable {
    private let inbox = Locked<[PackingRequest]>([])
    private let outbox = Locked<[PackedPiece]>([])
    /// That there is work, and that there are packed pieces.
    private let work = WakeUp(isBlocking: true)
    private let done = WakeUp(isBlocking: false)
    /// What the loop watches: readable when there are packed pieces.
    var descriptor: Int32 { done.descriptor }
    private let account: MemoryAccount?

    /// - Parameter account: where the thread counts its memory.
    init(_ account: MemoryAccount? = nil) {
        self.account = account
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                Unmanaged<PackingHelper>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    func submit(_ request: PackingRequest) {
        inbox.withLock { $0.append(request) }
        work.raise()
    }

    /// What has been packed since it was last asked.
    func takePacked() -> [PackedPiece] {
        done.take()
        return outbox.withLock { pieces in
            defer { pieces = [] }
            return pieces
        }
    }

    func waitForPacked(milliseconds: Int?) -> [PackedPiece] { done.wait(milliseconds: milliseconds, for: takePacked) }

    private func takeRequests() -> [PackingRequest] {
        inbox.withLock { requests in
            defer { requests = [] }
            return requests
        }
    }

    private func run() {
        HelperThread.yieldToNode(nice: HelperThread.niceOfSaving)
        account?.join()
        while true {
            work.take()
            var requests = Array(takeRequests().reversed())
            while let request = requests.popLast() {
                let piece = request.carryOut()
                outbox.withLock { $0.append(piece) }
                done.raise()
            }
        }
    }
}
