import Primitives

/// Tells a transaction whether a key that it watched has changed since.
public final class WatchToken {
    /// Whether any watched key was changed, or removed, since it was watched.
    public fileprivate(set) var isDirty = false
    fileprivate var keys: [(key: WatchedKey, wasExpired: Bool)] = []

    /// A token that watches nothing.
    public init() {}

    /// Whether the key had expired when it was watched; it counts as missing after that.
    fileprivate func forgetExpiry(of key: WatchedKey) -> Bool {
        guard let index = keys.firstIndex(where: { $0.key == key }), keys[index].wasExpired else { return false }
        keys[index].wasExpired = false
        return true
    }

    /// The number of keys watched.
    public var keyCount: Int { keys.count }
}

struct WatchedKey: Hashable {
    let database: Int
    let bytes: [UInt8]
}

/// Who watches which key.
public struct Watches {
    private var tokens: [WatchedKey: [WatchToken]] = [:]
    private var watcherCount = 0

    /// The number of different keys watched.
    public var keyCount: Int { tokens.count }
    /// The number of tokens that watch anything.
    public var tokenCount: Int { watcherCount }
    var isEmpty: Bool { tokens.isEmpty }

    mutating func watch(_ key: WatchedKey, _ token: WatchToken, wasExpired: Bool) {
        guard tokens[key]?.contains(where: { $0 === token }) != true else { return }
        if token.keys.isEmpty { watcherCount += 1 }
        token.keys.append((key, wasExpired))
        tokens[key, default: []].append(token)
    }

    mutating func unwatch(_ token: WatchToken) {
        if !token.keys.isEmpty { watcherCount -= 1 }
        for (key, _) in token.keys {
            tokens[key]?.removeAll { $0 === token }
            if tokens[key]?.isEmpty == true { tokens[key] = nil }
        }
        token.keys.removeAll()
        token.isDirty = false
    }

    /// Marks the watchers of a key that has changed. Where it is gone now, those who saw it already expired when they
    /// began to watch have missed nothing; from here on it is a missing key for them.
    func touch(database: Int, key: Bytes, isGone: Bool) {
        let watched = WatchedKey(database: database, bytes: Array(key))
        guard let watchers = tokens[watched] else { return }
        for token in watchers {
            if isGone, token.forgetExpiry(of: watched) { continue }
            token.isDirty = true
        }
    }

    /// Marks the watchers of keys of a database for which `hasChanged` is true.
    func touch(database: Int, where hasChanged: ([UInt8], WatchToken) -> Bool) {
        for (key, watchers) in tokens where key.database == database {
            for token in watchers where hasChanged(key.bytes, token) { token.isDirty = true }
        }
    }

    /// Whether a key the token watches, not expired when it was watched, is for `isExpired` now.
    func hasExpired(_ token: WatchToken, _ isExpired: (Int, [UInt8]) -> Bool) -> Bool {
        token.keys.contains { !$0.wasExpired && isExpired($0.key.database, $0.key.bytes) }
    }

    func wasExpired(_ key: [UInt8], database: Int, _ token: WatchToken) -> Bool {
        token.keys.first { $0.key.database == database && $0.key.bytes == key }?.wasExpired ?? false
    }
}
