import Primitives
import RESP
import Storage
import Structures

let streamReadCommands: [Command] = [
    Command(
        "xread", .stream, since: "5.0.0", arity: -4, [.readonly, .blocking, .movablekeys],
        keys: [
            KeySpecification(
                .keyword("STREAMS", from: 1), .range(last: -1, step: 1, limit: 2), [.readOnly, .access])
        ],
        syntax: """
            [COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] [BLOCK milliseconds] STREAMS key [key ...] ID [ID ...]
            """,
        complexity: "O(M) with M entries returned.",
        summary: "Lists entries of streams after an ID of each, and waits for some if it is told to.", run: xread),
    Command(
        "xreadgroup", .stream, since: "5.0.0", arity: -7, [.write, .blocking, .movablekeys],
        keys: [
            KeySpecification(
                .keyword("STREAMS", from: 4), .range(last: -1, step: 1, limit: 2), [.readOnly, .access])
        ],
        syntax: """
            GROUP group consumer [COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] [BLOCK milliseconds] \
            [CLAIM min-idle-time] [NOACK] STREAMS key [key ...] ID [ID ...]
            """,
        complexity: "O(M) with M entries returned.",
        summary:
            "Gives entries that no other consumer of the group has got, or those that this one has not acknowledged.",
        run: xreadgroup),
]

/// What XREAD and XREADGROUP are told.
struct StreamReadOptions {
    /// The most entries of each stream.
    private(set) var most = Int.max
    /// The most entries of all streams; nil for no limit.
    private var mostInAll: Int?
    /// The bytes of a reply that no entry but the first may exceed.
    private var mostBytes = Int.max
    /// Whether to wait.
    private(set) var blocks = false
    /// Until when; nil for ever.
    private(set) var deadline: Int64?
    /// Whether entries are taken for acknowledged at once.
    private(set) var acknowledges = false
    /// For how many milliseconds entries must not have been acknowledged to be claimed; nil for not claiming any.
    private(set) var claimIdle: Int64?
    /// The arguments that are the group and the consumer; nil without.
    private(set) var groupIndex: Int?
    /// The first argument that is a key.
    private(set) var firstKey = 0
    /// The number of keys, and of IDs.
    private(set) var keyCount = 0

    init(_ call: Call, isGroup: Bool) throws(CommandError) {
        var reader = call.options(from: 1)
        while firstKey == 0 {
            if reader.isAtEnd { throw .syntax }
            try readOption(&reader, call, isGroup)
        }
        if isGroup, groupIndex == nil { throw .message("ERR Missing GROUP option for XREADGROUP") }
        if let mostInAll, most != .max, mostInAll < most {
            throw .message("ERR MAXCOUNT must be greater than or equal to COUNT")
        }
    }

    /// What all streams together may give, in a reply that has `written` bytes so far.
    func budget(_ written: Int) -> StreamReadBudget {
        StreamReadBudget(entries: mostInAll ?? .max, bytes: mostBytes, start: written)
    }

    private mutating func readOption(
        _ reader: inout ArgumentReader, _ call: Call, _ isGroup: Bool
    ) throws(CommandError) {
        if let count = try reader.integer(after: "count") {
            most = count > 0 ? Int(count) : .max
        } else if let count = try reader.integer(after: "maxcount") {
            mostInAll = try StreamReadOptions.positive(count)
        } else if let size = try reader.integer(after: "maxsize") {
            mostBytes = try StreamReadOptions.positive(size)
        } else if isGroup, let idle = try reader.integer(after: "claim") {
            if idle < 0 { throw .message("ERR min-idle-time must be a non-negative integer") }
            claimIdle = idle
        } else if try reader.value(after: "block") != nil {
            deadline = try call.deadline(milliseconds: reader.position - 1)
            blocks = true
        } else if reader.remaining >= 2, reader.take("streams") {
            try readKeys(reader, isGroup)
        } else if reader.remaining >= 3, reader.take("group") {
            if !isGroup { throw StreamReadOptions.onlyOfGroups("GROUP") }
            groupIndex = reader.position
            _ = (try reader.next(), try reader.next())
        } else if reader.take("noack") {
            if !isGroup { throw StreamReadOptions.onlyOfGroups("NOACK") }
            acknowledges = true
        } else {
            throw .syntax
        }
    }

    private mutating func readKeys(_ reader: ArgumentReader, _ isGroup: Bool) throws(CommandError) {
        guard reader.remaining % 2 == 0 else {
            throw .text(
                """
                ERR Unbalanced '\(isGroup ? "xreadgroup" : "xread")' list of streams: for each stream key an ID or \
                '\(isGroup ? ">" : "$")' must be specified.
                """)
        }
        firstKey = reader.position
        keyCount = reader.remaining / 2
    }

    private static func positive(_ number: Int64) throws(CommandError) -> Int {
        guard number > 0 else { throw .message("ERR value is out of range, must be positive") }
        return Int(number)
    }

    private static func onlyOfGroups(_ option: String) -> CommandError {
        .text("ERR The \(option) option is only supported by XREADGROUP. You called XREAD instead.")
    }

    /// The arguments that are keys.
    var keys: Range<Int> { firstKey..<firstKey + keyCount }
}

/// What may still be written of a reply whose size was limited.
struct StreamReadBudget {
    /// Entries that may still be written.
    private(set) var entries: Int
    private let bytes: Int
    private let start: Int
    private var isUntouched = true

    init(entries: Int, bytes: Int, start: Int) {
        self.entries = entries
        self.bytes = bytes
        self.start = start
    }

    /// Whether anything may still be written.
    var isLeft: Bool { entries > 0 }

    /// Takes note of an entry that was written from `mark` on. One that makes the reply too long is taken back, unless it
    /// is the first, and nothing may follow: false.
    mutating func admits(_ reply: inout ReplyWriter, from mark: Int) -> Bool {
        if reply.count - start > bytes, !isUntouched {
            reply.truncate(to: mark)
            entries = 0
            return false
        }
        isUntouched = false
        entries -= 1
        return true
    }
}

extension ReplyWriter {
    /// What was found in streams, whose number `body` returns: a map by keys, or pairs.
    mutating func streams(_ body: (inout ReplyWriter) -> Int) {
        version == .resp3 ? deferredMap(body) : deferredArray(body)
    }

    /// The key of a stream, which its entries follow.
    mutating func streamKey(_ key: Bytes) {
        if version == .resp2 { array(2) }
        bulk(key)
    }
}

// MARK: Without a group

private func xread(_ call: inout Call) throws(CommandError) {
    let options = try StreamReadOptions(call, isGroup: false)
    for index in options.keys { try checkRead(call, index, call.arguments[index + options.keyCount]) }
    var found = 0
    for index in options.keys where call.after(index, options) != nil { found += 1 }
    if found == 0 { return waitForEntries(call, options) }
    var budget = options.budget(call.reply.count)
    let thisCall = call
    call.reply.streams { reply in
        var served = 0
        for index in options.keys where budget.isLeft {
            guard let (stream, id) = thisCall.after(index, options), let start = id.next else { continue }
            let mark = reply.count
            reply.streamKey(thisCall.arguments[index])
            if writeEntries(&reply, stream, from: start, most: options.most, &budget) > 0 {
                served += 1
            } else {
                reply.truncate(to: mark)
            }
        }
        return served
    }
}

private func writeEntries(
    _ reply: inout ReplyWriter, _ stream: StreamValue, from start: StreamID, most: Int,
    _ budget: inout StreamReadBudget
) -> Int {
    var entries = stream.entries(from: start)
    var written = 0
    reply.deferredArray { reply in
        while written < most, budget.isLeft, let entry = entries.next() {
            let mark = reply.count
            reply.streamEntry(entry)
            if !budget.admits(&reply, from: mark) { break }
            written += 1
        }
        return written
    }
    return written
}

private func checkRead(_ call: Call, _ index: Int, _ id: Bytes) throws(CommandError) {
    _ = try call.read(call.key(index), as: StreamValue.self)
    if id == ">" {
        throw .message(
            """
            ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.
            """)
    }
    if id == "$" || id == "+" { return }
    _ = try StreamID(argument: id)
}

private func waitForEntries(_ call: Call, _ options: StreamReadOptions) {
    guard options.blocks else { return call.reply.nullArray() }
    var replacements: [Int: [UInt8]] = [:]
    for index in options.keys where call.arguments[index + options.keyCount] == "$" {
        let last = call.streamView(index)?.lastID ?? .zero
        replacements[index + options.keyCount] = Array(last.description.utf8)
    }
    call.block(on: options.keys, for: .stream, until: options.deadline, replacing: replacements) { $0.nullArray() }
}

extension Call {
    /// The stream of a key, whose type has been looked at.
    func streamView(_ index: Int) -> StreamValue? {
        guard let entry = keyspace.live(key(index), database), entry.type == .stream else { return nil }
        return entry.view(as: StreamValue.self)
    }

    /// The stream of a key and the ID after which to read, if there is an entry.
    fileprivate func after(_ index: Int, _ options: StreamReadOptions) -> (stream: StreamValue, id: StreamID)? {
        guard let stream = streamView(index), let last = stream.lastEntry?.id else { return nil }
        let text = arguments[index + options.keyCount]
        if text == "$" { return nil }
        let id = text == "+" ? last.previous ?? .zero : StreamID(text) ?? .greatest
        return id < last ? (stream, id) : nil
    }
}
