import Primitives
import Settings

/// The arguments of a command that nobody else may see: secrets, and who has them.
enum Redaction: Equatable {
    case nothing
    /// From an argument on.
    case rest(from: Int)
    case some([Int])

    /// What stands in the place of an argument that is hidden.
    static let text = "(redacted)"

    func hides(_ index: Int) -> Bool {
        switch self {
        case .nothing: false
        case .rest(let first): index >= first
        case .some(let indexes): indexes.contains(index)
        }
    }
}

extension Node {
    /// What of a request is kept out of the slow log and from monitors.
    func redaction(_ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>) -> Redaction {
        switch commands.fullNames[record.pointee.index] {
        case "auth": .rest(from: 1)
        case "acl|setuser": .rest(from: 2)
        case "hello": .some(arguments.indexes(after: "auth", 2, from: 2))
        case "migrate":
            .some(arguments.indexes(after: "auth", 1, from: 6) + arguments.indexes(after: "auth2", 2, from: 6))
        case "config|set":
            .some(stride(from: 3, to: arguments.count, by: 2).filter { isSecretDirective(arguments[$0 - 1]) })
        default: .nothing
        }
    }

    private func isSecretDirective(_ name: Bytes) -> Bool {
        DirectiveTable.named(String(name))?.traits.contains(.sensitive) ?? false
    }
}

extension Arguments {
    /// The places of the `count` arguments after each `word`.
    fileprivate func indexes(after word: StaticString, _ count: Int, from first: Int) -> [Int] {
        guard first < self.count else { return [] }
        return (first..<self.count).filter { self[$0].equals(ignoringCase: word) }
            .flatMap { place in (place + 1..<place + 1 + count).filter { $0 < self.count } }
    }
}
