import Persistence
import Primitives

/// A helper thread that packs pieces of snapshots: compresses strings and adds checksums up, which would cost the node more
/// than all else that a snapshot takes. What is packed wakes the node's loop by `descriptor`.
final class PackingHelper: SnapshotPacking, Sendable {
    private let helper: Helper<Packing>
    /// What the loop watches: readable when there are packed pieces.
    var descriptor: Int32 { helper.descriptor }

    private struct Packing: HelperWork {
        func carryOut(_ request: PackingRequest) -> PackedPiece { request.carryOut() }
    }

    /// - Parameter account: where the thread counts its memory.
    init(_ account: MemoryAccount? = nil) {
        let done = WakeUp(isBlocking: false)
        helper = Helper(waking: done, account: account, nice: HelperThread.niceOfSaving) { Packing() }
    }

    func submit(_ request: PackingRequest) { helper.submit([request]) }

    /// What has been packed since it was last asked.
    func takePacked() -> [PackedPiece] { helper.takeAnswers() }

    func waitForPacked(milliseconds: Int?) -> [PackedPiece] { helper.waitForAnswers(milliseconds: milliseconds) }
}
