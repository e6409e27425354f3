import Primitives

// The rules that a selector understands.

extension Selector {
    /// Reads a selector from a rule in parentheses.
    init(parenthesized rule: [UInt8], _ context: RuleContext) throws(RuleError) {
        self.init(context)
        for word in rule.dropFirst().dropLast().split(whereSeparator: RuleWords.isBlank) {
            try apply(Array(word), context)
        }
    }

    /// Applies a rule about keys, channels or commands.
    mutating func apply(_ rule: [UInt8], _ context: RuleContext) throws(RuleError) {
        switch rule.lowercasedText {
        case "allkeys", "~*": setKeys(all: true)
        case "resetkeys": setKeys(all: false)
        case "allchannels", "&*": setChannels(all: true)
        case "resetchannels": setChannels(all: false)
        case "allcommands", "+@all": setCommands(all: true)
        case "nocommands", "-@all": setCommands(all: false)
        default: try applyPattern(rule, context)
        }
    }

    mutating func setKeys(all: Bool) {
        allowsAllKeys = all
        keyPatterns = []
    }

    mutating func setChannels(all: Bool) {
        allowsAllChannels = all
        channelPatterns = []
    }

    mutating func setCommands(all: Bool) {
        startsFromAll = all
        commands.setAll(all)
        commandRules = []
        firstArguments = [:]
    }

    private mutating func applyPattern(_ rule: [UInt8], _ context: RuleContext) throws(RuleError) {
        switch rule.first {
        case UInt8(ascii: "~"): try addKeys(rule.dropFirst(), [.read, .write])
        case UInt8(ascii: "%"): try addKeysWithPermissions(rule.dropFirst())
        case UInt8(ascii: "&"): try addChannels(rule.dropFirst())
        case UInt8(ascii: "+"): try changeCommands(rule.dropFirst(), allow: true, context.catalogue)
        case UInt8(ascii: "-"): try changeCommands(rule.dropFirst(), allow: false, context.catalogue)
        default: throw .syntax
        }
    }

    // MARK: Keys and channels

    private mutating func addKeysWithPermissions(_ rule: ArraySlice<UInt8>) throws(RuleError) {
        guard !allowsAllKeys else { throw .allKeysAlready }
        var permissions: KeyPermissions = []
        guard let tilde = rule.firstIndex(of: UInt8(ascii: "~")) else { throw .syntax }
        for letter in rule[..<tilde] {
            let permission: KeyPermissions? =
                switch Bytes.lowercased(letter) {
                case UInt8(ascii: "r"): .read
                case UInt8(ascii: "w"): .write
                default: nil
                }
            guard let permission, permissions.insert(permission).inserted else { throw .syntax }
        }
        guard !permissions.isEmpty else { throw .syntax }
        try addKeys(rule[(tilde + 1)...], permissions)
    }

    private mutating func addKeys(_ pattern: ArraySlice<UInt8>, _ permissions: KeyPermissions) throws(RuleError) {
        guard !allowsAllKeys else { throw .allKeysAlready }
        guard !RuleWords.hasBlanks(pattern) else { throw .syntax }
        if let known = keyPatterns.firstIndex(where: { $0.pattern.elementsEqual(pattern) }) {
            keyPatterns[known].permissions.formUnion(permissions)
        } else {
            keyPatterns.append(KeyPattern(pattern: Array(pattern), permissions: permissions))
        }
    }

    private mutating func addChannels(_ pattern: ArraySlice<UInt8>) throws(RuleError) {
        guard !allowsAllChannels else { throw .allChannelsAlready }
        guard !RuleWords.hasBlanks(pattern) else { throw .syntax }
        if !channelPatterns.contains(where: { $0.elementsEqual(pattern) }) { channelPatterns.append(Array(pattern)) }
    }

    // MARK: Commands

    private mutating func changeCommands(
        _ subject: ArraySlice<UInt8>, allow: Bool, _ catalogue: CommandCatalogue
    ) throws(RuleError) {
        if subject.first == UInt8(ascii: "@") {
            try changeCategory(subject, allow, catalogue)
        } else if let index = catalogue.index(named: subject) {
            set(index, allow, catalogue)
            note(subject, allow)
        } else if allow, let bar = subject.lastIndex(of: UInt8(ascii: "|")) {
            try allowFirstArgument(subject[..<bar], subject[(bar + 1)...], catalogue)
            note(subject, allow)
        } else {
            throw .unknownCommand
        }
    }

    private mutating func changeCategory(
        _ subject: ArraySlice<UInt8>, _ allow: Bool, _ catalogue: CommandCatalogue
    ) throws(RuleError) {
        guard let category = catalogue.category(named: subject.dropFirst()) else { throw .unknownCommand }
        for index in catalogue.commands(of: category) { set(index, allow, catalogue) }
        note(subject, allow)
    }

    /// `+select|0`: a command that stays forbidden but with that argument.
    private mutating func allowFirstArgument(
        _ name: ArraySlice<UInt8>, _ argument: ArraySlice<UInt8>, _ catalogue: CommandCatalogue
    ) throws(RuleError) {
        guard let index = catalogue.index(named: name) else { throw .unknownCommand }
        let command = catalogue.entries[index]
        if command.isSubcommand { throw .firstArgumentOfSubcommand }
        if argument.isEmpty { throw .syntax }
        if !command.subcommands.isEmpty { throw .unknownCommand }
        let argument = argument.map(Bytes.lowercased)
        if firstArguments[index]?.contains(argument) != true { firstArguments[index, default: []].append(argument) }
    }

    /// Allows or forbids a command with all of its subcommands.
    private mutating func set(_ index: Int, _ allow: Bool, _ catalogue: CommandCatalogue) {
        commands[index] = allow
        firstArguments[index] = nil
        for subcommand in catalogue.entries[index].subcommands { commands[subcommand] = allow }
    }

    /// Keeps a rule to be shown, in place of what was said before of the same command or a part of it.
    private mutating func note(_ subject: ArraySlice<UInt8>, _ allow: Bool) {
        let subject = subject.map(Bytes.lowercased)
        let parts = subject + [UInt8(ascii: "|")]
        commandRules.removeAll { $0.subject == subject || $0.subject.starts(with: parts) }
        commandRules.append(CommandRule(allows: allow, subject: subject))
    }
}
