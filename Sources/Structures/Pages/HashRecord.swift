import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A record of a `HashTree`: a view that is valid until the tree changes.
@frozen
public struct HashRecord {
    /// What the record is found by.
    public let member: Bytes
    /// What belongs to the member.
    public let payload: Bytes
    /// The bit that the tree's owner gives a meaning to.
    public let isFlagged: Bool

    @usableFromInline
    init(member: Bytes, payload: Bytes, isFlagged: Bool) {
        self.member = member
        self.payload = payload
        self.isFlagged = isFlagged
    }
}

/// How records lie in memory: `[member length][payload length][member][payload]`, the second length only where payloads
/// differ in size. A length is one byte below 255, else 255 and four bytes.
@frozen
public struct RecordFormat: Sendable {
    /// Bytes of every payload; negative where each record has its own length.
    @usableFromInline let payloadSize: Int

    @usableFromInline
    init(payloadSize: Int) { self.payloadSize = payloadSize }

    /// Members alone.
    public static var members: RecordFormat { RecordFormat(payloadSize: 0) }
    /// Payloads that all have `size` bytes.
    public static func fixed(_ size: Int) -> RecordFormat { RecordFormat(payloadSize: size) }
    /// Payloads of any size.
    public static var varying: RecordFormat { RecordFormat(payloadSize: -1) }

    @inlinable @inline(__always)
    static func lengthSize(_ length: Int) -> Int { length < 255 ? 1 : 5 }

    @inlinable @inline(__always)
    static func readLength(_ place: inout UnsafeRawPointer) -> Int {
        let short = Int(place.load(as: UInt8.self))
        place += 1
        if _fastPath(short < 255) { return short }
        let long = Int(place.loadUnaligned(as: UInt32.self))
        place += 4
        return long
    }

    private static func write(length: Int, to place: inout UnsafeMutableRawPointer) {
        if length < 255 {
            place.storeBytes(of: UInt8(length), as: UInt8.self)
            place += 1
        } else {
            place.storeBytes(of: 255, as: UInt8.self)
            place.storeBytes(of: UInt32(length), toByteOffset: 1, as: UInt32.self)
            place += 5
        }
    }

    /// Bytes of a record.
    @inline(__always)
    func size(member: Int, payload: Int) -> Int {
        let head = RecordFormat.lengthSize(member) + (payloadSize < 0 ? RecordFormat.lengthSize(payload) : 0)
        return head + member + payload
    }

    /// Writes the lengths and the member, which may overlap with what is there now. Returns where the payload goes.
    @inline(__always)
    func write(_ member: Bytes, payload: Int, to place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        var place = place
        let head = size(member: member.count, payload: payload) - member.count - payload
        memmove(place + head, member.base, member.count)
        RecordFormat.write(length: member.count, to: &place)
        if payloadSize < 0 { RecordFormat.write(length: payload, to: &place) }
        return place + member.count
    }

    /// The parts of the record at `base`.
    @inlinable @inline(__always)
    func read(_ base: UnsafeRawPointer) -> (member: Bytes, payload: Bytes) {
        var place = base
        let member = RecordFormat.readLength(&place)
        let payload = payloadSize < 0 ? RecordFormat.readLength(&place) : payloadSize
        return (Bytes(base: place, count: member), Bytes(base: place + member, count: payload))
    }

    /// Whether the record at `base` is that of a member.
    @inline(__always)
    func isRecord(at base: UnsafeRawPointer, of member: Bytes) -> Bool {
        let length = Int(base.load(as: UInt8.self))
        if length < 255, length != member.count { return false }
        return read(base).member == member
    }

    /// Bytes of the record at `base`.
    @inline(__always)
    func size(at base: UnsafeRawPointer) -> Int {
        let payload = read(base).payload
        return payload.base + payload.count - base
    }
}
