import Primitives
import RESP

/// Where the keys of a command stand among its arguments, and what is done with them.
public struct KeySpecification: Sendable {
    /// Where the search begins.
    public enum Begin: Sendable {
        /// At an argument's index.
        case index(Int)
        /// After a word that is searched from an index on; negative counts from the end, backwards.
        case keyword(StaticString, from: Int)
        /// Only the command itself knows.
        case unknown
    }

    /// Which arguments from there on are keys.
    public enum Find: Sendable {
        /// Each `step`-th up to `last`, counted from the beginning; negative from the end; of a negative `last` with
        /// `limit` n only the n-th part.
        case range(last: Int, step: Int, limit: Int)
        /// As many as the argument at `index` says, beginning at `first`, each `step`-th.
        case count(index: Int, first: Int, step: Int)
        case unknown
    }

    /// What is done with the key: read only, read and written, overwritten, removed; and to its data.
    public struct Flags: OptionSet, Sendable {
        /// The bits.
        public let rawValue: UInt16
        /// From bits.
        public init(rawValue: UInt16) { self.rawValue = rawValue }
        /// The key's data is only read.
        public static let readOnly = Flags(rawValue: 1 << 0)
        /// It is read and changed.
        public static let readWrite = Flags(rawValue: 1 << 1)
        /// It is replaced without being read.
        public static let overwrite = Flags(rawValue: 1 << 2)
        /// It is removed.
        public static let remove = Flags(rawValue: 1 << 3)
        /// Its data reaches the client or decides the reply.
        public static let access = Flags(rawValue: 1 << 4)
        /// It may be changed.
        public static let update = Flags(rawValue: 1 << 5)
        /// Something may be added to it.
        public static let insert = Flags(rawValue: 1 << 6)
        /// Something may be removed from it.
        public static let delete = Flags(rawValue: 1 << 7)
        /// The argument is not a key but goes where a key would.
        public static let notKey = Flags(rawValue: 1 << 8)
        /// There may be keys that this does not find.
        public static let incomplete = Flags(rawValue: 1 << 9)
        /// The flags depend on the arguments.
        public static let variableFlags = Flags(rawValue: 1 << 10)

        /// The flags with their names, in the reference's order.
        public static let names: [(Flags, String)] = [
            (.readOnly, "RO"), (.readWrite, "RW"), (.overwrite, "OW"), (.remove, "RM"), (.access, "access"),
            (.update, "update"), (.insert, "insert"), (.delete, "delete"), (.notKey, "not_key"),
            (.incomplete, "incomplete"), (.variableFlags, "variable_flags"),
        ]
    }

    /// Where the search begins.
    public let begin: Begin
    /// Which arguments from there on are keys.
    public let find: Find
    /// What is done with the keys.
    public let flags: Flags

    /// A specification in the general form.
    public init(_ begin: Begin, _ find: Find, _ flags: Flags) {
        self.begin = begin
        self.find = find
        self.flags = flags
    }

    /// One key, at an index.
    public static func key(_ index: Int, _ flags: Flags) -> KeySpecification {
        KeySpecification(.index(index), .range(last: 0, step: 1, limit: 0), flags)
    }

    /// All arguments from an index on, each `step`-th.
    public static func keys(from index: Int, step: Int = 1, _ flags: Flags) -> KeySpecification {
        KeySpecification(.index(index), .range(last: -1, step: step, limit: 0), flags)
    }

    /// The indices of the keys among `arguments`; nil where they cannot be told, or the arguments do not fit.
    public func indices(in arguments: Arguments) -> [Int]? {
        guard let first = firstIndex(in: arguments) else { return nil }
        if first < 0 { return [] }
        switch find {
        case .unknown: return nil
        case .range(let last, let step, let limit):
            guard let end = end(of: last, from: first, limit: limit, count: arguments.count) else { return nil }
            return Array(stride(from: first, through: end, by: step))
        case .count(let index, let offset, let step):
            return counted(arguments, at: first + index, from: first + offset, step: step)
        }
    }

    private func end(of last: Int, from first: Int, limit: Int, count: Int) -> Int? {
        let end: Int
        if last >= 0 {
            end = first + last
        } else if limit > 1 {
            end = first + ((count - first) / limit + last)
        } else {
            end = count + last
        }
        return end >= first && end < count ? end : nil
    }

    private func counted(_ arguments: Arguments, at index: Int, from start: Int, step: Int) -> [Int]? {
        guard index < arguments.count, let number = arguments[index].integer, number >= 1,
            number <= Int64(arguments.count)
        else { return nil }
        let end = start + (Int(number) - 1) * step
        guard end < arguments.count else { return nil }
        return Array(stride(from: start, through: end, by: step))
    }

    /// Where the search begins: -1 where the keyword is missing, nil where nobody knows.
    private func firstIndex(in arguments: Arguments) -> Int? {
        switch begin {
        case .unknown: return nil
        case .index(let index): return index < arguments.count ? index : nil
        case .keyword(let word, let from):
            let start = from > 0 ? from : arguments.count + from
            var index = start
            while index > 0, index < arguments.count {
                if arguments[index].equals(lowercasing: word) { return index + 1 < arguments.count ? index + 1 : -1 }
                index += from > 0 ? 1 : -1
            }
            return -1
        }
    }
}

extension Bytes {
    /// Whether these bytes are those of `word`, in any mixture of cases on both sides.
    func equals(lowercasing word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        for index in 0..<count where Bytes.lowercased(self[index]) != Bytes.lowercased(word.utf8Start[index]) {
            return false
        }
        return true
    }
}
