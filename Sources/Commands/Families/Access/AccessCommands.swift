import Access
import Primitives
import RESP

private let common: CommandFlags = [.noscript, .loading, .stale]
private let everywhere = ["request_policy:all_nodes", "response_policy:all_succeeded"]

let accessCommands: [Command] = [
    Command(
        "acl", .server, since: "6.0.0", summary: "Holds the commands about users and their rights.",
        subcommands: [
            Command(
                "cat", .server, since: "6.0.0", arity: -2, common, syntax: "[category]",
                complexity: "O(N) with N commands.",
                summary: "Lists the categories, or the commands of a category.", run: listCategories),
            Command(
                "deluser", .server, since: "6.0.0", arity: -3, common.union(.admin), syntax: "username [username ...]",
                complexity: "O(N) with N connections.", summary: "Removes users and ends their connections.",
                tips: everywhere, run: deleteUsers),
            Command(
                "dryrun", .server, since: "7.0.0", arity: -4, common.union(.admin),
                syntax: "username command [arg [arg ...]]", complexity: "O(1)",
                summary: "Tells whether a user may run a command, without running it.", run: dryRun),
            Command(
                "genpass", .server, since: "6.0.0", arity: -2, common, syntax: "[bits]", complexity: "O(1)",
                summary: "Makes a password that nobody can guess.", run: generatePassword),
            Command(
                "getuser", .server, since: "6.0.0", arity: 3, common.union(.admin), syntax: "username",
                complexity: "O(N) with N rules of the user.", summary: "Describes a user.", run: describeUser),
            .help(for: "acl", .server, since: "6.0.0"),
            Command(
                "list", .server, since: "6.0.0", arity: 2, common.union(.admin), complexity: "O(N) with N users.",
                summary: "Returns the rules of all users, as a file would hold them.", run: listRules),
            Command(
                "load", .server, since: "6.0.0", arity: 2, common.union(.admin), complexity: "O(N) with N users.",
                summary: "Reads the file of users again.", run: loadUsers),
            Command(
                "log", .server, since: "6.0.0", arity: -2, common.union(.admin), syntax: "[count|RESET]",
                complexity: "O(N) with N entries shown.", summary: "Shows what was refused of late, or forgets it.",
                run: showLog),
            Command(
                "save", .server, since: "6.0.0", arity: 2, common.union(.admin), complexity: "O(N) with N users.",
                summary: "Writes all users into the file of users.", tips: everywhere, run: saveUsers),
            Command(
                "setuser", .server, since: "6.0.0", arity: -3, common.union(.admin),
                syntax: "username [rule [rule ...]]", complexity: "O(N) with N rules given.",
                summary: "Makes a user, or changes the rules of one.", tips: everywhere, run: setUser),
            Command(
                "users", .server, since: "6.0.0", arity: 2, common.union(.admin), complexity: "O(N) with N users.",
                summary: "Lists the names of all users.", run: listUsers),
            Command(
                "whoami", .server, since: "6.0.0", arity: 2, common, complexity: "O(1)",
                summary: "Returns the name of the user the connection belongs to.", run: tellUser),
        ])
]

extension CommandError {
    /// Where the reference counts the arguments of a subcommand itself.
    fileprivate static func subcommandSyntax(_ call: Call) -> CommandError {
        let name = call.arguments[1].echoed(128)
        return .text("ERR unknown subcommand or wrong number of arguments for '\(name)'. Try ACL HELP.")
    }
}

// MARK: Categories

private func listCategories(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count <= 3 else { throw .subcommandSyntax(call) }
    let names = try call.arguments.count == 2 ? CommandCategory.allCases.map(\.rawValue) : commandsOfCategory(call)
    call.reply.array(names.count)
    for name in names { call.reply.bulk(name) }
}

private func commandsOfCategory(_ call: Call) throws(CommandError) -> [String] {
    let name = call.arguments[2]
    guard let category = CommandCategory(rawValue: String(name).lowercased()) else {
        throw .text("ERR Unknown category '\(name.echoed(128))'")
    }
    let commands = call.node.commands
    return commands.descriptions.indices.filter { commands.descriptions[$0].allCategories.contains(category) }
        .map { commands.fullNames[$0] }
}

// MARK: DRYRUN

private func dryRun(_ call: inout Call) throws(CommandError) {
    guard let user = call.node.access.account(call.arguments[2])?.user else {
        throw .text("ERR User '\(call.arguments[2].echoed())' not found")
    }
    let arguments = call.arguments.dropFirst(3)
    guard let record = call.node.commands.record(for: arguments) else {
        throw .text("ERR Command '\(arguments[0].echoed())' not found")
    }
    let arity = Int(record.pointee.arity)
    guard arity >= 0 ? arguments.count == arity : arguments.count >= -arity else {
        throw .wrongArity(command: call.node.commands.fullNames[record.pointee.index])
    }
    guard let denial = call.node.denial(for: user, arguments, record) else { return call.reply.ok() }
    call.reply.bulk(text(of: denial, user, arguments, record, call.node))
}

private func text(
    of denial: Denial, _ user: User, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, _ node: Node
) -> String {
    let name = String(decoding: user.name, as: UTF8.self)
    return switch denial {
    case .command: node.commandDenial(user.name, record)
    case .key(let index): "User \(name) has no permissions to access the '\(String(arguments[index]))' key"
    case .channel(let index): "User \(name) has no permissions to access the '\(String(arguments[index]))' channel"
    }
}

extension CommandTable {
    /// The command or subcommand that arguments name; nil for none.
    fileprivate func record(for arguments: Arguments) -> UnsafeMutablePointer<CommandRecord>? {
        guard let record = find(arguments[0]) else { return nil }
        guard record.pointee.hasSubcommands, arguments.count >= 2 else { return record }
        return find(arguments[1], of: record.pointee.index)
    }
}

// MARK: Passwords

private let badBitCount: StaticString = """
    ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096
    """

/// The digits come from the system and not from the node's own random numbers, which are not for secrets.
private func generatePassword(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count <= 3 else { throw .subcommandSyntax(call) }
    let bits = try call.arguments.count == 3 ? call.integer(2) : 256
    guard 1...4096 ~= bits else { throw .message(badBitCount) }
    var source = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdef".utf8)
    let password = (0..<(bits + 3) / 4).map { _ in digits[Int.random(in: 0..<16, using: &source)] }
    password.withBytes { call.reply.bulk($0) }
}

// MARK: The log

private func showLog(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count <= 3 else { throw .subcommandSyntax(call) }
    var count: Int64 = 10
    if call.arguments.count == 3 {
        if call.arguments[2].equals(ignoringCase: "reset") {
            call.node.access.log.removeAll()
            return call.reply.ok()
        }
        count = max(0, try call.integer(2))
    }
    let entries = call.node.access.log.entries.prefix(Int(count))
    call.reply.array(entries.count)
    for entry in entries { write(entry, call) }
}

private func write(_ entry: AccessLog.Entry, _ call: Call) {
    call.reply.map(10)
    call.reply.bulk("count")
    call.reply.integer(entry.count)
    call.reply.bulk("reason")
    call.reply.bulk(entry.refusal.reason.rawValue)
    call.reply.bulk("context")
    call.reply.bulk(entry.refusal.context.rawValue)
    call.reply.bulk("object")
    entry.refusal.object.withBytes { call.reply.bulk($0) }
    call.reply.bulk("username")
    entry.refusal.userName.withBytes { call.reply.bulk($0) }
    call.reply.bulk("age-seconds")
    call.reply.double(Double(call.keyspace.now - entry.updatedAt) / 1000)
    call.reply.bulk("client-info")
    call.reply.bulk(entry.client)
    call.reply.bulk("entry-id")
    call.reply.integer(entry.id)
    call.reply.bulk("timestamp-created")
    call.reply.integer(entry.createdAt)
    call.reply.bulk("timestamp-last-updated")
    call.reply.integer(entry.updatedAt)
}

// MARK: The file

private let noFile: StaticString = """
    ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER \
    command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users \
    in the Redis configuration.
    """

private func loadUsers(_ call: inout Call) throws(CommandError) {
    if call.node.settings.aclfile.isEmpty { throw .message(noFile) }
    do throws(CommandError) {
        try call.node.loadUsers(call)
    } catch {
        call.node.log(.warning, error.reason)
        throw error
    }
    call.reply.ok()
}

private func saveUsers(_ call: inout Call) throws(CommandError) {
    if call.node.settings.aclfile.isEmpty { throw .message(noFile) }
    do throws(CommandError) {
        try call.node.saveUsers()
    } catch {
        call.node.log(.warning, "Saving the ACL file: \(error.reason)")
        throw .message(
            "ERR There was an error trying to save the ACLs. Please check the server logs for more information")
    }
    call.reply.ok()
}
