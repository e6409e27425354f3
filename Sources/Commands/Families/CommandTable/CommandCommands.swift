import Primitives
import RESP

/// Flags of COMMAND and all of its subcommands.
private let common: CommandFlags = [.loading, .stale]

let commandCommands: [Command] = [
    Command(
        "command", .server, since: "2.8.13", arity: -1, common, [.connection],
        complexity: "O(N) with N commands.", summary: "Describes all commands.",
        tips: ["nondeterministic_output_order"],
        subcommands: [
            Command(
                "count", .server, since: "2.8.13", arity: 2, common, [.connection], complexity: "O(1)",
                summary: "Counts the commands.", run: countCommands),
            Command(
                "docs", .server, since: "7.0.0", arity: -2, common, [.connection],
                syntax: "[command-name [command-name ...]]", complexity: "O(N) with N commands asked for.",
                summary: "Documents some commands, or all.", tips: ["nondeterministic_output_order"],
                run: documentCommands),
            Command(
                "getkeys", .server, since: "2.8.13", arity: -3, common, [.connection],
                syntax: "command [arg [arg ...]]",
                complexity: "O(N) with N arguments.", summary: "Returns the keys among the arguments of a command.",
                run: getKeys),
            Command(
                "getkeysandflags", .server, since: "7.0.0", arity: -3, common, [.connection],
                syntax: "command [arg [arg ...]]", complexity: "O(N) with N arguments.",
                summary: "Returns the keys among the arguments of a command, and what is done with each.",
                run: getKeysAndFlags),
            .help(for: "command", .server, since: "5.0.0", common, [.connection]),
            Command(
                "info", .server, since: "2.8.13", arity: -2, common, [.connection],
                syntax: "[command-name [command-name ...]]", complexity: "O(N) with N commands asked for.",
                summary: "Describes some commands, or all.", tips: ["nondeterministic_output_order"],
                run: describeCommands),
            Command(
                "list", .server, since: "7.0.0", arity: -2, common, [.connection],
                syntax: "[FILTERBY (MODULE module-name|ACLCAT category|PATTERN pattern)]",
                complexity: "O(N) with N commands.", summary: "Lists the names of commands.",
                tips: ["nondeterministic_output_order"], run: listCommands),
        ], run: describeAllCommands)
]

private func countCommands(_ call: inout Call) throws(CommandError) {
    call.reply.integer(call.node.commands.topLevel.count)
}

// MARK: COMMAND LIST

/// A filter of names: a full name, and the command.
private typealias NameFilter = (String, Command) -> Bool

private func listCommands(_ call: inout Call) throws(CommandError) {
    let filter = try nameFilter(call)
    let commands = call.node.commands
    var names: [String] = []
    for index in commands.topLevel {
        for member in index...index + commands.descriptions[index].subcommands.count
        where filter(commands.fullNames[member], commands.descriptions[member]) {
            names.append(commands.fullNames[member])
        }
    }
    call.reply.array(names.count)
    for name in names { call.reply.bulk(name) }
}

private func nameFilter(_ call: Call) throws(CommandError) -> NameFilter {
    var options = call.options(from: 2)
    if options.isAtEnd { return { _, _ in true } }
    guard options.remaining == 3, options.take("filterby") else { throw .syntax }
    if try options.value(after: "module") != nil { return { _, _ in false } }
    if let category = try options.value(after: "aclcat") {
        let name = String(category).lowercased()
        return { _, command in command.allCategories.contains { $0.rawValue == name } }
    }
    guard let pattern = try options.value(after: "pattern") else { throw .syntax }
    return { name, _ in Bytes.with(name) { Glob.matches(pattern, $0, ignoringCase: true) } }
}

// MARK: COMMAND and COMMAND INFO

private func describeAllCommands(_ call: inout Call) throws(CommandError) {
    let all = call.node.commands.topLevel
    call.reply.array(all.count)
    for index in all { describe(index, call) }
}

private func describeCommands(_ call: inout Call) throws(CommandError) {
    if call.arguments.count == 2 { return try describeAllCommands(&call) }
    call.reply.array(call.arguments.count - 2)
    for argument in 2..<call.arguments.count {
        if let index = call.node.commands.index(named: String(call.arguments[argument])) {
            describe(index, call)
        } else {
            call.reply.null()
        }
    }
}

/// The ten elements of COMMAND INFO.
private func describe(_ index: Int, _ call: Call) {
    let command = call.node.commands.descriptions[index]
    let range = command.legacyKeyRange
    call.reply.array(10)
    call.reply.bulk(call.node.commands.fullNames[index])
    call.reply.integer(command.arity)
    writeSet(CommandFlags.names.filter { command.shownFlags.contains($0.0) }.map(\.1), call)
    call.reply.integer(range?.first ?? 0)
    call.reply.integer(range?.last ?? 0)
    call.reply.integer(range?.step ?? 0)
    writeSet(command.allCategories.map { "@" + $0.rawValue }, call)
    call.reply.set(command.tips.count)
    for tip in command.tips { call.reply.bulk(tip) }
    call.reply.set(command.keys.count)
    for specification in command.keys { write(specification, call) }
    call.reply.set(command.subcommands.count)
    for offset in command.subcommands.indices { describe(index + 1 + offset, call) }
}

private func writeSet(_ words: [String], _ call: Call) {
    call.reply.set(words.count)
    for word in words { call.reply.simple(word) }
}

private func write(_ specification: KeySpecification, _ call: Call) {
    call.reply.map(3)
    call.reply.bulk("flags")
    writeSet(specification.flags.shownNames, call)
    call.reply.bulk("begin_search")
    switch specification.begin {
    case .index(let index): writeRule("index", [("index", index)], call)
    case .keyword(let word, let from): writeKeyword(word, from, call)
    case .unknown: writeRule("unknown", [], call)
    }
    call.reply.bulk("find_keys")
    switch specification.find {
    case .range(let last, let step, let limit):
        writeRule("range", [("lastkey", last), ("keystep", step), ("limit", limit)], call)
    case .count(let index, let first, let step):
        writeRule("keynum", [("keynumidx", index), ("firstkey", first), ("keystep", step)], call)
    case .unknown: writeRule("unknown", [], call)
    }
}

private func writeRule(_ type: String, _ fields: [(String, Int)], _ call: Call) {
    writeRuleHeader(type, fields.count, call)
    for (name, value) in fields {
        call.reply.bulk(name)
        call.reply.integer(value)
    }
}

private func writeKeyword(_ word: StaticString, _ from: Int, _ call: Call) {
    writeRuleHeader("keyword", 2, call)
    call.reply.bulk("keyword")
    call.reply.bulk("\(word)")
    call.reply.bulk("startfrom")
    call.reply.integer(from)
}

private func writeRuleHeader(_ type: String, _ fieldCount: Int, _ call: Call) {
    call.reply.map(2)
    call.reply.bulk("type")
    call.reply.bulk(type)
    call.reply.bulk("spec")
    call.reply.map(fieldCount)
}

extension KeySpecification.Flags {
    var shownNames: [String] { KeySpecification.Flags.names.filter { contains($0.0) }.map(\.1) }
}
