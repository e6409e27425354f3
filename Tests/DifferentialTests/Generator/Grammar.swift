import Harness

/// An argument of a command as COMMAND DOCS describes it.
struct GrammarArgument {
    enum Kind: String {
        case key, string, integer, double, pattern
        case unixTime = "unix-time"
        case pureToken = "pure-token"
        case oneOf = "oneof"
        case block
    }

    var name: String
    var kind: Kind
    var token: String?
    var isOptional: Bool
    var isMultiple: Bool
    /// Whether the token stands before each repetition and not once before all.
    var repeatsToken: Bool
    var parts: [GrammarArgument]

    init(_ description: Reply) throws {
        guard let name = description["name"]?.text, let type = description["type"]?.text,
            let kind = Kind(rawValue: type)
        else { throw HarnessError.unreadable("the argument \(description)") }
        let flags = Set((description["flags"]?.elements ?? []).compactMap(\.text))
        self.name = name
        self.kind = kind
        token = description["token"]?.text
        isOptional = flags.contains("optional")
        isMultiple = flags.contains("multiple")
        repeatsToken = flags.contains("multiple_token")
        parts = try (description["arguments"]?.elements ?? []).map(GrammarArgument.init)
    }
}

/// A command and its arguments.
struct GrammarCommand {
    var name: String
    var arguments: [GrammarArgument]
}

/// The grammar of the commands that both servers have and that can be compared blindly.
func readGrammar(of pair: ServerPair) throws -> [GrammarCommand] {
    guard let entries = try pair.oracle.administer("COMMAND", "DOCS").entries else {
        throw HarnessError.malformed("COMMAND DOCS")
    }
    return try entries.sorted { $0.key.description < $1.key.description }.compactMap { entry in
        guard let name = entry.key.text, isComparable(name, group: entry.value["group"]?.text ?? "") else { return nil }
        guard try pair.apus.knows(name) else { return nil }
        let arguments = try (entry.value["arguments"]?.elements ?? []).map(GrammarArgument.init)
        return GrammarCommand(name: name, arguments: arguments)
    }
}

private let comparableGroups: Set = ["string", "generic", "bitmap", "hash", "list", "set", "sorted-set", "hyperloglog"]

/// Commands whose mistakes redis-server 7.0 does not see where the key is missing, and 7.2 and Apus do; and those that
/// have an option more.
private let stricter: Set = ["bitcount", "bitpos", "zrank", "zrevrank"]

/// Commands of those groups that block, that choose at random, that need another server, or whose replies are a
/// server's own.
private let excluded: Set = [
    "randomkey", "spop", "srandmember", "hrandfield", "zrandmember", "dump", "restore", "restore-asking", "migrate",
    "wait", "waitaof", "object", "sort", "sort_ro", "blpop", "brpop", "blmove", "brpoplpush", "blmpop", "bzpopmin",
    "bzpopmax", "bzmpop", "zrangebylex", "zrevrangebylex", "zlexcount", "zremrangebylex", "pfdebug", "pfselftest",
    "sscan", "hscan", "zscan", "scan",
]

private func isComparable(_ name: String, group: String) -> Bool {
    comparableGroups.contains(group) && !excluded.contains(name) && !stricter.contains(name)
}
