import Encryption

/// How nodes are reached.
struct ConnectionSettings {
    var user: String?
    var password: String?
    var identity: SecureIdentity?
    /// What the server is told it is called; nil for the host that was given.
    var serverName: String?
    /// How long a connection may take to come up, in milliseconds.
    var connectTimeoutMilliseconds = 5000
    /// How long a reply may take, in milliseconds.
    var replyTimeoutMilliseconds = 60_000

    /// What MIGRATE says to authenticate.
    var migrateWords: [String] {
        guard let password else { return [] }
        return user.map { ["AUTH2", $0, password] } ?? ["AUTH", password]
    }
}
