import Primitives
import Structures

/// The string of a key, open for changes in place and of its length; nobody hears of them until it is closed.
///
///     var editor = keyspace.edit(key, entry, database)
///     editor.resize(to: editor.count + 2)
///     editor.bytes[0] = 7
///     editor.close(event: .set)
///
/// 1. While it is open nothing else is done with the keyspace.
/// 2. It is closed if anything was changed.
public struct StringEditor: GrowableBytes {
    // The table of databases holds them while the editor is open.
    private let keyspace: Unmanaged<Keyspace>
    private let target: Unmanaged<Database>
    private let word: UnsafeMutablePointer<UInt64>
    private let key: Key
    private let database: Int

    fileprivate init(
        _ keyspace: Keyspace, _ target: Database, _ word: UnsafeMutablePointer<UInt64>, _ key: Key, _ database: Int
    ) {
        self.keyspace = Unmanaged.passUnretained(keyspace)
        self.target = Unmanaged.passUnretained(target)
        self.word = word
        self.key = key
        self.database = database
        keyspace.willChange(Bucket.entry(word.pointee), database)
        bytes = target.writableString(word, key, count: Bucket.entry(word.pointee).stringCount)
    }

    /// The bytes as they are now.
    public private(set) var bytes: UnsafeMutableRawBufferPointer

    /// Gives the string another length: it is cut off, or filled up with zeros.
    public mutating func resize(to count: Int) {
        bytes = target._withUnsafeGuaranteedRef { $0.writableString(word, key, count: count) }
    }

    /// Gives the string other bytes, which lie outside of it, and no more room than they need.
    public mutating func replace(by value: Bytes) {
        let entry = Bucket.entry(word.pointee)
        bytes = target._withUnsafeGuaranteedRef { target in
            target.assign(word, key, .bytes(value), expiry: entry.expiry, clock: entry.clock)
            return target.writableString(word, key, count: value.count)
        }
    }

    /// Tells everybody that the string has changed; clients hear of it as `event`, if at all.
    public consuming func close(event: KeyspaceEvent?) {
        keyspace._withUnsafeGuaranteedRef { $0.didChange(key.bytes, database, event) }
    }
}

extension Keyspace {
    /// Opens the live string of a key, `entry`, for changes; `OBJECT ENCODING` calls it raw from here on.
    public func edit(_ key: Key, _ entry: Entry, _ database: Int) -> StringEditor {
        let reference = UnsafeRawPointer(databases + database).load(as: Unmanaged<Database>?.self)
        guard let reference else { preconditionFailure("no such database") }
        return reference._withUnsafeGuaranteedRef { target in
            guard let word = (target.slots + key.slot).find(key) else { preconditionFailure("no such key") }
            return StringEditor(self, target, word, key, database)
        }
    }

    /// Makes a key with a string and opens that.
    public func editNew(_ key: Key, _ value: [UInt8], _ database: Int) -> StringEditor {
        value.withBytes { insert(key, .bytes($0), database, expiry: .clear) }
        guard let entry = self.database(database).find(key) else { preconditionFailure("just inserted") }
        return edit(key, entry, database)
    }
}
