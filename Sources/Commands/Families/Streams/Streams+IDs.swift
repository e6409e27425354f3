import Primitives
import RESP
import Storage
import Structures

// How IDs of stream entries are written by clients.

extension StreamID {
    /// Reads `milliseconds-sequence` or `milliseconds` alone, whose sequence is then `missing`; nil if it is neither.
    init?(_ text: Bytes, missing sequence: UInt64 = 0) {
        let text = text.untilZero
        if let dash = text.firstDash {
            guard let milliseconds = text[0..<dash].streamNumber, let sequence = text.dropFirst(dash + 1).streamNumber
            else { return nil }
            self.init(milliseconds, sequence)
        } else {
            guard let milliseconds = text.streamNumber else { return nil }
            self.init(milliseconds, sequence)
        }
    }

    /// Reads an ID that a command needs.
    init(argument: Bytes, missing sequence: UInt64 = 0) throws(CommandError) {
        guard let id = StreamID(argument, missing: sequence) else { throw .invalidStreamID }
        self = id
    }

    /// Reads one end of a range: also `-`, `+`, and an ID after `(`, which excludes it.
    init(start text: Bytes) throws(CommandError) {
        guard text.isExclusive else {
            self = try StreamID(unlessSign: text, missing: 0)
            return
        }
        guard let next = try StreamID(argument: text.dropFirst(1)).next else {
            throw .message("ERR invalid start ID for the interval")
        }
        self = next
    }

    /// As `init(start:)`, for the other end; without a sequence it is the last of its millisecond.
    init(end text: Bytes) throws(CommandError) {
        guard text.isExclusive else {
            self = try StreamID(unlessSign: text, missing: .max)
            return
        }
        guard let previous = try StreamID(argument: text.dropFirst(1), missing: .max).previous else {
            throw .message("ERR invalid end ID for the interval")
        }
        self = previous
    }

    private init(unlessSign text: Bytes, missing sequence: UInt64) throws(CommandError) {
        if text == "-" {
            self = .zero
        } else if text == "+" {
            self = .greatest
        } else {
            try self.init(argument: text, missing: sequence)
        }
    }
}

/// The ID that an entry shall get.
enum StreamIDRequest {
    /// `*`: by the time.
    case automatic
    /// `milliseconds-*`: the next in that millisecond.
    case milliseconds(UInt64)
    /// As it is given.
    case exact(StreamID)

    /// Reads it; errors as `StreamID(argument:)`.
    init(_ text: Bytes) throws(CommandError) {
        if text == "*" {
            self = .automatic
        } else if text.count > 2, text.dropFirst(text.count - 2) == "-*",
            let milliseconds = text[0..<text.count - 2].streamNumber
        {
            self = .milliseconds(milliseconds)
        } else {
            self = .exact(try StreamID(argument: text))
        }
    }

    /// The ID after `last`, at a time in milliseconds; nil where there is none that is higher.
    func resolve(after last: StreamID, now: Int64) -> StreamID? {
        switch self {
        case .automatic:
            let now = UInt64(max(0, now))
            return now > last.milliseconds ? StreamID(now, 0) : last.next
        case .milliseconds(let milliseconds):
            if milliseconds > last.milliseconds { return StreamID(milliseconds, 0) }
            guard milliseconds == last.milliseconds, last.sequence != .max else { return nil }
            return StreamID(milliseconds, last.sequence + 1)
        case .exact(let id):
            return id > last ? id : nil
        }
    }
}

extension Bytes {
    fileprivate var isExclusive: Bool { count > 1 && self[0] == UInt8(ascii: "(") }

    fileprivate var firstDash: Int? { buffer.firstIndex(of: UInt8(ascii: "-")) }

    /// What comes before the first zero byte, where the reference takes a text to end.
    fileprivate var untilZero: Bytes {
        guard let end = buffer.firstIndex(of: 0) else { return self }
        return self[0..<end]
    }

    /// A part of an ID. Beside plain numbers the reference takes what `strtoull` does: blanks and a sign before, zeros.
    fileprivate var streamNumber: UInt64? {
        guard count > 0, count < 128 else { return nil }
        if self[0] != UInt8(ascii: "0"), let plain = unsignedInteger { return plain }
        var start = 0
        while start < count, self[start] == 32 || self[start] >= 9 && self[start] <= 13 { start += 1 }
        guard start < count else { return nil }
        let isNegative = self[start] == UInt8(ascii: "-")
        if isNegative || self[start] == UInt8(ascii: "+") { start += 1 }
        guard let magnitude = dropFirst(start).digits else { return nil }
        // A plain negative number was recognized as such before.
        if isNegative, start == 1, magnitude <= 1 << 63, self[1] != UInt8(ascii: "0") { return nil }
        return isNegative ? 0 &- magnitude : magnitude
    }

    private var digits: UInt64? {
        guard count > 0 else { return nil }
        var start = 0
        while start + 1 < count, self[start] == UInt8(ascii: "0") { start += 1 }
        return dropFirst(start).unsignedInteger
    }
}

extension CommandError {
    static var invalidStreamID: CommandError { .message("ERR Invalid stream ID specified as stream command argument") }

    /// No such group of a key.
    static func noGroup(_ key: Bytes, _ group: Bytes) -> CommandError {
        .text("NOGROUP No such key '\(key.echoed())' or consumer group '\(group.echoed())'")
    }
}

extension ReplyWriter {
    /// An ID as a bulk string.
    @inline(__always)
    mutating func bulk(_ id: StreamID) {
        withUnsafeTemporaryAllocation(byteCount: StreamID.longestText, alignment: 8) { scratch in
            let count = id.write(to: scratch.baseAddress!)
            bulk(Bytes(base: UnsafeRawPointer(scratch.baseAddress!), count: count))
        }
    }

    /// A field's name or value.
    @inline(__always)
    mutating func bulk(_ text: StreamText) {
        switch text {
        case .bytes(let bytes): bulk(bytes)
        case .integer(let integer): bulk(integer)
        }
    }

    /// An entry: its ID, and names and values of its fields.
    @inline(__always)
    mutating func streamEntry(_ entry: StreamEntry) {
        array(2)
        bulk(entry.id)
        array(entry.fieldCount * 2)
        entry.forEachField { name, value in
            bulk(name)
            bulk(value)
        }
    }
}

extension EffectArguments {
    /// Appends an ID.
    mutating func append(_ id: StreamID) { Bytes.with(id.description) { append($0) } }
}
