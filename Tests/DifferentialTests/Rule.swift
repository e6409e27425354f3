import Harness

/// How the reply of Apus is held against that of redis-server.
enum Rule: Equatable {
    /// The same bytes.
    case exact
    /// The same elements in any order, at every depth.
    case unordered
    /// The same kind of reply: both errors, both integers, and so on.
    case type
    /// The same kind at every depth, and the same number of elements.
    case shape
    /// Anything that is a reply.
    case ignore
    /// Numbers may be written otherwise as long as they are the same doubles; all else is the same.
    case numbers
    /// Integers may differ by so much; all else is the same.
    case about(Int)
    /// Errors have the same first word; other replies are of the same kind.
    case prefix
    /// Every key of the map stands in the map of Apus as well.
    case keys
    /// The first line and the last two lines of a HELP are the same.
    case help
    /// Every field name of a text of `name=value` stands in that of Apus too, in the same order.
    case fields
    /// The name of an encoding: the same, or that of 7.2, which keeps small lists and sets as listpacks.
    case encoding
    /// The command answers nothing, so nothing is read.
    case noReply
    /// Nothing is sent, one reply is read.
    case read
    /// As `read`: a line of MONITOR that is the same but for the time and the client's address.
    case monitor
    /// Records of the slow log with the same arguments and names of clients.
    case slowLog
    /// Lines of CLIENT LIST that say the same of what clients are doing.
    case client
    /// A text of INFO with the same value of one field.
    case information(field: String)

    init(_ text: String) throws {
        switch text {
        case "exact": self = .exact
        case "unordered": self = .unordered
        case "type": self = .type
        case "shape": self = .shape
        case "ignore": self = .ignore
        case "numbers": self = .numbers
        case "prefix": self = .prefix
        case "keys": self = .keys
        case "help": self = .help
        case "fields": self = .fields
        case "encoding": self = .encoding
        case "noreply": self = .noReply
        case "read": self = .read
        case "monitor": self = .monitor
        case "slowlog": self = .slowLog
        case "client": self = .client
        case _ where text.hasPrefix("info:"): self = .information(field: String(text.dropFirst(5)))
        default:
            guard text.hasPrefix("about:"), let bound = Int(text.dropFirst(6)) else {
                throw HarnessError.unreadable("the rule @\(text)")
            }
            self = .about(bound)
        }
    }

    /// Whether the reply is what the expected one allows.
    func allows(_ reply: Reply, expected: Reply) -> Bool {
        switch self {
        case .exact, .read: reply == expected
        case .unordered: reply.sorted == expected.sorted
        case .type: reply.kind == expected.kind
        case .shape: reply.hasShape(of: expected)
        case .ignore, .noReply: true
        case .numbers: reply.hasNumbers(of: expected)
        case .about(let bound): reply.isAbout(expected, within: bound)
        case .prefix: reply.kind == expected.kind && reply.firstWord == expected.firstWord
        case .keys: reply.hasKeys(of: expected)
        case .help: reply.hasFrame(of: expected)
        case .fields: reply.hasFields(of: expected)
        case .monitor: reply.monitored != nil && reply.monitored == expected.monitored
        case .slowLog: reply.slowCommands != nil && reply.slowCommands == expected.slowCommands
        case .client: reply.clientStates != nil && reply.clientStates == expected.clientStates
        case .information(let field):
            reply.information(field) != nil && reply.information(field) == expected.information(field)
        case .encoding: reply == expected || reply.isNewerEncoding(than: expected)
        }
    }
}

extension Reply {
    /// A name for the kind of reply that tells every two kinds apart.
    var kind: String {
        switch self {
        case .bulk: "bulk"
        case .simple: "simple"
        case .error: "error"
        case .integer: "integer"
        case .double: "double"
        case .boolean: "boolean"
        case .bigNumber: "big number"
        case .verbatim(let format, _): "verbatim \(format)"
        case .array: "array"
        case .set: "set"
        case .map: "map"
        case .push: "push"
        case .attribute: "attribute"
        case .null: "null"
        case .nullBulk: "null bulk"
        case .nullArray: "null array"
        }
    }

    fileprivate var firstWord: String? {
        errorText?.split(separator: " ").first.map(String.init)
    }

    /// The same reply with the elements of every array, set and map in an order of their own.
    fileprivate var sorted: Reply {
        switch self {
        case .array(let elements): .array(Reply.sort(elements))
        case .set(let elements): .set(Reply.sort(elements))
        case .push(let elements): .push(Reply.sort(elements))
        case .map(let entries): .map(entries.sorted { $0.key.description < $1.key.description })
        default: self
        }
    }

    private static func sort(_ elements: [Reply]) -> [Reply] {
        elements.map(\.sorted).sorted { $0.description < $1.description }
    }

    /// Everything inside, in order; empty for what is no collection.
    fileprivate var children: [Reply] {
        switch self {
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .attribute(let entries, let reply): entries.flatMap { [$0.key, $0.value] } + [reply]
        default: elements ?? []
        }
    }

    fileprivate func hasShape(of expected: Reply) -> Bool {
        kind == expected.kind && children.count == expected.children.count
            && zip(children, expected.children).allSatisfy { $0.hasShape(of: $1) }
    }

    fileprivate func hasNumbers(of expected: Reply) -> Bool {
        if self == expected { return true }
        if let mine = number, let other = expected.number { return kind == expected.kind && mine == other }
        return kind == expected.kind && !children.isEmpty && children.count == expected.children.count
            && zip(children, expected.children).allSatisfy { $0.hasNumbers(of: $1) }
    }

    private var number: Double? {
        if case .double(let text) = self { return Double(text) }
        return text.flatMap(Double.init)
    }

    fileprivate func isAbout(_ expected: Reply, within bound: Int) -> Bool {
        if let mine = integer, let other = expected.integer {
            // TTLs say -1 and -2 for "none"; those are no amounts.
            return mine == other || (mine >= 0 && other >= 0 && (mine - other).magnitude <= bound)
        }
        guard !children.isEmpty else { return self == expected }
        return kind == expected.kind && children.count == expected.children.count
            && zip(children, expected.children).allSatisfy { $0.isAbout($1, within: bound) }
    }

    fileprivate func hasKeys(of expected: Reply) -> Bool {
        guard kind == expected.kind, let entries, let others = expected.entries else { return false }
        return Set(others.map(\.key)).isSubset(of: Set(entries.map(\.key)))
    }

    fileprivate func hasFrame(of expected: Reply) -> Bool {
        guard let lines = elements, let others = expected.elements, lines.count > 2, others.count > 2 else {
            return false
        }
        return lines.allSatisfy { $0.kind == others[0].kind } && lines[0] == others[0]
            && lines.suffix(2) == others.suffix(2)
    }

    fileprivate func isNewerEncoding(than expected: Reply) -> Bool {
        let older = expected.text
        return kind == expected.kind && text == "listpack" && (older == "quicklist" || older == "hashtable")
    }

    fileprivate func hasFields(of expected: Reply) -> Bool {
        guard kind == expected.kind, let text, let other = expected.text else { return false }
        let names = Set(fieldNames(other))
        return fieldNames(text).filter(names.contains) == fieldNames(other)
    }
}

/// The names of the first line of a text such as CLIENT LIST's.
private func fieldNames(_ text: String) -> [String] {
    let line = text.split { $0.isNewline }.first ?? ""
    return line.split(separator: " ").compactMap { $0.split(separator: "=").first.map(String.init) }
}
