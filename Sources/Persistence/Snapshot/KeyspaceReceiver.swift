import Primitives
import Storage
import Structures

/// Puts what a snapshot holds into a keyspace.
public final class KeyspaceReceiver: SnapshotReceiver {
    private let keyspace: Keyspace
    private let options: LoadingOptions
    private let loadLibrary: (Bytes) throws(RDBReason) -> Void
    /// What is done after each key.
    public var didTake: () -> Void = {}
    /// Keys put into the keyspace.
    public private(set) var loadedCount = 0
    /// Keys left out since their time had come.
    public private(set) var expiredCount = 0
    /// What the file said of itself.
    public private(set) var facts: [String: String] = [:]

    /// - Parameter loadLibrary: what becomes of the code of a library.
    public init(
        _ keyspace: Keyspace, _ options: LoadingOptions = LoadingOptions(),
        loadLibrary: @escaping (Bytes) throws(RDBReason) -> Void = { _ in }
    ) {
        self.keyspace = keyspace
        self.options = options
        self.loadLibrary = loadLibrary
    }

    /// When collections take their large form.
    public var limits: CollectionLimits { keyspace.limits }

    /// Puts a key into its database.
    public func take(_ key: Bytes, _ value: LooseValue, _ facts: KeyFacts) throws(RDBReason) {
        if let expiry = facts.expiry, expiry < keyspace.now, !options.keepsExpired, !isOfHistory {
            value.free()
            expiredCount += 1
            return
        }
        let key = keyspace.key(key)
        if !options.replaces, keyspace.contains(key, facts.database) {
            value.free()
            throw RDBReason("the key '\(key.bytes.echo)' is there twice")
        }
        keyspace.restore(
            key, value, facts.database, expiry: facts.expiry, clock: keyspace.clock(after: facts))
        loadedCount += 1
        didTake()
    }

    /// Whether others may go on from this file: they have to be told when a key's time has come, so it is there until then.
    private var isOfHistory: Bool { facts["repl-id"] != nil }

    /// Loads a library.
    public func takeLibrary(_ code: Bytes) throws(RDBReason) { try loadLibrary(code) }

    /// Remembers what the file says of itself.
    public func takeFact(_ name: Bytes, _ value: Bytes) {
        if name.equals(ignoringCase: Keyspace.incomingFact) { return keyspace.takeIncoming(value) }
        if facts.count < 64, name.count + value.count < 1024 { facts[String(name)] = String(value) }
    }
}

/// How a snapshot is put into a keyspace.
public struct LoadingOptions: Sendable {
    /// Whether keys come in whose time is over, as at the beginning of an append-only file.
    public var keepsExpired = false
    /// Whether keys that are there already are replaced; otherwise they are an error.
    public var replaces = false

    /// The usual ones.
    public init() {}
}

extension Keyspace {
    /// Whether a key is there, expired or not.
    fileprivate func contains(_ key: Key, _ database: Int) -> Bool {
        let mode = expiryMode
        expiryMode = .ignore
        defer { expiryMode = mode }
        return live(key, database) != nil
    }

    /// The access clock of an entry of which a file tells how it was used; nil where that says nothing here.
    fileprivate func clock(after facts: KeyFacts) -> UInt32? {
        facts.idleSeconds.flatMap { clock(idleSeconds: Int64(clamping: $0)) }
            ?? facts.frequency.flatMap { clock(frequency: $0) }
    }
}

extension Bytes {
    /// A key for a message: its beginning, a character for each byte that can be shown.
    var echo: String {
        String(buffer.prefix(128).map { (32..<127).contains($0) ? Character(UnicodeScalar($0)) : "." })
    }
}
