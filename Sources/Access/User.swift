import Primitives

/// A user: who may call themselves so, and what they may do.
public struct User: Equatable, Sendable {
    /// The name of the user of connections that do not say who they are.
    public static let defaultName = Array("default".utf8)

    /// The name; without blanks.
    public let name: [UInt8]
    /// Whether anybody can log in as this user.
    public internal(set) var isOn = false
    /// Whether any password will do.
    public internal(set) var acceptsAnyPassword = false
    /// Whether payloads of RESTORE from this user are trusted.
    public internal(set) var skipsPayloadCheck = false
    /// The passwords, any of which will do.
    public internal(set) var passwords: [PasswordHash] = []
    /// What the user may do: all that one of the selectors allows. The first is the root, to which plain rules apply.
    public internal(set) var selectors: [Selector]

    /// A new user, who is off and may do nothing.
    public init(name: [UInt8], _ context: RuleContext) {
        self.name = name
        selectors = [Selector(context)]
    }

    /// The default user as it is if nothing is said of it: everybody, with every right.
    public static func makeDefault(_ context: RuleContext) -> User {
        var user = User(name: defaultName, context)
        user.isOn = true
        user.acceptsAnyPassword = true
        user.selectors[0].setKeys(all: true)
        user.selectors[0].setChannels(all: true)
        user.selectors[0].setCommands(all: true)
        return user
    }

    /// Makes `password` the only one; an empty one lets everybody in (`requirepass`).
    public mutating func require(_ password: [UInt8]) {
        passwords = password.isEmpty ? [] : [password.withBytes(PasswordHash.init(of:))]
        acceptsAnyPassword = password.isEmpty
    }

    /// Whether whoever connects is this user, if it is the default user, without saying anything.
    public var admitsEverybody: Bool { isOn && acceptsAnyPassword }

    /// Whether somebody with this password may log in. Takes the same time whether a password is nearly right or not.
    public func admits(_ password: Bytes) -> Bool {
        let offered = PasswordHash(of: password)
        var isKnown = false
        for password in passwords where password.matches(offered) { isKnown = true }
        return isOn && (acceptsAnyPassword || isKnown)
    }
}
