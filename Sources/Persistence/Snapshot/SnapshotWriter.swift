import Primitives
import Storage

/// Turns what a walk saves into the bytes of an RDB file, which are taken from it in pieces.
///
///     save ─▶ stream ─▶ pieces
///             ▲    ▲
///        aside    held      what came while a large value was on its way: small ones written, large ones held by their
///                           pages, to follow when that value is written
public final class SnapshotWriter: SnapshotSink {
    private let options: SnapshotOptions
    private let keyspace: Keyspace
    private var stream: RDBWriter
    private var aside: RDBWriter
    /// The databases that what is written next to `stream` and `aside` would belong to.
    private var streamDatabase = -1
    private var asideDatabase = -1
    private var held: [HeldValue] = []
    private var underWay: ValueWriter?
    private var checksum: UInt64 = 0

    /// A large value as it was at the cut.
    private struct HeldValue {
        let database: Int
        /// Expiry, type and key.
        let header: [UInt8]
        let value: ValueWriter
    }

    /// How many bytes make a piece worth taking.
    static let pieceSize = 256 << 10
    /// Collections above this many bytes are written a bit at a time.
    private static let holdingSize = 16 << 10
    /// How much of one is written at a time, in bytes.
    private static let sliceSize = 32 << 10

    /// Begins a file with what stands before the keys.
    public init(_ keyspace: Keyspace, _ options: SnapshotOptions) {
        self.keyspace = keyspace
        self.options = options
        stream = RDBWriter(capacity: SnapshotWriter.pieceSize * 2, compresses: options.compresses)
        aside = RDBWriter(compresses: options.compresses)
        writeHead()
    }

    // MARK: What stands before the keys

    private func writeHead() {
        let version = keyspace.hasExpiringFields ? RDBVersion.fieldExpiry : RDBVersion.written
        Bytes.with("REDIS00\(version)") { stream.raw($0) }
        for (name, value) in options.facts {
            stream.opcode(.auxiliary)
            Bytes.with(name) { stream.string($0) }
            Bytes.with(value) { stream.string($0) }
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

    /// Whether there is enough to be taken, or a large value on its way.
    public var isFull: Bool { stream.count >= SnapshotWriter.pieceSize || underWay != nil || !held.isEmpty }

    /// Bytes that wait to be taken, those of held values left aside.
    public var waitingBytes: Int { stream.count + aside.count }

    /// Takes an entry.
    public func save(_ entry: Entry, database: Int) {
        if entry.treeBytes > SnapshotWriter.holdingSize { return hold(entry, database) }
        var value = ValueWriter(entry)
        if underWay == nil {
            select(database)
            writeHeader(entry, value.type, to: &stream)
            _ = value.write(to: &stream)
        } else {
            if asideDatabase != database { aside.select(database) }
            asideDatabase = database
            writeHeader(entry, value.type, to: &aside)
            _ = value.write(to: &aside)
        }
    }

    /// Takes an entry; a long string is written a bit at a time.
    public func begin(_ entry: Entry, database: Int) -> Bool {
        guard entry.isString, entry.stringCount > SnapshotWriter.pieceSize, underWay == nil else {
            save(entry, database: database)
            return true
        }
        let value = ValueWriter(entry)
        select(database)
        writeHeader(entry, value.type, to: &stream)
        underWay = value
        return false
    }

    /// Writes what is left of a long string.
    public func finish() {
        _ = underWay?.write(to: &stream)
        underWay = nil
        appendAside()
    }

    private func hold(_ entry: Entry, _ database: Int) {
        let value = ValueWriter(entry.type, sharedRoot: entry.sharedRoot())
        var header = RDBWriter(compresses: options.compresses)
        writeHeader(entry, value.type, to: &header)
        held.append(HeldValue(database: database, header: Array(header.bytes.buffer), value: value))
    }

    private func writeHeader(_ entry: Entry, _ type: RDBType, to writer: inout RDBWriter) {
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

    /// Writes on at large values, a slice's worth. Returns whether there is nothing left of them.
    public func writeHeld() -> Bool {
        if underWay == nil { beginHeld() }
        guard var value = underWay else { return true }
        underWay = nil
        if !value.write(to: &stream, most: SnapshotWriter.sliceSize) {
            underWay = value
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
        stream.raw(aside.bytes)
        aside.removeAll()
        streamDatabase = asideDatabase
        asideDatabase = -1
    }

    // MARK: Pieces

    /// What there is to be written to the file, if it is a piece's worth.
    public func takePiece() -> [UInt8]? { stream.count >= SnapshotWriter.pieceSize ? takeAll() : nil }

    private func takeAll() -> [UInt8] {
        if options.checks { checksum = CRC64.checksum(stream.bytes, from: checksum) }
        defer { stream.removeAll() }
        return Array(stream.bytes.buffer)
    }

    /// The last piece, after all keys.
    public func takeEnd() -> [UInt8] {
        precondition(underWay == nil && held.isEmpty)
        stream.opcode(.end)
        let piece = takeAll()
        return piece + withUnsafeBytes(of: checksum.littleEndian) { Array($0) }
    }
}

/// How a snapshot is written.
public struct SnapshotOptions: Sendable {
    /// What is told of the use of keys.
    public enum Access: Sendable {
        case none, idle, frequency
    }

    /// Whether long strings are compressed.
    public var compresses = true
    /// Whether the file ends with its checksum; otherwise that is zero.
    public var checks = true
    /// What is told of the use of keys.
    public var access = Access.none
    /// Names and values that stand at the beginning.
    public var facts: [(name: String, value: String)] = []
    /// The codes of libraries.
    public var libraries: [[UInt8]] = []

    /// The usual ones.
    public init() {}
}

extension Keyspace {
    /// Whether any hash has fields that expire.
    var hasExpiringFields: Bool { (0..<databaseCount).contains { (existing($0)?.expiringHashCount ?? 0) > 0 } }
}

extension RDBWriter {
    mutating func select(_ database: Int) {
        opcode(.selectDatabase)
        length(database)
    }
}
