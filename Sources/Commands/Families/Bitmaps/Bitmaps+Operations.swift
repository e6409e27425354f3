import Primitives
import RESP
import Storage
import Structures

let bitOperationCommands: [Command] = [
    Command(
        "bitop", .bitmap, since: "2.6.0", arity: -4, [.write, .denyoom],
        keys: [.key(2, [.overwrite, .update]), .keys(from: 3, [.readOnly, .access])],
        syntax: "(AND|OR|XOR|NOT|DIFF|DIFF1|ANDOR|ONE) destkey key [key ...]",
        complexity: "O(N) with N being the sum of the lengths of the strings.",
        summary: "Combines the strings of several keys bit by bit and stores the result.", run: bitop)
]

private func bitop(_ call: inout Call) throws(CommandError) {
    let operation = try operation(call.arguments[1])
    try requireSources(call, operation)
    let target = call.key(2)
    let result = try combined(call, operation)
    if result.isEmpty {
        call.removeRecorded(target)
    } else {
        result.withBytes { store($0, in: target, &call) }
        if !operation.isKnownToReplicas { result.withBytes { call.recordSet(target.bytes, $0, expiry: nil) } }
    }
    call.reply.integer(result.count)
}

private func store(_ result: Bytes, in target: Key, _ call: inout Call) {
    call.set(target, .bytes(result), expiry: .clear)
    call.keyspace.live(target, call.database)?.isModified = true
}

private func operation(_ name: Bytes) throws(CommandError) -> BitOperation {
    for operation in BitOperation.allCases where name.equals(ignoringCase: operation.name) { return operation }
    throw .syntax
}

private func requireSources(_ call: Call, _ operation: BitOperation) throws(CommandError) {
    let count = call.arguments.count - 3
    switch operation {
    case .and, .or, .xor, .one: return
    case .not:
        if count != 1 { throw .message("ERR BITOP NOT must be called with a single source key.") }
    case .difference, .reverseDifference, .andOr:
        if count >= 2 { return }
        throw .text("ERR BITOP \("\(operation.name)".uppercased()) must be called with at least two source keys.")
    }
}

/// The result of an operation on the strings of all source keys.
private func combined(_ call: Call, _ operation: BitOperation) throws(CommandError) -> [UInt8] {
    // Integers have no text of their own; it is written here.
    let texts = UnsafeMutableRawPointer.allocate(byteCount: call.arguments.count * textRoom, alignment: 8)
    defer { texts.deallocate() }
    var sources: [Bytes] = []
    for index in 3..<call.arguments.count {
        let entry = try call.readString(call.key(index))
        sources.append(entry.map { view($0, texts + index * textRoom) } ?? .empty)
    }
    let count = sources.reduce(0) { max($0, $1.count) }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
        operation.combine(sources, into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
        written = count
    }
}

private let textRoom = 24

/// The bytes of a string, which those of an integer are written to `text` for.
private func view(_ entry: Entry, _ text: UnsafeMutableRawPointer) -> Bytes {
    guard entry.encoding == .integer else { return entry.text }
    return Bytes(base: text, count: NumberText.write(entry.integer, to: text))
}

extension BitOperation {
    fileprivate var name: StaticString {
        switch self {
        case .and: "and"
        case .or: "or"
        case .xor: "xor"
        case .not: "not"
        case .difference: "diff"
        case .reverseDifference: "diff1"
        case .andOr: "andor"
        case .one: "one"
        }
    }

    /// Whether a replica of any version can repeat it.
    fileprivate var isKnownToReplicas: Bool {
        switch self {
        case .and, .or, .xor, .not: true
        case .difference, .reverseDifference, .andOr, .one: false
        }
    }
}
