import Primitives
import RESP

// What containers (CLIENT, CONFIG, OBJECT, …) answer to HELP: made from the table, so it cannot fall behind it.

extension Command {
    /// The subcommand HELP of a container.
    public static func help(
        for container: String, _ group: CommandGroup, since: String, _ flags: CommandFlags = [.loading, .stale],
        _ categories: [CommandCategory] = []
    ) -> Command {
        Command(
            "help", group, since: since, arity: 2, flags, categories, complexity: "O(1)",
            summary: "Lists the subcommands of \(container.uppercased()).", run: answerHelp)
    }
}

private func answerHelp(_ call: inout Call) throws(CommandError) {
    let commands = call.node.commands
    let container = commands.descriptions[commands.parents[call.record.pointee.index]]
    let lines = helpLines(of: container)
    call.reply.array(lines.count)
    for line in lines { call.reply.simple(line) }
}

private func helpLines(of container: Command) -> [String] {
    var lines = ["\(container.name.uppercased()) <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    if container.arity == -1 { lines += ["(no subcommand)", "    \(container.summary)"] }
    for subcommand in container.subcommands where subcommand.name != "help" {
        let arguments = subcommand.syntax.isEmpty ? "" : " \(subcommand.syntax)"
        lines += [subcommand.name.uppercased() + arguments, "    \(subcommand.summary)"]
    }
    return lines + ["HELP", "    Prints this help."]
}
