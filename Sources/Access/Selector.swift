import Primitives

/// Commands, key patterns and channel patterns that are allowed together.
public struct Selector: Equatable, Sendable {
    /// A rule about commands, as it is shown: `+get`, `-@write`.
    struct CommandRule: Equatable, Sendable {
        let allows: Bool
        /// In lower case.
        let subject: [UInt8]
    }

    /// Whether every key may be used in every way.
    public internal(set) var allowsAllKeys = false
    /// Whether every channel may be used.
    public internal(set) var allowsAllChannels: Bool
    var keyPatterns: [KeyPattern] = []
    var channelPatterns: [[UInt8]] = []
    var commands: CommandSet
    /// Whether `commandRules` start from all commands rather than from none.
    var startsFromAll = false
    /// What has been said of commands since, in the order in which it was.
    var commandRules: [CommandRule] = []
    /// Commands that are not allowed but with one of these first arguments.
    var firstArguments: [Int: [[UInt8]]] = [:]

    /// Nothing is allowed, but channels where that is the default.
    init(_ context: RuleContext) {
        allowsAllChannels = context.allowsAllChannels
        commands = CommandSet(count: context.catalogue.count)
    }

    /// Whether every command is allowed.
    public var allowsAllCommands: Bool { startsFromAll && commands.isFull }

    /// Whether there is nothing that is not allowed.
    var allowsEverything: Bool { allowsAllKeys && allowsAllChannels && allowsAllCommands }
}
