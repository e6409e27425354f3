import Primitives

/// A reply as a client sees it, in RESP2 or RESP3.
public indirect enum Reply: Equatable, Sendable {
    case simple(String)
    case error(String)
    case integer(Int64)
    case bulk([UInt8])
    /// `$-1`, `*-1` and `_` alike.
    case null
    case array([Reply])
    case map([Pair])
    case set([Reply])
    case push([Reply])
    case double(String)
    case boolean(Bool)
    case bigNumber(String)
    case verbatim(format: String, text: String)
    case attributed([Pair], Reply)

    /// A key and a value of a map, in the order of the wire.
    public struct Pair: Equatable, Sendable {
        /// The key.
        public let key: Reply
        /// The value.
        public let value: Reply

        /// A pair.
        public init(_ key: Reply, _ value: Reply) {
            self.key = key
            self.value = value
        }
    }

    /// A bulk string of text.
    public static func text(_ text: String) -> Reply { .bulk(Array(text.utf8)) }
}

/// What is wrong with bytes that should have been a reply.
public struct ReplyError: Error, Equatable {
    /// What is wrong.
    public let reason: String
}

/// Cuts replies out of bytes as they come.
public struct ReplyParser {
    private var bytes: [UInt8] = []
    private var start = 0

    /// A parser that has seen nothing.
    public init() {}

    /// Adds bytes that have arrived.
    public mutating func append(_ more: Bytes) { bytes.append(more) }

    /// Bytes that have not been used.
    public var pending: Int { bytes.count - start }

    /// The next whole reply; nil until more bytes come.
    public mutating func next() throws(ReplyError) -> Reply? {
        var position = start
        guard let reply = try parse(&position, depth: 0) else { return nil }
        start = position
        if start > 64 << 10 {
            bytes.removeFirst(start)
            start = 0
        }
        return reply
    }

    private func parse(_ position: inout Int, depth: Int) throws(ReplyError) -> Reply? {
        guard depth < 128 else { throw ReplyError(reason: "nested too deep") }
        guard let line = line(&position) else { return nil }
        guard let type = line.first else { throw ReplyError(reason: "empty line") }
        let rest = String(decoding: line.dropFirst(), as: UTF8.self)
        switch type {
        case UInt8(ascii: "+"): return .simple(rest)
        case UInt8(ascii: "-"): return .error(rest)
        case UInt8(ascii: ":"): return .integer(try number(rest))
        case UInt8(ascii: ","): return .double(rest)
        case UInt8(ascii: "("): return .bigNumber(rest)
        case UInt8(ascii: "#"): return .boolean(rest == "t")
        case UInt8(ascii: "_"): return .null
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"): return try bulk(type, try number(rest), &position)
        default: return try aggregate(type, try number(rest), &position, depth)
        }
    }

    private func line(_ position: inout Int) -> ArraySlice<UInt8>? {
        guard let end = bytes[position...].firstIndex(of: 0x0D), end + 1 < bytes.count else { return nil }
        defer { position = end + 2 }
        return bytes[position..<end]
    }

    private func number(_ text: String) throws(ReplyError) -> Int64 {
        guard let value = Int64(text) else { throw ReplyError(reason: "no number: \(text)") }
        return value
    }

    private func bulk(_ type: UInt8, _ count: Int64, _ position: inout Int) throws(ReplyError) -> Reply? {
        if count < 0 { return .null }
        guard bytes.count - position - 2 >= count else { return nil }
        let body = bytes[position..<position + Int(count)]
        position += Int(count) + 2
        switch type {
        case UInt8(ascii: "="):
            return .verbatim(
                format: String(decoding: body.prefix(3), as: UTF8.self),
                text: String(decoding: body.dropFirst(4), as: UTF8.self))
        case UInt8(ascii: "!"): return .error(String(decoding: body, as: UTF8.self))
        default: return .bulk(Array(body))
        }
    }

    private func aggregate(
        _ type: UInt8, _ count: Int64, _ position: inout Int, _ depth: Int
    ) throws(ReplyError) -> Reply? {
        guard "*~>%|".utf8.contains(type) else { throw ReplyError(reason: "unknown type \(type)") }
        if count < 0 { return .null }
        guard count <= Int64(Int32.max) else { throw ReplyError(reason: "too many elements: \(count)") }
        let isPaired = type == UInt8(ascii: "%") || type == UInt8(ascii: "|")
        var items: [Reply] = []
        for _ in 0..<count * (isPaired ? 2 : 1) {
            guard let item = try parse(&position, depth: depth + 1) else { return nil }
            items.append(item)
        }
        let pairs = isPaired ? stride(from: 0, to: items.count, by: 2).map { Reply.Pair(items[$0], items[$0 + 1]) } : []
        switch type {
        case UInt8(ascii: "*"): return .array(items)
        case UInt8(ascii: "~"): return .set(items)
        case UInt8(ascii: ">"): return .push(items)
        case UInt8(ascii: "%"): return .map(pairs)
        case UInt8(ascii: "|"):
            guard let reply = try parse(&position, depth: depth + 1) else { return nil }
            return .attributed(pairs, reply)
        default: throw ReplyError(reason: "unknown type \(type)")
        }
    }
}
