import Primitives
import Storage
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A helper thread that frees databases and large collections which were handed over whole, so that FLUSHALL ASYNC, or
/// removing a huge key, costs the node nothing.
///
/// The inbox is a pipe: each word that is written to it stands for something that nobody else knows any more. So there is
/// no lock, and whoever hands over waits only when thousands are under way.
final class Disposal: Sendable {
    private let inbox: Int32
    private let outbox: Int32
    private let underWay = Atomic(0)
    private let bytesUnderWay = Atomic(0)
    private let account: MemoryAccount?

    /// - Parameter account: where the thread counts what it frees.
    init(_ account: MemoryAccount? = nil) {
        self.account = account
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no pipe for the disposal: \(systemError())")
        (outbox, inbox) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        HelperThread.startDetached { [self] in work() }
    }

    /// How many wait to be freed, or are being freed.
    var pending: Int { underWay.load(ordering: .acquiring) }

    /// Bytes of what waits to be freed, or is being freed.
    var pendingBytes: Int { bytesUnderWay.load(ordering: .relaxed) }

    /// Hands something over, with the only reference to it.
    func take(_ discarded: Discarded) {
        var word = discarded.word
        underWay.add(1, ordering: .relaxed)
        bytesUnderWay.add(discarded.byteCount, ordering: .relaxed)
        while write(inbox, &word, MemoryLayout<UInt>.size) < 0, errno == EINTR {}
    }

    private func work() {
        HelperThread.yieldToNode(nice: HelperThread.niceOfDisposal)
        account?.join()
        var word: UInt = 0
        while read(outbox, &word, MemoryLayout<UInt>.size) == MemoryLayout<UInt>.size {
            let discarded = Discarded(word: word)
            let bytes = discarded.byteCount
            discarded.free()
            bytesUnderWay.subtract(bytes, ordering: .relaxed)
            underWay.subtract(1, ordering: .releasing)
        }
    }
}
