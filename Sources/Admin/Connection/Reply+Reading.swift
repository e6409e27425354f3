import Primitives
import RESP

extension Reply {
    /// Text of any kind.
    var string: String? {
        switch self {
        case .simple(let text), .double(let text), .bigNumber(let text), .verbatim(_, let text): text
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        case .integer(let number): String(number)
        case .boolean(let value): value ? "1" : "0"
        case .attributed(_, let reply): reply.string
        case .error, .null, .array, .map, .set, .push: nil
        }
    }

    /// An integer, also where it is text.
    var number: Int? {
        if case .integer(let number) = self { return Int(number) }
        return string.flatMap { Int($0) }
    }

    var errorText: String? {
        if case .error(let text) = self { return text }
        return nil
    }

    /// The elements of an array, a set or a push.
    var elements: [Reply] {
        switch self {
        case .array(let items), .set(let items), .push(let items): items
        case .map(let pairs): pairs.flatMap { [$0.key, $0.value] }
        case .attributed(_, let reply): reply.elements
        case .simple, .error, .integer, .bulk, .null, .double, .boolean, .bigNumber, .verbatim: []
        }
    }

    /// A map, also as a flat array, by the text of its keys.
    var fields: [String: Reply] {
        let items = elements
        var fields: [String: Reply] = [:]
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            if let name = items[index].string { fields[name] = items[index + 1] }
        }
        return fields
    }

    /// The fields of INFO and CLUSTER INFO.
    var infoFields: [String: String] {
        var fields: [String: String] = [:]
        for line in (string ?? "").split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
        return fields
    }

    var isOK: Bool { self == .simple("OK") }

    /// As redis-cli would show it, one line for each value.
    var lines: [String] {
        switch self {
        case .null: ["(nil)"]
        case .error(let text): ["(error) \(text)"]
        case .integer(let number): ["(integer) \(number)"]
        case .array(let items), .set(let items), .push(let items):
            items.isEmpty ? ["(empty array)"] : ClusterTool.numbered(items.map(\.lines))
        case .map(let pairs): pairs.flatMap { pair in zip2(pair.key.lines, pair.value.lines) }
        case .attributed(_, let reply): reply.lines
        case .simple, .bulk, .double, .boolean, .bigNumber, .verbatim:
            (string ?? "").split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
        }
    }

    private func zip2(_ key: [String], _ value: [String]) -> [String] {
        guard value.count == 1 else { return key.map { $0 + ":" } + value.map { "  " + $0 } }
        return [key.joined(separator: " ") + ": " + value[0]]
    }

    var json: JSON {
        switch self {
        case .null: .null
        case .error(let text): ["error": .text(text)]
        case .integer(let number): .integer(Int(number))
        case .boolean(let value): .boolean(value)
        case .double(let text): Double(text).map { .number($0) } ?? .text(text)
        case .array(let items), .set(let items), .push(let items): .array(items.map(\.json))
        case .map(let pairs): .object(pairs.map { JSON.Member($0.key.string ?? "", $0.value.json) })
        case .attributed(_, let reply): reply.json
        case .simple, .bulk, .bigNumber, .verbatim: .text(string ?? "")
        }
    }
}

extension ClusterTool {
    /// Elements with their numbers, what follows their first lines moved in.
    static func numbered(_ items: [[String]]) -> [String] {
        items.enumerated().flatMap { index, lines in
            let mark = "\(index + 1)) "
            let room = String(repeating: " ", count: mark.count)
            return lines.enumerated().map { ($0.offset == 0 ? mark : room) + $0.element }
        }
    }
}
