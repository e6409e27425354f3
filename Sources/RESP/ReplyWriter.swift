import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// The protocol a client has chosen with `HELLO`.
@frozen
public enum ProtocolVersion: UInt8, Sendable {
    case resp2 = 2
    case resp3 = 3
}

/// Appends replies to an output buffer that grows; one per connection.
///
/// Every type of RESP3 has a method; where the client speaks RESP2 the reply takes the older form (a map becomes a flat
/// array, a double a bulk string, a null a null bulk).
@frozen
public struct ReplyWriter: ~Copyable {
    /// The bytes written so far.
    public private(set) var base: UnsafeMutableRawPointer
    /// The number of bytes written.
    public private(set) var count = 0
    /// The number of bytes there is room for.
    public private(set) var capacity: Int
    /// The protocol of the client.
    public var version = ProtocolVersion.resp2

    /// The room of a writer that has sent everything, in bytes.
    public static var restingCapacity: Int { 4096 }

    /// An empty writer for a client that speaks RESP2.
    public init() {
        capacity = ReplyWriter.restingCapacity
        base = malloc(capacity)!
    }

    deinit { free(base) }

    /// A view of all that has been written.
    public var bytes: Bytes { Bytes(base: base, count: count) }

    /// Forgets everything; gives memory back if very much had been needed. What a busy client needs again and again
    /// stays, until `releaseRoom`.
    public mutating func removeAll() {
        count = 0
        if capacity > 2 << 20 { releaseRoom() }
    }

    /// Gives memory back beyond what a resting writer has. Only of an empty writer.
    public mutating func releaseRoom() {
        precondition(count == 0)
        guard capacity > ReplyWriter.restingCapacity else { return }
        free(base)
        capacity = ReplyWriter.restingCapacity
        base = malloc(capacity)!
    }

    /// Forgets what was written after the first `length` bytes.
    @inlinable
    public mutating func truncate(to length: Int) {
        precondition(length <= count)
        setCount(length)
    }

    /// Drops the first `length` bytes, which have been sent.
    public mutating func removeFirst(_ length: Int) {
        memmove(base, base + length, count - length)
        count -= length
    }

    @usableFromInline @inline(__always)
    mutating func setCount(_ value: Int) { count = value }

    /// Makes room for `length` more bytes.
    @inlinable @inline(__always)
    public mutating func reserve(_ length: Int) {
        if _slowPath(capacity &- count < length) { grow(by: length) }
    }

    @usableFromInline @inline(never)
    mutating func grow(by length: Int) {
        capacity = max(capacity * 2, count + length)
        base = realloc(base, capacity)!
    }

    /// Appends bytes as they are.
    @inlinable @inline(__always)
    public mutating func raw(_ bytes: Bytes) {
        reserve(bytes.count)
        memcpy(base + count, bytes.base, bytes.count)
        setCount(count &+ bytes.count)
    }

    /// Appends a literal as it is.
    @inlinable @inline(__always)
    public mutating func raw(_ literal: StaticString) {
        raw(Bytes(base: UnsafeRawPointer(literal.utf8Start), count: literal.utf8CodeUnitCount))
    }

    /// Lets `body` write up to `most` bytes at the end, and appends as many as it says it wrote.
    @inlinable @inline(__always)
    public mutating func raw(atMost most: Int, _ body: (UnsafeMutableRawPointer) -> Int) {
        reserve(most)
        setCount(count &+ body(base + count))
    }

    /// Appends a type byte, a number, CR LF.
    @inlinable
    public mutating func header(_ type: UInt8, _ number: Int64) {
        reserve(24)
        let target = base + count
        target.storeBytes(of: type, as: UInt8.self)
        let length = NumberText.write(number, to: target + 1)
        target.storeBytes(of: 0x0D, toByteOffset: length &+ 1, as: UInt8.self)
        target.storeBytes(of: 0x0A, toByteOffset: length &+ 2, as: UInt8.self)
        setCount(count &+ length &+ 3)
    }

    /// `+OK`.
    @inlinable
    public mutating func ok() { raw("+OK\r\n") }

    /// A simple string, which contains no line break.
    public mutating func simple(_ text: String) {
        raw("+")
        string(text)
        raw("\r\n")
    }

    /// An error: the text begins with its code. Each character below U+0100 is one byte, so that what a client sent can
    /// be repeated as it was; line breaks become blanks, and fall away at the end.
    public mutating func error(_ text: String) {
        raw("-")
        var end = count
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\r", "\n": byte(0x20)
            case _ where scalar.value < 256: byte(UInt8(scalar.value))
            default: for unit in UTF8.encode(scalar).unsafelyUnwrapped { byte(unit) }
            }
            if scalar != "\r", scalar != "\n" { end = count }
        }
        count = end
        raw("\r\n")
    }

    private mutating func byte(_ value: UInt8) {
        reserve(1)
        base.storeBytes(of: value, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// An integer.
    @inlinable
    public mutating func integer(_ value: Int64) { header(UInt8(ascii: ":"), value) }

    /// An integer.
    @inlinable
    public mutating func integer(_ value: Int) { header(UInt8(ascii: ":"), Int64(value)) }

    /// A bulk string.
    @inlinable
    public mutating func bulk(_ bytes: Bytes) {
        reserve(bytes.count &+ 32)
        header(UInt8(ascii: "$"), Int64(bytes.count))
        memcpy(base + count, bytes.base, bytes.count)
        let end = base + count + bytes.count
        end.storeBytes(of: 0x0D, as: UInt8.self)
        end.storeBytes(of: 0x0A, toByteOffset: 1, as: UInt8.self)
        setCount(count &+ bytes.count &+ 2)
    }

    /// A bulk string of text.
    public mutating func bulk(_ text: String) { Bytes.with(text) { bulk($0) } }

    /// A bulk string of an integer's text.
    @inlinable
    public mutating func bulk(_ value: Int64) {
        withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { scratch in
            let length = NumberText.write(value, to: scratch.baseAddress!)
            bulk(Bytes(base: UnsafeRawPointer(scratch.baseAddress!), count: length))
        }
    }

    /// A null: `$-1` in RESP2.
    @inlinable
    public mutating func null() { raw(version == .resp3 ? "_\r\n" : "$-1\r\n") }

    /// A null where an array was expected: `*-1` in RESP2.
    @inlinable
    public mutating func nullArray() { raw(version == .resp3 ? "_\r\n" : "*-1\r\n") }

    /// The beginning of an array of `count` replies.
    @inlinable
    public mutating func array(_ count: Int) { header(UInt8(ascii: "*"), Int64(count)) }

    /// The beginning of a map of `count` pairs: a flat array in RESP2.
    @inlinable
    public mutating func map(_ count: Int) {
        version == .resp3 ? header(UInt8(ascii: "%"), Int64(count)) : array(count * 2)
    }

    /// The beginning of a set: an array in RESP2.
    @inlinable
    public mutating func set(_ count: Int) { header(UInt8(ascii: version == .resp3 ? "~" : "*"), Int64(count)) }

    /// The beginning of a push message: an array in RESP2.
    @inlinable
    public mutating func push(_ count: Int) { header(UInt8(ascii: version == .resp3 ? ">" : "*"), Int64(count)) }

    /// A push that another writer has written, for RESP2.
    @inlinable @inline(__always)
    public mutating func push(copying frame: Bytes) {
        reserve(frame.count)
        let target = base + count
        memcpy(target, frame.base, frame.count)
        target.storeBytes(of: UInt8(ascii: version == .resp3 ? ">" : "*"), as: UInt8.self)
        setCount(count &+ frame.count)
    }

    /// The beginning of attributes of the reply that follows; nothing may be written of them in RESP2.
    public mutating func attribute(_ count: Int) { header(UInt8(ascii: "|"), Int64(count)) }

    /// A boolean: 1 or 0 in RESP2.
    public mutating func boolean(_ value: Bool) {
        version == .resp3 ? raw(value ? "#t\r\n" : "#f\r\n") : integer(value ? 1 : 0)
    }

    /// A double: a bulk string in RESP2.
    public mutating func double(_ value: Double) {
        reserve(NumberText.longestDouble &+ 8)
        let target = base + count
        guard version == .resp3 else { return doubleBulk(value, to: target) }
        target.storeBytes(of: UInt8(ascii: ","), as: UInt8.self)
        let length = NumberText.write(value, to: target + 1)
        endLine(target + (length &+ 1))
    }

    /// The text is never longer than two digits can tell.
    private mutating func doubleBulk(_ value: Double, to target: UnsafeMutableRawPointer) {
        let length = NumberText.write(value, to: target + 5)
        target.storeBytes(of: UInt8(ascii: "$"), as: UInt8.self)
        let digits = NumberText.write(UInt64(length), to: target + 1)
        target.storeBytes(of: 0x0D, toByteOffset: digits &+ 1, as: UInt8.self)
        target.storeBytes(of: 0x0A, toByteOffset: digits &+ 2, as: UInt8.self)
        if digits == 1 { memmove(target + 4, target + 5, length) }
        endLine(target + (digits &+ 3 &+ length))
    }

    /// Ends what was written from the end of the text on up to `end` with a line break.
    private mutating func endLine(_ end: UnsafeMutableRawPointer) {
        end.storeBytes(of: 0x0D, as: UInt8.self)
        end.storeBytes(of: 0x0A, toByteOffset: 1, as: UInt8.self)
        count = end - base &+ 2
    }

    /// A number too big for an integer, as text: a bulk string in RESP2.
    public mutating func bigNumber(_ digits: String) {
        guard version == .resp3 else { return bulk(digits) }
        raw("(")
        string(digits)
        raw("\r\n")
    }

    /// Text for people, with a three-letter format: a bulk string in RESP2.
    public mutating func verbatim(_ text: String, format: StaticString = "txt") {
        guard version == .resp3 else { return bulk(text) }
        header(UInt8(ascii: "="), Int64(text.utf8.count + 4))
        raw(format)
        raw(":")
        string(text)
        raw("\r\n")
    }

    /// An array of as many replies as `body` says it wrote; for when the number is not known before.
    public mutating func deferredArray(_ body: (inout ReplyWriter) -> Int) {
        deferred(UInt8(ascii: "*"), body)
    }

    /// A map of as many pairs as `body` says it wrote.
    public mutating func deferredMap(_ body: (inout ReplyWriter) -> Int) {
        if version == .resp3 { return deferred(UInt8(ascii: "%"), body) }
        deferredArray { body(&$0) * 2 }
    }

    /// A set of as many replies as `body` says it wrote.
    public mutating func deferredSet(_ body: (inout ReplyWriter) -> Int) {
        deferred(UInt8(ascii: version == .resp3 ? "~" : "*"), body)
    }

    private mutating func deferred(_ type: UInt8, _ body: (inout ReplyWriter) -> Int) {
        let start = count
        let number = body(&self)
        let bodyEnd = count
        header(type, Int64(number))
        let headerLength = count - bodyEnd
        withUnsafeTemporaryAllocation(byteCount: headerLength, alignment: 1) { scratch in
            memcpy(scratch.baseAddress!, base + bodyEnd, headerLength)
            memmove(base + start + headerLength, base + start, bodyEnd - start)
            memcpy(base + start, scratch.baseAddress!, headerLength)
        }
    }

    private mutating func string(_ text: String) { Bytes.with(text) { raw($0) } }
}
