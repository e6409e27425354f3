import Primitives

/// Turns pieces into what is to be kept: compresses long strings and adds the checksum up. Pieces come in their order, and on
/// one thread.
///
///     raw bytes │ length │ long string │ raw bytes │ …   ─▶   raw bytes │ lengths │ compressed │ raw bytes │ … │ checksum
public final class SnapshotPacker: @unchecked Sendable {
    // One thread after the other has it.
    private let ending: Ending
    private var checksum: UInt64 = 0
    private var strings = StringPacker()

    /// What follows the last piece.
    enum Ending {
        case nothing, zeros, checksum
    }

    init(_ ending: Ending) { self.ending = ending }

    func pack(_ piece: SnapshotPiece) {
        piece.room.writer.packStrings(&strings)
        if ending == .checksum { checksum = CRC64.checksum(piece.bytes, from: checksum) }
        if piece.isLast, ending != .nothing { piece.room.writer.integer(checksum) }
    }
}

/// A piece that waits to be packed.
public struct PackingRequest: Sendable {
    let piece: SnapshotPiece
    let packer: SnapshotPacker
    /// Bytes of the piece before it is packed.
    let size: Int

    init(_ piece: SnapshotPiece, _ packer: SnapshotPacker) {
        (self.piece, self.packer, size) = (piece, packer, piece.count)
    }

    /// Packs it; requests of a snapshot in their order.
    public func carryOut() -> PackedPiece {
        packer.pack(piece)
        return PackedPiece(request: self)
    }
}

/// A piece as it is to be kept.
public struct PackedPiece: Sendable {
    let request: PackingRequest
}

/// A helper that packs pieces in their order.
public protocol SnapshotPacking: AnyObject {
    /// Hands a piece in; it comes back packed.
    func submit(_ request: PackingRequest)
    /// Waits until there are packed pieces, so many milliseconds at most, and takes them; with nil as long as it takes.
    func waitForPacked(milliseconds: Int?) -> [PackedPiece]
}
