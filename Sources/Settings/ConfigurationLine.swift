import Primitives

/// Where a line of the configuration stands, and what it says.
public struct SourceLine: Equatable, Sendable {
    /// The name of the file, or `command line`.
    public let file: String
    /// The number of the line in its file, from 1.
    public let number: Int
    /// The line without the blanks around it.
    public let text: String

    /// From its parts.
    public init(file: String, number: Int, text: String) {
        self.file = file
        self.number = number
        self.text = text
    }
}

/// A line that is kept for somebody else to carry out: its words without the directive, and where it stands, for an
/// error about it. Two are equal if their words are.
public struct ConfigurationLine: Equatable, Sendable {
    /// The words after the directive (after and including it where the directive is a module's), unquoted.
    public let words: [[UInt8]]
    /// Where the line stands.
    public let source: SourceLine

    /// From its parts.
    public init(words: [[UInt8]], source: SourceLine) {
        self.words = words
        self.source = source
    }

    /// Equal in every part.
    public static func == (left: ConfigurationLine, right: ConfigurationLine) -> Bool { left.words == right.words }

    /// The words as text; what is not UTF-8 becomes replacement characters.
    public var texts: [String] { words.map { String(decoding: $0, as: UTF8.self) } }
}

/// A text to read directives from.
public struct ConfigurationText: Sendable {
    /// The name of the file, for errors.
    public let name: String
    /// What the file says.
    public let bytes: [UInt8]

    /// From its parts.
    public init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// From its parts.
    public init(name: String, _ text: String) { self.init(name: name, bytes: Array(text.utf8)) }
}

extension Array where Element == UInt8 {
    /// The lines without the blanks around them.
    var trimmedLines: [[UInt8]] {
        split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            let start = line.firstIndex { !$0.isBlank } ?? line.endIndex
            let end = line.lastIndex { !$0.isBlank } ?? line.startIndex
            return start < line.endIndex ? Array(line[start...end]) : []
        }
    }

    /// The bytes with ASCII letters in lower case.
    var lowercased: [UInt8] { map(Bytes.lowercased) }

    /// The bytes as text, with replacement characters for what is not UTF-8.
    var text: String { String(decoding: self, as: UTF8.self) }
}

extension UInt8 {
    /// A blank at the edge of a line.
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0D }
}
