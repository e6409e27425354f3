import Commands

/// What the executable does with its arguments: under its own name the first is a command; under the name of a reference
/// server the arguments are that server's.
public enum Program {
    /// - Parameter arguments: the name of the program first.
    /// - Returns: the exit code of the process.
    public static func run(_ arguments: [String]) -> Int32 {
        let name = arguments.first?.split(separator: "/").last.map(String.init) ?? "apus"
        let rest = Array(arguments.dropFirst())
        if serverNames.contains(name) { return Server.main(rest) }
        if logCheckNames.contains(name) { return CheckAOF.main(arguments[0], rest) }
        if snapshotCheckNames.contains(name) { return CheckRDB.main(name, rest) }
        switch rest.first {
        case "server": return Server.main(Array(rest.dropFirst()))
        case "health": return HealthCheck.main(Array(rest.dropFirst()))
        case "check-aof": return CheckAOF.main("apus check-aof", Array(rest.dropFirst()))
        case "check-rdb": return CheckRDB.main("apus check-rdb", Array(rest.dropFirst()))
        case "-v", "--version", "version":
            print("apus \(Release.apus) (redis_version \(Release.reference))")
            return 0
        case nil, "-h", "--help", "help":
            print(usage)
            return 0
        case let command?:
            printError("apus: '\(command)' is not a command.\n\n\(usage)")
            return 1
        }
    }

    private static let serverNames: Set = ["redis-server", "valkey-server"]

    private static let logCheckNames: Set = ["redis-check-aof", "valkey-check-aof"]
    private static let snapshotCheckNames: Set = ["redis-check-rdb", "valkey-check-rdb"]

    private static let usage = """
        Usage: apus server [file] [--directive value …]   runs a node
               apus health [--ready]                      says whether a node of this machine lives, and serves
               apus check-rdb file                        says whether an RDB file can be read
               apus check-aof [--fix|--truncate-to-timestamp time] <file.manifest|file.aof>
                                                          looks through an append-only file
               apus cluster command …                     makes, looks after and changes clusters (apus cluster --help)
               apus benchmark [host:port]                 puts a node or a cluster under load (apus benchmark --help)
               apus --generate-completion-script shell    completion for bash, zsh or fish
               apus --version                             says which version this is

        Started under the name of one of redis-server, redis-check-rdb and redis-check-aof, or of their Valkey kin, apus
        takes that command's arguments.
        """
}
