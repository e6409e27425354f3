import Commands
import Storage

/// Who keeps a snapshot's bytes.
public protocol SnapshotTarget: AnyObject {
    /// Takes the next bytes.
    func take(_ bytes: DiskBytes, isLast: Bool)
    /// Bytes that were taken and are not where they belong yet.
    var backlog: Int { get }
    /// Waits until some of them are, so many milliseconds at most; with nil as long as it takes.
    func waitForBacklog(milliseconds: Int?)
}

/// A walk under way to bytes, whoever keeps them.
///
///     walk ─ entries ─▶ encoder ─ pieces ─▶ packing, elsewhere ─ bytes ─▶ target
///
/// What lies between the walk and its place has a budget. When it is used up the walk rests; when those who change entries
/// have used up theirs, they wait.
public final class SnapshotStream {
    /// The walk.
    public let walk: SnapshotWalk
    private let encoder: any SnapshotEncoder
    private let packer: SnapshotPacker
    private let packing: (any SnapshotPacking)?
    private var bytesInPacking = 0
    /// Whether all pieces have left the encoder.
    private var isEncoded = false
    /// Bytes of packed pieces.
    public private(set) var byteCount = 0
    /// The most bytes that were under way at once.
    public private(set) var peak = 0

    /// Bytes that may be under way before the walk rests.
    static let budget = 8 << 20
    /// Bytes that may be before those who change something wait: a twelfth of the data, since the disk is often slower than
    /// they are, and each entry is saved early once at most.
    private let mostUnderWay: Int
    private static let leastForWriters = 32 << 20

    /// Cuts and begins.
    /// - Parameter packing: who packs pieces; nil where that is done at once.
    public init(_ keyspace: Keyspace, _ form: SnapshotForm, packing: (any SnapshotPacking)?) {
        switch form {
        case .file(let options):
            encoder = SnapshotWriter(keyspace, options)
            packer = SnapshotPacker(options.checks ? .checksum : .zeros)
        case .commands(let libraries):
            encoder = CommandEncoder(keyspace, libraries)
            packer = SnapshotPacker(.nothing)
        }
        self.packing = packing
        mostUnderWay = max(SnapshotStream.leastForWriters, keyspace.liveBytes / 12)
        walk = keyspace.beginSnapshot(encoder)
    }

    /// Bytes on their way to a target.
    public func bytesUnderWay(to target: any SnapshotTarget) -> Int {
        encoder.waitingBytes + bytesInPacking + target.backlog
    }

    /// Bytes of memory that it takes on the way to a target.
    public func heldBytes(to target: any SnapshotTarget) -> Int { bytesUnderWay(to: target) + encoder.spareBytes }

    /// Bytes that were written of entries so far.
    public var encodedBytes: Int { encoder.encodedBytes }

    /// What INFO shows of it.
    public func figures(_ target: any SnapshotTarget) -> WalkFigures {
        WalkFigures(
            savedKeys: walk.savedCount, keysToSave: walk.keyCount, savedBytes: byteCount,
            bytesUnderWay: bytesUnderWay(to: target), peak: peak)
    }

    /// Whether a delay for each key, which is there for tests, has passed for all keys that are saved.
    /// - Parameters:
    ///   - delay: in microseconds; a negative one is so many keys to a microsecond.
    ///   - elapsed: milliseconds since the cut.
    public func isDue(delay: Int, elapsed: Int64) -> Bool {
        delay == 0
            || (delay > 0 ? walk.savedCount * delay : walk.savedCount / -delay) <= Int(clamping: elapsed) * 1000
    }

    /// Whether going on would do something, instead of waiting for others.
    public func isReady(_ target: any SnapshotTarget) -> Bool {
        !isEncoded && bytesUnderWay(to: target) < SnapshotStream.budget
    }

    /// Goes on until `isOver` says that time is up, or there is enough under way.
    public func advance(into target: any SnapshotTarget, until isOver: () -> Bool) {
        while isReady(target), !walk.isAbandoned {
            if advance(until: isOver) {
                encoder.end()
                isEncoded = true
            }
            handPiecesOn(into: target)
            if isOver() { return }
        }
    }

    /// Returns whether all is encoded.
    private func advance(until isOver: () -> Bool) -> Bool {
        guard encoder.writeHeld() else { return false }
        return walk.advance { encoder.hasPieces || isOver() } && encoder.writeHeld()
    }

    /// Hands on what there is, and waits if clients change more than can be taken: a moment each time where there is not much
    /// room left, so that others need not wait for long at once, and as long as it takes where there is none.
    public func holdBack(into target: any SnapshotTarget) {
        if encoder.hasPieces { handPiecesOn(into: target) }
        if bytesUnderWay(to: target) > mostUnderWay / 4 * 3 { wait(for: target, milliseconds: 1) }
        while bytesUnderWay(to: target) > mostUnderWay, !walk.isAbandoned {
            let before = bytesUnderWay(to: target)
            wait(for: target, milliseconds: nil)
            // A target that waits in its own way has waited enough.
            if bytesUnderWay(to: target) == before { return }
        }
    }

    /// Waits until something is done of what is under way.
    private func wait(for target: any SnapshotTarget, milliseconds: Int?) {
        if walk.isAbandoned { return }
        guard bytesInPacking > 0, let packing else { return target.waitForBacklog(milliseconds: milliseconds) }
        for piece in packing.waitForPacked(milliseconds: milliseconds) { receive(piece, into: target) }
    }

    private func handPiecesOn(into target: any SnapshotTarget) {
        peak = max(peak, bytesUnderWay(to: target))
        for piece in encoder.takePieces() {
            let request = PackingRequest(piece, packer)
            bytesInPacking += request.size
            if let packing { packing.submit(request) } else { receive(request.carryOut(), into: target) }
        }
    }

    /// Takes a packed piece, if it is one of its own.
    public func receive(_ packed: PackedPiece, into target: any SnapshotTarget) {
        guard packed.request.packer === packer, !walk.isAbandoned else { return }
        let piece = packed.request.piece
        bytesInPacking -= packed.request.size
        byteCount += piece.count
        target.take(DiskBytes(piece), isLast: piece.isLast)
    }
}

/// What a snapshot is written as.
public enum SnapshotForm {
    /// An RDB file.
    case file(SnapshotOptions)
    /// Commands, the codes of libraries first.
    case commands([[UInt8]])
}

/// What turns what a walk saves into pieces.
protocol SnapshotEncoder: SnapshotSink {
    /// Whether there are pieces to be taken.
    var hasPieces: Bool { get }
    /// Takes all pieces that are full.
    func takePieces() -> [SnapshotPiece]
    /// Bytes of room that wait to be filled.
    var spareBytes: Int { get }
    /// Bytes that were written and not taken.
    var waitingBytes: Int { get }
    /// Bytes that were written.
    var encodedBytes: Int { get }
    /// Writes on at large values, a slice's worth. Returns whether there is nothing left of them.
    func writeHeld() -> Bool
    /// Writes what follows all entries, which makes the last piece.
    func end()
}
