import CShims
import Primitives
import RESP
import Storage

let counterCommands: [Command] = [
    Command(
        "incr", .string, since: "1.0.0", arity: 2, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .access, .update])], syntax: "key", complexity: "O(1)",
        summary: "Adds one to the integer of a key, which begins at 0.", run: incr),
    Command(
        "decr", .string, since: "1.0.0", arity: 2, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .access, .update])], syntax: "key", complexity: "O(1)",
        summary: "Subtracts one from the integer of a key, which begins at 0.", run: decr),
    Command(
        "incrby", .string, since: "1.0.0", arity: 3, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .access, .update])], syntax: "key increment", complexity: "O(1)",
        summary: "Adds to the integer of a key, which begins at 0.", run: incrby),
    Command(
        "decrby", .string, since: "1.0.0", arity: 3, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .access, .update])], syntax: "key decrement", complexity: "O(1)",
        summary: "Subtracts from the integer of a key, which begins at 0.", run: decrby),
    Command(
        "incrbyfloat", .string, since: "2.6.0", arity: 3, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .access, .update])], syntax: "key increment", complexity: "O(1)",
        summary: "Adds to the floating-point number of a key, which begins at 0.", run: incrbyfloat),
]

private func incr(_ call: inout Call) throws(CommandError) { try increment(&call, by: 1) }

private func decr(_ call: inout Call) throws(CommandError) { try increment(&call, by: -1) }

private func incrby(_ call: inout Call) throws(CommandError) { try increment(&call, by: try call.integer(2)) }

private func decrby(_ call: inout Call) throws(CommandError) {
    let decrement = try call.integer(2)
    if decrement == .min { throw .message("ERR decrement would overflow") }
    try increment(&call, by: -decrement)
}

@inline(__always)
private func increment(_ call: inout Call, by increment: Int64) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.string(key)
    let (sum, overflowed) = try (entry?.integerValue() ?? 0).addingReportingOverflow(increment)
    if overflowed { throw .overflow }
    call.setInteger(key, entry, sum, event: .incrby)
    call.reply.integer(sum)
}

private func incrbyfloat(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    let entry = try call.string(key)
    var sum = DecimalText()
    switch sum.add(entry, call.arguments[2]) {
    case .done: break
    case .leftIsNoNumber, .rightIsNoNumber: throw .notFloat
    case .isTooLarge: throw .notANumber
    }
    sum.withBytes { text in
        // The text stays text, even where it is that of an integer.
        call.assign(key, .bytes(text), .keep, event: .incrbyfloat)
        call.reply.bulk(text)
    }
}

extension Entry {
    /// The integer that a string is the text of.
    @inline(__always)
    func integerValue() throws(CommandError) -> Int64 {
        if encoding == .integer { return integer }
        guard let integer = text.integer else { throw .notInteger }
        return integer
    }
}

/// A decimal number as text without exponent, with 17 decimals at most; arithmetic is that of the machine's widest
/// floating type, as in the reference.
struct DecimalText {
    enum Outcome {
        case done, leftIsNoNumber, rightIsNoNumber
        /// The sum is infinite or not a number.
        case isTooLarge
    }

    private var text: [UInt8] = [UInt8(ascii: "0")]

    func withBytes<Result>(_ body: (Bytes) throws -> Result) rethrows -> Result { try text.withBytes(body) }

    var isNegative: Bool { text.first == UInt8(ascii: "-") }

    /// This number with the other sign.
    var negated: DecimalText {
        var result = self
        if isNegative { result.text.removeFirst() } else { result.text.insert(UInt8(ascii: "-"), at: 0) }
        return result
    }

    /// Becomes the sum of a string, 0 for a missing one, and a number.
    mutating func add(_ left: Entry?, _ right: Bytes) -> Outcome {
        guard let left else { return add(Bytes("0"), right) }
        return left.withString { add($0, right) }
    }

    /// Becomes the sum of two numbers.
    mutating func add(_ left: Bytes, _ right: Bytes) -> Outcome {
        let room = 5 * 1024
        var outcome: Int32 = 0
        text = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            outcome = apus_add_decimal(
                left.characters, left.count, right.characters, right.count, buffer.characters, room)
            count = max(0, Int(outcome))
        }
        return switch outcome {
        case -1: .leftIsNoNumber
        case -2: .rightIsNoNumber
        case -3: .isTooLarge
        default: .done
        }
    }
}

extension Bytes {
    fileprivate var characters: UnsafePointer<CChar> { base.assumingMemoryBound(to: CChar.self) }
}

extension UnsafeMutableBufferPointer<UInt8> {
    fileprivate var characters: UnsafeMutablePointer<CChar> {
        UnsafeMutableRawPointer(baseAddress!).assumingMemoryBound(to: CChar.self)
    }
}
