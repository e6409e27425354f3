import Primitives
import Storage
import Synchronization

/// A part of a snapshot: first as the walk has left it, long strings not compressed yet, then packed, in the same place. It
/// is handed from thread to thread, and each has it alone.
public final class SnapshotPiece: Sendable {
    let room: PieceRoom
    private let rooms: PieceRooms
    /// Whether it is the last.
    let isLast: Bool

    fileprivate init(_ rooms: PieceRooms, isLast: Bool) {
        (self.rooms, self.isLast) = (rooms, isLast)
        room = rooms.take()
    }

    deinit { rooms.takeBack(room) }

    /// How many bytes there are.
    var count: Int { room.writer.count }
    /// What there is; valid as long as the piece is.
    var bytes: Bytes { room.writer.bytes }
}

/// Where the bytes of a piece lie.
final class PieceRoom: @unchecked Sendable {
    // Whoever has the piece has it alone; see there.
    var writer: RDBWriter

    init(_ compression: StringCompression) { writer = RDBWriter(capacity: PieceRoom.size, compression) }

    /// A piece is sealed when it is full, and the last entry goes somewhat beyond that, in bytes.
    static let size = PieceQueue.pieceSize * 5 / 4
}

/// Room for pieces, which is used again when the last who had a piece has let go of it, on whatever thread: room that is
/// fresh from the system costs more than all that is written into it.
final class PieceRooms: Sendable {
    private let compression: StringCompression
    // What frees memory elsewhere may be called on any thread.
    private nonisolated(unsafe) let dispose: ((Discarded) -> Void)?
    private let spare = Locked<[PieceRoom]>([])
    private let spareCount = Atomic(0)

    /// As many as the walk fills before it rests.
    private static let mostSpare = SnapshotStream.budget / PieceQueue.pieceSize

    init(_ compression: StringCompression, dispose: ((Discarded) -> Void)?) {
        (self.compression, self.dispose) = (compression, dispose)
    }

    /// Some megabytes go back to the system, which can take milliseconds.
    deinit {
        guard let dispose else { return }
        let rooms = spare.withLock { rooms in
            defer { rooms = [] }
            return rooms
        }
        if !rooms.isEmpty { dispose(.memory(Unmanaged.passRetained(LeftRooms(rooms)))) }
    }

    private final class LeftRooms: DiscardedMemory {
        private let rooms: [PieceRoom]

        init(_ rooms: [PieceRoom]) {
            self.rooms = rooms
            super.init(byteCount: rooms.count * PieceRoom.size)
        }
    }

    /// Bytes that wait to be used again.
    var spareBytes: Int { spareCount.load(ordering: .relaxed) * PieceRoom.size }

    func take() -> PieceRoom {
        guard let room = spare.withLock({ $0.popLast() }) else { return PieceRoom(compression) }
        spareCount.subtract(1, ordering: .relaxed)
        return room
    }

    func takeBack(_ room: PieceRoom) {
        guard room.writer.capacity <= 2 * PieceRoom.size else { return }
        room.writer.removeAll()
        let isKept = spare.withLock { rooms in
            if rooms.count == PieceRooms.mostSpare { return false }
            rooms.append(room)
            return true
        }
        if isKept { spareCount.add(1, ordering: .relaxed) }
    }
}

/// Pieces that were filled.
struct PieceQueue {
    private let rooms: PieceRooms
    private var full: [SnapshotPiece] = []
    /// Bytes of the full ones, and of all that there have been.
    private(set) var (waitingBytes, allBytes) = (0, 0)

    /// How many bytes make a piece.
    static let pieceSize = 256 << 10

    /// - Parameter dispose: frees what is left in the end, where that makes nobody wait.
    init(_ compression: StringCompression, dispose: ((Discarded) -> Void)?) {
        rooms = PieceRooms(compression, dispose: dispose)
    }

    var isEmpty: Bool { full.isEmpty }

    /// Bytes of room that wait to be filled.
    var spareBytes: Int { rooms.spareBytes }

    /// Makes what was written a piece, and gives `writer` room for the next.
    mutating func seal(_ writer: inout RDBWriter, isLast: Bool = false) {
        let piece = SnapshotPiece(rooms, isLast: isLast)
        swap(&writer, &piece.room.writer)
        waitingBytes += piece.count
        allBytes += piece.count
        full.append(piece)
    }

    mutating func takeAll() -> [SnapshotPiece] {
        waitingBytes = 0
        defer { full.removeAll(keepingCapacity: true) }
        return full
    }
}
