// Access: users and what they may do. Imports Primitives.
import Primitives

/// The user of connections that do not say who they are.
public struct DefaultUser: Sendable {
    /// The name.
    public static let name = "default"
    private var password: [UInt8]

    /// - Parameter password: from `requirepass`; empty for none.
    public init(password: [UInt8] = []) { self.password = password }

    /// Whether a password is asked for at all.
    public var needsPassword: Bool { !password.isEmpty }

    /// Whether `user` with `offered` may enter. Takes the same time wherever the two passwords differ.
    public func admits(user: Bytes, password offered: Bytes) -> Bool {
        let isKnown = user == "default"
        guard needsPassword else { return isKnown }
        var difference = offered.count ^ password.count
        for index in 0..<offered.count {
            difference |= Int(offered[index] ^ password[index % password.count])
        }
        return difference == 0 && isKnown
    }
}
