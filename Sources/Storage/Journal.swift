import Primitives

/// Somebody who follows all changes: the append-only file, a slot migration.
public protocol JournalReader: AnyObject {
    /// Takes the bytes (whole commands in RESP) that end at `offset`.
    func read(_ bytes: Bytes, endingAt offset: Int64)
    /// Takes bytes that count in the offset and carry no data: a primary's PING, or its wish for an acknowledgement.
    func readControl(_ bytes: Bytes, endingAt offset: Int64)
}

extension JournalReader {
    /// Most readers want data only.
    public func readControl(_ bytes: Bytes, endingAt offset: Int64) {}
}

/// The one ordered record of changes: effects, that is, commands that give the same data set wherever they are replayed.
///
///     command ─ gather ─▶ block: │ written │ gathered ─ commit ─▶ written │ ─▶ readers, keeper
///
/// 1. The effects of a command or a transaction are gathered and appended at its end, at once: alone as they are, several
///    between MULTI and EXEC, with SELECT where the database differs from that of the last effect.
/// 2. `offset` counts the bytes ever appended; it is the replication offset.
/// 3. Without a reader or keeper nothing is written, and the history begins anew with the next one: `historyNumber` then
///    differs, so that nobody resumes over a gap.
/// 4. Effects are written once, into the block where the keeper keeps them. Without a keeper the block is used again.
/// 5. While the journal follows another's, it is that one's bytes, unchanged; what the node changes by itself is left out.
public struct Journal {
    /// Bytes appended so far.
    public private(set) var offset: Int64 = 0
    /// The offset behind the last byte that carries data: whoever has all up to there has all data.
    public private(set) var dataOffset: Int64 = 0
    /// Rises whenever changes went by unwritten.
    public private(set) var historyNumber = 0
    /// Whether effects are wanted: somebody reads, and the journal is the node's own.
    @usableFromInline private(set) var gathersEffects = false
    /// Whether the journal is another's, unchanged.
    public private(set) var isFollowing = false
    /// Whether anybody reads, or keeps what is written.
    public var isRead: Bool { !readers.isEmpty || keeper != nil }
    private var readers: [any JournalReader] = []
    private var keeper: (any JournalKeeper)?
    private var block = JournalBlock(capacity: Journal.ownBlockSize, start: 0)
    /// What was gathered; it stands behind what is written.
    private var gathered: EffectMemory?
    private var gatheredCount = 0
    private var firstDatabase = 0
    private var lastDatabase = 0
    /// The database that readers have selected; nil after one has joined.
    private var selected: Int?

    private var blockSize = Journal.ownBlockSize

    /// Bytes of a block where nobody keeps what was written.
    private static let ownBlockSize = 16 << 10

    private var room: EffectMemory { block.room(orElse: blockSize) }

    /// The database in which the next effect is carried out by readers, if it names none; nil where it will name one.
    public var selectedDatabase: Int? { selected }

    // MARK: Readers

    /// Adds a reader, who is told everything from here on, beginning with a SELECT of its own.
    public mutating func attach(_ reader: any JournalReader) {
        if !isRead { historyNumber += 1 }
        readers.append(reader)
        adoptReaders()
        selectAnew(reader)
    }

    /// Removes a reader.
    public mutating func detach(_ reader: any JournalReader) {
        readers.removeAll { $0 === reader }
        adoptReaders()
    }

    /// Has what is written from here on kept, beginning with a new block.
    public mutating func attach(keeper: any JournalKeeper) {
        if !isRead { historyNumber += 1 }
        self.keeper = keeper
        adoptReaders()
        beginBlock()
        if !isFollowing { selected = nil }
    }

    /// Has nothing kept any more.
    public mutating func detachKeeper() {
        keeper = nil
        adoptReaders()
        beginBlock()
    }

    /// Removes all readers in the middle of a command, of whose changes they hear nothing: the process ends before it does.
    public mutating func detachAll() {
        readers = []
        keeper = nil
        adoptReaders()
    }

    private mutating func adoptReaders() {
        gathersEffects = isRead && !isFollowing
        if !gathersEffects { discard() }
    }

    /// Has the next effect name its database, for whoever goes on from a cut.
    public mutating func selectAnew() { if !isFollowing { selected = nil } }

    /// Has the next effect name its database, for a reader that goes on in another place. Where the bytes are another's,
    /// the reader alone is told, and it does not count.
    public mutating func selectAnew(_ reader: any JournalReader) {
        guard isFollowing else { return selectAnew() }
        var bytes: [UInt8] = []
        EffectArguments.append(2, to: &bytes) { Journal.writeSelect(&$0, selected ?? 0) }
        bytes.withBytes { reader.read($0, endingAt: offset) }
    }

    // MARK: Gathering

    /// Gathers one effect, whose arguments `write` appends.
    @inline(__always)
    mutating func gather(database: Int, argumentCount: Int, _ write: (inout EffectArguments) -> Void) {
        if gatheredCount == 0 { firstDatabase = database } else if database != lastDatabase { gatherSelect(database) }
        lastDatabase = database
        gatheredCount += 1
        var arguments = EffectArguments(gathered ?? room, expected: argumentCount)
        write(&arguments)
        gathered = arguments.finish()
    }

    @inline(never)
    private mutating func gatherSelect(_ database: Int) {
        var arguments = EffectArguments(gathered ?? room, expected: 2)
        Journal.writeSelect(&arguments, database)
        gathered = arguments.finish()
    }

    private static func writeSelect(_ arguments: inout EffectArguments, _ database: Int) {
        arguments.append("SELECT")
        arguments.append(Int64(database))
    }

    private mutating func discard() {
        if let gathered, gathered.isReplaced { _ = JournalBlock(taking: gathered, start: offset) }
        gathered = nil
        gatheredCount = 0
    }

    /// Ends a command or a transaction: what has been gathered goes to the readers.
    @inline(__always)
    mutating func commit() {
        if gatheredCount > 0 { commitGathered() }
    }

    @inline(never)
    private mutating func commitGathered() {
        guard var memory = gathered else { return }
        if gatheredCount > 1 || selected != firstDatabase { wrap(&memory) }
        selected = lastDatabase
        gathered = nil
        gatheredCount = 0
        publish(memory, isControl: false)
    }

    /// Puts MULTI and EXEC around several effects, and SELECT in front of all.
    private func wrap(_ memory: inout EffectMemory) {
        var front: [UInt8] = []
        if selected != firstDatabase {
            EffectArguments.append(2, to: &front) { Journal.writeSelect(&$0, firstDatabase) }
        }
        if gatheredCount > 1 {
            front.append(text: "*1\r\n$5\r\nMULTI\r\n")
            memory.append(Bytes("*1\r\n$4\r\nEXEC\r\n"))
        }
        front.withBytes { memory.insert($0, at: 0) }
    }

    // MARK: Publishing

    /// Makes what stands behind the written part, or in memory of its own, a written part.
    private mutating func publish(_ memory: EffectMemory, isControl: Bool) {
        if memory.isReplaced { adopt(JournalBlock(taking: memory, start: offset)) }
        block.count += memory.count
        offset += Int64(memory.count)
        if !isControl { dataOffset = offset }
        if !readers.isEmpty { tell(memory, isControl) }
        if keeper == nil { rewind() }
    }

    private func tell(_ memory: EffectMemory, _ isControl: Bool) {
        let bytes = Bytes(base: memory.base, count: memory.count)
        for reader in readers {
            if isControl {
                reader.readControl(bytes, endingAt: offset)
            } else {
                reader.read(bytes, endingAt: offset)
            }
        }
    }

    /// Nobody keeps what was written: the block is used again, unless a large effect has made it large.
    private mutating func rewind() {
        if block.capacity > 64 * Journal.ownBlockSize { return beginBlock() }
        block.count = 0
    }

    private mutating func beginBlock() {
        blockSize = keeper?.blockSize ?? Journal.ownBlockSize
        adopt(JournalBlock(capacity: blockSize, start: offset))
    }

    private mutating func adopt(_ fresh: JournalBlock) {
        block = fresh
        guard let keeper else { return }
        blockSize = keeper.blockSize
        keeper.keep(fresh)
    }

    /// Appends bytes that carry no data, between two transactions. Another's journal has such bytes of its own.
    public mutating func appendControl(_ bytes: Bytes) {
        guard gathersEffects else { return }
        commit()
        append(bytes, isControl: true)
    }

    private mutating func append(_ bytes: Bytes, isControl: Bool) {
        var memory = room
        memory.append(bytes)
        publish(memory, isControl: isControl)
    }

    // MARK: Following

    /// From here on the journal is another's, which stands at `offset` and has selected a database.
    public mutating func follow(_ offset: Int64, database: Int) {
        isFollowing = true
        adoptReaders()
        selected = database
        move(to: offset)
    }

    /// From here on the journal is the node's own again, and goes on from where it is.
    public mutating func stopFollowing() {
        isFollowing = false
        selected = nil
        adoptReaders()
    }

    /// Appends bytes of the journal that is followed: whole commands or transactions, as they came.
    /// - Parameter database: the one that is selected behind them.
    public mutating func appendFollowed(_ bytes: Bytes, isControl: Bool, database: Int) {
        precondition(isFollowing, "the journal is the node's own")
        selected = database
        if isRead { return append(bytes, isControl: isControl) }
        offset += Int64(bytes.count)
        if !isControl { dataOffset = offset }
    }

    /// Goes on at another offset, as after a restart.
    public mutating func move(to offset: Int64) {
        precondition(gatheredCount == 0, "a transaction is under way")
        guard offset != self.offset else { return }
        (self.offset, dataOffset) = (offset, offset)
        beginBlock()
    }
}
