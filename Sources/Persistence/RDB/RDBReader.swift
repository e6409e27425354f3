import Primitives

/// A place in bytes of an RDB file or payload, which it moves through. It believes nothing: every length is held against what
/// is there.
///
///     00LLLLLL                    length up to 63
///     01LLLLLL LLLLLLLL           up to 16383
///     10000000 4 bytes, 10000001 8 bytes   big-endian
///     11000000 … 11000010         an integer of 1, 2, 4 bytes, little-endian, as a string
///     11000011 length length …    a string compressed by LZF: compressed and whole length
public struct RDBReader {
    /// All of them.
    public let bytes: Bytes
    /// How far it has come, in bytes.
    public internal(set) var position = 0
    /// The longest string that is believed, in bytes: what a page of a collection can hold.
    static let longestString = Int(Int32.max)

    /// At the first byte.
    public init(_ bytes: Bytes) { self.bytes = bytes }

    /// Whether nothing is left.
    public var isAtEnd: Bool { position >= bytes.count }
    /// How much is left, in bytes.
    public var remaining: Int { bytes.count - position }

    /// An error at this place.
    func error(_ reason: String) -> RDBError { RDBError(offset: position, reason) }

    /// The next byte.
    mutating func byte() throws(RDBError) -> UInt8 {
        guard position < bytes.count else { throw error("the end is missing") }
        position += 1
        return bytes[position - 1]
    }

    /// The next `count` bytes, where they are.
    mutating func take(_ count: Int) throws(RDBError) -> Bytes {
        guard count >= 0, count <= remaining else { throw error("the end is missing") }
        position += count
        return bytes[position - count..<position]
    }

    /// An integer of fixed size, little-endian.
    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(RDBError) -> Value {
        Value(littleEndian: try take(MemoryLayout<Value>.size).base.loadUnaligned(as: type))
    }

    private mutating func bigEndian<Value: FixedWidthInteger>(_ type: Value.Type) throws(RDBError) -> Value {
        Value(bigEndian: try take(MemoryLayout<Value>.size).base.loadUnaligned(as: type))
    }

    /// A number of 8 bytes, as sorted sets keep scores.
    mutating func double() throws(RDBError) -> Double { Double(bitPattern: try integer(UInt64.self)) }

    /// A length, or nil with the form of an encoded string.
    private mutating func lengthOrForm() throws(RDBError) -> (length: UInt64?, form: UInt8) {
        let first = try byte()
        switch first >> 6 {
        case 0: return (UInt64(first & 63), 0)
        case 1: return (UInt64(first & 63) << 8 | UInt64(try byte()), 0)
        case 2 where first == 0x80: return (UInt64(try bigEndian(UInt32.self)), 0)
        case 2 where first == 0x81: return (try bigEndian(UInt64.self), 0)
        case 3: return (nil, first & 63)
        default: throw error("no length begins like this")
        }
    }

    /// A number in the form of lengths.
    mutating func number() throws(RDBError) -> UInt64 {
        guard let number = try lengthOrForm().length else { throw error("a string stands where a length belongs") }
        return number
    }

    /// How many elements follow, of which each takes at least `atLeast` bytes: more than can be there are refused.
    mutating func count(atLeast size: Int = 1) throws(RDBError) -> Int {
        let count = try number()
        guard count <= UInt64(remaining / max(1, size)) else { throw error("more elements than bytes") }
        return Int(count)
    }

    /// Lends a string to `body`: in place, or decompressed, valid until it returns.
    mutating func string<Result>(
        _ body: (Bytes) throws(RDBError) -> Result
    ) throws(RDBError) -> Result {
        try string(then: { (bytes, _) throws(RDBError) in try body(bytes) })
    }

    /// As `string`, for those who read on while they have it.
    mutating func string<Result>(
        then body: (Bytes, inout RDBReader) throws(RDBError) -> Result
    ) throws(RDBError) -> Result {
        let (length, form) = try lengthOrForm()
        if let length {
            guard length <= UInt64(min(remaining, RDBReader.longestString)) else {
                throw error(length <= UInt64(remaining) ? "a string is too long" : "the end is missing")
            }
            return try body(try take(Int(length)), &self)
        }
        let whole = try encodedString(form)
        let outcome: Swift.Result<Result, RDBError> = whole.withBytes { bytes in
            do throws(RDBError) { return .success(try body(bytes, &self)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }

    /// A string of its own.
    mutating func ownString() throws(RDBError) -> [UInt8] {
        try string { (bytes) throws(RDBError) in Array(bytes) }
    }

    /// Numbers as text, and compressed strings.
    private mutating func encodedString(_ form: UInt8) throws(RDBError) -> [UInt8] {
        switch form {
        case 0: return Array(String(try integer(Int8.self)).utf8)
        case 1: return Array(String(try integer(Int16.self)).utf8)
        case 2: return Array(String(try integer(Int32.self)).utf8)
        case 3: return try compressedString()
        default: throw error("a string of an unknown form")
        }
    }

    private mutating func compressedString() throws(RDBError) -> [UInt8] {
        let (packed, whole) = (try number(), try number())
        // Each byte stands for fewer than 264, so a length that cannot be true takes no memory.
        guard packed <= UInt64(remaining), whole <= UInt64(RDBReader.longestString), whole / 264 <= packed else {
            throw error("a compressed string of an impossible length")
        }
        let bytes = try take(Int(packed))
        guard let string = LZF.decompressed(bytes, length: Int(whole)) else {
            throw error("a compressed string is damaged")
        }
        return string
    }
}
