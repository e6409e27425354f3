import Primitives

/// Why a command failed; its `text` is the reply, after the leading `-`.
public enum CommandError: Error {
    case syntax
    case wrongType
    case notInteger
    case notFloat
    case indexOutOfRange
    case noSuchKey
    case databaseOutOfRange
    case stringTooLong
    case overflow
    case notANumber
    case notPositiveExpiry(command: String)
    case wrongArity(command: String)
    case unknownSubcommandText(name: String, command: String)
    /// Any other, with its code.
    case message(StaticString)
    case text(String)

    /// An unknown subcommand, or one with a wrong number of arguments.
    public static func unknownSubcommand(_ name: Bytes, of command: Bytes) -> CommandError {
        .unknownSubcommandText(name: name.echoed(128), command: String(command))
    }

    /// The error as it is sent.
    public var text: String {
        switch self {
        case .syntax: "ERR syntax error"
        case .wrongType: "WRONGTYPE Operation against a key holding the wrong kind of value"
        case .notInteger: "ERR value is not an integer or out of range"
        case .notFloat: "ERR value is not a valid float"
        case .indexOutOfRange: "ERR index out of range"
        case .noSuchKey: "ERR no such key"
        case .databaseOutOfRange: "ERR DB index is out of range"
        case .stringTooLong: "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
        case .overflow: "ERR increment or decrement would overflow"
        case .notANumber: "ERR increment would produce NaN or Infinity"
        case .notPositiveExpiry(let command): "ERR invalid expire time in '\(command)' command"
        case .wrongArity(let command): "ERR wrong number of arguments for '\(command)' command"
        case .unknownSubcommandText(let name, let command):
            "ERR unknown subcommand '\(name)'. Try \(command.uppercased()) HELP."
        case .message(let text): "\(text)"
        case .text(let text): text
        }
    }
}
