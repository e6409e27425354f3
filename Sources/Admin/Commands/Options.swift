import ArgumentParser
import Encryption
import Glibc
import Primitives

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(
        name: [.customShort("a"), .customLong("pass")],
        help: "The password of the nodes; the environment's REDISCLI_AUTH is safer.")
    var password: String?

    @Option(help: "The user whose password it is.")
    var user: String?

    @Flag(help: "Speak TLS to the nodes.")
    var tls = false

    @Option(help: "The certificates of trusted authorities.", completion: .file())
    var cacert: String?

    @Option(help: "The directory with the certificates of trusted authorities.", completion: .directory)
    var cacertdir: String?

    @Option(help: "The certificate to show.", completion: .file())
    var cert: String?

    @Option(help: "The key of that certificate.", completion: .file())
    var key: String?

    @Option(help: "What the node is called (SNI).")
    var sni: String?

    @Flag(help: "Answer with one JSON value.")
    var json = false

    func settings() throws(AdminFailure) -> ConnectionSettings {
        var settings = ConnectionSettings()
        settings.password = password ?? getenv("REDISCLI_AUTH").map { String(cString: $0) }
        settings.user = user
        settings.serverName = sni
        if tls { settings.identity = try identity() }
        return settings
    }

    private func identity() throws(AdminFailure) -> SecureIdentity {
        var options = SecurityOptions()
        (options.authorityFile, options.authorityDirectory) = (cacert ?? "", cacertdir ?? "")
        (options.certificateFile, options.keyFile) = (cert ?? "", key ?? "")
        guard cacert != nil || cacertdir != nil else {
            throw AdminFailure("--tls needs --cacert or --cacertdir, to know whom to trust.", .usage)
        }
        do {
            return try SecureIdentity(client: options)
        } catch {
            throw AdminFailure("\(error)", .usage)
        }
    }
}

/// What commands take that change something.
struct ChangeOptions: ParsableArguments {
    @Flag(
        name: [.customShort("y"), .customLong("yes"), .customLong("cluster-yes")],
        help: "Carry the plan out without asking.")
    var yes = false

    @Flag(name: [.customLong("dry-run"), .customLong("cluster-simulate")], help: "Only show the plan.")
    var dryRun = false

    @Option(help: "How many seconds to wait for the nodes to agree in the end.")
    var wait = 60
}

/// What commands take that move keys.
struct MoveOptions: ParsableArguments {
    @Option(
        name: [.customLong("timeout"), .customLong("cluster-timeout")],
        help: "How long MIGRATE may take, in milliseconds.")
    var timeout = 60_000

    @Option(
        name: [.customLong("pipeline"), .customLong("cluster-pipeline")],
        help: "How many keys go with one MIGRATE.")
    var pipeline = 100

    @Flag(
        name: [.customLong("replace"), .customLong("cluster-replace")],
        help: "Overwrite keys that are at the target already.")
    var replace = false

    @Flag(help: "Move slots key by key, also between nodes that move them as a whole.")
    var byKey = false

    func validate() throws {
        guard timeout > 0, pipeline > 0 else { throw ValidationError("--timeout and --pipeline are at least 1.") }
    }

    func keyOptions(_ settings: ConnectionSettings) -> KeyMoveOptions {
        KeyMoveOptions(
            pipeline: pipeline, timeoutMilliseconds: timeout, replaces: replace,
            authentication: settings.migrateWords)
    }
}

/// Any node of the cluster.
struct SeedArgument: ParsableArguments {
    @Argument(help: "Any node of the cluster: host:port, or host and port.")
    var address: [String]

    func parsed() throws(AdminFailure) -> NodeAddress { try SeedArgument.parse(address) }

    static func parse(_ words: [String]) throws(AdminFailure) -> NodeAddress {
        let text = words.joined(separator: ":")
        guard words.count <= 2, let address = NodeAddress(text) else {
            throw AdminFailure("Not an address: \(words.joined(separator: " ")). It is host:port.", .usage)
        }
        return address
    }
}
