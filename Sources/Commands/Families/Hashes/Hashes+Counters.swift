import Primitives
import RESP
import Storage
import Structures

let hashCounterCommands: [Command] = [
    Command(
        "hincrby", .hash, since: "2.0.0", arity: 4, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .access, .update])], syntax: "key field increment", complexity: "O(1)",
        summary: "Adds to the integer of a field of a hash, which begins at 0.", run: hincrby),
    Command(
        "hincrbyfloat", .hash, since: "2.6.0", arity: 4, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .access, .update])], syntax: "key field increment", complexity: "O(1)",
        summary: "Adds to the floating-point number of a field of a hash, which begins at 0.", run: hincrbyfloat),
]

private func hincrby(_ call: inout Call) throws(CommandError) {
    let increment = try call.integer(3)
    let key = call.key(1)
    let entry = try call.entry(key, of: HashValue.self)
    let old = try entry?.view(as: HashValue.self).find(call.arguments[2])?.value.integerValue() ?? 0
    let (sum, overflowed) = old.addingReportingOverflow(increment)
    if overflowed { throw .overflow }
    Element.integer(sum).withBytes { text in
        _ = call.setField(key, entry, call.arguments[2], text, keepsExpiry: true, event: .hincrby)
    }
    call.reply.integer(sum)
}

private func hincrbyfloat(_ call: inout Call) throws(CommandError) {
    try checkIncrement(call.arguments[3])
    let key = call.key(1)
    let entry = try call.entry(key, of: HashValue.self)
    let field = entry?.view(as: HashValue.self).find(call.arguments[2])
    var sum = DecimalText()
    switch (field?.value ?? .integer(0)).withBytes({ sum.add($0, call.arguments[3]) }) {
    case .done: break
    case .leftIsNoNumber, .rightIsNoNumber: throw .message("ERR hash value is not a float")
    case .isTooLarge: throw .notANumber
    }
    let expires = field?.expiry != nil
    sum.withBytes { text in
        call.setField(key, entry, call.arguments[2], text, keepsExpiry: true, event: .hincrbyfloat)
        recordField(&call, call.arguments[2], text, expires: expires)
        call.reply.bulk(text)
    }
}

private func checkIncrement(_ increment: Bytes) throws(CommandError) {
    var alone = DecimalText()
    switch alone.add(Bytes("0"), increment) {
    case .done, .leftIsNoNumber: return
    case .rightIsNoNumber: throw .notFloat
    case .isTooLarge: throw .message("ERR value is NaN or Infinity")
    }
}

/// Records the new value of a field, which keeps its expiry if it has one.
private func recordField(_ call: inout Call, _ field: Bytes, _ value: Bytes, expires: Bool) {
    let key = call.arguments[1]
    call.recordEffect(expires ? 7 : 4) { effect in
        effect.append(expires ? "HSETEX" : "HSET")
        effect.append(key)
        if expires {
            effect.append("KEEPTTL")
            effect.append("FIELDS")
            effect.append(1)
        }
        effect.append(field)
        effect.append(value)
    }
}

extension Element {
    /// The integer whose text the value of a field is.
    fileprivate func integerValue() throws(CommandError) -> Int64 {
        switch self {
        case .integer(let integer): return integer
        case .bytes(let bytes):
            guard let integer = bytes.integer else { throw .message("ERR hash value is not an integer") }
            return integer
        }
    }
}
