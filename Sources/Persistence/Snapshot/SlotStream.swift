import Primitives
import Storage

/// The keys of some slots as commands, and what is done to them meanwhile, in one order: whoever carries all out has them as
/// they are here.
///
///     walk ─ entry ─▶ encoder ─ commands ─▶ bytes
///     journal ─ effect ─▶ (waits while a large value is on its way) ─▶ ┘
///
/// 1. An entry is written as it was at the cut, before the first effect that concerns it: who changes it has it saved first,
///    and what an effect only reads is saved when the effect comes.
/// 2. So nothing has to be kept until the walk has ended, however long it takes.
public final class SlotStream {
    /// The walk.
    public let walk: SnapshotWalk
    private let encoder: CommandEncoder
    private var waiting: [Effect] = []
    /// Bytes of effects that wait.
    public private(set) var waitingBytes = 0
    /// Whether effects wait until it is said what becomes of them.
    private var isHeld = false

    private struct Effect {
        let database: Int
        let bytes: [UInt8]
    }

    /// Bytes that are written before somebody takes them.
    private static let pieceSize = 64 << 10

    /// Cuts and begins.
    public init(_ keyspace: Keyspace, slots: SlotMarks) {
        encoder = CommandEncoder(keyspace, [], isDirect: true)
        walk = keyspace.beginSnapshot(encoder, slots: slots)
    }

    /// Whether all keys are written.
    public var isWalked: Bool { walk.isFinished && !encoder.isFull }

    /// Walks on until `isOver` says that time is up, there is a piece to take, or all is written.
    public func advance(until isOver: () -> Bool) {
        while !isWalked, !walk.isAbandoned, encoder.waitingBytes < SlotStream.pieceSize {
            if encoder.writeHeld() {
                _ = walk.advance { encoder.waitingBytes >= SlotStream.pieceSize || isOver() }
            }
            if isOver() { break }
        }
        // So that it leaves no trace, also where there was nothing to walk through.
        if walk.isFinished { _ = walk.advance { true } }
        writeWaiting()
    }

    /// Takes an effect.
    /// - Parameter keys: what it changes or reads.
    public func append(_ effect: Bytes, database: Int, keys: [Key]) {
        for key in keys { walk.saveAhead(key, database: database) }
        if encoder.isFull || isHeld || !waiting.isEmpty {
            waiting.append(Effect(database: database, bytes: Array(effect)))
            waitingBytes += effect.count
        } else {
            encoder.write(command: effect, database: database)
        }
    }

    private func writeWaiting() {
        guard !encoder.isFull, !isHeld, !waiting.isEmpty else { return }
        for effect in waiting { effect.bytes.withBytes { encoder.write(command: $0, database: effect.database) } }
        waiting = []
        waitingBytes = 0
    }

    /// Has effects wait from here on.
    public func hold() { isHeld = true }

    /// Lets effects go on that have waited.
    public func release() {
        isHeld = false
        writeWaiting()
    }

    /// Has somebody take what was written, and writes on into the empty buffer that is left in its place.
    public func handOver(to taker: (inout [UInt8]) -> Void) { encoder.handOver(to: taker) }

    /// Bytes that were written and not taken.
    public var writtenBytes: Int { encoder.waitingBytes }

    /// Gives the rest up; the walk is led to its end by whoever leads walks.
    public func abandon() { walk.abandon() }
}
