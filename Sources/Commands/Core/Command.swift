// Commands: what a command is, how requests become calls, and the families. A session is a machine: bytes in, bytes out;
// no socket, no clock, no file. Imports RESP, Storage, Settings, Access and what lies below.
import Primitives

/// What a command does: reads its arguments, works on the keyspace, writes one reply. A thrown error becomes the reply.
public typealias CommandBody = @Sendable (inout Call) throws(CommandError) -> Void

/// One command, or subcommand: the only source for dispatch, arity, flags, key positions, ACL categories, COMMAND, COMMAND
/// DOCS and the documentation.
public struct Command: Sendable {
    /// The name in lower case; of a subcommand, only its own word.
    public let name: String
    /// The family.
    public let group: CommandGroup
    /// The version of the reference, or of whoever had it first, that brought the command.
    public let since: String
    /// The number of arguments, the name counted; negative for "at least".
    public let arity: Int
    /// What dispatch must know.
    public let flags: CommandFlags
    /// Categories beyond those that follow from flags and group.
    public let categories: [CommandCategory]
    /// Where its keys stand.
    public let keys: [KeySpecification]
    /// The arguments in the usual notation: `key [NX|XX] [EX seconds]`.
    public let syntax: String
    /// The time it takes, as the order of its arguments.
    public let complexity: String
    /// What it does, in a sentence.
    public let summary: String
    /// Hints for clients and proxies.
    public let tips: [String]
    /// Since when it is replaced; nil if it is not.
    public let deprecation: Deprecation?
    /// Commands that the second argument chooses.
    public let subcommands: [Command]
    /// The body.
    public let run: CommandBody
    /// Whether it takes memory with some arguments, where its flags do not say that it does; nil for never.
    public var takesMemory: (@Sendable (Node, Arguments) -> Bool)?
    /// Whether it writes with some arguments, where its flags do not say that it does; nil for never.
    public var mayWrite: (@Sendable (Node, Arguments) -> Bool)?

    /// Since when, and by what, a command is replaced.
    public struct Deprecation: Sendable {
        /// The version that replaced it.
        public let since: String
        /// What to use instead.
        public let replacement: String

        /// A deprecation.
        public init(since: String, replacement: String) {
            self.since = since
            self.replacement = replacement
        }
    }

    /// A command with a body; with subcommands too, the body is for when none is named.
    public init(
        _ name: String, _ group: CommandGroup, since: String, arity: Int, _ flags: CommandFlags = [],
        _ categories: [CommandCategory] = [], keys: [KeySpecification] = [], syntax: String = "", complexity: String,
        summary: String, tips: [String] = [], deprecated: Deprecation? = nil, subcommands: [Command] = [],
        run: @escaping CommandBody
    ) {
        self.name = name
        self.group = group
        self.since = since
        self.arity = arity
        self.flags = flags
        self.categories = categories
        self.keys = keys
        self.syntax = syntax
        self.complexity = complexity
        self.summary = summary
        self.tips = tips
        self.deprecation = deprecated
        self.subcommands = subcommands
        self.run = run
    }

    /// A command that only leads to its subcommands.
    public init(_ name: String, _ group: CommandGroup, since: String, summary: String, subcommands: [Command]) {
        self.name = name
        self.group = group
        self.since = since
        self.arity = -2
        self.flags = []
        self.categories = []
        self.keys = []
        self.syntax = ""
        self.complexity = "Depends on subcommand."
        self.summary = summary
        self.tips = []
        self.deprecation = nil
        self.subcommands = subcommands
        self.run = { call throws(CommandError) in throw .unknownSubcommand(call.arguments[1], of: call.arguments[0]) }
    }
}

/// The family a command belongs to.
public enum CommandGroup: String, Sendable, CaseIterable {
    case generic, string, list, set, sortedSet = "sorted-set", hash, pubsub, transactions, connection, server, scripting
    case hyperloglog, cluster, sentinel, geo, stream, bitmap
}

/// What dispatch must know of a command.
public struct CommandFlags: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt32
    /// From its parts.
    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// May change the data set.
    public static let write = CommandFlags(rawValue: 1 << 0)
    /// Only reads keys.
    public static let readonly = CommandFlags(rawValue: 1 << 1)
    /// May need memory, so it is refused where none is left.
    public static let denyoom = CommandFlags(rawValue: 1 << 2)
    /// For operators.
    public static let admin = CommandFlags(rawValue: 1 << 3)
    /// Part of messaging.
    public static let pubsub = CommandFlags(rawValue: 1 << 4)
    /// Not from scripts.
    public static let noscript = CommandFlags(rawValue: 1 << 5)
    /// May block the client.
    public static let blocking = CommandFlags(rawValue: 1 << 6)
    /// Allowed while the data set is loaded.
    public static let loading = CommandFlags(rawValue: 1 << 7)
    /// Allowed on a replica with stale data.
    public static let stale = CommandFlags(rawValue: 1 << 8)
    /// Not shown to monitors.
    public static let skipMonitor = CommandFlags(rawValue: 1 << 9)
    /// Not recorded when slow.
    public static let skipSlowlog = CommandFlags(rawValue: 1 << 10)
    /// Allowed on a slot that is being imported.
    public static let asking = CommandFlags(rawValue: 1 << 11)
    /// Constant or logarithmic time.
    public static let fast = CommandFlags(rawValue: 1 << 12)
    /// Allowed before authentication.
    public static let noAuth = CommandFlags(rawValue: 1 << 13)
    /// Keys cannot be found by index alone.
    public static let movablekeys = CommandFlags(rawValue: 1 << 14)
    /// Refused while a replica loads beside serving.
    public static let noAsyncLoading = CommandFlags(rawValue: 1 << 15)
    /// Refused in a transaction.
    public static let noMulti = CommandFlags(rawValue: 1 << 16)
    /// Allowed while a script is busy.
    public static let allowBusy = CommandFlags(rawValue: 1 << 17)
    /// May have effects without writing keys; not shown to clients.
    public static let mayReplicate = CommandFlags(rawValue: 1 << 18)
    /// May come without the keys its specification names.
    public static let noMandatoryKeys = CommandFlags(rawValue: 1 << 19)
    /// Only where a directive allows it (`enable-debug-command`); not shown to clients.
    public static let protected = CommandFlags(rawValue: 1 << 20)
    /// Runs at once inside a transaction instead of being queued; not shown to clients.
    public static let transactional = CommandFlags(rawValue: 1 << 21)
    /// Allowed to a client of RESP2 that has subscribed to something; not shown to clients.
    public static let subscribedMode = CommandFlags(rawValue: 1 << 24)

    /// The flags that clients see, with their names, in the reference's order.
    public static let names: [(CommandFlags, String)] = [
        (.write, "write"), (.readonly, "readonly"), (.denyoom, "denyoom"), (.admin, "admin"), (.pubsub, "pubsub"),
        (.noscript, "noscript"), (.blocking, "blocking"), (.loading, "loading"), (.stale, "stale"),
        (.skipMonitor, "skip_monitor"), (.skipSlowlog, "skip_slowlog"), (.asking, "asking"), (.fast, "fast"),
        (.noAuth, "no_auth"), (.noMandatoryKeys, "no_mandatory_keys"), (.noAsyncLoading, "no_async_loading"),
        (.noMulti, "no_multi"), (.movablekeys, "movablekeys"), (.allowBusy, "allow_busy"),
    ]
}

/// An ACL category.
public enum CommandCategory: String, Sendable, CaseIterable {
    case keyspace, read, write, set, sortedset, list, hash, string, bitmap, hyperloglog, geo, stream, pubsub, admin,
        fast
    case slow, blocking, dangerous, connection, transaction, scripting

    /// One bit for each, by its place among all.
    var bit: UInt64 { 1 << UInt64(CommandCategory.order.firstIndex(of: self)!) }
    private static let order = allCases
}

extension Command {
    /// All categories, those that follow from the flags and the group included.
    public var allCategories: [CommandCategory] {
        let bits = categoryBits
        return CommandCategory.allCases.filter { bits & $0.bit != 0 }
    }

    /// The bits of all categories.
    var categoryBits: UInt64 {
        var bits: UInt64 = 0
        for category in categories { bits |= category.bit }
        if flags.contains(.write) { bits |= CommandCategory.write.bit }
        if flags.contains(.readonly), group != .scripting { bits |= CommandCategory.read.bit }
        if flags.contains(.admin) { bits |= CommandCategory.admin.bit | CommandCategory.dangerous.bit }
        if flags.contains(.pubsub) { bits |= CommandCategory.pubsub.bit }
        bits |= flags.contains(.fast) ? CommandCategory.fast.bit : CommandCategory.slow.bit
        if flags.contains(.blocking) { bits |= CommandCategory.blocking.bit }
        if subcommands.isEmpty, let own = groupCategory { bits |= own.bit }
        return bits
    }

    private var groupCategory: CommandCategory? {
        switch group {
        case .string: .string
        case .bitmap: .bitmap
        case .list: .list
        case .set: .set
        case .sortedSet: .sortedset
        case .hash: .hash
        case .stream: .stream
        case .hyperloglog: .hyperloglog
        case .geo: .geo
        case .transactions: .transaction
        case .connection: .connection
        case .scripting: .scripting
        // Of messaging the flag tells.
        case .generic, .server, .pubsub, .cluster, .sentinel: nil
        }
    }

    /// The argument that is the first key, from the specifications by index; 0 for none.
    var firstKey: Int {
        for specification in keys { if case .index(let index) = specification.begin { return index } }
        return 0
    }
}
