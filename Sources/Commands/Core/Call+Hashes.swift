import Primitives
import RESP
import Storage
import Structures

// How a command reads and changes hashes, whose fields may expire.

extension Call {
    /// The live hash of a key for a command that reads; fields whose time has come are not seen, a hash with no others
    /// is none.
    @inline(__always)
    func readHash(_ key: Key) throws(CommandError) -> HashValue? {
        guard let hash = try read(key, as: HashValue.self) else { return nil }
        return _slowPath(hash.earliestExpiry <= keyspace.now) ? visiblePart(of: hash) : hash
    }

    private func visiblePart(of hash: HashValue) -> HashValue? {
        var hash = hash
        if keyspace.expiryMode != .ignore { hash.horizon = keyspace.now }
        return hash.isEmpty ? nil : hash
    }

    /// As `edit`, of a hash, whose first expiry may become another.
    @inline(__always)
    @discardableResult
    func editHash<Result>(
        _ key: Key, _ entry: Entry?, event: KeyspaceEvent, _ body: (inout HashValue) -> (result: Result, changes: Int)
    ) -> Result {
        var before = Int64.max
        var after = Int64.max
        let result = edit(key, entry, as: HashValue.self, event: event) { hash in
            before = hash.earliestExpiry
            let outcome = body(&hash)
            after = hash.earliestExpiry
            return outcome
        }
        if _slowPath(before != after) { keyspace.moveExpiringHash(key, database, from: before, to: after) }
        return result
    }

    /// Gives one field of a hash a value, in place where the old one takes as many bytes. Returns whether it is new.
    @inline(__always)
    @discardableResult
    func setField(
        _ key: Key, _ entry: Entry?, _ field: Bytes, _ value: Bytes, keepsExpiry: Bool = false, event: KeyspaceEvent
    ) -> Bool {
        let isNew = putField(key, entry, field, value, keepsExpiry: keepsExpiry, event: event)
        if _slowPath(keyspace.wantsFields) { keyspace.nameFields(event, [Array(field)]) }
        return isNew
    }

    /// Names the fields that an event concerns, by the indices of their arguments, where somebody wants to know.
    @inline(__always)
    func nameFields(_ event: KeyspaceEvent, _ indices: @autoclosure () -> some Sequence<Int>) {
        if _slowPath(keyspace.wantsFields) { keyspace.nameFields(event, indices().map { Array(arguments[$0]) }) }
    }

    @inline(__always)
    private func putField(
        _ key: Key, _ entry: Entry?, _ field: Bytes, _ value: Bytes, keepsExpiry: Bool, event: KeyspaceEvent
    ) -> Bool {
        if let entry, entry.encoding != .tree {
            let place = entry.view(as: HashValue.self).packedPlace(of: field)
            if overwrite(entry, place, Element(value)) {
                keyspace.didChangeCollection(key, database, event)
                return false
            }
            return editHash(key, entry, event: event) { hash in (hash.set(field, value, at: place, limits), 1) }
        }
        return editHash(key, entry, event: event) { hash in
            (hash.set(field, value, keepsExpiry: keepsExpiry, keyspace.limits), 1)
        }
    }

    /// Gives fields of a packed hash the values that follow the key, as long as they take as many bytes as the old ones.
    /// Returns how many pairs are done; if all are, it has been told.
    func overwritePairs(_ key: Key, _ entry: Entry) -> Int {
        guard entry.encoding != .tree else { return 0 }
        let pairs = (arguments.count - 2) / 2
        for pair in 1...pairs {
            let place = entry.view(as: HashValue.self).packedPlace(of: arguments[pair * 2])
            guard overwrite(entry, place, Element(arguments[pair * 2 + 1])) else { return pair - 1 }
        }
        keyspace.didChangeCollection(key, database, .hset, count: pairs)
        return pairs
    }

    @inline(__always)
    private func overwrite(_ entry: Entry, _ place: PackedPlace, _ value: Element) -> Bool {
        guard let offset = place.valueOffset,
            entry.view(as: HashValue.self).isOverwritable(at: offset, with: value, limits)
        else { return false }
        Listpack.write(value, to: keyspace.overwritableBytes(of: entry, database) + offset)
        return true
    }
}

extension ReplyWriter {
    /// A bulk string of a field or a value.
    @inline(__always)
    mutating func part(_ element: Element) {
        switch element {
        case .bytes(let bytes): bulk(bytes)
        case .integer(let integer): bulk(integer)
        }
    }

    /// A bulk string of the value of a field, or a null.
    @inline(__always)
    mutating func value(of field: HashField?) {
        if let field { part(field.value) } else { null() }
    }
}
