import Commands
import Primitives
import RESP

/// The command that moves keys to other nodes.
public let migrationFamilies: [[Command]] = [
    [
        Command(
            "migrate", .generic, since: "2.6.0", arity: -6, [.write, .movablekeys], [.keyspace, .dangerous],
            keys: [
                .key(3, [.readWrite, .access, .delete]),
                KeySpecification(
                    .keyword("KEYS", from: -2), .range(last: -1, step: 1, limit: 0),
                    [.readWrite, .access, .delete, .incomplete]),
            ],
            syntax:
                "host port (key|\"\") destination-db timeout [COPY] [REPLACE] [AUTH password|AUTH2 username password] [KEYS key [key ...]]",
            complexity: "O(N) with N bytes of the values.",
            summary: "Moves keys to another server, one by one or with KEYS many at once.",
            tips: ["nondeterministic_output"], run: migrate)
    ]
]

private func migrate(_ call: inout Call) throws(CommandError) {
    let (request, timeout) = try migrationRequest(call)
    guard !request.keys.isEmpty else { return call.reply.simple("NOKEY") }
    guard let migrations = call.node.migrating as? KeyMigrations else { throw .migrationUnreachable }
    let address = PeerAddress(host: String(call.arguments[1]), port: port(call.arguments[2]))
    let run = KeyMigrationRun(migrations, to: address, from: call.database, request, timeout: timeout)
    // What becomes of the keys is recorded when they go.
    call.recordNothing()
    run.client = call.wait { $0.error("UNBLOCKED client unblocked via CLIENT UNBLOCK") }
    guard run.client == nil else { return migrations.begin(run) }
    migrations.carryOut(run)
    try run.result?.get()
    call.reply.ok()
}

/// What is no port is one that nobody listens to.
private func port(_ bytes: Bytes) -> Int { bytes.integer.flatMap { UInt16(exactly: $0) }.map { Int($0) } ?? 0 }

private func migrationRequest(_ call: Call) throws(CommandError) -> (KeyMigration.Request, timeout: Int64) {
    var request = KeyMigration.Request()
    request.isAsking = call.node.settings.clusterEnabled
    var names = [Array(call.arguments[3])]
    var options = call.options(from: 6)
    while !options.isAtEnd {
        if options.take("copy") {
            request.isCopy = true
        } else if options.take("replace") {
            request.replaces = true
        } else if options.take("auth") {
            request.credentials = [Array(try options.next())]
        } else if options.take("auth2") {
            request.credentials = [Array(try options.next()), Array(try options.next())]
        } else if options.take("keys") {
            guard call.arguments[3].isEmpty else {
                throw .message(
                    "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string")
            }
            names = try rest(&options)
        } else {
            throw .syntax
        }
    }
    let timeout = try call.integer(5)
    request.database = try call.integer(4)
    request.keys = names.filter { name in
        name.withBytes { call.keyspace.live(call.keyspace.key($0), call.database) != nil }
    }
    return (request, timeout: timeout <= 0 ? 1000 : timeout)
}

private func rest(_ options: inout ArgumentReader) throws(CommandError) -> [[UInt8]] {
    var rest: [[UInt8]] = []
    while !options.isAtEnd { rest.append(Array(try options.next())) }
    return rest
}
