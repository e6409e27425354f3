import Primitives

@testable import Storage

/// A keyspace whose keys are Swift strings, for tests.
final class TestKeyspace {
    let keyspace: Keyspace

    init(seed: UInt64 = 1, now: Int64 = 1_700_000_000_000) {
        keyspace = Keyspace(seed: seed)
        keyspace.now = now
    }

    var database: Database { keyspace.database(0) }
    var count: Int { database.count }

    func with<Result>(_ name: String, _ body: (Key) -> Result) -> Result {
        Bytes.with(name) { body(keyspace.key($0)) }
    }

    func set(_ name: String, _ value: String, expiry: ExpiryChange = .clear, database: Int = 0) {
        with(name) { key in
            Bytes.with(value) { keyspace.set(key, StringValue($0), database, expiry: expiry) }
        }
    }

    /// The value of a key, expired or not.
    func value(_ name: String, database: Int = 0) -> String? {
        with(name) { keyspace.database(database).find($0).map { $0.withString { String($0) } } }
    }

    func entry(_ name: String) -> Entry? { with(name) { database.find($0) } }
    func expiry(_ name: String) -> Int64? { entry(name)?.expiry }
    @discardableResult
    func remove(_ name: String) -> Bool { with(name) { keyspace.remove($0, 0) } }
    func setExpiry(_ name: String, _ time: Int64?) { with(name) { keyspace.setExpiry($0, time, 0) } }

    /// Bytes in use beyond those of an empty keyspace.
    var usedBytes: Int { database.heap.liveBytes + database.externalBytes }

    /// All names that a walk shows, in calls of `minimum`; `between` may change the keyspace.
    func scan(minimum: Int, between: () -> Void = {}) -> [String] {
        var names: [String] = []
        var cursor = ScanCursor.start
        while true {
            let next = database.scan(from: cursor, minimum: minimum) { names.append(String($0.key)) }
            guard let next else { return names }
            cursor = ScanCursor(rawValue: next.rawValue)
            between()
        }
    }
}
