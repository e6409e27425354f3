import Primitives
import Structures

/// A value that belongs to no key: read from a file or a payload, on its way into an entry.
public enum LooseValue {
    case string([UInt8])
    case list(ListValue)
    case set(SetValue)
    case sortedSet(SortedSetValue)
    case hash(HashValue)
    case stream(StreamValue)

    /// Frees it, where it does not become a key's.
    public func free() {
        switch self {
        case .string: return
        case .list(let value): value.free()
        case .set(let value): value.free()
        case .sortedSet(let value): value.free()
        case .hash(let value): value.free()
        case .stream(let value): value.free()
        }
    }
}

extension Keyspace {
    /// Gives a key a value that was read, whatever it was before; `value` is taken over.
    /// - Parameters:
    ///   - expiry: in milliseconds since 1970; nil for none.
    ///   - clock: 24 bits of last access; nil where the key counts as used at this moment.
    public func restore(
        _ key: Key, _ value: LooseValue, _ database: Int, expiry: Int64?, clock: UInt32? = nil,
        event: KeyspaceEvent? = nil
    ) {
        let target = self.database(database)
        overwrite(target.makeEntry(key.bytes, value, expiry: expiry, clock: clock ?? freshClock), key, database)
        if let expiry { noteExpiry(expiry) }
        didChange(key.bytes, database, event)
    }
}

extension Database {
    fileprivate func makeEntry(_ key: Bytes, _ value: LooseValue, expiry: Int64?, clock: UInt32) -> Entry {
        switch value {
        case .string(let bytes):
            bytes.withBytes { makeEntry(key, StringValue($0), expiry: expiry, clock: clock) }
        case .list(let value): makeEntry(key, ClosingCollection(value), expiry: expiry, clock: clock)
        case .set(let value): makeEntry(key, ClosingCollection(value), expiry: expiry, clock: clock)
        case .sortedSet(let value): makeEntry(key, ClosingCollection(value), expiry: expiry, clock: clock)
        case .hash(let value): makeEntry(key, ClosingCollection(value), expiry: expiry, clock: clock)
        case .stream(let value): makeEntry(key, ClosingCollection(value), expiry: expiry, clock: clock)
        }
    }
}
