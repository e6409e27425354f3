import Primitives

/// `yes` or `no`.
struct FlagKind: OneWordKind {
    let typeName = "flag"
    let valueRange = "yes, no"

    func read(_ word: [UInt8]) throws(Refusal) -> Bool {
        switch word.lowercased.text {
        case "yes": return true
        case "no": return false
        default: throw Refusal("argument must be 'yes' or 'no'")
        }
    }

    func text(_ value: Bool) -> [UInt8] { Array((value ? "yes" : "no").utf8) }
}
