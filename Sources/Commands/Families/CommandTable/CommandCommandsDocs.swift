import Primitives
import RESP

// COMMAND DOCS.

func documentCommands(_ call: inout Call) throws(CommandError) {
    let indices = documentedCommands(call)
    call.reply.map(indices.count)
    for index in indices { document(index, call) }
}

/// The commands that are named; unknown ones are left out.
private func documentedCommands(_ call: Call) -> [Int] {
    let commands = call.node.commands
    if call.arguments.count == 2 { return commands.topLevel }
    return (2..<call.arguments.count).compactMap { commands.index(named: String(call.arguments[$0])) }
}

private func document(_ index: Int, _ call: Call) {
    let command = call.node.commands.descriptions[index]
    let arguments = command.syntaxTree ?? []
    let fields = fields(of: command)
    call.reply.bulk(call.node.commands.fullNames[index])
    call.reply.map(
        fields.count + (command.deprecation == nil ? 0 : 3) + (arguments.isEmpty ? 0 : 1)
            + (command.subcommands.isEmpty ? 0 : 1))
    for (name, value) in fields { writeField(name, value, call) }
    if let deprecation = command.deprecation { write(deprecation, call) }
    if !arguments.isEmpty { write(arguments, of: command, call) }
    if !command.subcommands.isEmpty { documentSubcommands(of: index, call) }
}

private func fields(of command: Command) -> [(String, String)] {
    [
        ("summary", command.summary), ("since", command.since), ("group", command.group.rawValue),
        ("complexity", command.complexity),
    ]
}

private func writeField(_ name: String, _ value: String, _ call: Call) {
    call.reply.bulk(name)
    call.reply.bulk(value)
}

private func write(_ deprecation: Command.Deprecation, _ call: Call) {
    call.reply.bulk("doc_flags")
    call.reply.set(1)
    call.reply.simple("deprecated")
    writeField("deprecated_since", deprecation.since, call)
    writeField("replaced_by", deprecation.replacement, call)
}

private func documentSubcommands(of index: Int, _ call: Call) {
    let count = call.node.commands.descriptions[index].subcommands.count
    call.reply.bulk("subcommands")
    call.reply.map(count)
    for offset in 1...count { document(index + offset, call) }
}

// MARK: Arguments

private func write(_ arguments: [SyntaxNode], of command: Command, _ call: Call) {
    call.reply.bulk("arguments")
    var writer = ArgumentWriter(call: call, lastSpecification: command.keys.count - 1)
    writer.write(arguments)
}

/// Writes arguments; the keys among them belong to the key specifications in order.
private struct ArgumentWriter {
    let call: Call
    let lastSpecification: Int
    private var keyCount = 0

    init(call: Call, lastSpecification: Int) {
        self.call = call
        self.lastSpecification = lastSpecification
    }

    mutating func write(_ nodes: [SyntaxNode]) {
        call.reply.array(nodes.count)
        for node in nodes { write(node) }
    }

    private mutating func write(_ node: SyntaxNode) {
        let texts = ArgumentWriter.texts(of: node)
        let flags = ArgumentWriter.flags(of: node)
        call.reply.map(
            texts.count + (node.kind == .key ? 1 : 0) + (node.token == nil ? 0 : 1) + (flags.isEmpty ? 0 : 1)
                + (node.children.isEmpty ? 0 : 1))
        for (name, value) in texts { writeField(name, value, call) }
        if node.kind == .key { writeSpecification() }
        if let token = node.token { writeField("token", token == "\"\"" ? "" : token, call) }
        if !flags.isEmpty { writeFlags(flags) }
        guard !node.children.isEmpty else { return }
        call.reply.bulk("arguments")
        write(node.children)
    }

    private static func texts(of node: SyntaxNode) -> [(String, String)] {
        let display = node.children.isEmpty ? [("display_text", node.name)] : []
        return [("name", node.name), ("type", node.kind.rawValue)] + display
    }

    private static func flags(of node: SyntaxNode) -> [String] {
        (node.isOptional ? ["optional"] : []) + (node.isMultiple ? ["multiple"] : [])
            + (node.repeatsToken ? ["multiple_token"] : [])
    }

    private mutating func writeSpecification() {
        call.reply.bulk("key_spec_index")
        call.reply.integer(min(keyCount, lastSpecification))
        keyCount += 1
    }

    private func writeFlags(_ flags: [String]) {
        call.reply.bulk("flags")
        call.reply.set(flags.count)
        for flag in flags { call.reply.simple(flag) }
    }
}
