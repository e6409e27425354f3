import Primitives

/// What is wrong with the lines that define users.
public struct UserListError: Error, Equatable, Sendable {
    /// Each fault with the place where it stands.
    public let text: String
}

/// Users by name, as a file or a configuration defines them.
public struct UserList: Sendable {
    /// The users.
    public private(set) var users: [[UInt8]: User] = [:]

    /// No users.
    public init() {}

    /// Takes a list from a file: a `user name rules` on each line. Every fault is found; one is enough for none to be
    /// taken.
    /// - Parameter name: the file, for the text of the error.
    public init(text: [UInt8], named name: String, _ context: RuleContext) throws(UserListError) {
        var faults = ""
        for (index, line) in text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let trimmed = line.trimmed
            if trimmed.isEmpty { continue }
            for fault in take(trimmed, context) { faults += fault.text(file: name, line: index + 1) }
        }
        if !faults.isEmpty { throw UserListError(text: faults) }
    }

    private mutating func take(_ line: ArraySlice<UInt8>, _ context: RuleContext) -> [Fault] {
        let words = line.split(separator: 0x20).map { Array($0.trimmed) }.filter { !$0.isEmpty }
        guard words.first == Array("user".utf8), words.count >= 2 else { return [.noUser] }
        return define(words[1], Array(words.dropFirst(2)), context)
    }

    /// Adds a user who is not in the list; returns what is wrong, and then the user is of no use.
    /// - Parameter words: the rules; a selector may take several words.
    public mutating func define(_ name: [UInt8], _ words: [[UInt8]], _ context: RuleContext) -> [Fault] {
        guard !RuleWords.hasBlanks(name) else { return [.badName(name.echo)] }
        guard users[name] == nil else { return [.duplicate(name.echo)] }
        let (rules, unclosed) = RuleWords.merged(words)
        var user = User(name: name, context)
        let faults = unclosed == nil ? user.applyAll(rules, context) : [.unclosedSelector]
        users[name] = user
        return faults
    }

    /// What is wrong with a definition.
    public enum Fault: Equatable, Sendable {
        case noUser
        case badName(String)
        case duplicate(String)
        case unclosedSelector
        case rule(String, RuleError)

        /// The fault of a line of a file, in the reference's words.
        func text(file: String, line: Int) -> String {
            let place = "\(file):\(line)"
            return switch self {
            case .noUser: "\(place) should start with user keyword followed by the username. "
            case .badName(let name): "'\(place): username '\(name)' contains invalid characters. "
            case .duplicate(let name): "WARNING: Duplicate user '\(name)' found on line \(line). "
            case .unclosedSelector: "\(place): Unmatched parenthesis in selector definition."
            // A rule may hold a password; only names of commands are repeated.
            case .rule(let rule, .unknownCommand):
                "\(place): Error in applying operation '\(rule)': \(RuleError.unknownCommand.reason). "
            case .rule(_, let error): "\(place): \(error.reason). "
            }
        }

        /// The bare reason.
        public var reason: String {
            switch self {
            case .noUser: "Syntax error"
            case .badName: "Spaces not allowed in ACL usernames"
            case .duplicate: "Duplicate user found. A user can only be defined once in config files"
            case .unclosedSelector: "Unmatched parenthesis in selector definition"
            case .rule(_, let error): error.reason
            }
        }
    }
}

extension User {
    /// Applies what can be applied. All unknown commands are told, of other faults only the first, since what follows may
    /// be wrong because of it.
    fileprivate mutating func applyAll(_ rules: [[UInt8]], _ context: RuleContext) -> [UserList.Fault] {
        var faults: [UserList.Fault] = []
        var hasOtherFault = false
        for rule in rules {
            do throws(RuleError) {
                try apply(rule, context)
            } catch {
                if error == .unknownCommand || !hasOtherFault { faults.append(.rule(rule.echo, error)) }
                if error != .unknownCommand { hasOtherFault = true }
            }
        }
        return faults
    }
}

extension [UInt8] {
    /// A character for each byte, as errors repeat what a client sent.
    var echo: String {
        var text = ""
        for byte in self { text.unicodeScalars.append(UnicodeScalar(byte)) }
        return text
    }
}

extension ArraySlice<UInt8> {
    /// Without blanks at both ends.
    var trimmed: ArraySlice<UInt8> {
        var rest = drop(while: RuleWords.isBlank)
        while let last = rest.last, RuleWords.isBlank(last) { rest.removeLast() }
        return rest
    }
}
