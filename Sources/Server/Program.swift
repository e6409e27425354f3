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
        switch rest.first {
        case "server": return Server.main(Array(rest.dropFirst()))
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

    private static let usage = """
        Usage: apus server [file] [--directive value …]   runs a node
               apus --version                             says which version this is

        Started under the name redis-server or valkey-server, apus takes that command's arguments.
        """
}
