import Settings

/// One line of the log, and the forms in which it is written:
///
///     legacy  4711:M 21 Nov 2026 09:33:07.123 * Ready
///     logfmt  pid=4711 role=primary timestamp="21 Nov 2026 09:33:07.123" level=notice message="Ready"
///     json    {"pid":4711,"role":"primary","timestamp":"21 Nov 2026 09:33:07.123","level":"notice","message":"Ready"}
///
/// M is a primary, S a replica. Whatever a client has sent can neither end a line nor reach a terminal: control characters are written as escapes.
struct LogLine {
    var processID: Int32
    /// Whether a replica writes it.
    var isReplica = false
    var time: LogTime
    var level: LogLevel
    var message: String
    /// What is said beside the message, in order.
    var fields: [(name: String, value: String)] = []

    /// Bytes of a message, or of a field, that are written.
    static let longestText = 4096

    /// The line with its line break.
    func text(_ format: LogFormat, _ timestamp: LogTimestampFormat) -> String {
        let time = time.text(timestamp)
        switch format {
        case .legacy: return "\(processID):\(isReplica ? "S" : "M") \(time) \(level.mark) \(plainMessage)\n"
        case .logfmt: return pairs(time).map { "\($0.name)=\($0.value.logfmt)" }.joined(separator: " ") + "\n"
        case .json: return "{" + pairs(time).map { "\"\($0.name)\":\($0.value.json)" }.joined(separator: ",") + "}\n"
        }
    }

    /// The message and the fields as people read them.
    var plainMessage: String {
        ([message.escaped(.plain)] + fields.map { "\($0.name.asName)=\($0.value.escaped(.plain))" })
            .joined(separator: " ")
    }

    private func pairs(_ time: String) -> [(name: String, value: LogValue)] {
        [
            ("pid", .number(Int(processID))), ("role", .word(isReplica ? "replica" : "primary")),
            ("timestamp", .text(time)),
            ("level", .word(level.word)), ("message", .text(message)),
        ] + fields.map { ($0.name.asName, .text($0.value)) }
    }
}

/// A value in a line of pairs.
private enum LogValue {
    case number(Int)
    /// Of letters only.
    case word(String)
    case text(String)

    var logfmt: String {
        switch self {
        case .number(let number): String(number)
        case .word(let word): word
        case .text(let text): "\"\(text.escaped(.quoted))\""
        }
    }

    var json: String {
        if case .number(let number) = self { return String(number) }
        if case .word(let word) = self { return "\"\(word)\"" }
        return logfmt
    }
}

extension LogLevel {
    /// The character that stands for the level.
    var mark: Character {
        switch self {
        case .debug: "."
        case .verbose: "-"
        case .notice: "*"
        case .warning, .nothing: "#"
        }
    }

    /// The word that stands for the level in lines of pairs.
    var word: String { self == .verbose ? "info" : rawValue }

    /// Whether messages of this level are written where `threshold` is set.
    func isWanted(at threshold: LogLevel) -> Bool { rank >= threshold.rank && self != .nothing }

    private var rank: Int { LogLevel.allCases.firstIndex(of: self) ?? 0 }
}

// MARK: Escapes

private enum Escaping {
    /// Control characters only.
    case plain
    /// As within the quotes of JSON, which logfmt shares.
    case quoted
}

extension String {
    fileprivate func escaped(_ escaping: Escaping) -> String {
        var text = ""
        for scalar in String(decoding: utf8.prefix(LogLine.longestText), as: UTF8.self).unicodeScalars {
            text += scalar.escaped(escaping)
        }
        return text
    }

    /// A name that cannot be taken for anything else: letters, digits, and what is usual between them.
    fileprivate var asName: String {
        let name = utf8.prefix(64).map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                byte
            default: UInt8(ascii: "_")
            }
        }
        return String(decoding: name, as: UTF8.self)
    }
}

extension UnicodeScalar {
    fileprivate func escaped(_ escaping: Escaping) -> String {
        switch self {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\"", "\\": return escaping == .quoted ? "\\\(self)" : String(self)
        default: break
        }
        guard value < 0x20 || (0x7F...0x9F).contains(value) || (0x2028...0x202E).contains(value) else {
            return String(self)
        }
        let digits = String(value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}
