import Primitives

/// A part of a snapshot as the walk has left it: long strings are not compressed yet.
public final class SnapshotPiece: @unchecked Sendable {
    // It is handed from thread to thread; each has it alone.
    var raw: RDBWriter
    /// Whether it is the last.
    var isLast = false

    init(capacity: Int, _ compression: StringCompression) { raw = RDBWriter(capacity: capacity, compression) }
}

/// Turns pieces into what is to be kept: compresses long strings and adds the checksum up. Pieces come in their order, and on
/// one thread.
///
///     raw bytes │ long string │ raw bytes │ …   ─▶   raw bytes │ length │ compressed │ raw bytes │ … │ checksum at the end
public final class SnapshotPacker: @unchecked Sendable {
    private let ending: Ending
    private var checksum: UInt64 = 0

    /// What follows the last piece.
    enum Ending {
        case nothing, zeros, checksum
    }

    init(_ ending: Ending) { self.ending = ending }

    func pack(_ piece: SnapshotPiece) -> [UInt8] {
        let strings = piece.raw.unpacked
        let most = piece.raw.count + strings.count * 2 * RDBWriter.longestNumber + 8
        return [UInt8](unsafeUninitializedCapacity: most) { room, count in
            guard let base = room.baseAddress.map(UnsafeMutableRawPointer.init) else { return }
            count = SnapshotPacker.pack(piece.raw.bytes, strings, to: base)
            if ending == .checksum {
                checksum = CRC64.checksum(Bytes(base: UnsafeRawPointer(base), count: count), from: checksum)
            }
            if piece.isLast, ending != .nothing {
                base.storeBytes(of: checksum.littleEndian, toByteOffset: count, as: UInt64.self)
                count += 8
            }
        }
    }

    private static func pack(
        _ bytes: Bytes, _ strings: [UnpackedString], to base: UnsafeMutableRawPointer
    ) -> Int {
        var (done, written) = (0, 0)
        func copy(upTo end: Int) {
            (base + written).copyMemory(from: bytes.base + done, byteCount: end - done)
            written += end - done
            done = end
        }
        for string in strings {
            copy(upTo: string.offset)
            done += string.count
            written += RDBWriter.pack(bytes[string.offset..<done], to: base + written)
        }
        copy(upTo: bytes.count)
        return written
    }
}

/// A piece that waits to be packed.
public struct PackingRequest: Sendable {
    let piece: SnapshotPiece
    let packer: SnapshotPacker

    /// Packs it; requests of a snapshot in their order.
    public func carryOut() -> PackedPiece { PackedPiece(bytes: packer.pack(piece), request: self) }
}

/// A piece as it is to be kept.
public struct PackedPiece: Sendable {
    let bytes: [UInt8]
    let request: PackingRequest
}

/// A helper that packs pieces in their order.
public protocol SnapshotPacking: AnyObject {
    /// Hands a piece in; it comes back packed.
    func submit(_ request: PackingRequest)
    /// Waits until there are packed pieces, and takes them.
    func waitForPacked() -> [PackedPiece]
}
