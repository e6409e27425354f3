/// Why a rule cannot be applied.
public enum RuleError: Error, Equatable, Sendable {
    /// It names a command, a subcommand or a category that there is not.
    case unknownCommand
    case syntax
    /// A key pattern where all keys are allowed.
    case allKeysAlready
    /// A channel pattern where all channels are allowed.
    case allChannelsAlready
    /// It removes a password that the user does not have.
    case noSuchPassword
    /// What should be a hash is none.
    case badHash
    /// It would allow a subcommand with one first argument only.
    case firstArgumentOfSubcommand

    /// The reason in the reference's words.
    public var reason: String {
        switch self {
        case .unknownCommand: "Unknown command or category name in ACL"
        case .syntax: "Syntax error"
        case .allKeysAlready:
            """
            Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. \
            Try 'resetkeys' to start with an empty list of patterns
            """
        case .allChannelsAlready:
            """
            Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. \
            Try 'resetchannels' to start with an empty list of channels
            """
        case .noSuchPassword: "The password you are trying to remove from the user does not exist"
        case .badHash:
            "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
        case .firstArgumentOfSubcommand: "Allowing first-arg of a subcommand is not supported"
        }
    }
}
