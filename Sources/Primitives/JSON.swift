/// A value that is written as JSON (RFC 8259); members keep their order.
public enum JSON: Equatable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case array([JSON])
    case object([Member])

    /// A name and what it stands for.
    public struct Member: Equatable, Sendable {
        var name: String
        var value: JSON

        /// A member.
        public init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// Texts, one after the other.
    public static func texts(_ texts: [String]) -> JSON { .array(texts.map { .text($0) }) }
    /// Text of any bytes: what is not UTF-8 becomes replacement characters.
    public static func bytes(_ bytes: [UInt8]) -> JSON { .text(String(decoding: bytes, as: UTF8.self)) }

    /// In one line.
    public var encoded: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let number): text += "\(number)"
        // There is no infinity in JSON.
        case .number(let number): text += number.isFinite ? "\(number)" : "null"
        case .text(let string): JSON.write(string, to: &text)
        case .array(let items): JSON.write(items, "[", "]", to: &text) { $0.write(to: &$1) }
        case .object(let members):
            JSON.write(members, "{", "}", to: &text) { member, text in
                JSON.write(member.name, to: &text)
                text += ":"
                member.value.write(to: &text)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item], _ open: String, _ close: String, to text: inout String, _ body: (Item, inout String) -> Void
    ) {
        text += open
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            body(item, &text)
        }
        text += close
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// See `JSON`.
    public init(stringLiteral value: String) { self = .text(value) }
    /// See `JSON`.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// See `JSON`.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// See `JSON`.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// See `JSON`.
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements.map { Member($0.0, $0.1) }) }
}
