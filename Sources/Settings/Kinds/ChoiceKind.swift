import Primitives

/// One word of several, which are the raw values of an enumeration.
struct ChoiceKind<Value>: OneWordKind
where Value: CaseIterable & RawRepresentable<String> & Equatable & Sendable {
    let typeName = "choice"
    var valueRange: String { Value.allCases.map(\.rawValue).joined(separator: ", ") }

    func read(_ word: [UInt8]) throws(Refusal) -> Value {
        guard let value = Value(rawValue: word.lowercased.text) else {
            throw Refusal("argument(s) must be one of the following: \(valueRange)")
        }
        return value
    }

    func text(_ value: Value) -> [UInt8] { Array(value.rawValue.utf8) }
}
