import Primitives

/// A key among the arguments of a command, and what the command does with it.
public struct KeyUse {
    /// The index of the argument.
    public let argument: Int
    /// The key, valid as long as the arguments.
    public let key: Bytes
    /// What has to be allowed.
    public let permissions: KeyPermissions

    /// From its parts.
    public init(argument: Int, key: Bytes, permissions: KeyPermissions) {
        self.argument = argument
        self.key = key
        self.permissions = permissions
    }
}

/// A channel among the arguments of a command.
public struct ChannelUse {
    /// The index of the argument.
    public let argument: Int
    /// The name or the pattern, valid as long as the arguments.
    public let name: Bytes
    /// Whether it is a pattern.
    public let isPattern: Bool

    /// From its parts.
    public init(argument: Int, name: Bytes, isPattern: Bool) {
        self.argument = argument
        self.name = name
        self.isPattern = isPattern
    }
}

/// What a command asks for.
public struct AccessRequest {
    /// The index of the command.
    public var command: Int
    /// Whether everybody may run it, whoever they are.
    public var needsNoRight: Bool
    /// What follows the command's name.
    public var firstArgument: Bytes?
    /// The keys it uses; may be empty where the user may use all.
    public var keys: [KeyUse] = []
    /// The channels it uses; may be empty where the user may use all.
    public var channels: [ChannelUse] = []

    /// A command without keys and channels.
    public init(command: Int, needsNoRight: Bool, firstArgument: Bytes?) {
        self.command = command
        self.needsNoRight = needsNoRight
        self.firstArgument = firstArgument
    }
}

/// What of a command is not allowed.
public enum Denial: Equatable, Sendable {
    case command
    /// The key that is this argument.
    case key(argument: Int)
    /// The channel that is this argument.
    case channel(argument: Int)

    /// Of the denials of several selectors the one with the highest rank is told: who was stopped at a key came further
    /// than who was stopped at the command.
    var rank: (kind: Int, argument: Int) {
        switch self {
        case .command: (0, 0)
        case .key(let argument): (1, argument)
        case .channel(let argument): (2, argument)
        }
    }
}
