import Access
import Primitives
import RESP
import Settings

// Whether a session may run a command.

extension Node {
    /// Why the user of a session may not run a command, as an error; nil if it may. What is refused is counted, and noted
    /// for ACL LOG.
    func permission(
        for session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>,
        in context: AccessLog.Context
    ) -> String? {
        guard let denial = denial(for: session, arguments, record) else { return nil }
        noteDenial(denial, session, arguments, record, context)
        switch context {
        case .topLevel: return "NOPERM " + text(of: denial, session, record)
        case .script: return "NOPERM ACL failure in script: " + text(of: denial, session, record)
        case .transaction: return transactionText(of: denial)
        }
    }

    /// What of a command the user of a session may not do; nil if it may all. Nothing is noted.
    func denial(
        for session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>
    ) -> Denial? {
        guard let account = session.account, account.isLimited else { return nil }
        return denial(for: account.user, arguments, record)
    }

    /// What of a command a user may not do; nil if it may all.
    func denial(
        for user: User, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>
    ) -> Denial? {
        user.denial(of: request(arguments, record, of: user))
    }

    private func request(
        _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, of user: User
    ) -> AccessRequest {
        access.request(arguments, record, commands.descriptions[record.pointee.index], of: user)
    }

    private func text(
        of denial: Denial, _ session: Session, _ record: UnsafeMutablePointer<CommandRecord>
    ) -> String {
        switch denial {
        case .command: commandDenial(session.account?.user.name ?? [], record)
        case .key: "No permissions to access a key"
        case .channel: "No permissions to access a channel"
        }
    }

    /// The denial of a command by name.
    func commandDenial(_ user: [UInt8], _ record: UnsafeMutablePointer<CommandRecord>) -> String {
        let name = commands.fullNames[record.pointee.index]
        return "User \(user.withBytes { $0.echoed() }) has no permissions to run the '\(name)' command"
    }

    /// The refusal of a command that was allowed when it was queued.
    private func transactionText(of denial: Denial) -> String {
        let reason =
            switch denial {
            case .command: "no permission to execute the command or subcommand"
            case .key: "no permission to touch the specified keys"
            case .channel: "no permission to access one of the channels used as arguments to the command"
            }
        return """
            NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. \
            This command is no longer allowed for the following reason: \(reason)
            """
    }

    // MARK: Noting

    private func noteDenial(
        _ denial: Denial, _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>,
        _ context: AccessLog.Context
    ) {
        // A command that is refused while it is queued counts as part of its transaction.
        let context = context == .topLevel && session.transaction != nil ? .transaction : context
        let object: [UInt8]
        let reason: AccessLog.Reason
        switch denial {
        case .command: (reason, object) = (.command, Array(commands.fullNames[record.pointee.index].utf8))
        case .key(let argument): (reason, object) = (.key, Array(arguments[argument]))
        case .channel(let argument): (reason, object) = (.channel, Array(arguments[argument]))
        }
        note(reason, context, object, session.account?.user.name ?? [], session)
    }

    /// Counts and notes a failed attempt to log in.
    func noteFailedLogin(_ call: Call, user: Bytes) {
        let context: AccessLog.Context = call.session.transaction == nil ? .topLevel : .transaction
        note(.auth, context, Array(call.arguments[0]), Array(user), call.session)
    }

    private func note(
        _ reason: AccessLog.Reason, _ context: AccessLog.Context, _ object: [UInt8], _ user: [UInt8], _ session: Session
    ) {
        switch reason {
        case .command: statistics.deniedCommands += 1
        case .key: statistics.deniedKeys += 1
        case .channel: statistics.deniedChannels += 1
        case .auth: statistics.deniedLogins += 1
        }
        let refusal = AccessLog.Refusal(reason: reason, context: context, object: object, userName: user)
        access.log.note(refusal, client: line(of: session), at: keyspace.now)
    }
}

extension Call {
    /// Whether the user may read every key with this command, as one has to who lets it make up names of keys.
    var mayReadAnyKey: Bool {
        guard let account = session.account, account.isLimited else { return true }
        let command = node.commands.descriptions[record.pointee.index]
        return account.user.mayUseAnyKey(node.access.request(arguments, record, command, of: account.user), .read)
    }
}
