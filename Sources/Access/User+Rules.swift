import Primitives

extension User {
    /// Applies rules in order, each a word, or a selector in parentheses; at an error nothing has changed.
    /// - Parameter failed: is told the rule that cannot be applied.
    public mutating func apply(_ rules: [[UInt8]], _ context: RuleContext) throws(RuleFailure) {
        var changed = self
        for rule in rules {
            do throws(RuleError) {
                try changed.apply(rule, context)
            } catch {
                throw RuleFailure(rule: rule, error: error)
            }
        }
        self = changed
    }

    /// Applies one rule.
    mutating func apply(_ rule: [UInt8], _ context: RuleContext) throws(RuleError) {
        if rule.isEmpty { return }
        switch rule.lowercasedText {
        case "on": isOn = true
        case "off": isOn = false
        case "nopass": setPasswords(acceptingAny: true)
        case "resetpass": setPasswords(acceptingAny: false)
        case "sanitize-payload": skipsPayloadCheck = false
        case "skip-sanitize-payload": skipsPayloadCheck = true
        case "clearselectors": selectors.removeSubrange(1...)
        case "reset": self = User(name: name, context)
        default: try applyBySign(rule, context)
        }
    }

    private mutating func applyBySign(_ rule: [UInt8], _ context: RuleContext) throws(RuleError) {
        switch rule[0] {
        case UInt8(ascii: ">"): add(PasswordHash(plain: rule.dropFirst()))
        case UInt8(ascii: "<"): try remove(PasswordHash(plain: rule.dropFirst()))
        case UInt8(ascii: "#"): add(try User.hash(rule.dropFirst()))
        case UInt8(ascii: "!"): try remove(try User.hash(rule.dropFirst()))
        case UInt8(ascii: "(") where rule.last == UInt8(ascii: ")"):
            selectors.append(try Selector(parenthesized: rule, context))
        default: try selectors[0].apply(rule, context)
        }
    }

    private mutating func setPasswords(acceptingAny: Bool) {
        passwords = []
        acceptsAnyPassword = acceptingAny
    }

    private mutating func add(_ password: PasswordHash) {
        if !passwords.contains(password) { passwords.append(password) }
        acceptsAnyPassword = false
    }

    private mutating func remove(_ password: PasswordHash) throws(RuleError) {
        guard let index = passwords.firstIndex(of: password) else { throw .noSuchPassword }
        passwords.remove(at: index)
    }

    private static func hash(_ text: ArraySlice<UInt8>) throws(RuleError) -> PasswordHash {
        guard let hash = PasswordHash(hexadecimal: text) else { throw .badHash }
        return hash
    }
}

extension PasswordHash {
    fileprivate init(plain password: ArraySlice<UInt8>) { self = Array(password).withBytes(PasswordHash.init(of:)) }
}

/// A rule that cannot be applied.
public struct RuleFailure: Error, Equatable, Sendable {
    /// The rule.
    public let rule: [UInt8]
    /// What is wrong with it.
    public let error: RuleError
}
