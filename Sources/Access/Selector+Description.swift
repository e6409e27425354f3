import Primitives

// How a selector is shown: as rules that make it again.

extension Selector {
    /// All rules.
    var description: [UInt8] {
        let channels = channelDescription
        let reset = allowsAllChannels ? [] : Array(Bytes("resetchannels"))
        return [keyDescription, reset, channels, commandDescription].filter { !$0.isEmpty }.joinedByBlanks
    }

    /// The rules about commands: `-@all +get`.
    public var commandDescription: [UInt8] {
        let rules = commandRules.map { [UInt8(ascii: $0.allows ? "+" : "-")] + $0.subject }
        return ([Array(Bytes(startsFromAll ? "+@all" : "-@all"))] + rules).joinedByBlanks
    }

    /// The rules about keys: `~a* %R~b*`.
    public var keyDescription: [UInt8] {
        allowsAllKeys ? Array(Bytes("~*")) : keyPatterns.map(\.rule).joinedByBlanks
    }

    /// The patterns of channels: `&a* &b`.
    public var channelDescription: [UInt8] {
        allowsAllChannels
            ? Array(Bytes("&*")) : channelPatterns.map { [UInt8(ascii: "&")] + $0 }.joinedByBlanks
    }
}

extension Array where Element == [UInt8] {
    /// The words with a blank between each two.
    var joinedByBlanks: [UInt8] { [UInt8](joined(separator: [0x20])) }
}
