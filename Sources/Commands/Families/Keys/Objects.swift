import Primitives
import RESP
import Storage
import Structures

let objectCommands: [Command] = [
    Command(
        "object", .generic, since: "2.2.3", summary: "Looks into how the value of a key is kept.",
        subcommands: [
            Command(
                "encoding", .generic, since: "2.2.3", arity: 3, [.readonly], [.keyspace], keys: [.key(2, .readOnly)],
                syntax: "key", complexity: "O(1)", summary: "Names the layout of a key's value.",
                tips: ["nondeterministic_output"], run: encoding),
            Command(
                "freq", .generic, since: "4.0.0", arity: 3, [.readonly], [.keyspace], keys: [.key(2, .readOnly)],
                syntax: "key", complexity: "O(1)",
                summary: "Tells the access counter of a key, which grows with the logarithm of its uses.",
                tips: ["nondeterministic_output"], run: freq),
            .help(for: "object", .generic, since: "6.2.0", [.loading, .stale], [.keyspace]),
            Command(
                "idletime", .generic, since: "2.2.3", arity: 3, [.readonly], [.keyspace], keys: [.key(2, .readOnly)],
                syntax: "key", complexity: "O(1)", summary: "Tells for how many seconds a key has not been used.",
                tips: ["nondeterministic_output"], run: idletime),
            Command(
                "refcount", .generic, since: "2.2.3", arity: 3, [.readonly], [.keyspace], keys: [.key(2, .readOnly)],
                syntax: "key", complexity: "O(1)",
                summary: "Tells how many share a key's value, as far as the reference would let them.",
                tips: ["nondeterministic_output"], run: refcount),
        ])
]

private func encoding(_ call: inout Call) throws(CommandError) {
    guard let entry = call.readQuietly(call.key(2)) else { return call.reply.null() }
    call.reply.bulk(Bytes(entry.encodingName))
}

private func refcount(_ call: inout Call) throws(CommandError) {
    guard let entry = call.readQuietly(call.key(2)) else { return call.reply.null() }
    call.reply.integer(entry.referenceCount)
}

private func idletime(_ call: inout Call) throws(CommandError) {
    guard let entry = call.readQuietly(call.key(2)) else { return call.reply.null() }
    guard call.keyspace.accessClock != .frequency else {
        throw .message(
            """
            ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between \
            policies at runtime LRU and LFU data will take some time to adjust.
            """)
    }
    call.reply.integer(call.keyspace.idleSeconds(entry))
}

private func freq(_ call: inout Call) throws(CommandError) {
    guard let entry = call.readQuietly(call.key(2)) else { return call.reply.null() }
    guard call.keyspace.accessClock == .frequency else {
        throw .message(
            """
            ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching \
            between policies at runtime LRU and LFU data will take some time to adjust.
            """)
    }
    call.reply.integer(call.keyspace.frequency(entry))
}

extension Entry {
    /// The reference's name for how such a value is kept.
    var encodingName: StaticString {
        switch type {
        case .string: stringEncodingName
        case .list: view(as: ListValue.self).encodingName
        case .set: view(as: SetValue.self).encodingName
        case .sortedSet: view(as: SortedSetValue.self).encodingName
        case .hash: view(as: HashValue.self).encodingName
        case .stream: "stream"
        }
    }

    private var stringEncodingName: StaticString {
        switch encoding {
        case .integer: "int"
        case .inline: isModified || stringCount > 44 ? "raw" : "embstr"
        case .external, .tree: "raw"
        }
    }

    /// 1, or the greatest 32-bit integer for one of the small integers that the reference shares between keys.
    var referenceCount: Int {
        isString && encoding == .integer && integer >= 0 && integer < 10_000 ? Int(Int32.max) : 1
    }
}
