import Primitives
import Storage

/// Turns what a walk saves into commands: a base that people can read.
///
/// Large collections are held by their pages and written a bit at a time. What is saved meanwhile stands between two of their
/// commands.
final class CommandEncoder: SnapshotEncoder {
    // The keyspace holds the walk, which holds this.
    private unowned let keyspace: Keyspace
    private var bytes: [UInt8] = []
    private var database = -1
    private var pieces: PieceQueue
    private var stream = RDBWriter(capacity: PieceRoom.size, .none)
    private var held: [ValueUnderWay] = []
    /// A long string that was begun, which changes only after it is written.
    private var begun: ValueUnderWay?

    /// A value that is written a bit at a time.
    private struct ValueUnderWay {
        let database: Int
        let key: [UInt8]
        let expiry: Int64?
        var writer: CommandWriter

        init(_ entry: Entry, _ database: Int, _ value: ValueWriter) {
            (self.database, expiry, writer) = (database, entry.expiry, CommandWriter(value))
            key = Array(entry.key.buffer)
        }
    }

    /// Values above this many bytes are written a bit at a time.
    private static let holdingSize = 16 << 10
    /// How much of one is written at a time, in bytes.
    private static let sliceSize = 32 << 10

    /// Whether the commands are taken as they come, and make no pieces.
    private let isDirect: Bool

    init(_ keyspace: Keyspace, _ libraries: [[UInt8]], isDirect: Bool = false) {
        self.keyspace = keyspace
        self.isDirect = isDirect
        pieces = PieceQueue(.none, dispose: keyspace.dispose)
        for code in libraries { write(library: code) }
    }

    private func write(library code: [UInt8]) {
        EffectArguments.append(3, to: &bytes) { command in
            command.append("FUNCTION")
            command.append("LOAD")
            code.withBytes { command.append($0) }
        }
    }

    private func select(_ database: Int) {
        if self.database == database { return }
        self.database = database
        EffectArguments.append(2, to: &bytes) {
            $0.append("SELECT")
            $0.append(Int64(database))
        }
    }

    // MARK: Keys

    /// Whether a large value is on its way.
    var isFull: Bool { begun != nil || !held.isEmpty }

    func save(_ entry: Entry, database: Int) {
        if !entry.isString, entry.treeBytes > CommandEncoder.holdingSize { return hold(entry, database) }
        var writer = CommandWriter(ValueWriter(entry))
        select(database)
        _ = writer.write(entry.key, to: &bytes)
        expire(entry.key, at: entry.expiry)
        sealIfFull()
    }

    func begin(_ entry: Entry, database: Int) -> Bool {
        guard entry.isString, entry.stringCount > PieceQueue.pieceSize else {
            save(entry, database: database)
            return true
        }
        begun = ValueUnderWay(entry, database, ValueWriter(entry))
        return false
    }

    func finish() {
        guard var value = begun else { return }
        begun = nil
        _ = write(&value, most: .max)
        sealIfFull()
    }

    private func hold(_ entry: Entry, _ database: Int) {
        let value =
            keyspace.dispose.map { ValueWriter(entry.type, sharedRoot: entry.sharedRoot(), dispose: $0) }
            ?? ValueWriter(entry.type, sharedRoot: entry.sharedRoot())
        held.append(ValueUnderWay(entry, database, value))
    }

    func writeHeld() -> Bool {
        if var value = begun {
            begun = nil
            if !write(&value, most: CommandEncoder.sliceSize) { begun = value }
        } else if !held.isEmpty, write(&held[0], most: CommandEncoder.sliceSize) {
            held.removeFirst()
        }
        sealIfFull()
        return !isFull
    }

    /// Returns whether all of the value is written.
    private func write(_ value: inout ValueUnderWay, most: Int) -> Bool {
        select(value.database)
        return value.key.withBytes { key in
            guard value.writer.write(key, to: &bytes, most: most) else { return false }
            expire(key, at: value.expiry)
            return true
        }
    }

    private func expire(_ key: Bytes, at expiry: Int64?) {
        guard let expiry else { return }
        EffectArguments.append(3, to: &bytes) {
            $0.append("PEXPIREAT")
            $0.append(key)
            $0.append(expiry)
        }
    }

    /// Writes a command of somebody else.
    func write(command: Bytes, database: Int) {
        select(database)
        bytes.append(command)
    }

    /// Has somebody take what was written, and writes on into the empty buffer that is left in its place.
    func handOver(to taker: (inout [UInt8]) -> Void) { taker(&bytes) }

    // MARK: Pieces

    private func sealIfFull() { if !isDirect, bytes.count >= PieceQueue.pieceSize { seal() } }

    private func seal(isLast: Bool = false) {
        bytes.withBytes { stream.raw($0) }
        bytes.removeAll(keepingCapacity: true)
        pieces.seal(&stream, isLast: isLast)
    }

    var hasPieces: Bool { !pieces.isEmpty }
    var waitingBytes: Int { bytes.count + pieces.waitingBytes }
    var encodedBytes: Int { bytes.count + pieces.allBytes }

    func takePieces() -> [SnapshotPiece] { pieces.takeAll() }
    var spareBytes: Int { pieces.spareBytes }

    func end() {
        precondition(!isFull, "a value is on its way")
        seal(isLast: true)
    }
}
