import Primitives
import RESP

let debugCommands: [Command] = [
    Command(
        "debug", .server, since: "1.0.0", arity: -2, [.admin, .noscript, .loading, .stale, .protected],
        syntax: "subcommand [argument ...]", complexity: "Depends on subcommand.",
        summary: "Looks into the node and disturbs it, for tests.", run: debug)
]

/// One of the words that DEBUG takes.
struct DebugSwitch: Sendable {
    /// The word, in lower case.
    let word: StaticString
    /// What may follow it.
    let syntax: String
    let explanation: String
    /// How many arguments may follow it.
    let argumentCounts: ClosedRange<Int>
    let run: CommandBody

    init(
        _ word: StaticString, taking argumentCounts: ClosedRange<Int> = 0...0, syntax: String = "",
        _ explanation: String,
        run: @escaping CommandBody
    ) {
        self.word = word
        self.syntax = syntax
        self.explanation = explanation
        self.argumentCounts = argumentCounts
        self.run = run
    }

    /// How it is used, for HELP.
    var usage: String { "\(word)".uppercased() + (syntax.isEmpty ? "" : " \(syntax)") }
}

private let debugSwitches: [DebugSwitch] =
    dataSwitches + reloadSwitches + tableSwitches + protocolSwitches + processSwitches + settingSwitches

private func debug(_ call: inout Call) throws(CommandError) {
    let word = call.arguments[1]
    let count = call.arguments.count - 2
    if word.equals(ignoringCase: "help"), count == 0 { return writeDebugHelp(call) }
    for entry in debugSwitches where word.equals(ignoringCase: entry.word) && entry.argumentCounts.contains(count) {
        return try entry.run(&call)
    }
    throw .unknownDebugWord(word)
}

private func writeDebugHelp(_ call: Call) {
    var lines = ["DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    for entry in debugSwitches { lines += [entry.usage, "    \(entry.explanation)"] }
    lines += ["HELP", "    Prints this help."]
    call.reply.array(lines.count)
    for line in lines { call.reply.simple(line) }
}

extension CommandError {
    /// The reference's answer to a word of DEBUG that it does not know, or not with these arguments.
    static func unknownDebugWord(_ word: Bytes) -> CommandError {
        let name = word.echoed(128)
        return .text("ERR unknown subcommand or wrong number of arguments for '\(name)'. Try DEBUG HELP.")
    }
}
