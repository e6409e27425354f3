import Access
import Primitives
import RESP

// ACL SETUSER, DELUSER, GETUSER, LIST, USERS, WHOAMI.

func setUser(_ call: inout Call) throws(CommandError) {
    let name = call.arguments[2]
    if RuleWords.hasBlanks(name.buffer) { throw .message("ERR Usernames can't contain spaces or null characters") }
    let words = (3..<call.arguments.count).map { Array(call.arguments[$0]) }
    let (rules, unclosed) = RuleWords.merged(words)
    if let unclosed {
        let opening = call.arguments[3 + unclosed].echoed()
        throw .text("ERR Unmatched parenthesis in acl selector starting at '\(opening)'.")
    }
    let context = call.node.access.context
    var user = call.node.access.account(name)?.user ?? User(name: Array(name), context)
    do throws(RuleFailure) {
        try user.apply(rules, context)
    } catch {
        let rule = error.rule.withBytes { $0.echoed() }
        throw .text("ERR Error in ACL SETUSER modifier '\(rule)': \(error.error.reason)")
    }
    warnOfFirstArguments(rules, call)
    call.node.change(user, call)
    call.reply.ok()
}

/// Allowing a command with one first argument only is there for old files.
private func warnOfFirstArguments(_ rules: [[UInt8]], _ call: Call) {
    for rule in rules where rule.first == UInt8(ascii: "+") && rule.contains(UInt8(ascii: "|")) {
        guard call.node.access.context.catalogue.index(named: rule.dropFirst()) == nil else { continue }
        let subject = String(decoding: rule.dropFirst(), as: UTF8.self)
        call.node.log(
            .warning,
            """
            Deprecation warning: Allowing a first arg of an otherwise blocked command is a misuse of ACL and may get \
            disabled in the future (offender: +\(subject))
            """)
    }
}

/// Users before the default user among the arguments are gone even though it cannot be removed.
func deleteUsers(_ call: inout Call) throws(CommandError) {
    var count = 0
    for index in 2..<call.arguments.count {
        if call.arguments[index] == "default" { throw .message("ERR The 'default' user cannot be removed") }
        if call.node.removeUser(Array(call.arguments[index]), call) { count += 1 }
    }
    call.reply.integer(count)
}

func describeUser(_ call: inout Call) throws(CommandError) {
    guard let user = call.node.access.account(call.arguments[2])?.user else { return call.reply.null() }
    call.reply.map(6)
    call.reply.bulk("flags")
    call.reply.set(user.flags.count)
    for flag in user.flags { call.reply.bulk(flag) }
    call.reply.bulk("passwords")
    call.reply.array(user.passwords.count)
    for password in user.passwords { write(password.hexadecimal, call) }
    write(user.selectors[0], call)
    call.reply.bulk("selectors")
    call.reply.array(user.selectors.count - 1)
    for selector in user.selectors.dropFirst() {
        call.reply.map(3)
        write(selector, call)
    }
}

/// Three fields and their values.
private func write(_ selector: Selector, _ call: Call) {
    call.reply.bulk("commands")
    write(selector.commandDescription, call)
    call.reply.bulk("keys")
    write(selector.keyDescription, call)
    call.reply.bulk("channels")
    write(selector.channelDescription, call)
}

private func write(_ text: [UInt8], _ call: Call) { text.withBytes { call.reply.bulk($0) } }

func listRules(_ call: inout Call) throws(CommandError) {
    let accounts = call.node.access.sortedAccounts
    call.reply.array(accounts.count)
    for account in accounts { write(account.user.line, call) }
}

func listUsers(_ call: inout Call) throws(CommandError) {
    let accounts = call.node.access.sortedAccounts
    call.reply.array(accounts.count)
    for account in accounts { write(account.user.name, call) }
}

func tellUser(_ call: inout Call) throws(CommandError) {
    guard let user = call.session.account?.user else { return call.reply.null() }
    write(user.name, call)
}
