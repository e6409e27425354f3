import Primitives
import RESP
import Storage
import Structures

/// What DEBUG tells of keys, and how it makes some.
let dataSwitches: [DebugSwitch] = [
    DebugSwitch("digest", "Answers 40 hexadecimal digits that are the same for the same data.", run: digest),
    DebugSwitch(
        "digest-value", taking: 0...Int.max, syntax: "[key ...]", "As DIGEST, of the value of each key.",
        run: digestValue),
    DebugSwitch("object", taking: 1...1, syntax: "key", "Tells how the value of a key is kept.", run: object),
    DebugSwitch(
        "sdslen", taking: 1...1, syntax: "key", "Tells the lengths of a key and of its string.", run: stringLength),
    DebugSwitch(
        "populate", taking: 1...3, syntax: "count [prefix] [size]",
        "Makes string keys prefix:0 and so on, unless they are there. Replicas hear nothing of it.", run: populate),
    DebugSwitch("listpack", taking: 1...1, syntax: "key", "Tells what is in a listpack.", run: listpack),
    DebugSwitch("quicklist", taking: 1...2, syntax: "key [0|1]", "Tells what is in a quicklist.", run: quicklist),
]

private func digest(_ call: inout Call) throws(CommandError) {
    call.reply.simple(DataDigest.text(DataDigest.digest(of: call.keyspace)))
}

private func digestValue(_ call: inout Call) throws(CommandError) {
    call.reply.array(call.arguments.count - 2)
    for index in 2..<call.arguments.count {
        let digest = call.readQuietly(call.key(index)).map(DataDigest.digest) ?? DataDigest().bytes
        call.reply.simple(DataDigest.text(digest))
    }
}

private func existing(_ call: Call) throws(CommandError) -> Entry {
    guard let entry = call.keyspace.live(call.key(2), call.database) else { throw .noSuchKey }
    return entry
}

private func object(_ call: inout Call) throws(CommandError) {
    let entry = try existing(call)
    let address = String(UInt(bitPattern: entry.base), radix: 16)
    let serialized =
        entry.isString
        ? entry.serializedCount : call.keyspace.existing(call.database)?.memoryUsage(of: entry) ?? 0
    call.reply.simple(
        """
        Value at:0x\(address) refcount:\(entry.referenceCount) encoding:\(entry.encodingName) \
        serializedlength:\(serialized) lru:\(entry.clock) \
        lru_seconds_idle:\(call.keyspace.idleSeconds(entry))
        """)
}

extension Entry {
    /// The bytes of the value in a snapshot, without compression.
    fileprivate var serializedCount: Int {
        guard encoding == .integer else { return stringCount + DebugFormat.lengthSize(stringCount) }
        if Int8(exactly: integer) != nil { return 2 }
        if Int16(exactly: integer) != nil { return 3 }
        return Int32(exactly: integer) != nil ? 5 : stringCount + 1
    }
}

private enum DebugFormat {
    /// The bytes of a length in a snapshot.
    static func lengthSize(_ length: Int) -> Int {
        if length < 64 { return 1 }
        if length < 16384 { return 2 }
        return length <= UInt32.max ? 5 : 9
    }
}

private func stringLength(_ call: inout Call) throws(CommandError) {
    let entry = try existing(call)
    guard entry.isString, entry.encoding != .integer, let database = call.keyspace.existing(call.database) else {
        throw .message("ERR Not an sds encoded string.")
    }
    let total = database.memoryUsage(of: entry)
    call.reply.simple(
        """
        key_sds_len:\(entry.key.count), key_sds_avail:0, key_zmalloc: \(entry.key.count), \
        val_sds_len:\(entry.stringCount), val_sds_avail:0, val_zmalloc: \(total - entry.key.count)
        """)
}

private func listpack(_ call: inout Call) throws(CommandError) {
    let entry = try existing(call)
    guard entry.encodingName == "listpack" else { throw .message("ERR Not a listpack encoded object.") }
    call.node.log(.notice, "{listpack of \(entry.name)} {bytes \(entry.text.count)} {in \(entry.place)}")
    call.reply.simple("Listpack structure printed on stdout")
}

private func quicklist(_ call: inout Call) throws(CommandError) {
    let entry = try existing(call)
    guard entry.encodingName == "quicklist" else { throw .message("ERR Not a quicklist encoded object.") }
    let list = entry.view(as: ListValue.self)
    call.node.log(
        .notice,
        "{quicklist of \(entry.name)} {elements \(list.count)} {bytes of pages \(list.root?.pointee.bytes ?? 0)}")
    call.reply.simple("Quicklist structure printed on stdout")
}

extension Entry {
    /// The key, for the log.
    fileprivate var name: String { String(key) }

    /// Where a packed collection lies.
    fileprivate var place: StaticString { encoding == .inline ? "its entry" : "a block of its own" }
}

extension StaticString {
    fileprivate static func == (left: StaticString, right: StaticString) -> Bool { Bytes(left) == Bytes(right) }
}

// MARK: Populate

private func populate(_ call: inout Call) throws(CommandError) {
    let count = try notNegative(call, 2)
    let prefix = call.arguments.count > 3 ? String(call.arguments[3]) : "key"
    let size = call.arguments.count > 4 ? try notNegative(call, 4) : 0
    for number in 0..<count { makeKey(call, "\(prefix):\(number)", "value:\(number)", size: size) }
    call.reply.ok()
}

private func notNegative(_ call: Call, _ index: Int) throws(CommandError) -> Int {
    guard let number = call.arguments[index].integer, number >= 0 else {
        throw .message("ERR value is out of range, must be positive")
    }
    return Int(number)
}

/// Makes a key unless it is there; a size other than 0 cuts the value or fills it up with zeros.
private func makeKey(_ call: Call, _ name: String, _ value: String, size: Int) {
    var bytes = Array(value.utf8)
    if size > 0 { bytes = Array(bytes.prefix(size)) + [UInt8](repeating: 0, count: max(0, size - bytes.count)) }
    Bytes.with(name) { name in
        let key = call.keyspace.key(name)
        guard call.keyspace.live(key, call.database) == nil else { return }
        bytes.withBytes { call.set(key, StringValue($0), expiry: .clear) }
    }
}
