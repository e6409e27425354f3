import Access
import Primitives

/// Somebody who wants to look at a node without being its client: over HTTP.
public struct Reader {
    private let user: User
    private let commands: CommandTable

    fileprivate init(_ user: User, _ commands: CommandTable) { (self.user, self.commands) = (user, commands) }

    /// Whether the user may run a command, or a subcommand by its full name.
    func mayRun(_ name: String) -> Bool {
        guard let index = commands.fullNames.firstIndex(of: name) else { return false }
        return user.denial(of: AccessRequest(command: index, needsNoRight: false, firstArgument: nil)) == nil
    }
}

/// A name and a password.
public struct Credentials: Equatable, Sendable {
    /// The bytes of both.
    public let (user, password): ([UInt8], [UInt8])

    /// Of a user.
    public init(user: [UInt8], password: [UInt8]) { (self.user, self.password) = (user, password) }
}

/// Whether somebody may look at a node.
public enum Admission {
    case admitted(Reader)
    /// Says not, or wrongly, who it is.
    case unknown
    /// May not run INFO.
    case forbidden
}

extension Node {
    /// Whether somebody may look at the node: a user who may run INFO. Whoever says nothing is the default user, if that one
    /// is asked for no password.
    public func admit(_ credentials: Credentials?) -> Admission {
        guard let account = account(credentials) else {
            if credentials != nil { statistics.deniedLogins += 1 }
            return .unknown
        }
        let reader = Reader(account.user, commands)
        if reader.mayRun("info") { return .admitted(reader) }
        // Somebody else may.
        return credentials == nil ? .unknown : .forbidden
    }

    private func account(_ credentials: Credentials?) -> Account? {
        guard let credentials else {
            return access.defaultAccount.user.admitsEverybody ? access.defaultAccount : nil
        }
        guard let account = access.accounts[credentials.user] else { return nil }
        return credentials.password.withBytes(account.user.admits) ? account : nil
    }
}
