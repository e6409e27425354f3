import Primitives
import RESP
import Storage
import Structures

let bitFieldCommands: [Command] = [
    Command(
        "bitfield", .bitmap, since: "3.2.0", arity: -2, [.write, .denyoom],
        keys: [.key(1, [.readWrite, .access, .update, .variableFlags])],
        syntax: """
            key [GET encoding offset|[OVERFLOW WRAP|SAT|FAIL] \
            (SET encoding offset value|INCRBY encoding offset increment) \
            [GET encoding offset|[OVERFLOW WRAP|SAT|FAIL] \
            (SET encoding offset value|INCRBY encoding offset increment) ...]]
            """,
        complexity: "O(1) for each operation.",
        summary: "Reads, sets and increments integers of any width within the string of a key.", run: bitfield),
    Command(
        "bitfield_ro", .bitmap, since: "6.0.0", arity: -2, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key [GET encoding offset [GET encoding offset ...]]", complexity: "O(1) for each operation.",
        summary: "Reads integers of any width within the string of a key.", run: bitfieldReadOnly),
]

/// One operation on a field.
private struct FieldOperation {
    enum Action {
        case get
        case set(Int64)
        case increase(by: Int64)
    }

    let action: Action
    let type: BitFieldType
    let offset: Int
    let overflow: BitFieldOverflow

    var isRead: Bool {
        if case .get = action { return true }
        return false
    }

    /// The length of a string that holds the field.
    var neededCount: Int { (offset + type.width - 1) >> 3 + 1 }

    /// What becomes of a value; nil where that does not fit and the field stays as it is.
    func result(_ old: Int64) -> Int64? {
        switch action {
        case .get: old
        case .set(let value): type.fitting(value, overflow)
        case .increase(let increment): type.sum(old, increment, overflow)
        }
    }

    /// Writes the reply for a value that becomes another, or that does not fit.
    func write(_ call: Call, _ old: Int64, _ new: Int64?) {
        guard let new else { return call.reply.null() }
        if case .set = action { call.reply.integer(old) } else { call.reply.integer(new) }
    }
}

private func parse(_ call: Call) throws(CommandError) -> [FieldOperation] {
    var reader = call.options(from: 2)
    var overflow = BitFieldOverflow.wrap
    var operations: [FieldOperation] = []
    while !reader.isAtEnd {
        if let name = try reader.value(after: "overflow") {
            overflow = try overflowBehaviour(name)
        } else {
            operations.append(try operation(&reader, overflow, call))
        }
    }
    return operations
}

private func overflowBehaviour(_ name: Bytes) throws(CommandError) -> BitFieldOverflow {
    if name.equals(ignoringCase: "wrap") { return .wrap }
    if name.equals(ignoringCase: "sat") { return .saturate }
    if name.equals(ignoringCase: "fail") { return .fail }
    throw .message("ERR Invalid OVERFLOW type specified")
}

private func operation(
    _ reader: inout ArgumentReader, _ overflow: BitFieldOverflow, _ call: Call
) throws(CommandError) -> FieldOperation {
    let isGet = reader.remaining >= 3 && reader.take("get")
    let isSet = !isGet && reader.remaining >= 4 && reader.take("set")
    guard isGet || isSet || reader.remaining >= 4 && reader.take("incrby") else { throw .syntax }
    let type = try fieldType(try reader.next())
    let offset = try call.bitOffset(try reader.next(), width: type.width)
    var action = FieldOperation.Action.get
    if !isGet {
        guard let number = try reader.next().integer else { throw .notInteger }
        action = isSet ? .set(number) : .increase(by: number)
    }
    return FieldOperation(action: action, type: type, offset: offset, overflow: overflow)
}

private func fieldType(_ name: Bytes) throws(CommandError) -> BitFieldType {
    if let type = BitFieldType(name) { return type }
    throw .message(
        "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
}

private func bitfield(_ call: inout Call) throws(CommandError) {
    let operations = try parse(call)
    if operations.allSatisfy(\.isRead) { return try read(call, operations) }
    try write(&call, operations)
}

private func bitfieldReadOnly(_ call: inout Call) throws(CommandError) {
    let operations = try parse(call)
    guard operations.allSatisfy(\.isRead) else {
        throw .message("ERR BITFIELD_RO only supports the GET subcommand")
    }
    try read(call, operations)
}

private func read(_ call: Call, _ operations: [FieldOperation]) throws(CommandError) {
    let entry = try call.readString(call.key(1))
    call.reply.array(operations.count)
    for operation in operations {
        call.reply.integer(entry?.withString { operation.type.read($0, at: operation.offset) } ?? 0)
    }
}

/// Runs operations, the first ones, as long as they change nothing, without touching the string.
private func write(_ call: inout Call, _ operations: [FieldOperation]) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.string(key)
    let needed = operations.reduce(0) { $1.isRead ? $0 : max($0, $1.neededCount) }
    let count = entry?.stringCount ?? 0
    call.reply.array(operations.count)
    var rest = operations[...]
    if let entry, needed <= count {
        rest = entry.withString { runWhileUnchanged(call, operations[...], $0) }
        if rest.isEmpty { return call.keyspace.makeEditable(key, call.database) }
    }
    call.keyspace.edit(key, count: max(needed, count), call.database, event: .setbit) { bytes in
        run(call, rest, bytes)
    }
}

/// Runs operations up to the first that changes its field, and returns the rest.
private func runWhileUnchanged(
    _ call: Call, _ operations: ArraySlice<FieldOperation>, _ bytes: Bytes
) -> ArraySlice<FieldOperation> {
    var rest = operations
    while let operation = rest.first {
        let old = operation.type.read(bytes, at: operation.offset)
        let new = operation.result(old)
        if let new, new != old { break }
        operation.write(call, old, new)
        rest.removeFirst()
    }
    return rest
}

private func run(_ call: Call, _ operations: ArraySlice<FieldOperation>, _ bytes: UnsafeMutableRawBufferPointer) {
    for operation in operations {
        let old = operation.type.read(Bytes(UnsafeRawBufferPointer(bytes)), at: operation.offset)
        let new = operation.result(old)
        if let new, new != old { operation.type.write(new, to: bytes, at: operation.offset) }
        operation.write(call, old, new)
    }
}
