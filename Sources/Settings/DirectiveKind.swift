/// A type of directive: how its value is read, shown and written.
protocol DirectiveKind<Value>: Sendable {
    associatedtype Value: Equatable & Sendable

    /// The type in words, for documentation.
    var typeName: String { get }
    /// The values in words, for documentation; empty where any will do.
    var valueRange: String { get }
    /// Whether the value is a list of words; otherwise it is exactly one.
    var takesSeveralWords: Bool { get }

    /// The value that `words` say. `old` is the value so far, and `isRepeated` tells that an earlier line gave it.
    func read(_ words: [[UInt8]], over old: Value, isRepeated: Bool) throws(Refusal) -> Value
    /// The value as CONFIG GET shows it, which `read` understands.
    func text(_ value: Value) -> [UInt8]
    /// What a file says after the directive, one element a line.
    func lines(_ value: Value) -> [[UInt8]]
}

extension DirectiveKind {
    var valueRange: String { "" }
    var takesSeveralWords: Bool { false }
    func lines(_ value: Value) -> [[UInt8]] { [text(value)] }
}

/// A kind whose value is one word and depends on nothing else.
protocol OneWordKind<Value>: DirectiveKind {
    /// The value that `word` says.
    func read(_ word: [UInt8]) throws(Refusal) -> Value
}

extension OneWordKind {
    func read(_ words: [[UInt8]], over old: Value, isRepeated: Bool) throws(Refusal) -> Value { try read(words[0]) }
}

/// A kind whose value is a list of words and depends on nothing else.
protocol ListKind<Value>: DirectiveKind {
    /// The value that `words` say.
    func read(_ words: [[UInt8]]) throws(Refusal) -> Value
    /// The words that say `value`.
    func words(_ value: Value) -> [String]
}

extension ListKind {
    var takesSeveralWords: Bool { true }
    func read(_ words: [[UInt8]], over old: Value, isRepeated: Bool) throws(Refusal) -> Value { try read(words) }
    func text(_ value: Value) -> [UInt8] { Array(words(value).joined(separator: " ").utf8) }

    func lines(_ value: Value) -> [[UInt8]] {
        let words = text(value)
        return [words.isEmpty ? Array("\"\"".utf8) : words]
    }
}
