import Primitives
import Storage

/// Turns what a walk saves into commands: a base that people can read. A large collection is written at once.
final class CommandEncoder: SnapshotEncoder {
    private var base = CommandBase()
    private var database = -1
    private var pieces = PieceQueue(.none)
    private var stream = RDBWriter(capacity: PieceQueue.pieceSize, .none)

    init(_ libraries: [[UInt8]]) {
        for code in libraries { code.withBytes { base.write(library: $0) } }
    }

    func save(_ entry: Entry, database: Int) {
        if self.database != database { base.select(database) }
        self.database = database
        base.write(entry)
        if base.bytes.count >= PieceQueue.pieceSize { seal() }
    }

    private func seal(isLast: Bool = false) {
        base.bytes.withBytes { stream.raw($0) }
        base.removeAll()
        pieces.seal(&stream, isLast: isLast)
    }

    var isFull: Bool { false }
    var hasPieces: Bool { !pieces.isEmpty }
    var waitingBytes: Int { base.bytes.count + pieces.waitingBytes }
    var encodedBytes: Int { base.bytes.count + pieces.allBytes }

    func takePieces() -> [SnapshotPiece] { pieces.takeAll() }
    func takeBack(_ piece: SnapshotPiece) { pieces.takeBack(piece) }
    func writeHeld() -> Bool { true }
    func end() { seal(isLast: true) }
}
