import Access
import Primitives
import Settings

// Who a session is, and what follows for sessions when users change.

extension Node {
    /// Whether clients become the default user without a password.
    public var needsNoPassword: Bool { access.defaultAccount.user.acceptsAnyPassword }

    /// Makes a session what a new one is: the default user, who may have to log in first.
    func leave(_ session: Session) {
        session.account = access.defaultAccount
        session.isAuthenticated = access.defaultAccount.user.admitsEverybody
        adoptAccess(session)
    }

    /// Makes a session that has shown who it is that user.
    func enter(_ session: Session, _ account: Account) {
        session.account = account
        session.isAuthenticated = true
        adoptAccess(session)
    }

    /// Makes a session the user that a certificate names; false where there is no such user who is on.
    public func enter(_ session: Session, certifiedAs name: [UInt8]) -> Bool {
        guard let account = access.accounts[name], account.user.isOn else {
            statistics.deniedCertificates += 1
            return false
        }
        enter(session, account)
        return true
    }

    /// Brings what the hot path looks at in line with who a session is. Whoever was let in stays in when a password is
    /// asked for from now on; whoever was not needs none when it is asked no more.
    func adoptAccess(_ session: Session) {
        let isRestricted = !session.isAuthenticated && !access.defaultAccount.user.admitsEverybody
        session.parser.isRestricted = isRestricted
        session.attention.subtract([.restricted, .limited])
        if isRestricted { session.attention.insert(.restricted) }
        if session.account?.isLimited == true { session.attention.insert(.limited) }
    }

    /// As `adoptAccess` for every session, after users have changed.
    func adoptAccess() {
        for session in sessions.values { adoptAccess(session) }
    }

    // MARK: Changing users

    /// Gives a user, new or known, its rules.
    /// - Parameter call: the command that does so.
    func change(_ user: User, _ call: Call) {
        access.set(user)
        adoptAccess()
        endListeners(without: call)
    }

    /// Takes a user away and ends its connections; false where there is none.
    func removeUser(_ name: [UInt8], _ call: Call) -> Bool {
        guard let account = access.accounts[name], account !== access.defaultAccount else { return false }
        access.remove(name)
        endSessions(of: account, call)
        return true
    }

    /// Replaces all users. Connections of users who stay, stay.
    func replaceUsers(_ users: UserList, _ call: Call?) {
        for account in access.replace(users.users) { endSessions(of: account, call) }
        adoptAccess()
        endListeners(without: call)
    }

    /// Until they have ended, such sessions are nobody.
    private func endSessions(of account: Account, _ call: Call?) {
        for session in sessions.values where session.account === account {
            session.account = access.defaultAccount
            session.isAuthenticated = false
            adoptAccess(session)
            close(session, afterReply: session === call?.session)
        }
    }

    /// Ends sessions that listen to what their users may not hear any more.
    private func endListeners(without call: Call?) {
        for session in sessions.values {
            guard let user = session.account?.user, user.isLimitedInChannels else { continue }
            if !session.listensOnly(asAllowedTo: user) { close(session, afterReply: session === call?.session) }
        }
    }

    // MARK: The file of users

    /// Reads the file of users and replaces all users by what it says; at an error nothing has changed.
    /// - Throws: every fault with its line.
    public func loadUsers() throws(CommandError) { try loadUsers(nil) }

    func loadUsers(_ call: Call?) throws(CommandError) {
        let path = settings.aclfile
        let text: [UInt8]
        do throws(CommandError) {
            text = try environment.readFile(path)
        } catch {
            throw .text("ERR Error loading ACLs, opening file '\(path)': \(error.reason)")
        }
        let users: UserList
        do throws(UserListError) {
            users = try UserList(text: text, named: path, access.context)
        } catch {
            let remark = "WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
            throw .text("ERR \(error.text)\(remark)")
        }
        replaceUsers(users, call)
    }

    /// Replaces the file of users by one that says what users there are.
    func saveUsers() throws(CommandError) {
        var text: [UInt8] = []
        for account in access.sortedAccounts { text += account.user.line + [0x0A] }
        try environment.replaceFile(settings.aclfile, with: text)
    }

    /// What follows `user` in the lines of a configuration file; nothing of a default user who is as `requirepass` says,
    /// and none where there is a file of users.
    var userLines: [[UInt8]] {
        guard settings.aclfile.isEmpty else { return [] }
        let named = access.sortedAccounts.filter { $0 !== access.defaultAccount || !access.isDefaultUserPlain }
        return named.map { ($0.user.name + [0x20] + $0.user.rules).quotedWhereNeeded }
    }

    /// Throws where the `user` lines of settings make no sense.
    public static func checkUsers(_ settings: Settings) throws(SettingsError) {
        if !settings.users.isEmpty, !settings.aclfile.isEmpty {
            throw .contradiction(
                """
                Configuring users in the configuration file and at the same time setting an ACL file path is invalid. \
                Please define either an ACL file or declare users directly in the configuration file, but not both.
                """)
        }
        let control = AccessControl(CommandTable(allFamilies))
        control.adopt(settings)
        guard let (index, fault) = control.define(settings.users.map(\.words)) else { return }
        let line = settings.users[index]
        throw .line(line.source, reason: "Error in user declaration '\(line.texts[0])': \(fault.reason)")
    }
}

extension Session {
    /// Whether a user may hear all that the session listens to.
    fileprivate func listensOnly(asAllowedTo user: User) -> Bool {
        SubscriptionKind.allCases.allSatisfy { kind in
            subscriptions[kind].keys.allSatisfy { name in
                name.withBytes { user.mayHear($0, isPattern: kind == .pattern) }
            }
        }
    }
}

extension [UInt8] {
    /// Words of a line, those in quotes that would not be read back as they are.
    fileprivate var quotedWhereNeeded: [UInt8] {
        let words = split(separator: 0x20, omittingEmptySubsequences: false).map { word -> [UInt8] in
            let isPlain = word.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x27 } && !word.isEmpty
            return isPlain ? Array(word) : Array(Array(word).withBytes(Node.quoted).utf8)
        }
        return [UInt8](words.joined(separator: [0x20]))
    }
}
