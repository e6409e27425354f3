import Encryption
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// What the driver keeps for TLS: the certificates in force, and the handshakes under way.
final class TransportSecurity {
    private let engine = SecureEngine()
    /// The certificates in force.
    var identities: Identities
    private var handshakes = Handshakes<Connection>()
    private var watch = FileWatch()

    /// Reads the certificates if the settings ask for TLS; throws the reason, which is also logged.
    init(_ settings: Settings, _ log: Log) throws(StartError) {
        do throws(SecurityError) {
            identities = try Identities(settings)
        } catch {
            log.write(.warning, error.reason)
            throw StartError(reason: "Failed to configure TLS. Check logs for more info.")
        }
    }

    /// Who the node is to those who speak TLS with it. Connections keep the identity they began with.
    struct Identities {
        /// For new connections of clients; nil where TLS is off.
        private(set) var server: SecureIdentity?
        /// For connections to other nodes.
        private(set) var client: SecureIdentity?

        /// What the files hold now.
        init(_ settings: Settings) throws(SecurityError) {
            let isOurs = settings.tlsReplication || settings.tlsCluster
            guard settings.tlsPort != 0 || isOurs else { return }
            if isOurs { client = try SecureIdentity(client: SecurityOptions(client: settings)) }
            server = try SecureIdentity(server: SecurityOptions(server: settings))
        }
    }

    /// The channel of a new connection; nil where TLS is off.
    func accept() -> SecureChannel? { identities.server.map(engine.accept) }

    /// The channel of a connection to another node.
    func connect() throws(SecurityError) -> SecureChannel {
        guard let client = identities.client else { throw .refused("TLS is not configured") }
        return try engine.connect(client)
    }

    /// Reads the files again if the time has come to look, and they have changed; says whether they are in force now.
    func reloadsChangedFiles(_ settings: Settings, _ log: Log, now: Int64) -> Bool {
        guard settings.tlsAutoReloadInterval > 0, identities.server != nil,
            watch.findsChange(settings.tlsFiles, now: now, everySeconds: settings.tlsAutoReloadInterval)
        else { return false }
        do throws(SecurityError) {
            identities = try Identities(settings)
            log.write(.notice, "TLS certificates have changed and were read again")
            return true
        } catch {
            log.write(.warning, "TLS certificates have changed and cannot be used: \(error.reason)")
            return false
        }
    }

    // MARK: Handshakes

    /// Takes note of a connection whose handshake begins.
    func expect(_ connection: Connection, now: Int64) {
        handshakes.add(connection, deadline: now + TransportSecurity.longestHandshakeMilliseconds)
    }

    /// Whether the connection's handshake was under way until now, and no more is.
    func concludes(_ connection: Connection) -> Bool {
        guard connection.isShakingHands else { return false }
        connection.isShakingHands = false
        handshakes.remove(connection)
        return true
    }

    /// Connections whose handshake has taken too long.
    func late(now: Int64) -> [Connection] { handshakes.late(now: now) }

    /// How long a client may take to agree on keys.
    private static let longestHandshakeMilliseconds: Int64 = 10_000
}

/// Looks from time to time whether files were written.
struct FileWatch {
    private var nextLook: Int64 = 0
    private var known: [String: Int]?

    /// Whether a file differs from the last look; the first look finds nothing.
    mutating func findsChange(_ paths: [String], now: Int64, everySeconds: Int) -> Bool {
        guard now >= nextLook else { return false }
        nextLook = now + Int64(everySeconds) * 1000
        let before = known
        known = Dictionary(uniqueKeysWithValues: Set(paths).map { ($0, FileWatch.writtenAt($0)) })
        return before != nil && before != known
    }

    /// Nanoseconds since 1970; 0 where there is no such file.
    private static func writtenAt(_ path: String) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { return 0 }
        return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    }
}

/// Handshakes under way, in the order in which they began.
struct Handshakes<Item: AnyObject> {
    private var waiting: [(item: Item, deadline: Int64)] = []

    /// Deadlines do not decrease.
    mutating func add(_ item: Item, deadline: Int64) { waiting.append((item, deadline)) }

    mutating func remove(_ item: Item) {
        guard let index = waiting.firstIndex(where: { $0.item === item }) else { return }
        waiting.remove(at: index)
    }

    /// Those whose deadline has passed.
    func late(now: Int64) -> [Item] { waiting.prefix { $0.deadline <= now }.map(\.item) }
}

extension Settings {
    fileprivate var tlsFiles: [String] {
        [
            self.tlsCertFile, self.tlsKeyFile, self.tlsClientCertFile, self.tlsClientKeyFile, self.tlsCaCertFile,
            self.tlsCaCertDir,
        ]
    }
}
