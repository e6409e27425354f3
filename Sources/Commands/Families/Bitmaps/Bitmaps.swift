import Primitives
import RESP
import Storage
import Structures

/// The commands of the group `bitmap`.
let bitmapCommands: [Command] = bitCommands + bitOperationCommands + bitFieldCommands

private let bitCommands: [Command] = [
    Command(
        "setbit", .bitmap, since: "2.2.0", arity: 4, [.write, .denyoom],
        keys: [.key(1, [.readWrite, .access, .update])],
        syntax: "key offset value", complexity: "O(1)",
        summary: "Sets or clears a bit of the string of a key and returns the bit before.",
        run: setbit),
    Command(
        "getbit", .bitmap, since: "2.2.0", arity: 3, [.readonly, .fast], keys: [.key(1, [.readOnly, .access])],
        syntax: "key offset", complexity: "O(1)", summary: "Returns a bit of the string of a key.", run: getbit),
    Command(
        "bitcount", .bitmap, since: "2.6.0", arity: -2, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key [start [end [BYTE|BIT]]]", complexity: "O(N) with N being the length of the part.",
        summary: "Counts the bits that are set in the string of a key, or in a part of it.", run: bitcount),
    Command(
        "bitpos", .bitmap, since: "2.8.7", arity: -3, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key bit [start [end [BYTE|BIT]]]", complexity: "O(N) with N being the length of the part.",
        summary: "Finds the first bit that is set, or clear, in the string of a key, or in a part of it.", run: bitpos),
]

private func setbit(_ call: inout Call) throws(CommandError) {
    let offset = try call.bitOffset(call.arguments[2])
    let wanted = try bitValue(call.arguments[3])
    let key = call.key(1)
    let entry = try call.string(key)
    let needed = offset >> 3 + 1
    let count = entry?.stringCount ?? 0
    let old = entry?.bit(offset) ?? false
    if needed > count || old != wanted {
        call.keyspace.edit(key, count: max(needed, count), call.database, event: .setbit) { bytes in
            let mask: UInt8 = 0x80 >> UInt8(offset & 7)
            if wanted { bytes[offset >> 3] |= mask } else { bytes[offset >> 3] &= ~mask }
        }
    } else {
        call.keyspace.makeEditable(key, call.database)
    }
    call.reply.integer(old ? 1 : 0)
}

private func bitValue(_ argument: Bytes) throws(CommandError) -> Bool {
    guard let bit = argument.integer, bit == 0 || bit == 1 else {
        throw .message("ERR bit is not an integer or out of range")
    }
    return bit == 1
}

private func getbit(_ call: inout Call) throws(CommandError) {
    let offset = try call.bitOffset(call.arguments[2])
    let bit = try call.readString(call.key(1))?.bit(offset) ?? false
    call.reply.integer(bit ? 1 : 0)
}

extension Entry {
    /// A bit of a string; clear after its end.
    fileprivate func bit(_ offset: Int) -> Bool {
        withString { text in
            guard offset >> 3 < text.count else { return false }
            return text[offset >> 3] << UInt8(offset & 7) >= 0x80
        }
    }
}

extension Call {
    /// A bit's offset, which lies within the longest string there may be; with `width`, `#7` means 7 times that.
    func bitOffset(_ argument: Bytes, width: Int? = nil) throws(CommandError) -> Int {
        var digits = argument
        var unit = 1
        if let width, argument.count > 0, argument[0] == UInt8(ascii: "#") {
            digits = argument.dropFirst(1)
            unit = width
        }
        let (offset, overflowed) = (digits.integer ?? -1).multipliedReportingOverflow(by: Int64(unit))
        guard !overflowed, offset >= 0, offset >> 3 < node.limits.longestBulk else {
            throw .message("ERR bit offset is not an integer or out of range")
        }
        return Int(offset)
    }
}

// MARK: Counting and finding

/// A part of a string, in bytes or in bits.
private struct BitRange {
    var start: Int64 = 0
    var end: Int64 = -1
    var isEndGiven = false
    var isInBits = false

    /// Reads `[start [end [BYTE|BIT]]]`.
    init(_ reader: ArgumentReader) throws(CommandError) {
        var reader = reader
        if reader.isAtEnd { return }
        start = try BitRange.integer(&reader)
        if reader.isAtEnd { return }
        end = try BitRange.integer(&reader)
        isEndGiven = true
        isInBits = reader.take("bit")
        guard isInBits || reader.isAtEnd || reader.take("byte"), reader.isAtEnd else { throw .syntax }
    }

    private static func integer(_ reader: inout ArgumentReader) throws(CommandError) -> Int64 {
        guard let integer = try reader.next().integer else { throw .notInteger }
        return integer
    }

    var isReversed: Bool { isEmptyRange(start, end) }

    /// The bits of a string of `count` bytes that the part consists of.
    func bits(of count: Int) -> Range<Int> {
        if isInBits { return indices(from: start, through: end, of: count * 8) }
        let bytes = indices(from: start, through: end, of: count)
        return bytes.lowerBound * 8..<bytes.upperBound * 8
    }
}

private func bitcount(_ call: inout Call) throws(CommandError) {
    let range = try BitRange(call.options(from: 2))
    guard let entry = try call.readString(call.key(1)), !range.isReversed else { return call.reply.integer(0) }
    call.reply.integer(entry.withString { Bits.count($0, in: range.bits(of: $0.count)) })
}

private func bitpos(_ call: inout Call) throws(CommandError) {
    let bit = try call.integer(2)
    guard bit == 0 || bit == 1 else { throw .message("ERR The bit argument must be 1 or 0.") }
    let range = try BitRange(call.options(from: 3))
    guard let entry = try call.readString(call.key(1)) else { return call.reply.integer(bit == 1 ? -1 : 0) }
    call.reply.integer(entry.withString { position(of: bit == 1, in: $0, range) })
}

private func position(of isSet: Bool, in text: Bytes, _ range: BitRange) -> Int {
    let bits = range.bits(of: text.count)
    if let found = Bits.firstIndex(of: isSet, in: text, bits) { return found }
    // A string goes on with clear bits, unless the end of the search was given.
    return isSet || range.isEndGiven || bits.isEmpty ? -1 : text.count * 8
}
