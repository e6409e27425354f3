import Primitives
import Storage
import Structures

/// Turns what a walk saves into the bytes of an RDB file, which are taken from it in pieces.
///
///     save ─▶ stream ─▶ pieces
///             ▲    ▲
///        aside    held      what came while a large value was on its way: small ones written, large ones held by their
///                           pages, to follow when that value is written
final class SnapshotWriter: SnapshotEncoder {
    private let options: SnapshotOptions
    // The keyspace holds the walk, which holds this.
    private unowned let keyspace: Keyspace
    private var stream: RDBWriter
    private var aside: RDBWriter
    private var pieces: PieceQueue
    /// The databases that what is written next to `stream` and `aside` would belong to.
    private var streamDatabase = -1
    private var asideDatabase = -1
    private var held: [HeldValue] = []
    private var underWay: ValueWriter?

    /// A large value as it was at the cut.
    private struct HeldValue {
        let database: Int
        /// Expiry, type and key.
        let header: [UInt8]
        let value: ValueWriter
    }

    /// Collections above this many bytes are written a bit at a time.
    private static let holdingSize = 16 << 10
    /// How much of one is written at a time, in bytes.
    private static let sliceSize = 32 << 10

    /// Begins a file with what stands before the keys.
    init(_ keyspace: Keyspace, _ options: SnapshotOptions) {
        self.keyspace = keyspace
        self.options = options
        let compression: StringCompression = options.compresses ? .later : .none
        stream = RDBWriter(capacity: PieceRoom.size, compression)
        aside = RDBWriter(compression)
        pieces = PieceQueue(compression, dispose: keyspace.dispose)
        writeHead()
    }

    // MARK: What stands before the keys

    private func writeHead() {
        let version = keyspace.neededVersion
        Bytes.with("REDIS00\(version)") { stream.raw($0) }
        for (name, value) in options.facts {
            stream.fact(name, Array(value.utf8))
        }
        for code in options.libraries {
            stream.opcode(.function)
            code.withBytes { stream.string($0) }
        }
        for index in 0..<keyspace.databaseCount { writeSize(of: index) }
    }

    private func writeSize(of index: Int) {
        guard let database = keyspace.existing(index), database.count > 0 else { return }
        select(index)
        stream.opcode(.resize)
        stream.length(database.count)
        stream.length(database.expiringCount)
    }

    private func select(_ database: Int) {
        if streamDatabase != database { stream.select(database) }
        streamDatabase = database
    }

    // MARK: Keys

    /// Whether a large value is on its way.
    var isFull: Bool { underWay != nil || !held.isEmpty }

    /// Takes an entry.
    func save(_ entry: Entry, database: Int) {
        if !entry.isString, entry.treeBytes > SnapshotWriter.holdingSize { return hold(entry, database) }
        guard underWay == nil else { return saveAside(entry, database) }
        select(database)
        write(entry, to: &stream)
        if stream.count >= PieceQueue.pieceSize { pieces.seal(&stream) }
    }

    private func saveAside(_ entry: Entry, _ database: Int) {
        if asideDatabase != database { aside.select(database) }
        asideDatabase = database
        write(entry, to: &aside)
    }

    private func write(_ entry: Entry, to writer: inout RDBWriter) {
        if entry.isString, entry.encoding != .integer {
            writeHeader(entry, .string, to: &writer)
            return writer.string(entry.text)
        }
        var value = ValueWriter(entry)
        writeHeader(entry, value.type, to: &writer)
        _ = value.write(to: &writer)
    }

    /// Takes an entry; a long string is written a bit at a time.
    func begin(_ entry: Entry, database: Int) -> Bool {
        guard entry.isString, entry.stringCount > PieceQueue.pieceSize, underWay == nil else {
            save(entry, database: database)
            return true
        }
        let value = ValueWriter(entry)
        select(database)
        writeHeader(entry, value.type, to: &stream)
        underWay = value
        return false
    }

    /// Writes what is left of a long string, unless it is written and another value is under way.
    func finish() {
        guard var value = underWay, !value.isHeld else { return }
        underWay = nil
        _ = value.write(to: &stream)
        appendAside()
    }

    private func hold(_ entry: Entry, _ database: Int) {
        let value =
            keyspace.dispose.map { ValueWriter(entry.type, sharedRoot: entry.sharedRoot(), dispose: $0) }
            ?? ValueWriter(entry.type, sharedRoot: entry.sharedRoot())
        var header = RDBWriter(options.compresses ? .now : .none)
        writeHeader(entry, value.type, to: &header)
        held.append(HeldValue(database: database, header: Array(header.bytes.buffer), value: value))
    }

    private func writeHeader(_ entry: Entry, _ type: RDBType, to writer: inout RDBWriter) {
        if type == .streamListpacks2, let times = ActiveTimes.bytes(of: entry.view(as: StreamValue.self)) {
            writer.fact(ActiveTimes.name, times)
        }
        if let expiry = entry.expiry {
            writer.opcode(.expiryMilliseconds)
            writer.integer(expiry)
        }
        switch options.access {
        case .none: break
        case .idle:
            writer.opcode(.idle)
            writer.length(keyspace.idleSeconds(entry))
        case .frequency:
            writer.opcode(.frequency)
            writer.byte(UInt8(keyspace.frequency(entry)))
        }
        writer.type(type)
        writer.string(entry.key)
    }

    func writeHeld() -> Bool {
        if underWay == nil { beginHeld() }
        guard var value = underWay else { return true }
        underWay = nil
        if !value.write(to: &stream, most: SnapshotWriter.sliceSize) {
            underWay = value
            if stream.count >= PieceQueue.pieceSize { pieces.seal(&stream) }
            return false
        }
        appendAside()
        return held.isEmpty
    }

    private func beginHeld() {
        guard !held.isEmpty else { return }
        let next = held.removeFirst()
        select(next.database)
        next.header.withBytes { stream.raw($0) }
        underWay = next.value
    }

    private func appendAside() {
        guard aside.count > 0 else { return }
        stream.append(aside)
        aside.removeAll()
        streamDatabase = asideDatabase
        asideDatabase = -1
    }

    // MARK: Pieces

    var hasPieces: Bool { !pieces.isEmpty }
    var waitingBytes: Int { stream.count + aside.count + pieces.waitingBytes }
    var encodedBytes: Int { stream.count + aside.count + pieces.allBytes }

    func takePieces() -> [SnapshotPiece] { pieces.takeAll() }
    var spareBytes: Int { pieces.spareBytes }

    func end() {
        precondition(!isFull, "a value is on its way")
        stream.opcode(.end)
        pieces.seal(&stream, isLast: true)
    }
}

extension Keyspace {
    /// The version of the format that has all that is in the data.
    fileprivate var neededVersion: Int {
        if hasOwnerlessStreams { return RDBVersion.ownerless }
        if hasProducerStreams { return RDBVersion.producers }
        return hasExpiringFields ? RDBVersion.fieldExpiry : RDBVersion.written
    }

    /// Whether any hash has fields that expire.
    private var hasExpiringFields: Bool {
        (0..<databaseCount).contains { (existing($0)?.expiringHashCount ?? 0) > 0 }
    }
}

extension RDBWriter {
    /// Something that the file says of itself, or of the next key.
    fileprivate mutating func fact(_ name: String, _ value: [UInt8]) {
        opcode(.auxiliary)
        Bytes.with(name) { string($0) }
        value.withBytes { string($0) }
    }

    mutating func select(_ database: Int) {
        opcode(.selectDatabase)
        length(database)
    }
}
