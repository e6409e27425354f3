/// Text in UTF-8: names, paths, addresses.
struct TextKind: OneWordKind {
    /// Whether no text means that there is none, so that a file has no line for it.
    let emptyIsUnset: Bool

    let typeName = "text"

    func read(_ word: [UInt8]) throws(Refusal) -> String {
        guard !word.contains(0), let text = String(validating: word, as: UTF8.self) else {
            throw Refusal("argument must be text in UTF-8")
        }
        return text
    }

    func text(_ value: String) -> [UInt8] { Array(value.utf8) }

    func lines(_ value: String) -> [[UInt8]] {
        emptyIsUnset && value.isEmpty ? [] : [Words.quoted(text(value))]
    }
}

/// Bytes of any kind: passwords. None means that there is no password.
struct SecretKind: OneWordKind {
    let typeName = "bytes"

    func read(_ word: [UInt8]) throws(Refusal) -> [UInt8] { word }
    func text(_ value: [UInt8]) -> [UInt8] { value }
    func lines(_ value: [UInt8]) -> [[UInt8]] { value.isEmpty ? [] : [Words.quoted(value)] }
}
