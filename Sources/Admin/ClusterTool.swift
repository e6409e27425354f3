// Admin: what `apus cluster …` does, as a client of nodes. What is to be done is planned by values without I/O (View,
// Plans, Moving); a thin driver with blocking sockets carries it out. May import Encryption, RESP, Primitives, and the
// parser of the command line.
import ArgumentParser
import Glibc

/// The tool for clusters, and the completion of the program's command line.
public enum ClusterTool {
    /// Whether a command line, without the name of the program, is for this tool.
    public static func takes(_ arguments: [String]) -> Bool {
        let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
        return words.first == "cluster" || words.first == "benchmark"
            || arguments.first?.hasPrefix("--generate-completion-script") == true
    }

    /// Runs the tool.
    /// - Returns: the exit code of the process; `docs/cluster-tool.md` lists them.
    public static func run(_ arguments: [String]) -> Int32 {
        do {
            var command = try ApusCommand.parseAsRoot(arguments)
            try command.run()
            return 0
        } catch {
            let code = ApusCommand.exitCode(for: error).rawValue
            let message = ApusCommand.fullMessage(for: error)
            if !message.isEmpty { Console.write(message + "\n", to: code == 0 ? STDOUT_FILENO : STDERR_FILENO) }
            return code
        }
    }
}

/// The whole command line of the program, for its completion; only `cluster` and `benchmark` are run here.
struct ApusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus", abstract: "A clustered cache daemon that speaks the Redis protocol.",
        subcommands: [ClusterCommand.self, BenchmarkCommand.self, ServerWord.self, SnapshotWord.self, LogWord.self])
}

struct ServerWord: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "server", abstract: "Runs a node.")
    @Argument(parsing: .captureForPassthrough, completion: .file()) var arguments: [String] = []
}

struct SnapshotWord: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-rdb", abstract: "Says whether an RDB file can be read.")
    @Argument(parsing: .captureForPassthrough, completion: .file()) var arguments: [String] = []
}

struct LogWord: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-aof", abstract: "Looks through an append-only file.")
    @Argument(parsing: .captureForPassthrough, completion: .file()) var arguments: [String] = []
}

struct ClusterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Makes, looks after and changes clusters of Apus, Redis and Valkey nodes.",
        discussion: """
            Commands that change something show a plan first and ask. --yes carries it out without asking, --dry-run only \
            shows it. Exit codes: 0 done, 1 the cluster is not as it should be, 2 a node was out of reach or refused, \
            3 nobody agreed to the plan, 64 wrong command line, 130 interrupted.
            """,
        subcommands: [
            Create.self, Info.self, Check.self, Fix.self, ReshardCommand.self, RebalanceCommand.self, AddNode.self,
            DelNode.self, FailoverCommand.self, Import.self, Call.self, Backup.self, SetTimeout.self, Watch.self,
        ])
}
