// Access: users, the rules that say what they may do, and whether they may: pure values that know nothing of sessions or
// requests. Imports Primitives, and Crypto for SHA-256.
//
//   User            a name, passwords, selectors; the first selector is the root, to which plain rules apply
//   Selector        commands, key patterns and channel patterns that are allowed together
//   UserList        all users; reads and writes the file of users
//   AccessLog       what was refused of late

import Primitives

/// The commands there are, as far as rules concern them. A command is known by its index.
public struct CommandCatalogue: Sendable {
    /// One command or subcommand.
    public struct Entry: Sendable {
        let name: String
        let subcommands: Range<Int>
        let isSubcommand: Bool
        let categories: UInt64

        /// - Parameters:
        ///   - name: in full and in lower case: `get`, `config|set`.
        ///   - subcommands: the indices of the subcommands; empty where there are none.
        ///   - isSubcommand: whether it is one itself.
        ///   - categories: a bit for each, by its place among those of the catalogue.
        public init(name: String, subcommands: Range<Int>, isSubcommand: Bool, categories: UInt64) {
            self.name = name
            self.subcommands = subcommands
            self.isSubcommand = isSubcommand
            self.categories = categories
        }
    }

    let entries: [Entry]
    private let indices: [String: Int]
    private let categories: [String]

    /// - Parameters:
    ///   - entries: every command, by index.
    ///   - categories: the names of all categories, without the `@`.
    public init(entries: [Entry], categories: [String]) {
        self.entries = entries
        self.categories = categories
        indices = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    }

    /// The number of commands, subcommands counted.
    public var count: Int { entries.count }

    /// The index of the command with a full name, in any case.
    public func index(named name: ArraySlice<UInt8>) -> Int? { indices[name.lowercasedText] }

    /// The category with a name in any case, without the `@`; nil where there is none.
    func category(named name: ArraySlice<UInt8>) -> String? {
        let name = name.lowercasedText
        return categories.contains(name) ? name : nil
    }

    /// The commands of a category.
    func commands(of category: String) -> [Int] {
        guard let place = categories.firstIndex(of: category) else { return [] }
        return entries.indices.filter { entries[$0].categories & 1 << UInt64(place) != 0 }
    }
}
