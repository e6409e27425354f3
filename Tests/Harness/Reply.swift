// Harness: what the tests of whole processes share. It starts and ends servers and other programs, and talks to them
// over sockets with a RESP client of its own, so that nothing of Apus is used to test Apus. It imports Glibc only.

/// The bytes of an argument, a reply or a whole request.
public typealias Bytes = [UInt8]

/// One reply of a server, in RESP2 or RESP3. What the two protocols write differently stays different here.
///
/// The text of simple strings, errors, doubles and big numbers is decoded as Latin-1, so that no byte is lost and equal
/// replies are equal byte by byte.
public indirect enum Reply: Hashable, Sendable {
    case bulk(Bytes)
    case simple(String)
    case error(String)
    case integer(Int64)
    case double(String)
    case boolean(Bool)
    case bigNumber(String)
    case verbatim(format: String, Bytes)
    case array([Reply])
    case set([Reply])
    case map([Entry])
    case push([Reply])
    case attribute([Entry], Reply)
    /// `_`
    case null
    /// `$-1`
    case nullBulk
    /// `*-1`
    case nullArray

    /// A key of a map and what stands beside it.
    public struct Entry: Hashable, Sendable {
        /// The key.
        public let key: Reply
        /// The value.
        public let value: Reply

        /// An entry of a map.
        public init(key: Reply, value: Reply) {
            self.key = key
            self.value = value
        }
    }

    /// `+OK`
    public static let ok = Reply.simple("OK")

    /// A bulk string of the text's UTF-8.
    public static func text(_ text: String) -> Reply { .bulk(Bytes(text.utf8)) }

    /// The integer, if it is one.
    public var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The text of an error, without the leading `-`.
    public var errorText: String? {
        if case .error(let text) = self { text } else { nil }
    }

    /// The text of a simple, bulk or verbatim string.
    public var text: String? {
        switch self {
        case .bulk(let bytes), .verbatim(_, let bytes): String(decoding: bytes, as: UTF8.self)
        case .simple(let text): text
        default: nil
        }
    }

    /// The elements of an array, a set or a push.
    public var elements: [Reply]? {
        switch self {
        case .array(let elements), .set(let elements), .push(let elements): elements
        default: nil
        }
    }

    /// The entries of a map, or of an array of alternating keys and values, which is how RESP2 writes one.
    public var entries: [Entry]? {
        switch self {
        case .map(let entries):
            return entries
        case .array(let elements) where elements.count.isMultiple(of: 2):
            return stride(from: 0, to: elements.count, by: 2).map {
                Entry(key: elements[$0], value: elements[$0 + 1])
            }
        default:
            return nil
        }
    }

    /// What stands in a map under the key with this text.
    public subscript(key: String) -> Reply? {
        entries?.first { $0.key.text == key }?.value
    }

    /// Whether this is one of the three ways to say that there is nothing.
    public var isNull: Bool {
        switch self {
        case .null, .nullBulk, .nullArray: true
        default: false
        }
    }
}

extension Reply: CustomStringConvertible {
    /// The reply in one line, as a person reads it; long strings are cut.
    public var description: String {
        switch self {
        case .bulk(let bytes): quoted(bytes)
        case .simple(let text): "+\(text)"
        case .error(let text): "-\(text)"
        case .integer(let value): ":\(value)"
        case .double(let text): ",\(text)"
        case .boolean(let value): value ? "#t" : "#f"
        case .bigNumber(let text): "(\(text)"
        case .verbatim(let format, let bytes): "=\(format):\(quoted(bytes))"
        case .array(let elements): "[" + list(elements) + "]"
        case .set(let elements): "~[" + list(elements) + "]"
        case .push(let elements): ">[" + list(elements) + "]"
        case .map(let entries): "%{" + list(entries) + "}"
        case .attribute(let entries, let reply): "|{" + list(entries) + "} \(reply)"
        case .null: "_"
        case .nullBulk: "$-1"
        case .nullArray: "*-1"
        }
    }

    private func list(_ elements: [Reply]) -> String {
        elements.prefix(200).map(\.description).joined(separator: " ") + (elements.count > 200 ? " …" : "")
    }

    private func list(_ entries: [Entry]) -> String {
        entries.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }
}

/// The bytes between quotes, printable ones as they are and others as `\xHH`; what is longer than 300 bytes is cut.
public func quoted(_ bytes: some Sequence<UInt8>) -> String {
    var text = "\""
    var count = 0
    for byte in bytes {
        if count < 300 { text += escaped(byte) }
        count += 1
    }
    return text + (count > 300 ? "\"… (\(count) bytes)" : "\"")
}

private func escaped(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""): "\\\""
    case UInt8(ascii: "\\"): "\\\\"
    case UInt8(ascii: "\r"): "\\r"
    case UInt8(ascii: "\n"): "\\n"
    case 0x20..<0x7F: String(UnicodeScalar(byte))
    default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
