import Primitives
import Storage
import Structures

// How a command reads and changes lists, sets, sorted sets, hashes and streams.
//
//     guard let set = try call.read(key, as: SetValue.self) else { … }          a view, for commands that read
//     let entry = try call.entry(key, of: SetValue.self)                         for commands that write: checks the type
//     let added = call.edit(key, entry, as: SetValue.self, event: .sadd) { set in
//         … return (what the command wants to know, how many elements changed)
//     }

extension Call {
    /// The live collection of a key for a command that reads, as a view that is valid until the key changes.
    @inline(__always)
    func read<Value: TypedCollection>(_ key: Key, as type: Value.Type) throws(CommandError) -> Value? {
        guard let entry = read(key) else { return nil }
        guard entry.type == Value.type else { throw .wrongType }
        return entry.view(as: type)
    }

    /// The live entry of a key, of that type of collection, for a command that will change it; nil where there is none.
    @inline(__always)
    func entry<Value: TypedCollection>(_ key: Key, of type: Value.Type) throws(CommandError) -> Entry? {
        guard let entry = withKeyspace({ $0.entry(key, database) }) else { return nil }
        guard entry.type == Value.type else { throw .wrongType }
        return entry
    }

    /// Lets `body` change the collection of a key, which is made where there is none (`entry` nil) and goes when it ends up
    /// empty. `body` returns what the caller wants to know and how many elements it has changed; with 0 nothing is told to
    /// anybody. Otherwise `event` follows, and `del` if the key went.
    @inline(__always)
    @discardableResult
    func edit<Value: TypedCollection, Result>(
        _ key: Key, _ entry: Entry?, as type: Value.Type, event: KeyspaceEvent,
        _ body: (inout Value) -> (result: Result, changes: Int)
    ) -> Result {
        withKeyspace { keyspace in
            var (value, open) = keyspace.open(entry, database, as: type)
            let (result, changes) = body(&value)
            let isThere = keyspace.close(value, open, key, database)
            if changes > 0 {
                keyspace.didChangeCollection(key, database, event, count: changes)
                if !isThere, entry != nil { keyspace.didEmpty(key, database) }
            }
            return result
        }
    }

    /// Gives a key a collection of its own, whatever was there before; an empty one removes the key, with a `del` event
    /// where there was one. `value` is taken over.
    func store<Value: TypedCollection>(_ key: Key, _ value: Value, event: KeyspaceEvent) {
        keyspace.set(key, value, database, event: event)
    }

    /// The thresholds of the large forms, and the hash of members.
    var limits: CollectionLimits { withKeyspace { $0.limits } }
}
