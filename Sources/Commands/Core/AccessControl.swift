import Access
import Primitives
import Settings

/// A user as sessions hold it. Its rules may change while they do.
final class Account {
    var user: User {
        didSet { isLimited = !user.mayDoEverything }
    }
    /// Whether there is anything that the user may not do, so that each command has to be looked at.
    private(set) var isLimited: Bool

    init(_ user: User) {
        self.user = user
        isLimited = !user.mayDoEverything
    }
}

/// The users of a node and what was refused to them.
///
/// 1. The default user is always there and always the same account.
/// 2. A session's attention says `limited` exactly if its account is; `Node.adoptAccess` keeps it so after every change.
final class AccessControl {
    private(set) var accounts: [[UInt8]: Account] = [:]
    let defaultAccount: Account
    var log = AccessLog()
    private(set) var context: RuleContext
    /// Which arguments are channels, for the few commands that have some.
    private let channels: [Int: ChannelArguments]
    /// What `requirepass` said when it last took effect.
    private var requiredPassword: [UInt8] = []

    init(_ commands: CommandTable) {
        context = RuleContext(catalogue: commands.catalogue, allowsAllChannels: false)
        defaultAccount = Account(.makeDefault(context))
        channels = commands.channelArguments
        accounts[User.defaultName] = defaultAccount
    }

    /// The account with a name.
    func account(_ name: Bytes) -> Account? { accounts[Array(name)] }

    /// All accounts, by name.
    var sortedAccounts: [Account] {
        accounts.values.sorted { $0.user.name.lexicographicallyPrecedes($1.user.name) }
    }

    func adopt(_ settings: Settings) {
        context.allowsAllChannels = settings.aclPubsubDefault == .allChannels
        log.capacity = settings.acllogMaxLen
        guard settings.requirepass != requiredPassword else { return }
        requiredPassword = settings.requirepass
        defaultAccount.user.require(requiredPassword)
    }

    /// Gives an account its user, who is new or changed.
    func set(_ user: User) {
        if let account = accounts[user.name] {
            account.user = user
        } else {
            accounts[user.name] = Account(user)
        }
    }

    /// Takes an account away.
    func remove(_ name: [UInt8]) { accounts[name] = nil }

    /// Replaces all users. Who is in neither list is gone; without a default user there is one who may do everything.
    /// - Returns: the accounts that are gone.
    func replace(_ users: [[UInt8]: User]) -> [Account] {
        let gone = accounts.values.filter { users[$0.user.name] == nil && $0 !== defaultAccount }
        for account in gone { remove(account.user.name) }
        for user in users.values { set(user) }
        if users[User.defaultName] == nil { defaultAccount.user = .makeDefault(context) }
        return gone
    }

    /// Defines users from lines of a configuration file.
    /// - Returns: the first fault, with the number of the line that has it.
    func define(_ lines: [[[UInt8]]]) -> (line: Int, fault: UserList.Fault)? {
        var list = UserList()
        for (index, words) in lines.enumerated() {
            if let fault = list.define(words[0], Array(words.dropFirst()), context).first { return (index, fault) }
        }
        for user in list.users.values { set(user) }
        return nil
    }

    /// Whether the default user is just what `requirepass` makes of it.
    var isDefaultUserPlain: Bool {
        var plain = User.makeDefault(context)
        plain.require(requiredPassword)
        return defaultAccount.user == plain
    }

    // MARK: Requests

    /// What a command asks for, as far as a user may be limited in it.
    func request(
        _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, _ command: Command, of user: User
    ) -> AccessRequest {
        var request = AccessRequest(
            command: record.pointee.index, needsNoRight: record.pointee.flags.contains(.noAuth),
            firstArgument: arguments.count > 1 ? arguments[1] : nil)
        if !command.keys.isEmpty, user.isLimitedInKeys { request.keys = command.keyUses(in: arguments) }
        if user.isLimitedInChannels, let channels = channels[record.pointee.index] {
            request.channels = channels.uses(in: arguments)
        }
        return request
    }
}

/// Which arguments of a command are channels.
struct ChannelArguments {
    let isPattern: Bool
    /// Whether only the first argument is one.
    let isSingle: Bool

    /// Commands that use channels. Who leaves a channel needs no right to.
    static let byName: [String: ChannelArguments] = [
        "publish": ChannelArguments(isPattern: false, isSingle: true),
        "spublish": ChannelArguments(isPattern: false, isSingle: true),
        "subscribe": ChannelArguments(isPattern: false, isSingle: false),
        "ssubscribe": ChannelArguments(isPattern: false, isSingle: false),
        "psubscribe": ChannelArguments(isPattern: true, isSingle: false),
    ]

    func uses(in arguments: Arguments) -> [ChannelUse] {
        let end = isSingle ? min(2, arguments.count) : arguments.count
        return (1..<max(1, end)).map { ChannelUse(argument: $0, name: arguments[$0], isPattern: isPattern) }
    }
}

extension CommandTable {
    fileprivate var channelArguments: [Int: ChannelArguments] {
        var found: [Int: ChannelArguments] = [:]
        for (index, name) in fullNames.enumerated() { found[index] = ChannelArguments.byName[name] }
        return found
    }

    /// What rules must know of the commands.
    var catalogue: CommandCatalogue {
        let entries = descriptions.indices.map { index in
            let command = descriptions[index]
            return CommandCatalogue.Entry(
                name: fullNames[index], subcommands: index + 1..<index + 1 + command.subcommands.count,
                isSubcommand: parents[index] != index, categories: command.categoryBits)
        }
        return CommandCatalogue(entries: entries, categories: CommandCategory.allCases.map(\.rawValue))
    }
}

extension Command {
    /// The keys among the arguments with what is done with them; none where the arguments do not fit, since then the
    /// command does nothing.
    fileprivate func keyUses(in arguments: Arguments) -> [KeyUse] {
        (keys(in: arguments) ?? []).map {
            KeyUse(argument: $0.index, key: arguments[$0.index], permissions: $0.flags.permissions)
        }
    }
}

extension KeySpecification.Flags {
    /// What has to be allowed for this use of a key.
    fileprivate var permissions: KeyPermissions {
        var permissions: KeyPermissions = []
        if contains(.access) { permissions.insert(.read) }
        if !isDisjoint(with: [.update, .insert, .delete]) { permissions.insert(.write) }
        return permissions
    }
}
