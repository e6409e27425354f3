import Primitives

/// What rules are read against.
public struct RuleContext: Sendable {
    /// The commands there are.
    public let catalogue: CommandCatalogue
    /// Whether whoever has no rule about channels may use all (`acl-pubsub-default allchannels`).
    public var allowsAllChannels: Bool

    /// From its parts.
    public init(catalogue: CommandCatalogue, allowsAllChannels: Bool) {
        self.catalogue = catalogue
        self.allowsAllChannels = allowsAllChannels
    }
}

/// Rules as words: what stands between parentheses is one rule, however many words it came in.
public enum RuleWords {
    /// Joins the words of each selector; nil, with the index of the word that opens it, where one is not closed.
    public static func merged(_ words: [[UInt8]]) -> (rules: [[UInt8]], unclosed: Int?) {
        var rules: [[UInt8]] = []
        var selector: [UInt8]?
        var opening: Int?
        for (index, word) in words.enumerated() {
            let isClosing = word.last == UInt8(ascii: ")")
            if let begun = selector {
                let joined = begun + [0x20] + word
                selector = isClosing ? nil : joined
                if isClosing { rules.append(joined) }
            } else if word.first == UInt8(ascii: "("), !isClosing {
                selector = word
                opening = index
            } else {
                rules.append(word)
            }
        }
        return (rules, selector == nil ? nil : opening)
    }

    /// Whether a name or a pattern has blanks or a NUL in it, which none may have.
    public static func hasBlanks(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.contains { isBlank($0) || $0 == 0 }
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

extension Collection<UInt8> {
    /// The bytes as text in lower case, to be compared with words of the rule language.
    var lowercasedText: String { String(decoding: map(Bytes.lowercased), as: UTF8.self) }
}
