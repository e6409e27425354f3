import Primitives

/// Somebody who follows all changes: a replica's link, the append-only file, a slot migration.
public protocol JournalReader: AnyObject {
    /// Takes the bytes (whole commands in RESP) that end at `offset`.
    func read(_ bytes: Bytes, endingAt offset: Int64)
}

/// The one ordered record of changes: effects, that is, commands that give the same data set wherever they are replayed.
///
/// 1. The effects of a command or a transaction are gathered and appended at its end, at once: alone as they are, several
///    between MULTI and EXEC, with SELECT where the database differs from that of the last effect.
/// 2. `offset` counts the bytes ever appended; it is the replication offset.
/// 3. Without a reader nothing is written, and the history begins anew with the next reader: `historyNumber` then differs,
///    so that nobody resumes over a gap.
public struct Journal {
    /// Bytes appended so far.
    public private(set) var offset: Int64 = 0
    /// Rises whenever changes went by unwritten.
    public private(set) var historyNumber = 0
    /// Whether anybody reads; effects are only made if so.
    @usableFromInline private(set) var isAttached = false
    private var readers: [any JournalReader] = []
    private var gathered: [UInt8] = []
    private var gatheredCount = 0
    private var firstDatabase = 0
    private var lastDatabase = 0
    /// The database that readers have selected; nil after one has joined.
    private var selected: Int?

    /// Adds a reader, who is told everything from here on, beginning with a SELECT of its own.
    public mutating func attach(_ reader: any JournalReader) {
        if readers.isEmpty { historyNumber += 1 }
        readers.append(reader)
        isAttached = true
        selected = nil
    }

    /// Removes a reader.
    public mutating func detach(_ reader: any JournalReader) {
        readers.removeAll { $0 === reader }
        isAttached = !readers.isEmpty
        if !isAttached { discard() }
    }

    /// Removes all readers in the middle of a command, of whose changes they hear nothing: the process ends before it does.
    public mutating func detachAll() {
        readers = []
        isAttached = false
        discard()
    }

    /// Has the next effect name its database, for a reader that goes on in another place.
    public mutating func selectAnew() { selected = nil }

    /// Gathers one effect, whose arguments `write` appends.
    mutating func gather(database: Int, argumentCount: Int, _ write: (inout EffectArguments) -> Void) {
        if gatheredCount == 0 {
            firstDatabase = database
        } else if database != lastDatabase {
            select(database, in: &gathered)
        }
        lastDatabase = database
        gatheredCount += 1
        var arguments = EffectArguments(bytes: gathered, expected: argumentCount)
        gathered = []
        write(&arguments)
        gathered = arguments.finish()
    }

    private func select(_ database: Int, in bytes: inout [UInt8]) {
        var arguments = EffectArguments(bytes: bytes, expected: 2)
        arguments.append("SELECT")
        arguments.append(Int64(database))
        bytes = arguments.finish()
    }

    private mutating func discard() {
        gathered.removeAll()
        gatheredCount = 0
    }

    /// Ends a command or a transaction: what has been gathered goes to the readers.
    mutating func commit() {
        guard gatheredCount > 0 else { return }
        var bytes: [UInt8] = []
        if selected != firstDatabase { select(firstDatabase, in: &bytes) }
        if gatheredCount > 1 { bytes.append(text: "*1\r\n$5\r\nMULTI\r\n") }
        bytes.append(contentsOf: gathered)
        if gatheredCount > 1 { bytes.append(text: "*1\r\n$4\r\nEXEC\r\n") }
        selected = lastDatabase
        discard()
        offset += Int64(bytes.count)
        bytes.withBytes { view in for reader in readers { reader.read(view, endingAt: offset) } }
    }
}

/// The arguments of one effect, written as a RESP array.
public struct EffectArguments {
    private var bytes: [UInt8]
    private let expected: Int
    private var written = 0

    init(bytes: [UInt8], expected: Int) {
        self.bytes = bytes
        self.expected = expected
        self.bytes.append(text: "*\(expected)\r\n")
    }

    /// Appends a command of `count` arguments, which `write` appends, to bytes.
    public static func append(_ count: Int, to bytes: inout [UInt8], _ write: (inout EffectArguments) -> Void) {
        var arguments = EffectArguments(bytes: bytes, expected: count)
        bytes = []
        write(&arguments)
        bytes = arguments.finish()
    }

    /// Appends an argument.
    public mutating func append(_ argument: Bytes) {
        bytes.append(text: "$\(argument.count)\r\n")
        bytes.append(argument)
        bytes.append(text: "\r\n")
        written += 1
    }

    /// Appends a word.
    public mutating func append(_ word: StaticString) { append(Bytes(word)) }

    /// Appends a number's text.
    public mutating func append(_ number: Int64) { Bytes.with(String(number)) { append($0) } }

    func finish() -> [UInt8] {
        precondition(written == expected, "an effect has as many arguments as it announced")
        return bytes
    }
}
